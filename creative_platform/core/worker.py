"""The worker: processes that run jobs, and one that sweeps; all of them die with their parent.

Killing any of them at any instant loses nothing: the job table is the truth (see `core.queue`), a dead child is
replaced within seconds and what it held is taken over when its lease ends.
"""

from __future__ import annotations

import contextlib
import ctypes
import logging
import os
import signal
import sys
from pathlib import Path
from typing import Any

from huey.consumer import BaseProcess, Consumer, Worker

from creative_platform.core import carrier, daily, queue, sweeping

log = logging.getLogger(__name__)

GRACE_S = 6  # the supervisor grants 7
HEALTH_EVERY_S = 2
LONGEST_NAP_S = 1.0
MOST_JOBS_A_PROCESS = 500
NICENESS = 5
_PR_SET_PDEATHSIG = 1


class _Mortal(BaseProcess):
    """A child that does not outlive the process that made it."""

    def __init__(self, *given: Any, **more: Any) -> None:
        self.parent = os.getpid()
        super().__init__(*given, **more)

    def initialize(self) -> None:
        """Ask the kernel to end us with our parent, even by kill -9 (Linux only)."""
        if sys.platform.startswith("linux"):
            ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != self.parent:
            os._exit(1)
        super().initialize()


class JobProcess(_Mortal, Worker):
    """Runs jobs, one at a time."""


class Sweeper(_Mortal):
    """Stands in huey's place for a scheduler: every SWEEP_EVERY_S seconds it hands over again what was lost, makes the
    jobs of the day, and runs what is urgent while all others are busy: who must look no more waits for no film's check.
    """

    process_name = "Sweeper"

    def __init__(self, huey: Any, stop_flag: Any, interval: float, periodic: bool) -> None:
        super().__init__(huey, stop_flag)

    def loop(self, now: Any = None) -> None:
        """Sweep once and wait."""
        try:
            with queue.context():
                sweeping.hand_over_again()
                daily.enqueue_due()
                sweeping.work_urgent()
        except Exception:
            log.exception("the sweep failed; the next one follows")
        self.stop_flag.wait(sweeping.SWEEP_EVERY_S)


class JobConsumer(Consumer):
    """huey's consumer with our two kinds of child."""

    worker_class = JobProcess
    scheduler_class = Sweeper


def give_way() -> None:
    """Let whoever answers people go first when the processors are short, here and in every child.

    Where Linux shares them out by session first, a process that is nice is so within its own session alone.
    """
    os.nice(NICENESS)
    with contextlib.suppress(OSError):
        Path("/proc/self/autogroup").write_text(str(NICENESS))


def run(processes: int = 2) -> None:
    """Run jobs until SIGTERM; running ones get GRACE_S seconds to end, then they are given back and run again later."""
    give_way()
    queue.share(processes)
    JobConsumer(
        carrier.of_this_process().huey,
        workers=processes,
        periodic=False,
        max_delay=LONGEST_NAP_S,
        worker_type="process",
        health_check_interval=HEALTH_EVERY_S,
        max_tasks=MOST_JOBS_A_PROCESS,
        shutdown_timeout=GRACE_S,
        graceful_signal="TERM",
    ).run()
