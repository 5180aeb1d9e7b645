"""Pictures drawn for these tests: many shapes at random places, different for every seed."""

import io

import numpy as np
from PIL import Image, ImageDraw, ImageFilter


def drawn(seed: int, size: tuple[int, int] = (480, 360)) -> Image.Image:
    """Draw a picture."""
    dice = np.random.default_rng(seed)
    picture = Image.new("RGB", size, tuple(dice.integers(60, 255, 3).tolist()))
    pencil = ImageDraw.Draw(picture)
    for _ in range(90):
        x, y = dice.integers(0, size[0]), dice.integers(0, size[1])
        wide, high = dice.integers(8, size[0] // 3), dice.integers(8, size[1] // 3)
        colour = tuple(dice.integers(0, 255, 3).tolist())
        box = (int(x - wide // 2), int(y - high // 2), int(x + wide // 2), int(y + high // 2))
        shape = dice.integers(0, 3)
        if shape == 0:
            pencil.rectangle(box, fill=colour)
        elif shape == 1:
            pencil.ellipse(box, fill=colour, outline=(0, 0, 0))
        else:
            pencil.line(box, fill=colour, width=int(dice.integers(1, 9)))
    return picture.filter(ImageFilter.GaussianBlur(0.7))


def encoded(picture: Image.Image, kind: str = "PNG", **options: object) -> io.BytesIO:
    """Encode a picture to bytes in memory."""
    stream = io.BytesIO()
    picture.save(stream, kind, **options)
    stream.seek(0)
    return stream
