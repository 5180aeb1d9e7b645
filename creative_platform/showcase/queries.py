"""Reads for the public: only what a publication opened."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from sqlalchemy import Select, func, select
from sqlalchemy.orm import joinedload, selectinload

from creative_platform.contests.models import Award, Contest, ContestState, Track
from creative_platform.core.db import session
from creative_platform.entries.models import Entry, EntryState, ScreeningOutcome, Team
from creative_platform.results.models import Decision
from creative_platform.screening.queries import newest_outcome


def _shown() -> Select[Entry]:
    published = select(Contest.id).where(Contest.announced_at.is_not(None))
    return select(Entry).where(
        Entry.contest_id.in_(published),
        Entry.state.in_(EntryState.handed_in()),
        newest_outcome() == ScreeningOutcome.ADMITTED,
    )


def shown_entry(public_id: str) -> Entry | None:
    """Return an entry that the public may see: admitted, of a contest whose results are published."""
    query = _shown().where(Entry.public_id == public_id)
    return session().scalar(query.options(joinedload(Entry.track), joinedload(Entry.contest)))


def is_shown(entry_id: int) -> bool:
    """Say whether the public may see an entry."""
    return session().scalar(_shown().with_only_columns(Entry.id).where(Entry.id == entry_id)) is not None


class Work(NamedTuple):
    """An entry as a card of the gallery shows it."""

    id: int
    public_id: str
    title: str
    language: str
    track_id: int
    team: str


def gallery(contest: Contest, *, track: str = "", page: int, per_page: int) -> tuple[list[Work], int]:
    """Return one page of a contest's public entries in alphabetical order, and how many there are."""
    query = _shown().where(Entry.contest_id == contest.id)
    if track:
        query = query.join(Track).where(Track.key == track)
    # The order is read from an index: of a thousand entries only those of the page are looked at whole.
    ids = query.with_only_columns(func.count().over().label("total"), Entry.id, Entry.sort_key)
    ids = ids.order_by(Entry.sort_key, Entry.id).limit(per_page).offset((page - 1) * per_page)
    in_order = ids.subquery()
    works = select(in_order.c.total, Entry.id, Entry.public_id, Entry.title, Entry.language, Entry.track_id, Team.name)
    works = works.join(in_order, in_order.c.id == Entry.id).join(Entry.team)
    rows = session().execute(works.order_by(in_order.c.sort_key, in_order.c.id)).all()
    total = rows[0][0] if rows else session().scalar(query.with_only_columns(func.count())) or 0
    return [Work(*row[1:]) for row in rows], total


def recent_publications(limit: int = 6) -> list[Contest]:
    """Return the contests whose results were published last."""
    query = select(Contest).where(Contest.state == ContestState.PUBLISHED, Contest.announced_at.is_not(None))
    query = query.options(selectinload(Contest.stages), selectinload(Contest.tracks))
    return list(session().scalars(query.order_by(Contest.announced_at.desc()).limit(limit)))


def winners_of(contests: Collection[Contest]) -> dict[int, list[int]]:
    """Return by contest id the ids of the awarded entries that the public may see, in the order of the awards."""
    query = select(Decision.contest_id, Decision.entry_id).join(Award)
    query = query.where(
        Decision.contest_id.in_([contest.id for contest in contests]),
        Decision.revoked_at.is_(None),
        Decision.entry_id.in_(_shown().with_only_columns(Entry.id)),
    )
    found: dict[int, list[int]] = {}
    for contest_id, entry_id in session().execute(query.order_by(Award.position, Decision.id)):
        found.setdefault(contest_id, []).append(entry_id)
    return found


def shown_besides(entry_ids: Collection[int], limit: int) -> list[int]:
    """Return the ids of the newest entries that the public may see and that are not among these."""
    query = _shown().with_only_columns(Entry.id).where(Entry.id.not_in(entry_ids))
    return list(session().scalars(query.order_by(Entry.id.desc()).limit(limit)))
