"""Who works for a contest: organizers and auditors."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from creative_platform.accounts import service as accounts
from creative_platform.accounts.models import User
from creative_platform.accounts.queries import hold, user_by_email
from creative_platform.contests import policy, queries
from creative_platform.contests.models import Contest, ContestStaff, StaffRole
from creative_platform.core import clock, ids, links
from creative_platform.core.actor import Actor
from creative_platform.core.db import session, transaction
from creative_platform.core.errors import Conflict, Invalid, NotFound
from creative_platform.core.text import N_
from creative_platform.notices import service as notices
from creative_platform.setup.service.editing import contest_for_update, contest_to_manage, record


class LastOrganizer(Conflict):
    """A contest is never without an organizer."""

    code = "last_organizer"
    message = N_("A contest keeps at least one organizer. Add another one first.")


ASKED_MOST_PER_HOUR = 30


def add_staff(actor: Actor, contest_id: int, user: User, role: StaffRole) -> ContestStaff:
    """Make a person organizer or auditor and write to them. Raises Invalid when they already have a role in it."""
    with transaction():
        hold(user.id)
        contest = contest_to_manage(actor, contest_id)
        if any(staff.user_id == user.id for staff in contest.staff):
            raise Invalid({"email": _ALREADY})
        row = ContestStaff(contest_id=contest.id, user_id=user.id, role=role, since=clock.now())
        _store(contest, row)
        record(contest, actor, "contest.staff_added", person=user.public_id, role=role.value)
        tell_named(user, contest, actor, role)
        return row


def tell_named(person: User, contest: Contest, actor: Actor, role: StaffRole) -> None:
    """Write to somebody whom the actor made organizer or auditor of a contest; inside that verb."""
    title, url = contest.title.in_(person.locale), links.url(f"/manage/{contest.slug}")
    notices.enqueue("contests.named", to=person, by=actor.name, contest=title, role=role.value, url=url)


def add_staff_by_email(actor: Actor, contest_id: int, email: str, role: StaffRole) -> ContestStaff:
    """Make the person with that address organizer or auditor. Raises Invalid when nobody confirmed has it.

    Throttled, so that it does not serve to try out who has an account.
    """
    accounts.throttle(f"staff:{actor.public_id}", limit=ASKED_MOST_PER_HOUR, per_s=3600)
    user = user_by_email(email)
    if user is None or user.email_verified_at is None or not user.is_active:
        raise Invalid({"email": N_("Nobody with a confirmed account here has this address.")})
    return add_staff(actor, contest_id, user, role)


_ALREADY = N_("This person already works for the contest.")


def _store(contest: Contest, row: ContestStaff) -> None:
    s = session()
    try:
        with s.begin_nested():
            s.add(row)
            s.flush()
    except IntegrityError:
        raise Invalid({"email": _ALREADY}) from None
    s.expire(contest, ["staff"])


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


def leave_contests(actor: Actor | None, person: User) -> int:
    """End every role of a person who is erased; returns how many. Raises LastOrganizer (``contest`` is its slug)."""
    with transaction() as s:
        mine = select(ContestStaff.contest_id).where(ContestStaff.user_id == person.id)
        contest_ids = s.scalars(mine.order_by(ContestStaff.contest_id)).all()
        for contest_id in contest_ids:
            contest = contest_for_update(contest_id)
            gone = next(staff for staff in contest.staff if staff.user_id == person.id)
            organizers = [staff for staff in contest.staff if staff.role is StaffRole.ORGANIZER]
            if organizers == [gone]:
                raise LastOrganizer(contest=contest.slug)
            role = gone.role.value
            s.delete(gone)
            s.flush()
            s.expire(contest, ["staff"])
            record(contest, actor, "contest.staff_removed", person=person.public_id, role=role)
    return len(contest_ids)


def become_organizer(admin: Actor, contest_id: int, reason: str) -> None:
    """Make an instance admin an organizer of a contest, with a reason that the other organizers are told.

    Raises NotFound for everybody else, Invalid without a reason.
    """
    if not admin.is_admin:
        raise NotFound()
    said = reason.strip()
    if not 10 <= len(said) <= 1000:
        raise Invalid({"reason": N_("Give the reason in 10 to 1000 characters; the organizers will read it.")})
    with transaction():
        salt = hold(admin.id).digest_salt
        contest = contest_for_update(contest_id)
        policy.can_become_organizer(admin, contest).enforce()
        others = queries.organizers_of(contest)
        row = ContestStaff(contest_id=contest.id, user_id=admin.id, since=clock.now(), reason=said)
        row.role = StaffRole.ORGANIZER
        _store(contest, row)
        record(contest, admin, "contest.admin_became_organizer", reason=ids.salted_digest(said, salt))
        for person in others:
            _tell(person, contest, admin, said)


def _tell(person: User, contest: Contest, admin: Actor, reason: str) -> None:
    notices.enqueue(
        "contests.admin_became_organizer",
        to=person,
        contest=contest.title.in_(person.locale),
        admin=admin.name,
        reason_text=reason,
        url=links.url(f"/manage/{contest.slug}/setup/staff"),
    )
