"""Unrelated pictures that look related: posters, pages, windows and covers of one font, frame, logo or design.

What a contest really hands in beside photographs. Pictures of one `Style` share what its kind says and nothing else;
none of them is taken from another. The same seeds give the same pictures on a machine with the same fonts.
"""

from __future__ import annotations

import io
from functools import lru_cache
from pathlib import Path

import numpy as np
from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageFont

from tests.scoring.similarity.drawings import drawn

KINDS = ("font", "frame", "logo", "page", "window", "cover")
"""What the pictures of a style share: font; frame and layout too; the logo alone; a letterhead; a program; a design."""

WIDTH, HEIGHT = 720, 960

_WORDS = """
Күз дала желі таулар мен өзен жыры көктем әні жаңа қала бала арманы домбыра үні алтын күн жастар кеші ертегі
отан Вечер музыки осень весна школа театр теней дорога домой первый снег город река письмо открытый конкурс
молодёжь будущее Two rivers lullaby spring open stage night market winter school robots garden young voices
steppe horizon festival бейсенбі сағат кіру тегін регистрация начало вход свободный зал этаж библиотека
команда проект мектеп
"""
WORDS = _WORDS.split()


@lru_cache(maxsize=1)
def font_files() -> list[Path]:
    """Give the fonts of this machine that have Kazakh letters, upright and slanted, in a fixed order."""
    root = Path("/usr/share/fonts")
    found = sorted(file for name in ("DejaVu*", "NotoSans-*", "NotoSerif-*") for file in root.rglob(f"{name}.ttf"))
    return [file for file in found if "Math" not in file.name]


