"""Real recordings, made by real encoders, with a marker in every place that metadata can be in."""

from __future__ import annotations

import io
import math
from array import array
from fractions import Fraction
from functools import cache
from typing import Any

import av
from PIL import Image, ImageDraw

MARK = b"Aigerim Testova"
SECONDS, RATE, HERTZ = 2, 15, 48000
WIDTH, HEIGHT = 320, 240


def picture(number: int, width: int = WIDTH, height: int = HEIGHT) -> Image.Image:
    """Return a drawing that changes with its number."""
    image = Image.new("RGB", (width, height), (30, 90, 160))
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, height * 2 // 3, width, height), fill=(60, 120, 40))
    left = number * 5 % width
    draw.ellipse((left, height // 6, left + width // 5, height // 6 + width // 5), fill=(250, 220, 60))
    return image


@cache
def recording(
    format_name: str,
    video: str | None,
    audio: str | None,
    *,
    options: tuple[tuple[str, str], ...] = (),
    size: tuple[int, int] = (WIDTH, HEIGHT),
    black_s: float = 0.0,
    seconds: int = SECONDS,
) -> bytes:
    """Return a recording of that container and those encoders, marked in its metadata."""
    buffer = io.BytesIO()
    with av.open(buffer, "w", format=format_name, options=dict(options)) as target:
        target.metadata.update({"title": MARK.decode(), "artist": MARK.decode(), "comment": MARK.decode()})
        shown = _add_video(target, video, size) if video else None
        heard = _add_audio(target, audio) if audio else None
        if format_name in ("mp4", "matroska") and shown:
            target.set_chapters([_chapter()])
        if format_name == "matroska":
            target.add_attachment("note.txt", "text/plain", MARK)
        if shown:
            _draw(target, shown, size, black_s, seconds)
        if heard:
            _play(target, heard, seconds)
    return buffer.getvalue()


def _chapter() -> Any:
    return {
        "id": 1,
        "start": 0,
        "end": 1000,
        "time_base": Fraction(1, 1000),
        "metadata": {"title": MARK.decode()},
    }


def _add_video(target: Any, name: str, size: tuple[int, int]) -> Any:
    options = {
        "libx264": {"preset": "ultrafast", "g": "10"},
        "libx265": {"preset": "ultrafast", "x265-params": "log-level=0"},
        "libsvtav1": {"preset": "12"},
    }.get(name, {"deadline": "realtime", "cpu-used": "8", "g": "10"})
    stream = target.add_stream(name, rate=RATE, options=options)
    stream.width, stream.height = size
    stream.pix_fmt = "yuv420p"
    stream.thread_count = 1
    stream.metadata["handler_name"] = MARK.decode()
    stream.metadata["title"] = MARK.decode()
    return stream


def _add_audio(target: Any, name: str) -> Any:
    stream = target.add_stream(name, rate=HERTZ, options={"strict": "-2"} if name == "vorbis" else {})
    stream.layout = "stereo"
    stream.metadata["title"] = MARK.decode()
    return stream


def _draw(target: Any, stream: Any, size: tuple[int, int], black_s: float, seconds: int) -> None:
    for number in range(seconds * RATE):
        image = picture(number, *size) if number >= black_s * RATE else Image.new("RGB", size)
        frame = av.VideoFrame.from_image(image)
        frame.pts, frame.time_base = number, Fraction(1, RATE)
        target.mux(stream.encode(frame))
    target.mux(stream.encode())


def _play(target: Any, stream: Any, seconds: int) -> None:
    step = 1200
    one = [int(12000 * math.sin(2 * math.pi * 440 * n / HERTZ)) for n in range(step)]  # a whole number of periods
    samples = array("h", [value for value in one for _ in range(2)]).tobytes()
    for at in range(0, seconds * HERTZ, step):
        frame = av.AudioFrame(format="s16", layout="stereo", samples=step)
        frame.planes[0].update(samples)
        frame.sample_rate, frame.pts, frame.time_base = HERTZ, at, Fraction(1, HERTZ)
        target.mux(stream.encode(frame))
    target.mux(stream.encode())


def mp4(**more: Any) -> bytes:
    """Return an H.264/AAC file with its index at the end."""
    return recording("mp4", "libx264", "aac", **more)


def fragmented_mp4() -> bytes:
    return mp4(options=(("movflags", "frag_keyframe+empty_moov"),))


def faststart_mp4() -> bytes:
    """Return an H.264/AAC file with its index in front, where room was kept for it."""
    return mp4(options=(("moov_size", "20000"),))


def webm() -> bytes:
    return recording("webm", "libvpx-vp9", "libopus")


def mp3() -> bytes:
    """Return an MP3 with tags of three kinds: in front, at the end, and between the frames."""
    coded = recording("mp3", None, "libmp3lame")
    ape = b"APETAGEX" + (2000).to_bytes(4, "little") + (60).to_bytes(4, "little") + bytes(16) + MARK.ljust(28, b" ")
    return coded + ape + b"TAG" + MARK.ljust(125, b"\0")
