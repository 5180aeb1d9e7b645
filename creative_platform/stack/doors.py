"""One process of the web server: it loads the application and answers at its doors until told to stop."""

from __future__ import annotations

import gc
import logging
import os
import resource
import signal
import socket
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from creative_platform.stack.bodies import BodySlots, Limits
from creative_platform.stack.channels import Server, WSGIApp

log = logging.getLogger("creative_platform.web")

CONNECTION_LIMIT = 1000  # per door
DESCRIPTORS_BESIDE = 64
GRACE_S = 10.0
CANNOT_LOAD = 78  # exit status of a process without an application: another one would fare no better


@dataclass(frozen=True)
class Door:
    """A bound address, who answers there, and what bodies may come in."""

    name: str
    listener: socket.socket
    threads: int
    body_limit_bytes: int
    bodies: int | None = None
    slowest_body_bytes_per_s: int = 1024

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
    return listener


def raise_descriptor_limit(doors: int) -> None:
    """Ask for as many descriptors as full doors need: one for a connection, two for its files."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 3 * CONNECTION_LIMIT * doors + DESCRIPTORS_BESIDE
    if soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted if hard < 0 else min(wanted, hard), hard))


def answer(app_factory: Callable[[], WSGIApp], doors: Sequence[Door], spool_dir: Path | None, parent: int) -> int:
    """Be a web process: answer until SIGTERM or until `parent` is gone; returns the exit status.

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
    connection_limit = min(CONNECTION_LIMIT, descriptors // 3 // len(doors))
    return _Answering([door.server(app, connection_limit) for door in doors], parent).run()


class _Answering:
    """The loops of one process: a thread for each door, so that a file which fills the disk holds up no page."""

    def __init__(self, servers: Sequence[Server], parent: int) -> None:
        self._servers = servers
        self._parent = parent
        self._stopping = False
        self._failed = False

    def run(self) -> int:
        others = [threading.Thread(target=self._loop, args=(server,)) for server in self._servers[1:]]
        for thread in others:
            thread.start()
        signal.signal(signal.SIGTERM, lambda *_: self._stop())
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM})
        self._loop(self._servers[0])
        for thread in others:
            thread.join(GRACE_S)
        return int(self._failed)

    def _loop(self, server: Server) -> None:
        next_check = 0.0
        try:
            while not self._stopping and os.getppid() == self._parent:
                server.turn(1.0)
                if time.monotonic() >= next_check:
                    next_check = time.monotonic() + 1.0
                    server.close_overdue()
        except Exception:
            log.exception("a door of the web process failed")
            self._failed = True
        self._stop()  # one door alone is no web process
        server.stop(GRACE_S - 1.0)

    def _stop(self) -> None:
        self._stopping = True
        for server in self._servers:
            server.pull_trigger()
