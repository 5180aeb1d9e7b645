"""Who judges what: the matrix on the page and as a table, for the staff alone."""

from __future__ import annotations

import csv
import io
import json

import pytest

from creative_platform.assigning.coverage import coverage_of
from creative_platform.contests.models import ContestStaff, StaffRole
from creative_platform.core import clock, db
from creative_platform.core.db import transaction
from creative_platform.judging import queries, service
from creative_platform.judging.service import SheetChanges
from tests.factories.accounts import make_user
from tests.factories.contests import make_contest
from tests.factories.entries import make_entry
from tests.factories.judging import declare, draw, full, seat

pytestmark = pytest.mark.database


@pytest.fixture
def mixed(contest, organizer, jurors):
    """Every state that a cell can have, by title and juror."""
    works = {title: make_entry(contest, title=title) for title in ("Dunes", "Steppe")}
    declare(works["Dunes"], jurors[0])
    draw(contest, organizer, *works.values())
    first, second = queries.assignments_of(jurors[1].as_actor()), queries.assignments_of(jurors[2].as_actor())
    dunes = {
        a.entry.title: a for a in [*first, *second] if a.entry.title == "Dunes" and a.juror.user_id == jurors[1].id
    }
    service.write_sheet(jurors[1].as_actor(), dunes["Dunes"].public_id, full(), arrived_at=clock.now())
    [other] = [a for a in second if a.entry.title == "Dunes"]
    draft = SheetChanges(version=0, scores={"craft": 3})
    service.write_sheet(jurors[2].as_actor(), other.public_id, draft, arrived_at=clock.now())
    for person in jurors:
        for assignment in queries.assignments_of(person.as_actor()):
            if assignment.entry.title == "Steppe":
                service.recuse(person.as_actor(), assignment.public_id, reason="My pupil")
                return works, person
    raise AssertionError("somebody has Steppe")


def test_each_cell_says_how_far_a_sheet_is(contest, jurors, mixed):
    works, recused = mixed
    found = coverage_of(contest, contest.rounds[0], [])
    names = [juror.user.name for juror in found.jurors]
    cells = {entry.title: dict(zip(names, cells, strict=True)) for entry, cells in found.rows}

    assert names == ["Juror 0", "Juror 1", "Juror 2"]
    assert cells["Dunes"] == {"Juror 0": "conflict", "Juror 1": "done", "Juror 2": "draft"}
    assert sorted(str(cell) for cell in cells["Steppe"].values()) == ["None", "assigned", "recused"]
    assert cells["Steppe"][recused.name] == "recused"
    assert [(entry.title, entry.assigned, entry.submitted) for entry, _ in found.rows] == [
        ("Steppe", 1, 0),
        ("Dunes", 2, 1),
    ]


def test_who_left_the_panel_stays_in_sight_while_they_have_a_row(contest, organizer, jurors, mixed):
    idle = seat(contest, make_user(name="Idle"))
    for juror in (*[j for j in queries.jurors_of(contest) if j.user_id == jurors[1].id], idle):
        service.remove_juror(organizer.as_actor(), contest, juror.public_id)
    found = coverage_of(contest, contest.rounds[0], [])
    assert [juror.user.name for juror in found.jurors] == ["Juror 0", "Juror 2", "Juror 1"]


def test_the_table_is_the_same_in_every_form(contest, organizer, mixed, sign_in):
    browser, below = sign_in(organizer), f"/manage/{contest.slug}/export/coverage"
    rows = json.loads(browser.get(f"{below}.json").text)
    lines = list(csv.DictReader(io.StringIO(browser.get(f"{below}.csv").text.removeprefix("\ufeff"))))

    assert [row["title"] for row in rows] == ["Steppe", "Dunes"]
    assert {key: rows[1][key] for key in ("assigned", "submitted", "Juror 0", "Juror 1", "Juror 2")} == {
        "assigned": 2,
        "submitted": 1,
        "Juror 0": "conflict",
        "Juror 1": "done",
        "Juror 2": "draft",
    }
    assert [{key: str(value) for key, value in row.items()} for row in rows] == lines
    assert browser.get(f"{below}.xlsx").data[:2] == b"PK"


def test_two_jurors_of_one_name_have_a_column_each(contest, organizer, mixed, sign_in):
    twins = [seat(contest, make_user(name="Juror 1")) for _ in range(2)]
    [row, _] = json.loads(sign_in(organizer).get(f"/manage/{contest.slug}/export/coverage.json").text)
    assert len(row) == 4 + 5
    assert all(f"Juror 1 ({twin.public_id})" in row for twin in twins)


def test_the_staff_alone_sees_it(contest, organizer, jurors, mixed, sign_in):
    works, _ = mixed
    page, table = f"/manage/{contest.slug}/jury/assignments", f"/manage/{contest.slug}/export/coverage.csv"
    rival, auditor = make_user(), make_user()
    make_contest(rival, slug="another")
    with transaction() as s:
        s.add(ContestStaff(contest_id=contest.id, user_id=auditor.id, role=StaffRole.AUDITOR, since=clock.now()))
    for person in (rival, jurors[1], works["Dunes"].team.members[0].user):
        assert [sign_in(person).get(address).status_code for address in (page, table)] == [404, 404]
    for person in (organizer, auditor):
        assert "Dunes" in sign_in(person).get(page).text


def test_entries_in_which_the_reader_has_a_part_are_left_out(contest, organizer, jurors, mixed, sign_in):
    own = make_entry(contest, title="The organizer's own", owner=organizer)
    draw(contest, organizer, own)
    browser = sign_in(organizer)
    assert "The organizer" not in browser.get(f"/manage/{contest.slug}/jury/assignments").text
    rows = json.loads(browser.get(f"/manage/{contest.slug}/export/coverage.json").text)
    assert sorted(row["title"] for row in rows) == ["Dunes", "Steppe"]
    other = make_user()
    with transaction() as s:
        s.add(ContestStaff(contest_id=contest.id, user_id=other.id, role=StaffRole.ORGANIZER, since=clock.now()))
    db.session().expire_all()
    assert "The organizer&#39;s own" in sign_in(other).get(f"/manage/{contest.slug}/jury/assignments").text


def test_the_page_takes_the_same_queries_for_any_number_of_entries(contest, organizer, jurors, sign_in, count_queries):
    costs, browser = [], sign_in(organizer)
    for count in (1, 5):
        draw(contest, organizer, *(make_entry(contest) for _ in range(count)))
        seat(contest, make_user())
        browser.get(f"/manage/{contest.slug}/jury/assignments")
        with count_queries() as statements:
            assert browser.get(f"/manage/{contest.slug}/jury/assignments").status_code == 200
        costs.append(len(statements))
    assert costs[0] == costs[1]
