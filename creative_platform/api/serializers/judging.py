"""What jurors get: works without people, and sheets of their own."""

from __future__ import annotations

from typing import Any

from creative_platform.api.serializers.entering import Json, criterion_line, when
from creative_platform.judging.blind import BlindEntry
from creative_platform.judging.models import Assignment, Scoresheet, SheetState
from creative_platform.judging.service import sheet_state
from creative_platform.media import urls
from creative_platform.renditions.contract import LIGHT


def assignment_line(assignment: Assignment, title: str) -> Json:
    """Return an assignment as its juror's list shows it; nothing in it names the entry."""
    return {
        "id": assignment.public_id,
        "contest": assignment.juror.contest.slug,
        "title": title,
        "track": assignment.entry.track.key,
        "state": assignment.state.value,
        "sheet": assignment.sheet.state.value if assignment.sheet else None,
    }


def work(assignment: Assignment, seen: BlindEntry, *, is_open: bool) -> Json:
    """Return a work to judge; files are clean copies under names of our making."""
    return {
        "id": assignment.public_id,
        "contest": assignment.juror.contest.slug,
        "title": seen.title,
        "summary": seen.summary,
        "language": seen.language,
        "track": seen.track_key,
        "answers": [{"question": question, "answer": answer} for question, answer in seen.answers],
        "files": [
            {
                "kind": asset.kind.value if asset.kind else None,
                "url": urls.clean_url(asset, f"file-{number}"),
                "light_url": urls.copy_url(asset, LIGHT, f"file-{number}-light"),
                "duration_s": asset.duration_s,
            }
            for number, asset in enumerate(seen.files, start=1)
        ],
        "files_in_check": seen.waiting,
        "files_not_delivered": seen.owed,
        "criteria": [criterion_line(criterion) for criterion in assignment.round.criteria],
        "open": is_open,
    }


def scoresheet(assignment: Assignment, sheet: Scoresheet | None) -> Json:
    """Return a sheet; one that was never saved is empty, of version 0."""
    told: dict[str, Any] = sheet_state(sheet)
    return {
        "assignment": assignment.public_id,
        "state": (sheet.state if sheet else SheetState.DRAFT).value,
        "version": sheet.version if sheet else 0,
        **told,
        "saved_at": when(sheet.saved_at) if sheet else None,
        "submitted_at": when(sheet.submitted_at) if sheet else None,
    }
