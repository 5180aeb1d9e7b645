"""What a contest waits for: while a higher room says so, no round is opened again and no results are published."""

from __future__ import annotations

from collections.abc import Callable

from creative_platform.contests.models import Contest
from creative_platform.core.actor import ALLOWED, Decision

_checks: dict[str, Callable[[Contest], Decision]] = {}


def also(name: str, may_go_on: Callable[[Contest], Decision]) -> None:
    """Let a higher room hold contests; ``name`` makes registering twice harmless."""
    _checks[name] = may_go_on


def may_go_on(contest: Contest) -> Decision:
    """Say whether nothing holds a contest where it is, and if something does, what."""
    return next((said for check in _checks.values() if not (said := check(contest))), ALLOWED)
