"""What is done every few seconds for jobs that nobody took: hand them over again, run the urgent ones oneself."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import or_, select

from creative_platform.core import clock, queue
from creative_platform.core.db import after_commit, locked, session, transaction
from creative_platform.core.queue import Job, JobState

SWEEP_EVERY_S = 10
RESEND_AFTER_S = 60
URGENT_WAITS_S = 5  # for a free process of the worker; then the sweeper runs it


def hand_over_again() -> int:
    """Hand over again what is due and was not taken, and what a dead worker held; returns how many jobs."""
    with transaction() as s:
        now = clock.now()
        stale = now - timedelta(seconds=RESEND_AFTER_S)
        lost = or_(
            (Job.state == JobState.WAITING)
            & (Job.due_at <= now)
            & ((Job.sent_at <= stale) | (Job.due_at > Job.created_at)),
            (Job.state == JobState.RUNNING) & (Job.lease_until <= now),
        )
        if queue.enough_slow_ones_run(now):
            lost &= Job.name.not_in(queue.SLOW)  # the next one is sent when one ends
        rows = s.scalars(locked(select(Job).where(lost).order_by(Job.id).limit(500))).all()
        for row in rows:
            row.sent_at, row.due_at = now, min(row.due_at, row.created_at)
            after_commit(lambda given=(row.id, row.name): queue.send(*given))  # type: ignore[misc]  # binds this row's id
    return len(rows)


def work_urgent() -> int:
    """Run the urgent jobs that no process of the worker was free to take, and what follows from them.

    Returns how many ran.
    """
    ran, waited = 0, timedelta(seconds=URGENT_WAITS_S)
    due = select(Job.id).where(Job.name.in_(queue.URGENT), Job.state == JobState.WAITING).order_by(Job.id)
    while True:
        now = clock.now()
        these = session().scalars(due.where(Job.due_at <= now, Job.created_at <= now - waited)).all()
        taken = sum(queue.work(job_id) for job_id in these)
        if not taken:
            return ran
        ran, waited = ran + taken, timedelta()
