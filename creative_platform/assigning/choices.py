"""Further sheets, each with the reason why it was chosen; for who neither competes nor judges."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from creative_platform.contests.models import Round
from creative_platform.core.db import session
from creative_platform.entries.models import Entry
from creative_platform.judging.models import Assignment, AssignmentRun, AssignmentState, Juror, RunKind, Scoresheet


class Choice(NamedTuple):
    """One further sheet: for which entry and by whom, and what decided.

    ``sheets`` and ``load`` are what the entry and the juror had; ``gain`` is by how much the error about who wins was
    expected to fall; ``place`` is the entry's at that time, None until the round is closed.
    """

    code: str
    title: str
    juror: str
    sheets: int
    load: int
    expert: bool
    gain: float
    place: int | None


@dataclass(frozen=True)
class TopUp:
    """One run of further sheets; it can be undone while no sheet of it was begun."""

    run: AssignmentRun
    choices: list[Choice]
    undoable: bool


def top_ups(round_: Round) -> list[TopUp]:
    """Return the top-ups that were given, taken back ones included, and the newest proposal; newest first."""
    query = select(AssignmentRun).where(AssignmentRun.round_id == round_.id, AssignmentRun.kind == RunKind.TOP_UP)
    every = list(session().scalars(query.order_by(AssignmentRun.id.desc())))
    runs = [run for run in every if run.given_at is not None or run is every[0]]
    if not runs:
        return []
    named = {row["entry"] for run in runs for row in run.added}, {row["juror"] for run in runs for row in run.added}
    entries = {entry.id: entry for entry in session().scalars(select(Entry).where(Entry.id.in_(named[0])))}
    seats = select(Juror).where(Juror.id.in_(named[1])).options(joinedload(Juror.user))
    jurors = {juror.id: juror.user.name for juror in session().scalars(seats)}
    touched = select(Assignment.run_id).outerjoin(Scoresheet).where(Assignment.run_id.in_([run.id for run in runs]))
    touched = touched.where(Scoresheet.id.is_not(None) | (Assignment.state != AssignmentState.ASSIGNED)).distinct()
    begun = set(session().scalars(touched))
    closed = round_.closed_at is not None
    return [
        TopUp(
            run,
            _choices(run, entries, jurors, places=closed),
            not closed and run.given_at is not None and run.taken_back_at is None and run.id not in begun,
        )
        for run in runs
    ]


def _choices(run: AssignmentRun, entries: dict[int, Entry], jurors: dict[int, str], *, places: bool) -> list[Choice]:
    return [
        Choice(
            entries[row["entry"]].code,
            entries[row["entry"]].title,
            jurors[row["juror"]],
            row["reviews"],
            row["load"],
            row["expert"],
            row["gain"],
            row["place"] if places else None,
        )
        for row in run.added
    ]


def choice_rows(round_: Round) -> Iterator[Sequence[object]]:
    """Yield every further sheet that was given with what decided, a heading first; oldest first."""
    yield ["given_at", "taken_back_at", "seed", *Choice._fields]
    for one in reversed(top_ups(round_)):
        run = one.run
        if run.given_at is not None:
            back = run.taken_back_at.isoformat() if run.taken_back_at else ""
            yield from ([run.given_at.isoformat(), back, run.seed, *choice] for choice in one.choices)
