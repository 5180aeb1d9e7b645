"""Processes that never outlive whoever started them."""

import ctypes
import os
import signal
import sys
from collections.abc import Callable

_PR_SET_PDEATHSIG = 1


def dies_with_parent(signal_number: int = signal.SIGTERM) -> Callable[[], None] | None:
    """Return a `preexec_fn` after which the child gets the signal when its parent dies, even by kill -9.

    The kernel means the parent *thread*: start children from the main thread. Linux only; elsewhere None, and the
    parent's own clean stop is all there is.
    """
    if not sys.platform.startswith("linux"):
        return None
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    parent = os.getpid()

    def before_exec() -> None:
        prctl(_PR_SET_PDEATHSIG, signal_number)
        if os.getppid() != parent:  # it died between fork and prctl
            os._exit(1)

    return before_exec
