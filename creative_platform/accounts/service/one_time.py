"""One-time links: made, mailed, used once; a newer one of the same purpose kills the older."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select, update

from creative_platform.accounts.models import OneTimeToken, TokenPurpose, User
from creative_platform.core import clock, ids
from creative_platform.core.db import locked, transaction
from creative_platform.core.errors import Conflict
from creative_platform.core.text import N_

LIVES = {TokenPurpose.VERIFY_EMAIL: timedelta(days=2), TokenPurpose.RESET_PASSWORD: timedelta(minutes=30)}


class DeadLink(Conflict):
    """The link was used, replaced by a newer one, or is too old."""

    code = "dead_link"
    message = N_("This link no longer works: it was used, replaced by a newer one, or is too old. Ask for a new one.")


def make(user: User, purpose: TokenPurpose, email: str) -> str:
    """Return the secret of a new link for ``email`` and kill older ones of that purpose; inside a verb."""
    with transaction() as s:
        kill(user.id, purpose)
        secret, now = ids.token(), clock.now()
        s.add(
            OneTimeToken(
                digest=ids.digest(secret),
                purpose=purpose,
                user_id=user.id,
                email=email,
                created_at=now,
                expires_at=now + LIVES[purpose],
            )
        )
        return secret


def kill(user_id: int, *purposes: TokenPurpose) -> None:
    """Kill a person's unused links of these purposes."""
    with transaction() as s:
        live = (OneTimeToken.user_id == user_id, OneTimeToken.used_at.is_(None))
        s.execute(update(OneTimeToken).where(*live, OneTimeToken.purpose.in_(purposes)).values(used_at=clock.now()))


def use(secret: str, purpose: TokenPurpose) -> OneTimeToken:
    """Use a link up; inside a verb, whose failure leaves it unused. Raises DeadLink."""
    with transaction() as s:
        token = s.scalar(
            locked(
                select(OneTimeToken).where(OneTimeToken.digest == ids.digest(secret), OneTimeToken.purpose == purpose)
            )
        )
        if token is None or token.used_at is not None or token.expires_at <= clock.now():
            raise DeadLink()
        token.used_at = clock.now()
        return token
