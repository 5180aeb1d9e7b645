"""A started web server and raw requests to it."""

import os
import re
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

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


def children_of(running):
    pid = running.process.pid
    return {int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()}
