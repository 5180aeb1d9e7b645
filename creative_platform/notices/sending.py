"""One mail of the outbox on its way.

A mail is never sent twice by itself. Everything that can fail without the server having accepted the mail happens while
its row still says PLANNED: that is retried, ever more rarely, for two days. The row says SENDING only while the text
is handed over; who finds it so later cannot know whether it arrived and gives up: FAILED, with that reason, and the
admin may send it again. (A folder of files is the exception: writing the same file again does no harm.)
"""

from __future__ import annotations

from datetime import timedelta
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr

from sqlalchemy import select

from creative_platform.core import clock, queue
from creative_platform.core.db import locked, transaction
from creative_platform.notices.mailbox import mailbox
from creative_platform.notices.models import MailState, OutboxMail
from creative_platform.notices.rendering import render
from creative_platform.notices.service import SEND_JOB
from creative_platform.notices.transports import POLICY, NotSent, PerhapsSent, Transport, transport

MOST_TRIES = 10
FIRST_PAUSE_S = 60
LONGEST_PAUSE_S = 8 * 3600
IN_DOUBT = "interrupted while it was handed over: it may have arrived"


def send(claim: queue.Claim, mail_id: int) -> None:
    """Send one mail if it is still to be sent; ends the claim in the transaction that stores the outcome."""
    message = _begin(claim, mail_id)
    if message is None:
        return
    settings = mailbox()
    try:
        with transport(settings.url) as way:
            way.prepare(message)
            if _note_handing_over(claim, mail_id, way):
                way.deliver(message)
                _store(claim, mail_id, MailState.SENT)
    except NotSent as error:
        _retry(claim, mail_id, error)
    except PerhapsSent as error:
        _store(claim, mail_id, MailState.FAILED, f"{IN_DOUBT} ({error})")


def _begin(claim: queue.Claim, mail_id: int) -> EmailMessage | None:
    """Return the message when it is to be sent now; otherwise store why not and end the claim."""
    with transaction() as s:
        mail = s.scalars(locked(select(OutboxMail).where(OutboxMail.id == mail_id))).one_or_none()
        if mail is not None and mail.state is MailState.SENDING:
            if mailbox().is_folder:
                return message_of(mail)
            mail.state, mail.last_error = MailState.FAILED, IN_DOUBT
        if mail is None or mail.state is not MailState.PLANNED:
            claim.finish()
            return None
        return message_of(mail)


def _note_handing_over(claim: queue.Claim, mail_id: int, way: Transport) -> bool:
    with transaction() as s:
        mail = s.scalars(locked(select(OutboxMail).where(OutboxMail.id == mail_id))).one()
        if mail.state is not MailState.PLANNED and not way.repeatable:
            claim.finish()
            return False
        mail.state, mail.tries = MailState.SENDING, mail.tries + 1
        return True


def _store(claim: queue.Claim, mail_id: int, state: MailState, why: str = "") -> None:
    with transaction() as s:
        mail = s.scalars(locked(select(OutboxMail).where(OutboxMail.id == mail_id))).one()
        mail.state, mail.last_error = state, why[:2000]
        if state is MailState.SENT:
            mail.sent_at = clock.now()
            if not mailbox().is_folder:
                mail.data = {}  # links to sign in with are secrets; once sent they are nobody's business
        claim.finish()


def _retry(claim: queue.Claim, mail_id: int, error: NotSent) -> None:
    with transaction() as s:
        mail = s.scalars(locked(select(OutboxMail).where(OutboxMail.id == mail_id))).one()
        if mail.state is MailState.PLANNED:
            mail.tries += 1
        mail.last_error = str(error)[:2000]
        if error.for_good or mail.tries >= MOST_TRIES:
            mail.state = MailState.FAILED
        else:
            pause_s = min(FIRST_PAUSE_S * 4 ** (mail.tries - 1), LONGEST_PAUSE_S)
            mail.state, mail.next_try_at = MailState.PLANNED, clock.now() + timedelta(seconds=pause_s)
            queue.enqueue(SEND_JOB, delay_s=pause_s, mail_id=mail_id)
        claim.finish()


def message_of(mail: OutboxMail) -> EmailMessage:
    """Return a mail as it is sent; the same row always gives the same Message-ID and Date."""
    letter = render(mail.kind, mail.locale, mail.data)
    settings = mailbox()
    name, address = parseaddr(settings.sender)
    message = EmailMessage(policy=POLICY)
    message["Subject"] = letter.subject
    message["From"] = Address(name, addr_spec=address)
    message["To"] = Address(addr_spec=mail.to_email)
    message["Date"] = format_datetime(mail.created_at)
    message["Message-ID"] = f"<{mail.public_id}@{address.rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(letter.body)
    message["Content-Language"] = mail.locale
    return message
