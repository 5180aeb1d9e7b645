"""Signing in and out: rows that can be revoked; the browser holds only a secret."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select, update

from creative_platform.accounts import passwords
from creative_platform.accounts.models import SignIn, TokenPurpose, User
from creative_platform.accounts.queries import user_by_email
from creative_platform.accounts.service import one_time
from creative_platform.accounts.service.throttling import give_back, is_within, throttle
from creative_platform.accounts.text import email_key
from creative_platform.core import audit, clock, ids, links
from creative_platform.core.actor import Actor
from creative_platform.core.db import locked, transaction
from creative_platform.core.errors import DomainError, NotFound
from creative_platform.core.text import N_
from creative_platform.notices import service as notices

LIVES = timedelta(days=30)
SEEN_EVERY = timedelta(minutes=10)
WINDOW_S = 15 * 60
MOST_PER_ACCOUNT = 10
MOST_PER_SOURCE = 100  # a whole school may come from one address


class WrongPassword(DomainError):
    """Address and password do not go together, or the address was never confirmed: one answer for all."""

    code = "wrong_password"
    message = N_(
        "E-mail and password do not go together, or the address is not confirmed yet. "
        "In that case we have just sent you the letter again."
    )


@dataclass(frozen=True)
class SignedIn:
    """A new sign-in: the secret is for the browser's cookie and is stored nowhere."""

    secret: str
    actor: Actor


def sign_in(email: str, password: str, *, source: str, device: str = "", user_agent: str = "") -> SignedIn:
    """Check the password and open a sign-in.

    ``source`` is the network address. ``device`` names a browser in which this very person signed in before ("" when
    not): it has a count of its own, so that nobody can lock the owner out by failing elsewhere. Only failures count.
    Three transactions: the count must stay when the sign-in fails, and hashing must hold no lock. Raises Throttled,
    WrongPassword.
    """
    keys = _counted(email, source, device)
    user = user_by_email(email)
    fits = passwords.matches(user.password_hash if user and user.is_active else "", password)
    if user is None or not fits:
        raise WrongPassword()
    user_id, fresh = user.id, passwords.hash_password(password) if passwords.needs_rehash(user.password_hash) else ""
    if user.email_verified_at is None:
        _send_verification_again(user_id)
        raise WrongPassword()
    for key in keys:
        give_back(key, per_s=WINDOW_S)
    return _open(user_id, user_agent, fresh)


def _counted(email: str, source: str, device: str) -> list[str]:
    if device:
        keys = {f"login:device:{device}": MOST_PER_ACCOUNT}
    else:
        keys = {f"login:source:{source}": MOST_PER_SOURCE, f"login:account:{email_key(email)}": MOST_PER_ACCOUNT}
    for key, limit in keys.items():
        throttle(key, limit=limit, per_s=WINDOW_S)
    return list(keys)


def _open(user_id: int, user_agent: str, fresh_hash: str) -> SignedIn:
    with transaction() as s:
        user = s.scalars(locked(select(User).where(User.id == user_id))).one()
        if not user.is_active:
            raise WrongPassword()
        if fresh_hash:
            user.password_hash = fresh_hash
        return open_for(user, user_agent)


def open_for(user: User, user_agent: str) -> SignedIn:
    """Open a sign-in for a person whose identity the calling verb has just established."""
    with transaction() as s:
        secret, now = ids.token(), clock.now()
        row = SignIn(
            digest=ids.digest(secret),
            user_id=user.id,
            created_at=now,
            seen_at=now,
            expires_at=now + LIVES,
            user_agent=user_agent[:200],
        )
        s.add(row)
        s.flush()
        actor = user.as_actor()
        audit.record(audit.ACCOUNTS, actor, "sign_in.opened", f"user:{user.public_id}", sign_in=row.public_id)
        return SignedIn(secret, actor)


def _send_verification_again(user_id: int) -> None:
    if not is_within(f"mail:verify:{user_id}", limit=3, per_s=3600):
        return
    with transaction() as s:
        user = s.scalars(locked(select(User).where(User.id == user_id))).one()
        send_verification(user)


def send_verification(user: User) -> None:
    """Mail a link that confirms the person's address; inside a verb."""
    secret = one_time.make(user, TokenPurpose.VERIFY_EMAIL, user.email)
    notices.enqueue("accounts.verify_email", to=user, url=links.url(f"/register/confirm/{secret}"))


def sign_out(sign_in_id: int, actor: Actor) -> None:
    """End the present sign-in; a copy of its cookie is dead with the next request."""
    with transaction() as s:
        s.execute(
            update(SignIn).where(SignIn.id == sign_in_id, SignIn.user_id == actor.id).values(revoked_at=clock.now())
        )


def revoke_sign_in(actor: Actor, public_id: str) -> None:
    """End one of the actor's sign-ins. Raises NotFound."""
    with transaction() as s:
        row = s.scalar(locked(select(SignIn).where(SignIn.public_id == public_id, SignIn.user_id == actor.id)))
        if row is None or row.revoked_at is not None:
            raise NotFound()
        row.revoked_at = clock.now()
        audit.record(audit.ACCOUNTS, actor, "sign_in.revoked", f"user:{actor.public_id}", sign_in=public_id)


def revoke_all(user_id: int) -> None:
    """End every sign-in of a person; inside a verb."""
    with transaction() as s:
        s.execute(
            update(SignIn).where(SignIn.user_id == user_id, SignIn.revoked_at.is_(None)).values(revoked_at=clock.now())
        )


def note_presence(sign_in_id: int) -> None:
    """Keep when a sign-in was last used, at most every ten minutes; for requests that may write, never for GET."""
    with transaction() as s:
        now = clock.now()
        s.execute(update(SignIn).where(SignIn.id == sign_in_id, SignIn.seen_at < now - SEEN_EVERY).values(seen_at=now))
