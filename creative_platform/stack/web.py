"""The web server: a small parent that binds the doors, and the processes that load the application and answer.

`python -m creative_platform.stack.web [--app module:name]` serves; docs/decisions/001-web-server.md says why it is so.
"""

from __future__ import annotations

import argparse
import importlib
import logging
import os
import select
import signal
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from creative_platform.stack import children, memory
from creative_platform.stack.channels import WSGIApp
from creative_platform.stack.doors import CANNOT_LOAD, GRACE_S, Door, answer, bind, raise_descriptor_limit
from creative_platform.stack.proxies import ForwardedBy, Network, networks

log = logging.getLogger("creative_platform.web")

MIB = 1024 * 1024
RESTART_PAUSE_S = 1.0  # between two starts of a child that dies at once
LOAD_PAUSE_S = 30.0  # before the application is loaded again where it just could not be: that takes a core for seconds


@dataclass(frozen=True)
class Uploads:
    """A second door, for the form without JavaScript: large bodies, only a few at a time.

    A body is spooled to disk before the application sees it, so a slow client costs disk and one of `bodies` places,
    never a thread; whoever finds no place gets 503 before the body is read. Its process starts when somebody comes and
    ends after `idle_s` in which nobody did.
    """

    host: str = "127.0.0.1"
    port: int = 8001
    body_limit_bytes: int = 200 * MIB
    bodies: int = 4
    threads: int = 4
    slowest_body_bytes_per_s: int = 8 * 1024  # on average; a slower one would hold its place for a day
    idle_s: float = 60.0


def serve(
    app_factory: Callable[[], WSGIApp],
    *,
    host: str = "127.0.0.1",
    port: int = 8000,
    processes: int = 1,
    threads: int = 8,
    body_limit_bytes: int = MIB,
    uploads: Uploads | None = None,
    trusted_proxies: Sequence[Network] = (),
    spool_dir: Path | None = None,
) -> None:
    """Serve until SIGTERM or SIGINT; running requests have 10 s to finish.

    Port 0 takes any free port; the log line "listening" names it. `trusted_proxies` are networks.
    `spool_dir` keeps bodies and answers too large for memory; it should not be a memory file system.
    """
    pages = Door("pages", bind(host, port), threads, body_limit_bytes)
    doors = [pages] * processes
    if uploads is not None:
        doors.append(
            Door(
                "uploads",
                bind(uploads.host, uploads.port),
                uploads.threads,
                uploads.body_limit_bytes,
                uploads.bodies,
                uploads.slowest_body_bytes_per_s,
                uploads.idle_s,
            )
        )
    raise_descriptor_limit()
    memory.keep_little()
    for door in dict.fromkeys(doors):
        address = door.listener.getsockname()
        log.info("listening for %s on http://%s:%s", door.name, address[0], address[1])

    def application() -> WSGIApp:
        return _without_connection_header(ForwardedBy(app_factory(), trusted_proxies))

    status = _Parent(application, doors, spool_dir).run()
    if status:
        raise SystemExit(status)


def _loaded(app: Any) -> WSGIApp:
    """Return the application after it has done what takes time and is better done before the first request."""
    for load in getattr(app, "extensions", {}).get("before_serving", []):
        load()
    return app


