"""The worker beside those who answer people."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from creative_platform.core.worker import NICENESS

SHOW = """
import os
from pathlib import Path
from creative_platform.core import worker
worker.give_way()
group = Path("/proc/self/autogroup")
print(os.nice(0), group.read_text().split()[-1] if group.exists() else "")
"""


def test_the_worker_gives_way_also_towards_other_sessions() -> None:
    own = os.nice(0)
    if own > 19 - NICENESS:
        pytest.skip("the tests are so nice themselves that nothing can be nicer")

    told = subprocess.run(
        [sys.executable, "-c", SHOW], capture_output=True, text=True, start_new_session=True, check=True
    )

    by_session = Path("/proc/sys/kernel/sched_autogroup_enabled")
    grouped = by_session.exists() and by_session.read_text().strip() == "1"
    assert told.stdout.split() == [str(own + NICENESS), *([str(NICENESS)] if grouped else [])]
