"""From submitted sheets to a publication that never changes; nothing before it."""

from __future__ import annotations

import json
import re

import pytest
from sqlalchemy import select

from creative_platform.contests.models import StageKind
from creative_platform.contests.queries import stage
from creative_platform.core import audit, clock, db, queue, signing
from creative_platform.core.db import transaction
from creative_platform.core.errors import Conflict, Invalid, LimitReached, NotAllowed, WrongState
from creative_platform.core.text import LocalizedText
from creative_platform.entries.models import TeamMember
from creative_platform.judging import queries as judging
from creative_platform.judging import service as judging_service
from creative_platform.judging.models import AssignmentState
from creative_platform.notices.models import OutboxMail
from creative_platform.results import queries, service
from creative_platform.results.models import Certificate
from creative_platform.similarity.models import Verdict
from creative_platform.verdicts import service as verdicts
from scoring.judging import verify
from tests.factories.accounts import make_user
from tests.factories.contests import make_contest
from tests.factories.entries import make_entry
from tests.factories.judging import admit, computed, give_marks, given
from tests.factories.matches import make_match
from tests.fixtures.people import post

pytestmark = pytest.mark.database


def test_nothing_is_computed_before_the_round_is_closed(contest, entries, organizer):
    give_marks(contest, entries)

    with pytest.raises(WrongState):
        service.compute_results(organizer.as_actor(), contest, "mean")
    with pytest.raises(WrongState):
        service.publish_results(organizer.as_actor(), contest)


def test_a_ranking_is_computed_and_can_be_recomputed_by_anybody(closed, organizer):
    result_set = computed(closed, organizer)

    assert [(row.entry.title, row.rank, row.raw_mean) for row in result_set.rows] == [
        ("first", 1, 8.0),
        ("second", 2, 6.0),
        ("third", 3, 3.0),
    ]
    check = verify(json.loads(json.dumps(result_set.snapshot)))
    assert (check.identical, check.digest) == (True, result_set.sha256)


def test_a_snapshot_names_no_juror(closed, organizer):
    """AC22: nor what a juror knows well, by which everybody would know them."""
    with transaction() as s:
        for juror in judging.jurors_of(closed):
            s.merge(juror).expert_tracks = ["video", "zx-expertise"]
    text = json.dumps(computed(closed, organizer).snapshot)
    assert "zx-expertise" not in text

    for juror in judging.jurors_of(closed):
        assert juror.public_id not in text
        assert juror.user.public_id not in text


def test_each_method_gives_the_same_order_here(closed, organizer):
    orders = {
        method: [row.entry.title for row in computed(closed, organizer, method).rows] for method in service.METHODS
    }

    assert set(map(tuple, orders.values())) == {("first", "second", "third")}
    assert len(queries.result_sets_of(closed)) == 7


def test_a_decision_needs_a_ranking_a_reason_and_a_place(closed, organizer, entries):
    with pytest.raises(WrongState):
        given(closed, organizer, entries)
    computed(closed, organizer)
    with pytest.raises(Invalid):
        given(closed, organizer, entries, reason=" ")
    given(closed, organizer, entries)
    with pytest.raises(Conflict):
        given(closed, organizer, entries)
    with pytest.raises(LimitReached):
        given(closed, organizer, entries, "second")


def test_a_decision_can_be_taken_back_and_stays_on_record(closed, organizer, entries):
    computed(closed, organizer)
    decision = given(closed, organizer, entries)
    service.revoke_decision(organizer.as_actor(), closed, decision.public_id)

    assert queries.standing_decisions(closed) == []
    assert [d.revoked_at is not None for d in queries.all_decisions(closed)] == [True]
    given(closed, organizer, entries, "second")


def test_nobody_decides_on_an_entry_of_their_own(contest, entries, organizer):
    own = make_entry(contest, owner=organizer, title="own")
    admit(own)
    give_marks(contest, entries)
    judging_service.close_round(organizer.as_actor(), contest)
    computed(contest, organizer)

    with pytest.raises(NotAllowed):
        service.decide(
            organizer.as_actor(),
            contest,
            award=contest.awards[0].public_id,
            entry=own.public_id,
            reason=LocalizedText(en="Best"),
        )


def test_only_organizers_compute_decide_and_publish(closed, entries):
    stranger = make_user().as_actor()
    for attempt in (
        lambda: service.compute_results(stranger, closed, "mean"),
        lambda: service.publish_results(stranger, closed),
        lambda: service.decide(stranger, closed, award="x", entry="y", reason=LocalizedText(en="z")),
    ):
        with pytest.raises(NotAllowed):
            attempt()


