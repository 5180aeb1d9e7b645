"""Who may do what with a community; pure over a loaded membership."""

from __future__ import annotations

from creative_platform.communities.models import CommunityMember, MemberRole
from creative_platform.core.actor import ALLOWED, Decision
from creative_platform.core.text import N_


def can_coordinate(membership: CommunityMember | None) -> Decision:
    """Decide whether somebody with this membership may change the community, its members and invites."""
    if membership is not None and membership.role is MemberRole.COORDINATOR:
        return ALLOWED
    return Decision(False, N_("Only a coordinator of the community may do this."))


def can_see_members(membership: CommunityMember | None) -> Decision:
    """Decide whether somebody with this membership may see who belongs to the community."""
    return ALLOWED if membership is not None else Decision(False, N_("Only members see who belongs to it."))
