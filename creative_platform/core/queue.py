"""Jobs: the `job` table is the truth, the carrier only brings ids to the worker.

A job is written in the verb's own transaction and handed over after commit. The worker claims it with a lease that it
renews; the sweep re-sends what was never handed over or whose lease ran out. Three tries, then `failed` with a reason.
A handler that writes ends with ``claim.finish()`` inside its own transaction: its effect and the job's end are then
stored together, so a kill at any instant leaves either both or none.

Urgent jobs go before all others; one for which no process of the worker is free is run by whoever sweeps.
Slow jobs (minutes of processor time) go after all others: they leave one of the worker's processes to the rest, so
that whoever waits for a short one waits for no long one. They take turns by whom they are for (``turn``): who had least
of the worker's time in a day comes next, so that nobody waits for all that somebody else has sent.
"""

from __future__ import annotations

import enum
import logging
import threading
import time
from collections.abc import Callable, Collection, Mapping
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Index, String, Text, func, select, update
from sqlalchemy.orm import Mapped, mapped_column

from creative_platform.core import carrier, clock, ids
from creative_platform.core.db import Base, add, after_commit, enum_column, locked, session, transaction
from creative_platform.core.errors import Conflict, NotFound

log = logging.getLogger(__name__)

MOST_TRIES = 3
LEASE_S = 60
REMEMBERED = timedelta(hours=24)  # how long time had counts against a turn


class JobState(enum.StrEnum):
    """The life of a job."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class Job(Base):
    """One piece of work that must take effect once."""

    __tablename__ = "job"
    __table_args__ = (Index("ix_job_state_due_at", "state", "due_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(80), index=True)
    arguments: Mapped[dict[str, Any]]
    state: Mapped[JobState] = mapped_column(enum_column(JobState), default=JobState.WAITING)
    tries: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]
    due_at: Mapped[datetime]
    sent_at: Mapped[datetime]
    lease: Mapped[str | None] = mapped_column(String(64))
    lease_until: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    last_error: Mapped[str] = mapped_column(Text, default="")
    turn: Mapped[str] = mapped_column(String(60), default="")
    ran_s: Mapped[float] = mapped_column(default=0.0)


class LeaseLost(Conflict):
    """Another worker took the job over; whatever this one did must not be stored."""

    code = "lease_lost"


class Claim:
    """A worker's hold on a running job."""

    def __init__(self, job_id: int, lease: str) -> None:
        self.job_id = job_id
        self.lease = lease
        self.finished = False

    def finish(self) -> None:
        """Mark the job done, in the running transaction when there is one. Raises LeaseLost."""
        with transaction() as s:
            job = s.scalars(locked(select(Job).where(Job.id == self.job_id))).one()
            if job.state is not JobState.RUNNING or job.lease != self.lease:
                raise LeaseLost()
            job.state, job.lease, job.lease_until, job.finished_at = JobState.DONE, None, None, clock.now()
        self.finished = True

    def hold(self) -> None:
        """Hold the job for another lease at the end of a part of it, in the running transaction. Raises LeaseLost."""
        if not self.renew():
            raise LeaseLost()

    def renew(self) -> bool:
        """Hold the job for another lease; False when somebody else has it."""
        with transaction() as s:
            held = s.execute(
                update(Job)
                .where(Job.id == self.job_id, Job.lease == self.lease, Job.state == JobState.RUNNING)
                .values(lease_until=clock.in_seconds(LEASE_S))
            )
            return bool(held.rowcount)  # type: ignore[attr-defined]  # an UPDATE always has one


Handler = Callable[..., None]
SLOW: set[str] = set()  # names of jobs; `job` alone adds to both
URGENT: set[str] = set()
_handlers: dict[str, Handler] = {}
_slow_at_once = 1
_gave_up: dict[str, Callable[..., None]] = {}
_context: Callable[[], AbstractContextManager[Any]] | None = None


def connect(queue_url: str, context: Callable[[], AbstractContextManager[Any]]) -> None:
    """Say where ids are carried (SQLite file or PostgreSQL) and how a worker enters the application's context."""
    global _context
    _context = context
    carrier.connect(queue_url, run_job)


def share(processes: int) -> None:
    """Say how many processes this worker has: all but one of them may run slow jobs, and one may always."""
    global _slow_at_once
    _slow_at_once = max(1, processes - 1)


def job(
    name: str, *, slow: bool = False, urgent: bool = False, gave_up: Callable[..., None] | None = None
) -> Callable[[Handler], Handler]:
    """Register the handler of jobs called ``name`` (``room.verb_object``); it takes the claim and the job's ids.

    ``slow`` jobs take turns, ``urgent`` ones go before all others. ``gave_up`` is called with the ids, in the
    transaction in which a job fails for good.
    """
    if slow:
        SLOW.add(name)
    if urgent:
        URGENT.add(name)
    if gave_up:
        _gave_up[name] = gave_up

    def register(handler: Handler) -> Handler:
        if name in _handlers and _handlers[name].__qualname__ != handler.__qualname__:
            raise RuntimeError(f"two handlers for the job {name}")
        _handlers[name] = handler
        return handler

    return register


