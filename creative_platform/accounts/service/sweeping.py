"""What accounts forget."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import delete, or_

from creative_platform.accounts.models import OneTimeToken, SignIn, Throttle
from creative_platform.core import clock
from creative_platform.core.db import transaction
from creative_platform.core.queue import Claim

ENDED_KEPT = timedelta(days=7)
COUNTS_KEPT = timedelta(days=2)  # more than the longest window


def sweep_old_rows(claim: Claim) -> None:
    """Forget sign-ins and one-time links that ended a week ago, and counts of attempts whose window is over."""
    with transaction() as s:
        now = clock.now()
        ended = now - ENDED_KEPT
        s.execute(delete(SignIn).where(or_(SignIn.expires_at < ended, SignIn.revoked_at < ended)))
        s.execute(delete(OneTimeToken).where(or_(OneTimeToken.expires_at < ended, OneTimeToken.used_at < ended)))
        s.execute(delete(Throttle).where(Throttle.window < now - COUNTS_KEPT))
        claim.finish()
