"""One parent for all processes: starts them in order, restarts what dies, stops them in order, leaves none behind."""

import contextlib
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from creative_platform.stack import children

TICK_S = 0.2
LONGEST_PAUSE_S = 30.0
HEALTHY_AFTER_S = 30.0
LARGEST_LOG_BYTES = 10 * 1024 * 1024


class Stopped(Exception):
    """SIGINT, SIGTERM or SIGHUP arrived."""


class ServiceFailed(Exception):
    """A step failed or a service would not come up; the message says which and shows the end of its log."""


@dataclass(frozen=True)
class Service:
    """A command that is to run for as long as the supervisor does.

    When all stop, each has `stop_s` to end; what others lean on (`foundation`) stops after them.
    """

    name: str
    command: Sequence[str]
    log_name: str = ""
    stop_s: float = 7.0
    foundation: bool = False


@dataclass
class _Running:
    service: Service
    process: subprocess.Popen[bytes]
    since: float
    pause_s: float = 0.5
    deaths: int = 0
    start_at: float | None = None


@dataclass
class Supervisor:
    """Starts commands in `folder` with `environment`, their output in `logs`; `say` reaches the terminal."""

    folder: Path
    logs: Path
    environment: Mapping[str, str]
    say: Callable[[str], None] = print
    _running: list[_Running] = field(default_factory=list)
    _helpers: list[subprocess.Popen[bytes]] = field(default_factory=list)
    _stopping: bool = False

    def __enter__(self) -> "Supervisor":
        self.logs.mkdir(parents=True, exist_ok=True)
        children.adopt_orphans()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            if signal.getsignal(number) is not signal.SIG_IGN:  # nohup asked to outlive its terminal
                signal.signal(number, self._on_signal)
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping = True
        self._stop_all()

    def _on_signal(self, *_: object) -> None:
        self._stopping = True

    def start(self, *services: Service) -> None:
        """Start services without waiting for them to answer."""
        for service in services:
            self._running.append(_Running(service, self._launch(service), time.monotonic()))

    def step(self, name: str, command: Sequence[str]) -> None:
        """Run a command to its end, watching the services meanwhile. Raises ServiceFailed, Stopped."""
        log = self._log(name)
        process = children.start(command, log, folder=self.folder, environment=self.environment)
        self._helpers.append(process)
        self.wait_for(lambda: process.poll() is not None, name, timeout_s=3600)
        if process.returncode != 0:
            raise ServiceFailed(f"{name} failed ({_how(process.returncode)}).\n{_tail(log)}")

    def aside(self, name: str, command: Sequence[str]) -> None:
        """Start a command that ends by itself and that nothing waits for."""
        log = self._log(name)
        self._helpers.append(children.start(command, log, folder=self.folder, environment=self.environment))

    def wait_for(self, ready: Callable[[], bool], name: str, timeout_s: float = 60) -> None:
        """Return when `ready()` holds. Raises ServiceFailed when time is up or a service died three times, Stopped."""
        until = time.monotonic() + timeout_s
        while not ready():
            self._tick()
            broken = next((running.service for running in self._running if running.deaths >= 3), None)
            if broken is not None:
                raise ServiceFailed(f"{broken.name} does not come up.\n{_tail(self._log_of(broken))}")
            if time.monotonic() > until:
                raise ServiceFailed(f"{name} did not answer within {timeout_s:g} s; see {self.logs}")

    def settle(self, done: Callable[[], bool], timeout_s: float) -> None:
        """Return when `done()` holds or time is up, whichever comes first. Raises Stopped."""
        until = time.monotonic() + timeout_s
        while not done() and time.monotonic() < until:
            self._tick()

    def watch(self) -> None:
        """Keep everything running until somebody asks to stop; then raises Stopped."""
        while True:
            self._tick()

    def _tick(self) -> None:
        if self._stopping:
            raise Stopped
        for running in self._running:
            self._look_after(running)
        self._helpers = [process for process in self._helpers if process.poll() is None]
        children.end_orphans(self._own_pids())
        time.sleep(TICK_S)

    def _look_after(self, running: _Running) -> None:
        now = time.monotonic()
        if running.start_at is not None:
            if now >= running.start_at:
                running.process, running.since, running.start_at = self._launch(running.service), now, None
            return
        if running.process.poll() is None:
            return
        children.stop([running.process], 0)  # the rest of its group must free ports and files before the next one
        if now - running.since > HEALTHY_AFTER_S:
            running.pause_s, running.deaths = 0.5, 0
        running.deaths += 1
        running.start_at = now + running.pause_s
        how = _how(running.process.returncode)
        self.say(f"{running.service.name} ended ({how}); starting it again. Log: {self._log_of(running.service)}")
        running.pause_s = min(2 * running.pause_s, LONGEST_PAUSE_S)

    def _launch(self, service: Service) -> subprocess.Popen[bytes]:
        log = self._log_of(service)
        with contextlib.suppress(FileNotFoundError):
            if log.stat().st_size > LARGEST_LOG_BYTES:
                log.replace(log.with_name(f"{log.name}.1"))
        return children.start(service.command, log, folder=self.folder, environment=self.environment)

    def _stop_all(self) -> None:
        children.stop(self._helpers, 1)
        for foundation in (False, True):
            group = [running for running in self._running if running.service.foundation is foundation]
            stop_s = max((running.service.stop_s for running in group), default=0)
            children.stop([running.process for running in group], stop_s)
        children.end_orphans([])

    def _own_pids(self) -> list[int]:
        return [running.process.pid for running in self._running] + [process.pid for process in self._helpers]

    def _log(self, name: str) -> Path:
        return self.logs / f"{name}.log"

    def _log_of(self, service: Service) -> Path:
        return self._log(service.log_name or service.name)


def _how(code: int) -> str:
    return f"signal {signal.Signals(-code).name}" if code < 0 else f"exit {code}"


def _tail(log: Path, lines: int = 20) -> str:
    text = log.read_text(encoding="utf-8", errors="replace") if log.exists() else ""
    return "\n".join([f"The end of {log}:", *(f"  {line}" for line in text.splitlines()[-lines:])])
