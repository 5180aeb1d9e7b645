"""Jobs of a contest's comparing that were given up, tried again."""

from __future__ import annotations

from creative_platform.contests import policy as contests
from creative_platform.contests.models import Contest
from creative_platform.core import queue
from creative_platform.core.actor import Actor
from creative_platform.core.db import transaction
from creative_platform.verdicts.progress import failed_jobs


def try_failed_again(actor: Actor, contest: Contest) -> int:
    """Give the failed jobs of a contest three new tries; returns how many. Raises NotAllowed."""
    contests.can_manage(actor, contest).enforce()
    with transaction() as s:
        failed = s.scalars(failed_jobs(contest)).all()
        for job_id in failed:
            queue.try_again(job_id)
        return len(failed)
