"""Files that tell who made them, and where: accepted, and nothing of that may come out."""

from __future__ import annotations

from tests.inspection import papers, recordings
from tests.inspection.hostile.boxes import box, rewrite
from tests.inspection.hostile.item import ACCEPTED, Hostile
from tests.inspection.recordings import MARK, recording


def _places() -> bytes:
    """Return a film with a place, an XMP box and user data, as phones write them."""

    def change(kind: bytes, content: bytes) -> bytes | None:
        if kind != b"moov":
            return None
        place = box(b"udta", box(b"\xa9xyz", len(MARK).to_bytes(2), b"\x15\xc7", MARK), box(b"cprt", bytes(6), MARK))
        return box(b"moov", content, place)

    xmp = box(b"uuid", b"\xbe\x7a\xcf\xcb\x97\xa9\x42\xe8\x9c\x71\x99\x94\x91\xe3\xaf\xac", MARK)
    return rewrite(recordings.mp4(), change) + xmp


def _segments() -> bytes:
    """Return a JPEG with what editors and phones put in application segments."""
    data = papers.image("JPEG")
    extra = b""
    for code, body in (
        (0xED, b"Photoshop 3.0\x008BIM\x04\x04\0\0\0\0\0\x10\x1c\x02\x50" + MARK),
        (0xE2, b"ICC_PROFILE\0\x01\x01" + MARK),
        (0xEC, b"Ducky" + MARK),
        (0xEF, MARK),
    ):
        extra += b"\xff" + bytes([code]) + (2 + len(body)).to_bytes(2) + body
    return data[:2] + extra + data[2:]


def _chunks() -> bytes:
    data = papers.image("PNG")
    return data[:33] + papers.png_chunk(b"tEXt", b"Author\0" + MARK) + papers.png_chunk(b"prVt", MARK) + data[33:]


FILES = {
    "photo with a place": Hostile(lambda: papers.image("JPEG", 6), ".jpg", ACCEPTED),
    "photo of an editor": Hostile(_segments, ".jpg", ACCEPTED),
    "png with texts": Hostile(_chunks, ".png", ACCEPTED),
    "webp with a place": Hostile(lambda: papers.image("WEBP"), ".webp", ACCEPTED),
    "avif with a place": Hostile(lambda: papers.image("AVIF"), ".avif", ACCEPTED),
    "gif with a comment": Hostile(lambda: papers.image("GIF"), ".gif", ACCEPTED),
    "film with a place": Hostile(_places, ".mp4", ACCEPTED),
    "film with an attachment and chapters": Hostile(lambda: recording("matroska", "libx264", "aac"), ".mkv", ACCEPTED),
    "webm with a comment in the setup of its sound": Hostile(
        lambda: recording("webm", "libvpx", "vorbis"), ".webm", ACCEPTED
    ),
    "song with three kinds of tags": Hostile(recordings.mp3, ".mp3", ACCEPTED),
    "ogg with comments": Hostile(lambda: recording("ogg", None, "vorbis"), ".ogg", ACCEPTED),
    "flac with comments": Hostile(lambda: recording("flac", None, "flac"), ".flac", ACCEPTED),
    "wav with a list of texts": Hostile(lambda: recording("wav", None, "pcm_s16le"), ".wav", ACCEPTED),
    "m4a with tags": Hostile(lambda: recording("mp4", None, "aac"), ".m4a", ACCEPTED),
    "document with an author": Hostile(papers.pdf, ".pdf", ACCEPTED),
}
