"""Who may have further sheets given where they tell most."""

from __future__ import annotations

from collections.abc import Collection

from creative_platform.core.actor import ALLOWED, Decision
from creative_platform.core.text import N_
from creative_platform.judging.models import Juror


def can_top_up(hidden: Collection[int], seat: Juror | None) -> Decision:
    """Where sheets are added follows from marks: who competes (``hidden``) or judges here neither asks nor sees it."""
    if hidden:
        return Decision(False, N_("You have a part in an entry: another organizer gives further sheets."))
    if seat is not None:
        return Decision(
            False, N_("You sit on the panel: where further sheets go tells of marks, so another organizer gives them.")
        )
    return ALLOWED
