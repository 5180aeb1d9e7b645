"""Jobs of media: checking a received file."""

from __future__ import annotations

from creative_platform.core import queue
from creative_platform.core.queue import Claim
from creative_platform.media import service
from creative_platform.media.service.uploads import CHECK_JOB


@queue.job(CHECK_JOB)
def check_asset(claim: Claim, asset_id: int) -> None:
    """Verify a file and derive what people look at."""
    service.check_asset(claim, asset_id)
