"""What one room above knows of an entry and another one shows beside it, when neither may import the other."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from creative_platform.core.actor import Actor
from creative_platform.entries.models import Entry

_shared: list[tuple[Callable[[Actor, int], list[Any]], Callable[[Actor, int], int]]] = []

_matches: list[Callable[[Actor, Entry], tuple[int, float]]] = []


def tell_matches(count: Callable[[Actor, Entry], tuple[int, float]]) -> None:
    """Say what counts the matches of an entry for the staff of its contest, and gives the greatest probability."""
    _matches[:] = [count]


def matches_of(actor: Actor, entry: Entry) -> tuple[int, float]:
    """Return in how many matches an entry stands that the actor may see, and the greatest probability of these."""
    return _matches[0](actor, entry) if _matches else (0, 0.0)


def tell_shared(shared: Callable[[Actor, int], list[Any]], count: Callable[[Actor, int], int]) -> None:
    """Say what finds the material that an entry shares with others, as far as the reader may see it, and counts it."""
    _shared[:] = [(shared, count)]


def shared_with(actor: Actor, entry_id: int) -> list[Any]:
    """Return what an entry shares with others, for the macros of ``similarity/_evidence.html``."""
    return [found for shared, _ in _shared for found in shared(actor, entry_id)]


def count_shared(actor: Actor, entry_id: int) -> int:
    """Return with how many others an entry shares material, for somebody who is shown the entry."""
    return sum(count(actor, entry_id) for _, count in _shared)
