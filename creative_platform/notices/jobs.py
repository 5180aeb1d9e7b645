"""Jobs of the outbox."""

from __future__ import annotations

from creative_platform.core import queue
from creative_platform.notices import sending, service


@queue.job(service.SEND_JOB)
def send_mail(claim: queue.Claim, *, mail_id: int) -> None:
    """Send one mail."""
    sending.send(claim, mail_id)
