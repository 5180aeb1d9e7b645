"""The HTTP side of the web server: waitress that stamps arrivals, refuses bodies early and bears slow clients.

The application finds in its WSGI environ:

- `creative_platform.arrival`: POSIX time (float) at which the request's headers were complete, before any of its body;
- `creative_platform.body_refused`: True when the body was left unread; `wsgi.input` is then empty and
  `creative_platform.refusal_status` says why: 413 (over the limit) or 503 (all places for bodies are taken).
  The application answers with its own page; the connection closes after it;
- `creative_platform.listener`: "pages" or "uploads", the door the request came through.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from typing import Any

from waitress import wasyncore
from waitress.channel import ClientDisconnected, HTTPChannel
from waitress.server import TcpWSGIServer
from waitress.task import ErrorTask, WSGITask

from creative_platform.stack.bodies import STAMP_SPACE_BYTES, Limits, Parser, came_at

HEADER_TIMEOUT_S = 30.0  # from a request's first byte to the end of its headers, however steadily they drip
IDLE_TIMEOUT_S = 75.0  # a kept connection between two requests
STALL_TIMEOUT_S = 60.0  # a body or an answer that does not move at all: a mobile connection comes back within it
SLOWEST_ANSWER_BYTES_PER_S = 1024  # below this average, after the stall time, an answer is given up; so are bodies
LINGER_S = 30.0  # after a refusal: how long the rest of the body is thrown away, so that the client reads the answer
LINGER_STALL_S = 5.0
LAST_WELCOME_S = 0.3  # a server told to stop still takes in what is at its door

YIELD_S = 0.001  # enough for an idle process to take the connection
SEND_BYTES = 64 * 1024  # tried at a time
DIRECT_BYTES = 16 * 1024  # a smaller piece joins the head of its answer in one packet

WSGIApp = Callable[..., Any]


class AppTask(WSGITask):
    """One call of the application."""

    def get_environment(self) -> dict[str, Any]:
        """Return waitress' environ with our keys."""
        fresh = self.environ is None
        environ: dict[str, Any] = super().get_environment()
        if fresh:
            environ["SERVER_SOFTWARE"] = "creative-platform"
            environ["wsgi.multiprocess"] = True
            environ["creative_platform.listener"] = self.channel.adj.listener_name
            environ["creative_platform.arrival"] = self.request.arrival
            if self.request.refusal_status is not None:
                environ["creative_platform.body_refused"] = True
                environ["creative_platform.refusal_status"] = self.request.refusal_status
        return environ

    def build_response_header(self) -> bytes:
        """Write the head of the answer; the connection closes after a refusal and while the server stops."""
        if self.request.refusal_status is not None:
            self.channel.linger = True
            self.set_close_on_finish()
        elif self.channel.server.draining:
            self.set_close_on_finish()
        head: bytes = super().build_response_header()
        return head


class RefusalTask(ErrorTask):
    """The answer to what is not HTTP: the application never sees it, so the safe headers are put on here."""

    def build_response_header(self) -> bytes:
        """Write the head of the answer with the headers every answer of the platform carries."""
        self.channel.linger = True
        self.response_headers += [
            ("Content-Security-Policy", "default-src 'none'"),
            ("X-Content-Type-Options", "nosniff"),
            ("Cache-Control", "no-store"),
        ]
        head: bytes = super().build_response_header()
        return head


