"""Processes that never outlive whoever started them."""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36


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


def start(
    command: Sequence[str], log: Path, *, folder: Path | None = None, environment: Mapping[str, str] | None = None
) -> subprocess.Popen[bytes]:
    """Start a command in a process group of its own, its output appended to `log`, bound to our life."""
    with log.open("ab") as output:
        return subprocess.Popen(  # nosec B603 # noqa: S603 - the commands are our own tables
            command,
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,  # Ctrl-C in the terminal is for the supervisor, which stops its children in order
            preexec_fn=dies_with_parent(),
        )


def stop(processes: Iterable[subprocess.Popen[bytes]], timeout_s: float) -> None:
    """Ask each process group to end; after `timeout_s` end what is left of it by force."""
    processes = list(processes)
    for process in processes:
        if process.poll() is None:
            _signal_group(process.pid, signal.SIGTERM)
    until = time.monotonic() + timeout_s
    for process in processes:
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(max(0.0, until - time.monotonic()))
    for process in processes:
        _signal_group(process.pid, signal.SIGKILL)  # also what an ended leader left behind in its group
        process.wait()


def adopt_orphans() -> None:
    """Become the parent of every descendant whose parent dies, so that none escapes `end_orphans`."""
    if sys.platform.startswith("linux"):
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def end_orphans(known: Iterable[int]) -> None:
    """Kill and reap the children of this process that are not `known`: leftovers of services that died."""
    listing = Path(f"/proc/self/task/{os.getpid()}/children")
    if not listing.exists():
        return
    for pid in {int(word) for word in listing.read_text().split()} - set(known):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        with contextlib.suppress(ChildProcessError):
            os.waitpid(pid, 0)


def _signal_group(group: int, signal_number: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, signal_number)
