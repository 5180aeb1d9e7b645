"""How far the comparing of a contest is: what waits, what failed, what comes next; reads of jobs and sketches."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

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
    """How far a contest is; ``failed`` are ids of jobs that were given up.

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
    failed: list[int]

    @property
    def goes_on(self) -> bool:
        """Say whether something changes by itself within seconds or minutes."""
        return bool(self.waiting or self.files_waiting or self.whole in ("running", "waiting"))


def progress_of(contest: Contest) -> Progress:
    """Return how far the comparing of a contest is; drafts count nowhere."""
    s, now = session(), clock.now()
    handed_in = (Entry.contest_id == contest.id) & Entry.state.in_(EntryState.handed_in())
    entries = set(s.scalars(select(Entry.id).where(handed_in)))
    newest = EntrySketch.revision_id == newest_revision(EntrySketch.entry_id)
    sketched = select(EntrySketch.entry_id).join(Entry, Entry.id == EntrySketch.entry_id).where(handed_in, newest)
    jobs = _jobs_of(contest, entries)
    waiting = {
        job.arguments["entry_id"] for job in jobs if job.name in (SUBMITTED_JOB, TRANSLATE_JOB) and job.state in _OPEN
    }
    compared = set(s.scalars(sketched.distinct())) - waiting
    wholes = [job for job in jobs if job.name == COMPARE_JOB and job.state in _OPEN]
    whole, whole_at = _whole(wholes, now)
    overview = s.get(Overview, contest.id)
    return Progress(
        compared=len(compared),
        entries=len(entries),
        waiting=len(entries - compared),
        files_waiting=len(files_to_sketch(contest)),
        whole=whole,
        whole_at=whole_at,
        finished_at=overview.finished_at if overview else None,
        failed=[job.id for job in jobs if job.state is JobState.FAILED],
    )


_OPEN = (JobState.WAITING, JobState.RUNNING)


def _jobs_of(contest: Contest, entries: set[int]) -> list[Job]:
    """Return the jobs of a contest that are not done."""
    names = {SUBMITTED_JOB: "entry_id", CHECKED_JOB: "asset_id", COMPARE_JOB: "contest_id", STARTER_JOB: "starter_id"}
    names[TRANSLATE_JOB] = "entry_id"
    query = select(Job).where(Job.name.in_(names), Job.state != JobState.DONE).order_by(Job.id)
    rows = list(session().scalars(query))
    if not rows:
        return []
    own: dict[str, set[Any]] = {"entry_id": entries, "contest_id": {contest.id}}
    own["asset_id"] = set(session().scalars(handed_in_files(contest)))
    own["starter_id"] = set(session().scalars(select(Starter.id).where(Starter.contest_id == contest.id)))
    return [row for row in rows if row.arguments.get(names[row.name]) in own[names[row.name]]]


def _whole(jobs: list[Job], now: datetime) -> tuple[str, datetime | None]:
    """Return what the nearest of the jobs that compare all of a contest does, and when it is due."""
    if any(job.state is JobState.RUNNING for job in jobs):
        return "running", None
    if not jobs:
        return "", None
    nearest = min(jobs, key=lambda job: job.due_at)
    if nearest.due_at <= now:
        return "waiting", None
    return ("waiting" if nearest.arguments.get("looks") else "planned"), nearest.due_at
