"""The web server as a real process: arrivals, refused bodies, slow clients, proxies."""

import json
import os
import socket
import subprocess
import sys
import time
from contextlib import ExitStack

import pytest

from tests.stack.web_client import ROOT, ask, children_of, connect, head, read_answer, read_from, web_server


@pytest.fixture(scope="module")
def server():
    with web_server("--threads", "4") as running:
        yield running


def test_arrival_is_when_the_headers_were_complete(server):
    with connect(server.port) as connection:
        connection.sendall(head(Content_Length=4)[:-4])
        time.sleep(0.3)
        before = time.time()
        connection.sendall(b"\r\n\r\n")
        time.sleep(0.1)
        after = time.time()
        connection.sendall(b"ab")
        time.sleep(2)
        connection.sendall(b"cd")
        status, _, body = read_answer(connection)
    told = json.loads(body)
    assert (status, told["body_bytes"]) == (200, 4)
    assert before <= told["arrival"] <= after
    assert told["called"] - told["arrival"] >= 2


def test_arrival_does_not_wait_for_a_free_thread(server):
    with ExitStack() as stack:
        busy = [stack.enter_context(connect(server.port)) for _ in range(16)]  # twice as many as there are threads
        for connection in busy:
            connection.sendall(head("GET", "/wait/1.0"))
        time.sleep(0.3)
        late = stack.enter_context(connect(server.port))
        late.sendall(head("GET"))
        sent = time.time()
        told = json.loads(read_answer(late)[2])
        assert abs(told["arrival"] - sent) < 0.3
        assert told["called"] - sent > 0.5
        assert [read_answer(connection)[2] for connection in busy] == [b"waited"] * 16


def test_a_client_cannot_say_when_it_arrived(server):
    before = time.time()
    _, _, body = ask(server.port, head("GET", creative_platform_arrival="1", Creative__Platform__Arrival="1"))
    assert json.loads(body)["arrival"] >= before


def test_each_request_of_a_connection_has_its_own_arrival(server):
    with connect(server.port) as connection:
        connection.sendall(head("GET"))
        first = json.loads(read_answer(connection)[2])
        time.sleep(0.2)
        connection.sendall(head("GET"))
        second = json.loads(read_answer(connection)[2])
    assert second["arrival"] - first["arrival"] >= 0.2


def test_pipelined_requests_are_answered_in_order_with_the_arrival_they_had(server):
    with connect(server.port) as connection, connection.makefile("rb") as stream:
        connection.sendall(head("GET", "/wait/0.5") + head(Content_Length=3) + b"abc" + head("GET"))
        sent = time.time()
        answers = [read_from(stream) for _ in range(3)]
    told = [json.loads(body) for _, _, body in answers[1:]]
    assert (answers[0][2], [seen["body_bytes"] for seen in told]) == (b"waited", [3, 0])
    assert max(seen["arrival"] for seen in told) < sent + 0.3
    assert told[1]["called"] > sent + 0.4


def test_a_pipelining_reader_that_takes_nothing_holds_no_thread(server):
    with ExitStack() as stack:
        for _ in range(8):
            connection = stack.enter_context(connect(server.port))
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            connection.sendall(head("GET", "/big") * 100)
        time.sleep(0.5)
        started = time.monotonic()
        assert ask(server.port)[0] == 200
        assert time.monotonic() - started < 1


def test_a_body_over_the_limit_is_refused_before_it_is_read(server):
    with connect(server.port) as connection:
        connection.sendall(head(Content_Length=5 * 1024 * 1024) + b"x" * 10_000)
        started = time.monotonic()
        status, headers, body = read_answer(connection)
        assert (status, body, headers["connection"]) == (413, b"refused 413", "close")
        assert time.monotonic() - started < 1


def test_a_browser_that_sends_everything_first_still_reads_the_refusal(server):
    with connect(server.port) as connection:
        connection.sendall(head(Content_Length=20 * 1024 * 1024))
        for _ in range(20):
            connection.sendall(b"x" * 1024 * 1024)
        assert read_answer(connection)[0] == 413
        assert connection.recv(1) == b""


