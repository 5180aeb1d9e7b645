"""Jobs of media: making and moving copies, sweeping what no row names."""

from __future__ import annotations

from creative_platform.core import daily, queue
from creative_platform.core.queue import Claim
from creative_platform.media import service
from creative_platform.media.service.copies import RENDER_JOB
from creative_platform.media.service.moving import DELETE_JOB, DROP_JOB, MOVE_JOB


@queue.job(RENDER_JOB, slow=True, gave_up=service.give_up_copy)
def render_copy(claim: Claim, asset_id: int, copy: str) -> None:
    """Make one copy of a file that somebody will look at."""
    service.render_copy(claim, asset_id, copy)


@queue.job(DROP_JOB, urgent=True)
def drop_copies(claim: Claim, asset_id: int) -> None:
    """Make the addresses end that were given out for the large copies of a file."""
    service.drop_copies(claim, asset_id)


@queue.job(MOVE_JOB, urgent=True)
def move_copies(claim: Claim, asset_id: int, until: int, above_bytes: int, most_bytes: int) -> None:
    """Make the addresses end that were given out for the copies of a file in a range of sizes."""
    service.move_copies(claim, asset_id, until, above_bytes, most_bytes)


@queue.job(DELETE_JOB, urgent=True)
def delete_object(claim: Claim, key: str) -> None:
    """Delete what no row names any more."""
    service.delete_object(claim, key)


@daily.job("media.sweep_orphans")
def sweep_orphans(claim: Claim) -> None:
    """Note objects that no row names, and take away those noted a week ago."""
    service.sweep_orphans(claim)
