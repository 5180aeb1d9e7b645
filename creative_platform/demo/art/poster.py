"""Posters, covers and screenshots, as JPEG or PNG."""

from __future__ import annotations

import importlib.util
import io
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from creative_platform.demo.art import lettering
from creative_platform.demo.art.ornament import Color, frieze, glow, gradient, hills, rosette

WIDTH, HEIGHT = 900, 1200
# ground (top to bottom), ink of ornaments, ink of words
PALETTES: dict[str, tuple[tuple[Color, ...], Color, str]] = {
    "lake": (((0, 58, 74), (0, 95, 115), (79, 179, 200)), (233, 196, 120), "#FFF8E7"),
    "ember": (((70, 18, 30), (155, 34, 38), (232, 120, 60)), (250, 214, 150), "#FFF4DC"),
    "gold": (((244, 226, 186), (236, 190, 96), (214, 150, 50)), (122, 28, 34), "#5B1520"),
    "spring": (((150, 206, 224), (206, 230, 200), (120, 170, 96)), (202, 44, 60), "#12343B"),
    "autumn": (((96, 44, 34), (176, 92, 40), (236, 176, 84)), (255, 232, 180), "#FFF6E0"),
}


def photograph(name: str) -> bytes:
    """Return a photograph that scikit-learn ships (CC BY 2.0, see docs/demo.md)."""
    place = importlib.util.find_spec("sklearn")
    if place is None or place.origin is None:
        raise FileNotFoundError(name)
    return (Path(place.origin).parent / "datasets" / "images" / f"{name}.jpg").read_bytes()


def horns(spec: dict[str, Any]) -> Image.Image:
    """A great rosette over a ground, words below, a band of horns at the foot."""
    stops, ink, letters = PALETTES[spec["palette"]]
    image = gradient(WIDTH, HEIGHT, stops).convert("RGBA")
    image.alpha_composite(glow(1000, ink, 0.0), (-50, -120))
    image.alpha_composite(rosette(640, (*ink, 255), 8 if len(spec["lines"]) % 2 else 6, 0.13), (130, 60))
    image.alpha_composite(rosette(190, (*stops[1], 255), 4), (355, 285))
    _write(image, spec["lines"], letters, top=720, room=330)
    _foot(image, ink, stops[0])
    return image


def hill_country(spec: dict[str, Any]) -> Image.Image:
    """Hills under a sun, words in the sky."""
    stops, ink, letters = PALETTES[spec["palette"]]
    image = gradient(WIDTH, HEIGHT, stops).convert("RGBA")
    image.alpha_composite(glow(620, (255, 240, 200), 0.30), (320, 350))
    seed = sum(map(ord, "".join(spec["lines"])))
    last = np.array(stops[2])
    for n in range(4):
        color = tuple(int(c) for c in last * (0.86 - 0.19 * n) + np.array(stops[0]) * 0.10 * n)
        image.alpha_composite(hills(WIDTH, HEIGHT, color, 0.60 + 0.09 * n, 0.07, seed + n, rough=0.2))  # type: ignore[arg-type]  # three numbers
    _tree(image, 680, 890, ink)
    _write(image, spec["lines"], letters, top=90, room=380)
    _foot(image, ink, stops[0])
    return image


def window(spec: dict[str, Any]) -> Image.Image:
    """A lit window with books and a steaming cup, words above."""
    stops, ink, letters = PALETTES[spec["palette"]]
    image = gradient(WIDTH, HEIGHT, (stops[0], stops[1])).convert("RGBA")
    image.alpha_composite(glow(1000, (255, 200, 110), 0.0), (-50, 350))
    draw = ImageDraw.Draw(image)
    draw.rounded_rectangle((170, 560, 730, 1060), 20, fill="#F6D38A", outline="#4A1A14", width=22)
    draw.line((450, 560, 450, 1060), fill="#4A1A14", width=14)
    draw.rectangle((120, 1040, 780, 1080), fill="#4A1A14")
    rng = np.random.default_rng(5)
    for n in range(13):
        wide, tall = int(rng.integers(22, 34)), int(rng.integers(150, 250))
        shade = ("#7A1C22", "#12485C", "#C88C2C", "#2E4A34", "#8A4B2A")[n % 5]
        draw.rectangle((196 + n * 19, 1040 - tall, 196 + n * 19 + wide - 8, 1040), fill=shade)
    draw.rounded_rectangle((540, 930, 650, 1040), 22, fill="#FFF8E7")
    draw.arc((630, 950, 690, 1015), 260, 100, fill="#FFF8E7", width=14)
    steam = Image.new("RGBA", image.size, (0, 0, 0, 0))
    pen = ImageDraw.Draw(steam)
    for side in (-26, 0, 26):
        line = [(595 + side + 14 * float(np.sin(y / 24)), 910 - y) for y in range(0, 150, 4)]
        pen.line(line, fill=(255, 255, 255, 170), width=9)
    image.alpha_composite(steam.filter(ImageFilter.GaussianBlur(4)))
    _write(image, spec["lines"], letters, top=70, room=450)
    _foot(image, ink, stops[0])
    return image


