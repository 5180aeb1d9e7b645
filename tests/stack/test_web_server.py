"""The web server as a real process: arrivals, refused bodies, slow clients, restarts and stops."""

import json
import os
import random
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from creative_platform.stack import web
from creative_platform.stack.doors import Door, bind

ROOT = Path(__file__).resolve().parents[2]


class Running:
    """A started web server: its process, its ports, what it logged."""

    def __init__(self, process, log_path, ports):
        self.process = process
        self.log_path = log_path
        self.port = ports["pages"]
        self.upload_port = ports.get("uploads")

    def log(self):
        return self.log_path.read_text()


@contextmanager
def web_server(*arguments, **environment):
    with tempfile.TemporaryDirectory() as folder:
        log_path = Path(folder, "web.log")
        command = [
            sys.executable,
            "-m",
            "creative_platform.stack.web",
            "--app",
            "tests.stack.web_app:app",
            "--port",
            "0",
        ]
        with log_path.open("w") as log:
            process = subprocess.Popen(
                [*command, *arguments], cwd=ROOT, env={**os.environ, **environment}, stdout=log, stderr=log
            )
        try:
            doors = 2 if "--upload-port" in arguments else 1
            yield Running(process, log_path, ports_from(process, log_path, doors))
        finally:
            process.terminate()
            process.wait(15)


def ports_from(process, log_path, doors):
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline and process.poll() is None:
        found = dict(re.findall(r"listening for (\w+) on http://[^ ]+:(\d+)", log_path.read_text()))
        if len(found) == doors:
            return {name: int(port) for name, port in found.items()}
        time.sleep(0.05)
    raise AssertionError(log_path.read_text())


@pytest.fixture(scope="module")
def server():
    with web_server("--threads", "4") as running:
        yield running


def connect(port, timeout=10):
    return socket.create_connection(("127.0.0.1", port), timeout)


def read_answer(connection):
    """Return (status, headers by lower-case name, body); the body is read by its length or to the end."""
    return read_from(connection.makefile("rb"))


def read_from(stream):
    status = int(stream.readline().split()[1])
    headers = {}
    while (line := stream.readline().strip()) != b"":
        name, _, value = line.decode().partition(": ")
        headers[name.lower()] = value
    length = headers.get("content-length")
    return status, headers, stream.read(int(length)) if length is not None else stream.read()


def ask(port, request=b"GET / HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n"):
    with connect(port) as connection:
        connection.sendall(request)
        return read_answer(connection)


