"""API tokens: shown once, stored hashed, limited to scopes."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import func, or_, select, update

from creative_platform.accounts.models import ApiToken
from creative_platform.accounts.queries import hold
from creative_platform.accounts.service.sign_ins import SEEN_EVERY
from creative_platform.core import audit, clock, ids
from creative_platform.core.actor import Actor
from creative_platform.core.db import locked, transaction
from creative_platform.core.errors import Invalid, LimitReached, NotFound
from creative_platform.core.text import N_

SCOPES: dict[str, str] = {
    "contests:read": N_("Read open calls"),
    "entries:read": N_("Read my entries"),
    "entries:write": N_("Write, submit and withdraw my entries"),
    "media:write": N_("Upload files to my entries"),
    "jury:read": N_("Read what I am to score"),
    "jury:write": N_("Score entries"),
    "manage:read": N_("Read the contests I organize"),
    "manage:write": N_("Act in the contests I organize"),
    "results:read": N_("Read published results"),
}
MOST = 20


def create_api_token(actor: Actor, name: str, scopes: Iterable[str]) -> str:
    """Make a token of the actor and return its secret, which is not stored. Raises Invalid, LimitReached."""
    wanted = sorted(set(scopes))
    wrong: dict[str, str | list[str]] = {}
    if not name.strip() or len(name) > 80:
        wrong["name"] = N_("Give the token a name of at most 80 characters.")
    if not wanted or not set(wanted) <= set(SCOPES):
        wrong["scopes"] = N_("Choose at least one thing the token may do.")
    if wrong:
        raise Invalid(wrong)
    with transaction() as s:
        hold(actor.id)
        live = select(func.count()).where(ApiToken.user_id == actor.id, ApiToken.revoked_at.is_(None))
        if (s.scalar(live) or 0) >= MOST:
            raise LimitReached(N_("You have 20 tokens already. Revoke one first."), limit=MOST)
        secret = f"cp_{ids.token()}"
        token = ApiToken(
            digest=ids.digest(secret), user_id=actor.id, name=name.strip(), scopes=wanted, created_at=clock.now()
        )
        s.add(token)
        s.flush()
        audit.record(
            audit.ACCOUNTS, actor, "token.created", f"user:{actor.public_id}", token=token.public_id, scopes=wanted
        )
        return secret


def revoke_api_token(actor: Actor, public_id: str) -> None:
    """End one of the actor's tokens. Raises NotFound."""
    with transaction() as s:
        token = s.scalar(locked(select(ApiToken).where(ApiToken.public_id == public_id, ApiToken.user_id == actor.id)))
        if token is None or token.revoked_at is not None:
            raise NotFound()
        token.revoked_at = clock.now()
        audit.record(audit.ACCOUNTS, actor, "token.revoked", f"user:{actor.public_id}", token=public_id)


def revoke_all_tokens(user_id: int) -> None:
    """End every token of a person; inside a verb."""
    with transaction() as s:
        live = (ApiToken.user_id == user_id, ApiToken.revoked_at.is_(None))
        s.execute(update(ApiToken).where(*live).values(revoked_at=clock.now()))


def note_token_use(token_id: int) -> None:
    """Keep when a token was last used, at most every ten minutes."""
    with transaction() as s:
        now = clock.now()
        long_ago = or_(ApiToken.last_used_at.is_(None), ApiToken.last_used_at < now - SEEN_EVERY)
        s.execute(update(ApiToken).where(ApiToken.id == token_id, long_ago).values(last_used_at=now))
