"""Jobs of the API."""

from __future__ import annotations

from creative_platform.api import service
from creative_platform.core import daily
from creative_platform.core.queue import Claim


@daily.job("api.sweep_old_rows")
def sweep_old_rows(claim: Claim) -> None:
    """Forget idempotency keys whose day is over."""
    service.sweep_old_rows(claim)