def test_publishing_makes_one_signed_document_certificates_and_mails(closed, organizer, entries, store):
    result_set = computed(closed, organizer)
    given(closed, organizer, entries)
    publication = service.publish_results(organizer.as_actor(), closed)
    queue.work_off()

    document = json.loads(publication.document)
    assert signing.verify(publication.key_id, publication.document.encode(), publication.signature)
    assert document["ranking_sha256"] == result_set.sha256
    assert [award["entry"] for award in document["awards"]] == [entries["first"].public_id]
    [certificate] = db.session().scalars(select(Certificate))
    assert certificate.user_id == entries["first"].team.members[0].user_id
    assert store.read(certificate.storage_key)[:5] == b"%PDF-"
    kinds = sorted(mail.kind for mail in db.session().scalars(select(OutboxMail)) if mail.kind.startswith("results."))
    assert kinds == ["results.published", "results.published", "results.won"]
    assert list(audit.verify()) == []


def test_after_the_publication_nothing_changes(closed, organizer, entries):
    computed(closed, organizer)
    decision = given(closed, organizer, entries)
    service.publish_results(organizer.as_actor(), closed)

    with pytest.raises(WrongState):
        service.publish_results(organizer.as_actor(), closed)
    with pytest.raises(WrongState):
        given(closed, organizer, entries, "second", 1)
    with pytest.raises(WrongState):
        service.revoke_decision(organizer.as_actor(), closed, decision.public_id)
    with pytest.raises(WrongState):
        service.compute_results(organizer.as_actor(), closed, "mean")


def test_pages_of_results_are_for_staff(closed, organizer, entries, sign_in):
    computed(closed, organizer)
    given(closed, organizer, entries)
    pages = [f"/manage/{closed.slug}/{page}" for page in ("results", "results/protocol", "announce")]
    staff, owner = sign_in(organizer), sign_in(entries["first"].team.members[0].user)

    assert [staff.get(page).status_code for page in pages] == [200, 200, 200]
    assert [owner.get(page).status_code for page in pages] == [404, 404, 404]
    assert "Moving and precise" in staff.get(pages[0]).text


def test_who_joins_after_the_handing_in_is_not_named_until_it_is_handed_in_again(
    closed, organizer, entries, store, client
):
    late = make_user(name="Latecomer")
    with transaction() as s:
        s.add(TeamMember(team_id=entries["first"].team_id, user_id=late.id, joined_at=clock.now()))
    computed(closed, organizer)
    given(closed, organizer, entries, "first")
    service.publish_results(organizer.as_actor(), closed)

    holders = set(db.session().scalars(select(Certificate.user_id)))

    assert holders == {m.user_id for m in entries["first"].team.members} - {late.id}
    for page in (f"/contests/{closed.slug}/winners", f"/entries/{entries['first'].public_id}"):
        assert "Latecomer" not in client.get(page).text


def test_the_protocol_names_who_decided_and_whose_sheets_count(closed, organizer, entries, sign_in):
    computed(closed, organizer)
    given(closed, organizer, entries, "first")
    left = judging.jurors_of(closed)[0]
    judging_service.remove_juror(organizer.as_actor(), closed, left.public_id)

    page = sign_in(organizer).get(f"/manage/{closed.slug}/results/protocol").text

    panel = page.split("The panel</h2>")[1].split("</ol>")[0]
    assert (left.user.name in panel, "left the panel" in panel) == (True, True)
    assert left.user.name not in page.split("Signatures</h2>")[1]
    assert f"({organizer.name}, " in page.split("Decisions</h2>")[1]


@pytest.mark.parametrize(("locale", "mean"), [("kk", ">8,00<"), ("ru", ">8,00<"), ("en", ">8.00<")])
def test_the_numbers_of_a_ranking_have_the_readers_decimal_mark(closed, organizer, sign_in, locale, mean):
    computed(closed, organizer)
    browser, page = sign_in(organizer), f"/manage/{closed.slug}/results"

    assert [mean in browser.get(f"{path}?lang={locale}").text for path in (page, f"{page}/protocol")] == [True, True]


def test_the_page_says_that_a_ranking_is_being_computed_until_it_is(closed, organizer, sign_in):
    browser, address = sign_in(organizer), f"/manage/{closed.slug}/results"
    for _again in range(2):
        service.compute_results(organizer.as_actor(), closed, "mean")
        assert "The ranking is being computed" in browser.get(address).text
        queue.work_off()
        assert "The ranking is being computed" not in browser.get(address).text


def test_who_announces_reads_how_many_matches_lack_a_verdict(closed, organizer, entries, sign_in):
    computed(closed, organizer)
    given(closed, organizer, entries)
    browser, page = sign_in(organizer), f"/manage/{closed.slug}/announce"
    assert "no verdict yet" not in browser.get(page).text
    match = make_match(entries["first"], entries["second"])
    assert "One similarity match has no verdict yet." in browser.get(page).text
    own = make_entry(closed, owner=organizer)
    admit(own)
    make_match(entries["second"], own)
    assert "One similarity match has no verdict yet." in browser.get(page).text, "none of an own entry is counted"
    verdicts.give_verdict(organizer.as_actor(), closed, match.public_id, Verdict.UNRELATED, reason="Two snows")
    assert "no verdict yet" not in browser.get(page).text