class Channel(HTTPChannel):
    """One connection; it costs no thread until a whole request is there, and none while its answer drains."""

    parser_class = Parser
    task_class = AppTask
    error_task_class = RefusalTask
    server: Server
    adj: Limits
    will_close: bool = False
    close_when_flushed: bool = False
    sent_continue: bool = False
    sendbuf_len: int = 0
    request: Parser | None = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Waitress copies this much for every send; a slow reader takes only a few bytes of it.
        self.sendbuf_len = min(self.sendbuf_len, SEND_BYTES)
        self.moved_at = time.monotonic()  # last byte in or out; not wall-clock time, which may be set
        self._ahead = b""  # what a pipelining client sent after a request that is not answered yet
        self._ahead_at = 0.0
        self._came_at = 0.0
        self.linger = False  # set by a task: throw the rest of the input away before closing
        self._lingering_since: float | None = None
        self._sending_since: float | None = None
        self._sent_bytes = 0

    def send(self, data: bytes | memoryview, do_close: bool = True) -> int:
        """Send what the socket takes, and count it."""
        sent: int = super().send(data, do_close=do_close)
        self._sent_bytes += sent
        self.moved_at = time.monotonic()
        return sent

    def readable(self) -> bool:
        """Tell the loop whether to read; called at every turn, so what was sent ahead has its turn here."""
        if self._lingering_since is not None:
            return True
        if self._ahead and not self.requests and not self.total_outbufs_len:
            ahead, self._ahead = self._ahead, b""
            try:
                self._parse(ahead, self._ahead_at)
            except Exception:  # noqa: BLE001 -- logged; from here it would end the loop, and with it the process
                self.handle_error()
        wanted: bool = super().readable()
        return wanted and not self._ahead  # a quick answer may be gone by now: what was sent ahead still comes first

    def recv(self, buffer_size: int) -> bytes:
        """Receive, and keep when that came; an error is for `handle_read`."""
        data, about, _, _ = self.socket.recvmsg(buffer_size, STAMP_SPACE_BYTES)
        self._came_at = came_at(about)
        if not data:
            self.handle_close()
        return data

    def received(self, data: bytes) -> bool:
        """Take in bytes as they come."""
        return self._parse(data, self._came_at)

    def _parse(self, data: bytes, received_at: float) -> bool:
        """Parse up to the end of one request and keep the rest until that is answered and its answer is taken.

        Waitress itself answers all that was pipelined at once: a slow reader fills the disk, then holds a thread.
        """
        with self.requests_lock:
            if self.will_close or self.close_when_flushed:
                return False
            while data and not self.requests:
                request = self.request or Parser(self.adj)
                self.request = request
                consumed = request.received(data, received_at)
                data = data[consumed:]
                if request.expect_continue and request.headers_finished and not self.sent_continue:
                    self.send_continue()
                if request.completed:
                    self.sent_continue = False
                    self.request = None
                    if not request.empty:
                        self.requests.append(request)
                        self.server.add_task(self)
            self._ahead, self._ahead_at = data, received_at
        return True

    def handle_read(self) -> None:
        """Read; after a refusal only to throw away."""
        self.moved_at = time.monotonic()
        if self._lingering_since is None:
            super().handle_read()
            return
        try:
            self.recv(self.adj.recv_bytes)  # closes the connection at its end
        except OSError:
            self.handle_close()

    def write_soon(self, data: Any) -> int:
        """Take a piece of an answer: what the socket has room for goes out at once, without a copy of it all."""
        if not isinstance(data, bytes) or len(data) < DIRECT_BYTES:
            count: int = super().write_soon(data)
            return count
        sent = 0
        with self.outbuf_lock:
            view = memoryview(data)
            try:
                while self.connected and not self.total_outbufs_len and sent < len(data):
                    taken = self.send(view[sent : sent + SEND_BYTES], do_close=False)
                    if not taken:
                        break
                    sent += taken
            except OSError:
                self.will_close = True
                self.server.pull_trigger()
                raise ClientDisconnected from None
        super().write_soon(data[sent:])
        return len(data)

    def handle_write(self) -> None:
        """Send what is waiting; an answer to an unread body is followed by a lingering close.

        Closing with unread input sends a reset, which makes the client drop the answer.
        """
        if not (self.linger and self.close_when_flushed) or self.will_close:
            super().handle_write()
            return
        self._flush_exception(self._flush_some)
        if self.connected and not self.will_close and not self.total_outbufs_len:
            self.close_when_flushed = False
            self._lingering_since = time.monotonic()
            try:
                self.socket.shutdown(socket.SHUT_WR)
            except OSError:
                self.will_close = True

    def handle_close(self) -> None:
        """Close, and free what a half-received request holds."""
        if self.request is not None:
            self.request.free_place()
        super().handle_close()

    def overdue(self, now: float) -> bool:
        """Say whether the client has been too slow for too long; `now` is monotonic."""
        if self._lingering_since is not None:
            return now - self._lingering_since > LINGER_S or now - self.moved_at > LINGER_STALL_S
        if self.total_outbufs_len:
            return self._answer_overdue(now)
        self._sending_since = None
        if self.requests:
            return False  # the application is at work
        request = self.request
        if request is None:
            return now - self.moved_at > IDLE_TIMEOUT_S
        waited = now - request.started
        if not request.headers_finished:
            return waited > HEADER_TIMEOUT_S
        stalled = now - self.moved_at > STALL_TIMEOUT_S
        return stalled or waited > STALL_TIMEOUT_S + request.body_bytes_received / self.adj.slowest_body_bytes_per_s

    def _answer_overdue(self, now: float) -> bool:
        if self._sending_since is None:
            self._sending_since, self._sent_bytes = now, 0
        return now - self._sending_since > STALL_TIMEOUT_S + self._sent_bytes / SLOWEST_ANSWER_BYTES_PER_S

    def in_use(self) -> bool:
        """Say whether a client waits for something on this connection: it is kept while the server stops."""
        request = self.request
        receiving = request is not None and request.headers_finished
        return bool(self.requests or self.total_outbufs_len or self.close_when_flushed or receiving)

    def eviction_rank(self) -> tuple[int, float]:
        """Order connections by how little is lost when one must give way; smallest goes first."""
        request = self.request
        if self.requests:
            return (4, self.moved_at)
        if self.total_outbufs_len:
            return (3, self._sending_since or self.moved_at)
        if request is None:
            return (0, self.moved_at)
        return (2 if request.headers_finished else 1, request.started)


