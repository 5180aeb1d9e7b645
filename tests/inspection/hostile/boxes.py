"""Take an MP4 apart and put it together again, for files that no encoder writes."""

from __future__ import annotations

from collections.abc import Callable, Iterator

CONTAINERS = {b"moov", b"trak", b"mdia", b"minf", b"dinf"}


def box(kind: bytes, *content: bytes) -> bytes:
    body = b"".join(content)
    return (8 + len(body)).to_bytes(4) + kind + body


def boxes(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield (type, content) of boxes side by side."""
    at = 0
    while at + 8 <= len(data):
        size = int.from_bytes(data[at : at + 4]) or len(data) - at
        yield data[at + 4 : at + 8], data[at + 8 : at + size]
        at += size


def rewrite(data: bytes, change: Callable[[bytes, bytes], bytes | None]) -> bytes:
    """Return the file with every box passed through `change(type, content)`; None keeps it.

    The index must be at the end of the file: what stands before it is not moved.
    """
    out = []
    for kind, content in boxes(data):
        changed = change(kind, content)
        if changed is not None:
            out.append(changed)
        else:
            out.append(box(kind, rewrite(content, change)) if kind in CONTAINERS else box(kind, content))
    return b"".join(out)


def matroska(number: int, *content: bytes) -> bytes:
    """Return an EBML element with an eight-byte size."""
    body = b"".join(content)
    return number.to_bytes((number.bit_length() + 7) // 8) + b"\x01" + len(body).to_bytes(7) + body


EBML = matroska(0x1A45DFA3, matroska(0x4282, b"matroska"))
