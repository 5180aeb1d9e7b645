"""How far a round is: draws, sheets, progress; what staff gets leaves out entries they have a part in."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import case, func, select
from sqlalchemy.orm import joinedload, selectinload

from creative_platform.accounts.models import User
from creative_platform.contests.models import Contest, Criterion, Round
from creative_platform.core.db import session
from creative_platform.entries.models import Entry, EntryState
from creative_platform.judging.models import (
    Assignment,
    AssignmentRun,
    AssignmentState,
    ConflictOfInterest,
    Juror,
    RoundReopening,
    RunKind,
    Score,
    Scoresheet,
    SheetState,
)
from creative_platform.judging.queries.seats import seats_ever
from creative_platform.screening import queries as screening


def sheet_of_assignment(public_id: str) -> Scoresheet | None:
    """Return the sheet of an assignment with its marks and versions, whoever wrote it; for checking the log."""
    query = select(Scoresheet).join(Assignment).where(Assignment.public_id == public_id)
    marks = selectinload(Scoresheet.scores).joinedload(Score.criterion)
    return session().scalar(query.options(marks, selectinload(Scoresheet.versions)))


def assignments_in(round_: Round) -> list[Assignment]:
    """Return every assignment of a round with juror, entry and sheet."""
    query = (
        select(Assignment)
        .where(Assignment.round_id == round_.id)
        .options(
            joinedload(Assignment.juror).joinedload(Juror.user),
            joinedload(Assignment.entry).joinedload(Entry.track),
            joinedload(Assignment.sheet).selectinload(Scoresheet.scores),
        )
    )
    return list(session().scalars(query.order_by(Assignment.id)).unique())


def seeds_of_runs(round_: Round) -> list[int]:
    """Return the seeds of the drawings, repairs and top-ups that gave assignments, in order; staff alone reads it."""
    given = select(AssignmentRun.seed).where(AssignmentRun.round_id == round_.id, AssignmentRun.given_at.is_not(None))
    return list(session().scalars(given.order_by(AssignmentRun.given_at, AssignmentRun.id)))


def seed_of_next_run(round_: Round) -> int:
    """Return the seed of the n-th giving: from the contest's own, so that nobody asks again until they like the draw.

    The first 31 bits of the SHA-256 of "SEED/n"; docs/judging.md tells how to check it.
    """
    number = len(seeds_of_runs(round_)) + 1
    return int(hashlib.sha256(f"{round_.contest.draw_seed}/{number}".encode()).hexdigest()[:8], 16) >> 1


def newest_run(round_: Round, kind: RunKind = RunKind.DRAW) -> AssignmentRun | None:
    """Return the last drawing of assignments of a round, or the last run of another kind."""
    query = select(AssignmentRun).where(AssignmentRun.round_id == round_.id, AssignmentRun.kind == kind)
    return session().scalar(query.order_by(AssignmentRun.id.desc()).limit(1))


def reopenings_of(round_: Round) -> list[RoundReopening]:
    """Return when and why a closed round was opened again, oldest first."""
    query = select(RoundReopening).where(RoundReopening.round_id == round_.id).order_by(RoundReopening.id)
    return list(session().scalars(query.options(joinedload(RoundReopening.reopened_by))))


@dataclass(frozen=True)
class JurorProgress:
    """How far one juror is."""

    juror: Juror
    assigned: int
    submitted: int
    recused: int
    conflicts: int
    active_at: datetime | None

    @property
    def left(self) -> int:
        """Sheets that are still to be submitted."""
        return self.assigned - self.submitted


@dataclass(frozen=True)
class Progress:
    """How far the judging is: by juror, and assignments (recused ones left out) and submitted sheets in all."""

    jurors: list[JurorProgress]
    assigned: int
    submitted: int


def progress(contest: Contest, round_: Round, hidden: Iterable[int] = ()) -> Progress:
    """Return how far the judging of a round is; entries in ``hidden`` count nowhere.

    Who left the panel is among the jurors as long as a sheet of theirs counts.
    """
    left_out = set(hidden)
    noted = select(ConflictOfInterest.user_id, ConflictOfInterest.entry_id).join(ConflictOfInterest.entry).distinct()
    noted = noted.where(Entry.contest_id == contest.id, Entry.id.not_in(left_out))
    conflicts = Counter(user_id for user_id, _ in session().execute(noted))
    query = _counted(round_, left_out).outerjoin(Scoresheet).group_by(Assignment.juror_id)
    query = query.add_columns(func.count(), func.max(Scoresheet.saved_at), Assignment.juror_id)
    given = {row[-1]: row for row in session().execute(query)}
    jurors = []
    for juror in seats_ever(contest):
        assigned, submitted, ever, active_at, _ = given.get(juror.id, (0, 0, 0, None, None))
        if submitted or not juror.removed_at:
            noted_of = conflicts[juror.user_id]
            jurors.append(JurorProgress(juror, assigned, submitted, ever - assigned, noted_of, active_at))
    return Progress(jurors, sum(row[0] for row in given.values()), sum(row[1] for row in given.values()))


def _counted(round_: Round, hidden: set[int]) -> Any:
    stands, done = Assignment.state != AssignmentState.RECUSED, Assignment.state == AssignmentState.DONE
    query = select(func.count(case((stands, 1))).label("assigned"), func.count(case((done, 1))).label("submitted"))
    return query.where(Assignment.round_id == round_.id, Assignment.entry_id.not_in(hidden))


class SheetCounts(NamedTuple):
    """How many jurors an entry was given to, recused ones left out, and how many submitted a sheet."""

    assigned: int = 0
    submitted: int = 0


def sheets_by_entry(round_: Round, hidden: Iterable[int] = ()) -> defaultdict[int, SheetCounts]:
    """Return how many sheets each entry of a round has, by entry id; those in ``hidden`` have none."""
    query = _counted(round_, set(hidden)).add_columns(Assignment.entry_id).group_by(Assignment.entry_id)
    return defaultdict(SheetCounts, {row[2]: SheetCounts(row[0], row[1]) for row in session().execute(query)})


class EntryProgress(NamedTuple):
    """An admitted entry by name, with its sheets."""

    id: int
    title: str
    code: str
    language: str
    assigned: int
    submitted: int


def entries_by_sheets(
    contest: Contest, round_: Round, hidden: Iterable[int], *, page: int, per_page: int
) -> tuple[list[EntryProgress], int]:
    """Return one page of the admitted entries, those with the fewest sheets first, and how many there are."""
    left_out = set(hidden)
    counts = _counted(round_, left_out).add_columns(Assignment.entry_id).group_by(Assignment.entry_id).subquery()
    sheets = func.coalesce(counts.c.assigned, 0), func.coalesce(counts.c.submitted, 0)
    admitted = *screening.admitted(contest), Entry.id.not_in(left_out)
    query = select(Entry.id, Entry.title, Entry.code, Entry.language, *sheets).where(*admitted)
    query = query.outerjoin(counts, counts.c.entry_id == Entry.id)
    query = query.order_by(sheets[1], Entry.sort_key, Entry.id).limit(per_page).offset((page - 1) * per_page)
    total = session().scalar(select(func.count(Entry.id)).where(*admitted)) or 0
    return [EntryProgress(*row) for row in session().execute(query)], total


def recusals_in(round_: Round, hidden: Iterable[int]) -> list[Assignment]:
    """Return the assignments from which jurors of the panel stepped back, those of entries in ``hidden`` left out."""
    query = (
        select(Assignment)
        .join(Juror)
        .where(Assignment.round_id == round_.id, Assignment.state == AssignmentState.RECUSED)
        .where(Juror.removed_at.is_(None), Assignment.entry_id.not_in(list(hidden)))
        .options(joinedload(Assignment.juror).joinedload(Juror.user))
    )
    return list(session().scalars(query.order_by(Assignment.id)))


def comments_in(round_: Round, hidden: Iterable[int]) -> dict[int, list[tuple[str, str]]]:
    """Return the comments of submitted sheets by entry id, each with its juror's name; no marks."""
    query = (
        select(Assignment.entry_id, User.name, Scoresheet.comment)
        .join(Scoresheet)
        .join(Juror)
        .join(User)
        .where(Assignment.round_id == round_.id, Assignment.state == AssignmentState.DONE)
        .where(Scoresheet.comment != "", Assignment.entry_id.not_in(list(hidden)))
    )
    found: dict[int, list[tuple[str, str]]] = {}
    for entry_id, name, comment in session().execute(query.order_by(Assignment.id)):
        found.setdefault(entry_id, []).append((name, comment))
    return found


