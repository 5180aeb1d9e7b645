"""A virus scanner beside us: clamd, asked over its socket (INSTREAM). Without an address nothing is scanned.

It is handed bytes and answers with a name or none. While it does not answer, files wait; what it answers that it does
not take (its limits, an ERROR) goes on as not scanned, and people read that beside the file.
"""

from __future__ import annotations

import contextlib
import logging
import socket
from collections.abc import Iterator
from urllib.parse import urlsplit

from creative_platform.core.text import legible

LOOK_AGAIN_S, LOOK_AGAIN_MOST_S = 60, 3600
CONNECT_TIMEOUT_S = 5
ANSWER_TIMEOUT_S = 150  # longer than its own MaxScanTime (120 s), of which it says so
CHUNK_BYTES = 256 * 1024
_MOST_ANSWER_BYTES = 4096
_BEYOND = "Heuristics.Limits.Exceeded"  # what it calls a file larger or deeper than it looks at (AlertExceedsMax)
_url = ""
log = logging.getLogger(__name__)


class ScannerAway(Exception):
    """The scanner did not answer, or not for the whole file."""


def configure(url: str) -> None:
    """Say where clamd listens: ``tcp://host:port`` or ``unix:///path``; empty: nothing is scanned."""
    global _url
    _url = url


def is_on() -> bool:
    """Say whether files are scanned here."""
    return bool(_url)


def answers() -> bool:
    """Say whether the scanner is there now."""
    try:
        with _connected() as connection:
            connection.sendall(b"zPING\0")
            return _answer(connection) == "PONG"
    except ScannerAway:
        return False


class Scan:
    """One file on its way through the scanner."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._broke_off = ""  # what it said when it stopped listening

    def send(self, chunk: bytes) -> None:
        """Hand over the next bytes. Raises ScannerAway."""
        for start in range(0, len(chunk), CHUNK_BYTES):
            piece = chunk[start : start + CHUNK_BYTES]
            self._hand_over(len(piece).to_bytes(4) + piece)

    def verdict(self) -> str | None:
        """Return the name of what was found in all bytes sent, empty for nothing; None when it does not take them.

        Raises ScannerAway.
        """
        self._hand_over(bytes(4))
        answer = self._broke_off or _answer(self._connection)
        if answer == "stream: OK" and not self._broke_off:
            return ""
        found = answer.startswith("stream: ") and answer.endswith(" FOUND")
        name = legible(answer[len("stream: ") : -len(" FOUND")])[:100] or "?" if found else ""
        if answer.endswith(" ERROR") or name.startswith(_BEYOND):
            log.warning("the virus scanner did not take a file: %s", legible(answer)[:200])
            return None
        if name:
            return name
        raise ScannerAway(legible(answer)[:200] or "no answer")

    def _hand_over(self, data: bytes) -> None:
        if self._broke_off:
            return
        try:
            self._connection.sendall(data)
        except OSError as error:  # it stops listening when a file is longer than it takes, and says so
            self._broke_off = _last_words(self._connection)
            if not self._broke_off:
                raise ScannerAway(f"{type(error).__name__}: {error}") from error


@contextlib.contextmanager
def scan() -> Iterator[Scan | None]:
    """Open a scan; None where nothing is scanned. Raises ScannerAway."""
    if not _url:
        yield None
        return
    with _connected() as connection:
        try:
            connection.sendall(b"zINSTREAM\0")
        except OSError as error:
            raise ScannerAway(str(error)) from error
        yield Scan(connection)


def _connected() -> socket.socket:
    parts = urlsplit(_url)
    try:
        if parts.scheme == "unix":
            connection = socket.socket(socket.AF_UNIX)
            connection.settimeout(CONNECT_TIMEOUT_S)
            try:
                connection.connect(parts.path)
            except OSError:
                connection.close()
                raise
        else:
            connection = socket.create_connection((parts.hostname, parts.port), CONNECT_TIMEOUT_S)
    except OSError as error:
        raise ScannerAway(f"{_url}: {error}") from error
    connection.settimeout(ANSWER_TIMEOUT_S)
    return connection


def _answer(connection: socket.socket) -> str:
    """Return what the scanner says, up to its closing zero byte."""
    heard = b""
    try:
        while b"\0" not in heard and len(heard) < _MOST_ANSWER_BYTES:
            piece = connection.recv(_MOST_ANSWER_BYTES)
            if not piece:
                break
            heard += piece
    except OSError as error:
        raise ScannerAway(f"{type(error).__name__}: {error}") from error
    said, closed, _ = heard.partition(b"\0")
    if not closed:
        raise ScannerAway("it hung up")
    return said.decode("utf-8", "replace").strip()


def _last_words(connection: socket.socket) -> str:
    try:
        return _answer(connection)
    except ScannerAway:
        return ""
