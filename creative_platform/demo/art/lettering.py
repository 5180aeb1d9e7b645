"""Words as pictures, with the typeface of typst's wheel, which has every Kazakh letter."""

from __future__ import annotations

import io
from functools import cache

import typst
from PIL import Image, ImageDraw, ImageFilter

_PAGE = """#set page(width: auto, height: auto, margin: 6pt, fill: none)
#set text(font: "Libertinus Serif", size: {size}pt, weight: "{weight}", fill: rgb("{fill}"), lang: "kk",
  top-edge: "ascender", bottom-edge: "descender")
#set par(leading: 0.05em)
#align({align})[#sys.inputs.at("words").split("\\n").join(linebreak())]
"""


@cache
def words(lines: tuple[str, ...], size: int, fill: str, weight: str = "bold", align: str = "center") -> Image.Image:
    """Return lines of text on a transparent ground."""
    page = _PAGE.format(size=size, weight=weight, fill=fill, align=align)
    made = typst.compile(
        page.encode(), format="png", ppi=72.0, sys_inputs={"words": "\n".join(lines)}, ignore_system_fonts=True
    )
    if not isinstance(made, bytes):
        raise TypeError("typst gave no picture")
    return Image.open(io.BytesIO(made)).convert("RGBA")


def fitting(lines: tuple[str, ...], width: int, fill: str, most: int = 400, align: str = "center") -> Image.Image:
    """Return the lines as large as they fit into a width, at most ``most`` points high each."""
    probe = words(lines, 40, fill, align=align)
    size = min(most, int(40 * (width - 12) / max(1, probe.width - 12)))
    return words(lines, size, fill, align=align)


def shadowed(picture: Image.Image, strength: int = 150) -> Image.Image:
    """Return lettering with a soft dark halo, readable on any ground."""
    pad = 14
    whole = Image.new("RGBA", (picture.width + 2 * pad, picture.height + 2 * pad), (0, 0, 0, 0))
    dark = Image.new("RGBA", picture.size, (10, 14, 30, 255))
    dark.putalpha(picture.getchannel("A").point(lambda value: value * strength // 255))
    whole.alpha_composite(dark, (pad + 1, pad + 2))
    whole = whole.filter(ImageFilter.GaussianBlur(4))
    whole.alpha_composite(picture, (pad, pad))
    return whole


def faded(picture: Image.Image, part: float) -> Image.Image:
    """Return a picture with its opacity scaled by ``part`` (0 to 1)."""
    copy = picture.copy()
    copy.putalpha(picture.getchannel("A").point(lambda value: int(value * max(0.0, min(1.0, part)))))
    return copy


def rounded(draw: ImageDraw.ImageDraw, box: tuple[int, int, int, int], fill: str, radius: int = 18) -> None:
    """Fill a rectangle with round corners."""
    draw.rounded_rectangle(box, radius, fill=fill)
