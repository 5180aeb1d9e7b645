"""Who sits on a panel, who is invited, and which entries somebody must not judge or learn of."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Select, bindparam, select
from sqlalchemy.orm import joinedload

from creative_platform.communities import queries as communities
from creative_platform.contests.models import Contest
from creative_platform.core import ids
from creative_platform.core.actor import Actor
from creative_platform.core.db import session
from creative_platform.entries import conflicts as entries_conflicts
from creative_platform.entries import queries as entries
from creative_platform.entries.models import Entry
from creative_platform.judging.models import (
    Assignment,
    ConflictOfInterest,
    ConflictSource,
    Juror,
    JurorInvite,
)


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


def conflicts_in(contest: Contest) -> list[ConflictOfInterest]:
    """Return the conflicts of interest noted in a contest, with the people and entries they are about."""
    query = select(ConflictOfInterest).join(ConflictOfInterest.entry).where(Entry.contest_id == contest.id)
    query = query.options(joinedload(ConflictOfInterest.entry), joinedload(ConflictOfInterest.user))
    return list(session().scalars(query.order_by(ConflictOfInterest.id)))


def conflicts_now(user_ids: Iterable[int], works: Iterable[Entry]) -> dict[tuple[int, int], ConflictSource]:
    """Return who of these people has a part in which entry by their team or community, as (entry id, user id)."""
    persons, looked_at = list(user_ids), list(works)
    people = entries.people_of_entries(work.id for work in looked_at)
    member_of = communities.community_ids_of(persons)
    found = {}
    for work in looked_at:
        for user_id in persons:
            if user_id in people.get(work.id, ()):
                found[work.id, user_id] = ConflictSource.OWN_ENTRY
            elif work.community_id in member_of.get(user_id, ()):
                found[work.id, user_id] = ConflictSource.OWN_COMMUNITY
    return found


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
