"""The processes of the web server: who has which door, what follows one that ended, how all of them stop."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path

import pytest

from creative_platform.stack import web
from creative_platform.stack.doors import Door, bind
from tests.stack.web_client import ROOT, ask, children_of, connect, head, ports_from, read_answer, web_server


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
