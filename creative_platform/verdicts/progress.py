"""How far the comparing of a contest is: what waits, what failed, what comes next; reads of jobs and sketches."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, cast, func, or_, select
from sqlalchemy.types import String

from creative_platform.contests.models import Contest
from creative_platform.core import clock
from creative_platform.core.db import session
from creative_platform.core.queue import Job, JobState
from creative_platform.entries.models import Entry, EntryState
from creative_platform.entries.service.submission import CHECKED_JOB, SUBMITTED_JOB
from creative_platform.similarity.models import EntrySketch, Overview, Starter
from creative_platform.similarity.queries import files_to_sketch, handed_in_files, newest_revision
from creative_platform.similarity.service import COMPARE_JOB, STARTER_JOB, TRANSLATE_JOB


@dataclass(frozen=True)
class Progress:
    """How far a contest is; ``failed`` is how many jobs were given up.

    ``whole`` says what becomes of comparing all of it at once: ``running``, ``waiting`` (for its turn, or for files:
    then ``whole_at`` is when it looks again), ``planned`` (``whole_at``: after the close), empty when nothing is.
    """

    compared: int
    entries: int
    waiting: int
    files_waiting: int
    whole: str
    whole_at: datetime | None
    finished_at: datetime | None
    failed: int

    @property
    def goes_on(self) -> bool:
        """Say whether something changes by itself within seconds or minutes."""
        return bool(self.waiting or self.files_waiting or self.whole in ("running", "waiting"))


def progress_of(contest: Contest) -> Progress:
    """Return how far the comparing of a contest is; drafts count nowhere. Rows of jobs and entries are counted only."""
    s, now = session(), clock.now()
    newest = EntrySketch.revision_id == newest_revision(EntrySketch.entry_id)
    sketched = select(EntrySketch.entry_id).where(EntrySketch.contest_id == contest.id, newest)
    ordered = select(_number("entry_id")).where(Job.name.in_((SUBMITTED_JOB, TRANSLATE_JOB)), Job.state.in_(_OPEN))
    waits = Entry.id.not_in(sketched) | cast(Entry.id, String).in_(ordered)
    entries = _count(_handed_in(contest))
    waiting = _count(_handed_in(contest).where(waits))
    wholes = select(Job.state, Job.due_at, Job.arguments["looks"].as_string().label("looks")).where(
        Job.name == COMPARE_JOB, Job.state.in_(_OPEN), _number("contest_id") == str(contest.id)
    )
    whole, whole_at = _whole(s.execute(wholes).all(), now)
    overview = s.get(Overview, contest.id)
    return Progress(
        compared=entries - waiting,
        entries=entries,
        waiting=waiting,
        files_waiting=_count(files_to_sketch(contest)),
        whole=whole,
        whole_at=whole_at,
        finished_at=overview.finished_at if overview else None,
        failed=_count(failed_jobs(contest)),
    )


_OPEN = (JobState.WAITING, JobState.RUNNING)


def _count(query: Select[Any]) -> int:
    return session().scalar(select(func.count()).select_from(query.order_by(None).subquery())) or 0


def _handed_in(contest: Contest) -> Select[Any]:
    return select(Entry.id).where(Entry.contest_id == contest.id, Entry.state.in_(EntryState.handed_in()))


def _number(name: str) -> ColumnElement[str]:
    """Return an argument of a job as text: a number that another kind of job calls so need not be one."""
    return Job.arguments[name].as_string()


def failed_jobs(contest: Contest) -> Select[Any]:
    """Return the query of the ids of a contest's jobs that were given up."""
    own: list[tuple[tuple[str, ...], str, Select[Any]]] = [
        ((SUBMITTED_JOB, TRANSLATE_JOB), "entry_id", _handed_in(contest)),
        ((CHECKED_JOB,), "asset_id", handed_in_files(contest)),
        ((COMPARE_JOB,), "contest_id", select(Contest.id).where(Contest.id == contest.id)),
        ((STARTER_JOB,), "starter_id", select(Starter.id).where(Starter.contest_id == contest.id)),
    ]
    of_contest = or_(*(Job.name.in_(names) & _number(name).in_(_as_text(ids)) for names, name, ids in own))
    return select(Job.id).where(Job.state == JobState.FAILED, of_contest).order_by(Job.id)


def _as_text(ids: Select[Any]) -> Select[Any]:
    return select(cast(ids.subquery().c[0], String))


def _whole(jobs: Sequence[Row[Any]], now: datetime) -> tuple[str, datetime | None]:
    """Return what the nearest of the jobs that compare all of a contest does, and when it is due."""
    if any(job.state is JobState.RUNNING for job in jobs):
        return "running", None
    if not jobs:
        return "", None
    nearest = min(jobs, key=lambda job: job.due_at)
    if nearest.due_at <= now:
        return "waiting", None
    return ("planned" if nearest.looks in (None, "0") else "waiting"), nearest.due_at
