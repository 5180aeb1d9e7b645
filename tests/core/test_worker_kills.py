"""kill -9 of any process at the worst instant: every job takes effect exactly once. Real processes, both databases."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from sqlalchemy import create_engine, text

ROOT = Path(__file__).resolve().parents[2]
DONE = text("SELECT id FROM job WHERE state = 'done' AND name = 'test.leave_trace'")
TRACES = text("SELECT subject FROM audit_event WHERE chain = 'jobs' ORDER BY subject")


class Installation:
    """A database of its own, with programs that work on it."""

    def __init__(self, folder: Path, database_url: str) -> None:
        self.folder, self.database_url = folder, database_url
        self.environment = {
            **os.environ,
            "VAR_DIR": str(folder),
            "SECRET_KEY": "test-secret-0123456789-abcdefghijklmnop",
            "S3_ENDPOINT_URL": "http://127.0.0.1:9",
            "S3_ACCESS_KEY_ID": "a",
            "S3_SECRET_ACCESS_KEY": "b",
            "SIGNING_KEY_FILE": str(folder / "signing.pem"),
            "DATABASE_URL": database_url,
        }
        self.environment.pop("QUEUE_URL", None)
        self.started: list[subprocess.Popen[bytes]] = []
        self.engine = create_engine(database_url)

    def start(self, *arguments: str) -> subprocess.Popen[bytes]:
        with (self.folder / "program.log").open("ab") as log:
            made = subprocess.Popen(
                [sys.executable, "-m", "tests.core.worker_program", *arguments],
                cwd=ROOT,
                env=self.environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.started.append(made)
        return made

    def hold(self, *numbers: int) -> None:
        for number in numbers:
            (self.folder / f"hold-{number}").touch()

    def let_go(self, number: int) -> None:
        (self.folder / f"hold-{number}").unlink()

    def began(self, number: int) -> list[int]:
        path = self.folder / f"began-{number}"
        return [int(line) for line in path.read_text().split()] if path.exists() else []

    def ended(self) -> set[int]:
        with self.engine.connect() as connection:
            return set(connection.execute(DONE).scalars())

    def traces(self) -> list[str]:
        with self.engine.connect() as connection:
            return list(connection.execute(TRACES).scalars())

    def wait_for(self, true: Callable[[], object], what: str, seconds: float = 25) -> None:
        until = time.monotonic() + seconds
        while not true():
            if time.monotonic() > until:
                pytest.fail(f"not within {seconds} s: {what}\n{(self.folder / 'program.log').read_text()[-3000:]}")
            time.sleep(0.05)

    def close(self) -> None:
        self.engine.dispose()
        for process in self.started:
            if process.poll() is None:
                process.kill()
            process.wait()


@pytest.fixture(params=["sqlite", "postgresql"])
def installation(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Installation]:
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'platform.db'}"
    else:
        url = request.getfixturevalue("make_postgres_database")()
    key = Ed25519PrivateKey.generate()
    (tmp_path / "signing.pem").write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    made = Installation(tmp_path, url)
    yield made
    made.close()


def test_every_job_takes_effect_exactly_once(installation: Installation) -> None:
    """Web process, worker and a child of it are killed, then the worker is told to stop: each job leaves one trace.

    Job 4 was never handed over; 1 and 2 are held when the worker is killed, 2 again when its process is; 3 is held when
    the worker is told to stop and waits again without having lost a try.
    """
    installation.hold(1, 2, 3)
    web = installation.start("web")
    assert web.wait(40) == -signal.SIGKILL
    worker = installation.start("worker")
    installation.wait_for(lambda: installation.began(1) and installation.began(2), "jobs 1 and 2 began")
    children = psutil.Process(worker.pid).children()

    worker.kill()
    worker.wait()
    installation.wait_for(lambda: not any(map(_runs, children)), "the children died with it", 5)
    assert (installation.ended(), installation.traces()) == (set(), [])

    installation.let_go(1)
    worker = installation.start("worker")
    installation.wait_for(lambda: len(installation.began(2)) == 2, "job 2 was taken over")
    os.kill(installation.began(2)[1], signal.SIGKILL)
    installation.let_go(2)
    installation.wait_for(lambda: installation.ended() == {1, 2, 4}, "everything but job 3 ended")
    installation.wait_for(lambda: installation.began(3), "job 3 began")

    children = psutil.Process(worker.pid).children()
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(10) == 0
    assert [child for child in children if _runs(child)] == []
    assert installation.traces() == ["job:1", "job:2", "job:4"]
    with installation.engine.connect() as connection:
        assert connection.execute(text("SELECT state, tries FROM job WHERE id = 3")).one() == ("waiting", 0)


def test_an_urgent_job_waits_for_no_long_ones(installation: Installation) -> None:
    """Both processes are held; whoever was shut out of an entry must not look at it until they are done."""
    installation.hold(1, 2, 3)
    assert installation.start("web").wait(40) == -signal.SIGKILL
    installation.start("worker")
    installation.wait_for(lambda: installation.began(1) and installation.began(2), "jobs 1 and 2 began")

    assert installation.start("hurry").wait(40) == 0

    installation.wait_for((installation.folder / "hurried").exists, "the urgent job ran")
    assert installation.ended() == set()


def _runs(process: psutil.Process) -> bool:
    return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