def test_without_the_short_name_no_round_is_closed_and_nothing_published(contest, organizer, entries, sign_in):
    give_marks(contest, entries)
    browser, below = sign_in(organizer), f"/manage/{contest.slug}"
    slips = {}, {"typed_name": ""}, {"typed_name": "other"}
    for slip in slips:
        post(browser, f"{below}/progress", slip, to=f"{below}/progress/close")
    db.session().expire_all()
    assert contest.rounds[0].closed_at is None

    judging_service.close_round(organizer.as_actor(), contest)
    computed(contest, organizer)
    given(contest, organizer, entries)
    for slip in slips:
        post(browser, f"{below}/announce", {**slip, "before_date": "y"})
    db.session().expire_all()
    assert queries.publication_of(contest) is None
    post(browser, f"{below}/announce", {"typed_name": f" {contest.slug} ", "before_date": "y"})
    db.session().expire_all()
    assert queries.publication_of(contest).number == 1


def test_before_the_promised_date_is_announced_only_by_who_says_so(hands, organizer, sign_in):
    contest = make_contest(organizer, phase="judging")
    entries = {"first": make_entry(contest)}
    admit(*entries.values())
    give_marks(contest, entries)
    judging_service.close_round(organizer.as_actor(), contest)
    computed(contest, organizer)
    given(contest, organizer, entries)
    browser, page = sign_in(organizer), f"/manage/{contest.slug}/announce"
    asked = browser.get(f"{page}?lang=ru").text
    assert ("Объявление обещано на" in asked, 'name="before_date"' in asked) == (True, True)

    post(browser, page, {"typed_name": contest.slug})
    assert "Отметьте, что объявляете раньше обещанной даты" in browser.get(page).text
    db.session().expire_all()
    assert queries.publication_of(contest) is None

    hands.at(stage(contest, StageKind.ANNOUNCEMENT).starts_at)
    browser = sign_in(organizer)
    asked = browser.get(page).text
    assert ("The announcement is promised for" in asked, 'name="before_date"' in asked) == (False, False)
    post(browser, page, {"typed_name": contest.slug})
    db.session().expire_all()
    assert queries.publication_of(contest).number == 1


def test_an_award_is_offered_as_often_as_the_rules_allow(closed, organizer, entries, sign_in):
    computed(closed, organizer)
    browser, page = sign_in(organizer), f"/manage/{closed.slug}/results"

    def offered() -> tuple[list[str], bool]:
        """Return the awards that can be chosen, the first of them chosen, and whether the announcement comes next."""
        shown = browser.get(page).text
        awards = re.search(r'<select[^>]* name="award".*?</select>', shown, re.S)
        return re.findall(r">([^<>]+)</option>", awards[0]) if awards else [], f'href="{page[:-7]}announce"' in shown

    assert offered() == (["Grand prix", "First place"], False)
    given(closed, organizer, entries, "first", 0)
    assert offered() == (["First place"], True)
    used_up = {"award": closed.awards[0].public_id, "entry": entries["second"].public_id, "reason-en": "Too"}
    assert post(browser, page, used_up, to=f"{page}/decisions").status_code == 422
    given(closed, organizer, entries, "second", 1)
    given(closed, organizer, entries, "third", 1)
    assert offered() == ([], True)


def test_the_method_that_was_used_stays_chosen(closed, organizer, sign_in):
    browser, page = sign_in(organizer), f"/manage/{closed.slug}/results"
    assert re.findall(r'<option selected value="([a-z-]+)"', browser.get(page).text) == []
    computed(closed, organizer, "zscore-shrunk")

    assert '<option selected value="zscore-shrunk">Shrunk z-score</option>' in browser.get(page).text


def test_a_sum_of_points_adds_sheets_and_warns_where_they_are_not_equally_many(closed, organizer, entries, sign_in):
    browser, page, warning = sign_in(organizer), f"/manage/{closed.slug}/results", "in a sum of points every sheet adds"
    by_title = {row.entry.title: row.score for row in computed(closed, organizer, "sum").rows}
    assert by_title == {"first": 16.0, "second": 12.0, "third": 6.0}
    assert warning not in browser.get(page).text
    with transaction() as s:
        [assignment, *_] = [a for a in judging.assignments_in(closed.rounds[0]) if a.entry_id == entries["first"].id]
        s.merge(assignment).state = AssignmentState.RECUSED
    computed(closed, organizer, "sum")

    assert warning in browser.get(page).text
