"""Reads of judging. What a juror gets is only their own; what staff gets leaves out entries they have a part in."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, bindparam, case, func, select, tuple_
from sqlalchemy.orm import aliased, contains_eager, joinedload, selectinload

from creative_platform.accounts.models import User
from creative_platform.contests import queries as contests_queries
from creative_platform.contests.models import Contest, Round, Track
from creative_platform.core import ids
from creative_platform.core.actor import Actor
from creative_platform.core.db import load, session
from creative_platform.core.errors import NotFound
from creative_platform.core.text import N_, LocalizedText
from creative_platform.entries import conflicts as entries_conflicts
from creative_platform.entries import queries as entries_queries
from creative_platform.entries.models import Entry, EntryRevision, EntryState
from creative_platform.judging.models import (
    Assignment,
    AssignmentRun,
    AssignmentState,
    ConflictOfInterest,
    Juror,
    JurorInvite,
    RoundReopening,
    RunKind,
    Score,
    Scoresheet,
    SheetState,
)
from creative_platform.screening import queries as screening


def seats_of(actor: Actor) -> list[Juror]:
    """Return the actor's seats on panels, newest first."""
    query = select(Juror).where(Juror.user_id == actor.id, Juror.removed_at.is_(None))
    whole = joinedload(Juror.contest).selectinload(Contest.stages)
    return list(session().scalars(query.options(whole).order_by(Juror.contest_id.desc(), Juror.id.desc())))


def seat_in(actor: Actor | None, contest: Contest) -> Juror | None:
    """Return the actor's seat on a contest's panel, None without one."""
    if actor is None:
        return None
    query = select(Juror).where(Juror.contest_id == contest.id, Juror.user_id == actor.id, Juror.removed_at.is_(None))
    return session().scalar(query)


def jurors_of(contest: Contest) -> list[Juror]:
    """Return a contest's panel, the chair first."""
    return list(session().scalars(_seats(contest).where(Juror.removed_at.is_(None))))


def seats_ever(contest: Contest) -> list[Juror]:
    """Return everybody who sits or sat on a contest's panel."""
    return list(session().scalars(_seats(contest)))


def _seats(contest: Contest) -> Select[Juror]:
    query = select(Juror).where(Juror.contest_id == contest.id).options(joinedload(Juror.user))
    return query.order_by(Juror.is_chair.desc(), Juror.id)


def open_invites(contest: Contest) -> list[JurorInvite]:
    """Return the invitations that were neither accepted nor taken back."""
    unused = JurorInvite.used_at.is_(None) & JurorInvite.revoked_at.is_(None)
    query = select(JurorInvite).where(JurorInvite.contest_id == contest.id, unused)
    return list(session().scalars(query.order_by(JurorInvite.id)))


def invite_by_secret(secret: str) -> JurorInvite | None:
    """Return the invitation whose link holds this secret."""
    return session().scalar(select(JurorInvite).where(JurorInvite.digest == ids.digest(secret)))


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


def sheet_of_assignment(public_id: str) -> Scoresheet | None:
    """Return the sheet of an assignment with its marks and versions, whoever wrote it; for checking the log."""
    query = select(Scoresheet).join(Assignment).where(Assignment.public_id == public_id)
    marks = selectinload(Scoresheet.scores).joinedload(Score.criterion)
    return session().scalar(query.options(marks, selectinload(Scoresheet.versions)))


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


def newest_run(round_: Round, kind: RunKind = RunKind.DRAW) -> AssignmentRun | None:
    """Return the last drawing of assignments of a round, or the last run of another kind."""
    query = select(AssignmentRun).where(AssignmentRun.round_id == round_.id, AssignmentRun.kind == kind)
    return session().scalar(query.order_by(AssignmentRun.id.desc()).limit(1))


def reopenings_of(round_: Round) -> list[RoundReopening]:
    """Return when and why a closed round was opened again, oldest first."""
    query = select(RoundReopening).where(RoundReopening.round_id == round_.id).order_by(RoundReopening.id)
    return list(session().scalars(query.options(joinedload(RoundReopening.reopened_by))))


def conflicts_in(contest: Contest) -> list[ConflictOfInterest]:
    """Return the conflicts of interest noted in a contest, with the people and entries they are about."""
    query = select(ConflictOfInterest).join(ConflictOfInterest.entry).where(Entry.contest_id == contest.id)
    query = query.options(joinedload(ConflictOfInterest.entry), joinedload(ConflictOfInterest.user))
    return list(session().scalars(query.order_by(ConflictOfInterest.id)))


def entries_noted() -> Select[int]:
    """Return the query of the ids of entries with which a conflict of the person bound as ``person`` is noted."""
    return select(ConflictOfInterest.entry_id).where(ConflictOfInterest.user_id == bindparam("person"))


def entries_hidden_from(actor: Actor, contest: Contest) -> set[int]:
    """Return the contest's entries of which the actor may see no score, count or decision: they have a part in them.

    None is hidden once the results are public.
    """
    if contest.announced_at is not None:
        return set()
    return entries_conflicts.entries_with_part(actor, contest)


def has_part_in(actor: Actor, assignment: Assignment) -> bool:
    """Say whether the actor has a part in the entry now, whatever was known when it was given to them."""
    return entries_conflicts.has_part_in(actor, assignment.entry_id)


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
    for juror in session().scalars(_seats(contest)):
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
