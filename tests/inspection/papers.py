"""Real images, documents and archives, marked wherever they can carry metadata."""

from __future__ import annotations

import io
import zipfile
import zlib
from functools import cache

from PIL import Image
from PIL.PngImagePlugin import PngInfo

from tests.inspection.recordings import MARK, picture

SIZE = (1200, 800)


def _exif(orientation: int) -> Image.Exif:
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[0x013B] = MARK.decode()
    gps = exif.get_ifd(0x8825)
    gps[1], gps[2], gps[29] = "N", (43.0, 14.0, 19.0), MARK.decode()
    return exif


@cache
def image(format_name: str, orientation: int = 1) -> bytes:
    """Return an image with EXIF including GPS, XMP and a comment, as far as the format has them."""
    buffer = io.BytesIO()
    text = PngInfo()
    text.add_text("Author", MARK.decode())
    text.add_itxt("XML:com.adobe.xmp", MARK.decode())
    xmp = b"<x:xmpmeta xmlns:x='adobe:ns:meta/'>" + MARK + b"</x:xmpmeta>"
    more = {
        "JPEG": {"exif": _exif(orientation), "comment": MARK, "xmp": xmp, "quality": 80},
        "PNG": {"exif": _exif(orientation), "pnginfo": text},
        "WEBP": {"exif": _exif(orientation), "xmp": xmp},
        "AVIF": {"exif": _exif(orientation), "xmp": xmp, "speed": 10},
        "GIF": {"comment": MARK, "save_all": True, "append_images": [picture(40, *SIZE)], "duration": 200},
    }[format_name]
    picture(10, *SIZE).save(buffer, format_name, **more)
    return buffer.getvalue()


def pdf_of(objects: list[bytes], trailer: bytes = b"") -> bytes:
    """Return a PDF of these objects (numbered from 1; the first is the catalogue)."""
    out = io.BytesIO()
    out.write(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
    offsets = []
    for number, body in enumerate(objects, 1):
        offsets.append(out.tell())
        out.write(b"%d 0 obj\n%s\nendobj\n" % (number, body))
    start = out.tell()
    out.write(b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1))
    out.writelines(b"%010d 00000 n \n" % offset for offset in offsets)
    out.write(b"trailer<</Size %d/Root 1 0 R%s>>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, trailer, start))
    return out.getvalue()


def stream(body: bytes, head: bytes = b"") -> bytes:
    return b"<<%s/Length %d>>\nstream\n%s\nendstream" % (head, len(body), body)


@cache
def pdf(pages: int = 3, box: bytes = b"[0 0 595 842]") -> bytes:
    """Return a document with author, XMP, an annotation, an attachment and a script, all marked."""
    drawing = stream(b"0.2 0.4 0.8 rg 100 100 300 300 re f 0 0 0 rg 50 600 200 40 re f")
    kids = b" ".join(b"%d 0 R" % (8 + number) for number in range(pages))
    objects = [
        b"<</Type/Catalog/Pages 2 0 R/Metadata 4 0 R/Names<</EmbeddedFiles<</Names[(a.txt) 6 0 R]>>>>"
        b"/OpenAction<</S/JavaScript/JS(app.alert\\('" + MARK + b"'\\))>>>>",
        b"<</Type/Pages/Count %d/Kids[%s]>>" % (pages, kids),
        b"<</Author(" + MARK + b")/Title(" + MARK + b")>>",
        stream(b"<x:xmpmeta xmlns:x='adobe:ns:meta/'>" + MARK + b"</x:xmpmeta>", b"/Type/Metadata/Subtype/XML"),
        stream(MARK, b"/Type/EmbeddedFile"),
        b"<</Type/Filespec/F(a.txt)/EF<</F 5 0 R>>>>",
        drawing,
    ]
    note = b"/Annots[<</Type/Annot/Subtype/Text/Rect[10 10 20 20]/T(" + MARK + b")/Contents(" + MARK + b")>>]"
    objects += [b"<</Type/Page/Parent 2 0 R/MediaBox%s/Contents 7 0 R%s>>" % (box, note)] * pages
    return pdf_of(objects, b"/Info 3 0 R")


def archive(members: dict[str, bytes | str], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """Return a ZIP of these members."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as target:
        for name, body in members.items():
            target.writestr(name, body)
    return buffer.getvalue()


def project() -> bytes:
    """Return the archive of a small project with a Kazakh name in it."""
    return archive({"README.md": "# Қысқа сипаттама\n", "src/main.py": "print('сәлем')\n" * 50, "сурет/Ұлы.txt": "x"})


def png_chunk(kind: bytes, body: bytes) -> bytes:
    return len(body).to_bytes(4) + kind + body + zlib.crc32(kind + body).to_bytes(4)


def png_header(width: int, height: int, depth: int = 8, colour: int = 2) -> bytes:
    """Return signature and IHDR of a PNG of that size."""
    ihdr = width.to_bytes(4) + height.to_bytes(4) + bytes([depth, colour, 0, 0, 0])
    return b"\x89PNG\r\n\x1a\n" + png_chunk(b"IHDR", ihdr)