def marks_of(round_: Round, entry_id: int) -> list[tuple[Criterion, list[int]]]:
    """Return the marks of the sheets that count, a criterion each, the highest first; whose they are is not told."""
    query = select(Score.criterion_id, Score.value).select_from(Assignment).join(Scoresheet).join(Score)
    query = query.where(Assignment.round_id == round_.id, Assignment.entry_id == entry_id)
    query = query.where(Assignment.state != AssignmentState.RECUSED, Scoresheet.state == SheetState.SUBMITTED)
    given: dict[int, list[int]] = {}
    for criterion_id, value in session().execute(query.where(Scoresheet.abstained.is_(False))):
        given.setdefault(criterion_id, []).append(value)
    return [(one, sorted(given.get(one.id, []), reverse=True)) for one in round_.criteria]


def unfinished_of(juror: Juror, hidden: Iterable[int] = ()) -> int:
    """Return how many entries a juror has left to judge, those in ``hidden`` not counted."""
    query = select(func.count(Assignment.id)).join(Assignment.entry)
    query = query.where(Assignment.juror_id == juror.id, Assignment.state == AssignmentState.ASSIGNED)
    query = query.where(Entry.state.in_(EntryState.handed_in()), Entry.id.not_in(list(hidden)))
    return session().scalar(query) or 0


def has_counting_sheets(round_: Round, hidden: Iterable[int]) -> bool:
    """Say whether any sheet of a round counts: submitted, with marks, its juror not recused; none of ``hidden``."""
    query = select(func.count(Scoresheet.id)).join(Assignment).where(Assignment.entry_id.not_in(list(hidden)))
    query = query.where(Assignment.round_id == round_.id, Assignment.state != AssignmentState.RECUSED)
    counting = query.where(Scoresheet.state == SheetState.SUBMITTED, Scoresheet.abstained.is_(False))
    return bool(session().scalar(counting))
