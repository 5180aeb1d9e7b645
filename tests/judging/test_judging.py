"""From an invitation to submitted sheets; each juror alone with their own."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest
from sqlalchemy import select

from creative_platform.contests.models import ContestStaff, StaffRole
from creative_platform.core import clock, db, queue
from creative_platform.core.db import transaction
from creative_platform.core.errors import Conflict, Invalid, NotAllowed, NotFound, StaleVersion, WrongState
from creative_platform.judging import queries, service
from creative_platform.judging.models import Assignment, AssignmentState, SheetState
from creative_platform.judging.service import SheetChanges
from creative_platform.media import owners
from creative_platform.notices.models import OutboxMail
from tests.factories.accounts import make_user
from tests.factories.communities import make_community
from tests.factories.entries import make_entry
from tests.factories.judging import admit, drawn, full, seat
from tests.fixtures.people import without_tokens

pytestmark = pytest.mark.database


def test_an_invitation_is_for_one_address_and_one_use(contest, organizer):
    invited, other = make_user(email="judge@example.test", locale="kk"), make_user()
    secret = service.invite_juror(organizer.as_actor(), contest, " Judge@Example.TEST ", expert_tracks=["video"])
    [mail] = db.session().scalars(select(OutboxMail).where(OutboxMail.kind == "judging.invited"))
    assert (mail.to_email, secret in mail.data["link"], mail.locale) == ("judge@example.test", True, "kk")

    with pytest.raises(NotFound):
        service.accept_invite(other.as_actor(), secret)
    juror = service.accept_invite(invited.as_actor(), secret, languages=["kk"])
    assert (juror.expert_tracks, juror.languages, juror.is_chair) == (["video"], ["kk"], False)
    with pytest.raises(NotFound):
        service.accept_invite(invited.as_actor(), secret)


def test_a_revoked_or_old_invitation_opens_nothing(contest, organizer, hands):
    invited = make_user(email="judge@example.test")
    old = service.invite_juror(organizer.as_actor(), contest, "judge@example.test")
    hands.forward(days=22)
    with pytest.raises(NotFound):
        service.accept_invite(invited.as_actor(), old)
    new = service.invite_juror(organizer.as_actor(), contest, "judge@example.test")
    service.revoke_invite(organizer.as_actor(), contest, queries.open_invites(contest)[-1].public_id)
    with pytest.raises(NotFound):
        service.accept_invite(invited.as_actor(), new)


def test_only_organizers_seat_the_jury(contest, jurors):
    with pytest.raises(NotAllowed):
        service.invite_juror(jurors[0].as_actor(), contest, "friend@example.test")
    with pytest.raises(NotAllowed):
        service.draw_assignments(jurors[0].as_actor(), contest)


def test_drawing_gives_every_entry_its_reviews_and_moves_nothing_later(contest, organizer, jurors):
    entries = drawn(contest, organizer)
    rows = list(db.session().scalars(select(Assignment)))
    assert sorted(row.entry_id for row in rows) == sorted([entry.id for entry in entries] * 2)
    loads = [sum(row.juror_id == juror.id for row in rows) for juror in queries.jurors_of(contest)]
    assert max(loads) - min(loads) <= 1
    before = {(row.entry_id, row.juror_id) for row in rows}

    more = make_entry(contest, title="Late admitted")
    admit(more)
    service.draw_assignments(organizer.as_actor(), contest)
    queue.work_off()

    after = {(row.entry_id, row.juror_id) for row in db.session().scalars(select(Assignment))}
    assert before < after
    assert {entry_id for entry_id, _ in after - before} == {more.id}


def test_own_entries_and_own_communities_are_conflicts(contest, organizer, jurors):
    own = make_entry(contest, owner=jurors[0])
    others = [make_entry(contest) for _ in range(2)]
    admit(own, *others)
    service.draw_assignments(organizer.as_actor(), contest)
    queue.work_off()

    seats = {juror.user_id: juror.id for juror in queries.jurors_of(contest)}
    pairs = {(a.entry_id, a.juror_id) for a in db.session().scalars(select(Assignment))}
    assert (own.id, seats[jurors[0].id]) not in pairs
    assert sum(entry_id == own.id for entry_id, _ in pairs) == 2


def test_a_draw_gives_all_it_can_and_names_the_entries_that_lack_jurors(contest, organizer, jurors):
    held = make_entry(contest, owner=jurors[0], community_id=make_community(None, jurors[1]).id)
    free = [make_entry(contest) for _ in range(2)]
    admit(held, *free)
    service.draw_assignments(organizer.as_actor(), contest)
    queue.work_off()

    seats = {juror.user_id: juror.id for juror in queries.jurors_of(contest)}
    rows = list(db.session().scalars(select(Assignment)))
    assert Counter(row.entry_id for row in rows) == {held.id: 1, free[0].id: 2, free[1].id: 2}
    run = queries.newest_run(contest.rounds[0])
    assert run.lacking(()) == [{"entry": held.id, "lacking": 1, "free": [seats[jurors[2].id]]}]
    assert (run.problem, run.lacking({held.id})) == ("", [])

    seat(contest, make_user())
    service.draw_assignments(organizer.as_actor(), contest)
    queue.work_off()
    after = list(db.session().scalars(select(Assignment)))
    assert Counter(row.entry_id for row in after)[held.id] == 2
    assert (len(after), queries.newest_run(contest.rounds[0]).lacking(())) == (6, [])


def test_a_sheet_is_saved_submitted_and_changed_with_a_reason(contest, organizer, jurors):
    drawn(contest, organizer)
    juror = jurors[0].as_actor()
    assignment = queries.assignments_of(juror)[0]
    sheet = service.write_sheet(juror, assignment.public_id, SheetChanges(0, {"craft": 7}), arrived_at=clock.now())
    assert (sheet.state, sheet.version) == (SheetState.DRAFT, 1)
    sheet = service.write_sheet(juror, assignment.public_id, full(1), arrived_at=clock.now())
    assert (sheet.state, sheet.assignment.state) == (SheetState.SUBMITTED, AssignmentState.DONE)

    with pytest.raises(Invalid) as no_reason:
        service.write_sheet(juror, assignment.public_id, full(2), arrived_at=clock.now())
    assert list(no_reason.value.fields) == ["reason"]
    changed = SheetChanges(2, {"craft": 9}, reason="I had misread the scale", submit=True)
    sheet = service.write_sheet(juror, assignment.public_id, changed, arrived_at=clock.now())

    kept = [(v.number, v.scores, v.reason) for v in sheet.versions]
    assert kept == [
        (1, {"craft": 8, "meaning": 5}, ""),
        (2, {"craft": 9, "meaning": 5}, "I had misread the scale"),
    ]


@pytest.mark.parametrize(
    "scores",
    [{"craft": 11}, {"craft": -1}, {"craft": 0}, {"craft": "9"}, {"craft": [9]}, {"craft": 1e309}, {"craft": True},
     {"craft": float("nan")}, {"other": 5}],
)  # fmt: skip
def test_impossible_marks_are_refused_and_nothing_is_stored(contest, organizer, jurors, scores):
    """AC33."""
    drawn(contest, organizer)
    juror = jurors[0].as_actor()
    assignment = queries.assignments_of(juror)[0]

    with pytest.raises(Invalid):
        service.write_sheet(juror, assignment.public_id, SheetChanges(0, scores), arrived_at=clock.now())
    assert queries.assignment_of(juror, assignment.public_id).sheet is None


def test_a_juror_reaches_no_sheet_of_another(contest, organizer, jurors):
    """AC05."""
    drawn(contest, organizer)
    one, two = jurors[0].as_actor(), jurors[1].as_actor()
    mine = queries.assignments_of(one)[0]

    with pytest.raises(NotFound):
        queries.assignment_of(two, mine.public_id)
    with pytest.raises(NotFound):
        service.write_sheet(two, mine.public_id, full(), arrived_at=clock.now())
    with pytest.raises(NotFound):
        service.recuse(two, mine.public_id, reason="x")


def test_two_windows_do_not_overwrite_each_other(contest, organizer, jurors):
    drawn(contest, organizer)
    juror = jurors[0].as_actor()
    assignment = queries.assignments_of(juror)[0]
    service.write_sheet(juror, assignment.public_id, full(submit=False), arrived_at=clock.now())

    with pytest.raises(StaleVersion) as stale:
        service.write_sheet(juror, assignment.public_id, SheetChanges(0, {"craft": 1}), arrived_at=clock.now())
    assert stale.value.data["current"]["scores"] == {"craft": 8, "meaning": 5}


def test_after_the_close_no_sheet_changes(contest, organizer, jurors):
    """AC34."""
    drawn(contest, organizer)
    juror = jurors[0].as_actor()
    first, second = queries.assignments_of(juror)[:2]
    service.write_sheet(juror, first.public_id, full(), arrived_at=clock.now())
    end = clock.now() + timedelta(days=40)
    with pytest.raises(Conflict):
        service.write_sheet(juror, second.public_id, full(), arrived_at=end)
    service.close_round(organizer.as_actor(), contest)

    with pytest.raises(Conflict) as closed:
        service.write_sheet(juror, second.public_id, full(), arrived_at=clock.now())
    assert closed.value.code == "judging_closed"


def test_a_round_without_marks_that_count_stays_open(contest, organizer, jurors):
    drawn(contest, organizer)
    juror = jurors[0].as_actor()
    first, second = queries.assignments_of(juror)[:2]
    service.write_sheet(juror, first.public_id, full(), arrived_at=clock.now())
    service.recuse(juror, first.public_id, reason="My pupil")
    abstained = SheetChanges(0, {}, abstain=True, abstention_reason="I do not know this genre", submit=True)
    service.write_sheet(juror, second.public_id, abstained, arrived_at=clock.now())
    with pytest.raises(WrongState):
        service.close_round(organizer.as_actor(), contest)
    assert contest.rounds[0].closed_at is None


def test_recusing_ends_the_assignment_and_notes_the_conflict(contest, organizer, jurors):
    drawn(contest, organizer)
    juror = jurors[0].as_actor()
    assignment = queries.assignments_of(juror)[0]
    for wrong in (" ", "x" * 4001, "a\x00b"):
        with pytest.raises(Invalid):
            service.recuse(juror, assignment.public_id, reason=wrong)
    service.recuse(juror, assignment.public_id, reason="My pupil")

    assert assignment.public_id not in [a.public_id for a in queries.assignments_of(juror)]
    assert [(c.user_id, c.source) for c in queries.conflicts_in(contest)] == [(jurors[0].id, "declared")]
    service.draw_assignments(organizer.as_actor(), contest)
    queue.work_off()
    again = [a for a in queries.assignments_in(contest.rounds[0]) if a.entry_id == assignment.entry_id]
    assert sorted(a.state for a in again) == ["assigned", "assigned", "recused"]


def test_an_abstention_needs_a_reason_and_no_marks(contest, organizer, jurors):
    drawn(contest, organizer)
    juror = jurors[0].as_actor()
    assignment = queries.assignments_of(juror)[0]
    with pytest.raises(Invalid):
        changes = SheetChanges(0, {}, abstain=True, submit=True)
        service.write_sheet(juror, assignment.public_id, changes, arrived_at=clock.now())

    changes = SheetChanges(0, {}, abstain=True, abstention_reason="I do not know this genre", submit=True)
    sheet = service.write_sheet(juror, assignment.public_id, changes, arrived_at=clock.now())
    assert (sheet.abstained, sheet.state) == (True, SheetState.SUBMITTED)


def test_a_removed_juror_is_out_with_the_next_request(contest, organizer, jurors, sign_in):
    """AC13."""
    drawn(contest, organizer)
    browser = sign_in(jurors[0])
    assignment = queries.assignments_of(jurors[0].as_actor())[0]
    assert browser.get(f"/jury/{assignment.public_id}").status_code == 200
    service.write_sheet(jurors[0].as_actor(), assignment.public_id, full(), arrived_at=clock.now())
    assert owners.may(jurors[0].as_actor(), "see", "entry", assignment.entry_id)
    service.remove_juror(organizer.as_actor(), contest, queries.jurors_of(contest)[0].public_id)

    assert browser.get(f"/jury/{assignment.public_id}").status_code == 404
    assert not owners.may(jurors[0].as_actor(), "see", "entry", assignment.entry_id)


def test_the_blind_workspace_names_nobody(contest, organizer, jurors, sign_in):
    """AC18, for the workspace."""
    author = make_user(name="ZX-AUTHOR-7f", email="zx-author-7f@example.test")
    entry = make_entry(contest, owner=author, title="Blind work")
    admit(entry)
    service.draw_assignments(organizer.as_actor(), contest)
    queue.work_off()
    page = ""
    for person in jurors:
        for assignment in queries.assignments_of(person.as_actor()):
            page += sign_in(person).get(f"/jury/{assignment.public_id}").text

    assert "Blind work" in page
    for secret in ("ZX-AUTHOR-7f", "zx-author-7f@example.test", author.public_id, entry.public_id, entry.code):
        assert secret not in page


def test_an_organizer_with_an_own_entry_sees_no_count_of_it(contest, organizer, jurors, sign_in):
    """AC12."""
    own = make_entry(contest, owner=organizer, title="Organizer's own")
    admit(own)
    drawn(contest, organizer, 2)
    browser = sign_in(organizer)
    address = f"/manage/{contest.slug}/progress"
    before = without_tokens(browser.get(address).text)
    judge = next(j for j in jurors if any(a.entry_id == own.id for a in queries.assignments_of(j.as_actor())))
    assignment = next(a for a in queries.assignments_of(judge.as_actor()) if a.entry_id == own.id)
    service.write_sheet(judge.as_actor(), assignment.public_id, full(), arrived_at=clock.now())

    after = without_tokens(browser.get(address).text)
    assert "Organizer&#39;s own" not in before
    assert [line for line in after.splitlines() if "<td" in line] == [
        line for line in before.splitlines() if "<td" in line
    ]


@pytest.mark.parametrize("blind", [True, False])
def test_who_reads_the_authors_does_not_judge_them_blindly(contest, organizer, blind):
    with transaction() as s:
        s.merge(contest).blind = blind
    secret = service.invite_juror(organizer.as_actor(), contest, organizer.email)

    if not blind:
        assert service.accept_invite(organizer.as_actor(), secret).user_id == organizer.id
        return
    with pytest.raises(NotAllowed):
        service.accept_invite(organizer.as_actor(), secret)
    assert queries.jurors_of(contest) == []


def test_a_juror_who_became_an_organizer_scores_blind_entries_no_more(contest, organizer, jurors):
    drawn(contest, organizer)
    actor = jurors[0].as_actor()
    assignment = queries.assignments_of(actor)[0]
    with transaction() as s:
        s.add(ContestStaff(contest_id=contest.id, user_id=jurors[0].id, role=StaffRole.ORGANIZER, since=clock.now()))

    with pytest.raises(Conflict):
        service.write_sheet(actor, assignment.public_id, full(), arrived_at=clock.now())
    assert queries.assignments_of(actor)[0].sheet is None
