"""The rules of a contest as one document: what is published, hashed, compared and shown. Pure."""

from __future__ import annotations

import enum
import hashlib
from datetime import UTC, datetime
from typing import Any

from creative_platform.contests.models import Contest, Round, StageKind, Track
from creative_platform.contests.queries import stage
from creative_platform.contests.values import (
    AwardValues,
    CriterionValues,
    FieldValues,
    FileValues,
    TextValues,
    TrackValues,
    Values,
)
from creative_platform.core import audit
from creative_platform.rules.document import Document

FORMAT = "creative-platform/rules/1"


def document_of(contest: Contest) -> Document:
    """Return everything that the rules of a contest say, ready for `audit.canonical`; order is part of it."""
    return {
        "format": FORMAT,
        "contest": contest.public_id,
        "slug": contest.slug,
        **_said(TextValues, contest),
        "timezone": contest.timezone,
        "stages": _stages(contest),
        "limits": {
            "max_entries_person": contest.max_entries_person,
            "max_entries_team": contest.max_entries_team,
            "max_team_size": contest.max_team_size,
            "delivery_window_h": contest.delivery_window_h,
        },
        "who": {
            "regions": sorted(contest.allowed_regions),
            "members_only": contest.members_only,
            "min_age": contest.min_age,
            "max_age": contest.max_age,
        },
        "drafts_readable": contest.drafts_readable,
        "tracks": [_track(track) for track in contest.tracks],
        "fields": [{"key": field.key, **_said(FieldValues, field)} for field in contest.fields],
        "judging": {
            "blind": contest.blind,
            "reviews_per_entry": contest.reviews_per_entry,
            "draws_sha256": hashlib.sha256(contest.draw_seed.encode()).hexdigest(),
            **_ties(contest),
            "rounds": [_round(round_) for round_ in contest.rounds],
        },
        "awards": [
            {
                "key": award.public_id,
                **_said(AwardValues, award),
                "track": award.track.key if award.track else None,
            }
            for award in contest.awards
        ],
    }


def _said(values: type[Values], row: Any) -> Document:
    """Return a row's values by name, in order, as JSON; a database id says nothing to a reader."""
    return {name: _plain(value) for name, value in values.stored(row).items() if not name.endswith("_id")}


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _plain(part) for name, part in value.items()}
    if isinstance(value, list):
        return [_plain(part) for part in value]
    return value.value if isinstance(value, enum.Enum) else value


def _stages(contest: Contest) -> dict[str, dict[str, str]]:
    found = {}
    for kind in StageKind:
        row = stage(contest, kind)
        if row is not None:
            found[kind.value] = {"starts_at": _instant_text(row.starts_at)}
            if kind is not StageKind.ANNOUNCEMENT:
                found[kind.value]["ends_at"] = _instant_text(row.ends_at)
    return found


def _instant_text(at: datetime) -> str:
    return at.astimezone(UTC).isoformat()


def _track(track: Track) -> Document:
    files = [
        {"key": asked.key, **_said(FileValues, asked), "kinds": sorted(asked.kinds)} for asked in track.requirements
    ]
    return {"key": track.key, **_said(TrackValues, track), "files": files}


def _round(round_: Round) -> Document:
    criteria = [
        {"key": criterion.key, **_said(CriterionValues, criterion), "weight": float(criterion.weight)}
        for criterion in round_.criteria
    ]
    return {"key": str(round_.number), "title": dict(round_.title), "criteria": criteria}


def _ties(contest: Contest) -> Document:
    """Return how equal scores are put in order; of the seed of the lots only what proves it later."""
    if "lot" not in contest.tie_steps:
        return {"tie_steps": contest.tie_steps}
    return {"tie_steps": contest.tie_steps, "lots_sha256": hashlib.sha256(contest.lot_seed.encode()).hexdigest()}


def sha256_of(document: Document) -> str:
    """Return the SHA-256 (hex) of a rules document's canonical JSON."""
    return hashlib.sha256(audit.canonical(document)).hexdigest()
