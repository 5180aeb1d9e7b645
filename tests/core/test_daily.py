"""Jobs of the day: made once a day by the worker's sweeper, whatever became of the last."""

from types import SimpleNamespace

import pytest
from sqlalchemy import select

from creative_platform.core import daily, db, queue
from creative_platform.core.queue import Job, JobState
from creative_platform.core.worker import Sweeper

pytestmark = pytest.mark.database

SWEEPS = [f"{room}.sweep_old_rows" for room in ("accounts", "api", "communities", "core", "entries", "judging")]
SWEEPS.append("media.sweep_orphans")


def jobs(**wanted):
    return list(db.session().scalars(select(Job).filter_by(**wanted).order_by(Job.id)))


def test_the_sweeper_makes_one_of_each_a_day(app, hands):
    sweeper = SimpleNamespace(stop_flag=SimpleNamespace(wait=lambda seconds: None))
    for _ in range(2):
        Sweeper.loop(sweeper)
    assert [job.name for job in jobs()] == SWEEPS
    assert queue.work_off() == len(SWEEPS)

    hands.forward(hours=23, minutes=59)
    Sweeper.loop(sweeper)
    assert len(jobs()) == len(SWEEPS)

    hands.forward(minutes=1)
    Sweeper.loop(sweeper)
    db.session().rollback()
    assert sorted(job.name for job in jobs()) == sorted(SWEEPS * 2)


def test_a_failed_job_of_the_day_stays_and_the_next_day_has_its_own(app, hands, monkeypatch):
    monkeypatch.setattr(daily, "_names", set())

    @daily.job("test.daily")
    def fail(claim):
        raise ValueError("no luck")

    for _ in range(2):
        daily.enqueue_due()
        for _ in range(3):
            queue.work_off()
            hands.forward(minutes=10)
        hands.forward(days=1)

    assert [(job.state, job.last_error) for job in jobs()] == [(JobState.FAILED, "ValueError: no luck")] * 2


def test_jobs_done_a_week_ago_are_forgotten_and_failed_ones_never(app, hands):
    @queue.job("test.done")
    def do(claim, number):
        pass

    @queue.job("test.undone")
    def fail(claim):
        raise ValueError("no luck")

    queue.enqueue("test.undone")
    for _ in range(4):
        queue.work_off()
        hands.forward(hours=1)
    queue.enqueue("test.done", number=1)
    queue.work_off()
    hands.forward(seconds=1)
    queue.enqueue("test.done", number=2)
    queue.work_off()
    queue.enqueue("test.done", number=3, delay_s=30 * 86400)
    hands.forward(days=7)
    queue.enqueue("core.sweep_old_rows")
    queue.work_off()

    assert [job.arguments for job in jobs(name="test.done")] == [{"number": 2}, {"number": 3}]
    assert [job.state for job in jobs(name="test.undone")] == [JobState.FAILED]
