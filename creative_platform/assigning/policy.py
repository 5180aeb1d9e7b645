"""Who may have further sheets given where they tell most."""

from __future__ import annotations

from collections.abc import Collection

from creative_platform.contests.models import Round
from creative_platform.core.actor import ALLOWED, Decision
from creative_platform.core.text import N_
from creative_platform.judging.models import AssignmentRun, Juror

LEARNT = N_("This is learnt from marks, so you do not see it: you have a part in an entry or sit on the panel.")


def can_top_up(hidden: Collection[int], seat: Juror | None) -> Decision:
    """Where sheets are added follows from marks: who competes (``hidden``) or judges here neither asks nor sees it."""
    if hidden:
        return Decision(False, N_("You have a part in an entry: another organizer gives further sheets."))
    if seat is not None:
        return Decision(
            False, N_("You sit on the panel: where further sheets go tells of marks, so another organizer gives them.")
        )
    return ALLOWED


def can_read_outlook(run: AssignmentRun | None, hidden: Collection[int], seat: Juror | None, round_: Round) -> Decision:
    """What was learnt from marks moves with each of them: who competes, or judges still, does not read it."""
    learnt = run is not None and run.inputs.get("sheets", 0) > 0
    if learnt and (hidden or (seat is not None and round_.closed_at is None)):
        return Decision(False, LEARNT)
    return ALLOWED
