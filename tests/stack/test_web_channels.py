"""Clients that are too slow for too long are given up, and a full server still lets a newcomer in."""

import socket
import threading
import time
from contextlib import ExitStack, contextmanager

import pytest

from creative_platform.stack import channels
from creative_platform.stack.bodies import Limits
from creative_platform.stack.channels import Server


def answer(environ, start_response):
    """Answer with much or little, as asked by the path."""
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"x" * 4 * 1024 * 1024 if environ["PATH_INFO"] == "/big" else b"ok"]


@contextmanager
def serving(**settings):
    """Serve in a thread of this process; give the port."""
    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    server = Server(answer, listener, Limits(listener="pages", body_limit_bytes=1024 * 1024, threads=1, **settings))
    done = threading.Event()

    def loop():
        while not done.is_set():
            server.turn(0.02)
            server.close_overdue()
        server.stop(1)
        server.trigger.close()

    thread = threading.Thread(target=loop)
    thread.start()
    try:
        yield port
    finally:
        done.set()
        thread.join()


def connect(port):
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    connection.settimeout(5)
    connection.connect(("127.0.0.1", port))
    return connection


def is_closed(connection):
    """Say whether the server closed it, without waiting."""
    connection.setblocking(False)
    try:
        while data := connection.recv(1 << 20):
            del data
    except BlockingIOError:
        return False
    except ConnectionResetError:
        return True
    return True


@pytest.mark.parametrize(
    ("limit", "opening", "drip"),
    [
        ("HEADER_TIMEOUT_S", b"GET / HTTP/1.1\r\nX: ", b"y"),
        ("STALL_TIMEOUT_S", b"POST / HTTP/1.1\r\nContent-Length: 1000\r\n\r\n", b"y"),
        ("STALL_TIMEOUT_S", b"POST / HTTP/1.1\r\nContent-Length: 1000\r\n\r\n", b""),
        ("IDLE_TIMEOUT_S", b"", b""),
        ("IDLE_TIMEOUT_S", b"GET / HTTP/1.1\r\n\r\n", b""),
    ],
    ids=["headers that drip", "a body that drips", "a body that stalls", "nothing at all", "idle after an answer"],
)
def test_a_client_that_is_too_slow_is_given_up(monkeypatch, limit, opening, drip):
    monkeypatch.setattr(channels, limit, 0.5)
    with serving() as port, connect(port) as connection:
        connection.sendall(opening)
        time.sleep(0.2)
        assert not is_closed(connection)
        for _ in range(8):
            time.sleep(0.1)
            try:
                connection.send(drip)
            except OSError:
                break
        assert is_closed(connection)


def test_a_reader_that_takes_nothing_is_given_up(monkeypatch):
    monkeypatch.setattr(channels, "STALL_TIMEOUT_S", 0.3)
    monkeypatch.setattr(channels, "SLOWEST_ANSWER_BYTES_PER_S", 100 * 1024 * 1024)
    with serving() as port, connect(port) as connection:
        connection.sendall(b"GET /big HTTP/1.1\r\n\r\n")
        time.sleep(1)
        taken = 0
        try:
            while data := connection.recv(1 << 20):
                taken += len(data)
        except ConnectionResetError:
            pass
        assert taken < 4 * 1024 * 1024


def test_a_slow_but_honest_body_is_read(monkeypatch):
    monkeypatch.setattr(channels, "STALL_TIMEOUT_S", 0.3)
    monkeypatch.setattr(channels, "HEADER_TIMEOUT_S", 0.3)
    with serving() as port, connect(port) as connection:
        connection.sendall(b"POST / HTTP/1.1\r\nContent-Length: 10000\r\n\r\n")
        for _ in range(10):
            time.sleep(0.1)
            connection.sendall(b"x" * 1000)
        assert connection.recv(15) == b"HTTP/1.1 200 OK"


def test_a_full_server_gives_up_the_connection_that_matters_least():
    with serving(connection_limit=3) as port, ExitStack() as stack:
        body, headers, idle = (stack.enter_context(connect(port)) for _ in range(3))
        body.sendall(b"POST / HTTP/1.1\r\nContent-Length: 2\r\n\r\na")
        headers.sendall(b"GET / HTTP/1.1\r\n")
        time.sleep(0.3)
        newcomer = stack.enter_context(connect(port))
        newcomer.sendall(b"GET / HTTP/1.1\r\n\r\n")
        assert newcomer.recv(15) == b"HTTP/1.1 200 OK"
        assert is_closed(idle)
        body.sendall(b"b")
        assert body.recv(15) == b"HTTP/1.1 200 OK"
        headers.sendall(b"\r\n")
        assert headers.recv(15) == b"HTTP/1.1 200 OK"


def test_a_request_sent_ahead_that_cannot_be_read_closes_its_connection_alone(monkeypatch):
    read = channels.Parser.parse_header

    def failing(parser, head):
        if b"/fails" in head:
            raise RuntimeError("an error of the parser")
        read(parser, head)

    monkeypatch.setattr(channels.Parser, "parse_header", failing)
    with serving() as port, connect(port) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\n\r\nGET /fails HTTP/1.1\r\n\r\n")
        with connection.makefile("rb") as stream:
            assert stream.read().endswith(b"ok")
        with connect(port) as another:
            another.sendall(b"GET / HTTP/1.1\r\n\r\n")
            assert another.recv(100).startswith(b"HTTP/1.1 200")


def test_nothing_that_was_sent_ahead_is_lost_when_an_answer_is_quick(monkeypatch):
    wanted = channels.HTTPChannel.readable

    def after_the_answer(channel):
        time.sleep(0.1)  # the thread that answers is done before the loop asks whether to read more
        return wanted(channel)

    monkeypatch.setattr(channels.HTTPChannel, "readable", after_the_answer)
    with serving() as port, connect(port) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\n\r\n" * 4)
        assert connection.recv(1000).startswith(b"HTTP/1.1 200")
        connection.sendall(b"GET / HTTP/1.1\r\nConnection: close\r\n\r\n")
        with connection.makefile("rb") as stream:
            assert stream.read().count(b"HTTP/1.1 200") == 4
