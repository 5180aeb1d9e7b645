"""How long a sheet took from its first opening to its handing in, against what there was to see and hear."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from statistics import median
from typing import Any

from sqlalchemy import func, select

from creative_platform.core.db import session
from creative_platform.entries.models import Entry, EntryRevision, RevisionFile
from creative_platform.judging.models import Assignment, AssignmentState, Juror, Scoresheet, ScoresheetVersion
from creative_platform.media.models import AssetState, MediaAsset, MediaKind


@dataclass(frozen=True)
class Reading:
    """One sheet that counts: ``entry`` and ``juror`` are public ids.

    ``took_s`` is the time from when the juror first opened the entry's page here to when marks were first handed in;
    None when the page was not opened before. ``lasts_s`` is how long film and sound of the entry last together, and
    ``pages`` how many its documents have, of what was handed in and checked by then.
    """

    entry: str
    juror: str
    took_s: float | None
    lasts_s: float
    pages: int


def readings_in(round_id: int) -> list[Reading]:
    """Return the sheets of a round that count, in the order in which they were handed in."""
    handed_in = func.min(ScoresheetVersion.submitted_at).label("handed_in")
    query = select(Assignment.entry_id, Entry.public_id, Juror.public_id, Assignment.opened_at, handed_in)
    query = query.select_from(Assignment).join(Assignment.entry).join(Assignment.juror)
    query = query.join(Scoresheet, Scoresheet.assignment_id == Assignment.id)
    query = query.join(ScoresheetVersion, ScoresheetVersion.scoresheet_id == Scoresheet.id)
    query = query.where(Assignment.round_id == round_id, Assignment.state == AssignmentState.DONE)
    query = query.where(Scoresheet.abstained.is_(False), ScoresheetVersion.abstained.is_(False))
    query = query.group_by(Assignment.id, Entry.public_id, Juror.public_id).order_by(handed_in, Assignment.id)
    revisions = _revisions(round_id)
    found = []
    for entry_id, entry, juror, opened_at, at in session().execute(query):
        took_s = (at - opened_at).total_seconds() if opened_at is not None and opened_at <= at else None
        found.append(Reading(entry, juror, took_s, *_to_see(revisions.get(entry_id, []), at)))
    return found


_PAGED = (MediaKind.PDF, MediaKind.DOCUMENT)
_File = tuple[MediaKind | None, float | None, dict[str, Any] | None, datetime | None]


def _revisions(round_id: int) -> dict[int, list[tuple[datetime, list[_File]]]]:
    """Return by entry id when each revision arrived and its checked files, the oldest first."""
    judged = select(Assignment.entry_id).where(Assignment.round_id == round_id)
    ready = (MediaAsset.id == RevisionFile.asset_id) & (MediaAsset.state == AssetState.READY)
    told = MediaAsset.kind, MediaAsset.duration_s, MediaAsset.details, MediaAsset.checked_at
    query = select(EntryRevision.entry_id, EntryRevision.id, EntryRevision.arrived_at, *told)
    query = query.outerjoin(RevisionFile, RevisionFile.revision_id == EntryRevision.id).outerjoin(MediaAsset, ready)
    query = query.where(EntryRevision.entry_id.in_(judged)).order_by(EntryRevision.number, RevisionFile.id)
    found: dict[int, dict[int, tuple[datetime, list[_File]]]] = {}
    for entry_id, revision_id, arrived_at, kind, duration_s, details, checked_at in session().execute(query):
        _, files = found.setdefault(entry_id, {}).setdefault(revision_id, (arrived_at, []))
        files.append((kind, duration_s, details, checked_at))
    return {entry_id: list(revisions.values()) for entry_id, revisions in found.items()}


def _to_see(revisions: Sequence[tuple[datetime, list[_File]]], at: datetime) -> tuple[float, int]:
    """Return how long film and sound last and how many pages there are, of the revision that stood at a time."""
    standing = [files for arrived_at, files in revisions if arrived_at <= at]
    files = [file for file in (standing[-1] if standing else []) if file[3] is not None and file[3] <= at]
    lasts_s = sum(duration or 0.0 for kind, duration, *_ in files if kind in (MediaKind.VIDEO, MediaKind.AUDIO))
    pages = sum((details or {}).get("pages") or 0 for kind, _, details, _ in files if kind in _PAGED)
    return lasts_s, pages


def pace_of(readings: Sequence[Reading]) -> dict[str, Any]:
    """Return how long the sheets of one juror took, as plain data.

    ``timed`` of the sheets have a time, ``median_s`` is the middle one; ``lasts_median_s`` and ``pages_median`` tell of
    those with film or sound and with pages. ``sooner`` are the sheets that were handed in before film and sound could
    have been played through once since the page was opened, the shortest share of it first.
    """
    timed = [(one.took_s, one) for one in readings if one.took_s is not None]
    lasts, pages = [one.lasts_s for _, one in timed if one.lasts_s], [one.pages for _, one in timed if one.pages]
    sooner = sorted((took_s / one.lasts_s, one.entry, took_s, one) for took_s, one in timed if took_s < one.lasts_s)
    return {
        "timed": len(timed),
        "median_s": median(took_s for took_s, _ in timed) if timed else None,
        "with_media": len(lasts),
        "lasts_median_s": median(lasts) if lasts else None,
        "pages_median": median(pages) if pages else None,
        "sooner": [{"entry": entry, "took_s": took_s, "lasts_s": one.lasts_s} for _, entry, took_s, one in sooner],
    }
