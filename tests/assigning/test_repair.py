"""A juror leaves or steps back: only the lost reviews move, after somebody looked at where they would go."""

from __future__ import annotations

import hashlib

import pytest
from sqlalchemy import select

from creative_platform.assigning import service as assigning
from creative_platform.contests.queries import contest_by_slug
from creative_platform.core import audit, clock, db, queue
from creative_platform.core.audit import AuditEvent, contest_chain
from creative_platform.core.errors import NotAllowed, NotFound, WrongState
from creative_platform.judging import engine, queries, service
from creative_platform.judging.models import Assignment, AssignmentState, RunKind
from creative_platform.judging.situation import situation_of
from creative_platform.notices.models import OutboxMail
from tests.factories.accounts import make_user
from tests.factories.contests import make_contest
from tests.factories.entries import make_entry
from tests.factories.judging import admit, declare, draw, drawn, full, seat
from tests.fixtures.people import post

pytestmark = pytest.mark.database


def rows() -> dict[int, tuple]:
    """Every assignment by id: to whom it is, its state and place in the queue."""
    db.session().rollback()
    found = db.session().scalars(select(Assignment))
    return {a.id: (a.entry_id, a.juror_id, a.state, a.position, a.public_id) for a in found}


def leave(organizer, contest, person) -> int:
    """Take somebody off the panel; return the id of their seat."""
    [juror] = [j for j in queries.jurors_of(contest) if j.user_id == person.id]
    service.remove_juror(organizer.as_actor(), contest, juror.public_id)
    return juror.id


def proposed(organizer, contest):
    run = assigning.propose_repair(organizer.as_actor(), contest)
    queue.work_off()
    db.session().refresh(run)
    return run


@pytest.fixture
def panel(contest, organizer, jurors):
    """Five jurors, ten entries, all handed out; one sheet of the first juror is in."""
    people = [*jurors, make_user(name="Juror 3"), make_user(name="Juror 4")]
    for person in people[3:]:
        seat(contest, person, languages=["en"])
    drawn(contest, organizer, 10)
    first = queries.assignments_of(people[0].as_actor())[0]
    service.write_sheet(people[0].as_actor(), first.public_id, full(), arrived_at=clock.now())
    return people


def test_only_the_lost_reviews_go_to_others_and_nothing_else_moves(contest, organizer, panel):
    gone = leave(organizer, contest, panel[0])
    before = rows()
    lost = sorted(row[0] for row in before.values() if row[1] == gone and row[2] is AssignmentState.RECUSED)
    assert len(lost) == 3

    run = proposed(organizer, contest)
    assert rows() == before  # it is a proposal
    assigning.confirm(organizer.as_actor(), contest, run.public_id)

    after = rows()
    new = [row for id_, row in after.items() if id_ not in before]
    assert {id_: after[id_] for id_ in before} == before
    assert sorted(row[0] for row in new) == lost
    assert {row[2] for row in new} == {AssignmentState.ASSIGNED}
    assert gone not in {row[1] for row in new}
    assert sorted((row["entry"], row["juror"]) for row in run.added) == sorted(row[:2] for row in new)
    counts = [
        sum(r[0] == e and r[2] is not AssignmentState.RECUSED for r in after.values()) for e, *_ in after.values()
    ]
    assert set(counts) == {2}


def test_whoever_gets_something_is_told_and_nobody_else(contest, organizer, panel):
    leave(organizer, contest, panel[0])
    told = select(OutboxMail).where(OutboxMail.kind == "judging.assigned").order_by(OutboxMail.id)
    before = len(list(db.session().scalars(told)))
    run = proposed(organizer, contest)
    assert len(list(db.session().scalars(told))) == before
    assigning.confirm(organizer.as_actor(), contest, run.public_id)

    mails = list(db.session().scalars(told))[before:]
    seats = {juror.id: juror.user_id for juror in queries.jurors_of(contest)}
    given = [seats[row["juror"]] for row in run.added]
    assert sorted((m.user_id, m.data["given"]) for m in mails) == sorted((u, given.count(u)) for u in set(given))


def test_the_log_says_who_got_what(contest, organizer, panel):
    leave(organizer, contest, panel[0])
    run = proposed(organizer, contest)
    assigning.confirm(organizer.as_actor(), contest, run.public_id)
    link = db.session().scalars(select(AuditEvent).where(AuditEvent.verb == "assignments.repaired")).one()
    assert (link.subject, link.actor_public_id, link.data["seed"], len(link.data["given"])) == (
        f"assignment_run:{run.public_id}",
        organizer.public_id,
        run.seed,
        3,
    )
    public = {a.entry.public_id for a in db.session().scalars(select(Assignment).where(Assignment.run_id == run.id))}
    assert {row["entry"] for row in link.data["given"]} == public
    assert link.chain == contest_chain(contest.public_id)
    assert list(audit.verify()) == []


