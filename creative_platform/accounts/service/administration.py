"""What instance admins and the command line do with accounts."""

from __future__ import annotations

from sqlalchemy import select

from creative_platform.accounts import passwords
from creative_platform.accounts.models import TokenPurpose, User
from creative_platform.accounts.service import one_time
from creative_platform.accounts.service.api_tokens import revoke_all_tokens
from creative_platform.accounts.service.registration import Registration, checked, write_profile
from creative_platform.accounts.service.sign_ins import revoke_all
from creative_platform.core import audit, clock, links, queue
from creative_platform.core.actor import Actor
from creative_platform.core.db import locked, transaction
from creative_platform.core.errors import Conflict, Invalid, NotFound
from creative_platform.core.text import N_
from creative_platform.notices import service as notices


class LastAdmin(Conflict):
    """An installation keeps at least one admin who can sign in."""

    code = "last_admin"
    message = N_("This is the last admin. Make somebody else an admin first.")


def create_account(given: Registration, *, is_admin: bool = False) -> User:
    """Write a confirmed account, from the command line or the demo. Raises Invalid, also when the address is taken."""
    clean = checked(given)
    password_hash = passwords.hash_password(given.password)
    with transaction() as s:
        if s.scalar(locked(select(User).where(User.email == clean.email))) is not None:
            raise Invalid({"email": N_("This address belongs to an account already.")})
        now = clock.now()
        user = User(
            email=clean.email, password_hash=password_hash, created_at=now, email_verified_at=now, is_admin=is_admin
        )
        write_profile(user, clean)
        s.add(user)
        s.flush()
        audit.record(audit.ACCOUNTS, None, "user.created", f"user:{user.public_id}", is_admin=is_admin)
        return user


def deactivate(actor: Actor, public_id: str) -> None:
    """End a person's sign-ins and tokens and let them in no more; what they made stays. Raises NotFound, LastAdmin."""
    with transaction():
        user = _subject(actor, public_id)
        keep_an_admin(user)
        user.is_active = False
        revoke_all(user.id)
        one_time.kill(user.id, *TokenPurpose)
        revoke_all_tokens(user.id)
        audit.record(audit.ACCOUNTS, actor, "user.deactivated", f"user:{user.public_id}")


def reactivate(actor: Actor, public_id: str) -> None:
    """Let a person sign in again. Raises NotFound."""
    with transaction():
        user = _subject(actor, public_id)
        user.is_active = True
        audit.record(audit.ACCOUNTS, actor, "user.reactivated", f"user:{user.public_id}")


def grant_admin(actor: Actor, public_id: str) -> None:
    """Make a person an admin; their sign-ins end, and they are told. Raises NotFound, Conflict."""
    with transaction():
        user = _subject(actor, public_id)
        if not user.is_active or user.email_verified_at is None:
            raise Conflict(N_("Only an active person with a confirmed address can become an admin."))
        user.is_admin = True
        revoke_all(user.id)
        audit.record(audit.ACCOUNTS, actor, "admin.granted", f"user:{user.public_id}")
        notices.enqueue("accounts.admin_granted", to=user, by=actor.name, url=links.url("/login"))


def withdraw_admin(actor: Actor, public_id: str) -> None:
    """Make an admin an ordinary person; their sign-ins end. Raises NotFound, LastAdmin."""
    with transaction():
        user = _subject(actor, public_id)
        keep_an_admin(user)
        user.is_admin = False
        revoke_all(user.id)
        audit.record(audit.ACCOUNTS, actor, "admin.withdrawn", f"user:{user.public_id}")


def run_job_again(actor: Actor, job_id: int) -> None:
    """Give a failed job new tries, by an admin who mended what made it fail. Raises NotFound, Conflict."""
    if not actor.is_admin:
        raise NotFound()
    with transaction():
        name = queue.try_again(job_id)
        audit.record(audit.ACCOUNTS, actor, "job.tried_again", f"job:{job_id}", name=name)


def _subject(actor: Actor, public_id: str) -> User:
    """Return the locked row of a person that an admin acts upon. All admins are locked first, in one order."""
    if not actor.is_admin:
        raise NotFound()
    with transaction() as s:
        concerned = (User.is_admin.is_(True)) | (User.public_id == public_id)
        rows = s.scalars(locked(select(User).where(concerned).order_by(User.id))).all()
        if not any(row.id == actor.id and row.is_admin and row.is_active for row in rows):
            raise NotFound()
        user = next((row for row in rows if row.public_id == public_id), None)
        if user is None or user.is_erased:
            raise NotFound()
        return user


def keep_an_admin(user: User) -> None:
    """Refuse to lose the last admin; the caller holds the locks on all of them."""
    if not user.is_admin:
        return
    with transaction() as s:
        others = select(User.id).where(User.is_admin.is_(True), User.is_active.is_(True), User.id != user.id)
        if s.scalar(others.limit(1)) is None:
            raise LastAdmin()
