"""Jobs of similarity."""

from __future__ import annotations

from creative_platform.core import queue
from creative_platform.core.queue import Claim
from creative_platform.similarity import service


@queue.job(service.SKETCH_JOB)
def sketch_entry(claim: Claim, entry_id: int) -> None:
    """Compare a submitted entry with all others."""
    from creative_platform.similarity import engine  # noqa: PLC0415 -- scikit-learn: the worker alone loads it

    service.sketch_entry(claim, entry_id, engine)
