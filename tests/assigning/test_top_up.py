"""Further sheets where they tell most: asked for, looked at, given, undone; by who neither competes nor judges."""

from __future__ import annotations

import json
from collections import Counter

import pytest
from sqlalchemy import select

from creative_platform.assigning import service as assigning
from creative_platform.assigning.choices import top_ups
from creative_platform.contests.models import ContestStaff, StaffRole
from creative_platform.contests.queries import contest_by_slug
from creative_platform.core import audit, clock, db, queue
from creative_platform.core.audit import AuditEvent
from creative_platform.core.db import transaction
from creative_platform.core.errors import Invalid, NotAllowed, NotFound, WrongState
from creative_platform.judging import queries, service
from creative_platform.judging.models import Assignment, AssignmentState, RunKind
from creative_platform.judging.service import SheetChanges
from creative_platform.judging.situation import situation_of
from creative_platform.notices.models import OutboxMail
from tests.assigning.test_repair import leave, rows
from tests.factories.accounts import make_user
from tests.factories.contests import make_contest
from tests.factories.entries import make_entry
from tests.factories.judging import admit, drawn, full, seat
from tests.fixtures.people import post

pytestmark = pytest.mark.database


def proposed(organizer, contest, count=3):
    run = assigning.propose_top_up(organizer.as_actor(), contest, count)
    queue.work_off()
    db.session().refresh(run)
    return run


def given(organizer, contest, count=3):
    run = proposed(organizer, contest, count)
    return assigning.confirm(organizer.as_actor(), contest, run.public_id)


def test_they_go_to_entries_near_the_cut_and_nothing_moves(contest, organizer, judged):
    before = rows()
    run = proposed(organizer, contest)
    assert rows() == before  # it is a proposal
    assigning.confirm(organizer.as_actor(), contest, run.public_id)

    after = rows()
    new = [row[:2] for id_, row in after.items() if id_ not in before]
    assert {id_: after[id_] for id_ in before} == before
    assert sorted(new) == sorted((row["entry"], row["juror"]) for row in run.added)
    assert len(new) == 3
    best = {entry.id for entry in judged[7:]}  # two win: the lower half is out of question
    assert {entry for entry, _ in new} <= best
    counts = Counter(row[0] for row in after.values())
    assert min(counts.values()) == 2


def test_every_choice_is_kept_with_its_reason(contest, organizer, judged):
    run = given(organizer, contest)
    link = db.session().scalars(select(AuditEvent).where(AuditEvent.verb == "assignments.topped_up")).one()
    entries = {entry.id: entry.public_id for entry in judged}
    seats = {juror.id: juror.public_id for juror in queries.jurors_of(contest)}
    expected = [{**row, "entry": entries[row["entry"]], "juror": seats[row["juror"]]} for row in run.added]
    assert (link.data["given"], link.data["seed"]) == (expected, run.seed)
    assert [set(row) for row in run.added] == [{"entry", "juror", "gain", "reviews", "place", "load", "expert"}] * 3
    assert all(0 < row["gain"] <= 0.25 and row["reviews"] >= 2 for row in run.added)
    assert list(audit.verify()) == []


def test_the_reasons_can_be_taken_along_and_places_only_once_the_round_is_closed(contest, organizer, judged, sign_in):
    run = given(organizer, contest)
    browser, table = sign_in(organizer), f"/manage/{contest.slug}/export/choices.json"
    titles = {entry.id: entry.title for entry in judged}
    names = {juror.id: juror.user.name for juror in queries.jurors_of(contest)}
    found = json.loads(browser.get(table).text)
    assert [(row["title"], row["juror"], row["gain"], row["place"]) for row in found] == [
        (titles[row["entry"]], names[row["juror"]], row["gain"], None) for row in run.added
    ]
    page = browser.get(f"/manage/{contest.slug}/jury/assignments").text
    assert ("it is open whether it is among the best" in page, " then</" in page) == (True, False)

    service.close_round(organizer.as_actor(), contest)
    found = json.loads(browser.get(table).text)
    assert [row["place"] for row in found] == [row["place"] for row in run.added]


def test_first_everybody_has_what_the_rules_promise(contest, organizer, judged, sign_in):
    late = make_entry(contest, title="Late")
    admit(late)
    with pytest.raises(WrongState):
        assigning.propose_top_up(organizer.as_actor(), contest, 1)
    service.draw_assignments(organizer.as_actor(), contest)
    queue.work_off()
    run = given(organizer, contest)
    assert situation_of(contest, contest.rounds[0]).short() == []
    assert len(run.added) == 3


def said(page):
    """Return which sentences of the further sheets stand on the page, each once."""
    sentences = {
        "short": "First every entry needs the jurors that the rules promise",
        "little": "do not tell yet where more would help",
        "room": "Nobody may judge more",
        "partly": "these are all that could be found",
        "computing": "It is being computed where further sheets tell most",
    }
    return {name: page.count(text) for name, text in sentences.items() if text in page}