def handler_names() -> list[str]:
    """Return the names of all registered jobs, sorted."""
    return sorted(_handlers)


def put_off(claim: Claim, name: str, *, delay_s: float, turn: str = "", **arguments: int | str) -> None:
    """End a job for now and have it asked again later; what is put off has not failed."""
    with transaction():
        enqueue(name, delay_s=delay_s, turn=turn, **arguments)
        claim.finish()


def is_last_try(claim: Claim) -> bool:
    """Say whether a job that runs is given up if it fails now."""
    return (session().scalar(select(Job.tries).where(Job.id == claim.job_id)) or 0) >= MOST_TRIES


def enqueue(name: str, *, delay_s: float = 0, turn: str = "", **arguments: int | str) -> None:
    """Write a job in the running verb's transaction; it is handed to the worker after commit.

    ``turn`` says of a slow one for whom it is, as ``entry:12``.
    """
    if name not in _handlers:
        raise RuntimeError(f"no handler for the job {name}")
    with transaction() as s:
        now = clock.now()
        row = {"name": name, "arguments": arguments, "turn": turn, "created_at": now, "sent_at": now}
        row["due_at"] = now + timedelta(seconds=delay_s)
        job_id = add(s, Job, row)
        if delay_s == 0:
            after_commit(lambda: send(job_id, name))


def send(job_id: int, name: str) -> None:
    """Hand a job over to the worker: its row is committed."""
    carrier.send(job_id, priority=1 if name in URGENT else -1 if name in SLOW else None)


def _send_next_slow() -> None:
    """Hand over the slow job whose turn it is."""
    found = _next_slow(clock.now())
    if found:
        send(*found)


def _next_slow(now: datetime) -> tuple[int, str] | None:
    """Return id and name of the slow job whose turn it is: of who had least time lately, the oldest."""
    had = select(Job.turn, func.sum(Job.ran_s).label("ran_s")).where(Job.ran_s > 0, Job.sent_at > now - REMEMBERED)
    each = had.group_by(Job.turn).subquery()
    due = select(Job.id, Job.name).outerjoin(each, each.c.turn == Job.turn)
    due = due.where(Job.name.in_(SLOW), Job.state == JobState.WAITING, Job.due_at <= now)
    found = session().execute(due.order_by(func.coalesce(each.c.ran_s, 0), Job.id).limit(1)).first()
    return (found[0], found[1]) if found else None


def context() -> AbstractContextManager[Any]:
    """Return the application's context, for what runs outside requests and commands."""
    if _context is None:
        raise RuntimeError("the queue was not connected")
    return _context()


def run_job(job_id: int) -> None:
    """Claim and run one job in a context of its own; errors are kept in its row. The worker calls this."""
    with context():
        work(job_id)


def work(job_id: int) -> bool:
    """Claim and run one job in the present context; False when it is not to be had."""
    claimed = _claim(job_id)
    if claimed is None:
        return False
    claim, name, arguments = claimed
    stop = threading.Event()
    renewer = threading.Thread(target=_keep_lease, args=(claim, stop), daemon=True)
    renewer.start()
    began = time.monotonic()
    try:
        _handlers[name](claim, **arguments)
        if not claim.finished:
            claim.finish()
    except LeaseLost:
        log.warning("job %s %s was taken over by another worker", job_id, name)
    except KeyboardInterrupt:
        _let_go(claim)
        raise
    except Exception as error:
        log.exception("job %s %s failed", job_id, name)
        _give_back(claim, error)
    finally:
        stop.set()
        renewer.join()
    if name in SLOW:
        _note_time(job_id, time.monotonic() - began)
        _send_next_slow()
    return True


def _note_time(job_id: int, ran_s: float) -> None:
    with transaction() as s:
        s.execute(update(Job).where(Job.id == job_id).values(ran_s=Job.ran_s + ran_s))


def _claim(job_id: int) -> tuple[Claim, str, dict[str, Any]] | None:
    with transaction() as s:
        row = s.scalars(locked(select(Job).where(Job.id == job_id))).one_or_none()
        now = clock.now()
        if row is None or row.due_at > now or not _to_be_had(row, now) or row.name not in _handlers:
            return None
        if row.tries >= MOST_TRIES:
            _fail(row, row.last_error or "the worker died while it ran")
            return None
        if row.name in SLOW and not _is_its_turn(row, now):
            return None
        claim = Claim(row.id, ids.token())
        row.state, row.lease, row.tries = JobState.RUNNING, claim.lease, row.tries + 1
        row.lease_until = now + timedelta(seconds=LEASE_S)
        return claim, row.name, dict(row.arguments)


def _is_its_turn(row: Job, now: datetime) -> bool:
    """Say whether a slow job may run now; if another one's turn it is, that is handed over."""
    if enough_slow_ones_run(now, row.id):
        return False
    following = _next_slow(now) if row.state is JobState.WAITING else None  # what a dead worker held had its turn
    if following and following[0] != row.id:
        after_commit(lambda given=following: send(*given))  # type: ignore[misc]  # binds this id
        return False
    return True


