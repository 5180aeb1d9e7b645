"""Who may do what with a contest. Pure over loaded rows; the reason can be shown."""

from __future__ import annotations

from creative_platform.contests.models import Contest, StaffRole
from creative_platform.core.actor import ALLOWED, Actor, Decision
from creative_platform.core.text import N_


def _roles(actor: Actor | None, contest: Contest) -> set[StaffRole]:
    return {staff.role for staff in contest.staff if actor is not None and staff.user_id == actor.id}


def can_manage(actor: Actor | None, contest: Contest) -> Decision:
    """Say whether the actor is an organizer of the contest. Instance admins are not, unless they became one."""
    roles = _roles(actor, contest)
    if StaffRole.ORGANIZER in roles:
        return ALLOWED
    if StaffRole.AUDITOR in roles:
        return Decision(False, N_("Auditors look; they change nothing."))
    return Decision(False, N_("Only organizers of this contest may do this."))


def can_oversee(actor: Actor | None, contest: Contest) -> Decision:
    """Say whether the actor may look at everything of the contest: organizers and auditors."""
    if _roles(actor, contest):
        return ALLOWED
    return Decision(False, N_("Only organizers and auditors of this contest may see this."))


def can_create_contest(actor: Actor, organizes: bool) -> Decision:
    """Say whether the actor may start a contest: instance admins, and people who already organize one."""
    if not actor.email_verified:
        return Decision(False, N_("Confirm your e-mail address first."))
    if actor.is_admin or organizes:
        return ALLOWED
    return Decision(False, N_("Contests are started by people who already organize one, or by an administrator."))


def can_become_organizer(actor: Actor, contest: Contest) -> Decision:
    """Say whether the actor may make themselves an organizer: instance admins, who are told apart by it."""
    if not actor.is_admin:
        return Decision(False, N_("Only administrators may do this."))
    if StaffRole.ORGANIZER in _roles(actor, contest):
        return Decision(False, N_("You already organize this contest."))
    return ALLOWED
