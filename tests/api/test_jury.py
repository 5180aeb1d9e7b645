"""Jurors over the API: their own works and sheets, without people."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from creative_platform.accounts.models import User
from creative_platform.core import clock, queue
from creative_platform.core.db import session, transaction
from creative_platform.entries.models import Entry, TeamMember
from creative_platform.judging import service
from creative_platform.judging.models import Assignment
from creative_platform.screening import queries as screening
from tests.factories.accounts import make_user
from tests.factories.contests import make_contest
from tests.factories.entries import make_entry
from tests.factories.judging import admit, seat

pytestmark = pytest.mark.database


@pytest.fixture
def jurors(contest, organizer):
    people = [make_user(name=f"Juror {n}") for n in range(2)]
    for person in people:
        seat(contest, person)
    title = "Work {} of Secret Author"
    admit(*[make_entry(contest, owner=make_user(name="Secret Author"), title=title.format(n)) for n in range(3)])
    service.draw_assignments(organizer.as_actor(), contest)
    queue.work_off()
    return people


def mine(program, juror) -> list[str]:
    return [line["id"] for line in program(juror).get("/jury/assignments").json["items"]]


def sheet(version: int, **more):
    return {"version": version, "scores": {"craft": 8, "meaning": 5}, **more}


def test_a_juror_reads_works_without_people_and_in_parts(program, jurors):
    caller = program(jurors[0])
    first = caller.get("/jury/assignments?limit=2").json
    rest = caller.get(f"/jury/assignments?limit=2&cursor={first['next']}").json
    assert [len(first["items"]), len(rest["items"]), rest["next"]] == [2, 1, None]

    work = caller.get(f"/assignments/{first['items'][0]['id']}")

    titles = [line["title"] for line in (*first["items"], *rest["items"])]
    assert (sorted(titles), work.json["title"]) == ([f"Work {n} of ▮▮▮" for n in range(3)], titles[0])
    assert (work.json["summary"], work.json["open"]) == ("A summary", True)
    assert [c["key"] for c in work.json["criteria"]] == ["craft", "meaning"]
    assert "Secret Author" not in work.text + str(first)


def test_a_sheet_is_saved_submitted_and_changed_only_with_a_reason(program, jurors):
    caller, path = program(jurors[0]), f"/assignments/{mine(program, jurors[0])[0]}/scoresheet"
    assert (caller.get(path).json["version"], caller.get(path).json["scores"]) == (0, {})

    saved = caller.put(path, sheet(0, comment="Good")).json
    assert (saved["state"], saved["version"], saved["scores"]) == ("draft", 1, {"craft": 8, "meaning": 5})
    stale = caller.put(path, sheet(0, action="submit"))
    assert (stale.status_code, stale.json["code"], stale.json["current"]["scores"]) == (
        409,
        "stale_version",
        {"craft": 8, "meaning": 5},
    )
    assert caller.put(path, sheet(1, action="submit")).json["state"] == "submitted"
    assert list(caller.put(path, sheet(2, action="submit")).json["fields"]) == ["reason"]
    changed = caller.put(path, {**sheet(2, action="submit", reason="A slip"), "scores": {"craft": 9}}).json
    assert (changed["version"], changed["scores"]) == (3, {"craft": 9, "meaning": 5})
    assert caller.get(path).json == changed


def test_sheets_of_others_are_nowhere(program, jurors, organizer, contest):
    """AC05."""
    public_id = mine(program, jurors[0])[0]
    program(jurors[0]).put(f"/assignments/{public_id}/scoresheet", sheet(0))
    elsewhere = make_user()
    seat(make_contest(phase="judging"), elsewhere)
    for person in (jurors[1], elsewhere, organizer, make_user(is_admin=True)):
        caller = program(person)
        tries = [
            caller.get(f"/assignments/{public_id}"),
            caller.get(f"/assignments/{public_id}/scoresheet"),
            caller.put(f"/assignments/{public_id}/scoresheet", sheet(1)),
            caller.post(f"/assignments/{public_id}/recuse", {"reason": "x"}),
        ]
        assert [t.status_code for t in tries] == [404] * 4
    assert program(jurors[0]).get(f"/assignments/{public_id}/scoresheet").json["version"] == 1


@pytest.mark.parametrize(
    ("change", "field"),
    [({"scores": {"craft": 11}}, "scores.craft"), ({"scores": {"craft": "8"}}, "scores.craft"),
     ({"scores": {"craft": 8.5}}, "scores.craft"), ({"scores": {"fame": 8}}, "scores.fame"),
     ({"scores": []}, "scores"), ({"version": -1}, "version"), ({"version": True}, "version"),
     ({"juror_id": 1}, "juror_id"), ({"action": "publish"}, "action"), ({"comment": "a\0"}, "comment"),
     ({"abstain": True}, "abstention_reason")],
)  # fmt: skip
def test_impossible_sheets_are_refused_by_field(program, jurors, change, field):
    path = f"/assignments/{mine(program, jurors[0])[0]}/scoresheet"

    refused = program(jurors[0]).put(path, {**sheet(0), **change})

    assert (refused.status_code, list(refused.json["fields"])) == (422, [field])
    assert program(jurors[0]).get(path).json["version"] == 0


def test_stepping_back_ends_an_assignment(program, jurors):
    public_id = mine(program, jurors[0])[0]

    told = program(jurors[0]).post(f"/assignments/{public_id}/recuse", {"reason": "My cousin"}).json

    assert told == {"id": public_id, "state": "recused"}
    assert public_id not in mine(program, jurors[0])
    assert program(jurors[0]).get(f"/assignments/{public_id}").status_code == 404
    late = program(jurors[0]).put(f"/assignments/{public_id}/scoresheet", sheet(0))
    assert (late.status_code, late.json["code"]) == (409, "judging_closed")


def test_staff_of_other_contests_and_entrants_see_nothing(program, jurors, contest):
    """AC06, AC26."""
    outsiders = [make_user(), jurors[0], make_user(is_admin=True)]
    make_contest(outsiders[0])
    base = f"/manage/contests/{contest.slug}"
    for person in outsiders:
        caller = program(person)
        for path in ("entries", "matches", "assignments", "progress", "scores", "results"):
            assert caller.get(f"{base}/{path}").status_code == 404
        for path, body in (("assign", None), ("close", None), ("publish", None), ("results", {"method": "mean"})):
            assert caller.post(f"{base}/{path}", body).status_code == 404
    assert program().get(f"/contests/{contest.slug}/results").status_code == 404


def test_scores_wait_for_the_close(program, jurors, contest, organizer):
    submit_all(program, jurors)
    staff, base = program(organizer), f"/manage/contests/{contest.slug}"
    assert staff.get(f"{base}/progress").json["submitted"] == 6
    assert staff.get(f"{base}/scores").json["code"] == "wrong_state"

    staff.post(f"{base}/close")

    scores = staff.get(f"{base}/scores").json["items"]
    assert [s["scores"] for s in scores] == [{"craft": 8, "meaning": 5}] * 6
    assert [[(v["number"], v["scores"]) for v in s["versions"]] for s in scores] == [
        [(1, {"craft": 8, "meaning": 5})]
    ] * 6


def submit_all(program, jurors) -> None:
    for juror in jurors:
        for public_id in mine(program, juror):
            program(juror).put(f"/assignments/{public_id}/scoresheet", sheet(0, action="submit"))


def test_no_number_moves_for_an_organizer_with_a_part_in_the_entry(program, jurors, contest, organizer):
    """AC12: what they see is the same before and after a score on their own entry."""
    team = screening.admitted_entries(contest)[0].team
    with transaction() as s:
        s.add(TeamMember(team_id=team.id, user_id=organizer.id, joined_at=clock.now()))
    own = {entry.public_id for entry in screening.admitted_entries(contest) if entry.team_id == team.id}
    staff, base = program(organizer), f"/manage/contests/{contest.slug}"
    looks = ("progress", "assignments")
    before = [staff.get(f"{base}/{look}").json for look in looks]
    for assignment in session().scalars(select(Assignment).join(Entry).where(Entry.public_id.in_(own))).all():
        juror = session().get_one(User, assignment.juror.user_id)
        program(juror).put(f"/assignments/{assignment.public_id}/scoresheet", sheet(0, action="submit"))

    after = [staff.get(f"{base}/{look}").json for look in looks]

    assert before == after
    assert (len(before[0]["entries"]), len(before[1]["items"])) == (2, 4)
    assert staff.post(f"{base}/close").json["code"] == "wrong_state"
    submit_all(program, jurors)
    staff.post(f"{base}/close")
    scored = [score["entry"] for score in staff.get(f"{base}/scores").json["items"]]
    assert (len(scored), own & set(scored)) == (4, set())


def test_drafts_are_listed_only_where_the_rules_open_them(program, organizer):
    shut, opened = make_contest(organizer), make_contest(organizer, drafts_readable=True)
    for contest in (shut, opened):
        make_entry(contest, submitted=False, title="A draft")
        make_entry(contest, title="Handed in")
    staff = program(organizer)

    of_shut = staff.get(f"/manage/contests/{shut.slug}/entries").json
    of_opened = staff.get(f"/manage/contests/{opened.slug}/entries").json

    assert ([e["title"] for e in of_shut["items"]], of_shut["drafts"]) == (["Handed in"], 1)
    assert [e["title"] for e in of_opened["items"]] == ["Handed in", "A draft"]
