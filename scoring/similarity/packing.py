"""Sketches as bytes: the same sketch gives the same bytes, and hostile bytes cannot unpack without end."""

import json
import zlib
from collections.abc import Iterable
from itertools import accumulate
from typing import Any

from scoring.similarity.errors import UnreadableSketch

MAX_UNPACKED = 64_000_000
"""Bytes a stored sketch may unpack to."""


def pack(data: dict[str, Any]) -> bytes:
    """Pack plain data."""
    plain = json.dumps(data, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    return zlib.compress(plain.encode("utf-8", "surrogatepass"), 6)


def unpack(packed: bytes) -> dict[str, Any]:
    """Unpack what `pack` gave.

    Raises
    ------
    UnreadableSketch
        When the bytes are damaged, cut, no object, or unpack to more than `MAX_UNPACKED`.
    """
    unpacker = zlib.decompressobj()
    try:
        plain = unpacker.decompress(packed, MAX_UNPACKED)
        data = json.loads(plain) if unpacker.eof else None
    except (zlib.error, ValueError) as problem:
        raise UnreadableSketch("The stored sketch is damaged.") from problem
    if not isinstance(data, dict):
        raise UnreadableSketch("The stored sketch is cut, too large, or no sketch.")
    return data


def deltas(values: Iterable[int]) -> list[int]:
    """Give the differences of neighbours, which pack better than the values.

    Examples
    --------
    >>> deltas([5, 7, 7])
    [5, 2, 0]
    """
    kept = list(values)
    return [value - before for before, value in zip([0, *kept], kept, strict=False)]


def undeltas(differences: Iterable[int]) -> tuple[int, ...]:
    """Undo `deltas`."""
    return tuple(accumulate(differences))