def photo(spec: dict[str, Any]) -> Image.Image:
    """A photograph that fills the sheet, words on a dark foot."""
    source = Image.open(io.BytesIO(photograph(spec["photo"]))).convert("RGB")
    high = source.resize((int(source.width * HEIGHT / source.height), HEIGHT), Image.Resampling.LANCZOS)
    left = (high.width - WIDTH) // 2
    image = high.crop((left, 0, left + WIDTH, HEIGHT)).convert("RGBA")
    fade = gradient(WIDTH, HEIGHT, [(0,) * 3, (0,) * 3, (90,) * 3, (235,) * 3]).convert("L")
    dark = Image.new("RGBA", image.size, (24, 8, 20, 255))
    dark.putalpha(fade)
    image.alpha_composite(dark)
    _write(image, spec["lines"], "#FFF8E7", top=800, room=260)
    _foot(image, (233, 180, 76), (60, 18, 22))
    return image


def screen(spec: dict[str, Any]) -> Image.Image:
    """A telephone that shows a program."""
    stops, ink, letters = PALETTES[spec["palette"]]
    image = gradient(WIDTH, HEIGHT, stops).convert("RGBA")
    image.alpha_composite(rosette(900, (*ink, 40), 8), (0, 150))
    draw = ImageDraw.Draw(image)
    draw.rounded_rectangle((200, 110, 700, 1090), 60, fill="#14171A")
    draw.rounded_rectangle((222, 150, 678, 1050), 36, fill="#FAF9F6")
    draw.rounded_rectangle((222, 150, 678, 250), 36, fill="#005F73")
    draw.rectangle((222, 200, 678, 250), fill="#005F73")
    head, *rest = spec["lines"]
    draw_at = 300
    for n, line in enumerate((head, *rest)):
        text = lettering.fitting((line,), 380, "#005F73" if n else "#1B1F23", most=(48, 120, 44)[min(n, 2)])
        draw.rounded_rectangle(
            (246, draw_at - 14, 654, draw_at + text.height + 14), 20, fill="#FFFFFF", outline="#D9D4C8", width=3
        )
        image.alpha_composite(text, (450 - text.width // 2, draw_at))
        draw_at += text.height + 56
    return image


def _write(image: Image.Image, lines: list[str], color: str, *, top: int, room: int) -> None:
    text = lettering.fitting(tuple(lines), WIDTH - 130, color, most=150)
    if text.height > room:
        text = lettering.fitting(tuple(lines), int((WIDTH - 130) * room / text.height), color, most=150)
    image.alpha_composite(text, ((WIDTH - text.width) // 2, top + (room - text.height) // 2))


def _foot(image: Image.Image, ink: Color, ground: Color) -> None:
    image.alpha_composite(frieze(WIDTH, 76, (*ink, 255), (*ground, 255)), (0, HEIGHT - 76))


def _tree(image: Image.Image, x: int, y: int, ink: Color) -> None:
    layer = Image.new("RGBA", image.size, (0, 0, 0, 0))
    draw = ImageDraw.Draw(layer)
    draw.line((x, y + 150, x - 6, y - 20), fill=(60, 34, 24, 255), width=18)
    rng = np.random.default_rng(3)
    for _ in range(90):
        dx, dy = rng.normal(0, 62), max(-150.0, rng.normal(-70, 52))
        r = rng.uniform(10, 26)
        light = rng.uniform(0.72, 1.1)
        shade = tuple(int(c * light) for c in ink)
        draw.ellipse((x + dx - r, y + dy - r, x + dx + r, y + dy + r), fill=(*(min(255, c) for c in shade), 235))
    image.alpha_composite(layer)


DRAWN = {"horns": horns, "hills": hill_country, "window": window, "photo": photo, "screen": screen}


def picture(kind: str, spec: dict[str, Any]) -> bytes:
    """Return a poster as its file name says; ``plain`` photographs as they are."""
    if spec.get("plain"):
        return photograph(spec["photo"])
    image, buffer = DRAWN[kind](spec).convert("RGB"), io.BytesIO()
    if spec["name"].endswith(".png"):
        image.quantize(200, dither=Image.Dither.FLOYDSTEINBERG).save(buffer, "PNG", optimize=False)
    else:
        image.save(buffer, "JPEG", quality=86)
    return buffer.getvalue()
