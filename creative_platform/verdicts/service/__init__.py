"""What organizers say of matches, and what they handed out to everybody."""

from creative_platform.verdicts.service.groups import give_group_verdict, undo_group_verdict
from creative_platform.verdicts.service.judging import give_verdict, undo_verdict
from creative_platform.verdicts.service.starters import MOST_BYTES, add_starter, remove_starter
from creative_platform.verdicts.service.trying import try_failed_again

__all__ = [
    "MOST_BYTES",
    "add_starter",
    "give_group_verdict",
    "give_verdict",
    "remove_starter",
    "try_failed_again",
    "undo_group_verdict",
    "undo_verdict",
]
