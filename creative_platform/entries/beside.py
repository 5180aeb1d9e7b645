"""What one room above knows of an entry and another one shows beside it, when neither may import the other."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from creative_platform.core.actor import Actor

_shared: list[Callable[[Actor, int], list[Any]]] = []


def tell_shared(shared: Callable[[Actor, int], list[Any]]) -> None:
    """Say what finds the material that an entry shares with others, as far as the reader may see it."""
    _shared[:] = [shared]


def shared_with(actor: Actor, entry_id: int) -> list[Any]:
    """Return what an entry shares with others, for the macros of ``similarity/_evidence.html``."""
    return [found for shared in _shared for found in shared(actor, entry_id)]
