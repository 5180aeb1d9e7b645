"""Reads about communities."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from sqlalchemy import Select, bindparam, func, select
from sqlalchemy.orm import joinedload

from creative_platform.accounts.models import User
from creative_platform.communities.models import Community, CommunityInvite, CommunityMember, MemberRole
from creative_platform.core import clock, ids
from creative_platform.core.actor import Actor
from creative_platform.core.db import session
from creative_platform.core.errors import NotFound
from creative_platform.core.text import search_text


def communities(sought: str, region: str, number: int, per_page: int) -> tuple[list[Community], int]:
    """Return one page of communities in alphabetical order, and how many match the words and the region."""
    query = select(Community)
    for word in search_text(sought).split()[:8]:
        query = query.where(Community.search_text.contains(word, autoescape=True))
    if region:
        query = query.where(Community.region == region)
    total = session().scalar(select(func.count()).select_from(query.subquery())) or 0
    page = query.order_by(Community.sort_key, Community.id).limit(per_page).offset((number - 1) * per_page)
    return list(session().scalars(page)), total


def member_counts(community_ids: Iterable[int]) -> dict[int, int]:
    """Return how many members each of these communities has."""
    counted = select(CommunityMember.community_id, func.count()).group_by(CommunityMember.community_id)
    rows = session().execute(counted.where(CommunityMember.community_id.in_(list(community_ids))))
    return {row[0]: row[1] for row in rows}


def community_by_public_id(public_id: str) -> Community:
    """Return a community. Raises NotFound."""
    community = session().scalar(select(Community).where(Community.public_id == public_id))
    if community is None:
        raise NotFound()
    return community


def membership(actor: Actor | None, community: Community) -> CommunityMember | None:
    """Return the actor's place in a community, or None."""
    if actor is None:
        return None
    place = select(CommunityMember).where(CommunityMember.user_id == actor.id)
    return session().scalar(place.where(CommunityMember.community_id == community.id))


def communities_of(actor: Actor) -> list[Community]:
    """Return the communities that the actor is a member of, in alphabetical order."""
    return list(session().scalars(_communities_of(), {"person": actor.id}))


@cache
def _communities_of() -> Select[Community]:
    own = select(Community).join(CommunityMember).where(CommunityMember.user_id == bindparam("person"))
    return own.order_by(Community.sort_key, Community.id)


def community_ids_of(user_ids: Iterable[int]) -> dict[int, set[int]]:
    """Return for each of these people the ids of their communities (people without one are left out)."""
    rows = session().execute(
        select(CommunityMember.user_id, CommunityMember.community_id).where(CommunityMember.user_id.in_(list(user_ids)))
    )
    found: dict[int, set[int]] = {}
    for user_id, community_id in rows:
        found.setdefault(user_id, set()).add(community_id)
    return found


def members_of(community: Community) -> list[CommunityMember]:
    """Return the members with their people loaded: coordinators first, then in alphabetical order."""
    rows = select(CommunityMember).join(User).where(CommunityMember.community_id == community.id)
    ordered = rows.order_by(CommunityMember.role != MemberRole.COORDINATOR, User.sort_key, User.id)
    return list(session().scalars(ordered.options(joinedload(CommunityMember.user))))


def live_invites(community: Community) -> list[CommunityInvite]:
    """Return the links that let people join now, newest first."""
    live = (CommunityInvite.revoked_at.is_(None), CommunityInvite.expires_at > clock.now())
    rows = select(CommunityInvite).where(CommunityInvite.community_id == community.id, *live)
    return list(session().scalars(rows.order_by(CommunityInvite.id.desc())))


def invite_behind(secret: str) -> CommunityInvite | None:
    """Return the live invite of a link's secret with its community, or None."""
    live = (CommunityInvite.revoked_at.is_(None), CommunityInvite.expires_at > clock.now())
    row = select(CommunityInvite).where(CommunityInvite.digest == ids.digest(secret), *live)
    return session().scalar(row.options(joinedload(CommunityInvite.community)))
