"""Parts of lists for programs: after a public id, at most so many, and whether there are more."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, or_, select
from sqlalchemy.orm import aliased, joinedload, selectinload

from creative_platform.contests.models import Contest, ContestState, Round, Stage, StageKind, Track
from creative_platform.core.actor import Actor
from creative_platform.core.db import session
from creative_platform.core.errors import Invalid
from creative_platform.core.text import N_
from creative_platform.entries.models import Entry, EntryRevision, Receipt, Team, TeamMember
from creative_platform.judging.models import Assignment, AssignmentState, Juror, Score, Scoresheet, SheetState
from creative_platform.similarity.models import Match
from creative_platform.similarity.queries import matches_concerning, seen_matches
from creative_platform.similarity.sides import SeenMatch

NO_SUCH_CURSOR = N_("There is no such place in this list. Begin again without a cursor.")


def contests(phase: str, after: str, limit: int, now: datetime) -> tuple[list[Contest], bool]:
    """Return published contests by the end of their entries stage; those that are over latest first."""
    entries = aliased(Stage)
    query = select(Contest, entries.ends_at).join(
        entries, (entries.contest_id == Contest.id) & (entries.kind == StageKind.ENTRIES)
    )
    query = query.where(Contest.state != ContestState.DRAFT)
    if phase == "open":
        query = query.where(entries.starts_at <= now, entries.ends_at > now)
    elif phase == "before":
        query = query.where(entries.starts_at > now)
    elif phase == "closed":
        query = query.where(entries.ends_at <= now)
    latest_first = phase in ("closed", "all")
    if after:
        found = session().execute(query.where(Contest.public_id == after)).one_or_none()
        if found is None:
            raise Invalid({"cursor": NO_SUCH_CURSOR})
        ends, row_id = found[1], found[0].id
        if latest_first:
            query = query.where(or_(entries.ends_at < ends, and_(entries.ends_at == ends, Contest.id < row_id)))
        else:
            query = query.where(or_(entries.ends_at > ends, and_(entries.ends_at == ends, Contest.id > row_id)))
    order = (entries.ends_at.desc(), Contest.id.desc()) if latest_first else (entries.ends_at, Contest.id)
    rows = session().execute(query.options(selectinload(Contest.stages)).order_by(*order).limit(limit + 1)).all()
    return [row[0] for row in rows[:limit]], len(rows) > limit


def entries_of(actor: Actor, after: str, limit: int) -> tuple[list[Entry], bool]:
    """Return the entries of the actor's teams, newest first."""
    mine = select(TeamMember.team_id).where(TeamMember.user_id == actor.id)
    query = select(Entry).where(Entry.team_id.in_(mine)).options(*WITH_PEOPLE)
    return part(query, Entry, after, limit)


WITH_PEOPLE = (
    joinedload(Entry.contest).selectinload(Contest.stages),
    joinedload(Entry.contest).selectinload(Contest.fields),
    joinedload(Entry.track).selectinload(Track.requirements),
    joinedload(Entry.team).selectinload(Team.members).joinedload(TeamMember.user),
    joinedload(Entry.community),
    selectinload(Entry.screenings),
)


def receipt_codes(entries: Iterable[Entry]) -> dict[int, str]:
    """Return the code of the newest receipt of each of these entries that has one, by entry id."""
    query = select(EntryRevision.entry_id, Receipt.code).join(Receipt).order_by(EntryRevision.number)
    return {
        row[0]: row[1] for row in session().execute(query.where(EntryRevision.entry_id.in_([e.id for e in entries])))
    }


def entries_in(contest: Contest, after: str, limit: int) -> tuple[list[Entry], bool]:
    """Return a contest's entries for its staff, newest first; drafts only where the rules open them."""
    query = select(Entry).where(Entry.contest_id == contest.id).options(*WITH_PEOPLE)
    if not contest.drafts_readable:
        query = query.where(Entry.submitted_at.is_not(None))  # a draft that was withdrawn was never shown either
    return part(query, Entry, after, limit)


def matches_in(actor: Actor, contest: Contest, after: str, limit: int) -> tuple[list[SeenMatch], bool]:
    """Return the matches that concern a contest as the actor sees them, newest first."""
    rows, more = part(matches_concerning(actor, contest), Match, after, limit)
    whole = select(Match).where(Match.id.in_([row.id for row in rows])).order_by(Match.id.desc())
    return seen_matches(actor, contest, whole), more


def assignments_in(
    round_: Round, hidden: set[int], after: str, limit: int, *, submitted: bool = False
) -> tuple[list[Assignment], bool]:
    """Return a round's assignments, newest first, without those of hidden entries; or only the submitted ones."""
    query = select(Assignment).where(Assignment.round_id == round_.id, Assignment.entry_id.not_in(sorted(hidden)))
    if submitted:
        query = query.join(Scoresheet).where(
            Scoresheet.state == SheetState.SUBMITTED, Assignment.state != AssignmentState.RECUSED
        )
    loaded = query.options(
        joinedload(Assignment.juror).joinedload(Juror.user),
        joinedload(Assignment.entry),
        joinedload(Assignment.sheet).options(
            selectinload(Scoresheet.scores).joinedload(Score.criterion), selectinload(Scoresheet.versions)
        ),
    )
    return part(loaded, Assignment, after, limit)


def part_of(rows: Sequence[Any], after: str, limit: int) -> tuple[list[Any], bool]:
    """Return at most ``limit`` of rows that have an order of their own, after the one with that public id."""
    start = 0
    if after:
        places = [number for number, row in enumerate(rows) if row.public_id == after]
        if not places:
            raise Invalid({"cursor": NO_SUCH_CURSOR})
        start = places[0] + 1
    return list(rows[start : start + limit]), len(rows) > start + limit


def part(query: Select[Any], kind: Any, after: str, limit: int) -> tuple[list[Any], bool]:
    """Return at most ``limit`` rows of a query, newest first, that come after the one with that public id."""
    if after:
        before = session().scalar(query.with_only_columns(kind.id).where(kind.public_id == after))
        if before is None:
            raise Invalid({"cursor": NO_SUCH_CURSOR})
        query = query.where(kind.id < before)
    rows = list(session().scalars(query.order_by(kind.id.desc()).limit(limit + 1)).unique())
    return rows[:limit], len(rows) > limit
