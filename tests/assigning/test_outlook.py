"""What sheets will tell before they are written, and whether the jury hangs together."""

from __future__ import annotations

import json
import re

import pytest
from sqlalchemy import func, select

from creative_platform.assigning import service as assigning
from creative_platform.contests.models import ContestStaff, StaffRole
from creative_platform.contests.queries import contest_by_slug
from creative_platform.core import clock, db, queue
from creative_platform.core.db import transaction
from creative_platform.core.errors import NotAllowed, WrongState
from creative_platform.judging import engine, queries, service
from creative_platform.judging.models import Assignment, AssignmentRun, RunKind
from creative_platform.judging.situation import situation_of
from tests.factories.accounts import make_user
from tests.factories.contests import make_contest
from tests.factories.entries import make_entry
from tests.factories.judging import admit, declare, drawn, seat
from tests.fixtures.people import post

pytestmark = pytest.mark.database


def looked(contest) -> AssignmentRun:
    queue.work_off()
    run = queries.newest_run(contest.rounds[0], RunKind.LOOK)
    assert run is not None
    db.session().refresh(run)
    return run


def hand_out(contest, *pairs) -> None:
    """Give entries to people of the panel without a draw."""
    seats = {juror.user_id: juror.id for juror in queries.jurors_of(contest)}
    with transaction() as s:
        for entry, person in pairs:
            given = Assignment(round_id=contest.rounds[0].id, juror_id=seats[person.id], assigned_at=clock.now())
            given.entry_id = entry.id
            s.add(given)


def test_before_judging_each_number_of_sheets_has_its_width(contest, organizer, jurors, sign_in):
    for number in range(5):
        seat(contest, make_user(name=f"More {number}"))
    admit(*(make_entry(contest) for _ in range(12)))
    assigning.ask_look(organizer.as_actor(), contest)
    found = looked(contest).inputs

    assert [d["reviews"] for d in found["designs"]] == [2, 3, 5, 8]
    widths, apart = [[d[name] for d in found["designs"]] for name in ("width", "apart")]
    assert widths == sorted(widths, reverse=True)
    assert apart == sorted(apart)
    assert (found["sheets"], found["parts"], found["scale"]) == (0, [], [1, 10])
    assert [(d["least"], d["most"], d["lacking"]) for d in found["designs"]] == [
        (3, 3, 0),
        (4, 5, 0),
        (7, 8, 0),
        (12, 12, 0),
    ]
    table = json.loads(sign_in(organizer).get(f"/manage/{contest.slug}/export/outlook.json").text)
    assert [(row["reviews"], row["width"], row["apart"]) for row in table] == list(
        zip((2, 3, 5, 8), widths, apart, strict=True)
    )
    page = sign_in(organizer).get(f"/manage/{contest.slug}/jury/outlook").text
    assert re.search(rf"<td[^>]*>{widths[0]:.1f}</td>", page)
    assert ("Assumed, as there are too few sheets" in page, "Nothing is handed out yet." in page) == (True, True)


def test_once_there_are_sheets_it_is_learnt_from_them(contest, organizer, judged):
    assigning.ask_look(organizer.as_actor(), contest)
    found = looked(contest).inputs
    assumed = engine.Components.assumed((1, 10))
    assert found["sheets"] == 28
    assert found["components"]["quality"] > assumed.quality  # these entries use the whole scale
    assert found["components"]["noise"] < assumed.noise  # and these jurors agree
    assert len(found["parts"]) == 1


def test_a_jury_in_two_groups_is_told_and_what_would_connect_it(contest, organizer, jurors, sign_in):
    more = make_user(name="Juror 3")
    seat(contest, more)
    people = [*jurors, more]
    works = [make_entry(contest, title=f"Work {n}") for n in range(4)]
    admit(*works)
    for first, second in ((0, 1), (2, 3)):
        for work in works[first : first + 2]:
            hand_out(contest, (work, people[first]), (work, people[second]))
    assigning.ask_look(organizer.as_actor(), contest)
    found = looked(contest).inputs
    seats = {juror.id: juror.user.name for juror in queries.jurors_of(contest)}
    parts = sorted(sorted(seats[juror] for juror in part) for part in found["parts"])
    assert (parts, found["second_eigenvalue"]) == ([["Juror 0", "Juror 1"], ["Juror 2", "Juror 3"]], 0)

    [[entry, juror]] = found["links"]
    page = sign_in(organizer).get(f"/manage/{contest.slug}/jury/outlook").text
    titles = {work.id: work.title for work in works}
    assert f"<b>{titles[entry]}</b>: {seats[juror]}" in page
    person = next(j.user for j in queries.jurors_of(contest) if j.id == juror)
    hand_out(contest, ([w for w in works if w.id == entry][0], person))
    assigning.ask_look(organizer.as_actor(), contest)
    found = looked(contest).inputs
    assert (len(found["parts"]), found["links"]) == (1, [])
    assert found["second_eigenvalue"] > 0


def test_where_jurors_are_too_few_entries_and_jurors_are_named(contest, organizer, jurors, sign_in):
    held, free = make_entry(contest, title="Held"), make_entry(contest, title="Free")
    for person in jurors[:2]:
        declare(held, person)
    admit(held, free)
    assigning.ask_look(organizer.as_actor(), contest)
    two = looked(contest).inputs["designs"][0]
    seats = {juror.user_id: juror.id for juror in queries.jurors_of(contest)}
    assert two["lacking"] == 1
    assert two["bottleneck"] == {"entries": [held.id], "jurors": [seats[jurors[2].id]], "needed": 2, "available": 1}
    page = sign_in(organizer).get(f"/manage/{contest.slug}/jury/outlook").text
    assert "These entries need 2 sheets, and those who may judge them can give 1." in page
    assert "2 of 6 pairs of an entry and a juror are barred by a conflict." in page


