"""How a web process keeps memory it does not need at the moment: hardly."""

import ctypes

KEPT_BYTES = 128 * 1024
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD, _M_ARENA_MAX = -1, -3, -8  # malloc.h


def keep_little() -> None:
    """Have all threads share one heap, and what is large or on its top go back to the system when it is freed.

    By default glibc lets each thread keep what its largest act took: 19 MiB for checking a password. Another C library
    is left as it is.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        for parameter, value in ((_M_ARENA_MAX, 1), (_M_MMAP_THRESHOLD, KEPT_BYTES), (_M_TRIM_THRESHOLD, KEPT_BYTES)):
            mallopt(parameter, value)
