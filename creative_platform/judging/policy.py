"""Who may judge what and when; pure over loaded objects."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from creative_platform.contests import policy as contests
from creative_platform.contests.models import Contest, Round, StageKind
from creative_platform.contests.queries import stage as stage_of
from creative_platform.core.actor import ALLOWED, Actor, Decision
from creative_platform.core.text import N_
from creative_platform.judging.models import Assignment, AssignmentState, Juror


def judging_is_open(contest: Contest, round_: Round, at: datetime) -> Decision:
    """Sheets are taken from the start of the judging stage until its end, or until the round was closed."""
    stage = stage_of(contest, StageKind.JUDGING)
    if stage is None or at < stage.starts_at:
        return Decision(False, N_("Judging has not begun."))
    if round_.closed_at is not None or at >= stage.ends_at:
        return Decision(False, N_("The round is closed. What you typed was kept in this form, but not stored."))
    return ALLOWED


def judging_begins(contest: Contest, at: datetime) -> datetime | None:
    """Return when sheets will be taken; None once they are, and while no date is set."""
    stage = stage_of(contest, StageKind.JUDGING)
    return stage.starts_at if stage is not None and at < stage.starts_at else None


def can_judge(contest: Contest, *, oversees: bool) -> Decision:
    """In a blind contest nobody judges who reads the authors' names as its organizer or auditor."""
    if contest.blind and oversees:
        return Decision(
            False, N_("You organize or audit this contest and can see who made the entries: somebody else judges them.")
        )
    return ALLOWED


def can_score(actor: Actor, assignment: Assignment, at: datetime, *, has_part: bool, oversees: bool) -> Decision:
    """A juror scores their own assignment while judging is open, not recused and without a part in the entry.

    ``has_part`` and ``oversees`` say whether the actor has a part in the entry and is staff of its contest.
    """
    if assignment.juror.user_id != actor.id or assignment.juror.removed_at is not None:
        return Decision(False, N_("This assignment belongs to somebody else."))
    if assignment.state is AssignmentState.RECUSED:
        return Decision(False, N_("You stepped back from this entry."))
    if has_part:
        return Decision(False, N_("You have a part in this entry: somebody else decides on it."))
    allowed = can_judge(assignment.juror.contest, oversees=oversees)
    return judging_is_open(assignment.juror.contest, assignment.round, at) if allowed else allowed


def can_change_panel(contest: Contest) -> Decision:
    """Nobody joins or leaves the panel once the results are public: who judged stands."""
    if contest.announced_at is not None:
        return Decision(False, N_("The results are announced: the panel stays as it was."))
    return ALLOWED


def can_draw(contest: Contest, at: datetime, *, before_close: bool) -> Decision:
    """Entries are handed out after the close; before it only by who says so (``before_close``): more may come."""
    stage = stage_of(contest, StageKind.ENTRIES)
    if stage is not None and at < stage.ends_at and not before_close:
        return Decision(
            False, N_("Entries are still taken. Confirm that you draw now: those handed in later need another draw.")
        )
    return ALLOWED


def can_remind(actor: Actor, contest: Contest, seat: Juror | None) -> Decision:
    """Organizers and the panel's chair remind jurors; ``seat`` is the actor's own."""
    if seat is not None and seat.is_chair:
        return ALLOWED
    return contests.can_manage(actor, contest)


def can_reopen(hidden: Collection[int]) -> Decision:
    """Who has a part in an entry (``hidden``) has nobody's marks changed once the round is closed."""
    if hidden:
        return Decision(False, N_("You have a part in an entry: another organizer opens the round again."))
    return ALLOWED


def can_read_comments(seat: Juror, round_: Round) -> bool:
    """Say whether a seat reads what others wrote: the chair's, once no sheet can change; never marks."""
    return seat.is_chair and round_.closed_at is not None
