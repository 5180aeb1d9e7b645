"""Jobs of judging."""

from __future__ import annotations

from creative_platform.core import daily, queue
from creative_platform.core.queue import Claim
from creative_platform.judging import service


@queue.job(service.DRAW_JOB)
def draw_assignments(claim: Claim, run_id: int) -> None:
    """Compute a queued drawing of assignments."""
    from creative_platform.judging import engine  # noqa: PLC0415 -- numpy and scipy: the worker alone loads them

    service.draw(claim, run_id, engine)


@daily.job("judging.sweep_old_rows")
def sweep_old_rows(claim: Claim) -> None:
    """Forget invitations of long ago."""
    service.sweep_old_rows(claim)
