"""A line of a given rate, and a sink at its end that takes every byte and keeps none."""

from __future__ import annotations

import contextlib
import http.client
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from urllib.parse import urlsplit

PIECE_BYTES = 64 * 1024
SINK = """
import socketserver, sys
class Sink(socketserver.StreamRequestHandler):
    def handle(self):
        while self.rfile.readline():
            left = 0
            while (line := self.rfile.readline()).strip():
                if line.lower().startswith(b"content-length:"):
                    left = int(line.split(b":")[1])
            while left > 0:
                left -= len(self.rfile.read1(min(left, 262144)))
            self.wfile.write(b"HTTP/1.1 200 OK\\r\\nContent-Length: 0\\r\\n\\r\\n")
server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Sink)
print(server.server_address[1], flush=True)
server.serve_forever()
"""


class Line:
    """What several connections share: together they send no more than so many bytes a second."""

    def __init__(self, bytes_per_s: float) -> None:
        self.bytes_per_s = bytes_per_s
        self._lock = threading.Lock()
        self._free_at = time.monotonic()

    def wait(self, size: int) -> None:
        """Wait until these bytes may go; a sender that was held up elsewhere does not catch up."""
        with self._lock:
            at = max(self._free_at, time.monotonic())
            self._free_at = at + size / self.bytes_per_s
        time.sleep(max(0.0, at - time.monotonic()))

    def put(self, url: str, body: memoryview | bytes, headers: dict[str, str]) -> str:
        """Send a body; return the ETag of the answer, empty without one."""
        parts = urlsplit(url)
        connection = http.client.HTTPConnection(parts.netloc, timeout=120)
        with contextlib.closing(connection):
            connection.putrequest("PUT", f"{parts.path}?{parts.query}", skip_accept_encoding=True)
            for name, value in {**headers, "Content-Length": str(len(body))}.items():
                connection.putheader(name, value)
            connection.endheaders()
            for at in range(0, len(body), PIECE_BYTES):
                piece = body[at : at + PIECE_BYTES]
                self.wait(len(piece))
                connection.send(piece)
            answer = connection.getresponse()
            answer.read()
        if answer.status >= 300:
            raise SystemExit(f"a part was answered with {answer.status}")
        return answer.headers.get("ETag", "")


@contextlib.contextmanager
def sink() -> Iterator[str]:
    """Run the sink in a process of its own; gives its address."""
    with subprocess.Popen([sys.executable, "-c", SINK], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield f"http://127.0.0.1:{int(process.stdout.readline())}/"
        finally:
            process.kill()
