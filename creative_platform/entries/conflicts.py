"""Which entries a person has a part in: those of their teams and communities, and those a higher room names.

Who has a part in an entry decides nothing of it and reads nothing that is decided of it before the publication.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any, cast

from sqlalchemy import BindParameter, ColumnElement, Select, bindparam, or_, select

from creative_platform.communities.models import CommunityMember
from creative_platform.contests.models import Contest
from creative_platform.core.actor import Actor
from creative_platform.core.db import session
from creative_platform.entries.models import Entry, TeamMember

_further: dict[str, Callable[[], Select[int]]] = {}


def also(name: str, entry_ids: Callable[[], Select[int]]) -> None:
    """Let a higher room name more entries: their ids, of the person bound as ``person``.

    ``name`` makes registering twice harmless.
    """
    _further[name] = entry_ids


def entries_of_conflict(actor: Actor) -> Select[int]:
    """Return the query of the ids of all entries, of whatever contest, in which the actor has a part."""
    return _entries_of_person().params(person=actor.id)


def has_part(entry_id: Any) -> ColumnElement[bool]:
    """Return the condition that the person bound as ``person`` has a part in the entry with that id, a column's."""
    return cast(ColumnElement[bool], entry_id.in_(_entries_of_person()))


def entries_with_part(actor: Actor, contest: Contest) -> set[int]:
    """Return the ids of a contest's entries in which the actor has a part."""
    return set(session().scalars(_with_part("contest"), {"person": actor.id, "contest": contest.id}))


def contests_with_part(actor: Actor) -> set[int]:
    """Return the ids of the contests in an entry of which the actor has a part."""
    return set(session().scalars(select(Entry.contest_id).where(Entry.id.in_(entries_of_conflict(actor)))))


def has_part_in(actor: Actor, entry_id: int) -> bool:
    """Say whether the actor has a part in an entry now."""
    return session().scalar(_with_part("entry"), {"person": actor.id, "entry": entry_id}) is not None


@cache
def _with_part(among: str) -> Select[int]:
    column = {"contest": Entry.contest_id, "entry": Entry.id}[among]
    return _entries_of_person().where(column == bindparam(among))


def _entries_of_person() -> Select[int]:
    person: BindParameter[int] = bindparam("person")
    teams = select(TeamMember.team_id).where(TeamMember.user_id == person)
    communities = select(CommunityMember.community_id).where(CommunityMember.user_id == person)
    named = [Entry.id.in_(entry_ids()) for entry_ids in _further.values()]
    query = select(Entry.id).where(or_(Entry.team_id.in_(teams), Entry.community_id.in_(communities), *named))
    return query.correlate(None)
