"""Who holds the jury's meeting, and when; pure over loaded objects."""

from __future__ import annotations

from creative_platform.contests import policy as contests
from creative_platform.contests.models import Contest
from creative_platform.core.actor import ALLOWED, Actor, Decision
from creative_platform.core.text import N_
from creative_platform.deliberation.models import Deliberation
from creative_platform.judging.models import Juror
from creative_platform.results import policy as results
from creative_platform.results.queries import Seen


def can_hold(actor: Actor, contest: Contest, seat: Juror | None) -> Decision:
    """Organizers and the panel's chair hold the meeting; ``seat`` is the actor's own."""
    if seat is not None and seat.is_chair:
        return ALLOWED
    return contests.can_manage(actor, contest)


def can_open(seen: Seen, meeting: Deliberation | None) -> Decision:
    """A jury meets once, with a computed ranking before it, until the publication."""
    if meeting is not None:
        return Decision(False, N_("The meeting was opened before: a closed one can be opened again."))
    return results.can_decide(seen)


def can_write(meeting: Deliberation | None) -> Decision:
    """Who is present and what is said is written down while the meeting is open."""
    if meeting is None:
        return Decision(False, N_("The meeting has not been opened yet."))
    if not meeting.is_open:
        return Decision(False, N_("The meeting is closed: its record stands as it is."))
    return ALLOWED


def can_reopen(contest: Contest, meeting: Deliberation) -> Decision:
    """A closed meeting is opened again until the announcement, and not while marks can change."""
    if meeting.is_open:
        return Decision(False, N_("The meeting is open."))
    if contest.announced_at is not None:
        return Decision(False, N_("The results are published."))
    if not contest.rounds or contest.rounds[0].closed_at is None:
        return Decision(False, N_("Close the round first: until then sheets can change."))
    return ALLOWED


def may_go_on(meeting: Deliberation | None) -> Decision:
    """While the jury meets, the round is not opened again and nothing is published."""
    if meeting is not None and meeting.is_open:
        return Decision(False, N_("The jury's meeting is open: close it first, so that its record stands."))
    return ALLOWED


def tells_who_steps_out(contest: Contest, meeting: Deliberation | None, *, staff: bool) -> bool:
    """Say whether names may stand beside entries: where entries are blind, for the chair once the room sees it too."""
    return staff or not contest.blind or meeting is not None
