"""The job table is the truth."""

import pytest
from sqlalchemy import select

from creative_platform.core import audit, carrier, db, queue, sweeping
from creative_platform.core.audit import AuditEvent
from creative_platform.core.db import transaction
from creative_platform.core.queue import Job, JobState, LeaseLost

pytestmark = pytest.mark.database

ran: list[int] = []


@queue.job("test.count")
def count(claim, number):
    ran.append(number)


@queue.job("test.fail")
def fail(claim):
    raise ValueError("no luck")


@queue.job("test.refused")
def refused(claim):
    with transaction() as s:
        s.add(AuditEvent(chain="no such chain", number=1, verb="Aigerim", subject="", data={"said": "Aigerim"}))


@queue.job("test.write")
def write(claim, number):
    with transaction():
        audit.record("jobs", None, "job.ran", f"job:{number}")
        claim.finish()


@pytest.fixture(autouse=True)
def _fresh():
    ran.clear()


def jobs():
    return list(db.session().scalars(select(Job).order_by(Job.id)))


def test_a_job_runs_after_commit_and_is_done(app):
    queue.enqueue("test.count", number=7)

    assert queue.work_off() == 1
    assert (ran, [job.state for job in jobs()]) == ([7], [JobState.DONE])


def test_a_job_of_a_verb_that_failed_is_gone(app):
    with pytest.raises(ZeroDivisionError), transaction():
        queue.enqueue("test.count", number=1)
        raise ZeroDivisionError

    assert (queue.work_off(), jobs()) == (0, [])


def test_a_done_job_is_not_run_again(app):
    queue.enqueue("test.count", number=1)
    queue.work_off()

    assert queue.work(jobs()[0].id) is False
    assert ran == [1]


def test_a_failing_job_is_tried_three_times_and_keeps_its_reason(app, hands):
    queue.enqueue("test.fail")
    for _ in range(5):
        queue.work_off()
        hands.forward(hours=1)

    [job] = jobs()
    assert (job.state, job.tries, job.last_error) == (JobState.FAILED, 3, "ValueError: no luck")


def test_the_reason_of_a_failed_job_tells_nothing_of_the_row_that_was_refused(app, caplog):
    queue.enqueue("test.refused")
    queue.work_off()

    assert jobs()[0].last_error.startswith("IntegrityError: ")
    assert ("Aigerim" in jobs()[0].last_error, "[parameters: " in caplog.text) == (False, False)


def test_a_job_of_a_dead_worker_is_taken_over_when_its_lease_ends(app, hands):
    queue.enqueue("test.count", number=3)
    [job] = jobs()
    assert queue._claim(job.id) is not None  # a worker takes it and dies

    assert queue.work(job.id) is False
    hands.forward(seconds=queue.LEASE_S + 1)
    assert sweeping.hand_over_again() == 1
    assert queue.work(job.id) is True
    assert ran == [3]


def test_a_worker_that_lost_its_lease_stores_nothing(app, hands):
    queue.enqueue("test.write", number=1)
    [job] = jobs()
    claim, _, arguments = queue._claim(job.id)
    hands.forward(seconds=queue.LEASE_S + 1)
    queue.work(job.id)

    with pytest.raises(LeaseLost):
        write(claim, **arguments)

    assert [event.subject for event in audit.events_about("jobs")] == ["job:1"]


def test_a_worker_that_dies_three_times_leaves_a_failed_job(app, hands):
    queue.enqueue("test.count", number=1)
    [job] = jobs()
    for _ in range(3):
        assert queue._claim(job.id) is not None
        hands.forward(seconds=queue.LEASE_S + 1)

    assert queue.work(job.id) is False
    assert (jobs()[0].state, jobs()[0].last_error) == (JobState.FAILED, "the worker died while it ran")


def test_what_was_never_handed_over_is_swept(app, hands):
    queue.enqueue("test.count", number=1)

    assert sweeping.hand_over_again() == 0
    hands.forward(seconds=sweeping.RESEND_AFTER_S + 1)
    assert sweeping.hand_over_again() == 1


def test_a_delayed_job_waits(app, hands):
    queue.enqueue("test.count", number=1, delay_s=100)
    assert queue.work_off() == 0

    hands.forward(seconds=101)
    assert sweeping.hand_over_again() == 1
    assert queue.work_off() == 1


gave_up: list[int] = []


@queue.job("test.slow", slow=True, gave_up=lambda number: gave_up.append(number))
def slow(claim, number):
    ran.append(number)
    if number < 0:
        raise ValueError("no luck")


