"""Decode a picture into grey pixels of bounded size. Run it where a hostile file may crash: in a limited process."""

import warnings
from pathlib import Path
from typing import IO

import numpy as np
from PIL import Image, ImageOps

from scoring.similarity.errors import UnreadableMedia

SIDE = 512
"""Longer side, in pixels, of what is sketched."""

MAX_PIXELS = 120_000_000
"""Pixels of the largest picture that is decoded."""

MAX_RATIO = 20
"""Longest picture in proportion: a strip longer than that is no picture to compare."""


def read_image(source: Path | IO[bytes], *, name: str = "") -> np.ndarray:
    """Decode the first frame of a picture, turned as its EXIF data says, in grey on white.

    Parameters
    ----------
    source : Path or binary file
    name : str, optional
        For the message of an error.

    Returns
    -------
    ndarray of shape (height, width), dtype uint8
        The longer side is at most `SIDE`.

    Raises
    ------
    UnreadableMedia
        When the bytes are no picture, are cut, or hold more than `MAX_PIXELS`.
    """
    shown = name or getattr(source, "name", "") or "picture"
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(source) as opened:
                if opened.width * opened.height > MAX_PIXELS:
                    raise UnreadableMedia(str(shown), f"more than {MAX_PIXELS:,} pixels")
                opened.draft("RGB", (2 * SIDE, 2 * SIDE))
                return _grey(opened)
    except (OSError, ValueError, SyntaxError, EOFError, Image.DecompressionBombError, IndexError) as problem:
        raise UnreadableMedia(str(shown), f"the picture cannot be decoded ({problem})") from problem


def _grey(opened: Image.Image) -> np.ndarray:
    turned = ImageOps.exif_transpose(opened)
    if max(turned.size) > MAX_RATIO * min(turned.size):
        side = MAX_RATIO * min(turned.size)
        turned = turned.crop((0, 0, min(turned.width, side), min(turned.height, side)))
    if turned.mode in ("RGBA", "LA", "PA") or "transparency" in turned.info:
        clear = turned.convert("RGBA")
        white = Image.new("RGBA", clear.size, "white")
        turned = Image.alpha_composite(white, clear)
    turned = turned.convert("L")
    if max(turned.size) > SIDE:
        turned.thumbnail((SIDE, SIDE), Image.Resampling.BOX, reducing_gap=None)
    return np.asarray(turned, dtype=np.uint8)
