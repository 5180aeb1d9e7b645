"""Entries of the demo: drafted, filled in, uploaded into and handed in by their authors."""

from __future__ import annotations

import io
from datetime import datetime
from typing import Any

from creative_platform.communities.models import Community
from creative_platform.contests.models import Contest
from creative_platform.contests.queries import track_by_key
from creative_platform.core import clock
from creative_platform.core.actor import Actor
from creative_platform.demo.people import Person
from creative_platform.entries import service as entries
from creative_platform.entries.models import Entry
from creative_platform.uploads import service as uploads

TRACKS = {
    "video": "video",
    "music": "music",
    "theatre": "theatre",
    "campaign": "campaign",
    "digital": "digital-project",
}


def make_entry(
    work: dict[str, Any],
    files: list[tuple[dict[str, Any], bytes]],
    contest: Contest,
    people: dict[str, Person],
    communities: dict[str, Community],
) -> Entry:
    """Make an entry as its author does at the present (pretended) time; a draft stays one."""
    author = people[work["author"]]
    now = clock.now()
    entry = entries.create_draft(
        author.actor,
        contest.id,
        arrived_at=now,
        track=TRACKS[work["track"]],
        title=work["title"],
        community=communities[work["community"]].public_id if "community" in work else "",
    )
    for mate in work.get("team", ()):
        secret = entries.invite_member(author.actor, entry.public_id)
        entries.accept_invite(people[mate["key"]].actor, secret, part=mate["part"])
    _fill_in(author.actor, entry, work, contest, now)
    for spec, body in files:
        _upload(author.actor, entry, contest, work, spec, body)
    if work.get("state") != "draft":
        entries.submit_entry(author.actor, entry.public_id, arrived_at=clock.now())
    return entry


def _fill_in(actor: Actor, entry: Entry, work: dict[str, Any], contest: Contest, now: datetime) -> None:
    idea, _link, consent = (field.key for field in contest.fields)
    changes = {
        "summary": work["summary"],
        "language": work["language"],
        "answers": {idea: work["idea"], consent: work.get("state") != "draft"},
    }
    entries.save_draft(actor, entry.public_id, entry.version, changes, arrived_at=now)


def _upload(
    actor: Actor, entry: Entry, contest: Contest, work: dict[str, Any], spec: dict[str, Any], body: bytes
) -> None:
    track = track_by_key(contest, TRACKS[work["track"]])
    wanted = next(asked.key for asked in (track.requirements if track else []) if asked.key == spec["field"])
    planned = uploads.Planned("entry", entry.public_id, wanted, spec["name"], len(body))
    uploads.receive_plain(actor, planned, io.BytesIO(body))
