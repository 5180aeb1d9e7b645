"""Scenes of the films. Each returns a function from the part of the film that has passed (0 to 1) to a picture."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from creative_platform.demo.art.ornament import Color, frieze, glow, gradient, hills, rosette

Scene = Callable[[float], Image.Image]
SKIES: dict[str, tuple[tuple[Color, ...], tuple[Color, ...]]] = {
    "dawn": (
        ((20, 26, 64), (74, 58, 110), (214, 120, 96)),
        ((96, 158, 214), (196, 216, 226), (255, 214, 150)),
    ),
    "autumn": (
        ((58, 40, 66), (150, 84, 70), (232, 160, 84)),
        ((128, 168, 196), (224, 206, 170), (255, 196, 110)),
    ),
    "night": (
        ((62, 70, 128), (150, 110, 150), (240, 170, 130)),
        ((8, 10, 34), (20, 24, 62), (44, 44, 92)),
    ),
}
GROUNDS: dict[str, tuple[Color, Color, Color]] = {
    "dawn": ((92, 96, 128), (74, 98, 92), (44, 66, 50)),
    "autumn": ((140, 100, 96), (150, 112, 58), (98, 66, 34)),
}


def _sky(width: int, height: int, name: str) -> Callable[[float], Image.Image]:
    first, last = (gradient(width, height, stops).convert("RGBA") for stops in SKIES[name])
    return lambda part: Image.blend(first, last, part)


def steppe(width: int, height: int, seed: int, palette: str) -> Scene:
    """Sunrise over hills, a yurt with smoke, passing birds."""
    sky, ground = _sky(width, height, palette), GROUNDS[palette]
    far = hills(width, height, ground[0], 0.62, 0.07, seed, rough=0.5)
    middle = hills(width, height, ground[1], 0.72, 0.05, seed + 1)
    near = hills(width, height, ground[2], 0.85, 0.04, seed + 2)
    sun, yurt = glow(260, (255, 226, 150), 0.22), _yurt(118)
    band = frieze(width, 26, (232, 180, 76, 235), (60, 22, 20, 255))
    x0 = width * (0.62 if seed % 2 else 0.42)

    def picture(part: float) -> Image.Image:
        image = sky(min(1, part * 1.15))
        image.alpha_composite(sun, (int(x0 + 60 * part - 130), int(height * (0.72 - 0.52 * part) - 130)))
        image.alpha_composite(far)
        image.alpha_composite(middle)
        _smoke(image, width * 0.205, height * 0.655, part)
        image.alpha_composite(yurt, (int(width * 0.205 - 59), int(height * 0.625)))
        image.alpha_composite(near)
        _birds(image, part, seed)
        image.alpha_composite(band, (0, height - 26))
        return image

    return picture


def _yurt(size: int) -> Image.Image:
    big = Image.new("RGBA", (size * 3, size * 3), (0, 0, 0, 0))
    draw, s = ImageDraw.Draw(big), size * 3
    draw.polygon([(s * 0.1, s * 0.42), (s * 0.38, s * 0.14), (s * 0.62, s * 0.14), (s * 0.9, s * 0.42)], fill="#d9c7a3")
    draw.rectangle((s * 0.12, s * 0.42, s * 0.88, s * 0.78), fill="#efe3c8")
    draw.rectangle((s * 0.12, s * 0.42, s * 0.88, s * 0.5), fill="#9b2226")
    draw.rectangle((s * 0.42, s * 0.5, s * 0.58, s * 0.78), fill="#6b3a1e")
    draw.ellipse((s * 0.36, s * 0.1, s * 0.64, s * 0.18), fill="#8a6d3b")
    for n in range(9):
        x = s * (0.14 + 0.088 * n)
        draw.polygon([(x, s * 0.43), (x + s * 0.04, s * 0.49), (x + s * 0.08, s * 0.43)], fill="#e9b44c")
    return big.resize((size, size), Image.Resampling.LANCZOS)


def _smoke(image: Image.Image, x: float, y: float, part: float) -> None:
    puffs = Image.new("RGBA", (90, 150), (0, 0, 0, 0))
    draw = ImageDraw.Draw(puffs)
    for n in range(9):
        rise = (n / 9 + part * 2.4) % 1
        r, side = 3 + 10 * rise, 11 * math.sin(rise * 5 + n)
        shade = int(90 * (1 - rise))
        draw.ellipse(
            (45 + side - r, 140 - 130 * rise - r, 45 + side + r, 140 - 130 * rise + r), fill=(235, 232, 228, shade)
        )
    image.alpha_composite(puffs.filter(ImageFilter.GaussianBlur(2)), (int(x - 45), max(0, int(y - 150))))


def _birds(image: Image.Image, part: float, seed: int) -> None:
    layer = Image.new("RGBA", (image.width * 2, image.height), (0, 0, 0, 0))
    draw = ImageDraw.Draw(layer)
    for n in range(7):
        row = abs(n - 3)
        x = (image.width * 2 + 300) * part * 0.9 - 60 - row * 46 + (n % 2) * 10
        y = image.height * 0.42 + row * 20 * (1 if n > 3 else -0.7) + 10 * math.sin(part * 9 + n)
        flap = math.sin(part * 46 + n * 1.3) * 11
        for side in (-1, 1):
            draw.line(
                [(x, y), (x + side * 12, y - 6 - flap * 0.5), (x + side * 27, y - flap)],
                fill=(28, 26, 34, 255),
                width=5,
            )
    small = layer.resize((image.width, image.height // 2), Image.Resampling.LANCZOS)
    image.alpha_composite(small, (0, 12 + seed % 3 * 8))


def city(width: int, height: int, seed: int, palette: str) -> Scene:
    """Dusk over houses whose windows light up one by one; a cable car; mountains behind."""
    rng = np.random.default_rng(seed)
    sky = _sky(width, height, "night")
    far = hills(width, height, (86, 88, 132) if palette == "night" else (120, 84, 92), 0.42, 0.20, seed + 5, rough=0.8)
    snow = hills(width, height, (198, 204, 226), 0.40, 0.20, seed + 5, rough=0.8)
    snow = Image.composite(
        snow,
        Image.new("RGBA", snow.size, (0, 0, 0, 0)),
        gradient(width, height, [(255,) * 3, (150,) * 3, (0,) * 3, (0,) * 3]).convert("L"),
    )
    houses, windows = _houses(width, height, rng)
    moon = glow(120, (250, 240, 214), 0.30)
    stars = [(int(rng.uniform(0, width)), int(rng.uniform(0, height * 0.35)), rng.uniform(0, 6)) for _ in range(60)]

    def picture(part: float) -> Image.Image:
        image = sky(min(1, part * 1.3))
        draw = ImageDraw.Draw(image)
        for x, y, phase in stars:
            light = int(200 * max(0, part - 0.25) * (0.7 + 0.3 * math.sin(part * 30 + phase)))
            draw.point((x, y), fill=(min(255, 60 + light), min(255, 60 + light), min(255, 100 + light), 255))
        image.alpha_composite(moon, (int(width * 0.74), int(height * (0.34 - 0.28 * part))))
        image.alpha_composite(far)
        image.alpha_composite(snow)
        _cable_car(image, part)
        image.alpha_composite(houses)
        draw = ImageDraw.Draw(image)
        for (x, y), lit_at, color in windows:
            if part > lit_at:
                draw.rectangle((x, y, x + 4, y + 6), fill=color)
        return image

    return picture


def _houses(
    width: int, height: int, rng: np.random.Generator
) -> tuple[Image.Image, list[tuple[tuple[int, int], float, Color]]]:
    layer = Image.new("RGBA", (width, height), (0, 0, 0, 0))
    draw = ImageDraw.Draw(layer)
    windows: list[tuple[tuple[int, int], float, Color]] = []
    lamps: list[Color] = [(255, 214, 120), (255, 190, 96), (255, 236, 178), (190, 220, 255)]
    for row, shade in ((0, (44, 46, 84)), (1, (26, 28, 58))):
        x = -10
        while x < width:
            wide, tall = int(rng.integers(38, 84)), int(rng.integers(60, 150) - 30 * row)
            top = height - tall + (0 if row else -30)
            draw.rectangle((x, top, x + wide - 4, height), fill=(*shade, 255))
            draw.rectangle((x + wide // 3, top - 7, x + wide // 3 + 5, top), fill=(*shade, 255))
            for wy in range(top + 9, height - 8, 13):
                for wx in range(x + 7, x + wide - 12, 11):
                    draw.rectangle((wx, wy, wx + 4, wy + 6), fill=(shade[0] + 18, shade[1] + 18, shade[2] + 22, 255))
                    if rng.uniform() < 0.62:
                        windows.append(((wx, wy), float(rng.uniform(0.02, 1.25)), lamps[int(rng.integers(4))]))
            x += wide
    return layer, windows


def _cable_car(image: Image.Image, part: float) -> None:
    draw = ImageDraw.Draw(image)
    width, height = image.size
    draw.line((0, height * 0.56, width, height * 0.30), fill=(20, 20, 36, 255), width=1)
    x = width * (0.05 + 0.85 * part)
    y = height * (0.56 - 0.26 * x / width)
    draw.line((x, y, x, y + 8), fill=(20, 20, 36, 255), width=2)
    draw.rounded_rectangle((x - 9, y + 8, x + 9, y + 21), 4, fill=(202, 60, 48, 255))
    draw.rectangle((x - 6, y + 11, x + 6, y + 15), fill=(255, 230, 170, 255))


def sea(width: int, height: int, seed: int) -> Scene:
    """Dry ground on which waves return, and a ship that begins to sway."""
    sky_first = gradient(width, height, [(236, 188, 140), (246, 222, 184), (226, 196, 150)]).convert("RGBA")
    sky_last = gradient(width, height, [(44, 92, 136), (130, 182, 196), (240, 222, 186)]).convert("RGBA")
    ship, sun = _ship(210), glow(220, (255, 240, 200), 0.24)
    sand = hills(width, height, (196, 158, 106), 0.70, 0.03, seed, rough=0.2)
    layers = [(0.72, (0, 121, 140)), (0.79, (0, 104, 126)), (0.87, (0, 78, 102))]
    rng = np.random.default_rng(seed)
    gulls = [(rng.uniform(0, 1), rng.uniform(0.1, 0.34), rng.uniform(0.6, 1.2)) for _ in range(5)]

    def picture(part: float) -> Image.Image:
        image = Image.blend(sky_first, sky_last, part)
        image.alpha_composite(sun, (int(width * (0.12 + 0.1 * part)), int(height * (0.02 + 0.10 * part))))
        image.alpha_composite(sand)
        tide = min(1.0, part * 1.6)
        sway = 3.2 * math.sin(part * 14) * tide
        rocked = ship.rotate(-7 * (1 - tide) + sway, Image.Resampling.BICUBIC)
        image.alpha_composite(
            rocked, (int(width * 0.47), int(height * 0.36 - 8 * tide + 3 * math.sin(part * 12) * tide))
        )
        for n, (base, color) in enumerate(layers):
            _wave(image, height * (base + 0.26 * (1 - tide)), color, part * 9 + n * 1.7, seed + n)
        draw = ImageDraw.Draw(image)
        for x, y, speed in gulls:
            gx, gy = ((x + part * speed) % 1.1) * width, y * height + 6 * math.sin(part * 8 + x * 9)
            flap = 3 * math.sin(part * 60 * speed)
            draw.line([(gx - 9, gy - flap), (gx, gy), (gx + 9, gy - flap)], fill=(250, 250, 246, 255), width=2)
        return image

    return picture


def _wave(image: Image.Image, base: float, color: Color, phase: float, seed: int) -> None:
    width, height = image.size
    xs = np.arange(0, width + 8, 8)
    ys = base + 5 * np.sin(xs / 46 + phase) + 3 * np.sin(xs / 19 - phase * 1.4 + seed)
    line = list(zip(xs.tolist(), ys.tolist(), strict=True))
    draw = ImageDraw.Draw(image)
    draw.polygon([(0, height), *line, (width, height)], fill=(*color, 255))
    draw.line(line, fill=(226, 240, 236, 255), width=2)


def _ship(size: int) -> Image.Image:
    s = size * 3
    big = Image.new("RGBA", (s, s), (0, 0, 0, 0))
    draw = ImageDraw.Draw(big)
    draw.polygon(
        [(s * 0.04, s * 0.52), (s * 0.96, s * 0.46), (s * 0.84, s * 0.74), (s * 0.16, s * 0.74)], fill="#7f3b26"
    )
    draw.polygon(
        [(s * 0.04, s * 0.52), (s * 0.96, s * 0.46), (s * 0.945, s * 0.50), (s * 0.055, s * 0.56)], fill="#b5532f"
    )
    draw.rectangle((s * 0.26, s * 0.34, s * 0.60, s * 0.52), fill="#e8dcc0")
    draw.rectangle((s * 0.32, s * 0.22, s * 0.50, s * 0.36), fill="#d8c8a4")
    draw.rectangle((s * 0.36, s * 0.10, s * 0.43, s * 0.23), fill="#9b2226")
    for n in range(4):
        draw.ellipse((s * (0.29 + 0.075 * n), s * 0.40, s * (0.33 + 0.075 * n), s * 0.44), fill="#31525b")
    draw.line((s * 0.74, s * 0.48, s * 0.74, s * 0.12), fill="#4a2c1a", width=s // 70)
    draw.line((s * 0.74, s * 0.14, s * 0.93, s * 0.47), fill="#4a2c1a", width=s // 160)
    draw.line((s * 0.74, s * 0.14, s * 0.58, s * 0.36), fill="#4a2c1a", width=s // 160)
    return big.resize((size, size), Image.Resampling.LANCZOS)


def felt(width: int, height: int, seed: int) -> Scene:
    """Ornaments of a felt rug that turn into each other."""
    grounds = [(122, 28, 34), (18, 72, 92), (200, 140, 44), (40, 62, 44)]
    inks = [(240, 222, 186), (233, 180, 76), (96, 24, 30), (236, 226, 204)]
    tile = 160
    stars = [[rosette(tile, (*ink, 255), arms, 0.16) for arms in (4, 6)] for ink in inks]
    texture = Image.fromarray(
        np.random.default_rng(seed).normal(128, 9, (height, width)).clip(0, 255).astype(np.uint8)
    ).filter(ImageFilter.GaussianBlur(0.8))
    shade = Image.merge("RGB", (texture,) * 3)
    band = frieze(width, 30, (240, 222, 186, 255), (70, 20, 24, 255))

    def picture(part: float) -> Image.Image:
        image = Image.new("RGBA", (width, height), (60, 18, 22, 255))
        draw = ImageDraw.Draw(image)
        for row in range(3):
            for column in range(5):
                n = (row * 3 + column * 2 + seed) % 4
                own = part * 2.2 - (row + column) * 0.16
                x, y = column * tile - 80, row * tile - 70
                step = int(max(0, own) // 0.7)
                draw.rectangle((x + 3, y + 3, x + tile - 3, y + tile - 3), fill=(*grounds[(n + step) % 4], 255))
                ease = 0.5 - 0.5 * math.cos(math.pi * min(1, max(0, (own % 0.7) / 0.5)))
                star = stars[(n + step) % 4][step % 2].rotate(90 * ease, Image.Resampling.BICUBIC)
                image.alpha_composite(star, (max(0, x), max(0, y)), (max(0, -x), max(0, -y)))
        image.alpha_composite(band, (0, 0))
        image.alpha_composite(band, (0, height - 30))
        return Image.blend(image.convert("RGB"), shade, 0.14)

    return picture