def head(method="POST", path="/", **headers):
    lines = [f"{method} {path} HTTP/1.1", "Host: test"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


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


def test_both_processes_answer_and_a_killed_one_is_replaced():
    with web_server("--processes", "2") as running:
        pids = pids_of(running)
        os.kill(min(pids), signal.SIGKILL)
        deadline = time.monotonic() + 10
        while len(children_of(running)) < 2 or children_of(running) == pids:
            assert time.monotonic() < deadline
            time.sleep(0.05)
        assert pids_of(running) == children_of(running)
        assert min(pids) not in children_of(running)


def pids_of(running, count=2):
    """Return the pids that answer, each kept busy until all have."""
    deadline = time.monotonic() + 20
    with ExitStack() as stack:
        pids = set()
        while len(pids) < count:
            assert time.monotonic() < deadline
            connection = stack.enter_context(connect(running.port))
            connection.sendall(head("GET"))
            pids.add(json.loads(read_answer(connection)[2])["pid"])
    return pids


def children_of(running):
    pid = running.process.pid
    return {int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()}


def test_sigterm_lets_running_and_arriving_requests_finish():
    with web_server() as running, connect(running.port) as waiting, connect(running.port) as arriving:
        idle = connect(running.port)
        waiting.sendall(head("GET", "/wait/1.5"))
        arriving.sendall(head(Content_Length=4) + b"ab")
        time.sleep(0.5)
        running.process.send_signal(signal.SIGTERM)
        time.sleep(0.5)
        assert idle.recv(1) == b""
        idle.close()
        with pytest.raises(ConnectionRefusedError):
            connect(running.port)
        arriving.sendall(b"cd")
        assert read_answer(arriving)[0] == 200
        status, headers, body = read_answer(waiting)
        assert (status, headers["connection"], body) == (200, "close", b"waited")
        assert running.process.wait(5) == 0


def test_children_end_when_their_parent_is_killed():
    with web_server("--processes", "2") as running:
        pids = pids_of(running)
        running.process.kill()
        deadline = time.monotonic() + 15
        while any(Path(f"/proc/{pid}/cmdline").exists() for pid in pids):
            assert time.monotonic() < deadline
            time.sleep(0.1)


@pytest.mark.parametrize("processes", [1, 2])
def test_uploads_have_a_process_of_their_own_for_as_long_as_somebody_comes(processes):
    with web_server("--processes", str(processes), "--upload-port", "0", "--upload-idle-s", "1") as running:
        pages = pids_of(running, processes)
        assert children_of(running) == pages
        uploads = uploader_of(running)
        assert uploads not in pages
        assert children_of(running) == {*pages, uploads}
        with connect(running.upload_port) as arriving:
            arriving.sendall(head(Content_Length=4) + b"ab")
            time.sleep(3)
            assert children_of(running) == {*pages, uploads}  # a body that takes its time is somebody
            arriving.sendall(b"cd")
            assert json.loads(read_answer(arriving)[2])["pid"] == uploads
        wait_until(lambda: children_of(running) == pages)
        assert uploader_of(running) not in {*pages, uploads}


def test_nobody_is_refused_while_the_process_for_uploads_comes_and_goes():
    with web_server("--upload-port", "0", "--upload-idle-s", "0.1") as running:
        seen = set()
        until = time.monotonic() + 15
        while time.monotonic() < until or len(seen) < 3:
            seen.add(uploader_of(running))
            time.sleep(random.uniform(0, 2.4))  # the loop looks once a second


def test_a_process_for_uploads_that_was_killed_is_followed_by_another():
    with web_server("--upload-port", "0") as running:
        uploads = uploader_of(running)
        os.kill(uploads, signal.SIGKILL)
        assert uploader_of(running) != uploads


def test_a_request_that_waits_for_the_process_for_uploads_has_come_when_it_came():
    with web_server("--upload-port", "0") as running, connect(running.upload_port) as waiting:
        running.process.send_signal(signal.SIGSTOP)
        before = time.time()
        waiting.sendall(head(Content_Length=4) + b"ab")
        after = time.time()
        time.sleep(1)
        running.process.send_signal(signal.SIGCONT)
        time.sleep(1)
        waiting.sendall(b"cd")
        told = json.loads(read_answer(waiting)[2])
    assert before <= told["arrival"] <= after + 0.1
    assert told["called"] - told["arrival"] > 1.5


FAILS_LATER = """
import os, sys
from creative_platform.stack.web import Uploads, serve
from tests.stack.web_app import app

def load():
    loaded = os.open(sys.argv[1], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(loaded, b".")
    if os.fstat(loaded).st_size > 1:
        raise RuntimeError("no application any more")
    return app

import logging
logging.basicConfig(level=logging.INFO)
serve(load, port=0, uploads=Uploads(port=0))
"""


def test_an_application_that_uploads_cannot_load_is_tried_seldom_and_pages_go_on(tmp_path):
    loads, log_path = tmp_path / "loads", tmp_path / "web.log"
    with log_path.open("w") as log:
        command = [sys.executable, "-c", FAILS_LATER, str(loads)]
        process = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log)
    try:
        ports = ports_from(process, log_path, 2)
        assert ask(ports["pages"])[0] == 200
        with connect(ports["uploads"]):
            wait_until(lambda: loads.stat().st_size == 2)
            time.sleep(2.5)
        assert loads.stat().st_size == 2
        assert ask(ports["pages"])[0] == 200
    finally:
        process.terminate()
        process.wait(15)


def test_no_process_to_be_had_at_the_moment_stops_nobody(monkeypatch):
    door = Door("uploads", bind("127.0.0.1", 0), 1, 1024, idle_s=60.0)
    parent = web._Parent(lambda: None, [door], None)
    parent._waiting = [(0.0, door)]

    def none_left():
        raise BlockingIOError(11, "Resource temporarily unavailable")

    monkeypatch.setattr(web.os, "fork", none_left)
    with door.listener:
        parent._start_waiting()
        assert ([waits for _, waits in parent._waiting], parent._children) == ([door], {})
        assert parent._waiting[0][0] > time.monotonic()
        assert signal.SIGTERM not in signal.pthread_sigmask(signal.SIG_BLOCK, [])


def uploader_of(running):
    return json.loads(ask(running.upload_port)[2])["pid"]


def wait_until(true, timeout_s=15):
    deadline = time.monotonic() + timeout_s
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_sigterm_lets_a_running_upload_finish():
    with web_server("--upload-port", "0") as running, connect(running.upload_port) as arriving:
        arriving.sendall(head(Content_Length=4) + b"ab")
        time.sleep(0.5)
        running.process.send_signal(signal.SIGTERM)
        time.sleep(0.5)
        arriving.sendall(b"cd")
        assert (read_answer(arriving)[0], running.process.wait(5)) == (200, 0)


def test_a_server_without_an_application_ends_and_says_why():
    command = [sys.executable, "-m", "creative_platform.stack.web", "--app", "tests.stack.no_such_app", "--port", "0"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=20, check=False)
    assert done.returncode == 78
    assert "No module named 'tests.stack.no_such_app'" in done.stderr
    assert done.stderr.count("the application cannot be loaded") == 1


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
