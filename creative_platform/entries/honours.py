"""What an entry won: known to a room above, shown to its team once it is public."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from creative_platform.core.actor import Actor
from creative_platform.core.text import LocalizedText
from creative_platform.entries.models import Entry


class Honour(NamedTuple):
    """An award, and the address of the reader's own certificate of it: empty without one, or while it is drawn."""

    award: LocalizedText
    certificate: str


_tellers: dict[str, Callable[[Actor, Entry], list[Honour]]] = {}


def told_by(name: str, teller: Callable[[Actor, Entry], list[Honour]]) -> None:
    """Let a higher room tell what an entry won; ``name`` makes registering twice harmless."""
    _tellers[name] = teller


def honours_of(actor: Actor, entry: Entry) -> list[Honour]:
    """Return what an entry won, for one of its team; nothing before the announcement."""
    if entry.contest.announced_at is None:
        return []
    return [honour for teller in _tellers.values() for honour in teller(actor, entry)]
