"""Reads of matches, for the staff of a contest."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import joinedload, selectinload

from creative_platform.contests.models import Contest
from creative_platform.core.db import session
from creative_platform.core.errors import NotFound
from creative_platform.entries.models import Entry, EntryRevision
from creative_platform.similarity.models import EntrySketch, Match, MatchVerdict


def standing_verdict(match: Match) -> MatchVerdict | None:
    """Return the newest verdict that was not undone."""
    return next((verdict for verdict in reversed(match.verdicts) if verdict.undone_at is None), None)


def matches_in(contest: Contest, *, modality: str = "", page: int, per_page: int) -> tuple[list[Match], int]:
    """Return one page of the matches that concern a contest, the most probable first, and how many there are."""
    concerned = or_(Match.contest_id == contest.id, Match.entry_a_id.in_(_entries_of(contest)))
    query = select(Match).where(concerned | Match.entry_b_id.in_(_entries_of(contest)))
    if modality:
        query = query.where(Match.modality == modality)
    total = session().scalar(select(func.count()).select_from(query.subquery())) or 0
    query = query.options(
        joinedload(Match.entry_a).joinedload(Entry.team),
        joinedload(Match.entry_b).joinedload(Entry.team),
        joinedload(Match.entry_a).joinedload(Entry.track),
        joinedload(Match.entry_b).joinedload(Entry.track),
        selectinload(Match.verdicts),
    )
    rows = session().scalars(
        query.order_by(Match.probability.desc(), Match.id).limit(per_page).offset((page - 1) * per_page)
    )
    return list(rows), total


def _entries_of(contest: Contest) -> Select[int]:
    return select(Entry.id).where(Entry.contest_id == contest.id)


def match_in(contest: Contest, public_id: str) -> Match:
    """Return a match that concerns a contest. Raises NotFound."""
    found = session().scalar(
        select(Match)
        .where(Match.public_id == public_id)
        .options(
            joinedload(Match.entry_a).joinedload(Entry.contest),
            joinedload(Match.entry_b).joinedload(Entry.contest),
            selectinload(Match.verdicts),
        )
    )
    if found is None or contest.id not in (found.entry_a.contest_id, found.entry_b.contest_id):
        raise NotFound()
    return found


def revisions_of(match: Match) -> tuple[EntryRevision, EntryRevision]:
    """Return the two revisions that were compared."""
    ids = (match.revision_a_id, match.revision_b_id)
    rows = {r.id: r for r in session().scalars(select(EntryRevision).where(EntryRevision.id.in_(ids)))}
    return rows[ids[0]], rows[ids[1]]


@dataclass(frozen=True)
class Coverage:
    """How far the comparing is: entries handed in, entries sketched, matches, matches without a verdict."""

    handed_in: int
    sketched: int
    matches: int
    undecided: int


def coverage(contest: Contest, handed_in: int) -> Coverage:
    """Return how far the comparing of a contest is."""
    s = session()
    sketched = s.scalar(
        select(func.count(func.distinct(EntrySketch.entry_id))).where(EntrySketch.contest_id == contest.id)
    )
    matches = s.scalar(select(func.count(Match.id)).where(Match.contest_id == contest.id)) or 0
    decided = s.scalar(
        select(func.count(func.distinct(MatchVerdict.match_id)))
        .join(Match)
        .where(Match.contest_id == contest.id, MatchVerdict.undone_at.is_(None))
    )
    return Coverage(handed_in, sketched or 0, matches, matches - (decided or 0))


@dataclass(frozen=True)
class Stored:
    """A sketch as it is stored."""

    entry_id: int
    kind: str
    sketch: bytes


def all_sketches() -> list[Stored]:
    """Return every stored sketch of every contest, in the order of entries."""
    rows = session().execute(
        select(EntrySketch.entry_id, EntrySketch.kind, EntrySketch.sketch).order_by(EntrySketch.id)
    )
    return [Stored(*row) for row in rows]