def test_it_is_computed_after_every_draw_and_kept_once(contest, organizer, jurors, sign_in):
    drawn(contest, organizer, 4)
    first = looked(contest)
    assert first.inputs["stamp"] == situation_of(contest, contest.rounds[0]).stamp
    drawn(contest, organizer, 4)
    assert looked(contest).inputs["stamp"] == situation_of(contest, contest.rounds[0]).stamp
    assert db.session().scalar(select(func.count(AssignmentRun.id)).where(AssignmentRun.kind == RunKind.LOOK)) == 1
    browser, page = sign_in(organizer), f"/manage/{contest.slug}/jury/outlook"
    assert "changed since this was computed" not in browser.get(page).text
    admit(make_entry(contest))
    assert "changed since this was computed" in browser.get(page).text
    post(browser, page, {})
    assert "It is being computed." in browser.get(page).text


def test_asked_twice_it_is_computed_once(contest, organizer, jurors, beside):
    admit(make_entry(contest))
    actor, slug = organizer.as_actor(), contest.slug
    db.session().rollback()
    clicks = [beside(lambda: assigning.ask_look(actor, contest_by_slug(slug))) for _ in range(2)]
    for click in clicks:
        click.join(30)
    assert [click.raised for click in clicks] == [None, None]
    assert queue.waiting_count(service.LOOK_JOB, round_id=contest.rounds[0].id) == 1
    first = looked(contest).finished_at
    assigning.ask_look(organizer.as_actor(), contest)  # and again once it is there
    assert looked(contest).finished_at > first


def test_without_entries_or_jurors_it_says_what_is_missing(contest, organizer, jurors):
    with pytest.raises(WrongState) as without_entries:
        assigning.ask_look(organizer.as_actor(), contest)
    lonely = make_contest(organizer, phase="judging")
    admit(make_entry(lonely))
    with pytest.raises(WrongState) as without_jurors:
        assigning.ask_look(organizer.as_actor(), lonely)
    assert ("admitted" in without_entries.value.message, "panel" in without_jurors.value.message) == (True, True)


def test_others_see_nothing_of_it(contest, organizer, jurors, sign_in):
    drawn(contest, organizer, 4)
    rival = make_user()
    make_contest(rival, phase="judging")
    for person in (rival, jurors[0]):
        browser = sign_in(person)
        for page in ("jury/outlook", "export/outlook.csv"):
            assert browser.get(f"/manage/{contest.slug}/{page}").status_code == 404
        assert post(browser, "/account", {}, to=f"/manage/{contest.slug}/jury/outlook").status_code == 404
        with pytest.raises(NotAllowed):
            assigning.ask_look(person.as_actor(), contest)


def test_an_own_entry_is_not_named(contest, organizer, jurors, sign_in):
    own = make_entry(contest, title="The organizers own", owner=organizer)
    for person in jurors[:2]:
        declare(own, person)
    admit(own, make_entry(contest, title="Free"))
    assigning.ask_look(organizer.as_actor(), contest)
    assert looked(contest).inputs["designs"][0]["bottleneck"]["entries"] == [own.id]
    page = sign_in(organizer).get(f"/manage/{contest.slug}/jury/outlook").text
    assert ("The organizers own" in page, "0 of 3 pairs" in page) == (False, True)


def test_the_page_takes_the_same_queries_for_any_number(contest, organizer, jurors, sign_in, count_queries):
    costs, browser = [], sign_in(organizer)
    for count in (1, 5):
        drawn(contest, organizer, count)
        browser.get(f"/manage/{contest.slug}/jury/outlook")
        with count_queries() as statements:
            browser.get(f"/manage/{contest.slug}/jury/outlook")
        costs.append(len(statements))
    assert costs[0] == costs[1]


def test_what_marks_taught_is_not_for_who_competes_or_judges(contest, organizer, jurors, judged, sign_in):
    """AC12: it moves with every mark, those of an own entry included, and can be computed anew at any time."""
    other = make_user()
    with transaction() as s:
        for person in (other, jurors[0]):
            staff = ContestStaff(contest_id=contest.id, user_id=person.id, role=StaffRole.ORGANIZER, since=clock.now())
            s.add(staff)
    assigning.ask_look(organizer.as_actor(), contest)
    found, address = looked(contest).inputs, f"/manage/{contest.slug}/jury/outlook"
    table = f"/manage/{contest.slug}/export/outlook.json"
    assert found["sheets"] == 28
    assert "Learnt from the 28 sheets" in sign_in(other).get(address).text
    assert sign_in(other).get(table).status_code == 200
    admit(make_entry(contest, owner=organizer))
    for person in (organizer, jurors[0]):
        page = sign_in(person).get(address).text
        assert "This is learnt from marks, so you do not see it" in page
        assert [said for said in ("28 sheets", "standard deviation", "Pairs told apart") if said in page] == []
        assert "Does the jury hang together?" in page
        assert sign_in(person).get(table).status_code == 404
    with transaction() as s:
        s.merge(contest.rounds[0]).closed_at = clock.now()
    assert "Learnt from the 28 sheets" in sign_in(jurors[0]).get(address).text
    assert "Learnt from" not in sign_in(organizer).get(address).text
