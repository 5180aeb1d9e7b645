"""What the staff of a contest gets, and what the public gets after the publication."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping

from flask_babel import gettext as _

from creative_platform.api.serializers.entering import Json, file_line, screening_line, team_line, when
from creative_platform.core.text import N_
from creative_platform.entries.models import Entry, EntryRevision
from creative_platform.entries.queries import screening_of
from creative_platform.judging.models import Assignment, AssignmentRun, Juror, ScoresheetVersion
from creative_platform.judging.queries import Progress
from creative_platform.media.models import MediaAsset
from creative_platform.results.models import Decision, Publication, ResultSet
from creative_platform.similarity.sides import Elsewhere, Overseen, SeenMatch


def staff_entry(
    entry: Entry, revision: EntryRevision | None, assets: Mapping[int, MediaAsset], receipt_code: str | None
) -> Json:
    """Return an entry as it was handed in; of one that never was, the words only where the rules open drafts."""
    readable = entry.contest.drafts_readable
    words = revision.document if revision else {}
    if revision is None and readable:
        words = {"title": entry.title, "summary": entry.summary, "answers": entry.answers}
    files = [assets[file.asset_id] for file in revision.files if file.asset_id in assets] if revision else []
    return {
        "id": entry.public_id,
        "code": entry.code,
        "state": entry.state.value,
        "track": words.get("track", entry.track.key),
        "title": words.get("title", ""),
        "summary": words.get("summary", ""),
        "language": words.get("language", entry.language),
        "answers": dict(words.get("answers", {})),
        "community": entry.community.public_id if entry.community else None,
        "team": team_line(entry),
        "files": [file_line(asset) for asset in files],
        "revision": _revision(revision),
        "screening": screening_line(screening_of(entry)),
        "receipt": receipt_code,
        "submitted_at": when(entry.submitted_at, entry.contest.timezone),
    }


def _revision(revision: EntryRevision | None) -> Json | None:
    if revision is None:
        return None
    return {"number": revision.number, "sha256": revision.sha256, "arrived_at": when(revision.arrived_at)}


def match_line(match: SeenMatch) -> Json:
    """Return a match as its reader sees it; of an entry elsewhere only the contest is told."""
    verdict = match.standing
    told = {"verdict": verdict.verdict.value, "reason": match.reason_of(verdict)} if verdict else None
    return {
        "id": match.public_id,
        "modality": match.modality,
        "probability": match.probability,
        "evidence": match.evidence,
        "a": _side(match.a),
        "b": _side(match.b),
        "found_at": when(match.found_at),
        "verdict": {**told, "decided_at": when(verdict.decided_at)} if verdict and told else None,
    }


def _side(side: Overseen | Elsewhere) -> Json:
    told: Json = {"id": None, "code": None, "title": None}
    if isinstance(side, Overseen):
        told = {"id": side.entry.public_id, "code": side.entry.code, "title": side.title}
    return {**told, "contest": side.contest.slug}


def _person(juror: Juror) -> Json:
    return {"id": juror.public_id, "name": juror.user.name}


def staff_assignment(assignment: Assignment) -> Json:
    """Return who judges what, and how far they are; never a mark."""
    return {
        "id": assignment.public_id,
        "entry": assignment.entry.public_id,
        "juror": _person(assignment.juror),
        "state": assignment.state.value,
        "sheet": assignment.sheet.state.value if assignment.sheet else None,
    }


def scores_line(assignment: Assignment) -> Json:
    """Return the marks of a submitted sheet."""
    sheet = assignment.sheet
    return {
        "id": assignment.public_id,
        "entry": assignment.entry.public_id,
        "juror": _person(assignment.juror),
        "scores": {score.criterion.key: score.value for score in sheet.scores} if sheet else {},
        "abstained": bool(sheet and sheet.abstained),
        "abstention_reason": sheet.abstention_reason if sheet else "",
        "versions": [_version(version) for version in sheet.versions] if sheet else [],
        "comment": sheet.comment if sheet else "",
        "submitted_at": when(sheet.submitted_at) if sheet else None,
    }


def _version(version: ScoresheetVersion) -> Json:
    return {
        "number": version.number,
        "scores": version.scores,
        "abstained": version.abstained,
        "abstention_reason": version.abstention_reason,
        "comment": version.comment,
        "reason": version.reason,
        "submitted_at": when(version.submitted_at),
    }


def drawing(run: AssignmentRun, hidden: Collection[int] = ()) -> Json:
    """Return a drawing of assignments; of entries in ``hidden`` it is not said that they lack jurors."""
    problem = run.problem
    if run.lacking(hidden):
        problem = N_("Some entries cannot get as many jurors as the rules ask for.")
    return {
        "id": run.public_id,
        "seed": run.seed,
        "made_at": when(run.made_at),
        "finished_at": when(run.finished_at),
        "problem": _(problem) if problem else "",
    }


def progress_line(progress: Progress, run: AssignmentRun | None, hidden: Collection[int]) -> Json:
    """Return how far the judging is."""
    return {
        "assigned": progress.assigned,
        "submitted": progress.submitted,
        "jurors": [
            {
                "juror": _person(one.juror),
                "assigned": one.assigned,
                "submitted": one.submitted,
                "recused": one.recused,
            }
            for one in progress.jurors
        ],
        "drawing": drawing(run, hidden) if run else None,
    }


def ranking(result_set: ResultSet, decisions: Iterable[Decision]) -> Json:
    """Return a computed ranking and the decisions made on it."""
    return {
        "id": result_set.public_id,
        "method": result_set.method,
        "sha256": result_set.sha256,
        "computed_at": when(result_set.computed_at),
        "rows": [
            {
                "entry": row.entry.public_id,
                "rank": row.rank,
                "score": row.score,
                "raw_mean": row.raw_mean,
                "reviews": row.reviews,
                "rank_lo": row.rank_lo,
                "rank_hi": row.rank_hi,
                "band": row.band,
            }
            for row in result_set.rows
        ],
        "ties": result_set.ties,
        "decisions": [decision_line(decision) for decision in decisions],
    }


def decision_line(decision: Decision) -> Json:
    """Return what was decided."""
    return {
        "id": decision.public_id,
        "award": decision.award.public_id,
        "entry": decision.entry.public_id,
        "reason": dict(decision.reason),
        "decided_at": when(decision.decided_at),
    }


def published(publication: Publication) -> Json:
    """Return published results with their proof."""
    return {
        "contest": publication.contest.slug,
        "published_at": when(publication.published_at, publication.contest.timezone),
        "sha256": publication.sha256,
        "payload": publication.document,
        "key_id": publication.key_id,
        "signature": publication.signature,
        "results": json.loads(publication.document),
    }
