"""How parts lie in the store: as those of a multipart upload, or, small ones, each as an object of its own.

Stores take no parts under 5 MiB. A line of 256 kbit/s carries 5 MiB in three minutes and may never come through one
unbroken; so a file over such a line comes in parts of half a minute, which are put together when all of them are there.
"""

from __future__ import annotations

import secrets
import threading
from contextlib import suppress
from typing import BinaryIO

from creative_platform.core.errors import Unavailable
from creative_platform.media.storage import (
    LEAST_PART_BYTES,
    MIB,
    MOST_PARTS,
    UNTYPED,
    NoSuchObject,
    Part,
    Storage,
    pieces_of,
)

AIM_S = 30  # what a part shall take: so much is lost at most when the line breaks
MOST_PART_BYTES = 224 * MIB  # a ninth of the largest file that a field takes
SIDE_BY_SIDE = 3  # parts share a fast line
LEAST_PARTS_OF_LARGE = 9  # so that progress shows, little is sent again and those side by side end together
LEAST_PIECE_BYTES = MIB // 4
MOST_IN_PIECES_BYTES = 320 * MIB  # larger ones would take too long to put together while a request waits
JOINED_AT_ONCE = 2  # by one process: the bytes go through threads that others wait for
PIECES = "pieces-"  # begins what stands in place of the name that the store gives to an upload

_places = threading.BoundedSemaphore(JOINED_AT_ONCE)


def size_for(size_bytes: int, bytes_per_s: int | None) -> int:
    """Return the part size in bytes for a file over a line as fast as that, None when nobody knows.

    A lost part is sent again whole: small files come in small parts, and no part takes much longer than AIM_S. Over a
    fast line parts are large, for each of them costs the application a signature and a row.
    """
    usual = LEAST_PART_BYTES if size_bytes <= 100 * MIB else 8 * MIB
    if size_bytes > 1024 * MIB:
        usual = 16 * MIB * -(-size_bytes // (16 * MIB * MOST_PARTS))
    if bytes_per_s is None:
        return usual
    carried = bytes_per_s * AIM_S
    share = -(-size_bytes // (LEAST_PARTS_OF_LARGE * MIB)) * MIB
    fast = min(MOST_PART_BYTES, carried // SIDE_BY_SIDE // MIB * MIB, share)
    if fast >= usual or size_bytes <= carried:
        return max(usual, fast)
    if carried < LEAST_PART_BYTES and size_bytes <= MOST_IN_PIECES_BYTES:
        return max(LEAST_PIECE_BYTES, carried // LEAST_PIECE_BYTES * LEAST_PIECE_BYTES)
    least = max(LEAST_PART_BYTES, -(-size_bytes // (MIB * MOST_PARTS)) * MIB)
    return min(usual, max(least, carried // MIB * MIB))


def open_in(store: Storage, key: str, part_size_bytes: int) -> str:
    """Make ready for the parts of an object and return the name under which they come, another one each time."""
    return PIECES + secrets.token_hex(8) if part_size_bytes < LEAST_PART_BYTES else store.open_upload(key, UNTYPED)


def are_pieces(opened: str) -> bool:
    """Say whether the parts that come under this name are objects of their own."""
    return opened.startswith(PIECES)


def folder_of(key: str, opened: str) -> str:
    """Return the prefix of the pieces that come under this name."""
    return f"{pieces_of(key)}{opened.removeprefix(PIECES)}/"


def piece_key(key: str, opened: str, number: int) -> str:
    """Return the key of a piece; numbers have five digits, so that they are listed in order."""
    return f"{folder_of(key, opened)}{number:05}"


def listed(store: Storage, key: str, opened: str) -> list[Part]:
    """Return the parts that the store has, in order. Raises NoSuchObject when it knows of no such upload."""
    if not are_pieces(opened):
        return store.parts(key, opened)
    found = store.objects(folder_of(key, opened))
    return sorted((Part(int(name[-5:]), etag, size) for name, etag, size in found), key=lambda part: part.number)


def address(
    store: Storage, key: str, opened: str, number: int, size_bytes: int, sha256: str
) -> tuple[str, dict[str, str]]:
    """Return the signed address of a part and the headers to send."""
    if not are_pieces(opened):
        return store.part_url(key, opened, number, size_bytes, sha256)
    return store.put_url(piece_key(key, opened, number), size_bytes, sha256)


def send(store: Storage, key: str, opened: str, number: int, body: BinaryIO, sha256: str) -> str:
    """Send a part from here and return what to note of it."""
    if not are_pieces(opened):
        return store.upload_part(key, opened, number, body)
    store.put(piece_key(key, opened, number), body, UNTYPED)
    return sha256


def put_together(store: Storage, key: str, opened: str, parts: list[Part]) -> None:
    """Make the object of its parts; done before is done.

    Raises NoSuchObject when there is neither, Unavailable while as many others as may are put together of pieces.
    """
    if not are_pieces(opened):
        store.complete_upload(key, opened, parts)
        return
    if not _places.acquire(blocking=False):
        raise Unavailable()
    try:
        _join(store, key, opened, parts)
    except NoSuchObject:  # another request was first, and has taken the pieces away since
        store.size_of(key)
    finally:
        _places.release()


def _join(store: Storage, key: str, opened: str, parts: list[Part]) -> None:
    upload, held = store.open_upload(key, UNTYPED), bytearray()
    made: list[Part] = []
    try:
        for part in parts:
            held += store.read(piece_key(key, opened, part.number))
            if len(held) >= LEAST_PART_BYTES or part is parts[-1]:
                etag = store.upload_part(key, upload, len(made) + 1, bytes(held))
                made.append(Part(len(made) + 1, etag, len(held)))
                held.clear()
    except (NoSuchObject, Unavailable):
        with suppress(Unavailable):
            store.abort_upload(key, upload)
        raise
    store.complete_upload(key, upload, made)


def forget(store: Storage, key: str, opened: str) -> None:
    """Take away the parts that came for an object; that there are none is no error."""
    if not are_pieces(opened):
        store.abort_upload(key, opened)
        return
    for name, _, _ in store.objects(folder_of(key, opened)):
        store.delete(name)


def forget_pieces(store: Storage, key: str, opened: str) -> None:
    """Take away what an object was put together of."""
    if are_pieces(opened):
        forget(store, key, opened)
