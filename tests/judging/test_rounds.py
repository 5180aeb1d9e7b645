"""A closed round is opened again in the open, and staff name their own conflicts."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from creative_platform.contests.models import ContestStaff, StaffRole
from creative_platform.core import audit, clock, db
from creative_platform.core.db import transaction
from creative_platform.core.errors import Conflict, Invalid, NotAllowed, NotFound, WrongState
from creative_platform.entries import conflicts
from creative_platform.judging import queries, service
from creative_platform.judging.models import Assignment
from creative_platform.notices.models import OutboxMail
from creative_platform.results import queries as results
from creative_platform.results import service as results_service
from creative_platform.results.models import ResultRow, ResultSet
from scoring.judging import check_conflicts
from tests.factories.accounts import make_user
from tests.factories.entries import make_entry
from tests.factories.judging import computed, drawn, full, given
from tests.fixtures.people import post

pytestmark = pytest.mark.database

WHY = "One sheet was lost"


def reopen(contest, organizer, reason: str = WHY):
    return service.reopen_round(organizer.as_actor(), contest, reason=reason)


def mails() -> list[OutboxMail]:
    return list(db.session().scalars(select(OutboxMail).where(OutboxMail.kind == "judging.reopened")))


def test_a_round_opened_again_takes_sheets_and_tells_every_juror(contest, organizer, jurors):
    drawn(contest, organizer)
    juror = jurors[0].as_actor()
    first, second = queries.assignments_of(juror)[:2]
    service.write_sheet(juror, first.public_id, full(), arrived_at=clock.now())
    service.close_round(organizer.as_actor(), contest)
    with pytest.raises(Conflict):
        service.write_sheet(juror, second.public_id, full(), arrived_at=clock.now())

    reopen(contest, organizer)

    service.write_sheet(juror, second.public_id, full(), arrived_at=clock.now())
    assert sorted(mail.user_id for mail in mails()) == sorted(person.id for person in jurors)
    assert {mail.data["reason_text"] for mail in mails()} == {WHY}
    [kept] = queries.reopenings_of(contest.rounds[0])
    assert (kept.reason, kept.reopened_by.id, kept.closed_at <= kept.reopened_at) == (WHY, organizer.id, True)
    [link] = audit.events_about(audit.contest_chain(contest.public_id), limit=2)[1:]
    assert (link.verb, WHY in str(link.data)) == ("round.reopened", False)


def test_what_stood_on_the_old_sheets_stands_no_longer(closed, organizer, entries, sign_in):
    computed(closed, organizer)
    decision = given(closed, organizer, entries)
    reopen(closed, organizer)
    assert results.newest_result_set(closed) is None
    service.close_round(organizer.as_actor(), closed)
    computed(closed, organizer)

    with pytest.raises(WrongState) as refused:
        results_service.publish_results(organizer.as_actor(), closed)
    assert "decide anew" in refused.value.message
    pages = [f"/manage/{closed.slug}/{page}" for page in ("results", "announce")]
    browser = sign_in(organizer)
    assert ["to be decided anew" in browser.get(page).text for page in pages] == [True, True]
    results_service.revoke_decision(organizer.as_actor(), closed, decision.public_id)
    given(closed, organizer, entries)
    assert ["to be decided anew" in browser.get(page).text for page in pages] == [False, False]
    assert results_service.publish_results(organizer.as_actor(), closed).number == 1


def test_a_round_opens_again_only_closed_unannounced_for_a_reason_and_by_an_organizer(
    closed, organizer, entries, jurors
):
    for wrong in ("", "  ", "x" * 4001, "a\x00b"):
        with pytest.raises(Invalid):
            reopen(closed, organizer, wrong)
    for person in (jurors[0], make_user()):
        with pytest.raises(NotAllowed):
            reopen(closed, person)
    computed(closed, organizer)
    given(closed, organizer, entries)
    results_service.publish_results(organizer.as_actor(), closed)
    with pytest.raises(WrongState):
        reopen(closed, organizer)
    assert (mails(), queries.reopenings_of(closed.rounds[0])) == ([], [])
    assert closed.rounds[0].closed_at is not None


def test_an_open_round_and_one_out_of_time_are_not_opened_again(contest, organizer, entries, hands):
    with pytest.raises(WrongState):
        reopen(contest, organizer)
    with transaction() as s:
        s.merge(contest.rounds[0]).closed_at = clock.now()
    hands.forward(days=60)
    with pytest.raises(WrongState) as refused:
        reopen(contest, organizer)
    assert "move its end" in refused.value.message


def test_who_has_a_part_in_an_entry_has_no_marks_changed(closed, organizer, entries, sign_in):
    make_entry(closed, owner=organizer)
    with pytest.raises(NotAllowed):
        reopen(closed, organizer)
    assert "Open the round again" not in sign_in(organizer).get(f"/manage/{closed.slug}/progress").text


def test_an_organizer_opens_the_round_on_the_page_and_the_protocol_keeps_why(closed, organizer, sign_in):
    browser, page = sign_in(organizer), f"/manage/{closed.slug}/progress"
    slip = post(browser, page, {"reason": WHY, "typed_name": "other"}, to=f"{page}/reopen")
    assert (slip.status_code, f"{WHY}</textarea>" in slip.text, mails()) == (422, True, [])
    assert post(browser, page, {"reason": WHY, "typed_name": closed.slug}, to=f"{page}/reopen").status_code == 303
    assert WHY in browser.get(page).text
    assert WHY in browser.get(f"/manage/{closed.slug}/results/protocol").text


def test_staff_declare_a_conflict_without_a_seat(contest, organizer, entries, sign_in):
    entry, browser, page = entries["first"], sign_in(organizer), f"/manage/{contest.slug}/jury"
    assert conflicts.entries_with_part(organizer.as_actor(), contest) == set()
    empty = post(browser, page, {"entry": entry.public_id, "reason": " "}, to=f"{page}/conflicts")
    assert (empty.status_code, queries.conflicts_in(contest)) == (422, [])

    typed = {"entry": entry.public_id, "reason": "My pupil made it"}
    assert post(browser, page, typed, to=f"{page}/conflicts").status_code == 303

    assert conflicts.entries_with_part(organizer.as_actor(), contest) == {entry.id}
    noted = [(c.user_id, c.source, c.reason) for c in queries.conflicts_in(contest)]
    assert noted == [(organizer.id, "declared", "My pupil made it")]
    links = audit.events_about(audit.contest_chain(contest.public_id), limit=5)
    assert [(link.verb, link.subject) for link in links] == [("conflict.declared", f"entry:{entry.public_id}")]
    assert f'value="{entry.public_id}"' not in browser.get(page).text
    service.declare_conflict(organizer.as_actor(), contest, entry=entry.public_id, reason="Again")
    assert len(queries.conflicts_in(contest)) == 1


def test_only_staff_declare_and_only_of_entries_of_the_contest(contest, organizer, entries, closed):
    auditor, other = make_user(), make_entry()
    with transaction() as s:
        s.add(ContestStaff(contest_id=contest.id, user_id=auditor.id, role=StaffRole.AUDITOR, since=clock.now()))
    db.session().expire_all()
    for entry in (other, make_entry(contest, submitted=False)):
        with pytest.raises(NotFound):
            service.declare_conflict(organizer.as_actor(), contest, entry=entry.public_id, reason="so")
    with pytest.raises(NotAllowed):
        service.declare_conflict(make_user().as_actor(), contest, entry=entries["first"].public_id, reason="so")
    service.declare_conflict(auditor.as_actor(), contest, entry=entries["first"].public_id, reason="so")
    assert [(c.user_id, c.entry_id) for c in queries.conflicts_in(contest)] == [(auditor.id, entries["first"].id)]
    assert list(db.session().scalars(select(Assignment).where(Assignment.state == "recused"))) == []


def test_whose_conflict_comes_up_after_the_close_has_no_sheet_that_counts(closed, organizer, entries):
    first = entries["first"]
    sheet = db.session().scalars(select(Assignment).where(Assignment.entry_id == first.id)).first()
    juror = sheet.juror.user
    with transaction() as s:
        s.add(ContestStaff(contest_id=closed.id, user_id=juror.id, role=StaffRole.AUDITOR, since=clock.now()))
    before = computed(closed, organizer)
    given(closed, organizer, entries)

    service.declare_conflict(juror.as_actor(), closed, entry=first.public_id, reason="My nephew made it")

    db.session().expire_all()
    ended = db.session().scalars(select(Assignment.id).where(Assignment.state == "recused")).all()
    assert (ended, results.newest_result_set(closed)) == ([sheet.id], None)
    after = computed(closed, organizer)
    assert [(row.reviews, anew.reviews) for row, anew in zip(_rows(before), _rows(after), strict=True)] == [
        (row.reviews, row.reviews - (row.entry_id == first.id)) for row in _rows(before)
    ]
    assert check_conflicts(after.snapshot, after.opening) == ()
    with pytest.raises(WrongState) as refused:
        results_service.publish_results(organizer.as_actor(), closed)
    assert "decide anew" in refused.value.message


def _rows(result_set: ResultSet) -> list[ResultRow]:
    return sorted(result_set.rows, key=lambda row: row.entry_id)