def test_slow_jobs_take_turns_and_short_ones_go_first(app, hands):
    carried = carrier.of_this_process().huey
    carried.storage.flush_queue()
    for number in (1, 2):
        queue.enqueue("test.slow", number=number)
    queue.enqueue("test.count", number=3)
    assert [carried.dequeue().args[0] for _ in range(3)] == [jobs()[2].id, jobs()[0].id, jobs()[1].id]
    first, second, short = jobs()
    assert queue._claim(first.id) is not None  # another worker has it

    assert (queue.work(second.id), queue.work(short.id)) == (False, True)
    assert (ran, jobs()[1].tries) == ([3], 0)
    hands.forward(seconds=sweeping.RESEND_AFTER_S - 20)
    assert sweeping.hand_over_again() == 0
    hands.forward(seconds=25)  # the other worker is dead
    assert queue.work(first.id) is True
    assert carried.dequeue().args[0] == second.id, "the next one is handed over when one ends"
    assert queue.work(second.id) is True
    assert ran == [3, 1, 2]


@pytest.mark.parametrize("died", [True, False])
def test_a_job_that_fails_for_good_says_so(app, hands, died):
    gave_up.clear()
    queue.enqueue("test.slow", number=-5)
    for _ in range(4):
        assert gave_up == []
        if died:
            queue._claim(jobs()[0].id)
        else:
            queue.work_off()
        hands.forward(hours=1)
        if jobs()[0].state is JobState.FAILED:
            break

    assert (jobs()[0].state, gave_up) == (JobState.FAILED, [-5])


@pytest.mark.parametrize(("processes", "at_once"), [(1, 1), (2, 1), (4, 3)])
def test_slow_jobs_leave_a_process_to_the_rest(app, processes, at_once, monkeypatch):
    monkeypatch.setattr(queue, "_slow_at_once", 0)  # put back afterwards
    queue.share(processes)
    for number in range(5):
        queue.enqueue("test.slow", number=number)

    assert sum(queue._claim(job.id) is not None for job in jobs()) == at_once


def test_slow_jobs_take_turns_by_whom_they_are_for(app, hands, monkeypatch):
    """A long job and all that its sender has sent besides; whoever comes later waits for that one alone."""
    clocked = iter(range(0, 10**6, 1000))  # every job seems to run for a thousand seconds
    monkeypatch.setattr(queue.time, "monotonic", lambda: next(clocked))
    for number in (1, 2, 3, 4):
        queue.enqueue("test.slow", turn="entry:1", number=number)
    assert queue.work(jobs()[0].id) is True
    for number, whose in ((5, "entry:2"), (6, "entry:2"), (7, "entry:3")):
        queue.enqueue("test.slow", turn=whose, number=number)

    assert queue.work(jobs()[1].id) is False, "another one's turn it is"
    assert queue.work_off() == 6

    assert ran == [1, 5, 7, 2, 6, 3, 4]


def test_time_had_yesterday_counts_no_more(app, hands):
    for number, whose in ((1, "entry:1"), (2, "entry:1"), (3, "entry:2")):
        queue.enqueue("test.slow", turn=whose, number=number)
    queue.work(jobs()[0].id)
    queue._note_time(jobs()[0].id, 10**6)
    hands.forward(hours=25)

    queue.work_off()

    assert ran == [1, 2, 3]


@queue.job("test.urgent", urgent=True)
def urgent(claim, number):
    ran.append(number)


@queue.job("test.leads_on", urgent=True)
def leads_on(claim, number):
    ran.append(number)
    queue.enqueue("test.urgent", number=number + 1)


def test_what_is_urgent_runs_at_once_when_nobody_took_it_and_so_does_what_follows(app, hands):
    for name in ("leads_on", "count", "urgent"):
        queue.enqueue(f"test.{name}", number=7)
    assert (sweeping.work_urgent(), ran) == (0, []), "a free process may still take them"

    hands.forward(seconds=sweeping.URGENT_WAITS_S + 1)

    assert (sweeping.work_urgent(), ran) == (3, [7, 7, 8])
    assert [job.name for job in jobs() if job.state is not JobState.DONE] == ["test.count"]


def test_urgent_jobs_are_handed_over_before_all_others(app):
    carried = carrier.of_this_process().huey
    carried.storage.flush_queue()
    for number, name in enumerate(("slow", "count", "urgent")):
        queue.enqueue(f"test.{name}", number=number)

    assert [carried.dequeue().args[0] for _ in range(3)] == [jobs()[n].id for n in (2, 1, 0)]