def test_a_body_of_exactly_the_limit_is_read_and_one_byte_more_is_not(server):
    limit = 1024 * 1024
    status, _, body = ask(server.port, head(Content_Length=limit, Connection="close") + b"x" * limit)
    assert (status, json.loads(body)["body_bytes"]) == (200, limit)
    assert ask(server.port, head(Content_Length=limit + 1) + b"x" * (limit + 1))[0] == 413


def test_a_chunked_body_over_the_limit_is_refused(server):
    chunk = b"10000\r\n" + b"x" * 65536 + b"\r\n"
    with connect(server.port) as connection:
        connection.sendall(head(Transfer_Encoding="chunked") + chunk * 16)
        connection.settimeout(0.3)
        with pytest.raises(TimeoutError):
            connection.recv(1)  # 1 MiB exactly: still waiting for more
        connection.settimeout(10)
        connection.sendall(chunk)
        status, headers, body = read_answer(connection)
    assert (status, body, headers["connection"]) == (413, b"refused 413", "close")


def test_a_chunked_body_under_the_limit_is_read(server):
    status, _, body = ask(server.port, head(Transfer_Encoding="chunked", Connection="close") + b"3\r\nabc\r\n0\r\n\r\n")
    assert (status, json.loads(body)["body_bytes"]) == (200, 3)


def test_endless_chunk_framing_is_refused(server):
    with connect(server.port) as connection:
        connection.sendall(head(Transfer_Encoding="chunked") + b"3;" + b"a" * 5000)
        assert read_answer(connection)[0] == 400


def test_what_follows_a_refused_body_is_not_a_request(server):
    inner = head("GET")
    with connect(server.port) as connection:
        connection.sendall(head(Content_Length=5 * 1024 * 1024) + inner)
        assert read_answer(connection)[0] == 413
        assert connection.recv(100) == b""


def test_expect_continue_is_answered_only_when_the_body_is_wanted(server):
    with connect(server.port) as connection:
        connection.sendall(head(Content_Length=3, Expect="100-continue"))
        assert connection.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(b"abc")
        assert read_answer(connection)[0] == 200
    with connect(server.port) as connection:
        connection.sendall(head(Content_Length=5 * 1024 * 1024, Expect="100-continue"))
        assert read_answer(connection)[0] == 413


def test_nonsense_is_answered_with_safe_headers_and_no_version(server):
    status, headers, _ = ask(server.port, b"nonsense\r\n\r\n")
    assert (status, headers["x-content-type-options"]) == (400, "nosniff")
    assert headers["content-security-policy"] == "default-src 'none'"
    assert "server" not in headers


@pytest.mark.parametrize("target", [b"http://[::1", b"http://[x]/"])
@pytest.mark.parametrize("first", [b"", b"GET / HTTP/1.1\r\nHost: test\r\n\r\n"], ids=["alone", "sent ahead"])
def test_an_address_that_is_none_is_refused_and_the_process_lives_on(server, first, target):
    before = children_of(server)
    with connect(server.port) as connection:
        connection.sendall(first + b"GET " + target + b" HTTP/1.1\r\nHost: test\r\n\r\n")
        with connection.makefile("rb") as stream:
            statuses = [read_from(stream)[0] for _ in range(2 if first else 1)]
    assert statuses == ([200, 400] if first else [400])
    assert ask(server.port)[0] == 200
    assert children_of(server) == before


def test_headers_over_32_kib_are_refused(server):
    assert ask(server.port, head("GET", X="y" * 33_000))[0] == 431


SLOW_HEADERS = b"GET / HTTP/1.1\r\nHost: test\r\nX-Slow: "
SLOW_BODY = head(Content_Length=1000) + b"a="
SLOW_READ = head("GET", "/big")


@pytest.mark.parametrize("opening", [SLOW_HEADERS, SLOW_BODY, SLOW_READ], ids=["headers", "body", "read"])
def test_forty_slow_clients_do_not_delay_another(server, opening):
    with ExitStack() as stack:
        slow = [stack.enter_context(connect(server.port)) for _ in range(40)]
        for connection in slow:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            connection.sendall(opening)
        time.sleep(0.5)
        times = sorted(timed_ask(server.port, slow) for _ in range(20))
        assert times[18] < 1


