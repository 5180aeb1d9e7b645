"""How long, and how many at once, whoever serves people waits for the store (a bulkhead): one that hangs holds few."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from creative_platform.core.errors import Unavailable

AT_ONCE = 4  # of the eight threads that answer pages
MOST_S = 8.0  # for one question, however its answer comes: a socket's own time limit begins anew with every byte
PLACE_WAIT_S = 2.0  # a store that is only slow shall refuse nobody at the last minute
LEFT_BEHIND = 32  # questions at most that are under way, those included for whose answer nobody waits any more

Answer = TypeVar("Answer")
_given = threading.local()


class NoAnswer(Unavailable):
    """The store did not answer in time, or too many wait for it."""


class Places:
    """Places for those who wait for the store; who finds none, or waits too long, is told to come again."""

    def __init__(self, most_s: float = MOST_S) -> None:
        self._most_s = most_s
        self._free = threading.BoundedSemaphore(AT_ONCE)
        self._threads = ThreadPoolExecutor(LEFT_BEHIND, thread_name_prefix="store")
        self._hangs = False  # whether the last question got no answer in time

    def ask(self, question: Callable[[], Answer], times: int = 1) -> Answer:
        """Return the answer within ``times`` the usual limit. Raises NoAnswer, and what the question raises.

        What the store was asked already may still take effect afterwards; nothing is asked of it any more.
        """
        if not self._free.acquire(timeout=0 if self._hangs else PLACE_WAIT_S):
            raise NoAnswer()
        most_s = times * self._most_s
        asked = self._threads.submit(_until, time.monotonic() + most_s, question)
        try:
            failed = asked.exception(most_s)
        except TimeoutError:
            asked.cancel()
            self._hangs = True
            raise NoAnswer() from None
        finally:
            self._free.release()
        self._hangs = False
        if failed is not None:
            raise failed
        return asked.result()


def _until(given_up_at: float, question: Callable[[], Answer]) -> Answer:
    _given.up_at = given_up_at
    try:
        return question()
    finally:
        del _given.up_at


def refuse_given_up(**_: Any) -> None:
    """Raise NoAnswer in a question that nobody waits for any more.

    botocore calls it before each request, repeated ones included: on its own it would delete, minutes later, what has
    come under the same name since.
    """
    if time.monotonic() > getattr(_given, "up_at", math.inf):
        raise NoAnswer()
