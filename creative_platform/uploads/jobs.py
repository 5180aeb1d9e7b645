"""Jobs of uploads: checking files, ending what did not come, erasing what nobody needs.

Their names begin with `media`: stored jobs, and whoever reads the log, know them by these.
"""

from __future__ import annotations

from creative_platform.core import queue
from creative_platform.core.queue import Claim
from creative_platform.uploads import service
from creative_platform.uploads.service import again
from creative_platform.uploads.service.commitments import END_JOB
from creative_platform.uploads.service.erasing import FORGET_UPLOAD_JOB
from creative_platform.uploads.service.planning import EXPIRE_JOB, FORGET_JOB
from creative_platform.uploads.service.sending import CHECK_JOB, ERASE_JOB


@queue.job(CHECK_JOB, gave_up=service.give_up_check)
def check_asset(claim: Claim, asset_id: int, waits: int = 0) -> None:
    """Verify a file and derive what people look at."""
    service.check_asset(claim, asset_id, waits)


@queue.job(again.LOOK_JOB, slow=True)
def look_again(claim: Claim, asset_id: int) -> None:
    """Scan a checked file, and make anew what its check made by an older recipe."""
    again.look_again(claim, asset_id)


@queue.job(ERASE_JOB, urgent=True)
def erase_asset(claim: Claim, asset_id: int) -> None:
    """Erase the bytes of a file that was removed or not accepted."""
    service.erase_asset(claim, asset_id)


@queue.job(EXPIRE_JOB)
def expire_upload(claim: Claim, upload_id: int) -> None:
    """Give up an upload of which nothing was heard for days."""
    service.expire_upload(claim, upload_id)


@queue.job(FORGET_JOB)
def forget_pieces(claim: Claim, upload_id: int, key: str, opened: str, last: bool = False) -> None:
    """Take away the small parts of an upload that ended."""
    service.forget_pieces(claim, upload_id, key, opened, last=last)


@queue.job(FORGET_UPLOAD_JOB, urgent=True)
def forget_upload(claim: Claim, key: str, opened: str) -> None:
    """Take away what came of an upload whose rows were erased with their contest."""
    service.forget_upload(claim, key, opened)


@queue.job(END_JOB)
def end_commitment(claim: Claim, asset_id: int) -> None:
    """Say of a committed file that its bytes did not come in time."""
    service.end_commitment(claim, asset_id)
