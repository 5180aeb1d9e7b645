"""Jobs that run once a day: the worker's sweeper makes a new one when the last is a day old, whatever became of it.

They take away what has served its time. Records (the log, receipts, results) are never swept, and failed jobs stay
until somebody deals with them.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from sqlalchemy import delete, func, select

from creative_platform.core import clock, queue
from creative_platform.core.db import transaction
from creative_platform.core.queue import Claim, Handler, Job, JobState

DONE_JOBS_KEPT = timedelta(days=7)

_names: set[str] = set()


def job(name: str) -> Callable[[Handler], Handler]:
    """Register the handler of a job that runs once a day; it takes the claim alone and may safely run twice."""
    _names.add(name)
    return queue.job(name)


def enqueue_due() -> int:
    """Make every daily job whose last one is a day old, or that never was; returns how many."""
    with transaction() as s:
        made = select(Job.name, func.max(Job.created_at)).where(Job.name.in_(_names)).group_by(Job.name)
        last = {row[0]: row[1] for row in s.execute(made)}
        due = [name for name in sorted(_names) if name not in last or last[name] <= clock.now() - timedelta(days=1)]
        for name in due:
            queue.enqueue(name)
    return len(due)


@job("core.sweep_old_rows")
def sweep_old_rows(claim: Claim) -> None:
    """Forget jobs that were done a week ago."""
    with transaction() as s:
        long_ago = clock.now() - DONE_JOBS_KEPT
        s.execute(delete(Job).where(Job.state == JobState.DONE, Job.finished_at < long_ago))
        claim.finish()
