"""Which entries a person has a part in: those of their teams and communities, and those a higher room names.

Who has a part in an entry decides nothing of it and reads nothing that is decided of it before the publication.
"""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import Select, or_, select

from creative_platform.communities.models import CommunityMember
from creative_platform.contests.models import Contest
from creative_platform.core.actor import Actor
from creative_platform.core.db import session
from creative_platform.entries.models import Entry, TeamMember

_further: dict[str, Callable[[Actor], Select[int]]] = {}


def also(name: str, entry_ids: Callable[[Actor], Select[int]]) -> None:
    """Let a higher room name more entries (declared conflicts); ``name`` makes registering twice harmless."""
    _further[name] = entry_ids


def entries_of_conflict(actor: Actor) -> Select[int]:
    """Return the query of the ids of all entries, of whatever contest, in which the actor has a part."""
    teams = select(TeamMember.team_id).where(TeamMember.user_id == actor.id)
    communities = select(CommunityMember.community_id).where(CommunityMember.user_id == actor.id)
    named = [Entry.id.in_(entry_ids(actor)) for entry_ids in _further.values()]
    return select(Entry.id).where(or_(Entry.team_id.in_(teams), Entry.community_id.in_(communities), *named))


def entries_with_part(actor: Actor, contest: Contest) -> set[int]:
    """Return the ids of a contest's entries in which the actor has a part."""
    return set(session().scalars(entries_of_conflict(actor).where(Entry.contest_id == contest.id)))


def has_part_in(actor: Actor, entry_id: int) -> bool:
    """Say whether the actor has a part in an entry now."""
    return session().scalar(entries_of_conflict(actor).where(Entry.id == entry_id)) is not None
