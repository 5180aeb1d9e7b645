"""What comes too late or is no longer there changes nothing: drawings, rankings, publications, joining, checks."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from sqlalchemy import select

from creative_platform.core import clock, db, queue
from creative_platform.core.db import transaction
from creative_platform.core.errors import NotAllowed, NotFound, TooLate, WrongState
from creative_platform.core.text import LocalizedText
from creative_platform.entries import service as entries
from creative_platform.entries.models import EntryState, ScreeningOutcome, TeamMember
from creative_platform.judging import queries as judging_queries
from creative_platform.judging import service as judging
from creative_platform.judging.models import Assignment
from creative_platform.judging.service import SheetChanges
from creative_platform.media import owners
from creative_platform.media.models import AssetState, MediaAsset
from creative_platform.results import queries as results
from creative_platform.results import service as results_service
from creative_platform.results.models import Certificate, Publication, ResultSet
from creative_platform.screening import service as screening
from creative_platform.uploads.service import checks
from tests.factories.accounts import make_user
from tests.factories.contests import make_contest
from tests.factories.entries import make_entry
from tests.factories.judging import admit, seat

pytestmark = pytest.mark.database
CLAIM = SimpleNamespace(finish=lambda: None)
FULL = {"craft": 9, "meaning": 9}


@pytest.fixture
def contest(organizer):
    return make_contest(organizer, phase="judging", reviews_per_entry=1)


@pytest.fixture
def juror(contest):
    person = make_user(name="Juror")
    seat(contest, person)
    return person


def assigned(contest, organizer) -> list[Assignment]:
    judging.draw_assignments(organizer.as_actor(), contest)
    queue.work_off()
    return list(db.session().scalars(select(Assignment).order_by(Assignment.id)))


def judge_all(juror, rows) -> None:
    for row in rows:
        sheet = SheetChanges(version=0, scores=FULL, submit=True)
        judging.write_sheet(juror.as_actor(), row.public_id, sheet, arrived_at=clock.now())


def test_a_drawing_that_waited_gives_nothing_after_the_close(contest, organizer, juror):
    admit(make_entry(contest))
    judge_all(juror, assigned(contest, organizer))
    admit(make_entry(contest))
    judging.draw_assignments(organizer.as_actor(), contest)
    judging.close_round(organizer.as_actor(), contest)
    queue.work_off()

    run = judging_queries.newest_run(contest.rounds[0])
    assert (len(list(db.session().scalars(select(Assignment)))), run.problem) == (1, "The round is closed.")


def test_who_takes_a_seat_while_a_drawing_waits_gets_not_their_own_entry(contest, organizer, juror):
    author = make_user()
    admit(*[make_entry(contest, owner=author) for _ in range(3)])
    judging.draw_assignments(organizer.as_actor(), contest)
    seated = seat(contest, author)
    queue.work_off()

    given = [a.juror_id for a in db.session().scalars(select(Assignment))]
    assert (len(given), seated.id in given) == (3, False)


def test_a_juror_no_longer_reaches_a_withdrawn_entry(contest, organizer, juror, sign_in):
    owner = make_user()
    entry, other = make_entry(contest, owner=owner, title="ZX-GONE"), make_entry(contest, title="Stays")
    admit(entry, other)
    rows = {row.entry_id: row for row in assigned(contest, organizer)}
    assert owners.may(juror.as_actor(), "see", "entry", entry.id)
    entries.withdraw_entry(owner.as_actor(), entry.public_id)

    browser = sign_in(juror)
    gone, stays = (browser.get(f"/jury/{rows[e.id].public_id}").status_code for e in (entry, other))
    assert (gone, stays, "ZX-GONE" in browser.get("/jury").text) == (404, 200, False)
    assert not owners.may(juror.as_actor(), "see", "entry", entry.id)
    with pytest.raises(NotFound):
        judge_all(juror, [rows[entry.id]])


def decided(contest, organizer, juror):
    entry = make_entry(contest)
    admit(entry)
    judge_all(juror, assigned(contest, organizer))
    judging.close_round(organizer.as_actor(), contest)
    results_service.compute_results(organizer.as_actor(), contest, "mean")
    queue.work_off()
    prize = contest.awards[0].public_id
    results_service.decide(
        organizer.as_actor(), contest, award=prize, entry=entry.public_id, reason=LocalizedText(en="Moving")
    )
    return entry


@pytest.mark.parametrize("out", ["withdrawn", "disqualified", "refused"])
def test_no_award_is_published_for_an_entry_that_no_longer_takes_part(contest, organizer, juror, out):
    """AC46."""
    entry, actor = decided(contest, organizer, juror), organizer.as_actor()
    if out == "withdrawn":
        entries.withdraw_entry(entry.team.members[0].user.as_actor(), entry.public_id)
    elif out == "disqualified":
        screening.disqualify_entry(actor, contest, entry.public_id, reason=LocalizedText(en="Copied"))
    else:
        screening.screen_entry(actor, contest, entry.public_id, ScreeningOutcome.REFUSED, reason="Too long")

    with pytest.raises(WrongState):
        results_service.publish_results(actor, contest)
    s = db.session()
    assert (list(s.scalars(select(Publication))), list(s.scalars(select(Certificate)))) == ([], [])


def test_a_ranking_that_waited_is_not_computed_after_the_publication(contest, organizer, juror):
    decided(contest, organizer, juror)
    results_service.compute_results(organizer.as_actor(), contest, "zscore")
    published = results_service.publish_results(organizer.as_actor(), contest).result_set_id
    from creative_platform.results import engine  # noqa: PLC0415 -- numpy

    results_service.compute(CLAIM, contest.id, "zscore", engine)
    assert [row.id for row in db.session().scalars(select(ResultSet))] == [published]
    assert results.newest_result_set(contest).id == published


@pytest.fixture
def call(organizer):
    return make_contest(organizer, phase="open", max_team_size=4)


def test_nobody_joins_a_team_after_entries_closed(call, hands):
    owner, friend = make_user(), make_user()
    entry = make_entry(call, owner=owner)
    hands.at(call.stages[0].ends_at)
    hands.forward(seconds=-1)
    secret = entries.invite_member(owner.as_actor(), entry.public_id)
    hands.forward(seconds=1)

    with pytest.raises(TooLate):
        entries.accept_invite(friend.as_actor(), secret)
    members = select(TeamMember.user_id).where(TeamMember.team_id == entry.team_id)
    assert list(db.session().scalars(members)) == [owner.id]


def test_who_may_not_enter_may_not_join_either(organizer):
    """AC46: joining does not step over the rules of who may enter."""
    call = make_contest(organizer, phase="open", allowed_regions=["KZ-75"])
    owner, stranger, local = make_user(region="KZ-75"), make_user(region="KZ-71"), make_user(region="KZ-75")
    entry = make_entry(call, owner=owner)
    secret = entries.invite_member(owner.as_actor(), entry.public_id)
    with pytest.raises(NotAllowed):
        entries.accept_invite(stranger.as_actor(), secret)

    team = entries.accept_invite(local.as_actor(), secret)
    assert sorted(member.user_id for member in team.members) == [owner.id, local.id]


def test_a_draft_that_was_withdrawn_stays_unread(call, organizer, sign_in):
    """AC02: what was never handed in is the team's alone, withdrawn or not."""
    owner = make_user()
    draft = make_entry(call, owner=owner, submitted=False, title="ZX-DRAFT")
    handed_in = make_entry(call, title="Handed in", state=EntryState.WITHDRAWN)
    entries.withdraw_entry(owner.as_actor(), draft.public_id)

    browser, below = sign_in(organizer), f"/manage/{call.slug}/entries"
    codes = [browser.get(f"{below}/{entry.public_id}").status_code for entry in (draft, handed_in)]
    assert (codes, "ZX-DRAFT" in browser.get(below).text) == ([404, 200], False)
    seen = [owners.may(organizer.as_actor(), "read", "entry", entry.id) for entry in (draft, handed_in)]
    assert seen == [False, True]


def test_a_check_that_ends_after_the_erasure_brings_nothing_back(call):
    entry = make_entry(call)
    with transaction() as s:
        asset = MediaAsset(
            owner_type="entry",
            owner_id=entry.id,
            field="pages",
            filename="a.jpg",
            filename_salt="0" * 32,
            content_type="image/jpeg",
            size_bytes=1,
            state=AssetState.ERASED,
            storage_key=None,
            created_at=clock.now(),
        )
        s.add(asset)
    stored = checks._store_outcome(CLAIM, asset.id, checks._Outcome("originals/copy", "0" * 64, "", {}))

    assert stored == ""
    assert (db.session().get_one(MediaAsset, asset.id).state, asset.sha256) == (AssetState.ERASED, None)
