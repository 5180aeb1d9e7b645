"""Small files that would cost much."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib

from PIL import Image

from tests.inspection import papers, recordings
from tests.inspection.hostile.boxes import EBML, box, boxes, matroska, rewrite
from tests.inspection.hostile.item import ACCEPTED, Hostile
from tests.inspection.recordings import HEIGHT, WIDTH


def _png(width: int, height: int, depth: int = 8, colour: int = 2) -> bytes:
    row = zlib.compress(bytes(200_000))
    return (
        papers.png_header(width, height, depth, colour)
        + papers.png_chunk(b"IDAT", row)
        + papers.png_chunk(b"IEND", b"")
    )


def _sizeable_png() -> bytes:
    """Return a PNG of 169 million pixels of one bit, which Pillow alone opens and decodes."""
    buffer = io.BytesIO()
    Image.new("1", (13_000, 13_000)).save(buffer, "PNG")
    return buffer.getvalue()


def _jpeg_claiming(width: int, height: int) -> bytes:
    data = bytearray(papers.image("JPEG"))
    for marker in (b"\xff\xc0", b"\xff\xc2"):
        at = data.find(marker)
        if at >= 0:
            data[at + 5 : at + 9] = height.to_bytes(2) + width.to_bytes(2)
    return bytes(data)


def _webp_claiming() -> bytes:
    body = b"WEBPVP8X" + (10).to_bytes(4, "little") + bytes(4) + (16_382).to_bytes(3, "little") * 2
    return b"RIFF" + (len(body) + 40).to_bytes(4, "little") + body + bytes(40)


def _avif_claiming() -> bytes:
    data = bytearray(papers.image("AVIF"))
    at = data.find(b"ispe")
    data[at + 8 : at + 16] = (60_000).to_bytes(4) * 2
    return bytes(data)


def _gif(frames: int) -> bytes:
    one = b"\x21\xf9\x04\x00\x01\x00\x00\x00\x2c" + bytes(4) + b"\x01\x00\x01\x00\x00\x02\x02\x44\x01\x00"
    return b"GIF89a" + (2000).to_bytes(2, "little") * 2 + b"\x80\x00\x00" + bytes(6) + one * frames + b";"


def _text_bomb() -> bytes:
    packed = b"k\0\0" + zlib.compress(bytes(200 << 20), 9)
    good = papers.image("PNG")
    return good[:33] + papers.png_chunk(b"zTXt", packed) + good[33:]


def _archive(size: int, claimed: int | None = None) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as target, target.open("big.txt", "w") as member:
        for _ in range(size >> 20):
            member.write(bytes(1 << 20))
    data = buffer.getvalue()
    return data if claimed is None else data.replace(size.to_bytes(4, "little"), claimed.to_bytes(4, "little"))


def _tracks(count: int) -> bytes:
    def change(kind: bytes, content: bytes) -> bytes | None:
        if kind != b"moov":
            return None
        track = next(box(k, c) for k, c in boxes(content) if k == b"trak")
        return box(b"moov", content, track * count)

    return rewrite(recordings.mp4(), change)


def _lasting() -> bytes:
    """Return a film whose header declares 2^63 - 1 units of time."""

    def change(kind: bytes, content: bytes) -> bytes | None:
        if kind == b"mvhd":
            return box(kind, b"\1\0\0\0", bytes(16), (1000).to_bytes(4), (2**63 - 1).to_bytes(8), content[20:])
        if kind == b"mdhd":
            return box(kind, b"\1\0\0\0", bytes(16), (1000).to_bytes(4), (2**63 - 1).to_bytes(8), content[20:])
        if kind == b"stts":
            return box(kind, bytes(4), (1).to_bytes(4), (30).to_bytes(4), (2**31 - 1).to_bytes(4))
        return None

    return rewrite(recordings.recording("mp4", "libx264", None), change)


def _huge_frames() -> bytes:
    """Return a film whose key frames say of themselves that they are 16000 pixels wide and high."""
    data = recordings.recording("webm", "libvpx", None)
    size = WIDTH.to_bytes(2, "little") + HEIGHT.to_bytes(2, "little")
    return data.replace(b"\x9d\x01\x2a" + size, b"\x9d\x01\x2a" + (16_000).to_bytes(2, "little") * 2)


def _wav_of_4_gib() -> bytes:
    data = bytearray(recordings.recording("wav", None, "pcm_s16le"))
    at = data.find(b"data")
    data[4:8] = b"\xf0\xff\xff\xff"
    data[at + 4 : at + 8] = b"\x00\xff\xff\x7f"
    return bytes(data)


def _wav_of_five_hours() -> bytes:
    """Return a sound of ten samples a second, so that hours of it are small."""
    samples = bytes(5 * 3600 * 10)
    form = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, 10, 10, 1, 8) + struct.pack("<4sI", b"data", len(samples))
    return struct.pack("<4sI4s", b"RIFF", 4 + len(form) + len(samples), b"WAVE") + form + samples


def _ogg_streams(count: int) -> bytes:
    page = recordings.recording("ogg", None, "libopus")
    first = page[: 28 + page[27]]
    return b"".join(first[:14] + n.to_bytes(4, "little") + first[18:] for n in range(count)) + page


def _matroska_tracks(count: int) -> bytes:
    track = matroska(0xAE, matroska(0xD7, b"\1"), matroska(0x83, b"\1"), matroska(0x86, b"V_VP9"))
    return EBML + matroska(0x18538067, matroska(0x1654AE6B, track * count))


def _jpeg_of_scans(count: int) -> bytes:
    """A progressive JPEG whose last scan comes again and again: each goes over all of the picture."""
    buffer = io.BytesIO()
    recordings.picture(3).save(buffer, "JPEG", progressive=True)
    whole = buffer.getvalue()[:-2]
    last = whole.rindex(b"\xff\xda")
    return whole[:last] + count * whole[last:] + b"\xff\xd9"


FILES = {
    "png of 2.5 billion pixels": Hostile(lambda: _png(50_000, 50_000), ".png", "media.too_many_pixels"),
    "png of 169 million pixels": Hostile(_sizeable_png, ".png", "media.too_many_pixels"),
    "png of one long row": Hostile(lambda: _png(40_000, 1), ".png", "media.resolution"),
    "jpeg claiming 65500 squared": Hostile(lambda: _jpeg_claiming(65_500, 65_500), ".jpg", "media.too_many_pixels"),
    "webp claiming 16383 squared": Hostile(_webp_claiming, ".webp", "media.too_many_pixels"),
    "avif claiming 60000 squared": Hostile(_avif_claiming, ".avif", "media.too_many_pixels"),
    "tiff": Hostile(lambda: b"II*\0\x08\0\0\0" + bytes(200), ".jpg", "media.type_not_allowed"),
    "gif of 20000 pictures": Hostile(lambda: _gif(20_000), ".gif", "media.too_many_frames"),
    "jpeg of 400 scans": Hostile(lambda: _jpeg_of_scans(400), ".jpg", "media.too_many_scans"),
    "gif of 150 large pictures": Hostile(lambda: _gif(150), ".gif", ACCEPTED),
    "png with a text of 200 MiB": Hostile(_text_bomb, ".png", "media.unreadable"),
    "archive of 200 MiB of zeros": Hostile(lambda: _archive(200 << 20), ".zip", "archive.ratio"),
    "archive that lies about its size": Hostile(lambda: _archive(64 << 20, claimed=70_000), ".zip", "archive.corrupt"),
    "mp4 of 10000 tracks": Hostile(lambda: _tracks(10_000), ".mp4", "media.too_many_streams"),
    "mp4 of 17 tracks": Hostile(lambda: _tracks(15), ".mp4", "media.too_many_streams"),
    "mp4 that lasts for ever": Hostile(_lasting, ".mp4", "media.duration"),
    "wav of five hours": Hostile(_wav_of_five_hours, ".wav", "media.duration"),
    "webm of huge frames": Hostile(_huge_frames, ".webm", "media.resolution"),
    "wav that claims 2 GiB": Hostile(_wav_of_4_gib, ".wav", "media.truncated"),
    "ogg of 40 streams": Hostile(lambda: _ogg_streams(40), ".ogg", "media.too_many_streams"),
    "mkv of 40 tracks": Hostile(lambda: _matroska_tracks(40), ".mkv", "media.too_many_streams"),
}
