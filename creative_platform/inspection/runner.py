"""The parent's side: one confined child process a file, served with ranges, never trusted, never fatal."""

import hashlib
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import IO, Any

from creative_platform.inspection import answers, frames
from creative_platform.inspection.contract import (
    MAX_READ_BYTES,
    CleanCopy,
    Derived,
    Inspection,
    Limits,
    Recipe,
    Usage,
)

CHILD = Path(__file__).with_name("child") / "__main__.py"
_OUT_OF_MEMORY = 71
_WALL_TIME = "wall time"  # the machine may have been busy
_RETRY = frozenset({"inspection.storage", "inspection.not_isolated"})
_READ_SLACK_BYTES = 64 << 20
_READ_FACTOR = 4
_CLEAN_BYTES_A_CPU_SECOND = 40 << 20
_CLEAN_BYTES_A_SECOND = 4 << 20

ReadRange = Callable[[int, int], bytes]
Write = Callable[[str, bytes], None]


class _Stop(Exception):
    """The inspection ends here, with this reason."""

    def __init__(self, reason: str, detail: str = "", data: dict[str, int | float | str] | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.detail = detail
        self.data = data or {}


def inspect(
    read_range: ReadRange,
    size_bytes: int,
    *,
    filename_suffix: str,
    wanted: Recipe | None = None,
    limits: Limits | None = None,
    write: Write | None = None,
    isolate: bool = True,
    require_isolation: bool = False,
    scratch_dir: Path | None = None,
    program: Path = CHILD,
) -> Inspection:
    """Inspect one untrusted file in a child process and return what it is, or why it is refused. Never raises.

    `read_range(offset, length)` must return exactly these bytes. With `wanted.clean_copy`, `write("clean", chunk)`
    takes the clean copy in order; what it was given counts only if the result is accepted and has `clean` set.
    With `require_isolation` nothing of the file is read where the kernel refuses namespaces. `scratch_dir` is where a
    clean copy is put together, in an unnamed file as large as the original; the system's temporary folder unless given.
    `program` is the child's script; tests give a hostile one.
    """
    if size_bytes == 0:
        return Inspection(accepted=False, reason="media.empty")
    recipe = wanted or Recipe()
    if recipe.clean_copy and write is None:
        raise TypeError("a clean copy needs write=")
    bounds = _bounds_for(limits or Limits(), recipe, size_bytes)
    run = _Run(read_range, size_bytes, bounds, write, program, scratch_dir)
    try:
        return run.go(filename_suffix, recipe, isolate, require_isolation)
    except OSError as error:  # no process, no socket, no scratch file: the machine's fault
        return run.refused(_Stop("inspection.storage", f"{type(error).__name__}: {error}"))


def _bounds_for(limits: Limits, recipe: Recipe, size_bytes: int) -> Limits:
    """Allow time for copying in proportion to the size; a probe costs the same for any size."""
    if not recipe.clean_copy:
        return limits
    return replace(
        limits,
        cpu_s=limits.cpu_s + size_bytes // _CLEAN_BYTES_A_CPU_SECOND,
        wall_s=limits.wall_s + size_bytes / _CLEAN_BYTES_A_SECOND,
        scratch_bytes=min(limits.scratch_bytes, size_bytes * 2 + (64 << 20)),
    )


@dataclass
class _Run:
    """One inspection: the child, the conversation, the account of what it cost."""

    read_range: ReadRange
    size_bytes: int
    limits: Limits
    write: Write | None
    program: Path
    scratch_dir: Path | None
    began: float = field(default_factory=time.monotonic)
    isolated: bool = False
    requests: int = 0
    bytes_read: int = 0
    derived: dict[str, Derived] = field(default_factory=dict)
    derived_bytes: int = 0
    clean_bytes: int = 0
    clean_hash: Any = field(default_factory=hashlib.sha256)
    rss_bytes: int = 0
    usage: Usage = Usage()

    def go(self, suffix: str, recipe: Recipe, isolate: bool, require_isolation: bool) -> Inspection:
        """Run the child to its end and return the outcome."""
        ours, theirs = socket.socketpair()
        scratch: IO[bytes] | None = tempfile.TemporaryFile(dir=self.scratch_dir) if recipe.clean_copy else None  # noqa: SIM115 -- closed below
        with ours:
            with theirs:
                child = self._start(theirs, scratch, isolate)
            stop: _Stop | None = None
            facts: dict[str, Any] = {}
            grace_s = 0.0  # for a child that may end by itself
            try:
                facts = self._converse(ours, suffix, recipe, scratch, require_isolation)
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
            return Inspection(accepted=True, isolated=self.isolated, usage=self.usage, **facts)
        return self.refused(stop if stop.reason else self._by_exit_code(code))

    def refused(self, stop: _Stop) -> Inspection:
        """Return the outcome of a file that is not accepted."""
        return Inspection(
            accepted=False,
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

    def _converse(
        self, ours: socket.socket, suffix: str, recipe: Recipe, scratch: IO[bytes] | None, require_isolation: bool
    ) -> dict[str, Any]:
        """Serve the child until it answers; returns what it says of an accepted file."""
        ready = self._next(ours)[0]
        if ready.get("type") != "ready":
            raise answers.Untrusted("no greeting")
        # Believed, because the child has not seen a byte of the file yet.
        self.isolated = ready.get("isolated") is True
        if require_isolation and not self.isolated:
            raise _Stop("inspection.not_isolated", "the kernel refused namespaces")
        job = {
            "type": "job",
            "size": self.size_bytes,
            "suffix": suffix[-16:],
            "kinds": list(recipe.kinds),
            "pictures": recipe.pictures,
            "clean_copy": recipe.clean_copy,
            "limits": asdict(self.limits),
            "scratch": scratch.fileno() if scratch else None,
        }
        frames.send(ours, job)
        while True:
            header, body = self._next(ours)
            match header.get("type"):
                case "read":
                    self._serve(ours, header)
                case "derived":
                    self._keep(header, body)
                case "clean":
                    self._pass_on(body)
                case "refused":
                    self.rss_bytes = answers.whole(header.get("max_rss_bytes"))
                    reason, data, detail = answers.refusal(header)
                    raise _Stop(reason, detail, data)
                case "accepted":
                    self.rss_bytes = answers.whole(header.get("max_rss_bytes"))
                    return self._facts(header, recipe)
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
        item = answers.derived(header, body)
        if item.name in self.derived:
            raise answers.Untrusted("an output twice")
        self.derived[item.name] = item

    def _pass_on(self, body: bytes) -> None:
        self.clean_bytes += len(body)
        if self.write is None or self.clean_bytes > self.limits.scratch_bytes:
            raise answers.Untrusted("too much of a clean copy")
        self.clean_hash.update(body)
        try:
            self.write("clean", body)
        except Exception as error:  # as above: the sink is usually the store
            raise _Stop("inspection.storage", f"{type(error).__name__}: {error}"[:300]) from error

    def _facts(self, header: dict[str, Any], recipe: Recipe) -> dict[str, Any]:
        facts = answers.facts(header, self.limits, recipe.kinds)
        content_type = answers.clean_type(header, facts["kind"])
        clean = CleanCopy(content_type, self.clean_bytes, self.clean_hash.hexdigest()) if content_type else None
        return {**facts, "derived": tuple(self.derived.values()), "clean": clean}

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