def test_without_marks_nothing_is_proposed(contest, organizer, jurors, sign_in):
    drawn(contest, organizer, 4)
    run = proposed(organizer, contest)
    assert (run.added, run.problem) == ([], assigning.TOO_LITTLE)
    with pytest.raises(WrongState):
        assigning.confirm(organizer.as_actor(), contest, run.public_id)
    browser, address = sign_in(organizer), f"/manage/{contest.slug}/jury/assignments"
    assert said(browser.get(address).text) == {"little": 1}
    leave(organizer, contest, jurors[0])  # now something else comes first, and waiting would not help
    assert said(browser.get(address).text) == {"short": 1}


def test_a_proposal_that_broke_down_is_said(contest, organizer, judged, sign_in):
    run = assigning.propose_top_up(organizer.as_actor(), contest, 2)
    assigning.give_up_proposing(run.id)
    page = sign_in(organizer).get(f"/manage/{contest.slug}/jury/assignments?lang=en").text
    assert page.count("It could not be computed.") == 1


@pytest.mark.parametrize("marks", [True, False])
def test_where_nobody_may_take_more_the_page_says_so(contest, organizer, request, jurors, sign_in, marks):
    if marks:
        request.getfixturevalue("judged")
    else:
        drawn(contest, organizer, 4)
    load = Counter(row[1] for row in rows().values())
    with transaction():
        for juror in queries.jurors_of(contest):
            juror.capacity = load[juror.id]
    run = proposed(organizer, contest)
    assert (run.added, run.problem) == ([], assigning.NO_ROOM)
    browser, address = sign_in(organizer), f"/manage/{contest.slug}/jury/assignments"
    assert said(browser.get(address).text) == {"room": 1}
    seat(contest, make_user(name="New"), languages=["en"])  # what stood in the way is gone
    assert said(browser.get(address).text) == {}


def test_fewer_than_asked_for_are_proposed_with_the_cause(contest, organizer, judged, sign_in):
    load = Counter(row[1] for row in rows().values())
    with transaction():
        for number, juror in enumerate(queries.jurors_of(contest)):
            juror.capacity = load[juror.id] + (number == 0)
    run = proposed(organizer, contest, 3)
    assert (len(run.added), run.problem) == (1, "")
    browser, address = sign_in(organizer), f"/manage/{contest.slug}/jury/assignments"
    assert said(browser.get(address).text) == {"partly": 1, "room": 1}
    assert "Give this sheet" in browser.get(address).text


def test_the_number_is_a_number_in_bounds(contest, organizer, judged, sign_in):
    browser, below = sign_in(organizer), f"/manage/{contest.slug}/jury"
    for count in (0, 1001):
        with pytest.raises(Invalid):
            assigning.propose_top_up(organizer.as_actor(), contest, count)
    for count in ("", "0", "1001", "many", "-3"):
        assert post(browser, f"{below}/assignments", {"count": count}, to=f"{below}/top-up").status_code == 422
    assert queries.newest_run(contest.rounds[0], RunKind.TOP_UP) is None


def test_who_competes_or_judges_neither_asks_nor_sees_where(contest, organizer, jurors, judged, sign_in):
    """Where sheets are added tells who stands near the cut."""
    competing = make_user()
    with transaction() as s:
        for person in (competing, jurors[0]):
            staff = ContestStaff(contest_id=contest.id, user_id=person.id, role=StaffRole.ORGANIZER, since=clock.now())
            s.add(staff)
    make_entry(contest, title="Their own", owner=competing)
    run = given(organizer, contest)
    for person in (competing, jurors[0]):
        browser = sign_in(person)
        page = browser.get(f"/manage/{contest.slug}/jury/assignments").text
        assert "it is open whether it is among the best" not in page
        assert str(run.seed) not in page
        assert browser.get(f"/manage/{contest.slug}/export/choices.csv").status_code == 404
        with pytest.raises(NotAllowed):
            assigning.propose_top_up(person.as_actor(), contest, 2)
        with pytest.raises(NotAllowed):
            assigning.take_back(person.as_actor(), contest, run.public_id)


def test_others_see_and_do_nothing(contest, organizer, jurors, judged, sign_in):
    run, rival = proposed(organizer, contest), make_user()
    theirs = make_contest(rival, phase="judging")
    before = rows()
    for person in (rival, jurors[0]):
        browser = sign_in(person)
        for path in ("top-up", f"proposals/{run.public_id}/confirm", f"proposals/{run.public_id}/take-back"):
            answer = post(browser, "/account", {"count": "3"}, to=f"/manage/{contest.slug}/jury/{path}")
            assert answer.status_code == 404
        assert browser.get(f"/manage/{contest.slug}/export/choices.csv").status_code == 404
    with pytest.raises(NotFound):
        assigning.take_back(rival.as_actor(), theirs, run.public_id)
    assert rows() == before


