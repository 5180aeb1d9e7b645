"""Who may say what was handed out to everybody, and judge a group of matches at once."""

from __future__ import annotations

from collections.abc import Collection

from creative_platform.contests import policy as contests
from creative_platform.contests.models import Contest
from creative_platform.core.actor import Actor, Decision
from creative_platform.core.text import N_


def can_give_starters(actor: Actor, contest: Contest, own: Collection[int]) -> Decision:
    """Organizers give and delete starter material; with a part in an entry (``own``) they could make its matches go."""
    manages = contests.can_manage(actor, contest)
    if manages and own:
        return Decision(False, N_("You have a part in an entry: another organizer gives and deletes starter material."))
    return manages


def can_judge_groups(actor: Actor, contest: Contest, own: Collection[int]) -> Decision:
    """Organizers judge the matches of a group at once, without a part in any entry of the contest (``own``).

    Were it refused for the one group in which their entry stands, they would learn that it stands there.
    """
    manages = contests.can_manage(actor, contest)
    if manages and own:
        return Decision(False, N_("You have a part in an entry: another organizer judges whole groups."))
    return manages
