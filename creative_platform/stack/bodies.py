"""What the web server reads of a request: when it arrived, and whether its body is wanted."""

from __future__ import annotations

import socket
import struct
import sys
import threading
import time
from contextlib import suppress
from io import BytesIO
from typing import Any

from waitress.adjustments import Adjustments
from waitress.parser import HTTPRequestParser, ParsingError
from waitress.utilities import BadRequest

SO_TIMESTAMPNS = 35  # Linux: what is received says when it came
STAMP = struct.Struct("@ll")  # seconds and nanoseconds
STAMP_SPACE_BYTES = socket.CMSG_SPACE(STAMP.size)

LONGEST_CONTROL_LINE = 4096  # of a chunk, and of the trailer: waitress itself has no limit


def stamp_arrivals(listener: socket.socket) -> None:
    """Have the kernel say of all that comes in here when it came, where it can."""
    if sys.platform == "linux":
        with suppress(OSError):
            listener.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)


def came_at(about: list[tuple[int, int, bytes]]) -> float:
    """Return when the newest of what was received reached this machine (POSIX time), of what `recvmsg` says beside it.

    It may have waited: for a process that was starting, or for a busy loop. Never earlier than it was.
    """
    now = time.time()
    for level, kind, value in about:
        if (level, kind, len(value)) == (socket.SOL_SOCKET, SO_TIMESTAMPNS, STAMP.size):
            seconds, nanoseconds = STAMP.unpack(value)
            return min(now, seconds + nanoseconds / 1e9)
    return now


class BodySlots:
    """Count the bodies being received or worked on; thread-safe."""

    def __init__(self, places: int) -> None:
        self._free = threading.Semaphore(places)

    def take(self) -> bool:
        """Take a place if there is one, without waiting."""
        return self._free.acquire(blocking=False)

    def give_back(self) -> None:
        """Free a place taken before."""
        self._free.release()


class Limits(Adjustments):
    """Waitress' settings with ours; `body_slots` None means any number of bodies at once."""

    def __init__(
        self,
        *,
        listener: str,
        body_limit_bytes: int,
        slowest_body_bytes_per_s: int = 1024,
        body_slots: BodySlots | None = None,
        **settings: Any,
    ) -> None:
        super().__init__(
            # More clients than memory allows for whole bodies and answers: beyond these sizes they go to disk.
            inbuf_overflow=64 * 1024,
            outbuf_overflow=128 * 1024,
            # Above this a slow reader holds a thread; below it only a file.
            outbuf_high_watermark=64 * 1024 * 1024,
            recv_bytes=65536,
            max_request_header_size=32 * 1024,
            max_request_body_size=1 << 62,  # the limit is ours, so that the application can answer
            asyncore_use_poll=True,  # select() ends at descriptor 1023
            cleanup_interval=1,
            log_socket_errors=False,  # a client that goes away is not news
            ident=None,
            clear_untrusted_proxy_headers=False,  # proxies.py decides
            **settings,
        )
        self.listener_name = listener
        self.body_limit_bytes = body_limit_bytes
        self.slowest_body_bytes_per_s = slowest_body_bytes_per_s
        self.body_slots = body_slots


class Parser(HTTPRequestParser):
    """A request that knows when its headers were complete, and decides then whether to read the body."""

    adj: Limits

    def __init__(self, adj: Limits) -> None:
        super().__init__(adj)
        self.started = time.monotonic()
        self.arrival: float | None = None
        self.refusal_status: int | None = None
        self._holds_slot = False

    def received(self, data: bytes, received_at: float | None = None) -> int:
        """Take in bytes that came at `received_at`; the return value is how many belonged to this request."""
        consumed: int = super().received(data)
        if self.headers_finished and self.arrival is None:
            self.arrival = time.time() if received_at is None else received_at
            self._decide_on_body()
        elif self.chunked and self.body_rcv is not None and self.refusal_status is None:
            self._check_chunks()
        if self.refusal_status is not None:
            return len(data)  # what follows is a body that nobody reads, never a next request
        return consumed

    def _decide_on_body(self) -> None:
        if self.body_rcv is None or self.completed:
            self.expect_continue = False
        elif self.content_length > self.adj.body_limit_bytes:
            self._refuse(413)
        elif self.adj.body_slots is not None:
            self._holds_slot = self.adj.body_slots.take()
            if not self._holds_slot:
                self._refuse(503)

    def _check_chunks(self) -> None:
        body = self.body_rcv
        framing = self.body_bytes_received - len(body)
        if len(body) > self.adj.body_limit_bytes or framing > self.adj.body_limit_bytes + 65536:
            # Frameworks compare this with their own limit, so an application that forgets the flag refuses, too.
            self.headers["CONTENT_LENGTH"] = str(max(len(body), self.adj.body_limit_bytes + 1))
            self._refuse(413)
        elif max(len(body.control_line), len(body.trailer)) > LONGEST_CONTROL_LINE:
            self.error = BadRequest("Chunk framing is too long")
            self.completed = True

    def _refuse(self, status: int) -> None:
        self.refusal_status = status
        self.expect_continue = False
        self.completed = True

    def parse_header(self, header_plus: bytes) -> None:
        """Read the first line and the headers; an address like ``http://[`` is the client's mistake, too."""
        try:
            super().parse_header(header_plus)
        except ValueError as error:  # ParsingError, which waitress answers, is none
            raise ParsingError("Bad URI") from error

    def get_body_stream(self) -> Any:
        """Return the whole body as a file, or an empty one after a refusal."""
        return BytesIO() if self.refusal_status is not None else super().get_body_stream()

    def close(self) -> None:
        """Drop the body and free its place; called at the end of every request, sometimes twice."""
        self.free_place()
        super().close()

    def free_place(self) -> None:
        """Let another body in."""
        if self._holds_slot and self.adj.body_slots is not None:
            self._holds_slot = False
            self.adj.body_slots.give_back()
