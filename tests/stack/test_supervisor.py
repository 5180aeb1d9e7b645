"""What the supervisor starts stays up while it lives and is gone when it is gone, however it went."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.stack.processes import alive, descendants, wait_until

PARENT = """
import sys
from pathlib import Path
from creative_platform.stack.supervisor import Service, ServiceFailed, Stopped, Supervisor

def say(text):
    print(text, flush=True)

folder = Path(sys.argv[1])
with Supervisor(folder, folder / "log", {"PATH": "/usr/bin:/bin"}, say) as supervisor:
    try:
        exec(sys.argv[2])
        say("up")
        supervisor.watch()
    except Stopped:
        say("stopped")
    except ServiceFailed as failure:
        say(f"failed: {failure}")
say("left")
"""
NOTE_AND_SLEEP = 'sh -c "echo $$ >> {0}; trap \\"echo {0} >> order; exit 0\\" TERM; sleep 60 & wait"'


def heed_signals() -> None:
    """Undo what a runner in the background asked for: nohup and `&` leave these ignored, and the supervisor obeys."""
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)


class Parent:
    """A supervisor in a process of its own, with the pids that its services noted."""

    def __init__(self, folder: Path, body: str) -> None:
        self.folder = folder
        self.process = subprocess.Popen(
            [sys.executable, "-c", PARENT, folder, body],
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
            preexec_fn=heed_signals,
        )

    def line(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()

    def pids(self, name: str, count: int) -> list[int]:
        path = self.folder / name
        wait_until(lambda: path.exists() and len(path.read_text().split()) >= count)
        return [int(word) for word in path.read_text().split()]


@pytest.fixture
def two_services(tmp_path: Path) -> Iterator[Parent]:
    commands = {name: NOTE_AND_SLEEP.format(name) for name in ("first", "second")}
    body = "import shlex\nsupervisor.start(" + ", ".join(
        f"Service({name!r}, shlex.split({command!r}, posix=True), foundation={name == 'first'})"
        for name, command in commands.items()
    )
    parent = Parent(tmp_path, body + ")")
    assert parent.line() == "up"
    yield parent
    if parent.process.poll() is None:
        os.killpg(parent.process.pid, signal.SIGKILL)
    parent.process.communicate()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_signal_stops_the_foundation_last_and_leaves_nothing(two_services: Parent, number: int) -> None:
    services = two_services.pids("first", 1) + two_services.pids("second", 1)
    family = descendants(two_services.process.pid)
    assert set(services) < family
    began = time.monotonic()
    two_services.process.send_signal(number)
    assert [two_services.line(), two_services.line()] == ["stopped", "left"]
    assert two_services.process.wait(10) == 0
    assert time.monotonic() - began < 10
    assert (two_services.folder / "order").read_text().split() == ["second", "first"]
    assert [pid for pid in family if alive(pid)] == []


def test_kill_9_of_the_supervisor_leaves_nothing(two_services: Parent) -> None:
    services = two_services.pids("first", 1) + two_services.pids("second", 1)
    two_services.process.kill()
    wait_until(lambda: not any(alive(pid) for pid in services))


def test_dead_service_is_started_again_and_its_leftovers_are_gone(two_services: Parent) -> None:
    first = two_services.pids("first", 1)[0]
    family = descendants(first)
    assert len(family) == 1
    os.kill(first, signal.SIGKILL)
    again = two_services.pids("first", 2)[1]
    assert re.fullmatch(r"first ended \(signal SIGKILL\); starting it again\. Log: .*/first\.log", two_services.line())
    assert alive(again)
    assert [pid for pid in family if alive(pid)] == []
    assert len(two_services.pids("second", 1)) == 1


def test_descendant_that_left_its_group_is_ended_too(tmp_path: Path) -> None:
    script = "import os, time; print(os.getpid(), file=open('escaped', 'w'), flush=True); time.sleep(60)"
    command = f"setsid {sys.executable} -c {script!r} & sleep 60"
    parent = Parent(tmp_path, f"supervisor.start(Service('one', ['sh', '-c', {command!r}]))")
    assert parent.line() == "up"
    escaped = parent.pids("escaped", 1)[0]
    parent.process.terminate()
    parent.process.communicate(timeout=15)
    assert not alive(escaped)


def test_service_that_never_comes_up_is_named_with_the_end_of_its_log(tmp_path: Path) -> None:
    body = (
        "supervisor.start(Service('web', ['sh', '-c', 'echo the reason; exit 3']))\n"
        "supervisor.wait_for(lambda: False, 'web')"
    )
    parent = Parent(tmp_path, body)
    text = parent.process.communicate(timeout=30)[0]
    assert text.count("web ended (exit 3); starting it again") == 3
    assert "failed: web does not come up." in text
    assert "  the reason\n" in text


def test_failing_step_is_named_with_the_end_of_its_log(tmp_path: Path) -> None:
    parent = Parent(tmp_path, "supervisor.step('migrate', ['sh', '-c', 'echo no such table >&2; exit 1'])")
    text = parent.process.communicate(timeout=30)[0]
    assert text == f"failed: migrate failed (exit 1).\nThe end of {tmp_path}/log/migrate.log:\n  no such table\nleft\n"


def test_stop_during_a_step_ends_the_step(tmp_path: Path) -> None:
    parent = Parent(tmp_path, "supervisor.step('demo', ['sh', '-c', 'echo $$ > demo; sleep 60'])")
    step = parent.pids("demo", 1)[0]
    parent.process.terminate()
    assert parent.process.communicate(timeout=15)[0] == "stopped\nleft\n"
    assert not alive(step)
