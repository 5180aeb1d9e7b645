"""Verbs of the outbox."""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Any, Protocol

from sqlalchemy import delete, or_, select

from creative_platform.core import audit, clock, ids, queue
from creative_platform.core.actor import Actor
from creative_platform.core.db import locked, session, transaction
from creative_platform.core.errors import NotFound, WrongState
from creative_platform.core.text import ERASED, LOCALES
from creative_platform.notices import rendering
from creative_platform.notices.mailbox import mailbox
from creative_platform.notices.models import MailState, OutboxMail

SEND_JOB = "notices.send_mail"
NAMING = ("accounts.admin_granted", "contests.admin_became_organizer", "contests.named")
WHO_DID_IT = ("by", "admin")  # in those, by name


class Recipient(Protocol):
    """Somebody a mail can be addressed to; the accounts room's User is one."""

    id: Any
    email: Any
    locale: Any


def enqueue(kind: str, *, to: Recipient | None = None, email: str = "", locale: str = "", **data: Any) -> OutboxMail:
    """Write a mail into the outbox, in the running verb's transaction; the worker sends it after commit.

    ``kind`` is ``<room>.<name>``; ``email`` is used when the recipient has no account (or for another address of
    theirs). Addresses of pages come as data, made with ``core.links.url``. The mail is rendered here once, so that a
    missing template or value fails the verb and not, unseen, the worker.
    """
    language = locale or (to.locale if to else "")
    if language not in LOCALES:
        language = mailbox().default_locale
    rendering.render(kind, language, data)
    with transaction() as s:
        now = clock.now()
        mail = OutboxMail(
            to_email=email or (to.email if to else ""),
            user_id=to.id if to else None,
            kind=kind,
            locale=language,
            data=data,
            created_at=now,
            next_try_at=now,
        )
        s.add(mail)
        s.flush()
        queue.enqueue(SEND_JOB, mail_id=mail.id)
        return mail


def addresses_told(kind: str, user_id: int) -> set[str]:
    """Return the addresses to which a person was ever written letters of a kind."""
    told = select(OutboxMail.to_email).where(OutboxMail.kind == kind, OutboxMail.user_id == user_id)
    return set(session().scalars(told))


def forget_person(user_id: int, addresses: Collection[str], name: str) -> int:
    """Delete the letters to a person who is erased, and strike their name out of letters to others, in the verb.

    Returns how many letters went. One that is being handed over at this instant still arrives.
    """
    with transaction() as s:
        theirs = or_(OutboxMail.user_id == user_id, OutboxMail.to_email.in_(addresses))
        gone = s.execute(delete(OutboxMail).where(theirs))
        for mail in s.scalars(locked(select(OutboxMail).where(OutboxMail.kind.in_(NAMING)))):
            mail.data = {**mail.data, **{key: ERASED for key in WHO_DID_IT if mail.data.get(key) == name}}
        return int(gone.rowcount)  # type: ignore[attr-defined]  # a DELETE always has one


def forget_mentions(public_ids: Collection[str], phrases: Collection[str] = ()) -> int:
    """Delete every letter whose data, as JSON, hold one of these public ids or phrases; returns how many."""
    if not public_ids and not phrases:
        return 0
    with transaction() as s:
        held = s.execute(select(OutboxMail.id, OutboxMail.data).execution_options(yield_per=500))
        texts = ((mail_id, json.dumps(data, ensure_ascii=False)) for mail_id, data in held if data)
        gone = [mail_id for mail_id, text in texts if ids.mentions(text, public_ids, phrases)]
        for start in range(0, len(gone), 500):
            s.execute(delete(OutboxMail).where(OutboxMail.id.in_(gone[start : start + 500])))
        return len(gone)


def send_again(actor: Actor, public_id: str) -> None:
    """Plan a failed mail anew, by an admin who decided that a second copy does no harm. Raises WrongState."""
    with transaction() as s:
        mail = s.scalars(locked(select(OutboxMail).where(OutboxMail.public_id == public_id))).one_or_none()
        if mail is None or not actor.is_admin:
            raise NotFound()
        if mail.state is not MailState.FAILED:
            raise WrongState(state=mail.state.value)
        mail.state, mail.tries, mail.next_try_at = MailState.PLANNED, 0, clock.now()
        audit.record(audit.ACCOUNTS, actor, "mail.sent_again", f"mail:{mail.public_id}")
        queue.enqueue(SEND_JOB, mail_id=mail.id)
