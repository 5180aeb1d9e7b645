"""One process of the web server: it loads the application and answers at its doors until told to stop."""

from __future__ import annotations

import gc
import logging
import os
import resource
import signal
import socket
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from creative_platform.stack.bodies import BodySlots, Limits, stamp_arrivals
from creative_platform.stack.channels import Server, WSGIApp

log = logging.getLogger("creative_platform.web")

CONNECTION_LIMIT = 1000  # per door
DESCRIPTORS_BESIDE = 64
GRACE_S = 10.0
LOOK_AROUND_S, SLEEP_S = 1.0, 5.0  # between two looks for who is overdue; where nobody is connected
CANNOT_LOAD = 78  # exit status of a process without an application: another one would fare no better


@dataclass(frozen=True)
class Door:
    """A bound address, who answers there, and what bodies may come in.

    With `idle_s` nobody answers until somebody comes, and then until nobody came for so long.
    """

    name: str
    listener: socket.socket
    threads: int
    body_limit_bytes: int
    bodies: int | None = None
    slowest_body_bytes_per_s: int = 1024
    idle_s: float | None = None

    def server(self, app: WSGIApp, connection_limit: int) -> Server:
        """Return what answers here; its threads run already."""
        limits = Limits(
            listener=self.name,
            body_limit_bytes=self.body_limit_bytes,
            slowest_body_bytes_per_s=self.slowest_body_bytes_per_s,
            body_slots=None if self.bodies is None else BodySlots(self.bodies),
            threads=self.threads,
            connection_limit=connection_limit,
        )
        return Server(app, self.listener, limits)


def bind(host: str, port: int) -> socket.socket:
    """Return a listening socket; port 0 takes any free one."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.create_server((host, port), family=family, backlog=1024)
    listener.setblocking(False)
    stamp_arrivals(listener)
    return listener


def raise_descriptor_limit() -> None:
    """Ask for as many descriptors as a full door needs: one for a connection, two for its files."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 3 * CONNECTION_LIMIT + DESCRIPTORS_BESIDE
    if soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted if hard < 0 else min(wanted, hard), hard))


def answer(app_factory: Callable[[], WSGIApp], door: Door, spool_dir: Path | None, parent: int) -> int:
    """Be a web process: answer until SIGTERM, until `parent` is gone or nobody comes; returns the exit status.

    Stop signals are blocked when this begins; one that comes while the application loads waits for its end.
    """
    if spool_dir is not None:
        tempfile.tempdir = str(spool_dir)
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)  # a short queue is everyday life
    try:
        app = app_factory()
    except Exception:
        log.exception("the application cannot be loaded")
        return CANNOT_LOAD
    gc.collect()
    gc.freeze()  # what is loaded stays: no collection need look at it again
    descriptors = resource.getrlimit(resource.RLIMIT_NOFILE)[0] - DESCRIPTORS_BESIDE
    return _Answering(door.server(app, min(CONNECTION_LIMIT, descriptors // 3)), door.idle_s, parent).run()


class _Answering:
    """The loop of a process."""

    def __init__(self, server: Server, idle_s: float | None, parent: int) -> None:
        self._server = server
        self._idle_s = idle_s
        self._parent = parent
        self._stopping = False

    def run(self) -> int:
        signal.signal(signal.SIGTERM, lambda *_: self._stop())
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM})
        status, lonely = 0, False
        try:
            lonely = self._loop()
        except Exception:
            log.exception("the door of a web process failed")
            status = 1
        self._server.stop(GRACE_S - 1.0, accept=not lonely)
        return status

    def _loop(self) -> bool:
        """Answer until told to stop, or, with True, until nobody came for long enough."""
        next_check = 0.0
        in_use_at = time.monotonic()
        while not self._stopping and os.getppid() == self._parent:
            watches = self._server.active_channels or self._idle_s is not None
            self._server.turn(LOOK_AROUND_S if watches else SLEEP_S)
            now = time.monotonic()
            if self._server.active_channels:
                in_use_at = now
            elif self._idle_s is not None and now - in_use_at > self._idle_s:
                return True  # whoever comes from now on waits for the next process, which the parent starts
            if now >= next_check:
                next_check = now + LOOK_AROUND_S
                self._server.close_overdue()
        return False

    def _stop(self) -> None:
        self._stopping = True
        self._server.pull_trigger()
