"""Documents that do more than show pages, or cost more than they should."""

from __future__ import annotations

from tests.inspection import papers
from tests.inspection.hostile.item import ACCEPTED, Hostile

PAGE = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 300]/Contents 4 0 R/Resources<</XObject<</X 5 0 R>>>>>>"
TREE = b"<</Type/Pages/Count 1/Kids[3 0 R]>>"
CATALOGUE = b"<</Type/Catalog/Pages 2 0 R>>"


def _self_drawing() -> bytes:
    form = papers.stream(b"/X Do", b"/Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<</XObject<</X 5 0 R>>>>")
    return papers.pdf_of([CATALOGUE, TREE, PAGE, papers.stream(b"/X Do"), form])


def _endless_tree() -> bytes:
    return papers.pdf_of([CATALOGUE, b"<</Type/Pages/Count 5/Kids[2 0 R 2 0 R]>>"])


def _locked() -> bytes:
    lock = b"<</Filter/Standard/V 1/R 2/P -4/O(%s)/U(%s)>>" % (b"o" * 32, b"u" * 32)
    return papers.pdf_of([CATALOGUE, TREE, PAGE, papers.stream(b"q"), lock], b"/Encrypt 5 0 R/ID[(a)(b)]")


def _image_bomb() -> bytes:
    head = b"/Type/XObject/Subtype/Image/Width 60000/Height 60000/ColorSpace/DeviceRGB/BitsPerComponent 8"
    return papers.pdf_of(
        [CATALOGUE, TREE, PAGE, papers.stream(b"300 0 0 300 0 0 cm /X Do"), papers.stream(b"x" * 99, head)]
    )


def _busy() -> bytes:
    drawing = b"0 0 m " + b"300 300 l 0 150 l 150 0 l " * 2_000 + b" s"
    return papers.pdf_of([CATALOGUE, TREE, PAGE, papers.stream(drawing)])


FILES = {
    "script, attachment and notes": Hostile(papers.pdf, ".pdf", ACCEPTED),
    "huge page": Hostile(lambda: papers.pdf(1, b"[0 0 90000 90000]"), ".pdf", "media.resolution"),
    "form that draws itself": Hostile(_self_drawing, ".pdf", ACCEPTED),
    "tree without end": Hostile(_endless_tree, ".pdf", "media.unreadable"),
    "password": Hostile(_locked, ".pdf", "media.unreadable"),
    "picture of 3.6 billion pixels": Hostile(_image_bomb, ".pdf", ACCEPTED),
    "6000 lines": Hostile(_busy, ".pdf", ACCEPTED),
    "no pages": Hostile(
        lambda: papers.pdf_of([CATALOGUE, b"<</Type/Pages/Count 0/Kids[]>>"]), ".pdf", "media.unreadable"
    ),
    "only a signature": Hostile(lambda: b"%PDF-1.7\n%%EOF", ".pdf", "media.unreadable"),
}
