"""What stands between the sheets and the publication; pure over loaded objects."""

from __future__ import annotations

from datetime import datetime

from creative_platform.contests.models import Contest, StageKind
from creative_platform.contests.queries import stage as stage_of
from creative_platform.core.actor import ALLOWED, Decision
from creative_platform.core.text import N_
from creative_platform.results.models import Decision as AwardDecision
from creative_platform.results.models import Publication
from creative_platform.results.queries import Seen


def can_compute(contest: Contest, publication: Publication | None) -> Decision:
    """Results are computed once the round is closed, and not after the publication."""
    if publication is not None:
        return Decision(False, N_("The results are published."))
    if not contest.rounds or contest.rounds[0].closed_at is None:
        return Decision(False, N_("Close the round first: until then sheets can change."))
    return ALLOWED


def can_decide(seen: Seen) -> Decision:
    """People decide with a computed ranking before them, until the publication."""
    if seen.publication is not None:
        return Decision(False, N_("The results are published."))
    if seen.result_set is None:
        return Decision(False, N_("Compute the ranking first: none stands on the sheets as they are now."))
    return ALLOWED


def promised_for(contest: Contest, at: datetime) -> datetime | None:
    """Return when the announcement was promised, if that is still to come at an instant and nothing is announced."""
    stage = stage_of(contest, StageKind.ANNOUNCEMENT)
    return stage.starts_at if stage and contest.announced_at is None and at < stage.starts_at else None


def can_read_conflicts(contest: Contest, *, staff: bool) -> bool:
    """Where entries are blind, who is in conflict with one tells whose it is: until the publication only the staff."""
    return staff or not contest.blind or contest.announced_at is not None


def is_stale(contest: Contest, award: AwardDecision) -> bool:
    """Say whether an award was decided before sheets changed: the round was opened again, or one counts no longer."""
    round_ = contest.rounds[0] if contest.rounds else None
    if round_ is None or round_.closed_at is None:
        return True
    return award.decided_at < max(round_.closed_at, round_.sheet_ended_at or round_.closed_at)


def can_publish(contest: Contest, seen: Seen) -> Decision:
    """Published is what was decided on the newest ranking, by an organizer from whom nothing of it is kept."""
    if seen.publication is None and seen.kept:
        return Decision(False, N_("You have a part in an entry: another organizer announces the results."))
    for step in (can_compute(contest, seen.publication), can_decide(seen), seen.may_go_on):
        if not step:
            return step
    if not seen.decisions:
        return Decision(False, N_("Decide on at least one award first."))
    if any(is_stale(contest, decision) for decision in seen.decisions):
        return Decision(False, N_("An award was decided before marks changed: take it back, decide anew."))
    if any(decision.entry_id not in seen.taking_part for decision in seen.decisions):
        return Decision(False, N_("An award was given to an entry that no longer takes part: take it back first."))
    if seen.result_set and {row.entry_id for row in seen.result_set.rows} != seen.taking_part:
        return Decision(False, N_("Entries came or went since the ranking was computed: compute it again."))
    return ALLOWED
