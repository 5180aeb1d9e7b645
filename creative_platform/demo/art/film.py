"""Short films: drawn scenes with music under them, encoded as MP4 (H.264, AAC) or WebM (VP9, Opus)."""

from __future__ import annotations

import io
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import av
from PIL import Image

from creative_platform.demo.art import lettering, scenes, sound, theatre

WIDTH, HEIGHT, RATE = 640, 360, 12
Scene = Callable[[float], Image.Image]  # from part of the film (0 to 1) to a picture


def steppe(seed: int, spec: dict[str, Any]) -> Scene:
    """Return a morning in the steppe."""
    return scenes.steppe(WIDTH, HEIGHT, seed, spec.get("palette", "dawn"))


def city(seed: int, spec: dict[str, Any]) -> Scene:
    """Return an evening in a city below mountains."""
    return scenes.city(WIDTH, HEIGHT, seed, spec.get("palette", "night"))


def sea(seed: int, spec: dict[str, Any]) -> Scene:
    """Return a ship and waves."""
    return scenes.sea(WIDTH, HEIGHT, seed)


def felt(seed: int, spec: dict[str, Any]) -> Scene:
    """Return moving felt ornaments."""
    return scenes.felt(WIDTH, HEIGHT, seed)


def stage(seed: int, spec: dict[str, Any]) -> Scene:
    """Return a play behind a curtain."""
    return theatre.stage(WIDTH, HEIGHT, seed, spec["scene"])


def encode(scene: Scene, spec: dict[str, Any], seconds: float, seed: int) -> bytes:
    """Return the film of a scene; the file's name says which container."""
    webm = spec["name"].endswith(".webm")
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="webm" if webm else "mp4") as target:
        shown: Any = target.add_stream("libvpx-vp9" if webm else "libx264", rate=RATE, options=_options(webm))
        shown.width, shown.height, shown.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        shown.thread_count = 1
        heard: Any = target.add_stream("libopus" if webm else "aac", rate=sound.RATE, layout="stereo")
        heard.bit_rate = 96_000
        title = lettering.shadowed(lettering.fitting(tuple(spec["lines"]), 380, "#FFF8E7", most=54))
        count = int(seconds * RATE)
        for number in range(count):
            picture = scene(number / (count - 1)).convert("RGBA")
            _show_title(picture, title, number / RATE)
            frame = av.VideoFrame.from_image(picture.convert("RGB"))
            frame.pts, frame.time_base = number, Fraction(1, RATE)
            target.mux(shown.encode(frame))
        target.mux(shown.encode(None))
        sound.add_sound(target, heard, sound.piece(spec["tune"], seconds, seed))
    return buffer.getvalue()


def _options(webm: bool) -> dict[str, str]:
    if webm:
        return {"deadline": "realtime", "cpu-used": "7", "crf": "33", "b": "0", "g": "45"}
    return {"preset": "veryfast", "crf": "24", "g": "45"}


def _show_title(picture: Image.Image, title: Image.Image, at_s: float) -> None:
    visible = min(1.0, (at_s - 0.4) / 0.8) if at_s < 3.2 else 1 - (at_s - 3.2) / 0.8
    if visible > 0:
        shown = lettering.faded(title, visible)
        picture.alpha_composite(shown, ((WIDTH - shown.width) // 2, int(HEIGHT * 0.40) - shown.height // 2))
