"""Creates that a client may repeat: under one key they take effect once and answer the same."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from creative_platform.api.models import IdempotencyKey
from creative_platform.core import clock, ids
from creative_platform.core.actor import Actor
from creative_platform.core.db import locked, transaction
from creative_platform.core.errors import Conflict
from creative_platform.core.queue import Claim
from creative_platform.core.text import N_

LIVES = timedelta(hours=24)
LEASE = timedelta(seconds=60)


class KeyUsedOtherwise(Conflict):
    """The key stands for another request."""

    code = "idempotency_key_reused"
    message = N_("This Idempotency-Key was used for another request. Take a new one.")


class KeyInUse(Conflict):
    """The first request with the key is still running."""

    code = "idempotency_key_in_use"
    message = N_("The first request with this Idempotency-Key is still running. Ask again in a second.")


@dataclass(frozen=True)
class Answer:
    """What a call answers: status and JSON text."""

    status: int
    body: str


@dataclass(frozen=True)
class Key:
    """A client's key and the digest of the request it came with; ``name`` is empty when there is none."""

    name: str
    request_sha256: str


def forget_answers(public_ids: Collection[str], phrases: Collection[str] = (), *, user_id: int = 0) -> None:
    """Forget kept answers that hold one of these public ids or phrases, and those that a person got, in the verb."""
    with transaction() as s:
        s.execute(delete(IdempotencyKey).where(IdempotencyKey.user_id == user_id))
        held = s.execute(select(IdempotencyKey.id, IdempotencyKey.body).where(IdempotencyKey.body.is_not(None)))
        gone = [key_id for key_id, body in held if ids.mentions(str(body), public_ids, phrases)]
        s.execute(delete(IdempotencyKey).where(IdempotencyKey.id.in_(gone)))


def as_json(value: Any) -> str:
    """Return the text in which every answer is sent."""
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":")) + "\n"


def once(actor: Actor, key: Key, act: Callable[[], Answer]) -> Answer:
    """Run ``act``, whose verbs join one transaction with the key: a retry gets the answer that was stored.

    Who comes while the first is running waits for it. A refusal is not kept: with the same key one may try again.
    Raises KeyUsedOtherwise and what ``act`` raises.
    """
    with transaction() as s:
        if not key.name:
            return act()
        row, is_new = _claim(s, actor, key)
        if not is_new:
            return _kept(row, key)
        answer = act()
        row.status, row.body = answer.status, answer.body
        return answer


def once_beside_store(actor: Actor, key: Key, act: Callable[[], Answer]) -> Answer:
    """Run ``act``, which calls the object store and so must not hold a transaction, at most one at a time under a key.

    Its verbs must be repeatable by themselves: a claim whose process died is taken over after a minute. Raises
    KeyUsedOtherwise, KeyInUse and what ``act`` raises.
    """
    if not key.name:
        return act()
    with transaction() as s:
        row, is_new = _claim(s, actor, key)
        if not is_new:
            if row.status is not None or row.request_sha256 != key.request_sha256:
                return _kept(row, key)
            if row.created_at > clock.now() - LEASE:
                raise KeyInUse(retry_after_s=1)
            row.created_at = clock.now()
        row_id = row.id
    try:
        answer = act()
    except BaseException:
        with transaction() as s:
            s.execute(delete(IdempotencyKey).where(IdempotencyKey.id == row_id, IdempotencyKey.status.is_(None)))
        raise
    with transaction() as s:
        row = s.scalars(locked(select(IdempotencyKey).where(IdempotencyKey.id == row_id))).one()
        row.status, row.body = answer.status, answer.body
    return answer


def _claim(s: Session, actor: Actor, key: Key) -> tuple[IdempotencyKey, bool]:
    """Return the key's row and whether we just made it; on PostgreSQL this waits for who is making it."""
    now = clock.now()
    mine = (IdempotencyKey.user_id == actor.id, IdempotencyKey.key == key.name)
    s.execute(delete(IdempotencyKey).where(*mine, IdempotencyKey.created_at < now - LIVES))
    dialect: Any = postgresql if s.get_bind().dialect.name == "postgresql" else sqlite
    row = dialect.insert(IdempotencyKey).values(
        user_id=actor.id, key=key.name, request_sha256=key.request_sha256, created_at=now
    )
    made = s.scalar(row.on_conflict_do_nothing(index_elements=["user_id", "key"]).returning(IdempotencyKey.id))
    return s.scalars(locked(select(IdempotencyKey).where(*mine))).one(), made is not None


def _kept(row: IdempotencyKey, key: Key) -> Answer:
    if row.request_sha256 != key.request_sha256:
        raise KeyUsedOtherwise()
    if row.status is None or row.body is None:
        raise KeyInUse(retry_after_s=1)
    return Answer(row.status, row.body)


def sweep_old_rows(claim: Claim) -> None:
    """Forget keys whose 24 h are over."""
    with transaction() as s:
        s.execute(delete(IdempotencyKey).where(IdempotencyKey.created_at < clock.now() - LIVES))
        claim.finish()
