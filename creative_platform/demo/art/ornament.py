"""The ram's horn ornament, and other shapes that films and posters share."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np
from PIL import Image, ImageDraw

Point = tuple[float, float]
Color = tuple[int, int, int]


def horn(side: int) -> list[Point]:
    """Return the middle line of one half of a pair of horns, in a square from -1 to 1 (side -1 left, 1 right)."""
    points: list[Point] = []
    for n in range(64):
        turn = n / 63
        angle = -0.5 * math.pi + turn * 2.05 * math.pi
        radius = 0.46 * (1 - 0.74 * turn)
        points.append((side * (0.47 + radius * math.cos(math.pi - angle) * -1), -0.30 + radius * math.sin(angle) * 1.0))
    stem = [(side * 0.05, 0.95), (side * 0.06, 0.35), (side * 0.12, -0.25), (side * 0.24, -0.62)]
    return stem + points


def draw_horns(
    picture: Image.Image,
    x: float,
    y: float,
    size: float,
    color: tuple[int, ...],
    *,
    turn: float = 0.0,
    line: float = 0.15,
) -> None:
    """Draw a pair of horns round (x, y); ``turn`` in radians."""
    draw = ImageDraw.Draw(picture)
    cos, sin = math.cos(turn), math.sin(turn)
    for side in (-1, 1):
        path = [(x + size * (px * cos - py * sin), y + size * (px * sin + py * cos)) for px, py in horn(side)]
        _stroke(draw, path, size * line, color)


def _stroke(draw: ImageDraw.ImageDraw, path: list[Point], width: float, color: tuple[int, ...]) -> None:
    """Draw a line that grows thinner towards its end."""
    dense: list[Point] = []
    for (x0, y0), (x1, y1) in zip(path, path[1:], strict=False):
        steps = max(1, int(math.hypot(x1 - x0, y1 - y0) / max(1.0, width / 6)))
        dense += [(x0 + (x1 - x0) * n / steps, y0 + (y1 - y0) * n / steps) for n in range(steps)]
    for n, (x, y) in enumerate(dense):
        r = width / 2 * (1 - 0.45 * n / max(1, len(dense)))
        draw.ellipse((x - r, y - r, x + r, y + r), fill=color)


def rosette(size: int, color: tuple[int, ...], arms: int = 4, line: float = 0.15) -> Image.Image:
    """Return a star of horns on a transparent square, smooth at its edges."""
    big = Image.new("RGBA", (size * 2, size * 2), (*color[:3], 0))
    for n in range(arms):
        turn = 2 * math.pi * n / arms
        x, y = size + math.sin(turn) * size * 0.46, size - math.cos(turn) * size * 0.46
        draw_horns(big, x, y, size * 0.44, color, turn=turn, line=line)
    return big.resize((size, size), Image.Resampling.LANCZOS)


def frieze(width: int, height: int, color: tuple[int, ...], ground: tuple[int, ...] | None = None) -> Image.Image:
    """Return a band of horns, now up, now down, between two lines."""
    scale = 2
    band = Image.new("RGBA", (width * scale, height * scale), ground or (*color[:3], 0))
    draw = ImageDraw.Draw(band)
    step = height * scale * 0.92
    count = max(1, round(width * scale / step))
    step = width * scale / count
    for n in range(count):
        middle = (n + 0.5) * step
        draw_horns(band, middle, height * scale * 0.5, height * scale * 0.36, color, turn=math.pi * (n % 2), line=0.17)
    edge = max(2, height * scale // 16)
    draw.rectangle((0, 0, width * scale, edge), fill=color)
    draw.rectangle((0, height * scale - edge, width * scale, height * scale), fill=color)
    return band.resize((width, height), Image.Resampling.LANCZOS)


def gradient(width: int, height: int, stops: Iterable[Color]) -> Image.Image:
    """Return a ground that passes from the first colour at the top through the others to the last."""
    colors = np.array(list(stops), float)
    at = np.linspace(0, len(colors) - 1, height)
    lower = np.minimum(at.astype(int), len(colors) - 2) if len(colors) > 1 else np.zeros(height, int)
    part = (at - lower)[:, None]
    rows = colors[lower] * (1 - part) + colors[np.minimum(lower + 1, len(colors) - 1)] * part
    rows = rows[:, None, :] + np.random.default_rng(1).uniform(-1.2, 1.2, (height, width, 1))  # no bands of colour
    return Image.fromarray(np.clip(rows, 0, 255).astype(np.uint8))


def glow(size: int, color: Color, core: float = 0.3) -> Image.Image:
    """Return a disc with a halo that fades out, on a transparent square."""
    y, x = np.mgrid[-1 : 1 : size * 1j, -1 : 1 : size * 1j]
    r = np.hypot(x, y)
    halo = np.clip(1 - r, 0, 1) ** 2.2 * 0.75
    disc = np.clip((core - r) * size / 2 + 0.5, 0, 1)
    alpha = np.maximum(halo, disc) * 255
    layers = [np.full_like(alpha, c) for c in color]
    return Image.fromarray(np.dstack([*layers, alpha]).astype(np.uint8), "RGBA")


def hills(
    width: int, height: int, color: Color, base: float, swing: float, seed: int, *, rough: float = 0.0
) -> Image.Image:
    """Return a layer of hills from ``base`` (part of the height) downwards on a transparent ground."""
    rng = np.random.default_rng(seed)
    x = np.linspace(0, 1, width * 2)
    line = np.zeros_like(x)
    for wave in range(1, 5):
        line += np.sin(2 * np.pi * (x * wave * rng.uniform(0.6, 1.3) + rng.uniform())) / wave
    if rough:
        corners = rng.uniform(-1, 1, 28)
        line += rough * np.interp(x, np.linspace(0, 1, 28), corners)
    top = (base + swing * line / 2) * height * 2
    layer = Image.new("RGBA", (width * 2, height * 2), (*color, 0))
    edge = list(zip(range(width * 2), top.tolist(), strict=True))
    ImageDraw.Draw(layer).polygon([(0, height * 2), *edge, (width * 2, height * 2)], fill=(*color, 255))
    return layer.resize((width, height), Image.Resampling.LANCZOS)
