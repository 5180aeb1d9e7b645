"""The tamper-evident log: one hash chain a contest and one for accounts.

Each link holds public ids and salted digests only, so that erasing a person never breaks a chain.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String, UniqueConstraint, select, text
from sqlalchemy.orm import Mapped, mapped_column

from creative_platform.core import clock
from creative_platform.core.actor import Actor
from creative_platform.core.db import Base, locked, session, transaction

ACCOUNTS = "accounts"
_START = "0" * 64

_comparisons: dict[str, Callable[[AuditEvent], bool]] = {}


class AuditChain(Base):
    """One chain and its head; the row is locked while a link is added."""

    __tablename__ = "audit_chain"

    name: Mapped[str] = mapped_column(String(80), primary_key=True)
    length: Mapped[int] = mapped_column(default=0)
    head: Mapped[str] = mapped_column(String(64), default=_START)


class AuditEvent(Base):
    """One link: who did what to which thing, and the hash that ties it to the link before."""

    __tablename__ = "audit_event"
    __table_args__ = (UniqueConstraint("chain", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    chain: Mapped[str] = mapped_column(ForeignKey("audit_chain.name"), index=True)
    number: Mapped[int]
    at: Mapped[datetime]
    actor_public_id: Mapped[str | None] = mapped_column(String(26), index=True)
    verb: Mapped[str] = mapped_column(String(80))
    subject: Mapped[str] = mapped_column(String(120), index=True)
    data: Mapped[dict[str, Any]]
    previous: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))


def canonical(document: Any) -> bytes:
    """Return the one spelling of a JSON document that is hashed and signed: sorted keys, no spaces, UTF-8."""
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()


def contest_chain(contest_public_id: str) -> str:
    """Return the name of a contest's chain."""
    return f"contest:{contest_public_id}"


def record(chain: str, actor: Actor | None, verb: str, subject: str, **data: Any) -> AuditEvent:
    """Add a link in the running verb's transaction (or one of its own); ``subject`` is ``kind:public_id``.

    ``data`` holds public ids, numbers, states and salted digests, never names, e-mails or file names.
    """
    with transaction() as s:
        row = s.scalar(locked(select(AuditChain).where(AuditChain.name == chain)))
        if row is None:
            _open_chain(chain)
            row = s.scalars(locked(select(AuditChain).where(AuditChain.name == chain))).one()
        link = AuditEvent(
            chain=chain,
            number=row.length + 1,
            at=clock.now(),
            actor_public_id=actor.public_id if actor else None,
            verb=verb,
            subject=subject,
            data=data,
            previous=row.head,
        )
        link.hash = link_hash(link)
        row.length, row.head = link.number, link.hash
        s.add(link)
        s.flush()
        return link


def head_of(chain: str) -> tuple[int, str]:
    """Return (links, hash of the last one) of a chain, held for the rest of the running transaction."""
    row = session().scalar(locked(select(AuditChain).where(AuditChain.name == chain)))
    return (row.length, row.head) if row else (0, _START)


def _open_chain(chain: str) -> None:
    """Add the chain's first row; two that do so at once make one."""
    session().execute(
        text("INSERT INTO audit_chain (name, length, head) VALUES (:name, 0, :head) ON CONFLICT DO NOTHING"),
        {"name": chain, "head": _START},
    )


def link_hash(link: AuditEvent) -> str:
    """Return the SHA-256 (hex) that a link must carry."""
    body = [link.chain, link.number, link.at.isoformat(timespec="microseconds"), link.actor_public_id]
    return hashlib.sha256(canonical([*body, link.verb, link.subject, link.data, link.previous])).hexdigest()


@dataclass(frozen=True)
class BrokenLink:
    """The first place where a chain does not hold."""

    chain: str
    number: int
    why: str


def compare(verb: str, holds: Callable[[AuditEvent], bool]) -> None:
    """Let a room say whether what a link of that verb tells of is still stored as it was then."""
    _comparisons[verb] = holds


def verify() -> Iterator[BrokenLink]:
    """Yield the first broken link of each chain that does not hold; nothing when all do.

    A link holds when it follows the one before, was not changed, and what it tells of was not changed since either.
    """
    for chain in session().scalars(select(AuditChain).order_by(AuditChain.name)):
        broken = _verify_chain(chain)
        if broken:
            yield broken


def _verify_chain(chain: AuditChain) -> BrokenLink | None:
    previous, number = _START, 0
    for link in _links_in_order(chain.name):
        number += 1
        if link.number != number:
            return BrokenLink(chain.name, number, "a link is missing")
        if link.previous != previous:
            return BrokenLink(chain.name, number, "it does not follow the link before")
        if link.hash != link_hash(link):
            return BrokenLink(chain.name, number, "its content was changed")
        if not _tells_the_truth(link):
            return BrokenLink(chain.name, number, "what it tells of was changed since")
        previous = link.hash
    if number != chain.length or previous != chain.head:
        return BrokenLink(chain.name, number + 1, "links at the end are missing")
    return None


def _tells_the_truth(link: AuditEvent) -> bool:
    """Ask the room that compares; a row so changed that it cannot be compared is another one."""
    try:
        return link.verb not in _comparisons or _comparisons[link.verb](link)
    except (KeyError, TypeError, ValueError, AttributeError):
        return False


def _links_in_order(chain: str) -> Iterator[AuditEvent]:
    last = -1
    query = select(AuditEvent).where(AuditEvent.chain == chain).order_by(AuditEvent.number).limit(500)
    while links := list(session().scalars(query.where(AuditEvent.number > last))):
        yield from links
        last = links[-1].number


def events_about(chain: str, *, limit: int = 200, before: int | None = None) -> list[AuditEvent]:
    """Return the newest links of a chain first, numbers below ``before`` when given."""
    query = select(AuditEvent).where(AuditEvent.chain == chain).order_by(AuditEvent.number.desc()).limit(limit)
    if before is not None:
        query = query.where(AuditEvent.number < before)
    return list(session().scalars(query))


def first_number(chain: str, verb: str) -> int | None:
    """Return the number of a chain's first link with that verb, None without one."""
    query = select(AuditEvent.number).where(AuditEvent.chain == chain, AuditEvent.verb == verb)
    return session().scalar(query.order_by(AuditEvent.number).limit(1))
