"""Jobs of accounts."""

from __future__ import annotations

from creative_platform.accounts import service
from creative_platform.core import daily
from creative_platform.core.queue import Claim


@daily.job("accounts.sweep_old_rows")
def sweep_old_rows(claim: Claim) -> None:
    """Forget ended sign-ins, dead links and old counts."""
    service.sweep_old_rows(claim)
