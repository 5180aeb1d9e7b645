"""Who judges what, as a matrix of entries and jurors; never a mark."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from sqlalchemy import or_, select
from sqlalchemy.orm import joinedload

from creative_platform.contests.models import Contest, Round
from creative_platform.core.db import session
from creative_platform.judging import queries
from creative_platform.judging.models import (
    Assignment,
    AssignmentRun,
    AssignmentState,
    ConflictOfInterest,
    Juror,
    Scoresheet,
)
from creative_platform.judging.queries import EntryProgress

EVERYTHING = 1_000_000
FIGURES = ("width", "apart", "least", "most", "lacking")  # as engine.outlook names them


@dataclass(frozen=True)
class Coverage:
    """Some entries of a round, each with a cell a juror.

    A cell is None, "assigned", "draft" (its sheet is begun), "done", "recused" (given up, or taken from them) or
    "conflict" (barred from the start). Who left the panel stays as long as they have a row in the round.
    """

    jurors: list[Juror]
    rows: list[tuple[EntryProgress, list[str | None]]]
    total: int


def coverage_of(
    contest: Contest, round_: Round, hidden: Iterable[int], *, page: int = 1, per_page: int = EVERYTHING
) -> Coverage:
    """Return one page of the matrix, the entries with the fewest sheets first; entries in ``hidden`` are left out."""
    entries, total = queries.entries_by_sheets(contest, round_, hidden, page=page, per_page=per_page)
    given = select(Assignment.juror_id).where(Assignment.round_id == round_.id)
    seats = select(Juror).where(Juror.contest_id == contest.id, or_(Juror.removed_at.is_(None), Juror.id.in_(given)))
    order = Juror.removed_at.is_not(None), Juror.is_chair.desc(), Juror.id
    jurors = list(session().scalars(seats.options(joinedload(Juror.user)).order_by(*order)))
    cells = _conflicts([row.id for row in entries], jurors) | _given(round_, [row.id for row in entries])
    return Coverage(jurors, [(row, [cells.get((row.id, juror.id)) for juror in jurors]) for row in entries], total)


def _given(round_: Round, entry_ids: list[int]) -> dict[tuple[int, int], str]:
    query = select(Assignment.entry_id, Assignment.juror_id, Assignment.state, Scoresheet.id).outerjoin(Scoresheet)
    query = query.where(Assignment.round_id == round_.id, Assignment.entry_id.in_(entry_ids))
    return {(entry, juror): _said(state, sheet) for entry, juror, state, sheet in session().execute(query)}


def _said(state: AssignmentState, sheet: int | None) -> str:
    return "draft" if state is AssignmentState.ASSIGNED and sheet is not None else state.value


def _conflicts(entry_ids: list[int], jurors: list[Juror]) -> dict[tuple[int, int], str]:
    seats = {juror.user_id: juror.id for juror in jurors}
    query = select(ConflictOfInterest.entry_id, ConflictOfInterest.user_id)
    query = query.where(ConflictOfInterest.entry_id.in_(entry_ids), ConflictOfInterest.user_id.in_(seats))
    return {(entry, seats[user]): "conflict" for entry, user in session().execute(query)}


def coverage_rows(contest: Contest, round_: Round, hidden: Iterable[int]) -> Iterator[list[object]]:
    """Yield the whole matrix as a table, a heading first: an entry a row, a juror a column; people by name."""
    found = coverage_of(contest, round_, hidden)
    names = [juror.user.name for juror in found.jurors]
    same = {name for name in names if names.count(name) > 1}
    heads = [f"{j.user.name} ({j.public_id})" if j.user.name in same else j.user.name for j in found.jurors]
    yield ["code", "title", "assigned", "submitted", *heads]
    for entry, cells in found.rows:
        yield [entry.code, entry.title, entry.assigned, entry.submitted, *(cell or "" for cell in cells)]


def outlook_rows(run: AssignmentRun | None) -> Iterator[list[object]]:
    """Yield what each number of sheets an entry would tell as a table, a heading first; from a look."""
    yield ["reviews", *FIGURES]
    for design in run.inputs.get("designs", []) if run is not None else []:
        yield [design["reviews"], *(design[name] for name in FIGURES)]
