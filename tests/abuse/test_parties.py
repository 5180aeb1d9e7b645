"""Who has a part in an entry decides nothing of it and reads nothing of its judging, organizer or not."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select

from creative_platform.contests.models import ContestStaff, StaffRole
from creative_platform.core import clock, db, queue
from creative_platform.core.db import transaction
from creative_platform.core.errors import NotAllowed, NotFound
from creative_platform.core.text import LocalizedText
from creative_platform.entries.models import ScreeningDecision, ScreeningOutcome
from creative_platform.judging import queries as judging_queries
from creative_platform.judging import service as judging
from creative_platform.judging.models import Assignment, ConflictOfInterest, ConflictSource
from creative_platform.judging.service import SheetChanges
from creative_platform.results import queries as results
from creative_platform.results import service as results_service
from creative_platform.screening import service as screening
from creative_platform.similarity.models import MatchVerdict, Verdict
from creative_platform.verdicts import service as verdicts
from tests.factories.accounts import make_user
from tests.factories.communities import make_community
from tests.factories.contests import make_contest
from tests.factories.entries import make_entry
from tests.factories.judging import admit, seat
from tests.factories.matches import make_match
from tests.fixtures.people import without_tokens

pytestmark = pytest.mark.database


@pytest.fixture
def contest(organizer):
    return make_contest(organizer, phase="judging", reviews_per_entry=1)


@pytest.fixture
def own(contest, organizer):
    return make_entry(contest, owner=organizer, title="The organizer's own")


def test_nobody_screens_or_disqualifies_their_own_entry(contest, organizer, own, sign_in):
    other = make_entry(contest)
    communitys = make_entry(contest, community_id=make_community(make_user(), organizer).id)
    noted = make_entry(contest)
    with transaction() as s:
        declared = {"source": ConflictSource.DECLARED, "noted_at": clock.now()}
        s.add(ConflictOfInterest(entry_id=noted.id, user_id=organizer.id, **declared))
    actor, browser = organizer.as_actor(), sign_in(organizer)
    for entry in (own, communitys, noted):
        with pytest.raises(NotAllowed):
            screening.screen_entry(actor, contest, entry.public_id, ScreeningOutcome.ADMITTED)
        with pytest.raises(NotAllowed):
            screening.disqualify_entry(actor, contest, entry.public_id, reason=LocalizedText(en="so"))
        with pytest.raises(NotAllowed):
            screening.admit_entries(actor, contest, {other.public_id: None, entry.public_id: None})
        page = browser.get(f"/manage/{contest.slug}/entries/{entry.public_id}").text
        assert ("You have a part in this entry" in page, "Record the decision" in page) == (True, False)
    ticks = re.findall('name="entry" value="([^"]+)"', browser.get(f"/manage/{contest.slug}/entries").text)
    assert ticks == [f"{other.public_id}:1"]
    assert list(db.session().scalars(select(ScreeningDecision))) == []

    screening.admit_entries(actor, contest, {other.public_id: None})
    assert [d.entry_id for d in db.session().scalars(select(ScreeningDecision))] == [other.id]


def test_nobody_judges_a_match_of_their_own_entry(contest, organizer, own):
    other, third = make_entry(contest), make_entry(contest)
    found = [make_match(own, other), make_match(other, third)]
    actor = organizer.as_actor()
    with pytest.raises(NotFound):
        verdicts.give_verdict(actor, contest, found[0].public_id, Verdict.UNRELATED, reason="mine")
    with pytest.raises(NotFound):
        verdicts.undo_verdict(actor, contest, found[0].public_id)
    verdicts.give_verdict(actor, contest, found[1].public_id, Verdict.UNRELATED, reason="looked")

    assert [v.match_id for v in db.session().scalars(select(MatchVerdict))] == [found[1].id]


def drawn(contest, organizer, own) -> Assignment:
    """The one assignment of the organizer's own entry; somebody else admitted it."""
    admit(own, make_entry(contest, title="A rival"))
    seat(contest, make_user(name="Juror"))
    judging.draw_assignments(organizer.as_actor(), contest)
    queue.work_off()
    return db.session().scalars(select(Assignment).where(Assignment.entry_id == own.id)).one()


def test_a_conflicted_organizer_sees_the_same_before_and_after_a_score(hands, contest, organizer, own, sign_in):
    assignment, browser = drawn(contest, organizer, own), sign_in(organizer)
    below = f"/manage/{contest.slug}"
    pages = [below, f"{below}/progress", f"{below}/jury", f"{below}/results", f"{below}/audit", f"{below}/announce"]
    before = [without_tokens(browser.get(page).text) for page in pages]

    sheet = SheetChanges(version=0, scores={"craft": 9, "meaning": 9}, submit=True)
    judging.write_sheet(assignment.juror.user.as_actor(), assignment.public_id, sheet, arrived_at=clock.now())

    assert [without_tokens(browser.get(page).text) for page in pages] == before


def test_scores_of_the_organizers_community_are_hidden_too(contest, organizer):
    community = make_community(make_user(), organizer)
    entry, other = make_entry(contest, community_id=community.id), make_entry(contest)
    assert judging_queries.entries_hidden_from(organizer.as_actor(), contest) == {entry.id}
    assert judging_queries.entries_hidden_from(other.team.members[0].user.as_actor(), contest) == {other.id}


def test_an_unconflicted_organizer_reads_the_whole_log(contest, organizer, sign_in):
    entry = make_entry(contest)
    drawn(contest, organizer, entry)
    assert "assignments.drawn" in sign_in(organizer).get(f"/manage/{contest.slug}/audit").text


def test_a_conflicted_organizer_takes_back_no_decision_on_their_entry(contest, organizer, own):
    colleague = make_user()
    with transaction():
        contest.staff.append(ContestStaff(user_id=colleague.id, role=StaffRole.ORGANIZER, since=clock.now()))
    assignment = drawn(contest, organizer, own)
    sheet = SheetChanges(version=0, scores={"craft": 9, "meaning": 9}, submit=True)
    judging.write_sheet(assignment.juror.user.as_actor(), assignment.public_id, sheet, arrived_at=clock.now())
    judging.close_round(colleague.as_actor(), contest)
    results_service.compute_results(colleague.as_actor(), contest, "mean")
    queue.work_off()
    decision = results_service.decide(
        colleague.as_actor(),
        contest,
        award=contest.awards[0].public_id,
        entry=own.public_id,
        reason=LocalizedText(en="Moving"),
    )

    with pytest.raises(NotFound):
        results_service.revoke_decision(organizer.as_actor(), contest, decision.public_id)
    with pytest.raises(NotAllowed):
        results_service.decide(
            organizer.as_actor(),
            contest,
            award=contest.awards[1].public_id,
            entry=own.public_id,
            reason=LocalizedText(en="Me too"),
        )
    assert [d.id for d in results.standing_decisions(contest)] == [decision.id]
