"""`make run` as people meet it: everything comes up, survives blows, goes down and leaves nothing."""

import contextlib
import http.client
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from creative_platform.stack import keys
from creative_platform.stack.launch import ROOT
from creative_platform.stack.ports import free_ports
from tests.stack.processes import alive, descendants, wait_until

pytestmark = [pytest.mark.storage, pytest.mark.timeout(240)]


class Run:
    """A running platform in a var folder of its own, without the demo."""

    def __init__(self, var_dir: Path, port: int) -> None:
        self.var_dir, self.port = var_dir, port
        names = {name: value for name, value in os.environ.items() if not name.startswith(("S3_", "BASE_"))}
        database = f"sqlite:///{var_dir.parent / 'platform.db'}"
        self.process = subprocess.Popen(
            [sys.executable, "-m", "creative_platform.stack", "run"],
            cwd=ROOT,
            env={**names, "VAR_DIR": str(var_dir), "PORT": str(port), "DATABASE_URL": database},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        assert self.process.stdout is not None
        self.said = ""
        while "Ctrl-C stops everything" not in self.said:
            line = self.process.stdout.readline()
            assert line, f"make run ended:\n{self.said}"
            self.said += line

    def readyz(self, port: int = 0) -> tuple[int, dict]:
        connection = http.client.HTTPConnection("127.0.0.1", port or self.port, timeout=30)
        try:
            connection.request("GET", "/readyz")
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read())
        finally:
            connection.close()

    def is_ready(self) -> bool:
        try:
            return self.readyz()[0] == 200
        except (OSError, http.client.HTTPException):
            return False

    def pid_of(self, *words: str) -> int:
        """Return the direct child of the supervisor whose command line has all the words, 0 while there is none."""
        for pid in (int(word) for word in _children(self.process.pid)):
            with contextlib.suppress(FileNotFoundError, ProcessLookupError):
                if set(words) <= set(Path(f"/proc/{pid}/cmdline").read_text().split("\0")):
                    return pid
        return 0

    def stop(self) -> str:
        self.process.send_signal(signal.SIGTERM)
        return self.process.communicate(timeout=30)[0]


def _children(pid: int) -> list[str]:
    return Path(f"/proc/{pid}/task/{pid}/children").read_text().split()


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
