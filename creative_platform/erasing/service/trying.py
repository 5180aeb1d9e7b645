"""Trying a verb: it runs whole, tells what went, and nothing is stored."""

from __future__ import annotations

from collections.abc import Callable

from creative_platform.core.db import transaction

Gone = dict[str, int]


class _Tried(Exception):
    """No error: it takes back what was tried."""


def run(verb: Callable[[], Gone], *, really: bool) -> Gone:
    """Run a verb in a transaction and return what went, by words of the operator's; unless ``really``, take it back."""
    gone: Gone = {}
    try:
        with transaction():
            gone = {what: count for what, count in verb().items() if count}
            if not really:
                raise _Tried
    except _Tried:
        pass
    return gone
