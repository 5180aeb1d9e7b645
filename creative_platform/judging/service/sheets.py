"""Scoresheets: saved as often as one likes, submitted once, then changed only with a reason, as a new version."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from creative_platform.contests import policy as contests
from creative_platform.contests.models import Round
from creative_platform.core import audit, clock, ids
from creative_platform.core.actor import Actor
from creative_platform.core.audit import AuditEvent, contest_chain
from creative_platform.core.db import locked, transaction
from creative_platform.core.errors import Conflict, Invalid, NotFound, StaleVersion
from creative_platform.core.text import N_, storable
from creative_platform.entries.service import OWNER_TYPE
from creative_platform.judging import policy, queries
from creative_platform.judging.models import (
    Assignment,
    AssignmentState,
    Score,
    Scoresheet,
    ScoresheetVersion,
    SheetState,
)
from creative_platform.judging.service.declaring import checked_reason, note_declared
from creative_platform.media.service import end_addresses

TEXT_MOST = 8000


@dataclass(frozen=True)
class SheetChanges:
    """What a juror writes; ``scores`` maps a criterion's key to a mark, None takes a mark back."""

    version: int
    scores: Mapping[str, Any]
    comment: str = ""
    abstain: bool = False
    abstention_reason: str = ""
    reason: str = ""
    submit: bool = False


def note_opened(assignment: Assignment) -> None:
    """Keep when the juror first opened the page of an entry; nothing once the sheet is in."""
    if assignment.opened_at is None and assignment.state is AssignmentState.ASSIGNED:
        with transaction() as s:
            first = Assignment.id == assignment.id, Assignment.opened_at.is_(None)
            s.execute(update(Assignment).where(*first).values(opened_at=clock.now()))


def write_sheet(actor: Actor, public_id: str, changes: SheetChanges, *, arrived_at: datetime) -> Scoresheet:
    """Save or submit the sheet of one of the actor's assignments.

    A saved draft never counts. After submitting, every change is a submission again and needs ``reason``. Raises
    NotFound, Conflict (closed; recused), StaleVersion, Invalid.
    """
    with transaction() as s:
        found = queries.assignment_of(actor, public_id)
        s.scalars(locked(select(Round).where(Round.id == found.round_id))).one()
        assignment = _held(s, found.id)
        has_part, oversees = (
            queries.has_part_in(actor, assignment),
            contests.can_oversee(actor, assignment.juror.contest),
        )
        allowed = policy.can_score(actor, assignment, arrived_at, has_part=has_part, oversees=bool(oversees))
        if not allowed:
            raise Conflict(allowed.reason, code="judging_closed")
        sheet = _sheet_for_update(s, assignment)
        if changes.version != sheet.version:
            raise StaleVersion(version=sheet.version, current=sheet_state(sheet))
        _refuse_wrong(assignment, sheet, changes)
        _apply(s, assignment, sheet, changes)
        if changes.submit:
            _submit(s, actor, assignment, sheet, changes.reason)
        return sheet


def _held(s: Session, assignment_id: int) -> Assignment:
    """Return the locked assignment. Raises NotFound when it was taken back meanwhile."""
    assignment = s.scalar(locked(select(Assignment).where(Assignment.id == assignment_id)))
    if assignment is None:
        raise NotFound()
    return assignment


def _sheet_for_update(s: Session, assignment: Assignment) -> Scoresheet:
    sheet = s.scalar(locked(select(Scoresheet).where(Scoresheet.assignment_id == assignment.id)))
    if sheet is None:
        sheet = Scoresheet(assignment_id=assignment.id, saved_at=clock.now(), version=0)
        s.add(sheet)
        s.flush()
    return sheet


def _refuse_wrong(assignment: Assignment, sheet: Scoresheet, changes: SheetChanges) -> None:
    wrong: dict[str, str] = {}
    criteria = {criterion.key: criterion for criterion in assignment.round.criteria}
    for key, value in changes.scores.items():
        criterion = criteria.get(key)
        if criterion is None:
            wrong[f"scores.{key}"] = N_("There is no such criterion.")
        elif value is not None and not _is_mark(value, criterion.scale_min, criterion.scale_max):
            wrong[f"scores.{key}"] = N_("Choose a mark of the scale.")
    for name in ("comment", "abstention_reason", "reason"):
        if len(getattr(changes, name)) > TEXT_MOST:
            wrong[name] = N_("This is too long.")
        if not storable(getattr(changes, name)):
            wrong[name] = N_("This holds characters that cannot be stored.")
    if changes.abstain and not changes.abstention_reason.strip():
        wrong["abstention_reason"] = N_("Say why you abstain.")
    if changes.submit and not changes.abstain:
        kept = {score.criterion.key for score in sheet.scores}
        given = {key for key, value in changes.scores.items() if value is not None}
        for key in criteria:
            if key not in (kept | given) - {k for k, v in changes.scores.items() if v is None}:
                wrong[f"scores.{key}"] = N_("Give a mark.")
    if sheet.state is SheetState.SUBMITTED:
        if not changes.submit:
            wrong["action"] = N_("This sheet is submitted: submit the change with a reason.")
        if not changes.reason.strip():
            wrong["reason"] = N_("Say why you change a submitted sheet.")
    if wrong:
        raise Invalid(wrong)


