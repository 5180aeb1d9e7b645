"""What each role does next: one sentence and where its button leads."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class NextStep:
    """What to do now: a sentence, and where its button leads."""

    sentence: str
    label: str = ""
    url: str = ""
    until: datetime | None = None
    begins: datetime | None = None
