"""Jobs of results."""

from __future__ import annotations

from creative_platform.core import queue
from creative_platform.core.queue import Claim
from creative_platform.results import service


@queue.job(service.COMPUTE_JOB)
def compute(claim: Claim, contest_id: int, method: str) -> None:
    """Compute a queued ranking."""
    from creative_platform.results import engine  # noqa: PLC0415 -- numpy and scipy: the worker alone loads them

    service.compute(claim, contest_id, method, engine)


@queue.job(service.EXPLAIN_JOB, slow=True, gave_up=service.give_up_explaining)
def explain(claim: Claim, result_set_id: int) -> None:
    """Say why a ranking is as it is."""
    from creative_platform.results import engine  # noqa: PLC0415 -- numpy and scipy: the worker alone loads them

    service.explain(claim, result_set_id, engine)


@queue.job(service.QUOTAS_JOB, gave_up=service.give_up_choosing)
def choose(claim: Claim, result_set_id: int) -> None:
    """Choose winners under quotas."""
    from creative_platform.results import engine  # noqa: PLC0415 -- numpy and scipy: the worker alone loads them

    service.choose(claim, result_set_id, engine)


@queue.job(service.CERTIFICATE_JOB)
def make_certificate(claim: Claim, certificate_id: int) -> None:
    """Draw a certificate."""
    from creative_platform.results import certificate  # noqa: PLC0415 -- typst: the worker alone loads it

    service.make_certificate(claim, certificate_id, certificate.draw)
