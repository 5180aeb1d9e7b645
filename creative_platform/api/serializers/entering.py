"""Contests, entries, files and receipts as they go out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from flask_babel import gettext as _

from creative_platform.contests import queries as contests
from creative_platform.contests.models import Award, Contest, Criterion, FormField, MediaRequirement, StageKind, Track
from creative_platform.core import clock, links
from creative_platform.core.db import load
from creative_platform.entries import policy, queries, revisions, service
from creative_platform.entries.models import Entry, Receipt, ScreeningDecision
from creative_platform.inspection.reasons import REASONS
from creative_platform.media.models import MediaAsset
from creative_platform.uploads.models import Upload

Json = dict[str, Any]


def when(at: datetime | None, zone_name: str = "UTC") -> str | None:
    """Return an instant as wall clock with offset."""
    return at.astimezone(clock.zone(zone_name)).isoformat(timespec="microseconds") if at else None


def contest_line(contest: Contest, now: datetime) -> Json:
    """Return a contest as lists show it."""
    return {
        "id": contest.public_id,
        "slug": contest.slug,
        "kind": contest.kind.value,
        "title": dict(contest.title),
        "summary": dict(contest.summary),
        "timezone": contest.timezone,
        "phase": contests.phase(contest, now),
        "stages": [
            {
                "kind": stage.kind.value,
                "starts_at": when(stage.starts_at, contest.timezone),
                "ends_at": when(stage.ends_at, contest.timezone) if stage.kind is not StageKind.ANNOUNCEMENT else None,
            }
            for stage in contest.stages
        ],
    }


def whole_contest(contest: Contest, now: datetime) -> Json:
    """Return a contest with everything its rules say."""
    rules = contests.current_rules(contest)
    published = (
        {"number": rules.number, "sha256": rules.sha256, "published_at": when(rules.published_at)} if rules else None
    )
    return {
        **contest_line(contest, now),
        "server_time": when(now, contest.timezone),
        "body": dict(contest.body),
        "rules": published,
        "tracks": [_track(track) for track in contest.tracks],
        "fields": [_question(field) for field in contest.fields],
        "criteria": [criterion_line(criterion) for round_ in contest.rounds[:1] for criterion in round_.criteria],
        "awards": [_award(award) for award in contest.awards],
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
        "blind": contest.blind,
        "drafts_readable": contest.drafts_readable,
        "reviews_per_entry": contest.reviews_per_entry,
        "tie_steps": contest.tie_steps,
    }


def _track(track: Track) -> Json:
    return {
        "key": track.key,
        "title": dict(track.title),
        "description": dict(track.description),
        "files": [_requirement(asked) for asked in track.requirements],
    }


def _requirement(asked: MediaRequirement) -> Json:
    return {
        "key": asked.key,
        "title": dict(asked.title),
        "help": dict(asked.help),
        "kinds": sorted(asked.kinds),
        "min_count": asked.min_count,
        "max_count": asked.max_count,
        "max_size_bytes": asked.max_size_bytes,
        "min_duration_s": asked.min_duration_s,
        "max_duration_s": asked.max_duration_s,
    }


def _question(field: FormField) -> Json:
    return {
        "key": field.key,
        "kind": field.kind.value,
        "label": dict(field.label),
        "help": dict(field.help),
        "required": field.required,
        "min_value": field.min_value,
        "max_value": field.max_value,
        "options": [{"key": option["key"], "title": dict(option["title"])} for option in field.options],
    }


def criterion_line(criterion: Criterion) -> Json:
    """Return a criterion of the rubric."""
    return {
        "key": criterion.key,
        "title": dict(criterion.title),
        "help": dict(criterion.help),
        "weight": float(criterion.weight),
        "scale_min": criterion.scale_min,
        "scale_max": criterion.scale_max,
        "anchors": {mark: dict(words) for mark, words in criterion.anchors.items()},
    }


def _award(award: Award) -> Json:
    return {
        "id": award.public_id,
        "title": dict(award.title),
        "description": dict(award.description),
        "quantity": award.quantity,
        "track": award.track.key if award.track else None,
    }


def file_line(asset: MediaAsset) -> Json:
    """Return a file as its team and the staff see it."""
    said = REASONS.get(asset.reason, REASONS["media.unreadable"])
    data = asset.details.get("data", {}) if asset.details else {}
    return {
        "id": asset.public_id,
        "field": asset.field,
        "filename": asset.filename,
        "content_type": asset.real_type or asset.content_type,
        "size_bytes": asset.size_bytes,
        "sha256": asset.sha256 or asset.declared_sha256,
        "committed_at": when(asset.committed_at),
        "state": asset.state.value,
        "reason": {"code": asset.reason, "sentence": _(said, **data)} if asset.reason else None,
        "kind": asset.kind.value if asset.kind else None,
        "duration_s": asset.duration_s,
        "width": asset.width,
        "height": asset.height,
    }


def whole_entry(entry: Entry, files: Sequence[MediaAsset], receipt_code: str | None) -> Json:
    """Return an entry as its team sees it: as it is saved."""
    zone, draft = entry.contest.timezone, entry.draft
    return {
        "id": entry.public_id,
        "code": entry.code,
        "contest": entry.contest.slug,
        "state": entry.state.value,
        "version": entry.version,
        "track": draft.track.key,
        "title": draft.title,
        "summary": draft.summary,
        "language": draft.language,
        "answers": draft.answers,
        "community": draft.community,
        "team": team_line(entry),
        "files": [file_line(asset) for asset in files],
        "missing": missing_lines(entry, files),
        "screening": screening_line(queries.screening_of(entry)),
        "receipt": receipt_code,
        "closes_at": when(policy.closes_at(entry), zone),
        "deliver_until": when(policy.delivers_until(entry) if entry.deliver_until else None, zone),
        "created_at": when(entry.created_at, zone),
        "saved_at": when(entry.saved_at, zone),
        "submitted_at": when(entry.submitted_at, zone),
    }


def team_line(entry: Entry) -> Json:
    """Return the people behind an entry."""
    members = [
        {"person": member.user.public_id, "name": member.user.name, "part": member.part, "role": member.role.value}
        for member in entry.team.members
    ]
    return {"id": entry.team.public_id, "name": entry.team.name, "members": members}


def missing_lines(entry: Entry, files: Iterable[MediaAsset]) -> list[Json]:
    """Return what stands in the way of submitting."""
    parts = policy.missing_parts(entry, service.by_field(list(files)))
    return [{"field": part.field, "sentence": _(part.sentence)} for part in parts]


def screening_line(decision: ScreeningDecision | None) -> Json | None:
    """Return the newest screening decision."""
    if decision is None:
        return None
    return {
        "outcome": decision.outcome.value,
        "reason": decision.reason,
        "decided_at": when(decision.decided_at),
        "revision": decision.revision_number,
    }


def receipt(row: Receipt) -> Json:
    """Return a receipt as it is kept: checkable offline."""
    return {"code": row.code, "verify_url": links.url(f"/verify?code={row.code}"), **revisions.receipt_file(row)}


def upload_line(upload: Upload) -> Json:
    """Return how far an upload is."""
    load(upload, "parts")
    return {
        "upload_id": upload.public_id,
        "file_id": upload.asset.public_id,
        "state": upload.state.value,
        "size_bytes": upload.asset.size_bytes,
        "part_size_bytes": upload.part_size_bytes,
        "part_count": -(-upload.asset.size_bytes // upload.part_size_bytes),
        "received": sorted(part.number for part in upload.parts),
    }