def test_a_recusal_is_a_loss_and_does_not_come_back_to_whom_it_left(contest, organizer, panel):
    assignment = queries.assignments_of(panel[1].as_actor())[0]
    service.recuse(panel[1].as_actor(), assignment.public_id, reason="My pupil")
    run = proposed(organizer, contest)
    assert [row["entry"] for row in run.added] == [assignment.entry_id]
    assert run.inputs["lost"] == [{"entry": assignment.entry_id, "juror": assignment.juror_id}]
    assert run.added[0]["juror"] != assignment.juror_id


def test_seeds_come_from_one_of_the_contests_and_asking_again_draws_the_same(contest, organizer, panel):
    leave(organizer, contest, panel[0])
    first, again = proposed(organizer, contest), proposed(organizer, contest)
    assert (again.seed, again.added) == (first.seed, first.added)
    assigning.confirm(organizer.as_actor(), contest, again.public_id)

    [round_] = contest.rounds
    lots = [hashlib.sha256(f"{contest.draw_seed}/{n}".encode()).hexdigest() for n in (1, 2)]
    assert queries.seeds_of_runs(round_) == [int(lot[:8], 16) // 2 for lot in lots]
    assert queries.seeds_of_runs(round_) == [queries.newest_run(round_).seed, again.seed]


def test_entries_that_lost_nothing_get_nothing(contest, organizer, panel):
    leave(organizer, contest, panel[0])
    late = make_entry(contest, title="Admitted later")
    admit(late)
    run = proposed(organizer, contest)
    assert late.id not in {row["entry"] for row in run.added}
    assigning.confirm(organizer.as_actor(), contest, run.public_id)
    assert late.id not in {row[0] for row in rows().values()}


def test_without_a_loss_there_is_nothing_to_repair(contest, organizer, panel):
    with pytest.raises(WrongState):
        assigning.propose_repair(organizer.as_actor(), contest)
    leave(organizer, contest, panel[0])
    run = proposed(organizer, contest)
    assigning.confirm(organizer.as_actor(), contest, run.public_id)
    with pytest.raises(WrongState):
        assigning.propose_repair(organizer.as_actor(), contest)
    assert situation_of(contest, contest.rounds[0]).lost == {}


def test_a_second_click_gives_nothing_more(contest, organizer, panel):
    leave(organizer, contest, panel[0])
    run = proposed(organizer, contest)
    assigning.confirm(organizer.as_actor(), contest, run.public_id)
    before, mails = rows(), len(list(db.session().scalars(select(OutboxMail))))
    assigning.confirm(organizer.as_actor(), contest, run.public_id)
    assert (rows(), len(list(db.session().scalars(select(OutboxMail))))) == (before, mails)


def test_what_changed_since_makes_a_proposal_void(contest, organizer, panel):
    leave(organizer, contest, panel[0])
    run = proposed(organizer, contest)
    target = run.added[0]
    [juror] = [j for j in queries.jurors_of(contest) if j.id == target["juror"]]
    [entry] = {a.entry for a in db.session().scalars(select(Assignment)) if a.entry_id == target["entry"]}
    declare(entry, juror.user)
    before = rows()
    with pytest.raises(WrongState):
        assigning.confirm(organizer.as_actor(), contest, run.public_id)
    assert rows() == before

    again = proposed(organizer, contest)
    assert (target["entry"], juror.id) not in {(row["entry"], row["juror"]) for row in again.added}
    with pytest.raises(WrongState):  # the older one
        assigning.confirm(organizer.as_actor(), contest, run.public_id)
    assigning.confirm(organizer.as_actor(), contest, again.public_id)


def test_a_closed_round_is_left_alone(contest, organizer, panel):
    leave(organizer, contest, panel[0])
    run = proposed(organizer, contest)
    service.close_round(organizer.as_actor(), contest)
    for act in (
        lambda: assigning.confirm(organizer.as_actor(), contest, run.public_id),
        lambda: proposed(organizer, contest),
    ):
        with pytest.raises(WrongState):
            act()


def test_what_nobody_can_take_is_said_and_the_rest_is_given(contest, organizer, jurors, sign_in):
    held, free = make_entry(contest, title="Held"), make_entry(contest, title="Free")
    declare(held, jurors[2])
    draw(contest, organizer, held, free)
    gone = leave(organizer, contest, jurors[0])
    run = proposed(organizer, contest)
    lost = {row[0] for row in rows().values() if row[1] == gone}
    assert held.id in lost
    assert {row["entry"] for row in run.added} == lost - {held.id}
    assert [(row["entry"], row["lacking"]) for row in run.lacking(())] == [(held.id, 1)]
    page = sign_in(organizer).get(f"/manage/{contest.slug}/jury/assignments").text
    assert "nobody for 1" in page


def test_where_nobody_can_take_anything_there_is_nothing_to_press(contest, organizer, jurors, sign_in):
    held = make_entry(contest, title="Held")
    declare(held, jurors[2])
    draw(contest, organizer, held)
    leave(organizer, contest, jurors[0])
    run, before = proposed(organizer, contest), rows()
    assert (run.added, run.problem) == ([], assigning.NOBODY)
    browser, address = sign_in(organizer), f"/manage/{contest.slug}/jury/assignments"
    page = browser.get(address).text
    buttons = ("Give them these entries", "See who would take over", "Compute again")
    assert "Nobody on the panel can take over" in page
    assert "nobody for 1" in page
    assert [said for said in buttons if said in page] == []
    with pytest.raises(WrongState):
        assigning.confirm(organizer.as_actor(), contest, run.public_id)
    assert rows() == before

    seat(contest, make_user(name="New"), languages=["en"])
    page = browser.get(address).text
    assert ("Nobody on the panel" in page, "See who would take over" in page) == (False, True)
    assigning.confirm(organizer.as_actor(), contest, proposed(organizer, contest).public_id)
    assert situation_of(contest, contest.rounds[0]).lost == {}


def test_others_can_neither_propose_nor_confirm(contest, organizer, panel, sign_in):
    leave(organizer, contest, panel[0])
    run = proposed(organizer, contest)
    rival = make_user()
    theirs = make_contest(rival, phase="judging")
    before = rows()
    for person in (rival, panel[1]):
        browser = sign_in(person)
        for path in ("repair", f"proposals/{run.public_id}/confirm"):
            assert post(browser, "/account", {}, to=f"/manage/{contest.slug}/jury/{path}").status_code == 404
        with pytest.raises(NotAllowed):
            assigning.propose_repair(person.as_actor(), contest)
        with pytest.raises(NotAllowed):
            assigning.confirm(person.as_actor(), contest, run.public_id)
    with pytest.raises(NotFound):  # of another contest, through their own
        assigning.confirm(rival.as_actor(), theirs, run.public_id)
    assert rows() == before


def test_the_page_leads_from_the_loss_to_the_letters(contest, organizer, panel, sign_in):
    leave(organizer, contest, panel[0])
    browser, below = sign_in(organizer), f"/manage/{contest.slug}/jury"
    page = browser.get(f"{below}/assignments")
    assert ("Lost assignments" in page.text, "See who would take over" in page.text) == (True, True)
    post(browser, f"{below}/assignments", {}, to=f"{below}/repair")
    assert "It is being computed" in browser.get(f"{below}/assignments").text
    queue.work_off()
    page = browser.get(f"{below}/assignments")
    run = queries.newest_run(contest.rounds[0], RunKind.REPAIR)
    assert "Give them these entries" in page.text
    post(browser, f"{below}/assignments", {}, to=f"{below}/proposals/{run.public_id}/confirm")
    assert "Lost assignments" not in browser.get(f"{below}/assignments").text
    assert situation_of(contest, contest.rounds[0]).lost == {}


def test_of_an_own_entry_it_is_not_said_who_judges_it(contest, organizer, panel, sign_in):
    own = make_entry(contest, title="The organizers own", owner=organizer)
    draw(contest, organizer, own)
    [first, *_] = [a for a in db.session().scalars(select(Assignment)) if a.entry_id == own.id]
    service.recuse(first.juror.user.as_actor(), first.public_id, reason="A friend")
    page = sign_in(organizer).get(f"/manage/{contest.slug}/jury/assignments").text
    assert ("The organizers own" in page, "And one entry in which you have a part." in page) == (False, True)


def test_a_job_that_fails_is_told(contest, organizer, panel, sign_in, monkeypatch, hands):
    def broken(**given):
        raise RuntimeError("no memory")

    leave(organizer, contest, panel[0])
    monkeypatch.setattr(engine, "plan", broken)
    assigning.propose_repair(organizer.as_actor(), contest)
    for _ in range(3):
        queue.work_off()
        hands.forward(hours=1)
    page = sign_in(organizer).get(f"/manage/{contest.slug}/jury/assignments").text
    assert ("It could not be computed." in page, "See who would take over" in page) == (True, True)


def test_two_clicks_at_once_give_once(contest, organizer, panel, beside):
    leave(organizer, contest, panel[0])
    run = proposed(organizer, contest)
    actor, slug, public_id = organizer.as_actor(), contest.slug, run.public_id
    before = set(rows())
    db.session().rollback()
    clicks = [beside(lambda: assigning.confirm(actor, contest_by_slug(slug), public_id)) for _ in range(2)]
    for click in clicks:
        click.join(30)
    assert [click.raised for click in clicks] == [None, None]
    assert len(set(rows()) - before) == 3
