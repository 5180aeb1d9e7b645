"""Damaged files, as bad lines and dying phones make them."""

from __future__ import annotations

import random

from tests.inspection import papers, recordings
from tests.inspection.hostile.item import Hostile


def _noise(size: int = 60_000, start: bytes = b"") -> bytes:
    return start + random.Random(7).randbytes(size)


def _half(data: bytes) -> bytes:
    return data[: len(data) // 2]


def _scrambled(data: bytes, start: float, seed: int = 3) -> bytes:
    """Return the bytes with a tenth of them changed from some point on."""
    dice, out = random.Random(seed), bytearray(data)
    for at in range(int(len(out) * start), len(out)):
        if dice.random() < 0.1:
            out[at] = dice.randrange(256)
    return bytes(out)


FILES = {
    "nothing": Hostile(lambda: b"", ".mp4", "media.empty"),
    "one byte": Hostile(lambda: b"\xff", ".jpg", "media.unreadable"),
    "zeros": Hostile(lambda: bytes(5000), ".png", "media.unreadable"),
    "noise called mp4": Hostile(_noise, ".mp4", "media.unreadable"),
    "noise called nothing": Hostile(_noise, "", "media.type_not_allowed"),
    "mp4 without its index": Hostile(lambda: _half(recordings.mp4()), ".mp4", "media.truncated"),
    "mp4 without its samples": Hostile(lambda: _half(recordings.faststart_mp4()), ".mp4", "media.truncated"),
    "half a webm": Hostile(lambda: _half(recordings.webm()), ".webm", "media.truncated"),
    "half a wav": Hostile(lambda: _half(recordings.recording("wav", None, "pcm_s16le")), ".wav", "media.truncated"),
    "half a flac": Hostile(lambda: _half(recordings.recording("flac", None, "flac")), ".flac", "media.truncated"),
    "half a jpeg": Hostile(lambda: _half(papers.image("JPEG")), ".jpg", "media.truncated"),
    "half a png": Hostile(lambda: _half(papers.image("PNG")), ".png", "media.truncated"),
    "half a webp": Hostile(lambda: _half(papers.image("WEBP")), ".webp", "media.truncated"),
    "half a gif": Hostile(lambda: papers.image("GIF")[:900], ".gif", "media.truncated"),
    "half an avif": Hostile(lambda: _half(papers.image("AVIF")), ".avif", "media.unreadable"),
    "half a pdf": Hostile(lambda: papers.pdf()[:700], ".pdf", "media.unreadable"),
    "mp3 of noise": Hostile(lambda: _noise(start=b"ID3\x04\0\0\0\0\0\0"), ".mp3", "media.unreadable"),
    "mp4 of noise": Hostile(lambda: _noise(start=b"\0\0\0\x18ftypisom\0\0\2\0isommp42"), ".mp4", "media.unreadable"),
    "mkv of noise": Hostile(lambda: _noise(start=b"\x1aE\xdf\xa3"), ".mkv", "media.unreadable"),
    "ogg of noise": Hostile(lambda: _noise(start=b"OggS"), ".ogg", "media.unreadable"),
    "gif of noise": Hostile(lambda: _noise(start=b"GIF89a"), ".gif", "media.unreadable"),
    "scrambled index": Hostile(lambda: _scrambled(recordings.mp4(), 0.97), ".mp4", "media.unreadable"),
    "pictures but no coded data": Hostile(lambda: recordings.webm()[:600], ".webm", "media.truncated"),
}
