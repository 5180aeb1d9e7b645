"""What a juror reads of their own: the desk, the list, the work before them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, bindparam, case, func, select, tuple_
from sqlalchemy.orm import aliased, contains_eager, joinedload

from creative_platform.contests import queries as contests_queries
from creative_platform.contests.models import Contest, Round, Track
from creative_platform.core.actor import Actor
from creative_platform.core.db import load, session
from creative_platform.core.errors import NotFound
from creative_platform.core.text import N_, LocalizedText
from creative_platform.entries import conflicts as entries_conflicts
from creative_platform.entries import queries as entries_queries
from creative_platform.entries.models import Entry, EntryRevision, EntryState
from creative_platform.judging.models import Assignment, AssignmentState, Juror, Scoresheet
from creative_platform.judging.queries.seats import seats_of


@cache
def _own_assignment() -> Select[Assignment]:
    return (
        select(Assignment)
        .join(Assignment.juror)
        .join(Assignment.entry)
        .where(Assignment.public_id == bindparam("public_id"), Juror.user_id == bindparam("person"))
        .where(Juror.removed_at.is_(None), Entry.state.in_(EntryState.handed_in()))
        .options(
            contains_eager(Assignment.juror).joinedload(Juror.contest),
            contains_eager(Assignment.entry).joinedload(Entry.track),
            joinedload(Assignment.round),
            joinedload(Assignment.sheet),
        )
    )


def assignment_of(actor: Actor, public_id: str) -> Assignment:
    """Return an assignment of the actor's own whose entry takes part, with round and sheet. Raises NotFound."""
    found = session().scalar(_own_assignment(), {"public_id": public_id, "person": actor.id})
    if found is None:
        raise NotFound()
    _complete(found)
    return found


def _complete(found: Assignment) -> None:
    load(found.round, "criteria")
    load(found.juror.contest, "stages")
    if found.sheet is not None:
        load(found.sheet, "scores")


class Place(NamedTuple):
    """Where an assignment stands in its juror's queue, counted from 1, and the public ids of those beside it."""

    number: int
    total: int
    previous: str | None
    next: str | None


class Work(NamedTuple):
    """An entry as it lies before its juror: what was handed in last, and what may keep them from judging it now.

    ``names`` are those of its people, which a blind contest strikes out; empty in others.
    """

    assignment: Assignment
    revision: EntryRevision
    has_part: bool
    oversees: bool
    place: Place
    names: set[str]


def work_of(actor: Actor, public_id: str) -> Work:
    """Return the work of an assignment of the actor's own from which they did not step back. Raises NotFound."""
    row = session().execute(_own_work(), {"public_id": public_id, "person": actor.id}).one_or_none()
    if row is None:
        raise NotFound()
    assignment, revision, has_part, oversees, *place = row
    if assignment.state is AssignmentState.RECUSED:
        raise NotFound(N_("You stepped back from this entry."))
    _complete(assignment)
    contest = assignment.juror.contest
    load(contest, "fields")
    names = entries_queries.names_behind([assignment.entry_id])[assignment.entry_id] if contest.blind else set()
    return Work(assignment, revision, has_part, oversees, Place(*place), names)


@cache
def _own_work() -> Select[Any]:
    newer = aliased(EntryRevision)
    newest = select(func.max(newer.number)).where(newer.entry_id == Entry.id).scalar_subquery()
    counts = (EntryRevision.entry_id == Entry.id) & (EntryRevision.number == newest)
    query = _own_assignment().join(EntryRevision, counts)
    query = query.add_columns(EntryRevision, entries_conflicts.has_part(Assignment.entry_id))
    query = query.add_columns(contests_queries.is_staff(Juror.contest_id))
    place = _place().subquery()
    return query.outerjoin(place, place.c.id == Assignment.id).add_columns(*(place.c[name] for name in Place._fields))


def _place() -> Select[Any]:
    """Return the query of the place of one assignment in the order of ``assignments_of``.

    Its queue is read once, the two beside it are found by index: half the time of windows over 150 assignments.
    """
    mine, other, entry = aliased(Assignment), aliased(Assignment), aliased(Entry)
    here, there = tuple_(mine.position, mine.id), tuple_(other.position, other.id)
    queue = select().join_from(other, entry, other.entry_id == entry.id).where(other.juror_id == mine.juror_id)
    queue = queue.where(other.state != AssignmentState.RECUSED, entry.state.in_(EntryState.handed_in()))
    beside = queue.with_only_columns(other.public_id).correlate(mine).limit(1)
    return (
        queue.where(mine.public_id == bindparam("public_id"))
        .group_by(mine.id)
        .with_only_columns(
            mine.id,
            func.count().filter(there <= here).label("number"),
            func.count().label("total"),
            beside.where(there < here).order_by(other.position.desc(), other.id.desc()).label("previous"),
            beside.where(there > here).order_by(other.position, other.id).label("next"),
        )
    )


