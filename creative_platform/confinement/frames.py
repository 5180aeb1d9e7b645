"""Length-prefixed frames over a socket: a JSON header and bytes. Both sides cap what they accept."""

import json
import socket
import struct
import time
from typing import Any

PREFIX = struct.Struct(">II")
MAX_HEADER_BYTES = 64 * 1024
MAX_BODY_BYTES = 4 * 1024 * 1024
CHUNK_BYTES = 1024 * 1024


class BrokenFrame(Exception):
    """The other side sent something that is not a frame, or too large a one."""


class Closed(Exception):
    """The other side has gone."""


def send(sock: socket.socket, header: dict[str, Any], body: bytes | memoryview = b"") -> None:
    """Send one frame whole; blocks until the other side takes it or the socket's timeout passes."""
    head = json.dumps(header, separators=(",", ":")).encode()
    sock.sendall(PREFIX.pack(len(head), len(body)) + head)
    if len(body):
        sock.sendall(body)


def receive(sock: socket.socket, deadline: float | None = None) -> tuple[dict[str, Any], bytes]:
    """Return the next frame.

    Raises Closed at the end of the stream, BrokenFrame for anything malformed, TimeoutError at the deadline (of
    time.monotonic), however slowly the other side drips.
    """
    head_bytes, body_bytes = PREFIX.unpack(_exactly(sock, PREFIX.size, deadline))
    if head_bytes > MAX_HEADER_BYTES or body_bytes > MAX_BODY_BYTES:
        raise BrokenFrame(f"frame of {head_bytes} + {body_bytes} bytes")
    try:
        header = json.loads(_exactly(sock, head_bytes, deadline), parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise BrokenFrame("header is not JSON") from error
    if not isinstance(header, dict):
        raise BrokenFrame("header is not an object")
    return header, bytes(_exactly(sock, body_bytes, deadline))


def _no_constant(name: str) -> float:
    raise ValueError(name)


def _exactly(sock: socket.socket, size: int, deadline: float | None) -> bytearray:
    buffer = bytearray(size)
    view = memoryview(buffer)
    got = 0
    while got < size:
        if deadline is not None:
            sock.settimeout(max(0.001, deadline - time.monotonic()))
        count = sock.recv_into(view[got:])
        if not count:
            raise Closed
        got += count
    return buffer
