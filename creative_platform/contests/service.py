"""What other rooms note of a contest; all that organizers change is the business of `setup`."""

from __future__ import annotations

from creative_platform.contests.models import Contest
from creative_platform.core import clock


def mark_announced(contest: Contest) -> None:
    """Note that the contest's results are public from now on; inside the verb that publishes them, its row locked."""
    contest.announced_at = clock.now()
