"""Rows of entries, made directly."""

from __future__ import annotations

import hashlib
from typing import Any

from creative_platform.accounts.models import User
from creative_platform.contests.models import Contest
from creative_platform.core import clock, ids
from creative_platform.core.db import session, transaction
from creative_platform.core.text import search_text, sort_key
from creative_platform.entries.models import Entry, EntryRevision, EntryState, Team, TeamMember, TeamRole
from creative_platform.media.models import AssetState, MediaAsset, MediaKind
from tests.factories.accounts import make_user
from tests.factories.contests import make_contest


def make_team(contest: Contest, captain: User | None = None, *members: User) -> Team:
    """Store a team of a contest."""
    now = clock.now()
    person = captain or make_user()
    with transaction() as s:
        team = Team(contest_id=contest.id, name=f"Team of {person.name}", created_at=now)
        s.add(team)
        team.members.append(TeamMember(user_id=person.id, role=TeamRole.CAPTAIN, joined_at=now))
        for member in members:
            team.members.append(TeamMember(user_id=member.id, joined_at=now))
        s.flush()
    return team


def make_entry(
    contest: Contest | None = None,
    *,
    owner: User | None = None,
    submitted: bool = True,
    track: str = "story",
    **given: Any,
) -> Entry:
    """Store an entry of a team; when submitted, with one revision of its present text."""
    contest = contest or make_contest()
    team = given.pop("team", None) or make_team(contest, owner)
    now = clock.now()
    title = given.pop("title", "A title")
    stream = next(t for t in contest.tracks if t.key == track)
    with transaction() as s:
        entry = Entry(
            **{
                "code": ids.short_code(),
                "contest_id": contest.id,
                "track_id": stream.id,
                "team_id": team.id,
                "state": EntryState.SUBMITTED if submitted else EntryState.DRAFT,
                "title": title,
                "summary": "A summary",
                "language": "en",
                "answers": {"idea": "An idea worth telling."},
                "created_at": now,
                "saved_at": now,
                "submitted_at": now if submitted else None,
                "search_text": search_text(title),
                "sort_key": sort_key(title),
                **given,
            }
        )
        s.add(entry)
        s.flush()
        if submitted:
            _add_revision(entry, contest, team)
    return entry


def make_asset(entry: Entry, field: str, kind: MediaKind, **given: Any) -> MediaAsset:
    """Store a checked file of an entry; its bytes are nowhere."""
    now = clock.now()
    with transaction() as s:
        asset = MediaAsset(
            **{
                "owner_type": "entry",
                "owner_id": entry.id,
                "field": field,
                "filename": "file",
                "filename_salt": "0" * 32,
                "content_type": "application/octet-stream",
                "size_bytes": 1000,
                "sha256": "0" * 64,
                "declared_sha256": "0" * 64,
                "state": AssetState.READY,
                "kind": kind,
                "created_at": now,
                "checked_at": now,
                **given,
            }
        )
        s.add(asset)
    return asset


def _add_revision(entry: Entry, contest: Contest, team: Team) -> None:
    document = {"title": entry.title, "summary": entry.summary, "answers": entry.answers, "language": entry.language}
    people = [(session().get_one(User, member.user_id), member) for member in team.members]
    document["team"] = [{"person": p.public_id, "part": m.part, "role": m.role.value} for p, m in people]
    entry.revisions.append(
        EntryRevision(
            number=1,
            rules_version_id=contest.rules[-1].id,
            document=document,
            digests={"title": "0" * 64},
            sha256=hashlib.sha256(repr(document).encode()).hexdigest(),
            arrived_at=entry.submitted_at,
            submitted_by_id=team.members[0].user_id,
        )
    )
