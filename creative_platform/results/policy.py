"""What stands between the sheets and the publication; pure over loaded objects."""

from __future__ import annotations

from collections.abc import Sequence

from creative_platform.contests.models import Award, Contest
from creative_platform.core.actor import ALLOWED, Decision
from creative_platform.core.text import N_
from creative_platform.results import models
from creative_platform.results.models import Publication, ResultSet


def can_compute(contest: Contest, publication: Publication | None) -> Decision:
    """Results are computed once the round is closed, and not after the publication."""
    if publication is not None:
        return Decision(False, N_("The results are published."))
    if not contest.rounds or contest.rounds[0].closed_at is None:
        return Decision(False, N_("Close the round first: until then sheets can change."))
    return ALLOWED


def can_decide(result_set: ResultSet | None, publication: Publication | None) -> Decision:
    """People decide with a computed ranking before them, until the publication."""
    if publication is not None:
        return Decision(False, N_("The results are published."))
    return ALLOWED if result_set is not None else Decision(False, N_("Compute the ranking first."))


def can_publish(
    contest: Contest,
    result_set: ResultSet | None,
    decisions: Sequence[models.Decision],
    publication: Publication | None,
) -> Decision:
    """Published is what was decided on the newest ranking, with at least one award given."""
    for step in (can_compute(contest, publication), can_decide(result_set, publication)):
        if not step:
            return step
    if not decisions:
        return Decision(False, N_("Decide on at least one award first."))
    return ALLOWED


def places_left(award: Award, decisions: Sequence[models.Decision]) -> int:
    """Return how many times an award can still be given."""
    return award.quantity - sum(decision.award_id == award.id for decision in decisions)
