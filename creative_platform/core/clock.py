"""The one place that asks for the time.

The tzdata package decides what an offset is, not the host: old hosts still say UTC+6 for Kazakhstan.
"""

from __future__ import annotations

import time
import zoneinfo
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime, timedelta

zoneinfo.reset_tzpath(())

_arrival: ContextVar[datetime | None] = ContextVar("arrival", default=None)


def _system_now() -> datetime:
    return datetime.now(UTC)


_source: Callable[[], datetime] = _system_now


def now() -> datetime:
    """Return the current instant, aware, in UTC."""
    return _source()


def monotonic_s() -> float:
    """Return seconds of a clock that never steps; only differences mean something."""
    return time.monotonic()


def arrival() -> datetime:
    """Return when the present request's headers were complete; outside a request, now."""
    return _arrival.get() or now()


def set_arrival(at: datetime | None) -> None:
    """Keep the instant at which the present request arrived; None forgets it."""
    _arrival.set(at)


def from_timestamp(posix_s: float) -> datetime:
    """Return the aware UTC instant of a POSIX timestamp in seconds."""
    return datetime.fromtimestamp(posix_s, UTC)


def zone(name: str) -> zoneinfo.ZoneInfo:
    """Return the zone of that name from the tzdata package. Raises zoneinfo.ZoneInfoNotFoundError."""
    return zoneinfo.ZoneInfo(name)


@contextmanager
def pretend(source: Callable[[], datetime] | datetime) -> Iterator[None]:
    """Let ``now()`` answer from ``source`` inside the block; for tests and rehearsals of a deadline."""
    global _source
    before = _source
    _source = (lambda: source) if isinstance(source, datetime) else source
    try:
        yield
    finally:
        _source = before


def in_seconds(seconds: float) -> datetime:
    """Return the instant that many seconds from now."""
    return now() + timedelta(seconds=seconds)
