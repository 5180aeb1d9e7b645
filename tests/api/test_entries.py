"""Drafts over the API: made, saved, handed in, withdrawn; by their team alone."""

from __future__ import annotations

import pytest

from creative_platform.entries.models import Entry
from tests.factories.accounts import make_user
from tests.factories.contests import make_contest
from tests.factories.entries import make_entry, make_team

pytestmark = pytest.mark.database

NOBODY = "a" * 26


def made(program, person, contest=None, **more):
    contest = contest or make_contest()
    return program(person).post(f"/contests/{contest.slug}/entries", {"track": "story", **more}).json


def test_a_draft_is_made_saved_and_read(app, program, user):
    caller = program(user)
    draft = made(program, user, title="Әже", answers={"idea": "Қымыз"}, language="ru", summary="Short")
    assert (draft["state"], draft["title"], draft["answers"], draft["version"]) == (
        "draft",
        "Әже",
        {"idea": "Қымыз"},
        2,
    )
    assert draft["missing"] == []

    saved = caller.patch(f"/entries/{draft['id']}", {"version": 2, "title": "Ата", "answers": {"link": "https://a.kz"}})

    assert (saved.json["title"], saved.json["version"]) == ("Ата", 3)
    assert saved.json["answers"] == {"idea": "Қымыз", "link": "https://a.kz"}
    assert caller.get(f"/entries/{draft['id']}").json == saved.json
    assert caller.get("/entries").json["items"] == [saved.json]


def test_a_stale_version_is_told_the_current_state(app, program, user):
    draft = made(program, user, title="First")
    path = f"/entries/{draft['id']}"
    program(user).patch(path, {"version": draft["version"], "title": "Second"})

    late = program(user).patch(path, {"version": draft["version"], "title": "Third"})

    assert (late.status_code, late.json["code"]) == (409, "stale_version")
    assert (late.json["version"], late.json["current"]["title"]) == (2, "Second")
    assert program(user).get(path).json["title"] == "Second"


def test_handing_in_gives_a_receipt_and_withdrawing_takes_it_out(app, program, user):
    caller, draft = program(user), made(program, user, title="T", answers={"idea": "An idea"})

    receipt = caller.post(f"/entries/{draft['id']}/submit").json
    entry = caller.get(f"/entries/{draft['id']}").json
    assert (entry["state"], entry["receipt"]) == ("submitted", receipt["code"])

    out = caller.post(f"/entries/{draft['id']}/withdraw", {"reason": "Changed our minds"})
    assert out.json["state"] == "withdrawn"


def test_handing_in_what_is_not_complete_names_what_is_missing(app, program, user):
    draft = made(program, user)

    refused = program(user).post(f"/entries/{draft['id']}/submit")

    assert (refused.status_code, sorted(refused.json["fields"])) == (422, ["answers.idea", "title"])


def test_after_the_close_nothing_is_made_or_saved(app, program, user, hands):
    contest = make_contest()
    draft = made(program, user, contest, title="T", answers={"idea": "x"})
    closes = next(s for s in contest.stages if s.kind.value == "entries").ends_at
    hands.at(closes)

    answers = [
        program(user).patch(f"/entries/{draft['id']}", {"version": 2, "title": "Late"}),
        program(user).post(f"/entries/{draft['id']}/submit"),
        program(user).post(f"/contests/{contest.slug}/entries", {"track": "story"}),
    ]

    assert [(a.status_code, a.json["code"]) for a in answers] == [(409, "too_late")] * 3


@pytest.mark.parametrize("who", ["another team", "an organizer", "an admin", "nobody"])
def test_a_draft_of_others_is_nowhere(app, program, user, who):
    """AC02, AC04."""
    organizer = make_user()
    contest = make_contest(organizer)
    entry = make_entry(contest, owner=user, submitted=False, title="Secret title")
    path = f"/entries/{entry.public_id}"
    people = {"another team": make_entry(contest).team.members[0].user, "an organizer": organizer}
    stranger = program({**people, "an admin": make_user(is_admin=True), "nobody": None}[who])
    status = 401 if who == "nobody" else 404

    tries = [
        stranger.get(path),
        stranger.patch(path, {"version": 1, "title": "Mine now"}),
        stranger.post(f"{path}/submit"),
        stranger.post(f"{path}/withdraw", {}),
        stranger.post(
            f"{path}/uploads", {"field": "pages", "filename": "a", "size_bytes": 5, "content_type": "image/png"}
        ),
    ]

    assert [t.status_code for t in tries] == [status] * 5
    assert not any("Secret" in t.text for t in tries)
    if who != "nobody":
        assert all(i["id"] != entry.public_id for i in stranger.get("/entries").json["items"])
    assert program(user).get(path).json["title"] == "Secret title"


@pytest.mark.parametrize(
    "extra",
    ["owner_id", "contest_id", "contest", "team_id", "state", "status", "score", "submitted_at", "is_blind",
     "created_at", "code", "id", "disqualified_reason", "reopened_until"],
)  # fmt: skip
def test_fields_that_are_not_the_clients_are_refused_by_name(app, program, user, extra):
    """AC08, AC09."""
    contest = make_contest()
    draft = made(program, user, contest, title="T")
    path = f"/entries/{draft['id']}"

    changed = program(user).patch(path, {"version": 1, "title": "New", extra: "1"})
    created = program(user).post(f"/contests/{contest.slug}/entries", {"track": "story", extra: "1"})

    assert [(a.status_code, list(a.json["fields"])) for a in (changed, created)] == [(422, [extra])] * 2
    assert program(user).get(path).json == draft


def test_an_entry_cannot_be_made_for_another_team(app, program, user):
    contest = make_contest()
    foreign = make_team(contest)

    refused = program(user).post(f"/contests/{contest.slug}/entries", {"track": "story", "team": foreign.public_id})

    assert refused.status_code == 404
    assert program(user).get("/entries").json["items"] == []


def test_lists_are_read_in_parts(app, program, user, count_queries):
    contest = make_contest(max_entries_person=9)
    ids = [made(program, user, contest, title=f"{n}")["id"] for n in range(5)]
    caller = program(user)

    first = caller.get("/entries?limit=2").json
    second = caller.get(f"/entries?limit=2&cursor={first['next']}").json
    third = caller.get(f"/entries?limit=2&cursor={second['next']}").json

    got = [entry["id"] for part in (first, second, third) for entry in part["items"]]
    assert (got, third["next"]) == (ids[::-1], None)
    assert caller.get(f"/entries?cursor={NOBODY}").json["fields"].keys() == {"cursor"}
    counts = []
    for limit in (1, 3):
        with count_queries() as seen:
            caller.get(f"/entries?limit={limit}")
        counts.append(len(seen))
    assert counts[0] == counts[1]


def test_a_contest_that_is_a_draft_takes_nothing(app, program, user):
    hidden = make_contest(published=False)

    assert program(user).post(f"/contests/{hidden.slug}/entries", {"track": "story"}).status_code == 404
    assert app.extensions["sqlalchemy"].session.query(Entry).count() == 0
