"""`make run` as people meet it: everything comes up, survives blows, goes down and leaves nothing."""

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from creative_platform.stack import keys
from creative_platform.stack.ports import free_ports
from tests.stack.processes import alive, descendants, wait_until
from tests.stack.running import Run

pytestmark = [pytest.mark.storage, pytest.mark.timeout(240)]


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Run]:
    running = Run(tmp_path / "var", free_ports("127.0.0.1", 1)[0])
    yield running
    if running.process.poll() is None:
        running.process.kill()
    running.process.communicate()


def test_run_comes_up_survives_kills_and_starts_again_with_its_data(run: Run) -> None:
    assert f"http://127.0.0.1:{run.port}" in run.said
    assert run.readyz()[0] == 200
    before = keys.read(run.var_dir)
    assert run.readyz(urlsplit(before["UPLOAD_URL"]).port or 0)[0] == 200

    for words in (("creative_platform.stack.web",), ("worker",), ("proxy",)):
        old = run.pid_of(*words)
        family = {old} | descendants(old)
        os.kill(old, signal.SIGKILL)
        wait_until(lambda: not any(alive(pid) for pid in family))  # noqa: B023 - waited for in this turn
        wait_until(lambda: run.pid_of(*words) not in (0, old) and run.is_ready(), 60)  # noqa: B023 - the same

    family = descendants(run.process.pid)
    began = time.monotonic()
    assert run.stop().endswith("Stopped.\n")
    assert run.process.returncode == 0
    assert time.monotonic() - began < 10
    assert [pid for pid in family if alive(pid)] == []

    again = Run(run.var_dir, run.port)
    try:
        assert keys.read(run.var_dir) == before
    finally:
        again.stop()


def test_kill_9_of_the_supervisor_ends_everything_and_the_next_start_keeps_all_addresses(run: Run) -> None:
    family = descendants(run.process.pid)
    assert len(family) >= 8
    before = keys.read(run.var_dir)
    run.process.kill()
    again = Run(run.var_dir, run.port)  # at once: it waits for the ports that the killed one's children still hold
    try:
        wait_until(lambda: not any(alive(pid) for pid in family))
        assert keys.read(run.var_dir) == before
    finally:
        again.stop()
