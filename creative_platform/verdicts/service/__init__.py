"""What organizers say of matches, and what they handed out to everybody."""

from creative_platform.verdicts.service.judging import give_verdict, undo_verdict
from creative_platform.verdicts.service.starters import MOST_BYTES, add_starter, remove_starter

__all__ = ["MOST_BYTES", "add_starter", "give_verdict", "remove_starter", "undo_verdict"]
