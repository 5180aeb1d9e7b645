"""What somebody came for, told at the doors by the room whose page it is."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple


class Call(NamedTuple):
    """Why somebody was sent here: a sentence, and the address that the page they came for is meant for."""

    sentence: str
    email: str


_tellers: dict[str, Callable[[str], Call | None]] = {}


def told_by(name: str, teller: Callable[[str], Call | None]) -> None:
    """Let a higher room say what its pages, by their address, are about; ``name`` makes registering twice harmless."""
    _tellers[name] = teller


def call_of(target: str) -> Call | None:
    """Return what somebody who wants that page was sent for, None when there is nothing to say."""
    return next((call for teller in _tellers.values() if (call := teller(target))), None)
