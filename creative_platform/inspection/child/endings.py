"""What an image's header declares and where its format says that it ends, read without a decoder."""

import re
from collections.abc import Iterator

from creative_platform.confinement.child.refusal import Refused
from creative_platform.confinement.child.source import RangeSource

_SCAN_BYTES, _FIRST_BYTES = 1 << 20, 1 << 12
_MOST_EXIF_SEGMENTS = 32  # of 64 KiB, where one is usual: Pillow joins them, in time of the square of their number
_MARKER_IN_SCAN = re.compile(rb"\xff(?=[^\x00\xd0-\xd7\xff])")  # stuffing, restarts and fill bytes go on


def trailing_bytes(source: RangeSource, format_name: str, most_scans: int) -> int:
    """Return how many bytes follow the end of the image; 0 also when the end cannot be told.

    Raises Refused for a JPEG of more scans than asked: its decoder goes through the whole picture in each; and for one
    of endless EXIF.
    """
    if format_name == "JPEG":
        at = _jpeg_end(source, most_scans)
    else:
        end = {"PNG": _png_end, "WEBP": riff_end, "GIF": _gif_end}.get(format_name)
        at = end(source) if end else None
    return max(0, source.size - at) if at else 0


def declared_size(source: RangeSource, format_name: str) -> tuple[int, int] | None:
    """Return the canvas of a WebP or AVIF header; None for other formats or when it is not found."""
    head = source.at(0, 4096)
    if format_name == "AVIF":
        boxes = [at for at in range(4, len(head) - 16) if head[at : at + 4] == b"ispe"]
        sizes = [(int.from_bytes(head[at + 8 : at + 12]), int.from_bytes(head[at + 12 : at + 16])) for at in boxes]
        return max(sizes, key=lambda size: size[0] * size[1], default=None)
    if format_name != "WEBP" or len(head) < 30:
        return None
    if head[12:16] == b"VP8X":
        return 1 + int.from_bytes(head[24:27], "little"), 1 + int.from_bytes(head[27:30], "little")
    if head[12:16] == b"VP8L":
        bits = int.from_bytes(head[21:25], "little")
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    return int.from_bytes(head[26:28], "little") & 0x3FFF, int.from_bytes(head[28:30], "little") & 0x3FFF


def gif_frames(source: RangeSource, at_most: int) -> int:
    """Return the number of pictures in a GIF, counting no further than asked."""
    count = 0
    for introducer, _ in _gif_blocks(source):
        count += introducer == 0x2C
        if count >= at_most:
            break
    return count


def _png_end(source: RangeSource) -> int | None:
    at = 8
    while at + 12 <= source.size:
        head = source.at(at, 8)
        at += 12 + int.from_bytes(head[:4])
        if head[4:] == b"IEND":
            return at
    return None


def riff_end(source: RangeSource) -> int:
    """Return where a RIFF file says that it ends."""
    size = int.from_bytes(source.at(4, 4), "little")
    return 8 + size + size % 2


def _jpeg_end(source: RangeSource, most_scans: int) -> int | None:
    at, scans, exifs = 2, 0, 0
    while at + 2 <= source.size:
        marker = source.at(at, 8)
        if marker[0] != 0xFF:  # decoders step over strange bytes to the next marker, and so must who counts for them
            found = _after_scan(source, at)
            if found is None:
                return None
            at = found
            continue
        if marker[1] == 0xD9:
            return at + 2
        if marker[1] in (0x00, 0x01, 0xFF) or 0xD0 <= marker[1] <= 0xD8:  # without a length
            at += 1 if marker[1] == 0xFF else 2
            continue
        at += 2 + int.from_bytes(marker[2:4])
        exifs += marker[1] == 0xE1 and marker[4:] == b"Exif"
        if exifs > _MOST_EXIF_SEGMENTS:
            raise Refused("media.unreadable", f"{exifs} segments of EXIF")
        if marker[1] == 0xDA:
            scans += 1
            if scans > most_scans:
                raise Refused("media.too_many_scans", f"{scans} scans", limit=most_scans)
            found = _after_scan(source, at)
            if found is None:
                return None
            at = found
    return None


def _after_scan(source: RangeSource, at: int) -> int | None:
    """Return the offset of the marker that ends the entropy-coded data starting at `at`."""
    wanted = _FIRST_BYTES  # a little first: there may be a marker after a few strange bytes, many times over
    while at < source.size:
        data = source.at(at, wanted)
        found = _MARKER_IN_SCAN.search(data)
        if found:
            return at + found.start()
        if len(data) < wanted:
            return None
        at += len(data) - 1 if data.endswith(b"\xff") else len(data)
        wanted = _SCAN_BYTES
    return None


def _gif_end(source: RangeSource) -> int | None:
    for introducer, at in _gif_blocks(source):
        if introducer == 0x3B:
            return at + 1
    return None


def _gif_blocks(source: RangeSource) -> Iterator[tuple[int, int]]:
    flags = source.at(10, 1)
    at = 13 + (3 << ((flags[0] & 7) + 1) if flags and flags[0] & 0x80 else 0)
    while at < source.size:
        introducer = source.at(at, 1)[0]
        yield introducer, at
        if introducer == 0x21:
            at = _after_sub_blocks(source, at + 2)
        elif introducer == 0x2C:
            packed = source.at(at + 9, 1)
            table = 3 << ((packed[0] & 7) + 1) if packed and packed[0] & 0x80 else 0
            at = _after_sub_blocks(source, at + 10 + table + 1)
        else:
            return


def _after_sub_blocks(source: RangeSource, at: int) -> int:
    while at < source.size:
        size = source.at(at, 1)[0]
        at += 1 + size
        if size == 0:
            break
    return at
