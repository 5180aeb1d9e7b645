"""The parent's side: one confined child process a task, served with ranges, never trusted, never fatal."""

import hashlib
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from creative_platform.confinement import answers, frames
from creative_platform.confinement.contract import MAX_READ_BYTES, Bounds, Derived, Usage

CHILD = Path(__file__).with_name("child") / "__main__.py"
_OUT_OF_MEMORY = 71
_WALL_TIME = "wall time"  # the machine may have been busy
_RETRY = frozenset({"inspection.storage", "inspection.not_isolated"})
_READ_SLACK_BYTES = 64 << 20
_READ_FACTOR = 4

ReadRange = Callable[[int, int], bytes]
Write = Callable[[bytes], None]


@dataclass(frozen=True, slots=True)
class Task:
    """What a child is to do with one file, and how its words about it are checked.

    ``module`` is imported by the child and has ``examine(task)``; ``job`` is what it is told. ``facts`` turns its
    last word into what is believed, ``derived`` each small output; both raise Untrusted. ``reasons`` are all for
    which it may refuse.
    """

    module: str
    job: Mapping[str, Any]
    bounds: Bounds
    facts: Callable[[dict[str, Any]], dict[str, Any]]
    derived: Callable[[dict[str, Any], bytes], Derived]
    reasons: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a task: facts when it was done, else a reason; ``retry`` says the file is not to blame."""

    facts: dict[str, Any] | None = None
    reason: str | None = None
    data: dict[str, int | float | str] = field(default_factory=dict)
    detail: str = ""
    retry: bool = False
    isolated: bool = False
    derived: tuple[Derived, ...] = ()
    copy_bytes: int = 0
    copy_sha256: str = ""
    usage: Usage = Usage()


class _Stop(Exception):
    """The task ends here, with this reason."""

    def __init__(self, reason: str, detail: str = "", data: dict[str, int | float | str] | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.detail = detail
        self.data = data or {}


def run(
    task: Task,
    read_range: ReadRange,
    size_bytes: int,
    *,
    write: Write | None = None,
    isolate: bool = True,
    require_isolation: bool = False,
    scratch_dir: Path | None = None,
    program: Path = CHILD,
) -> Outcome:
    """Let a child do the task with one untrusted file and return what came of it. Never raises.

    `read_range(offset, length)` must return exactly these bytes. `write(chunk)` takes the copy in order; what it was
    given counts only if the task was done. With `require_isolation` nothing of the file is read where the kernel
    refuses namespaces. `scratch_dir` is where a copy is put together, in an unnamed file; the system's temporary
    folder unless given. `program` is the child's script; tests give a hostile one.
    """
    running = _Run(task, read_range, size_bytes, write, program, scratch_dir)
    try:
        return running.go(isolate, require_isolation)
    except OSError as error:  # no process, no socket, no scratch file: the machine's fault
        return running.refused(_Stop("inspection.storage", f"{type(error).__name__}: {error}"))


@dataclass
class _Run:
    """One task: the child, the conversation, the account of what it cost."""

    task: Task
    read_range: ReadRange
    size_bytes: int
    write: Write | None
    program: Path
    scratch_dir: Path | None
    began: float = field(default_factory=time.monotonic)
    isolated: bool = False
    requests: int = 0
    bytes_read: int = 0
    derived: dict[str, Derived] = field(default_factory=dict)
    derived_bytes: int = 0
    copy_bytes: int = 0
    copy_hash: Any = field(default_factory=hashlib.sha256)
    rss_bytes: int = 0
    usage: Usage = Usage()

    @property
    def limits(self) -> Bounds:
        return self.task.bounds

    def go(self, isolate: bool, require_isolation: bool) -> Outcome:
        """Run the child to its end and return the outcome."""
        ours, theirs = socket.socketpair()
        scratch: IO[bytes] | None = tempfile.TemporaryFile(dir=self.scratch_dir) if self.write else None  # noqa: SIM115 -- closed below
        with ours:
            with theirs:
                child = self._start(theirs, scratch, isolate)
            stop: _Stop | None = None
            facts: dict[str, Any] = {}
            grace_s = 0.0  # for a child that may end by itself
            try:
                facts = self._converse(ours, scratch, require_isolation)
                grace_s = 2.0
            except _Stop as reason:
                stop, grace_s = reason, 2.0
            except answers.Untrusted as reason:
                stop = _Stop("inspection.crashed", f"answer not trusted: {reason}")
            except frames.BrokenFrame as reason:
                stop = _Stop("inspection.crashed", f"broken frame: {reason}")
            except TimeoutError:
                stop = _Stop("inspection.timeout", _WALL_TIME)
            except (frames.Closed, ConnectionError):
                stop, grace_s = _Stop("", "ended without an answer"), 2.0
            finally:
                ours.close()
                code = self._end(child, grace_s)
        if scratch:
            scratch.close()
        if stop is None:
            return Outcome(
                facts,
                isolated=self.isolated,
                derived=tuple(self.derived.values()),
                copy_bytes=self.copy_bytes,
                copy_sha256=self.copy_hash.hexdigest(),
                usage=self.usage,
            )
        return self.refused(stop if stop.reason else self._by_exit_code(code))

    def refused(self, stop: _Stop) -> Outcome:
        """Return the outcome of a task that was not done."""
        return Outcome(
            reason=stop.reason,
            data=stop.data,
            detail=stop.detail,
            retry=stop.reason in _RETRY or stop.detail == _WALL_TIME,
            isolated=self.isolated,
            usage=self.usage,
        )

    def _start(self, theirs: socket.socket, scratch: IO[bytes] | None, isolate: bool) -> "subprocess.Popen[bytes]":
        limits = self.limits
        fds = (theirs.fileno(),) + ((scratch.fileno(),) if scratch else ())
        numbers = (fds[0], int(isolate), limits.memory_bytes, limits.cpu_s, limits.scratch_bytes, limits.open_files)
        return subprocess.Popen(  # nosec B603 # noqa: S603 -- our own program, numbers for arguments
            [sys.executable, "-I", str(self.program), *map(str, numbers)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={},
            cwd="/",
            pass_fds=fds,
            start_new_session=True,
        )

    def _converse(self, ours: socket.socket, scratch: IO[bytes] | None, require_isolation: bool) -> dict[str, Any]:
        """Serve the child until it answers; returns what is believed of its last word."""
        ready = self._next(ours)[0]
        if ready.get("type") != "ready":
            raise answers.Untrusted("no greeting")
        # Believed, because the child has not seen a byte of the file yet.
        self.isolated = ready.get("isolated") is True
        if require_isolation and not self.isolated:
            raise _Stop("inspection.not_isolated", "the kernel refused namespaces")
        job = {
            "type": "job",
            "module": self.task.module,
            "size": self.size_bytes,
            "scratch": scratch.fileno() if scratch else None,
            "task": dict(self.task.job),
        }
        frames.send(ours, job)
        while True:
            header, body = self._next(ours)
            match header.get("type"):
                case "read":
                    self._serve(ours, header)
                case "derived":
                    self._keep(header, body)
                case "copy":
                    self._pass_on(body)
                case "refused":
                    self.rss_bytes = answers.whole(header.get("max_rss_bytes"))
                    reason, data, detail = answers.refusal(header, self.task.reasons)
                    raise _Stop(reason, detail, data)
                case "accepted":
                    self.rss_bytes = answers.whole(header.get("max_rss_bytes"))
                    return self.task.facts(header)
                case _:
                    raise answers.Untrusted("unknown frame")

    def _next(self, ours: socket.socket) -> tuple[dict[str, Any], bytes]:
        return frames.receive(ours, self.began + self.limits.wall_s)

    def _serve(self, ours: socket.socket, header: dict[str, Any]) -> None:
        offset = answers.whole(header.get("offset"), 0, self.size_bytes - 1)
        length = answers.whole(header.get("length"), 1, min(MAX_READ_BYTES, self.size_bytes - offset))
        self.requests += 1
        self.bytes_read += length
        if self.bytes_read > self.size_bytes * _READ_FACTOR + _READ_SLACK_BYTES:
            raise _Stop("inspection.timeout", f"{self.bytes_read} bytes asked of {self.size_bytes}")
        try:
            data = self.read_range(offset, length)
        except Exception as error:  # any trouble of the store ends this try, not the worker
            raise _Stop("inspection.storage", f"{type(error).__name__}: {error}"[:300]) from error
        if len(data) != length:
            raise _Stop("inspection.storage", f"{len(data)} bytes instead of {length} at {offset}")
        frames.send(ours, {"type": "data"}, data)

    def _keep(self, header: dict[str, Any], body: bytes) -> None:
        self.derived_bytes += len(body)
        if self.derived_bytes > self.limits.derived_bytes:
            raise answers.Untrusted("too much derived")
        item = self.task.derived(header, body)
        if item.name in self.derived:
            raise answers.Untrusted("an output twice")
        self.derived[item.name] = item

    def _pass_on(self, body: bytes) -> None:
        self.copy_bytes += len(body)
        if self.write is None or self.copy_bytes > self.limits.scratch_bytes:
            raise answers.Untrusted("too much of a copy")
        self.copy_hash.update(body)
        try:
            self.write(body)
        except Exception as error:  # as above: the sink is usually the store
            raise _Stop("inspection.storage", f"{type(error).__name__}: {error}"[:300]) from error

    def _end(self, child: "subprocess.Popen[bytes]", grace_s: float) -> int:
        """Make sure that the child is gone and note what it cost; returns its exit code."""
        deadline = time.monotonic() + grace_s
        status, usage = 0, None
        while usage is None:
            pid, status, rusage = os.wait4(child.pid, os.WNOHANG)
            if pid:
                usage = rusage
            elif time.monotonic() >= deadline:
                os.killpg(child.pid, signal.SIGKILL)  # the session is its own, with the process that does the work
                _, status, usage = os.wait4(child.pid, 0)
            else:
                time.sleep(0.005)
        child.returncode = os.waitstatus_to_exitcode(status)
        self.usage = Usage(
            wall_s=round(time.monotonic() - self.began, 3),
            cpu_s=round(usage.ru_utime + usage.ru_stime, 3),
            max_rss_bytes=min(self.rss_bytes or sys.maxsize, usage.ru_maxrss * 1024),
            requests=self.requests,
            bytes_read=self.bytes_read,
        )
        return child.returncode

    def _by_exit_code(self, code: int) -> _Stop:
        # On a busy machine the kernel reports less time than it killed for (0.85 s of 1 s were seen).
        out_of_time = code == -signal.SIGKILL and self.usage.cpu_s >= self.limits.cpu_s * 0.5
        if out_of_time or code == -signal.SIGXCPU:
            return _Stop("inspection.timeout", "CPU time")
        if code in (_OUT_OF_MEMORY, -signal.SIGKILL):
            return _Stop("inspection.memory", f"exit {code}")
        return _Stop("inspection.crashed", f"exit {code}")
