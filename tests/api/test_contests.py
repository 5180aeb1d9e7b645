"""Contests over the API: everybody reads the published ones."""

from __future__ import annotations

import pytest

from tests.factories.contests import make_contest

pytestmark = pytest.mark.database


def test_open_calls_come_by_their_deadline_in_parts(app, program):
    slugs = [make_contest(timezone="Asia/Almaty").slug for _ in range(3)]
    make_contest(published=False)
    make_contest(phase="over")
    anybody = program()

    first = anybody.get("/contests?limit=2").json
    rest = anybody.get(f"/contests?limit=2&cursor={first['next']}").json

    assert [c["slug"] for c in first["items"] + rest["items"]] == slugs
    assert rest["next"] is None
    ends = [stage["ends_at"] for stage in first["items"][0]["stages"]]
    assert ([end and end[-6:] for end in ends], first["server_time"][-6:]) == (["+05:00", "+05:00", None], "+05:00")


@pytest.mark.parametrize(("phase", "expected"), [("before", 0), ("open", 1), ("closed", 2), ("all", 3)])
def test_other_phases_are_asked_for(app, program, phase, expected):
    slugs = {name: make_contest(phase=name).slug for name in ("before", "open", "over")}
    wanted = {"before": ["before"], "open": ["open"], "closed": ["over"], "all": ["before", "open", "over"]}[phase]

    got = program().get(f"/contests?phase={phase}").json["items"]

    assert sorted(c["slug"] for c in got) == sorted(slugs[name] for name in wanted)


def test_a_contest_says_what_an_entrant_must_know(app, program):
    contest = make_contest()

    told = program().get(f"/contests/{contest.slug}").json

    assert [(t["key"], [f["key"] for f in t["files"]]) for t in told["tracks"]] == [
        ("video", ["film"]),
        ("story", ["pages"]),
    ]
    assert [(f["key"], f["required"]) for f in told["fields"]] == [("idea", True), ("link", False)]
    assert (told["phase"], told["rules"]["number"], told["rules"]["sha256"]) == ("open", 1, contest.rules[0].sha256)
    assert [c["key"] for c in told["criteria"]] == ["craft", "meaning"]


def test_a_draft_contest_is_nowhere(app, program, user):
    hidden = make_contest(user, published=False)

    assert program().get(f"/contests/{hidden.slug}").status_code == 404
    assert program(user).get(f"/contests/{hidden.slug}").status_code == 404
    assert program(user).get("/contests?phase=all").json["items"] == []
