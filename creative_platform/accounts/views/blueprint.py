"""The room's blueprint, and how long its answers take."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from flask import Blueprint

from creative_platform.core import clock

bp = Blueprint("accounts", __name__)
EVEN_S = 0.25


@contextmanager
def even_time() -> Iterator[None]:
    """Take at least EVEN_S seconds: how long an answer takes must not tell whether an address is known."""
    began = clock.monotonic_s()
    try:
        yield
    finally:
        time.sleep(max(0.0, EVEN_S - (clock.monotonic_s() - began)))