class Style:
    """What the pictures of one contest have in common; odd and even numbers never have a font in common."""

    def __init__(self, kind: str, number: int) -> None:
        self.kind, self.number = kind, number
        self.dice = np.random.default_rng((KINDS.index(kind), number))
        fonts = font_files()[number % 2 :: 2]
        self.font = fonts[int(self.dice.integers(len(fonts)))] if fonts else None
        self.ground, self.ink = (tuple(self.dice.integers(low, low + 120, 3).tolist()) for low in (130, 0))
        self.mark = _mark(self.dice)
        self.margin, self.place = int(self.dice.integers(14, 40)), int(self.dice.integers(0, 4))
        self.top, self.size = float(self.dice.uniform(0.08, 0.6)), int(self.dice.integers(46, 84))

    def letters(self, size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
        """Give the font in a size."""
        return ImageFont.truetype(str(self.font), size) if self.font else ImageFont.load_default(size)

    def picture(self, seed: int, photo: Image.Image | None = None) -> Image.Image:
        """Draw one of the pictures; a poster shows `photo`, or shapes of its own."""
        dice = np.random.default_rng((KINDS.index(self.kind), self.number, seed, 7))
        if self.kind == "page":
            return self._page(dice)
        if self.kind == "window":
            return self._window(dice)
        if self.kind == "cover":
            return self._cover(dice)
        return self._poster(dice, photo)

    def _poster(self, dice: np.random.Generator, photo: Image.Image | None) -> Image.Image:
        fixed = self.kind == "frame"
        ground = self.ground if fixed else tuple(dice.integers(90, 255, 3).tolist())
        ink = self.ink if fixed else tuple(dice.integers(0, 90, 3).tolist())
        top = self.top if fixed else float(dice.uniform(0.05, 0.6))
        size = self.size if fixed else int(dice.integers(40, 96))
        letters = self.letters(size) if self.kind != "logo" else _any_font(dice, self.font, size)
        image = Image.new("RGB", (WIDTH, HEIGHT), ground)
        pencil = ImageDraw.Draw(image)
        low = int((top * HEIGHT + size * 4) % (HEIGHT * 0.55)) + 30
        wide = int(WIDTH * (0.8 if fixed else dice.uniform(0.45, 0.95)))
        art = photo or drawn(int(dice.integers(1 << 30)), (480, 360))
        if photo is not None or dice.random() < 0.6:
            scaled = art.resize((wide, wide * art.height // art.width))
            image.paste(scaled, ((WIDTH - wide) // 2, low))
        for line in range(int(dice.integers(2, 4))):
            text = " ".join(dice.choice(WORDS, 2))
            pencil.text((60, int(top * HEIGHT) + int(line * size * 1.25)), text, fill=ink, font=letters)
        small = " · ".join(dice.choice(WORDS, 4))
        pencil.text((60, HEIGHT - 110), small, fill=ink, font=self.letters(24))
        if fixed:
            self._frame(pencil)
        if self.kind in ("frame", "logo"):
            corner = self.place if fixed else int(dice.integers(4))
            scaled = self.mark.resize((110, 110)) if fixed else self.mark.resize((int(dice.integers(80, 140)),) * 2)
            image.paste(scaled, (20 + corner % 2 * 550, 20 + corner // 2 * 790))
        return image

    def _frame(self, pencil: ImageDraw.ImageDraw) -> None:
        edge = self.margin
        pencil.rectangle((edge, edge, WIDTH - edge, HEIGHT - edge), outline=self.ink, width=1 + edge % 5)
        if edge % 2:
            for x in range(edge, WIDTH - edge, 24):
                for y in (edge + 4, HEIGHT - edge - 24):
                    pencil.polygon([(x, y), (x + 12, y + 20), (x + 24, y)], outline=self.ink, fill=self.ground)

    def _page(self, dice: np.random.Generator) -> Image.Image:
        image = Image.new("RGB", (WIDTH, HEIGHT), "white")
        pencil = ImageDraw.Draw(image)
        image.paste(self.mark.resize((70, 70)), (60, 40))
        pencil.text((150, 60), "Жастар ассамблеясы", fill="black", font=self.letters(26))
        pencil.line((60, 125, WIDTH - 60, 125), fill="black", width=2)
        pencil.text((60, 150), " ".join(dice.choice(WORDS, 3)), fill="black", font=self.letters(32))
        y, body = 210, self.letters(17)
        while y < HEIGHT - 80:
            for _ in range(int(dice.integers(3, 8))):
                line, whole = "", int(WIDTH - 120)
                while pencil.textlength(line, font=body) < whole - 90:
                    line += f"{dice.choice(WORDS)} "
                pencil.text((60, y), line, fill="black", font=body)
                y += 25
            y += 20
        return image

    def _window(self, dice: np.random.Generator) -> Image.Image:
        image = Image.new("RGB", (HEIGHT, WIDTH), "#f6f5f2")
        pencil = ImageDraw.Draw(image)
        pencil.rectangle((0, 0, HEIGHT, 54), fill=self.ink)
        image.paste(self.mark.resize((40, 40)), (12, 7))
        shared = np.random.default_rng(self.margin)
        pencil.text((64, 12), " ".join(shared.choice(WORDS, 2)), fill="white", font=self.letters(24))
        for row in range(8):
            pencil.text((20, 90 + 44 * row), str(shared.choice(WORDS)), fill=self.ink, font=self.letters(20))
        pencil.line((190, 54, 190, WIDTH), fill="#cccccc", width=2)
        pencil.text((230, 80), " ".join(dice.choice(WORDS, 2)), fill="black", font=self.letters(34))
        y = 150
        while y < WIDTH - 90:
            high = int(dice.integers(60, 150))
            pencil.rounded_rectangle((230, y, HEIGHT - 30, y + high), 10, fill="white", outline="#cccccc", width=2)
            if dice.random() < 0.4:
                image.paste(drawn(int(dice.integers(1 << 30)), (high - 16, high - 16)), (240, y + 8))
            text = "\n".join(" ".join(dice.choice(WORDS, 5)) for _ in range(high // 34))
            pencil.multiline_text((250 + high, y + 12), text, fill="black", font=self.letters(18))
            y += high + 24
        return image

    def _cover(self, dice: np.random.Generator) -> Image.Image:
        """Draw a cover of a series: its great emblem or its landscape, its foot and layout; other colours and words."""
        sky, low, ink = (dice.integers(0, 256, 3) for _ in range(3))
        part = np.linspace(0, 1, HEIGHT)[:, None, None]
        image = Image.fromarray(np.broadcast_to(sky * (1 - part) + low * part, (HEIGHT, WIDTH, 3)).astype(np.uint8))
        dark = sky.mean() < 128
        colour, letters = tuple((ink // 2 + 128 * dark).tolist()), self.letters(self.size * 3 // 2)
        design = self.number // 2 % 4
        if design % 2:
            self._landscape(image, dice, low, colour)
        else:
            self._emblem(image, 330 if design else 60, colour)
        words = "\n".join(str(dice.choice(WORDS)) for _ in range(int(dice.integers(2, 4))))
        pencil = ImageDraw.Draw(image)
        top = 40 if design else 610
        fill = "white" if dark else "black"
        pencil.multiline_text((WIDTH // 2, top), words, fill=fill, font=letters, anchor="ma", align="center")
        pencil.rectangle((0, HEIGHT - 64, WIDTH, HEIGHT), fill=tuple((low // 2).tolist()))
        step = 24 + self.margin
        for x in range(0, WIDTH, step):
            turned = [(x, HEIGHT - 8), (x + step // 2, HEIGHT - 56), (x + step, HEIGHT - 8)]
            pencil.line(turned, fill=colour, width=5)
            pencil.ellipse((x + step // 2 - 6, HEIGHT - 30, x + step // 2 + 6, HEIGHT - 18), fill=colour)
        return image

    def _emblem(self, image: Image.Image, top: int, colour: tuple[int, ...]) -> None:
        design, arms = np.random.default_rng((self.number, self.margin)), 4 + self.margin % 7
        layer = Image.new("L", (1_000, 1_000))
        for _ in range(int(design.integers(3, 7))):
            arm = Image.new("L", layer.size)
            pencil = ImageDraw.Draw(arm)
            far, wide, long = (int(design.integers(*span)) for span in ((120, 420), (20, 110), (20, 160)))
            start, width = int(design.integers(360)), int(design.integers(10, 34))
            pencil.arc((500 - wide, 500 - far - long, 500 + wide, 500 - far + long), start, start + 250, 255, width)
            for turn in range(arms):
                layer = ImageChops.lighter(layer, arm.rotate(360 * turn / arms))
        side = int(WIDTH * (0.55 + self.top / 2))
        image.paste(colour, ((WIDTH - side) // 2, top), layer.resize((side, side)))

    def _landscape(
        self, image: Image.Image, dice: np.random.Generator, low: np.ndarray, colour: tuple[int, ...]
    ) -> None:
        pencil = ImageDraw.Draw(image)
        x, y, wide = 100 + 3 * self.size, 320 + 4 * self.margin, 60 + 2 * self.margin
        pencil.ellipse((x, y, x + wide, y + wide), fill="#fff3cc")
        across = np.arange(0, WIDTH + 8, 8)
        for layer in range(4):
            waves = sum(np.sin(across / WIDTH * n * dice.uniform(4, 9) + dice.uniform(0, 6)) / n for n in range(1, 5))
            line = (0.58 + 0.1 * layer) * HEIGHT + 30 * np.asarray(waves)
            shade = tuple((low * (0.85 - 0.18 * layer)).astype(int).tolist())
            pencil.polygon(
                [(0, HEIGHT), *zip(across.tolist(), line.tolist(), strict=True), (WIDTH, HEIGHT)], fill=shade
            )
        design = np.random.default_rng((self.number, self.size))
        pencil.line((560, 840, 556, 700), fill="#3c2218", width=14)
        for _ in range(70):
            dx, dy, r = design.normal(0, 50), design.normal(-50, 40), design.uniform(8, 22)
            shade = tuple((np.array(colour) * design.uniform(0.7, 1)).astype(int).tolist())
            pencil.ellipse((558 + dx - r, 700 + dy - r, 558 + dx + r, 700 + dy + r), fill=shade)


def _mark(dice: np.random.Generator) -> Image.Image:
    """Draw a logo."""
    image = Image.new("RGB", (240, 240), "white")
    pencil = ImageDraw.Draw(image)
    for step in range(int(dice.integers(5, 9))):
        colour = tuple(dice.integers(0, 200, 3).tolist())
        x, y = dice.integers(20, 140, 2).tolist()
        box = (x, y, x + int(dice.integers(40, 100)), y + int(dice.integers(40, 100)))
        (pencil.ellipse if step % 2 else pencil.rectangle)(box, outline=colour, width=10)
    return image


def _any_font(dice: np.random.Generator, own: Path | None, size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    fonts = [file for file in font_files() if file != own]
    return ImageFont.truetype(str(dice.choice(np.array(fonts))), size) if fonts else ImageFont.load_default(size)


def saved(image: Image.Image, quality: int = 85) -> io.BytesIO:
    """Encode as JPEG."""
    stream = io.BytesIO()
    image.convert("RGB").save(stream, "JPEG", quality=quality)
    stream.seek(0)
    return stream


def blurred(image: Image.Image, radius: float) -> Image.Image:
    """Soften a picture."""
    return image.filter(ImageFilter.GaussianBlur(radius))
