"""A virus scanner beside us: clamd, asked over its socket (INSTREAM). Without an address nothing is scanned.

It is handed bytes and answers with a name or none; what it cannot answer for waits, and never passes in silence.
"""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterator
from urllib.parse import urlsplit

from creative_platform.core.text import legible

LOOK_AGAIN_S = 60
CONNECT_TIMEOUT_S = 5
ANSWER_TIMEOUT_S = 120
PIECE_BYTES = 256 * 1024
_MOST_ANSWER_BYTES = 4096
_url = ""


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

    def send(self, chunk: bytes) -> None:
        """Hand over the next bytes. Raises ScannerAway."""
        for start in range(0, len(chunk), PIECE_BYTES):
            piece = chunk[start : start + PIECE_BYTES]
            try:
                self._connection.sendall(len(piece).to_bytes(4) + piece)
            except OSError as error:  # it stops listening when a file is longer than it takes, and says so
                raise ScannerAway(_last_words(self._connection) or f"{type(error).__name__}: {error}") from error

    def verdict(self) -> str:
        """Return the name of what was found in all bytes sent; empty when nothing was. Raises ScannerAway."""
        try:
            self._connection.sendall(bytes(4))
        except OSError as error:
            raise ScannerAway(_last_words(self._connection) or f"{type(error).__name__}: {error}") from error
        answer = _answer(self._connection)
        if answer == "stream: OK":
            return ""
        if answer.startswith("stream: ") and answer.endswith(" FOUND"):
            return legible(answer[len("stream: ") : -len(" FOUND")])[:100] or "?"
        raise ScannerAway(answer or "no answer")


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
