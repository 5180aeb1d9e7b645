"""Words of a file that evidence may quote, packed for one row; pure, standard library alone."""

from __future__ import annotations

import json
import zlib

MOST_UNPACKED = 16 << 20


def pack_words(words: dict[str, str]) -> bytes:
    """Pack texts by their name within the file (empty for the file itself)."""
    return zlib.compress(json.dumps(words, ensure_ascii=False).encode("utf-8", "replace"), 6)


def unpack_words(packed: bytes | None) -> dict[str, str]:
    """Return what was packed; nothing when there is nothing."""
    if not packed:
        return {}
    plain = zlib.decompressobj().decompress(packed, MOST_UNPACKED)
    found: dict[str, str] = json.loads(plain)
    return found
