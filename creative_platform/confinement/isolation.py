"""Whether this machine lets a child leave the network and the files, and what is done where it does not."""

from __future__ import annotations

import subprocess
import sys
from functools import cache

from creative_platform.confinement.child.sandbox import CLONE_NEWIPC, CLONE_NEWNET, CLONE_NEWPID, CLONE_NEWUSER

LOOK_AGAIN_S = 600
_FLAGS = CLONE_NEWIPC | CLONE_NEWNET | CLONE_NEWPID | CLONE_NEWUSER
_PROBE = f"import ctypes, os; os._exit(1 if ctypes.CDLL(None).unshare({_FLAGS}) else 0)"
_required = False


def require(yes: bool) -> None:
    """Say whether no file may be decoded on a machine that cannot isolate (``REQUIRE_MEDIA_ISOLATION``)."""
    global _required
    _required = yes


def is_required() -> bool:
    """Say whether files wait where children cannot be isolated."""
    return _required


@cache
def works() -> bool:
    """Ask the kernel, once a process, for the namespaces that a confined child enters."""
    return subprocess.run([sys.executable, "-I", "-c", _PROBE], check=False).returncode == 0  # nosec B603 # noqa: S603


def is_missed() -> bool:
    """Say whether files must wait here."""
    return _required and not works()
