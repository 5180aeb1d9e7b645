"""Jobs of assigning."""

from __future__ import annotations

from creative_platform.assigning import service
from creative_platform.core import queue
from creative_platform.core.queue import Claim


@queue.job(service.PROPOSE_JOB, gave_up=service.give_up_proposing)
def propose(claim: Claim, run_id: int) -> None:
    """Compute who would take over lost assignments, or where further sheets tell most."""
    from creative_platform.judging import engine  # noqa: PLC0415 -- numpy and scipy: the worker alone loads them

    service.propose(claim, run_id, engine)


@queue.job(service.LOOK_JOB, gave_up=service.give_up_looking)
def look(claim: Claim, round_id: int, person_id: int) -> None:
    """Compute what sheets will tell, and whether the jury hangs together."""
    from creative_platform.judging import engine  # noqa: PLC0415 -- numpy and scipy: the worker alone loads them

    service.look(claim, round_id, person_id, engine)