def _fail(row: Job, error: str) -> None:
    row.state, row.lease, row.finished_at, row.last_error = JobState.FAILED, None, clock.now(), error
    if row.name in _gave_up:
        _gave_up[row.name](**row.arguments)


def enough_slow_ones_run(now: datetime, besides: int = 0) -> bool:
    """Say whether as many slow jobs run as may, not counting the one with the id ``besides``."""
    run = select(func.count(Job.id)).where(Job.name.in_(SLOW), Job.state == JobState.RUNNING, Job.lease_until > now)
    return (session().scalar(run.where(Job.id != besides)) or 0) >= _slow_at_once


def _to_be_had(row: Job, now: datetime) -> bool:
    if row.state is JobState.WAITING:
        return True
    return row.state is JobState.RUNNING and row.lease_until is not None and row.lease_until <= now


def _keep_lease(claim: Claim, stop: threading.Event) -> None:
    while not stop.wait(LEASE_S / 3):
        if _context is None:
            return
        with _context():
            if not claim.renew():
                return


def _give_back(claim: Claim, error: Exception) -> None:
    with transaction() as s:
        row = s.scalars(locked(select(Job).where(Job.id == claim.job_id))).one()
        if row.lease != claim.lease:
            return
        now = clock.now()
        row.lease, row.lease_until, row.last_error = None, None, _reason(error)
        if row.tries >= MOST_TRIES:
            _fail(row, row.last_error)
        else:
            row.state, row.due_at = JobState.WAITING, now + timedelta(seconds=5 * 4**row.tries)


def _reason(error: Exception) -> str:
    """Return what an operator is told: the first line, since a database goes on with the row that it refused."""
    return f"{type(error).__name__}: {error}".partition("\n")[0][:2000]


def _let_go(claim: Claim) -> None:
    """Give back a job that was interrupted because its worker is told to stop; this was no try."""
    with transaction() as s:
        row = s.scalars(locked(select(Job).where(Job.id == claim.job_id))).one()
        if row.lease == claim.lease:
            row.state, row.lease, row.lease_until = JobState.WAITING, None, None
            row.tries, row.due_at = row.tries - 1, clock.now()


def work_off(most: int = 1000) -> int:
    """Run everything that is due, slow jobs in their turns; for the demo and tests. Return how many ran."""
    for count in range(most):
        due = select(Job.id, Job.name).where(Job.state == JobState.WAITING, Job.due_at <= clock.now())
        due = due.order_by(Job.id).limit(1)
        due_now = session().execute(due).first()
        if due_now is None:
            return count
        slow = _next_slow(clock.now()) if due_now.name in SLOW else None
        work((slow or due_now)[0])
    return most


def failed_jobs(limit: int = 100) -> list[Job]:
    """Return the newest failed jobs first, for the operator."""
    return list(session().scalars(select(Job).where(Job.state == JobState.FAILED).order_by(Job.id.desc()).limit(limit)))


def count_in(state: JobState) -> int:
    """Return how many jobs are in a state, for the operator; those put off until later do not wait yet."""
    due = select(func.count(Job.id)).where(Job.state == state, Job.due_at <= clock.now())
    return session().scalar(due) or 0


def forget(ids: Mapping[str, Collection[int]]) -> int:
    """Drop the jobs that are for rows which the running verb deletes; ``ids`` by the name of the job's argument.

    Returns how many run, and are left: what they write to the store would be named by nothing.
    """
    with transaction() as s:
        kept = s.execute(select(Job.id, Job.arguments).where(Job.state != JobState.DONE))
        known = {name: set(these) for name, these in ids.items()}
        found = [job_id for job_id, told in kept if any(value in known.get(name, ()) for name, value in told.items())]
        running, now = 0, clock.now()
        for start in range(0, len(found), 500):
            some = select(Job).where(Job.id.in_(found[start : start + 500])).order_by(Job.id)
            for row in s.scalars(locked(some)).all():
                if row.state is JobState.RUNNING and not _to_be_had(row, now):
                    running += 1
                else:
                    s.delete(row)
        return running


def try_again(job_id: int) -> str:
    """Give a failed job three new tries, at once; returns its name. Raises NotFound, Conflict when it did not fail."""
    with transaction() as s:
        row = s.scalars(locked(select(Job).where(Job.id == job_id))).one_or_none()
        if row is None:
            raise NotFound()
        if row.state is not JobState.FAILED:
            raise Conflict()
        now = clock.now()
        row.state, row.tries, row.finished_at, row.due_at, row.sent_at = JobState.WAITING, 0, None, now, now
        after_commit(lambda: send(job_id, row.name))
        return row.name


def waiting(name: str) -> list[dict[str, Any]]:
    """Return the arguments of the jobs of that name that have not ended yet."""
    query = select(Job.arguments).where(Job.name == name)
    return list(session().scalars(query.where(Job.state.in_([JobState.WAITING, JobState.RUNNING]))))


def waiting_count(name: str, **arguments: int | str) -> int:
    """Return how many jobs of that name with these arguments have not ended yet."""
    return sum(1 for told in waiting(name) if all(told.get(k) == v for k, v in arguments.items()))
