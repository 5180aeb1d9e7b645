"""Reads of matches, for the staff of a contest."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import joinedload, selectinload

from creative_platform.contests.models import Contest
from creative_platform.core.actor import Actor
from creative_platform.core.db import session
from creative_platform.core.errors import NotFound
from creative_platform.entries.conflicts import entries_of_conflict
from creative_platform.entries.models import Entry, EntryRevision
from creative_platform.entries.queries import people_of_entries
from creative_platform.media import owners
from creative_platform.media import queries as media
from creative_platform.media.models import MediaAsset
from creative_platform.similarity.models import EntrySketch, Match, MatchVerdict
from creative_platform.similarity.sides import Overseen, SeenMatch, seen


def matches_concerning(actor: Actor, contest: Contest) -> Select[Match]:
    """Return the query of a contest's matches, those with entries of other contests too, for its staff.

    A match of an entry in which the actor has a part is not theirs to see.
    """
    own, part_in = select(Entry.id).where(Entry.contest_id == contest.id), entries_of_conflict(actor)
    concerned = or_(Match.entry_a_id.in_(own), Match.entry_b_id.in_(own))
    return select(Match).where(concerned, Match.entry_a_id.not_in(part_in), Match.entry_b_id.not_in(part_in))


def _whole(query: Select[Match]) -> Select[Match]:
    entries = (joinedload(Match.entry_a), joinedload(Match.entry_b))
    revisions = (joinedload(Match.revision_a), joinedload(Match.revision_b))
    return query.options(
        *(entry.joinedload(Entry.contest).selectinload(Contest.staff) for entry in entries),
        *(entry.joinedload(Entry.team) for entry in entries),
        *(entry.joinedload(Entry.track) for entry in entries),
        *(revision.selectinload(EntryRevision.files) for revision in revisions),
        selectinload(Match.verdicts).joinedload(MatchVerdict.contest),
    )


def seen_matches(actor: Actor, contest: Contest, query: Select[Match]) -> list[SeenMatch]:
    """Return the matches of a query as the actor sees them among those of a contest."""
    rows = list(session().scalars(_whole(query)).unique())
    people = people_of_entries({entry_id for row in rows for entry_id in (row.entry_a_id, row.entry_b_id)})
    return [seen(actor, contest, row, people=people) for row in rows]


def matches_in(
    actor: Actor, contest: Contest, *, modality: str = "", page: int, per_page: int
) -> tuple[list[SeenMatch], int]:
    """Return one page of the matches that concern a contest, the most probable first, and how many there are."""
    query = matches_concerning(actor, contest)
    if modality:
        query = query.where(Match.modality == modality)
    total = session().scalar(select(func.count()).select_from(query.subquery())) or 0
    on_page = query.order_by(Match.probability.desc(), Match.id).limit(per_page).offset((page - 1) * per_page)
    return seen_matches(actor, contest, on_page), total


def match_in(actor: Actor, contest: Contest, public_id: str) -> Match:
    """Return a match that concerns a contest and no entry of the actor's own. Raises NotFound."""
    query = matches_concerning(actor, contest).where(Match.public_id == public_id)
    found = session().scalar(query.options(selectinload(Match.verdicts)))
    if found is None:
        raise NotFound()
    return found


def seen_match(actor: Actor, contest: Contest, public_id: str) -> SeenMatch:
    """Return a match as the actor sees it among those of a contest. Raises NotFound."""
    query = _whole(matches_concerning(actor, contest).where(Match.public_id == public_id))
    found = session().scalars(query).unique().one_or_none()
    if found is None:
        raise NotFound()
    ids = (found.entry_a_id, found.entry_b_id)
    public = [entry_id for entry_id in ids if owners.may(None, "see", "entry", entry_id)]
    return seen(actor, contest, found, people=people_of_entries(ids), public=public)


def files_of(matches: Iterable[SeenMatch]) -> dict[int, list[MediaAsset]]:
    """Return the compared files of the entries that the reader oversees, by entry id."""
    sides = [side for match in matches for side in match.sides if isinstance(side, Overseen)]
    kept = media.assets_by_id(file.asset_id for side in sides for file in side.revision.files)
    return {
        side.entry.id: [kept[file.asset_id] for file in side.revision.files if file.asset_id in kept] for side in sides
    }


@dataclass(frozen=True)
class Coverage:
    """How far the comparing is: entries handed in, entries sketched, matches, matches without a verdict."""

    handed_in: int
    sketched: int
    matches: int
    undecided: int


def coverage(actor: Actor, contest: Contest, handed_in: int) -> Coverage:
    """Return how far the comparing of a contest is; matches that the actor may not see count nowhere."""
    s = session()
    sketched = s.scalar(
        select(func.count(func.distinct(EntrySketch.entry_id))).where(EntrySketch.contest_id == contest.id)
    )
    concerned = matches_concerning(actor, contest).with_only_columns(Match.id)
    matches = s.scalar(select(func.count()).select_from(concerned.subquery())) or 0
    standing = (MatchVerdict.contest_id == contest.id) & MatchVerdict.undone_at.is_(None)
    decided = s.scalar(
        select(func.count(func.distinct(MatchVerdict.match_id))).where(MatchVerdict.match_id.in_(concerned), standing)
    )
    return Coverage(handed_in, sketched or 0, matches, matches - (decided or 0))


@dataclass(frozen=True)
class Stored:
    """A sketch as it is stored."""

    entry_id: int
    revision_id: int
    kind: str
    sketch: bytes


def all_sketches() -> list[Stored]:
    """Return every stored sketch of every contest, in the order of entries."""
    rows = session().execute(
        select(EntrySketch.entry_id, EntrySketch.revision_id, EntrySketch.kind, EntrySketch.sketch).order_by(
            EntrySketch.id
        )
    )
    return [Stored(*row) for row in rows]
