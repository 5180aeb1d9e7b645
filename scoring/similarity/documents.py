"""Read a document (PDF, DOCX, PPTX, ODT) as text and pictures, within bounds."""

import io
import posixpath
import re
import zipfile
import zlib
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import IO

import numpy as np
import pypdfium2
from lxml import etree

from scoring.similarity.errors import UnreadableMedia
from scoring.similarity.pictures import read_image

DOCUMENT_SUFFIXES = frozenset({".pdf", ".docx", ".pptx", ".odt", ".odp"})

MAX_PAGES = 300
"""Pages or slides that are read."""

MAX_PICTURES = 60
"""Pictures that are looked at, in the order of the document."""

MAX_MEMBER_BYTES = 40_000_000
"""Bytes of one member of an office document that are unpacked."""

_LEAST_SIDE = 100  # pixels; smaller pictures are bullets, icons and logos
_HOLDERS = {"t", "p", "h", "span", "a"}  # elements whose own text is text of the document
_INSIDE = {"span", "a", "tab", "s", "line-break", "bookmark", "note"}  # elements in the middle of a paragraph
_BREAKS = {"tab": " ", "s": " ", "br": "\n", "line-break": "\n"}
_PICTURES = {".jpg", ".jpeg", ".png", ".webp", ".gif", ".bmp", ".tif", ".tiff"}


@dataclass
class Document:
    """What a document holds.

    Attributes
    ----------
    pages : list of str
        Text of each page or slide; a flowing document is one page.
    pictures : list of (str, ndarray)
        Where the picture is (``page 3, picture 1``, ``slide 2, picture 1``, or its name in a flowing document) and its
        grey pixels.
    """

    pages: list[str] = field(default_factory=list)
    pictures: list[tuple[str, np.ndarray]] = field(default_factory=list)

    @property
    def text(self) -> str:
        """All pages, parted by form feeds; offsets of passages count in it."""
        return "\f".join(self.pages)

    def page_of(self, offset: int) -> int:
        """Give the page, counted from 1, on which a character of `text` stands."""
        return self.text.count("\f", 0, offset) + 1


def read_document(source: Path | IO[bytes], *, name: str = "") -> Document:
    """Read a document.

    Parameters
    ----------
    source : Path or binary file
    name : str, optional
        Whose ending says what it is, and for the message of an error; a path has its own.

    Raises
    ------
    UnreadableMedia
        When it is damaged, encrypted, or not what its name says.
    """
    shown = name or str(getattr(source, "name", ""))
    return _read_pdf(source, shown) if shown.lower().endswith(".pdf") else _read_office(source, shown)


def _read_pdf(source: Path | IO[bytes], shown: str) -> Document:
    document = Document()
    try:
        pdf = pypdfium2.PdfDocument(source)
    except (pypdfium2.PdfiumError, OSError, ValueError) as problem:
        raise UnreadableMedia(shown, f"the document cannot be opened ({problem})") from problem
    try:
        for number in range(min(len(pdf), MAX_PAGES)):
            page = pdf[number]
            words = page.get_textpage()
            document.pages.append(words.get_text_bounded().replace("\f", " "))
            words.close()
            if len(document.pictures) < MAX_PICTURES:
                document.pictures.extend(_pdf_pictures(page, number + 1, MAX_PICTURES - len(document.pictures)))
            page.close()
    except pypdfium2.PdfiumError as problem:
        raise UnreadableMedia(shown, f"page {len(document.pages) + 1} cannot be read ({problem})") from problem
    finally:
        pdf.close()
    return document


def _pdf_pictures(page: pypdfium2.PdfPage, number: int, most: int) -> list[tuple[str, np.ndarray]]:
    found: list[tuple[str, np.ndarray]] = []
    for item in page.get_objects(filter=[pypdfium2.raw.FPDF_PAGEOBJ_IMAGE], max_depth=3):
        if len(found) >= most:
            break
        try:
            width, height = item.get_px_size()
            if min(width, height) < _LEAST_SIDE or width * height > 40_000_000:
                continue
            raw = io.BytesIO()
            item.get_bitmap(render=False).to_pil().convert("L").save(raw, "PNG")
            raw.seek(0)
            found.append((f"page {number}, picture {len(found) + 1}", read_image(raw, name=f"page {number}")))
        except (pypdfium2.PdfiumError, ValueError, OSError, UnreadableMedia):
            continue  # a picture in a form that cannot be drawn alone is no reason to lose the rest
    return found


def _read_office(source: Path | IO[bytes], shown: str) -> Document:
    try:
        with zipfile.ZipFile(source) as archive:
            names = archive.namelist()
            if len(names) > 20_000:
                raise UnreadableMedia(shown, "the document has more than 20,000 parts")
            members = _text_members(archive, names)
            document = Document([_text_of(archive, name) for name in members])
            slides = _slides_of_pictures(archive, members, set(names))
            for name in sorted(names):
                inner = PurePosixPath(name)
                if inner.suffix.lower() in _PICTURES and len(document.pictures) < MAX_PICTURES:
                    _add_picture(document, archive, name, slides.get(name, 0))
            return document
    except (zipfile.BadZipFile, OSError, etree.XMLSyntaxError) as problem:
        raise UnreadableMedia(shown, f"the document cannot be read ({problem})") from problem


