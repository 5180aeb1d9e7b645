"""Jobs of communities."""

from __future__ import annotations

from creative_platform.communities import service
from creative_platform.core import daily
from creative_platform.core.queue import Claim


@daily.job("communities.sweep_old_rows")
def sweep_old_rows(claim: Claim) -> None:
    """Forget invitations of long ago."""
    service.sweep_old_rows(claim)
