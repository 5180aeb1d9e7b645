"""Films made for the benchmarks, several of a maker: cartoons, pans over pictures, slides, recordings of a screen.

Films of one maker share what its kind says and nothing else: palette and movement, the way of panning, a template of
slides, the layout of a program (`posters`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from PIL import Image, ImageDraw

from tests.bench.similarity.changed_films import FPS, Film
from tests.bench.similarity.posters import Style
from tests.scoring.similarity.drawings import drawn

SIZE = (320, 240)
SECONDS = 4


def cartoon(maker: int, number: int, _: Sequence[Image.Image]) -> Film:
    """Move figures about over a landscape; the maker's are of few colours and move alike."""
    style, dice = np.random.default_rng((1, maker)), np.random.default_rng((2, maker, number))
    palette = [tuple(style.integers(30, 250, 3).tolist()) for _ in range(6)]
    wave, width = float(style.uniform(0.5, 2)), int(style.integers(1, 5))

    def colour() -> tuple[int, ...]:
        return palette[int(dice.integers(6))]

    def number_of(low: int, high: int) -> int:
        return int(dice.integers(low, high))

    hills = [(number_of(-60, 320), number_of(120, 220), number_of(60, 200)) for _ in range(5)]
    figures = [(number_of(0, 320), number_of(40, 200), number_of(-40, 40), number_of(12, 45)) for _ in range(7)]
    sky, grounds, coats = colour(), [colour() for _ in hills], [(colour(), colour()) for _ in figures]
    frames = []
    for second in np.arange(0, SECONDS, 1 / FPS).tolist():
        image = Image.new("RGB", SIZE, sky)
        pencil = ImageDraw.Draw(image)
        for (x, y, size), ground in zip(hills, grounds, strict=True):
            pencil.ellipse((x, y, x + 2 * size, y + 2 * size), fill=ground, outline="black", width=width)
        for (x, y, speed, size), (coat, hat) in zip(figures, coats, strict=True):
            left = (x + speed * second) % 340 - 20
            high = y + 10 * np.sin(wave * second * 6 + x)
            pencil.rectangle((left, high, left + size, high + 1.6 * size), fill=coat, outline="black", width=width)
            pencil.ellipse((left, high - size, left + size, high), fill=hat, outline="black", width=width)
        frames.append(np.asarray(image))
    return frames


def pan(maker: int, number: int, photos: Sequence[Image.Image]) -> Film:
    """Pan over two pictures, the maker's way."""
    style = np.random.default_rng((3, maker))
    way, zoom = style.uniform(-1, 1, 2), float(style.uniform(0.6, 0.85))
    frames = []
    for part in range(2):
        place = 2 * (maker * 1_000 + number) + part
        first = 2 * (maker // len(KINDS) * FILMS + number) + part
        picture = photos[first] if first < len(photos) else drawn(50_000 + place, (640, 480))
        picture = picture.resize((640, 640 * picture.height // picture.width))
        wide, high = int(picture.width * zoom), int(picture.height * zoom)
        for step in np.linspace(0, 1, SECONDS * FPS // 2).tolist():
            x, y = ((1 + side * (2 * step - 1)) / 2 for side in way)
            left, top = int(x * (picture.width - wide)), int(y * (picture.height - high))
            frames.append(np.asarray(picture.crop((left, top, left + wide, top + high)).resize(SIZE)))
    return frames


def slides(maker: int, number: int, photos: Sequence[Image.Image]) -> Film:
    """Show three slides of one template."""
    style = Style("frame", 100 + maker)
    shown = [style.picture(10 * number + place).resize((240, 320)) for place in range(3)]
    return [np.asarray(picture) for picture in shown for _ in range(SECONDS * FPS // 3)]


def screencast(maker: int, number: int, photos: Sequence[Image.Image]) -> Film:
    """Record a program: two of its windows, scrolled, with a pointer."""
    style, dice = Style("window", 100 + maker), np.random.default_rng((4, maker, number))
    frames = []
    for part in range(2):
        window = style.picture(10 * number + part).resize((384, 288))
        x, y = dice.uniform(100, 360), dice.uniform(60, 260)
        for step in range(SECONDS * FPS // 2):
            shown = window.copy()
            body = window.crop((80, 40 + step, 384, 288))
            shown.paste(body, (80, 40))
            x, y = x + 3, y - 2
            ImageDraw.Draw(shown).polygon([(x, y), (x + 9, y + 9), (x, y + 13)], fill="black", outline="white")
            frames.append(np.asarray(shown))
    return frames


KINDS: dict[str, Callable[[int, int, Sequence[Image.Image]], Film]] = {
    "cartoon": cartoon,
    "pan": pan,
    "slides": slides,
    "screencast": screencast,
}
FILMS = 6
"""Films of a maker."""
