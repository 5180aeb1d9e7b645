"""Films as people hand them in, by size, length and codec: what decoding them costs is measured by `bench_media`.

They are made of pictures (photographs, or drawn ones) and of short films, if there are any: shots of a moving camera,
sequences of the short films, talks over slides.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import av
import cv2
import numpy as np

FPS = 25

SIZES = {"1080p": (1920, 1080), "720p": (1280, 720), "360p": (640, 360)}

RATES = {"1080p": 5_000_000, "720p": 2_500_000, "360p": 700_000}
"""Bits a second: as platforms of films ask for, a third of what telephones write."""

GRAIN = 3.0
"""Grey levels of noise of a camera."""

Picture = Callable[[int], np.ndarray]
"""Gives the picture of a number, RGB."""


def camera(seed: int, seconds: float, size: tuple[int, int], fps: float, picture: Picture) -> Iterator[np.ndarray]:
    """Shoot pictures for 3 to 7 s each, two of three with the camera moving and zooming."""
    dice, (wide, high), left = np.random.default_rng((1, seed)), size, round(seconds * fps)
    grain = [dice.normal(0, GRAIN, (high, wide, 1)).astype(np.int16) for _ in range(4)]
    while left:
        shown = picture(int(dice.integers(1 << 20)))
        fill = max(wide / shown.shape[1], high / shown.shape[0])
        zoom, place = dice.uniform(1.05, 1.5, 2), dice.uniform(0, 1, (2, 2))
        if dice.random() < 0.35:
            zoom[1], place[1] = zoom[0], place[0]
        sway = dice.uniform(0, 6, 2) * wide / 1920
        count = min(left, round(dice.uniform(3, 7) * fps))
        for step in range(count):
            part = step / count
            scale = fill * (zoom[0] + (zoom[1] - zoom[0]) * part)
            room = np.array([scale * shown.shape[1] - wide, scale * shown.shape[0] - high])
            x, y = (place[0] + (place[1] - place[0]) * part) * room + sway * np.sin(step * 25 / fps / np.array([9, 7]))
            matrix = np.array([[scale, 0, -x], [0, scale, -y]])
            view = cv2.warpAffine(shown, matrix, size, borderMode=cv2.BORDER_REFLECT)
            yield (view + grain[step % 4]).clip(0, 255).astype(np.uint8)
        left -= count


def talk(
    seed: int, seconds: float, size: tuple[int, int], fps: float, picture: Picture, clips: Sequence[Path] = ()
) -> Iterator[np.ndarray]:
    """Show slides for 6 to 20 s each, with a small film in a corner."""
    dice, (wide, high), left = np.random.default_rng((2, seed)), size, round(seconds * fps)
    corner = wide // 5, high // 5
    film = _clip(clips[seed % len(clips)], 10, fps) if clips else camera(seed, 10, corner, fps, picture)
    small = [cv2.resize(one, corner) for one in film]
    while left:
        shown = cv2.resize(picture(int(dice.integers(1 << 20))), size)
        count = min(left, round(dice.uniform(6, 20) * fps))
        for step in range(count):
            view = shown.copy()
            view[high - corner[1] :, wide - corner[0] :] = small[step % len(small)]
            yield view
        left -= count


def sequence(
    seed: int, seconds: float, size: tuple[int, int], fps: float, clips: Sequence[Path]
) -> Iterator[np.ndarray]:
    """Show films one after the other, enlarged."""
    dice, left = np.random.default_rng((3, seed)), round(seconds * fps)
    while left:
        for number in dice.permutation(len(clips)).tolist():
            for one in _clip(clips[number], left / fps, fps):
                yield cv2.resize(one, size, interpolation=cv2.INTER_CUBIC)
                left -= 1


def _clip(file: Path, seconds: float, fps: float) -> Iterator[np.ndarray]:
    """Give the frames of the beginning of a film, RGB, at another pace."""
    given = 0
    with av.open(str(file)) as container:
        for frame in container.decode(video=0):
            shown = frame.to_ndarray(format="rgb24")
            while frame.time is not None and given <= frame.time * fps and given < round(seconds * fps):
                yield shown
                given += 1


def encoded_film(frames: Iterator[np.ndarray], size: tuple[int, int], codec: str, rate: int) -> io.BytesIO:
    """Encode frames at so many bits a second."""
    stream = io.BytesIO()
    given = {"preset": "veryfast"} if codec == "libx264" else {"deadline": "realtime", "cpu-used": "8"}
    with av.open(stream, "w", format="mp4" if codec == "libx264" else "webm") as made:
        track = made.add_stream(codec, rate=FPS, options=given)
        track.width, track.height = size
        track.pix_fmt, track.bit_rate, track.thread_count = "yuv420p", rate, 1
        for frame in frames:
            made.mux(track.encode(av.VideoFrame.from_ndarray(frame, format="rgb24")))
        made.mux(track.encode(None))
    stream.seek(0)
    return stream
