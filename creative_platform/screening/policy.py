"""Which entries can be screened or taken out; pure over loaded objects."""

from __future__ import annotations

from creative_platform.core.actor import ALLOWED, Decision
from creative_platform.core.text import N_
from creative_platform.entries.models import Entry, EntryState, ScreeningOutcome


def can_screen_entry(entry: Entry, outcome: ScreeningOutcome) -> Decision:
    """Entries that were handed in are screened until the results; changes are asked for while sheets can change."""
    if entry.contest.announced_at is not None:
        return Decision(False, N_("The results are published: screening is over."))
    if entry.state not in EntryState.handed_in():
        return Decision(False, N_("Only entries that were handed in are screened."))
    closed = any(round_.closed_at is not None for round_ in entry.contest.rounds)
    if closed and outcome is ScreeningOutcome.NEEDS_INFORMATION:
        return Decision(False, N_("The round is closed: the team can change nothing that the jury has judged."))
    return ALLOWED


def can_disqualify_entry(entry: Entry, *, amends: bool) -> Decision:
    """Entries that were handed in; once the results are public only together with an amendment of them."""
    if entry.contest.announced_at is not None and not amends:
        return Decision(
            False, N_("The results are published: take the entry out on the page “Announce”, which amends them.")
        )
    if entry.state not in EntryState.handed_in():
        return Decision(False, N_("This entry no longer takes part."))
    return ALLOWED
