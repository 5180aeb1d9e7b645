"""Jobs of entries."""

from __future__ import annotations

from creative_platform.core import daily, queue
from creative_platform.core.queue import Claim
from creative_platform.entries import service
from creative_platform.setup.service.editing import RULES_CHANGED_JOB


@queue.job(RULES_CHANGED_JOB)
def tell_of_new_rules(claim: Claim, contest_id: int, number: int, after: int = 0) -> None:
    """Write to the people of a contest's entries that its rules changed."""
    service.tell_of_new_rules(claim, contest_id, number, after)


@daily.job("entries.sweep_old_rows")
def sweep_old_rows(claim: Claim) -> None:
    """Forget invitations of long ago."""
    service.sweep_old_rows(claim)
