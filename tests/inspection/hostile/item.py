"""One hostile file: how it is made, under which ending it arrives, what must be said of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

ACCEPTED = "accepted"


@dataclass(frozen=True)
class Hostile:
    """`verdict` is a reason code, or ACCEPTED for files that are harmless once re-made."""

    make: Callable[[], bytes]
    suffix: str
    verdict: str