def timed_ask(port, slow):
    for connection in slow[::8]:
        if connection.gettimeout():
            connection.send(b"z")
    started = time.monotonic()
    assert ask(port)[0] == 200
    return time.monotonic() - started


def test_two_hundred_idle_connections_do_not_block(server):
    with ExitStack() as stack:
        for _ in range(200):
            stack.enter_context(connect(server.port))
        started = time.monotonic()
        assert ask(server.port)[0] == 200
        assert time.monotonic() - started < 1


def test_a_client_that_leaves_in_the_middle_is_no_news(server):
    before = server.log()
    for _ in range(5):
        with connect(server.port) as connection:
            connection.sendall(head("GET", "/stream"))
            connection.recv(1000)
    with connect(server.port) as connection:
        connection.sendall(SLOW_BODY)
    time.sleep(0.5)
    assert ask(server.port)[0] == 200
    assert server.log() == before


FORWARDED = {
    "X_Forwarded_For": "6.6.6.6, 203.0.113.9, 10.1.2.3",
    "X_Forwarded_Proto": "https",
    "X_Forwarded_Host": "evil.test",
    "Forwarded": "for=6.6.6.6;host=evil.test",
}


@pytest.mark.parametrize(
    ("trusted", "address", "scheme"),
    [("", "127.0.0.1", "http"), ("127.0.0.1, 10.0.0.0/8", "203.0.113.9", "https"), ("10.0.0.0/8", "127.0.0.1", "http")],
)
def test_forwarded_headers_are_believed_from_trusted_proxies_only(trusted, address, scheme):
    with web_server(TRUSTED_PROXIES=trusted) as running:
        told = json.loads(ask(running.port, head("GET", Connection="close", **FORWARDED))[2])
        direct = json.loads(ask(running.port, head("GET", Connection="close"))[2])
    assert (told["address"], told["scheme"], told["host"], told["forwarded"]) == (address, scheme, "test", [])
    assert (told["by_proxy"], direct["by_proxy"]) == (True, False)


def test_uploads_have_four_places_and_the_fifth_is_told_to_come_back():
    arguments = ["--upload-port", "0", "--upload-limit-bytes", str(8 * 1024 * 1024)]
    with web_server(*arguments) as running, ExitStack() as stack:
        slow = [stack.enter_context(connect(running.upload_port)) for _ in range(4)]
        for connection in slow:
            connection.sendall(head(Content_Length=6 * 1024 * 1024) + b"x" * 1000)
        time.sleep(0.3)
        with connect(running.upload_port) as fifth:
            fifth.sendall(head(Content_Length=6 * 1024 * 1024) + b"x" * 1000)
            status, headers, body = read_answer(fifth)
        assert (status, headers["retry-after"], body) == (503, "30", b"refused 503")
        slow.pop().close()  # a client that gives up frees its place
        whole = head(Content_Length=6 * 1024 * 1024, Connection="close") + b"x" * 6 * 1024 * 1024
        for _ in range(2):  # and so does one that is done
            status, _, body = ask_until_there_is_a_place(running.upload_port, whole)
            assert (status, json.loads(body)["body_bytes"]) == (200, 6 * 1024 * 1024)
        assert ask(running.upload_port, head(Content_Length=9 * 1024 * 1024))[0] == 413
        assert ask(running.port, whole)[0] == 413


def ask_until_there_is_a_place(port, request):
    deadline = time.monotonic() + 5
    while (answer := ask(port, request))[0] == 503 and time.monotonic() < deadline:
        time.sleep(0.05)
    return answer


@pytest.mark.parametrize("count", ["1", "10.0.0.0/99", "proxy.example"])
def test_trusted_proxies_that_are_no_addresses_stop_the_start(count):
    done = subprocess.run(
        [sys.executable, "-m", "creative_platform.stack.web", "--app", "tests.stack.web_app:app", "--port", "0"],
        cwd=ROOT,
        env={**os.environ, "TRUSTED_PROXIES": count},
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )
    assert done.returncode == 2
    assert f"TRUSTED_PROXIES takes addresses or networks of proxies, not {count!r}" in done.stderr
