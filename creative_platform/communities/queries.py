"""Reads of communities."""

from __future__ import annotations

from sqlalchemy import select

from creative_platform.communities.models import Community, CommunityMember
from creative_platform.core.actor import Actor
from creative_platform.core.db import session


def communities_of(actor: Actor) -> list[Community]:
    """Return the communities the actor belongs to, in alphabetical order."""
    mine = select(CommunityMember.community_id).where(CommunityMember.user_id == actor.id)
    return list(session().scalars(select(Community).where(Community.id.in_(mine)).order_by(Community.sort_key)))
