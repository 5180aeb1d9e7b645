"""Erasing an account: what is left is a public id, which records name for ever."""

from __future__ import annotations

from sqlalchemy import delete, or_, select

from creative_platform.accounts import passwords
from creative_platform.accounts.models import ApiToken, BirthDate, OneTimeToken, SignIn, Throttle, User
from creative_platform.accounts.queries import account_of
from creative_platform.accounts.service.administration import keep_an_admin
from creative_platform.accounts.service.profile import EMAIL_CHANGED
from creative_platform.accounts.service.throttling import throttle
from creative_platform.accounts.text import email_key, normal_email
from creative_platform.core import audit
from creative_platform.core.actor import Actor
from creative_platform.core.db import locked, session, transaction
from creative_platform.core.errors import Invalid, NotFound
from creative_platform.core.text import ERASED, N_
from creative_platform.notices import service as notices


def confirmed_address(actor: Actor, password: str) -> str:
    """Return the actor's address once they gave their password. Raises Invalid, Throttled."""
    throttle(f"password:{actor.id}", limit=10, per_s=900)
    account = account_of(actor)
    if not passwords.matches(account.password_hash, password):
        raise Invalid({"password": N_("This is not your present password.")})
    return account.email


def lock_to_erase(email: str) -> User:
    """Return the locked row of the person with that address, inside a verb. Raises NotFound, LastAdmin."""
    address = normal_email(email)
    with transaction() as s:
        concerned = User.is_admin.is_(True) | (User.email == address)  # all admins, in one order
        rows = s.scalars(locked(select(User).where(concerned).order_by(User.id))).all()
        user = next((row for row in rows if row.email == address and not row.is_erased), None)
        if user is None:
            raise NotFound()
        keep_an_admin(user)
        return user


def addresses_of(user: User) -> set[str]:
    """Return a person's address and those they had before, but for such as somebody else has now."""
    had = notices.addresses_told(EMAIL_CHANGED, user.id)  # each of them was told that it is no more
    theirs = session().scalars(select(User.email).where(User.email.in_(had), User.id != user.id))
    return (had | {user.email}).difference(theirs)


def erase_account(actor: Actor | None, user: User) -> dict[str, int]:
    """Empty the locked row of a person and take away how they sign in; returns how many rows of what went.

    Without the salt the digests of the log tell nothing. Whatever else names the person is erased before: afterwards
    nothing knows who it was.
    """
    gone = {}
    with transaction() as s:
        tokens = or_(OneTimeToken.user_id == user.id, OneTimeToken.email == user.email)
        for name, rows in (
            ("sign-ins", delete(SignIn).where(SignIn.user_id == user.id)),
            ("one-time links", delete(OneTimeToken).where(tokens)),
            ("API tokens", delete(ApiToken).where(ApiToken.user_id == user.id)),
            ("birth dates", delete(BirthDate).where(BirthDate.user_id == user.id)),
        ):
            gone[name] = s.execute(rows).rowcount  # type: ignore[attr-defined]  # a DELETE always has one
        s.execute(delete(Throttle).where(Throttle.key.contains(email_key(user.email))))
        user.email, user.name = f"{user.public_id}@erased.invalid", ERASED
        for emptied in ("password_hash", "digest_salt", "search_text", "sort_key", "region"):
            setattr(user, emptied, "")
        user.settlement, user.email_verified_at = None, None
        user.is_admin = user.is_active = False
        audit.record(audit.ACCOUNTS, actor, "user.erased", f"user:{user.public_id}")
    return gone
