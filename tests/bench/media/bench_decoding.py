"""What looking into films and making copies costs: ``python -m tests.bench.media.bench_decoding``.

Bytes that the confined child reads of a film of 2 GiB for its facts and its poster, wherever the index stands; and
processor seconds a minute of film for each copy, beside those that decoding the same film takes in this process.
"""

from __future__ import annotations

import argparse
import io
import json
import random
import sys
import time
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
from PIL import Image

from creative_platform.inspection.contract import Recipe
from creative_platform.inspection.runner import inspect
from creative_platform.renditions.contract import CLEAN, LIGHT, Wanted
from creative_platform.renditions.runner import render
from tests.bench.media.sparse import film, spread

KIB = 1024
BUDGET_KIB = 1024
LARGE_BYTES = 2 << 30
SECONDS, RATE = 20, 30


def clip(encoder: str, size: tuple[int, int], container: str) -> bytes:
    """Return a film whose whole picture moves, as of a hand-held phone."""
    buffer = io.BytesIO()
    with av.open(buffer, "w", format=container) as target:
        stream = target.add_stream(encoder, rate=RATE, options={"preset": "ultrafast", "x265-params": "log-level=0"})
        stream.width, stream.height = size
        stream.pix_fmt, stream.bit_rate = "yuv420p", 8_000_000
        for number, image in enumerate(_moving(*size)):
            frame = av.VideoFrame.from_image(image)
            frame.pts, frame.time_base = number, Fraction(1, RATE)
            target.mux(stream.encode(frame))
        target.mux(stream.encode())
    return buffer.getvalue()


def _moving(width: int, height: int) -> Iterator[Image.Image]:
    lot = random.Random(1)
    small = Image.frombytes("RGB", (160, 90), bytes(lot.randrange(256) for _ in range(160 * 90 * 3)))
    scene = small.resize((width * 3 // 2, height * 3 // 2), Image.Resampling.BICUBIC)
    for number in range(SECONDS * RATE):
        left, top = number * 3 % (width // 2), number * 2 % (height // 2)
        yield scene.crop((left, top, left + width, top + height))


def decoding_cpu_s(data: bytes) -> float:
    """Return the processor time of decoding every picture, on one thread."""
    started = time.process_time()
    with av.open(io.BytesIO(data)) as source:
        source.streams.video[0].thread_type = "NONE"
        for _ in source.decode(video=0):
            pass
    return time.process_time() - started


def clean_cpu_s(data: bytes, suffix: str) -> tuple[float, str]:
    """Return the processor time of the clean copy, and how it was made: as it was checked, or encoded anew."""
    seen = inspect(
        _reader(data), len(data), filename_suffix=suffix, wanted=Recipe(clean_copy=True), write=lambda _: None
    )
    if seen.clean is not None:
        return seen.usage.cpu_s, "streams kept"
    return rendered_cpu_s(data, suffix, CLEAN), "encoded anew"


def rendered_cpu_s(data: bytes, suffix: str, copy: str) -> float:
    """Return the processor time of the child that makes this copy."""
    made = render(_reader(data), len(data), Wanted(copy, suffix, SECONDS), lambda _: None)
    if not made.made:
        raise SystemExit(f"the {copy} copy could not be made: {made.reason} {made.detail}")
    return made.usage.cpu_s


def _reader(data: bytes) -> Callable[[int, int], bytes]:
    return lambda offset, length: data[offset : offset + length]


def say(line: str) -> None:
    """Print a line at once."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def main() -> None:
    """Print the tables and write them as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("var/bench/media-decoding.json"))
    args = parser.parse_args()
    found: dict[str, Any] = {"read": {}, "copies": {}}

    whole = film()
    say(f"bytes read of a film of {LARGE_BYTES >> 30} GiB for facts and poster; at most {BUDGET_KIB} KiB")
    for words, share in {"index in front": 0.0, "in the middle": 0.5, "at the end": 1.0}.items():
        large = spread(whole, LARGE_BYTES, share)
        seen = inspect(large.read, large.size, filename_suffix=".mp4")
        if not seen.accepted or not seen.derived:
            raise SystemExit(f"{words}: no poster, {seen.reason} {seen.detail}")
        used = seen.usage
        found["read"][words] = {"bytes": used.bytes_read, "requests": used.requests, "cpu_s": used.cpu_s}
        say(f"  {words:16} {used.bytes_read / KIB:6.0f} KiB in {used.requests} requests, {used.cpu_s:.2f} s of CPU")

    say("processor seconds a minute of film; × is beside decoding it")
    films = {
        "H.264 720p": ("libx264", (1280, 720), "mp4", ".mp4"),
        "H.264 1080p": ("libx264", (1920, 1080), "mp4", ".mp4"),
        "HEVC 720p": ("libx265", (1280, 720), "mp4", ".mp4"),
    }
    for words, (encoder, size, container, suffix) in films.items():
        data = clip(encoder, size, container)
        base = decoding_cpu_s(data)
        clean, how = clean_cpu_s(data, suffix)
        row = {"decoding": base, "clean": clean, "light": rendered_cpu_s(data, suffix, LIGHT)}
        row = {name: value * 60 / SECONDS for name, value in row.items()}
        found["copies"][words] = {**row, "clean copy": how}
        said = [f"{row[name]:.1f} s ({row[name] / row['decoding']:.1f} ×)" for name in ("clean", "light")]
        say(f"  {words:16} decoding {row['decoding']:.1f} s, clean copy {said[0]} ({how}), light copy {said[1]}")

    args.out.parent.mkdir(parents=True, exist_ok=True)
    args.out.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
