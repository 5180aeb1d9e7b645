"""The real application as a worker or as a web process, with a job that leaves a trace in the audit log.

Called by test_worker_kills.py: ``worker`` runs the consumer with short leases; ``web`` makes the tables, writes the
jobs 1, 2 and 3, and is killed between the commit of job 4 and its hand-over; ``hurry`` writes an urgent one.
"""

import os
import signal
import sys
import time
from pathlib import Path

from flask_migrate import upgrade

import config
from creative_platform.app import create_app
from creative_platform.core import audit, queue, sweeping, worker
from creative_platform.core.db import transaction

queue.LEASE_S = 2
sweeping.RESEND_AFTER_S, sweeping.SWEEP_EVERY_S, sweeping.URGENT_WAITS_S = 1, 0.3, 0.2
worker.HEALTH_EVERY_S, worker.GRACE_S = 0.5, 1
FOLDER = Path(os.environ["VAR_DIR"])


@queue.job("test.leave_trace")
def leave_trace(claim: queue.Claim, *, number: int) -> None:
    """Write into the log, once; in the middle it waits while a file says so, to be killed there."""
    with (FOLDER / f"began-{number}").open("a") as began:
        began.write(f"{os.getpid()}\n")
    while (FOLDER / f"hold-{number}").exists():
        time.sleep(0.02)
    with transaction():
        audit.record("jobs", None, "job.ran", f"job:{number}")
        claim.finish()


@queue.job("test.hurry", urgent=True)
def hurry(claim: queue.Claim) -> None:
    """Say that it ran."""
    (FOLDER / "hurried").touch()


def write_jobs() -> None:
    upgrade(directory=str(Path(__file__).resolve().parents[2] / "migrations"))
    for number in (1, 2, 3):
        queue.enqueue("test.leave_trace", number=number)
    queue.send = lambda job_id, name: os.kill(os.getpid(), signal.SIGKILL)
    queue.enqueue("test.leave_trace", number=4)


if __name__ == "__main__":
    with create_app(config.load()).app_context():
        programs = {"worker": lambda: worker.run(2), "web": write_jobs, "hurry": lambda: queue.enqueue("test.hurry")}
        programs[sys.argv[1]]()
