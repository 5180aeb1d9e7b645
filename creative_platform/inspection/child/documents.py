"""PDF, judged by PDFium: page count, first page, and a clean copy made of page pictures."""

from typing import Any

import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_raw
from PIL import Image, JpegImagePlugin, WebPImagePlugin  # noqa: F401 -- encoders, loaded while files can be read

from creative_platform.confinement.child.output import Output
from creative_platform.confinement.child.refusal import Refused
from creative_platform.inspection.child import pictures
from creative_platform.inspection.child.examine import Request
from creative_platform.inspection.child.sniff import Sniffed

_TAIL_BYTES = 2048
_CLEAN_DPI = 144
_CLEAN_PX = 2000
_CLEAN_QUALITY = 82
_POINTS = (1.0, 14_400.0)  # the range of page sides that PDF allows


def prepare(format_name: str) -> None:
    """Start the library while files can still be read."""
    pdfium_raw.FPDF_GetLastError()


def examine(request: Request, sniffed: Sniffed) -> dict[str, Any]:
    """Return the facts of a document; sends thumb and view of page one and, when asked, the clean copy."""
    request.settle_kind("pdf")
    document = opened(request)
    pages = len(document)
    if pages < 1:
        raise Refused("media.unreadable", "no pages")
    first = page_picture(document, 0, pictures.VIEW_PX, None)
    if request.recipe.pictures:
        pictures.send_small(request.output, "thumb", first)
        pictures.send_view(request.output, first)
    trailing = _trailing_bytes(request)
    notes = ["trailing_bytes"] if trailing else []
    clean = None
    if request.recipe.clean_copy:
        if pages > request.limits.pages:
            notes.append("clean_too_long")
        else:
            clean = _send_clean(request.output, document, pages)
    return {
        "kind": "pdf",
        "content_type": sniffed.content_type,
        "pages": pages,
        "width": first.width,
        "height": first.height,
        "trailing_bytes": trailing,
        "notes": notes,
        "clean": clean,
    }


def opened(request: Request) -> Any:
    request.source.seek(0)
    try:
        return pdfium.PdfDocument(request.source)
    except pdfium.PdfiumError as error:
        raise Refused("media.unreadable", str(error)) from None


def page_picture(document: Any, number: int, longest_px: int, dpi: int | None) -> Image.Image:
    """Render one page so that its longer side fits; forms and scripts are never started."""
    try:
        page = document[number]
        width, height = page.get_size()
    except pdfium.PdfiumError as error:
        raise Refused("media.unreadable", f"page {number + 1}: {error}") from None
    if not (_POINTS[0] <= width <= _POINTS[1] and _POINTS[0] <= height <= _POINTS[1]):
        raise Refused("media.resolution", f"page of {width} x {height} points", limit_px=int(_POINTS[1]))
    scale = longest_px / max(width, height)
    if dpi is not None:
        scale = min(scale, dpi / 72)
    if min(width, height) * scale < 1:
        raise Refused("media.resolution", f"page of {width} x {height} points", limit_px=int(_POINTS[1]))
    bitmap = page.render(scale=scale, may_draw_forms=False)
    image = pictures.pixels_only(bitmap.to_pil(), "RGB")
    bitmap.close()
    page.close()
    return image


def _trailing_bytes(request: Request) -> int:
    """Return what follows the last end mark, beyond the newlines programs leave there."""
    source = request.source
    tail = source.at(max(0, source.size - _TAIL_BYTES), _TAIL_BYTES)
    found = tail.rfind(b"%%EOF")
    if found < 0:
        return len(tail)
    return len(tail[found + 5 :].strip(b"\r\n \0"))


def _send_clean(output: Output, document: Any, pages: int) -> dict[str, str]:
    """Send a new PDF in which every page is one picture, page by page, so that memory stays that of one page.

    PDFium can copy pages, but with annotations, attachments and metadata of the objects in them; a picture has none.
    """
    writer = _PdfWriter(output)
    for number in range(pages):
        page = document[number]
        width, height = page.get_size()
        page.close()
        image = page_picture(document, number, _CLEAN_PX, _CLEAN_DPI)
        writer.page(pictures.encoded(image, "JPEG", _CLEAN_QUALITY), image.size, (width, height))
    writer.finish()
    return {"content_type": "application/pdf"}


class _PdfWriter:
    """Writes a minimal PDF of JPEG pages, forward only."""

    def __init__(self, output: Output) -> None:
        self._output = output
        self._at = 0
        self._offsets: dict[int, int] = {}
        self._pages: list[int] = []
        self._next = 3  # 1 is the catalogue, 2 the page tree
        self._put(b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n")

    def page(self, jpeg: bytes, pixels: tuple[int, int], points: tuple[float, float]) -> None:
        picture, content, page = self._next, self._next + 1, self._next + 2
        self._next += 3
        self._pages.append(page)
        head = (
            "<</Type/XObject/Subtype/Image/Width %d/Height %d/ColorSpace/DeviceRGB/BitsPerComponent 8/Filter/DCTDecode"
        )
        self._stream(picture, head % pixels, jpeg)
        drawing = b"q %.2f 0 0 %.2f 0 0 cm /P Do Q" % points
        self._stream(content, "<<", drawing)
        text = "<</Type/Page/Parent 2 0 R/MediaBox[0 0 %.2f %.2f]/Resources<</XObject<</P %d 0 R>>>>/Contents %d 0 R>>"
        self._object(page, (text % (*points, picture, content)).encode())

    def finish(self) -> None:
        kids = " ".join(f"{page} 0 R" for page in self._pages)
        self._object(2, f"<</Type/Pages/Count {len(self._pages)}/Kids[{kids}]>>".encode())
        self._object(1, b"<</Type/Catalog/Pages 2 0 R>>")
        table, start = ["0000000000 65535 f \n"], self._at
        table += [f"{self._offsets[number]:010d} 00000 n \n" for number in range(1, self._next)]
        self._put(f"xref\n0 {self._next}\n{''.join(table)}".encode())
        self._put(f"trailer<</Size {self._next}/Root 1 0 R>>\nstartxref\n{start}\n%%EOF\n".encode())

    def _stream(self, number: int, head: str, body: bytes) -> None:
        self._object(number, f"{head}/Length {len(body)}>>\nstream\n".encode() + body + b"\nendstream")

    def _object(self, number: int, body: bytes) -> None:
        self._offsets[number] = self._at
        self._put(b"%d 0 obj\n" % number + body + b"\nendobj\n")

    def _put(self, data: bytes) -> None:
        self._output.copy(data)
        self._at += len(data)
