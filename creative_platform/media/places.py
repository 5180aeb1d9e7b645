"""How long, and how many at once, whoever serves people waits for the store: one that hangs must not hold them all."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from creative_platform.core.errors import Unavailable

AT_ONCE = 4  # of the eight threads of a web process
MOST_S = 8.0  # for one answer, however it comes: a socket's own time limit begins anew with every byte
PLACE_WAIT_S = 0.2
LEFT_BEHIND = 32  # questions that nobody waits for any more and the store has not answered yet

Answer = TypeVar("Answer")


class TooLong(Unavailable):
    """The time that was given did not suffice."""


class Places:
    """Places for those who wait for the store; who finds none, or waits too long, is told to come again."""

    def __init__(self, most_s: float = MOST_S) -> None:
        self._most_s = most_s
        self._free = threading.BoundedSemaphore(AT_ONCE)
        self._threads = ThreadPoolExecutor(LEFT_BEHIND, thread_name_prefix="store")
        self._hangs = False  # as the last answer, or the wait for it, told

    def ask(self, question: Callable[[], Answer]) -> Answer:
        """Return the answer. Raises TooLong, and what the question raises; one left behind may still take effect."""
        if not self._free.acquire(timeout=0 if self._hangs else PLACE_WAIT_S):
            raise TooLong()
        try:
            asked = self._threads.submit(question)
            done = asked.exception(self._most_s)
        except TimeoutError:
            asked.cancel()
            self._hangs = True
            raise TooLong() from None
        finally:
            self._free.release()
        self._hangs = False
        if done is not None:
            raise done
        return asked.result()
