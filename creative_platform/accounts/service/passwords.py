"""Forgotten and changed passwords."""

from __future__ import annotations

from sqlalchemy import select

from creative_platform.accounts import passwords
from creative_platform.accounts.models import TokenPurpose, User
from creative_platform.accounts.queries import account_of, hold, user_by_email
from creative_platform.accounts.service import one_time
from creative_platform.accounts.service.api_tokens import revoke_all_tokens
from creative_platform.accounts.service.sign_ins import SignedIn, open_for, revoke_all
from creative_platform.accounts.service.throttling import is_within, throttle
from creative_platform.accounts.text import email_key
from creative_platform.core import audit, clock, links
from creative_platform.core.actor import Actor
from creative_platform.core.db import locked, transaction
from creative_platform.core.errors import Invalid
from creative_platform.core.text import N_
from creative_platform.notices import service as notices


def request_reset(email: str, *, source: str) -> None:
    """Mail a link to set a new password if somebody has that address; who asks is told nothing. Raises Throttled."""
    throttle(f"reset:source:{source}", limit=50, per_s=3600)
    if not is_within(f"mail:reset:{email_key(email)}", limit=4, per_s=3600):
        return
    found = user_by_email(email)
    if found is None or not found.is_active:
        return
    user_id = found.id
    with transaction() as s:
        user = s.scalars(locked(select(User).where(User.id == user_id))).one()
        if not user.is_active:  # since it was looked up
            return
        secret = one_time.make(user, TokenPurpose.RESET_PASSWORD, user.email)
        audit.record(audit.ACCOUNTS, None, "password.reset_requested", f"user:{user.public_id}")
        notices.enqueue("accounts.reset_password", to=user, url=links.url(f"/password/reset/{secret}"))


def reset_password(secret: str, password: str, *, user_agent: str = "") -> SignedIn:
    """Set a new password with a mailed link, end all sign-ins and open one; the link proves the address as well.

    API tokens end too: who took an account over may have made one to stay.

    Raises DeadLink, Invalid.
    """
    fresh_hash = passwords.hash_password(password)
    with transaction() as s:
        token = one_time.use(secret, TokenPurpose.RESET_PASSWORD)
        user = s.scalars(locked(select(User).where(User.id == token.user_id))).one()
        if not user.is_active or token.email != user.email:
            raise one_time.DeadLink()
        passwords.check_new(password, email=user.email, name=user.name)
        user.email_verified_at = user.email_verified_at or clock.now()
        revoke_all_tokens(user.id)
        return _renew(user, fresh_hash, "password.reset", user_agent)


def change_password(actor: Actor, current: str, password: str, *, user_agent: str = "") -> SignedIn:
    """Set a new password, end all sign-ins and open one for the present browser. Raises Invalid, Throttled."""
    throttle(f"password:{actor.id}", limit=10, per_s=900)
    if not passwords.matches(account_of(actor).password_hash, current):
        raise Invalid({"current_password": N_("This is not your present password.")})
    fresh_hash = passwords.hash_password(password)
    with transaction():
        user = hold(actor.id)
        passwords.check_new(password, email=user.email, name=user.name)
        return _renew(user, fresh_hash, "password.changed", user_agent)


def _renew(user: User, fresh_hash: str, verb: str, user_agent: str) -> SignedIn:
    user.password_hash = fresh_hash
    one_time.kill(user.id, *TokenPurpose)
    revoke_all(user.id)
    audit.record(audit.ACCOUNTS, user.as_actor(), verb, f"user:{user.public_id}")
    notices.enqueue("accounts.password_changed", to=user, url=links.url("/password/forgotten"))
    return open_for(user, user_agent)
