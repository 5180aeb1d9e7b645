"""Reads of the outbox."""

from __future__ import annotations

from sqlalchemy import func, select

from creative_platform.core.db import session
from creative_platform.core.errors import NotFound
from creative_platform.notices.models import MailState, OutboxMail


def mails(number: int, per_page: int) -> tuple[list[OutboxMail], int]:
    """Return one page of the outbox, newest first, and how many mails there are."""
    total = session().scalar(select(func.count()).select_from(OutboxMail)) or 0
    rows = select(OutboxMail).order_by(OutboxMail.id.desc()).limit(per_page).offset((number - 1) * per_page)
    return list(session().scalars(rows)), total


def count_in(state: MailState) -> int:
    """Return how many mails are in a state, for the operator."""
    return session().scalar(select(func.count(OutboxMail.id)).where(OutboxMail.state == state)) or 0


def mail_by_public_id(public_id: str) -> OutboxMail:
    """Return one mail. Raises NotFound."""
    mail = session().scalar(select(OutboxMail).where(OutboxMail.public_id == public_id))
    if mail is None:
        raise NotFound()
    return mail
