"""A phone's film of two gigabytes, of which only the pages that hold something exist."""

from __future__ import annotations

import io
from fractions import Fraction

import av
from PIL import Image

from tests.inspection.hostile.boxes import box, boxes, rewrite

RATE, MINUTES = 30, 10


def film() -> bytes:
    """Return ten minutes of 30 frames a second: an index as long as that of a large film, few bytes in each frame."""
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="mp4") as target:
        stream = target.add_stream("libx264", rate=RATE, options={"preset": "ultrafast", "g": "30"})
        stream.width, stream.height, stream.pix_fmt, stream.thread_count = 128, 72, "yuv420p", 1
        sound = target.add_stream("aac", rate=48000)
        sound.layout = "mono"
        for number in range(RATE * 60 * MINUTES):
            if number % RATE == 0:
                second = number // RATE
                shown = av.VideoFrame.from_image(Image.new("RGB", (128, 72), (second % 256, 90, 255 - second % 256)))
            shown.pts, shown.time_base = number, Fraction(1, RATE)
            target.mux(stream.encode(shown))
        target.mux(stream.encode())
        step = 48000
        for second in range(60 * MINUTES):
            heard = av.AudioFrame(format="s16", layout="mono", samples=step)
            heard.planes[0].update(bytes(step * 2))
            heard.sample_rate, heard.pts, heard.time_base = 48000, second * step, Fraction(1, 48000)
            target.mux(sound.encode(heard))
        target.mux(sound.encode())
    return buffer.getvalue()


class Sparse:
    """A file given by what stands where; zeros between. ``read`` is what the confined child asks."""

    def __init__(self, size: int) -> None:
        self.size = size
        self._pieces: list[tuple[int, bytes]] = []

    def put(self, at: int, data: bytes) -> None:
        """Let these bytes stand there."""
        self._pieces.append((at, data))

    def read(self, offset: int, length: int) -> bytes:
        """Return a range."""
        end = min(offset + length, self.size)
        found = bytearray(end - offset)
        for at, data in self._pieces:
            low, high = max(at, offset), min(at + len(data), end)
            if low < high:
                found[low - offset : high - offset] = data[low - at : high - at]
        return bytes(found)


def spread(whole: bytes, size: int, index_at: float) -> Sparse:
    """Return the film with its frames spread evenly over ``size`` bytes and its index behind that share of them."""
    parts = dict(boxes(whole))
    index = box(b"moov", parts[b"moov"])
    starts = sorted({at for table in _tables(index) for at in _offsets(table)})
    ends = [*starts[1:], whole.index(b"mdat") + 4 + len(parts[b"mdat"])]
    head = box(b"ftyp", parts[b"ftyp"])
    before = int((size - len(head) - len(index) - 16) * index_at)
    after_at = len(head) + 8 + before + len(index) + 8
    split = round(len(starts) * index_at)
    places = [
        *_evenly(len(head) + 8, before, split),
        *_evenly(after_at, size - after_at, len(starts) - split),
    ]
    moved = dict(zip(starts, places, strict=True))

    def change(kind: bytes, content: bytes) -> bytes | None:
        if kind == b"stbl":
            return box(kind, rewrite(content, change))
        if kind == b"stco":
            return box(kind, content[:8], *(moved[at].to_bytes(4) for at in _offsets(content)))
        return None

    made = Sparse(size)
    made.put(0, head + (before + 8).to_bytes(4) + b"mdat")
    made.put(len(head) + 8 + before, rewrite(index, change) + (size - after_at + 8).to_bytes(4) + b"mdat")
    for start, end in zip(starts, ends, strict=True):
        made.put(moved[start], whole[start:end])
    return made


def _tables(index: bytes) -> list[bytes]:
    """Return the tables of where chunks are, one a stream."""
    found: list[bytes] = []

    def look(kind: bytes, content: bytes) -> bytes | None:
        if kind == b"stco":
            found.append(content)
        return box(kind, rewrite(content, look)) if kind == b"stbl" else None

    rewrite(index, look)
    return found


def _offsets(table: bytes) -> list[int]:
    return [int.from_bytes(table[at : at + 4]) for at in range(8, len(table), 4)]


def _evenly(low: int, width: int, count: int) -> list[int]:
    return [low + number * (width // count) for number in range(count)]