def _is_mark(value: Any, lowest: int, highest: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and lowest <= value <= highest


def _apply(s: Session, assignment: Assignment, sheet: Scoresheet, changes: SheetChanges) -> None:
    criteria = {criterion.key: criterion.id for criterion in assignment.round.criteria}
    standing = {score.criterion_id: score for score in sheet.scores}
    for key, value in changes.scores.items():
        score = standing.get(criteria[key])
        if value is None and score is not None:
            sheet.scores.remove(score)
        elif value is not None and score is not None:
            score.value = value
        elif value is not None:
            sheet.scores.append(Score(criterion_id=criteria[key], value=value))
    sheet.comment = changes.comment.strip()
    sheet.abstained, sheet.abstention_reason = (
        changes.abstain,
        changes.abstention_reason.strip() if changes.abstain else "",
    )
    sheet.version += 1
    sheet.saved_at = clock.now()
    s.flush()


def _submit(s: Session, actor: Actor, assignment: Assignment, sheet: Scoresheet, reason: str) -> None:
    now = clock.now()
    sheet.state, sheet.submitted_at = SheetState.SUBMITTED, now
    assignment.state, assignment.ended_at = AssignmentState.DONE, now
    s.refresh(sheet, ["scores", "versions"])
    marks = {score.criterion.key: score.value for score in sheet.scores}
    number = len(sheet.versions) + 1
    version = ScoresheetVersion(
        number=number,
        scores=marks,
        abstained=sheet.abstained,
        abstention_reason=sheet.abstention_reason,
        comment=sheet.comment,
        reason=reason.strip(),
        submitted_at=now,
    )
    sheet.versions.append(version)
    s.flush()
    audit.record(
        contest_chain(assignment.juror.contest.public_id),
        actor,
        "scoresheet.submitted",
        f"assignment:{assignment.public_id}",
        version=number,
        abstained=sheet.abstained,
        digest=_digest(version),
    )


def _digest(version: ScoresheetVersion) -> str:
    said = [version.scores, version.abstained, version.abstention_reason, version.comment, version.reason]
    return ids.salted_digest(audit.canonical(said).decode(), version.salt)


def stands_as_submitted(link: AuditEvent) -> bool:
    """Say whether the version of a sheet that a link tells of, and the marks that count now, are what was submitted."""
    sheet = queries.sheet_of_assignment(link.subject.removeprefix("assignment:"))
    version = next((v for v in sheet.versions if v.number == link.data["version"]), None) if sheet else None
    if sheet is None or version is None or _digest(version) != link.data["digest"]:
        return False
    marks = {score.criterion.key: score.value for score in sheet.scores}
    return version is not sheet.versions[-1] or (marks, sheet.abstained) == (version.scores, version.abstained)


def sheet_state(sheet: Scoresheet | None) -> dict[str, Any]:
    """Return what a sheet holds now, as a writer compares it."""
    if sheet is None:
        return {"scores": {}, "comment": "", "abstain": False, "abstention_reason": ""}
    return {
        "scores": {score.criterion.key: score.value for score in sheet.scores},
        "comment": sheet.comment,
        "abstain": sheet.abstained,
        "abstention_reason": sheet.abstention_reason,
    }


def recuse(actor: Actor, public_id: str, *, reason: str) -> Assignment:
    """Step back from an entry because of a conflict; the sheet, if any, no longer counts."""
    said = checked_reason(reason, N_("Say in a sentence what the conflict is."))
    with transaction() as s:
        found = queries.assignment_of(actor, public_id)
        s.scalars(locked(select(Round).where(Round.id == found.round_id))).one()
        assignment = _held(s, found.id)
        if assignment.state is AssignmentState.RECUSED:
            return assignment
        if assignment.round.closed_at is not None:
            raise Conflict(N_("The round is closed."), code="judging_closed")
        assignment.state, assignment.ended_at = AssignmentState.RECUSED, clock.now()
        assignment.recusal_reason = said
        note_declared(actor, assignment.entry_id, said)
        end_addresses(OWNER_TYPE, [assignment.entry_id])
        chain = contest_chain(assignment.juror.contest.public_id)
        audit.record(chain, actor, "assignment.recused", f"assignment:{assignment.public_id}")
        return assignment