def assignments_of(actor: Actor, contest: Contest | None = None) -> list[Assignment]:
    """Return the actor's assignments in their own random order: not recused, the entry still taking part."""
    query = (
        select(Assignment)
        .join(Juror)
        .join(Assignment.entry)
        .where(*_own(actor))
        .options(
            joinedload(Assignment.juror).joinedload(Juror.contest).selectinload(Contest.stages),
            joinedload(Assignment.entry).joinedload(Entry.track),
            joinedload(Assignment.sheet),
            joinedload(Assignment.round),
        )
        .order_by(Juror.contest_id.desc(), Assignment.position, Assignment.id)
    )
    if contest is not None:
        query = query.where(Juror.contest_id == contest.id)
    return list(session().scalars(query).unique())


@dataclass(frozen=True)
class Desk:
    """What lies before a juror on one panel: how much in all, how much of it is done, and which comes first."""

    seat: Juror
    round: Round | None
    total: int = 0
    done: int = 0
    first: str | None = None

    @property
    def left(self) -> int:
        """How many sheets are still to be submitted; none once the round is closed."""
        return self.total - self.done if self.round is not None and self.round.closed_at is None else 0


def desks_of(actor: Actor) -> list[Desk]:
    """Return the desks of the actor's seats, the newest first."""
    done = func.count(case((Assignment.state == AssignmentState.DONE, 1)))
    counts = select(Assignment.juror_id, Round, func.count(), done).join(Assignment.round).join(Assignment.juror)
    counts = counts.join(Assignment.entry).where(*_own(actor)).group_by(Assignment.juror_id, Round.id)
    given: dict[int, Any] = {row[0]: row[1:] for row in session().execute(counts)}
    place = func.row_number().over(partition_by=Assignment.juror_id, order_by=(Assignment.position, Assignment.id))
    queue = select(Assignment.juror_id, Assignment.public_id, place.label("place")).join(Assignment.juror)
    queue = queue.join(Assignment.entry).where(*_own(actor), Assignment.state == AssignmentState.ASSIGNED)
    waiting = queue.subquery()
    firsts = session().execute(select(waiting.c.juror_id, waiting.c.public_id).where(waiting.c.place == 1))
    first = {row[0]: row[1] for row in firsts}
    desks = []
    for seat in seats_of(actor):
        round_, total, done_by = given.get(seat.id, (None, 0, 0))
        desks.append(Desk(seat, round_, total, done_by, first.get(seat.id)))
    return desks


class Sheet(NamedTuple):
    """An assignment as its juror's list shows it; ``track`` and the title are those of what was handed in."""

    public_id: str
    juror_id: int
    entry_id: int
    state: AssignmentState
    begun: bool
    abstained: bool
    title: str
    language: str
    track_key: str
    track: LocalizedText


def sheets_of(actor: Actor, *, page: int, per_page: int) -> list[Sheet]:
    """Return one page of the actor's assignments: the newest contest first, in it what is still to be judged."""
    begun, abstained = Scoresheet.id.is_not(None), func.coalesce(Scoresheet.abstained, False)
    columns = Assignment.public_id, Assignment.juror_id, Assignment.entry_id, Assignment.state, begun, abstained
    query = select(*columns, Entry.title, Entry.language, Track.key, Track.title).join(Assignment.juror)
    query = query.join(Assignment.entry).join(Entry.track).outerjoin(Scoresheet).where(*_own(actor))
    done = Assignment.state == AssignmentState.DONE
    order = Juror.contest_id.desc(), done, Assignment.position, Assignment.id
    rows = session().execute(query.order_by(*order).limit(per_page).offset((page - 1) * per_page))
    return [Sheet._make(row) for row in rows]


def next_to_judge(assignment: Assignment) -> str | None:
    """Return the public id of the next unfinished assignment in its juror's queue, from the start after the end."""
    ahead = (Assignment.position > assignment.position) | (
        (Assignment.position == assignment.position) & (Assignment.id > assignment.id)
    )
    query = select(Assignment.public_id).join(Assignment.entry).where(Assignment.juror_id == assignment.juror_id)
    query = query.where(Assignment.state == AssignmentState.ASSIGNED, Entry.state.in_(EntryState.handed_in()))
    return session().scalar(query.order_by(ahead.desc(), Assignment.position, Assignment.id).limit(1))


def _own(actor: Actor) -> tuple[ColumnElement[bool], ...]:
    seated = Juror.user_id == actor.id, Juror.removed_at.is_(None)
    return *seated, Assignment.state != AssignmentState.RECUSED, Entry.state.in_(EntryState.handed_in())
