"""Who works for a contest: organizers and auditors."""

from __future__ import annotations

from sqlalchemy.exc import IntegrityError

from creative_platform.accounts.models import User
from creative_platform.contests.models import Contest, ContestStaff, StaffRole
from creative_platform.contests.service.editing import contest_to_manage, record
from creative_platform.core import clock
from creative_platform.core.actor import Actor
from creative_platform.core.db import session, transaction
from creative_platform.core.errors import Conflict, Invalid, NotFound
from creative_platform.core.text import N_


class LastOrganizer(Conflict):
    """A contest is never without an organizer."""

    code = "last_organizer"
    message = N_("A contest keeps at least one organizer. Add another one first.")


def add_staff(actor: Actor, contest_id: int, user: User, role: StaffRole) -> ContestStaff:
    """Make a person organizer or auditor. Raises Invalid when they already have a role in the contest."""
    with transaction():
        contest = contest_to_manage(actor, contest_id)
        if any(staff.user_id == user.id for staff in contest.staff):
            raise Invalid({"email": N_("This person already works for the contest.")})
        return _add(actor, contest, user.id, user.public_id, role, "contest.staff_added")


def _add(
    actor: Actor, contest: Contest, user_id: int, person: str, role: StaffRole, verb: str, **data: str
) -> ContestStaff:
    s = session()
    row = ContestStaff(contest_id=contest.id, user_id=user_id, role=role, since=clock.now())
    try:
        with s.begin_nested():
            s.add(row)
            s.flush()
    except IntegrityError:
        raise Invalid({"email": N_("This person already works for the contest.")}) from None
    s.expire(contest, ["staff"])
    record(contest, actor, verb, person=person, role=role.value, **data)
    return row


def remove_staff(actor: Actor, contest_id: int, staff_id: int) -> None:
    """End a person's role. Raises LastOrganizer, NotFound."""
    with transaction() as s:
        contest = contest_to_manage(actor, contest_id)
        gone = next((staff for staff in contest.staff if staff.id == staff_id), None)
        if gone is None:
            raise NotFound()
        organizers = [staff for staff in contest.staff if staff.role is StaffRole.ORGANIZER]
        if organizers == [gone]:
            raise LastOrganizer()
        person, role = gone.user.public_id, gone.role
        s.delete(gone)
        s.flush()
        s.expire(contest, ["staff"])
        record(contest, actor, "contest.staff_removed", person=person, role=role.value)
