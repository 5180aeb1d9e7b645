"""Whether translations are looked for (``FIND_TRANSLATIONS``); what finds them is an optional package of the worker."""

from __future__ import annotations

_wanted = False


def look_for(yes: bool) -> None:
    """Say whether texts are read for finding translations."""
    global _wanted
    _wanted = yes


def are_looked_for() -> bool:
    """Say whether texts are read for finding translations."""
    return _wanted
