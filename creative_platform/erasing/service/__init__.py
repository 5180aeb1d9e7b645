"""The verbs of erasing."""

from creative_platform.erasing.service.contest import StillOpen, StillWorkedOn, erase_contest
from creative_platform.erasing.service.person import erase_oneself, erase_person

__all__ = ["StillOpen", "StillWorkedOn", "erase_contest", "erase_oneself", "erase_person"]