def _text_members(archive: zipfile.ZipFile, names: list[str]) -> list[str]:
    """Give the parts that hold the text; slides as they are shown, and those that are not at the end."""
    flowing: list[str] = [name for name in ("word/document.xml", "content.xml") if name in names]
    slides = [name for name in names if re.fullmatch(r"ppt/slides/slide\d{1,5}\.xml", name)]
    order = {name: place for place, name in enumerate(_shown_slides(archive, set(names)))}
    number = {name: int(re.sub(r"\D", "", name)) for name in slides}
    return flowing or sorted(slides, key=lambda name: (order.get(name, len(order)), number[name]))[:MAX_PAGES]


def _shown_slides(archive: zipfile.ZipFile, names: set[str]) -> list[str]:
    """Give the slides of a presentation in their order; none where it does not say, or cannot be read."""
    main = "ppt/presentation.xml"
    root = _parsed(archive, main, names)
    if root is None:
        return []
    files = dict(_links(archive, main, names))
    listed = (dict(slide.attrib) for slide in root.iterfind("{*}sldIdLst/{*}sldId"))
    ids = [value for told in listed for key, value in told.items() if str(key).endswith("}id")]
    return [files[one] for one in map(str, ids) if one in files]


def _slides_of_pictures(archive: zipfile.ZipFile, slides: list[str], names: set[str]) -> dict[str, int]:
    """Give the first slide, counted as its text is, on which a file of a presentation is shown."""
    shown: dict[str, int] = {}
    for number, slide in enumerate(slides, 1):
        for _, target in _links(archive, slide, names) if slide.startswith("ppt/slides/") else ():
            shown.setdefault(target, number)
    return shown


def _links(archive: zipfile.ZipFile, part: str, names: set[str]) -> list[tuple[str, str]]:
    """Give id and file of what a part links to; nothing where that cannot be read: all else is compared."""
    folder, name = posixpath.split(part)
    root = _parsed(archive, f"{folder}/_rels/{name}.rels", names)
    if root is None:
        return []
    found = ((link.get("Id", ""), link.get("Target", "")) for link in root.iterfind("{*}Relationship"))
    # Some programs write the whole path.
    return [(one, posixpath.normpath(posixpath.join(folder, target)).lstrip("/")) for one, target in found]


def _parsed(archive: zipfile.ZipFile, name: str, names: set[str]) -> etree._Element | None:
    """Give an XML part that the rest can do without; None where it is missing or damaged."""
    try:
        return etree.fromstring(_unpacked(archive, name), _parser()) if name in names else None
    except (etree.XMLSyntaxError, OSError):
        return None


def _unpacked(archive: zipfile.ZipFile, name: str) -> bytes:
    """Give the bytes of a part. Raises OSError when it is damaged, encrypted or too large."""
    try:
        with archive.open(name) as stream:
            raw = stream.read(MAX_MEMBER_BYTES + 1)
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError) as problem:
        raise OSError(str(problem)) from problem
    if len(raw) > MAX_MEMBER_BYTES:
        raise OSError(f"{name} is larger than {MAX_MEMBER_BYTES:,} bytes")
    return raw


def _parser() -> etree.XMLParser:
    return etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False, recover=False)


def _text_of(archive: zipfile.ZipFile, name: str) -> str:
    """Give the text of an XML part: characters in order, a line for each paragraph."""
    root = etree.fromstring(_unpacked(archive, name), _parser())
    pieces: list[str] = []
    for event, node in etree.iterwalk(root, events=("start", "end")):
        local = etree.QName(node).localname if isinstance(node.tag, str) else ""
        if event == "start":
            pieces.append(_BREAKS.get(local, ""))
            pieces.append(node.text or "" if local in _HOLDERS else "")
        else:
            pieces.append("\n" if local in ("p", "h") else "")
            pieces.append(node.tail or "" if local in _INSIDE else "")
    return "".join(pieces).replace("\f", " ")


def _add_picture(document: Document, archive: zipfile.ZipFile, name: str, slide: int) -> None:
    try:
        pixels = read_image(io.BytesIO(_unpacked(archive, name)), name=name)
    except (UnreadableMedia, OSError):
        return  # the text and the other pictures still count
    if min(pixels.shape) < _LEAST_SIDE:
        return
    before = sum(place.startswith(f"slide {slide},") for place, _ in document.pictures)
    place = f"slide {slide}, picture {before + 1}" if slide else PurePosixPath(name).name
    document.pictures.append((place, pixels))
