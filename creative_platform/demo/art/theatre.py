"""A stage: curtains that open, a light that follows, figures that move as puppets do."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from creative_platform.demo.art.ornament import Color, glow, gradient, hills, rosette

Scene = Callable[[float], Image.Image]
BACKDROPS: dict[str, tuple[Color, ...]] = {
    "yurt": ((250, 226, 176), (240, 190, 120), (214, 140, 84)),
    "window": ((58, 74, 108), (84, 92, 120), (120, 104, 104)),
    "moon": ((22, 30, 74), (40, 52, 110), (92, 84, 138)),
}


def stage(width: int, height: int, seed: int, scene: str) -> Scene:
    """Return a play of that scene: yurt (shadows on cloth), window (a library) or moon (a puppet comedy)."""
    back = _backdrop(width, height, seed, scene)
    cloth = _curtain(width // 2 + 40, height, seed)
    boards = gradient(width, height // 5, [(104, 62, 34), (58, 32, 18)]).convert("RGBA")
    light = glow(380, (255, 244, 214), -0.1).resize((420, 380))
    shadow_play = scene == "yurt"

    def picture(part: float) -> Image.Image:
        image = back.copy()
        image.alpha_composite(boards, (0, height - height // 5))
        if not shadow_play:
            x = int(width * (0.5 + 0.16 * math.sin(part * 5)) - 210)
            image.alpha_composite(light, (max(0, x), 10))
        _act(image, part, scene)
        gap = _opening(part)
        image.alpha_composite(
            cloth, (-int(gap * width * 0.44), 0) if gap == 0 else (0, 0), (int(gap * width * 0.44), 0)
        )
        right = cloth.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
        image.alpha_composite(right, (width // 2 - 40 + int(gap * width * 0.44), 0))
        _people(image)
        return image

    return picture


def _opening(part: float) -> float:
    grown = min(1.0, max(0.0, (part - 0.04) / 0.22)) * min(1.0, max(0.0, (1.04 - part) / 0.12))
    return 0.5 - 0.5 * math.cos(math.pi * grown)


def _curtain(width: int, height: int, seed: int) -> Image.Image:
    x = np.arange(width)
    folds = 0.62 + 0.30 * np.sin(x / 11 + 0.6 * np.sin(x / 37 + seed)) + 0.06 * np.sin(x / 3.7)
    depth = np.linspace(1.0, 0.78, height)[:, None] * folds[None, :]
    rgb = np.dstack([depth * c for c in (168, 24, 32)]).clip(0, 255)
    alpha = np.full((height, width, 1), 255.0)
    cloth = Image.fromarray(np.dstack([rgb, alpha]).astype(np.uint8), "RGBA")
    draw = ImageDraw.Draw(cloth)
    draw.rectangle((0, height - 26, width, height - 20), fill=(226, 172, 70, 255))
    for n in range(0, width, 9):
        draw.line((n, height - 20, n, height - 10), fill=(206, 150, 52, 255), width=4)
    return cloth


def _backdrop(width: int, height: int, seed: int, scene: str) -> Image.Image:
    image = gradient(width, height, BACKDROPS[scene]).convert("RGBA")
    draw = ImageDraw.Draw(image)
    if scene == "yurt":
        image.alpha_composite(glow(420, (255, 246, 214), 0.16), (110, -60))
        image.alpha_composite(hills(width, height, (150, 92, 60), 0.66, 0.08, seed, rough=0.6))
    elif scene == "window":
        for shelf in range(4):
            y = 50 + shelf * 62
            rng = np.random.default_rng(seed + shelf)
            for x in range(20, width - 20, 11):
                if 235 < x < 400 and shelf < 3:
                    continue
                tall = int(rng.integers(30, 50))
                shade = rng.integers(50, 150, 3)
                draw.rectangle(
                    (x, y + 50 - tall, x + 9, y + 50),
                    fill=(int(shade[0]), int(shade[1] * 0.8), int(shade[2] * 0.7), 255),
                )
            draw.rectangle((10, y + 50, width - 10, y + 55), fill=(70, 44, 28, 255))
        draw.rectangle((240, 34, 400, 220), fill=(24, 34, 66, 255), outline=(86, 54, 32, 255), width=8)
        draw.line((320, 34, 320, 220), fill=(86, 54, 32, 255), width=6)
        draw.line((240, 124, 400, 124), fill=(86, 54, 32, 255), width=6)
    else:
        image.alpha_composite(rosette(120, (255, 236, 170, 60), 8), (60, 30))
        image.alpha_composite(hills(width, height, (30, 36, 80), 0.64, 0.10, seed))
    return image


def _act(image: Image.Image, part: float, scene: str) -> None:
    width, height = image.size
    floor = height * 0.86
    if scene == "yurt":
        near = 0.5 - 0.5 * math.cos(math.pi * min(1, max(0, (part - 0.2) / 0.55)))
        _figure(image, width * (0.30 + 0.13 * near), floor, 150, part, (44, 22, 18), hat="tymaq")
        _figure(image, width * (0.70 - 0.13 * near), floor, 140, part + 0.3, (44, 22, 18), hat="saukele")
    elif scene == "window":
        _snow(image, part)
        _figure(image, width * 0.36, floor, 138, part, (36, 40, 62), hat="")
        _figure(image, width * (0.72 - 0.10 * part), floor, 124, part * 1.4, (120, 44, 40), hat="")
        x, y = width * (0.40 + 0.2 * part), height * (0.52 - 0.1 * math.sin(part * 6))
        ImageDraw.Draw(image).polygon(
            [(x, y), (x + 26, y - 6), (x + 30, y + 12), (x + 4, y + 18)], fill=(250, 244, 226, 255)
        )
    else:
        moon = glow(150, (255, 236, 160), 0.42)
        fall = 0.5 - 0.5 * math.cos(math.pi * min(1, max(0, (part - 0.3) / 0.5)))
        image.alpha_composite(moon, (int(width * 0.44), int(10 + 90 * fall)))
        _fox(image, width * (0.28 + 0.10 * math.sin(part * 7)), floor, part)
        _figure(image, width * 0.72, floor, 150 + 6 * math.sin(part * 20), part, (96, 40, 96), hat="tymaq")


def _figure(image: Image.Image, x: float, floor: float, tall: float, part: float, color: Color, *, hat: str) -> None:
    layer = Image.new("RGBA", (240, 300), (0, 0, 0, 0))
    draw = ImageDraw.Draw(layer)
    k, bob = tall / 75, 4 * math.sin(part * 34)
    cx, cy = 120, 290
    sway = 9 * math.sin(part * 17)
    draw.polygon(
        [(cx - 20 * k, cy), (cx + 20 * k, cy), (cx + 8 * k + sway, cy - 44 * k), (cx - 8 * k + sway, cy - 44 * k)],
        fill=(*color, 255),
    )
    head = (cx + sway, cy - 54 * k + bob)
    draw.ellipse((head[0] - 9 * k, head[1] - 10 * k, head[0] + 9 * k, head[1] + 10 * k), fill=(*color, 255))
    for side in (-1, 1):
        lift = 16 * k * math.sin(part * 15 + side)
        draw.line(
            [(cx + sway + side * 8 * k, cy - 42 * k), (cx + side * 25 * k, cy - 32 * k - lift)],
            fill=(*color, 255),
            width=int(7 * k),
        )
    if hat == "saukele":
        draw.polygon(
            [(head[0] - 8 * k, head[1] - 5 * k), (head[0] + 8 * k, head[1] - 5 * k), (head[0], head[1] - 34 * k)],
            fill=(*color, 255),
        )
    elif hat == "tymaq":
        draw.pieslice(
            (head[0] - 13 * k, head[1] - 20 * k, head[0] + 13 * k, head[1] + 4 * k), 180, 360, fill=(*color, 255)
        )
    layer = layer.filter(ImageFilter.GaussianBlur(0.7))
    image.alpha_composite(layer, (max(0, int(x - 120)), max(0, int(floor - 290))))


def _fox(image: Image.Image, x: float, floor: float, part: float) -> None:
    draw = ImageDraw.Draw(image)
    hop = abs(12 * math.sin(part * 22))
    y, red = floor - 34 - hop, (214, 104, 40, 255)
    draw.ellipse((x - 46, y - 18, x + 34, y + 24), fill=red)
    draw.polygon([(x - 40, y), (x - 104, y - 34 - hop), (x - 92, y + 12)], fill=red)
    draw.polygon([(x - 104, y - 34 - hop), (x - 84, y - 22), (x - 94, y - 8)], fill=(250, 240, 220, 255))
    draw.polygon([(x + 20, y - 12), (x + 74, y - 6), (x + 30, y + 12)], fill=red)
    draw.polygon([(x + 20, y - 10), (x + 22, y - 40), (x + 40, y - 12)], fill=red)
    draw.ellipse((x + 38, y - 10, x + 43, y - 5), fill=(20, 16, 20, 255))
    draw.ellipse((x + 70, y - 9, x + 77, y - 3), fill=(20, 16, 20, 255))
    for leg in (-30, -10, 14, 28):
        draw.line((x + leg, y + 18, x + leg + 5 * math.sin(part * 40 + leg), floor), fill=(140, 62, 26, 255), width=8)


def _snow(image: Image.Image, part: float) -> None:
    draw = ImageDraw.Draw(image)
    for n in range(34):
        x = 250 + (n * 37 + 10 * math.sin(part * 9 + n)) % 142
        y = 44 + (n * 53 + part * 420 * (0.6 + n % 5 / 6)) % 168
        if abs(x - 320) > 6 and abs(y - 124) > 6:
            draw.ellipse((x, y, x + 3, y + 3), fill=(240, 244, 255, 255))


def _people(image: Image.Image) -> None:
    """Draw the backs of heads of those who watch."""
    width, height = image.size
    draw = ImageDraw.Draw(image)
    for n in range(13):
        x = n * width / 12 + (n % 3) * 6 - 10
        top = height - 26 - (n * 7) % 11
        draw.ellipse((x - 15, top, x + 15, top + 34), fill=(16, 10, 14, 255))
        draw.ellipse((x - 30, top + 24, x + 30, top + 80), fill=(16, 10, 14, 255))