def test_an_undone_top_up_leaves_all_as_it_was_and_jurors_are_told(contest, organizer, judged):
    before = rows()
    run = given(organizer, contest)
    seats = {juror.id: juror.user_id for juror in queries.jurors_of(contest)}
    assigning.take_back(organizer.as_actor(), contest, run.public_id)
    assigning.take_back(organizer.as_actor(), contest, run.public_id)  # a second click

    assert rows() == before
    mails = db.session().scalars(select(OutboxMail).where(OutboxMail.kind == "assigning.taken_back"))
    expected = Counter(seats[row["juror"]] for row in run.added)
    assert {mail.user_id: mail.data["taken"] for mail in mails} == dict(expected)
    named = select(AuditEvent.verb).where(AuditEvent.verb.like("assignments.%")).order_by(AuditEvent.id)
    verbs = list(db.session().scalars(named))
    assert verbs == ["assignments.drawn", "assignments.topped_up", "assignments.taken_back"]
    again = given(organizer, contest)  # they may get them once more
    assert len(again.added) == 3


def test_once_a_sheet_is_begun_it_stays(contest, organizer, judged, sign_in):
    run = given(organizer, contest)
    first = db.session().scalars(select(Assignment).where(Assignment.run_id == run.id)).first()
    assert [one.undoable for one in top_ups(contest.rounds[0])] == [True]
    draft = SheetChanges(version=0, scores={"craft": 3})
    service.write_sheet(first.juror.user.as_actor(), first.public_id, draft, arrived_at=clock.now())
    before = rows()
    with pytest.raises(WrongState):
        assigning.take_back(organizer.as_actor(), contest, run.public_id)
    assert rows() == before
    assert [one.undoable for one in top_ups(contest.rounds[0])] == [False]


def test_a_sheet_written_while_it_is_taken_back_is_refused_or_keeps_it(contest, organizer, judged, beside):
    run = given(organizer, contest)
    first = db.session().scalars(select(Assignment).where(Assignment.run_id == run.id)).first()
    juror, public_id, actor = first.juror.user.as_actor(), first.public_id, organizer.as_actor()
    slug, run_id = contest.slug, run.public_id
    db.session().rollback()
    writing = beside(lambda: service.write_sheet(juror, public_id, full(), arrived_at=clock.now()))
    undoing = beside(lambda: assigning.take_back(actor, contest_by_slug(slug), run_id))
    for act in (writing, undoing):
        act.join(30)

    left = [row for row in rows().values() if row[4] == public_id]
    if writing.raised is None:
        assert (type(undoing.raised), [row[2] for row in left]) == (WrongState, [AssignmentState.DONE])
    else:
        assert (type(writing.raised), undoing.raised, left) == (NotFound, None, [])


def test_two_clicks_at_once_give_once(contest, organizer, judged, beside):
    run = proposed(organizer, contest)
    actor, slug, public_id, before = organizer.as_actor(), contest.slug, run.public_id, set(rows())
    db.session().rollback()
    clicks = [beside(lambda: assigning.confirm(actor, contest_by_slug(slug), public_id)) for _ in range(2)]
    for click in clicks:
        click.join(30)
    assert [click.raised for click in clicks] == [None, None]
    assert len(set(rows()) - before) == 3


def test_a_lost_further_sheet_is_replaced_too(contest, organizer, judged):
    run = given(organizer, contest, 4)
    target = db.session().scalars(select(Assignment).where(Assignment.run_id == run.id).order_by(Assignment.id)).first()
    has = Counter(row[0] for row in rows().values() if row[2] is not AssignmentState.RECUSED)[target.entry_id]
    leave(organizer, contest, target.juror.user)
    lost = situation_of(contest, contest.rounds[0]).lost
    assert target.entry_id in lost
    seat(contest, make_user(name="New"), languages=["en"])
    repair = assigning.propose_repair(organizer.as_actor(), contest)
    queue.work_off()
    db.session().refresh(repair)
    free = {row["entry"] for row in repair.added} | {row["entry"] for row in repair.lacking(())}
    assert free == set(lost)
    assigning.confirm(organizer.as_actor(), contest, repair.public_id)
    now = Counter(row[0] for row in rows().values() if row[2] is not AssignmentState.RECUSED)[target.entry_id]
    lacking = sum(row["lacking"] for row in repair.lacking(()) if row["entry"] == target.entry_id)
    assert now + lacking == has


def test_the_page_leads_from_the_number_to_the_letters(contest, organizer, judged, sign_in, count_queries):
    browser, below = sign_in(organizer), f"/manage/{contest.slug}/jury"
    post(browser, f"{below}/assignments", {"count": "2"}, to=f"{below}/top-up")
    assert said(browser.get(f"{below}/assignments").text) == {"computing": 1}
    queue.work_off()
    run = queries.newest_run(contest.rounds[0], RunKind.TOP_UP)
    assert "Give these 2 sheets" in browser.get(f"{below}/assignments").text
    post(browser, f"{below}/assignments", {}, to=f"{below}/proposals/{run.public_id}/confirm")
    page = browser.get(f"{below}/assignments").text
    assert ("2 further sheets" in page, "Undo" in page) == (True, True)
    with count_queries() as once:
        browser.get(f"{below}/assignments")
    given(organizer, contest, 5)
    with count_queries() as twice:
        browser.get(f"{below}/assignments")
    assert len(once) == len(twice)
    post(browser, f"{below}/assignments", {}, to=f"{below}/proposals/{run.public_id}/take-back")
    assert "taken back" in browser.get(f"{below}/assignments").text
