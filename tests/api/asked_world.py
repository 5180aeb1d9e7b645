"""A world in which every call of the API can succeed: who makes it, of what, with what."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from creative_platform.accounts.models import User
from creative_platform.contests.models import Contest
from creative_platform.core import clock
from creative_platform.core.db import transaction
from creative_platform.judging import queries as judging
from creative_platform.judging import service
from creative_platform.results import service as results
from tests.api.test_uploads import send_file, send_part
from tests.factories.accounts import make_user
from tests.factories.contests import make_contest
from tests.factories.entries import make_entry
from tests.factories.files import picture
from tests.factories.judging import admit, computed, draw, full, give_marks, given, seat
from tests.factories.matches import make_match

BODY = picture()
SHA256 = hashlib.sha256(BODY).hexdigest()


@dataclass
class AskedWorld:
    """People by name, and what an operation needs to succeed: the places of its path, fields of its body, a cursor."""

    people: dict[str, User]
    places: dict[str, dict[str, Any]]
    bodies: dict[str, dict[str, Any]]
    cursors: dict[str, str]

    def caller(self, endpoint: str) -> str:
        """Return whose call it is; anybody's (the participant's) for what is open."""
        if endpoint in ("assignments", "work_to_judge", "get_scoresheet", "write_scoresheet", "recuse"):
            return "juror"
        return "organizer" if endpoint in _OF_STAFF else "participant"


_OF_STAFF = {
    "managed_entries", "screen_entry", "matches", "managed_assignments", "assign", "progress", "close_round", "scores",
    "ranking", "compute_results", "decide", "publish_results",
}  # fmt: skip


def make_asked_world(program: Any) -> AskedWorld:
    """Store four contests: one that takes entries, one in judging, one with a ranking, one with published results."""
    people = {name: make_user(name=f"The {name}") for name in ("participant", "juror", "organizer")}
    world = AskedWorld(people, {}, {}, {})
    contests = [
        make_contest(people["organizer"], phase=phase, slug=slug, max_entries_person=9, max_entries_team=9)
        for phase, slug in (("open", "taking"), ("judging", "judged"), ("judging", "ranked"), ("judging", "told"))
    ]
    for place in _entering(world, program, contests[0]), _judging(world, contests[1]), _deciding(world, *contests[2:]):
        world.places.update(place)
    world.places.update({"contest": {"slug": "taking"}, "results": {"slug": "told"}})
    return world


def _entering(world: AskedWorld, program: Any, contest: Contest) -> dict[str, dict[str, Any]]:
    person = world.people["participant"]
    caller = program(person)
    draft, other = (make_entry(contest, owner=person, submitted=False) for _ in range(2))
    entry = make_entry(contest, owner=person)
    kept = send_file(caller, draft.public_id, BODY)["id"]
    begun, whole, doomed = _uploads(caller, other.public_id)
    idea = {"idea": "An idea worth telling"}
    world.bodies |= {
        "create_entry": {"track": "story", "title": "A title", "team": "", "community": "", "answers": idea},
        "save_entry": {
            "version": draft.version,
            "track": "story",
            "title": "A title",
            "community": "",
            "answers": idea,
        },
        "open_upload": {"field": "pages", "filename": "b.jpg", "content_type": "image/jpeg", "size_bytes": 9},
        "commit_file": {"field": "pages", "filename": "c.jpg", "size_bytes": 9, "sha256": SHA256},
        "sign_parts": {"parts": [{"number": 1, "sha256": SHA256}]},
        "complete_upload": {"sha256": SHA256},
    }
    world.cursors["entries"] = entry.public_id
    of_draft = {"public_id": draft.public_id}
    return {
        "create_entry": {"slug": contest.slug},
        **dict.fromkeys(("entry", "save_entry", "submit_entry", "open_upload", "commit_file"), of_draft),
        "withdraw_entry": {"public_id": entry.public_id},
        **dict.fromkeys(("upload", "sign_parts"), {"public_id": begun}),
        "record_part": {"public_id": begun, "number": 1},
        "complete_upload": {"public_id": whole},
        "abort_upload": {"public_id": doomed},
        **dict.fromkeys(("file", "remove_file"), {"public_id": kept}),
    }


def _uploads(caller: Any, entry: str) -> Iterator[str]:
    """Open uploads whose one part has arrived."""
    for name in ("one.jpg", "two.jpg", "three.jpg"):
        plan = {"field": "pages", "filename": name, "size_bytes": len(BODY), "content_type": "image/jpeg"}
        upload = caller.post(f"/entries/{entry}/uploads", plan).json["upload_id"]
        send_part(caller, upload, 1, BODY)
        yield upload


def _judging(world: AskedWorld, contest: Contest) -> dict[str, dict[str, Any]]:
    organizer, juror = world.people["organizer"], world.people["juror"]
    entries = [make_entry(contest, title=f"Work {n}") for n in range(3)]
    make_match(*entries[:2])
    other = make_user()
    for person in (juror, other, make_user()):
        seat(contest, person)
    draw(contest, organizer, *entries)
    judged = judging.assignments_of(other.as_actor())[0].public_id
    service.write_sheet(other.as_actor(), judged, full(), arrived_at=clock.arrival())
    late = make_entry(contest, title="Not screened")
    assignment = judging.assignments_of(juror.as_actor())[0].public_id
    world.bodies |= {
        "write_scoresheet": {"version": 0, "scores": {"craft": 8, "meaning": 5}, "abstain": False},
        "recuse": {"reason": "A cousin of mine"},
        "screen_entry": {"outcome": "admitted", "reopen_until": None},
    }
    world.cursors["managed_entries"] = late.public_id
    of_staff = ("managed_entries", "matches", "managed_assignments", "assign", "progress", "close_round")
    of_juror = ("work_to_judge", "get_scoresheet", "write_scoresheet", "recuse")
    return {
        **dict.fromkeys(of_staff, {"slug": contest.slug}),
        **dict.fromkeys(of_juror, {"public_id": assignment}),
        "screen_entry": {"slug": contest.slug, "public_id": late.public_id},
    }


def _deciding(world: AskedWorld, ranked: Contest, told: Contest) -> dict[str, dict[str, Any]]:
    organizer = world.people["organizer"]
    for contest in (ranked, told):
        entries = {title: make_entry(contest, title=title) for title in ("first", "second", "third")}
        admit(*entries.values())
        give_marks(contest, entries)
        with transaction() as s:
            s.merge(contest.rounds[0]).closed_at = clock.now()
        computed(contest, organizer)
        given(contest, organizer, entries)
        if contest is ranked:
            award, entry = ranked.awards[1].public_id, entries["second"].public_id
            world.bodies["decide"] = {"award": award, "entry": entry, "reason": "Moving and precise"}
            world.bodies["compute_results"] = {"method": "mean"}
    results.publish_results(organizer.as_actor(), told)
    of_staff = ("scores", "ranking", "compute_results", "decide", "publish_results")
    return dict.fromkeys(of_staff, {"slug": ranked.slug})
