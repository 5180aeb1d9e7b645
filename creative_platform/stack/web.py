"""The web server: one parent that imports the application and binds the sockets, and children that answer.

`python -m creative_platform.stack.web [--app module:name]` serves; docs/decisions/001-web-server.md says why it is so.
A factory must open no connection and start no thread before the fork; what must be renewed in a child is registered
with `os.register_at_fork`.
"""

from __future__ import annotations

import argparse
import gc
import importlib
import logging
import os
import resource
import select
import signal
import socket
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from creative_platform.stack import memory
from creative_platform.stack.bodies import BodySlots, Limits
from creative_platform.stack.channels import Server, WSGIApp
from creative_platform.stack.proxies import ForwardedBy, Network, networks

log = logging.getLogger("creative_platform.web")

MIB = 1024 * 1024
CONNECTION_LIMIT = 1000  # per process
GRACE_S = 10.0
RESTART_PAUSE_S = 1.0  # between two starts of a child that dies at once


@dataclass(frozen=True)
class Uploads:
    """A second door, for the form without JavaScript: large bodies, only a few at a time.

    A body is spooled to disk before the application sees it, so a slow client costs disk and one of `bodies` places,
    never a thread; whoever finds no place gets 503 before the body is read.
    """

    host: str = "127.0.0.1"
    port: int = 8001
    body_limit_bytes: int = 200 * MIB
    bodies: int = 4
    threads: int = 4
    slowest_body_bytes_per_s: int = 8 * 1024  # on average; a slower one would hold its place for a day


@dataclass(frozen=True)
class _Role:
    """What one child process does."""

    name: str
    listener: socket.socket
    threads: int
    body_limit_bytes: int
    bodies: int | None = None
    slowest_body_bytes_per_s: int = 1024


def serve(
    app_factory: Callable[[], WSGIApp],
    *,
    host: str = "127.0.0.1",
    port: int = 8000,
    processes: int = 2,
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
    _raise_descriptor_limit()
    memory.keep_little()
    roles = [_Role("pages", _listen(host, port), threads, body_limit_bytes)] * processes
    if uploads is not None:
        door = _listen(uploads.host, uploads.port)
        slowest = uploads.slowest_body_bytes_per_s
        roles.append(_Role("uploads", door, uploads.threads, uploads.body_limit_bytes, uploads.bodies, slowest))
    gc.disable()  # no holes in the pages that the children will share
    app = _without_connection_header(ForwardedBy(app_factory(), trusted_proxies))
    gc.enable()
    gc.freeze()
    for role in dict.fromkeys(roles):
        address = role.listener.getsockname()
        log.info("listening for %s on http://%s:%s", role.name, address[0], address[1])
    _Parent(app, roles, spool_dir).run()


def _loaded(app: Any) -> WSGIApp:
    """Return the application after it has loaded what its processes are to share; that opens no connection."""
    for load in getattr(app, "extensions", {}).get("before_fork", []):
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
    """Keeps one child a role alive."""

    def __init__(self, app: WSGIApp, roles: list[_Role], spool_dir: Path | None) -> None:
        self._app = app
        self._waiting = list(roles)
        self._doors = {role.listener for role in roles}
        self._spool_dir = spool_dir
        self._children: dict[int, tuple[_Role, float]] = {}
        self._not_before = 0.0
        self._stopping = False

    def run(self) -> None:
        """Start the children, replace the dead, stop them all when told to."""
        wake_r, wake_w = os.pipe()
        os.set_blocking(wake_r, False)
        os.set_blocking(wake_w, False)
        signal.set_wakeup_fd(wake_w, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._on_stop)
        while not self._stopping:
            self._start_waiting()
            select.select([wake_r], [], [], 1.0)
            _drain(wake_r)
            self._reap()
        self._stop(wake_r)

    def _on_stop(self, *_: object) -> None:
        self._stopping = True

    def _start_waiting(self) -> None:
        while self._waiting and not self._stopping and time.monotonic() >= self._not_before:
            role = self._waiting.pop(0)
            self._children[self._fork(role)] = (role, time.monotonic())

    def _fork(self, role: _Role) -> int:
        stop_signals = {signal.SIGTERM, signal.SIGINT, signal.SIGCHLD}
        signal.pthread_sigmask(signal.SIG_BLOCK, stop_signals)
        parent = os.getpid()
        pid = os.fork()
        if pid == 0:
            status = 1
            try:
                signal.set_wakeup_fd(-1)
                signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches all; the parent passes it on once
                for door in self._doors - {role.listener}:
                    door.close()
                _answer(self._app, role, self._spool_dir, parent, stop_signals)
                status = 0
            except BaseException:
                log.exception("the web process for %s failed", role.name)
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
            role, started = self._children.pop(pid)
            if self._stopping:
                continue
            log.error("web process %d for %s ended (%d); starting another", pid, role.name, status)
            self._waiting.append(role)
            if time.monotonic() - started < RESTART_PAUSE_S:
                self._not_before = time.monotonic() + RESTART_PAUSE_S

    def _stop(self, wake_r: int) -> None:
        deadline = time.monotonic() + GRACE_S
        for door in self._doors:
            door.close()
        for pid in self._children:
            os.kill(pid, signal.SIGTERM)
        while self._children and time.monotonic() < deadline:
            select.select([wake_r], [], [], 0.2)
            _drain(wake_r)
            self._reap()
        for pid in self._children:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)


def _answer(app: WSGIApp, role: _Role, spool_dir: Path | None, parent: int, blocked: set[signal.Signals]) -> None:
    """Be a child: answer requests until SIGTERM or until `parent` is gone."""
    stopping: list[bool] = []
    if spool_dir is not None:
        tempfile.tempdir = str(spool_dir)
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)  # a short queue is everyday life
    adj = Limits(
        listener=role.name,
        body_limit_bytes=role.body_limit_bytes,
        slowest_body_bytes_per_s=role.slowest_body_bytes_per_s,
        body_slots=None if role.bodies is None else BodySlots(role.bodies),
        threads=role.threads,
        # One descriptor for the connection, two for its files.
        connection_limit=min(CONNECTION_LIMIT, (resource.getrlimit(resource.RLIMIT_NOFILE)[0] - 64) // 3),
    )
    server = Server(app, role.listener, adj)

    def on_stop(*_: object) -> None:
        stopping.append(True)
        server.pull_trigger()

    signal.signal(signal.SIGTERM, on_stop)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, blocked)
    next_check = 0.0
    while not stopping and os.getppid() == parent:
        server.turn(1.0)
        if time.monotonic() >= next_check:
            next_check = time.monotonic() + 1.0
            server.close_overdue()
    server.stop(GRACE_S - 1.0)


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.create_server((host, port), family=family, backlog=1024)
    listener.setblocking(False)
    return listener


def _raise_descriptor_limit() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 3 * CONNECTION_LIMIT + 64
    if soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted if hard < 0 else min(wanted, hard), hard))


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
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--threads", type=int, default=8, help="per process (%(default)s)")
    parser.add_argument("--body-limit-bytes", type=int, default=MIB, help="larger bodies are refused (%(default)s)")
    parser.add_argument("--upload-port", type=int, help="open the door for large uploads, four at a time")
    parser.add_argument("--upload-limit-bytes", type=int, default=Uploads.body_limit_bytes)
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
        uploads = Uploads(asked.host, asked.upload_port, asked.upload_limit_bytes)
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