def _without_connection_header(app: WSGIApp) -> WSGIApp:
    """Drop the one header that is the server's to send: WSGI forbids it to applications, and waitress answers 500."""

    def call(environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
            return start_response(status, [pair for pair in headers if pair[0].lower() != "connection"], exc_info)

        return app(environ, start)

    return call


class _Parent:
    """Keeps a process behind each door; it loads nothing itself, or it would keep a copy of all they change."""

    def __init__(self, app_factory: Callable[[], WSGIApp], doors: Sequence[Door], spool_dir: Path | None):
        self._app_factory = app_factory
        self._waiting = [(0.0, door) for door in doors if door.idle_s is None]  # each from a monotonic time on
        self._unattended = [door for door in doors if door.idle_s is not None]  # until somebody comes
        self._listeners = {door.listener for door in doors}
        self._spool_dir = spool_dir
        self._children: dict[int, tuple[Door, float]] = {}
        self._stopping = False
        self._status = 0

    def run(self) -> int:
        """Start the children, replace the dead, stop them all when told to; returns the exit status."""
        wake_r, wake_w = os.pipe()
        os.set_blocking(wake_r, False)
        os.set_blocking(wake_w, False)
        signal.set_wakeup_fd(wake_w, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._on_stop)
        while not self._stopping:
            self._start_waiting()
            watched = {door.listener.fileno(): door for door in self._unattended}
            ready, _, _ = select.select([wake_r, *watched], [], [], RESTART_PAUSE_S if self._waiting else None)
            _drain(wake_r)
            self._waiting += [(0.0, door) for number, door in watched.items() if number in ready]
            self._unattended = [door for number, door in watched.items() if number not in ready]
            self._reap()
        self._stop(wake_r)
        return self._status

    def _on_stop(self, *_: object) -> None:
        self._stopping = True

    def _start_waiting(self) -> None:
        now = time.monotonic()
        due = [(at, door) for at, door in self._waiting if at <= now]
        self._waiting = [(at, door) for at, door in self._waiting if at > now]
        for _, door in due:
            try:
                self._children[self._fork(door)] = (door, now)
            except OSError:  # no memory or no process left at this moment: who answers already goes on
                log.exception("no process can be started for %s", door.name)
                self._waiting.append((now + RESTART_PAUSE_S, door))

    def _fork(self, door: Door) -> int:
        stop_signals = {signal.SIGTERM, signal.SIGINT, signal.SIGCHLD}
        parent, end_with_parent = os.getpid(), children.dies_with_parent()
        signal.pthread_sigmask(signal.SIG_BLOCK, stop_signals)
        try:
            pid = os.fork()
        except OSError:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, stop_signals)
            raise
        if pid == 0:
            status = 1
            try:
                if end_with_parent:
                    end_with_parent()
                signal.set_wakeup_fd(-1)
                signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches all; the parent passes it on once
                signal.pthread_sigmask(signal.SIG_UNBLOCK, stop_signals - {signal.SIGTERM})
                for listener in self._listeners - {door.listener}:
                    listener.close()
                status = answer(self._app_factory, door, self._spool_dir, parent)
            except BaseException:
                log.exception("a web process failed")
            finally:
                logging.shutdown()
                os._exit(status)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, stop_signals)
        return pid

    def _reap(self) -> None:
        for pid in list(self._children):
            done, status = os.waitpid(pid, os.WNOHANG)
            if not done:
                continue
            door, started = self._children.pop(pid)
            if self._stopping:
                continue
            cannot_load = os.waitstatus_to_exitcode(status) == CANNOT_LOAD
            if door.idle_s is not None and not status:
                self._unattended.append(door)
            elif door.idle_s is None and cannot_load:
                self._stopping, self._status = True, CANNOT_LOAD
            else:
                log.error("the web process %d for %s ended (%d); another follows", pid, door.name, status)
                self._waiting.append((_start_after(started, cannot_load), door))

    def _stop(self, wake_r: int) -> None:
        deadline = time.monotonic() + GRACE_S
        for listener in self._listeners:
            listener.close()
        for pid in self._children:
            os.kill(pid, signal.SIGTERM)
        while self._children and time.monotonic() < deadline:
            select.select([wake_r], [], [], 0.2)
            _drain(wake_r)
            self._reap()
        for pid in self._children:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)


def _start_after(started: float, cannot_load: bool) -> float:
    """Return when to start a successor of a child that failed; times are monotonic."""
    now = time.monotonic()
    if cannot_load:
        return now + LOAD_PAUSE_S
    return now + RESTART_PAUSE_S if now - started < RESTART_PAUSE_S else now


def _drain(descriptor: int) -> None:
    try:
        while os.read(descriptor, 512):
            pass
    except BlockingIOError:
        pass


def main(argv: Sequence[str] | None = None) -> None:
    """Serve the application named on the command line."""
    parser = argparse.ArgumentParser(prog="python -m creative_platform.stack.web", description="Serve the platform.")
    parser.add_argument("--app", default="wsgi:app", help="module:name of the WSGI application (%(default)s)")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (%(default)s)")
    parser.add_argument("--port", type=int, default=int(os.environ.get("PORT", "8000")), help="0 takes a free one")
    processes = int(os.environ.get("WEB_PROCESSES", "1"))
    parser.add_argument("--processes", type=int, default=processes, help="that answer pages (%(default)s)")
    parser.add_argument("--threads", type=int, default=8, help="per process (%(default)s)")
    parser.add_argument("--body-limit-bytes", type=int, default=MIB, help="larger bodies are refused (%(default)s)")
    parser.add_argument("--upload-port", type=int, help="open the door for large uploads, four at a time")
    parser.add_argument("--upload-limit-bytes", type=int, default=Uploads.body_limit_bytes)
    parser.add_argument(
        "--upload-idle-s", type=float, default=Uploads.idle_s, help="after which its process ends (%(default)s)"
    )
    parser.add_argument("--spool-dir", type=Path, help="where large bodies wait (the system's temporary folder)")
    asked = parser.parse_args(argv)
    logging.basicConfig(format="%(levelname)s %(name)s: %(message)s")
    log.setLevel(logging.INFO)
    try:
        trusted_proxies = networks(os.environ.get("TRUSTED_PROXIES", ""))
    except ValueError as error:
        parser.error(str(error))
    module, _, name = asked.app.partition(":")
    uploads = None
    if asked.upload_port is not None:
        uploads = Uploads(asked.host, asked.upload_port, asked.upload_limit_bytes, idle_s=asked.upload_idle_s)
    serve(
        lambda: _loaded(getattr(importlib.import_module(module), name or "app")),
        host=asked.host,
        port=asked.port,
        processes=asked.processes,
        threads=asked.threads,
        body_limit_bytes=asked.body_limit_bytes,
        uploads=uploads,
        trusted_proxies=trusted_proxies,
        spool_dir=asked.spool_dir,
    )


if __name__ == "__main__":
    main()
