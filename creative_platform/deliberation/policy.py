"""Who holds the jury's meeting, and when; pure over loaded objects."""

from __future__ import annotations

from collections.abc import Collection

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


def can_convene(actor: Actor, contest: Contest, seat: Juror | None) -> Decision:
    """Say whether the actor opens the meeting (anew) and says who is present: who holds it does.

    Where entries are blind the chair may not until the announcement: alone in the room they would read who leaves it
    for which entry, and so whose it may be.
    """
    held = can_hold(actor, contest, seat)
    if held and contest.blind and contest.announced_at is None and not contests.can_manage(actor, contest):
        return Decision(
            False,
            N_(
                "Entries are blind, and who leaves the room for one can tell whose it is: "
                "an organizer opens the meeting and says who is present."
            ),
        )
    return held


def can_end(kept: Collection[int]) -> Decision:
    """Who has a part in an entry (``kept``) decides neither when its minutes stand nor when they change again."""
    if kept:
        return Decision(False, N_("You have a part in an entry: somebody else closes the meeting or opens it again."))
    return ALLOWED


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


def can_read_protocol(contest: Contest, *, staff: bool) -> bool:
    """The chair reads the protocol, which masks no title: where entries are blind, once results are announced."""
    return staff or not contest.blind or contest.announced_at is not None
