"""Real files, made small."""

from __future__ import annotations

import io
import zipfile

from PIL import Image, ImageDraw


def picture(words: str = "A picture", size: tuple[int, int] = (640, 480), form: str = "JPEG") -> bytes:
    """A picture with words on a gradient."""
    image = Image.linear_gradient("L").resize(size).convert("RGB")
    ImageDraw.Draw(image).text((20, 20), words, fill=(200, 40, 40))
    out = io.BytesIO()
    image.save(out, form)
    return out.getvalue()


def pdf(words: str = "Pages") -> bytes:
    """A document of one page, drawn."""
    out = io.BytesIO()
    Image.open(io.BytesIO(picture(words))).save(out, "PDF")
    return out.getvalue()


def archive(names: dict[str, str] | None = None) -> bytes:
    """A ZIP of text files."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as z:
        for name, text in (names or {"README.md": "# A project\n", "main.py": "print('hello')\n"}).items():
            z.writestr(name, text)
    return out.getvalue()
