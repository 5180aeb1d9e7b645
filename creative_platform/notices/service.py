"""Verbs of the outbox."""

from __future__ import annotations

from typing import Any, Protocol

from sqlalchemy import select

from creative_platform.core import audit, clock, queue
from creative_platform.core.actor import Actor
from creative_platform.core.db import locked, transaction
from creative_platform.core.errors import NotFound, WrongState
from creative_platform.core.text import LOCALES
from creative_platform.notices import rendering
from creative_platform.notices.mailbox import mailbox
from creative_platform.notices.models import MailState, OutboxMail

SEND_JOB = "notices.send_mail"


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
