"""Jobs of media: checking files, making and moving copies, ending what did not come, erasing what nobody needs."""

from __future__ import annotations

from creative_platform.core import daily, queue
from creative_platform.core.queue import Claim
from creative_platform.media import service
from creative_platform.media.service.commitments import END_JOB
from creative_platform.media.service.copies import RENDER_JOB
from creative_platform.media.service.moving import MOVE_JOB
from creative_platform.media.service.planning import EXPIRE_JOB
from creative_platform.media.service.uploads import CHECK_JOB, ERASE_JOB


@queue.job(CHECK_JOB)
def check_asset(claim: Claim, asset_id: int) -> None:
    """Verify a file and derive what people look at."""
    service.check_asset(claim, asset_id)


@queue.job(RENDER_JOB, slow=True, gave_up=service.give_up_copy)
def render_copy(claim: Claim, asset_id: int, copy: str) -> None:
    """Make one copy of a file that somebody will look at."""
    service.render_copy(claim, asset_id, copy)


@queue.job(ERASE_JOB)
def erase_asset(claim: Claim, asset_id: int) -> None:
    """Erase the bytes of a file that was removed or not accepted."""
    service.erase_asset(claim, asset_id)


@queue.job(EXPIRE_JOB)
def expire_upload(claim: Claim, upload_id: int) -> None:
    """Give up an upload of which nothing was heard for days."""
    service.expire_upload(claim, upload_id)


@queue.job(MOVE_JOB)
def move_copies(claim: Claim, asset_id: int) -> None:
    """Make the addresses end that were given out for the copies of a file."""
    service.move_copies(claim, asset_id)


@queue.job(END_JOB)
def end_commitment(claim: Claim, asset_id: int) -> None:
    """Say of a committed file that its bytes did not come in time."""
    service.end_commitment(claim, asset_id)


@daily.job("media.sweep_orphans")
def sweep_orphans(claim: Claim) -> None:
    """Note objects that no row names, and take away those noted a week ago."""
    service.sweep_orphans(claim)
