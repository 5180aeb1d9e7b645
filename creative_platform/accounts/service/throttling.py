"""Counts of attempts, by account, source or device; they slow down attempts and never touch a live sign-in."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import update
from sqlalchemy.dialects import postgresql, sqlite

from creative_platform.accounts.models import Throttle
from creative_platform.core import clock
from creative_platform.core.db import session, transaction
from creative_platform.core.errors import Throttled


def throttle(key: str, *, limit: int, per_s: int) -> None:
    """Count one attempt under ``key`` and refuse it when there were more than ``limit`` within ``per_s`` seconds.

    Call it before the verb, not inside: a count that is rolled back with a refused verb counts nothing. Attempts at the
    same instant are counted one by one. Raises Throttled.
    """
    window = _window(per_s)
    if _count(key, window) > limit:
        raise Throttled(retry_after_s=int((window + timedelta(seconds=per_s) - clock.now()).total_seconds()) + 1)


def is_within(key: str, *, limit: int, per_s: int) -> bool:
    """Count one attempt and say whether it is within the limit, for acts that must not show that they were limited."""
    return _count(key, _window(per_s)) <= limit


def give_back(key: str, *, per_s: int) -> None:
    """Take back the count of an attempt that turned out well."""
    with transaction() as s:
        s.execute(
            update(Throttle)
            .where(Throttle.key == key, Throttle.window == _window(per_s), Throttle.count > 0)
            .values(count=Throttle.count - 1)
        )


def _window(per_s: int) -> datetime:
    now = clock.now().timestamp()
    return clock.from_timestamp(now - now % per_s)


def _count(key: str, window: datetime) -> int:
    with transaction() as s:
        dialect: Any = postgresql if session().get_bind().dialect.name == "postgresql" else sqlite
        row = dialect.insert(Throttle).values(key=key[:120], window=window, count=1)
        counted = s.scalar(
            row.on_conflict_do_update(index_elements=["key", "window"], set_={"count": Throttle.count + 1}).returning(
                Throttle.count
            )
        )
        return int(counted or 0)