class Server(TcpWSGIServer):
    """The accepting side: it never stops accepting; at its limit the connection that matters least gives way."""

    channel_class = Channel
    adj: Limits
    draining = False

    def __init__(self, application: WSGIApp, listener: socket.socket, adj: Limits) -> None:
        address = (listener.family, listener.type, listener.proto, listener.getsockname())
        super().__init__(application, map={}, _sock=listener, adj=adj, sockinfo=address, bind_socket=False)

    def readable(self) -> bool:
        """Tell the loop to accept: always, for a full server must not lock a newcomer out."""
        return True

    def handle_accept(self) -> None:
        """Accept one connection; a process whose threads are all at work lets the others try first."""
        workers = self.task_dispatcher
        if len(workers.threads) - workers.active_count <= len(workers.queue):
            time.sleep(YIELD_S)
        if len(self.active_channels) >= self.adj.connection_limit:
            min(self.active_channels.values(), key=Channel.eviction_rank).handle_close()
        super().handle_accept()

    def close_overdue(self) -> None:
        """Close the connections of clients that were too slow for too long."""
        now = time.monotonic()
        for channel in list(self.active_channels.values()):
            if channel.overdue(now):
                channel.handle_close()

    def turn(self, timeout_s: float) -> None:
        """Serve what is ready, waiting at most `timeout_s` for something to be."""
        wasyncore.poll2(timeout_s, self._map)

    def stop(self, grace_s: float, *, accept: bool = True) -> None:
        """Accept no more, finish what is running or arriving, within `grace_s`.

        Who is at the door already is let in, unless another process will do it.
        """
        told_at = time.monotonic()
        deadline = told_at + grace_s
        while accept and time.monotonic() < told_at + LAST_WELCOME_S:
            self.turn(0.05)
        self.draining = True
        wasyncore.dispatcher.close(self)
        while time.monotonic() < deadline:
            for channel in list(self.active_channels.values()):
                if not channel.in_use():
                    channel.handle_close()
            if not self.active_channels:
                break
            self.turn(0.1)
        self.task_dispatcher.shutdown(timeout=max(0.1, deadline - time.monotonic()))
