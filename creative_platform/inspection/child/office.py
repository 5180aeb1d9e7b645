"""Office files (docx, pptx, odt): the words alone. Nothing is followed, resolved or drawn."""

import posixpath
import re
import time
import zipfile
import zlib
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote
from xml.parsers import expat

from creative_platform.confinement.child.refusal import Refused
from creative_platform.inspection.child.examine import Request
from creative_platform.inspection.contract import DOCUMENT_TYPES

_CHUNK = 1 << 16
_LINKS_BYTES = 1 << 20  # a list of relationships larger than that was written by nobody
_DEPTH = 500
_CPU_S = 8.0  # of the whole process: what the check of the archive took counts
_PARAGRAPHS = frozenset({"p", "h"})
_BREAKS = {"tab": "\t", "br": "\n", "cr": "\n", "line-break": "\n", "s": " "}
# What the author deleted, wrote beside the text or wrote twice: nobody who opens the document reads it there.
_UNSEEN = frozenset({"pPr", "del", "moveFrom", "delText", "instrText", "Fallback", "tracked-changes", "annotation"})
# Fields of Word that start a program or fetch something as soon as somebody opens the original.
_FETCHING = re.compile(r"\b(DDE|DDEAUTO|LINK|IMPORT|INCLUDE|INCLUDEPICTURE|INCLUDETEXT|DATABASE)\b", re.IGNORECASE)
_MACROS = ("vbaproject.bin", "basic/", "scripts/")
_MACRO_TYPES = re.compile(r"vbaproject|macroenabled", re.IGNORECASE)  # Office goes by these, whatever a part is called
_ODF = b"application/vnd.oasis.opendocument."
_TYPED = frozenset({"Default", "Override"})
_HARMLESS_LINKS = frozenset({"a", "hyperlink"})
# Where a template lay when the document was made: without a host, opening the document asks nobody.
_TEMPLATES = frozenset({"template", "attachedtemplate"})
_WITHOUT_HOST = re.compile(r"file:///(?!/)|[a-z]:/|(?!//)[^:]*$", re.IGNORECASE)
_ENCODINGS = frozenset({"utf-8", "utf-16"})  # Office knows no other; in those, words that we look for could hide

Parts = dict[str, zipfile.ZipInfo]  # by name in small letters, in the order of the archive: Office sees no case


class _Enough(Exception):
    """As much text was found as is kept."""


def form_of(archive: zipfile.ZipFile, parts: Parts) -> str:
    """Return docx, pptx or odt; empty for an archive that is none. Raises Refused for documents of other forms."""
    first = next(iter(parts))
    if first == "mimetype":
        head = _start_of(archive, parts[first], 100)
        if head == _ODF + b"text":
            return "odt"
        raise Refused("media.type_not_allowed", f"{head!r}", type="document")
    if "[content_types].xml" not in parts:
        return ""
    form = {"word": "docx", "ppt": "pptx"}.get(_main_part(archive, parts).split("/")[0], "")
    if not form and first == "[content_types].xml":
        raise Refused("media.type_not_allowed", "a document of another form", type="document")
    return form


def facts(request: Request, archive: zipfile.ZipFile, parts: Parts, form: str) -> dict[str, Any]:
    """Return the facts of a document; sends its words. Raises Refused for programs in it and what it would fetch."""
    if any(name.endswith(_MACROS[0]) or name.startswith(_MACROS[1:]) for name in parts):
        raise Refused("document.macros", "macros")
    for name in parts:
        _refuse_active(archive, parts, name, form)
    texts = _Texts(request.limits.letters)
    slides = 0
    for number, part in enumerate(_texts_of(archive, parts, form), 1):
        slides = number
        if not texts.full:
            texts.read(archive, parts, part, str(number) if form == "pptx" else "", plain=form == "odt")
    if not any(item["text"].strip() for item in texts.found):
        raise Refused("document.no_text", "no text")
    if request.recipe.pictures:
        request.output.derived_json("text.json", texts.found)
    return {
        "kind": "document",
        "content_type": DOCUMENT_TYPES[form],
        "pages": slides if form == "pptx" else None,
        "notes": ["text_cut"] if texts.full else [],
        "clean": None,
    }


def _texts_of(archive: zipfile.ZipFile, parts: Parts, form: str) -> list[str]:
    """Return the members that hold the text, in reading order."""
    if form == "odt":
        return ["content.xml"]
    main = _main_part(archive, parts)
    if form == "docx":
        return [main]
    targets = {link["Id"]: target for link, target in _links(archive, parts, main)}
    slides: list[str] = []

    def see(name: str, attributes: dict[str, str]) -> None:
        if name == "sldId":
            told = next((value for key, value in attributes.items() if key.endswith(" id")), "")
            slides.append(targets.get(told, ""))

    _parse(archive, parts, main, see)
    return [slide for slide in slides if slide]


def _main_part(archive: zipfile.ZipFile, parts: Parts) -> str:
    kinds = {link["Type"].rsplit("/", 1)[-1]: target for link, target in _links(archive, parts, "")}
    return kinds.get("officeDocument", "")


def _links(archive: zipfile.ZipFile, parts: Parts, part: str) -> Iterator[tuple[dict[str, str], str]]:
    """Yield the relationships of a part with the member that each means."""
    folder, name = posixpath.split(part)
    listed = posixpath.join(folder, "_rels", f"{name}.rels")
    for link in _relationships(archive, parts, listed) if listed in parts else ():
        target = link["Target"].lower()
        yield link, target[1:] if target.startswith("/") else posixpath.normpath(posixpath.join(folder, target))


def _relationships(archive: zipfile.ZipFile, parts: Parts, name: str) -> list[dict[str, str]]:
    if parts[name].file_size > _LINKS_BYTES:
        raise Refused("media.unreadable", "a long list of relationships")
    found: list[dict[str, str]] = []

    def see(name: str, attributes: dict[str, str]) -> None:
        if name == "Relationship":
            found.append({key: attributes.get(key, "") for key in ("Id", "Type", "Target")})

    _parse(archive, parts, name, see)
    return found


def _refuse_active(archive: zipfile.ZipFile, parts: Parts, name: str, form: str) -> None:
    """Refuse what fetches or hides in a part, whatever its name ends with: types and links name parts of any name."""
    parser = expat.ParserCreate(None, " ")
    began, field = name.endswith((".xml", ".rels")), False
    instructions: list[str] = []

    def start(element: str, attributes: dict[str, str]) -> None:
        nonlocal began, field
        kind = element.rsplit(" ", 1)[-1]
        began, field = True, kind == "instrText"
        if kind == "fldSimple":
            instructions.extend([" ", *attributes.values(), " "])
        elif kind == "Relationship":
            _refuse_macros(attributes.get("Type", ""))
            _refuse_foreign_link(attributes)
        elif kind in _TYPED and name == "[content_types].xml":
            _refuse_macros(attributes.get("ContentType", ""))
        elif form == "odt":
            _refuse_foreign_target(name, kind, attributes)

    def text(letters: str) -> None:
        if field:
            instructions.append(letters)

    parser.StartElementHandler, parser.CharacterDataHandler = start, text
    parser.StartDoctypeDeclHandler, parser.XmlDeclHandler = _no_doctype_but_of_pictures, _no_strange_letters
    broken = ""
    try:
        _feed(parser, archive, parts[name])
    except expat.ExpatError as error:  # pictures, fonts and empty files are no XML and hold no links
        broken = f"{name}: {error}"[:200] if began and parts[name].file_size else ""
    if _FETCHING.search("".join(instructions)):
        raise Refused("media.external_reference", "a field that fetches")
    if broken:
        raise Refused("media.unreadable", broken)


def _refuse_macros(told: str) -> None:
    if _MACRO_TYPES.search(told.rsplit("/", 1)[-1]):
        raise Refused("document.macros", "macros by type")


def _refuse_foreign_link(attributes: dict[str, str]) -> None:
    """Refuse templates, pictures and objects from elsewhere, and pages inside (altChunk) that bring their own links."""
    kind = attributes.get("Type", "").rsplit("/", 1)[-1].lower()
    foreign = attributes.get("TargetMode", "").strip().lower() == "external"
    foreign = foreign and kind not in _HARMLESS_LINKS and not _is_local_template(kind, attributes.get("Target", ""))
    if foreign or kind == "afchunk":
        raise Refused("media.external_reference", f"external {kind}"[:100])


def _refuse_foreign_target(part: str, kind: str, attributes: dict[str, str]) -> None:
    """Refuse links of OpenDocument that lead out of the archive; a chart means the document it stands in by ``..``."""
    target = next((value for key, value in attributes.items() if key.endswith("xlink href")), "")
    target = unquote(target).replace("\\", "/")
    inside = posixpath.normpath(posixpath.join(posixpath.dirname(part), target))
    foreign = (":" in target.split("/")[0] or inside.startswith(("/", ".."))) and kind not in _HARMLESS_LINKS
    if foreign and not _is_local_template(kind, target):
        raise Refused("media.external_reference", f"external {kind}"[:100])


def _is_local_template(kind: str, target: str) -> bool:
    return kind in _TEMPLATES and _WITHOUT_HOST.match(unquote(target).replace("\\", "/")) is not None


def _start_of(archive: zipfile.ZipFile, member: zipfile.ZipInfo, size: int) -> bytes:
    try:
        with archive.open(member) as stream:
            return stream.read(size)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError) as error:
        raise Refused("archive.corrupt", f"{type(error).__name__}: {error}"[:200]) from None


def _parse(archive: zipfile.ZipFile, parts: Parts, name: str, start: Any, end: Any = None, text: Any = None) -> None:
    """Read one XML part from start to end. Raises Refused for declarations of types: they name entities and files."""
    if name not in parts:
        raise Refused("media.unreadable", f"no {name}"[:200])
    parser = expat.ParserCreate("utf-8", " ")
    depth = 0

    def begin(name: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > _DEPTH:
            raise Refused("media.unreadable", "elements without end")
        start(name.rsplit(" ", 1)[-1], attributes)

    def finish(name: str) -> None:
        nonlocal depth
        depth -= 1
        if end:
            end(name.rsplit(" ", 1)[-1])

    parser.StartElementHandler, parser.EndElementHandler = begin, finish
    parser.StartDoctypeDeclHandler = _no_doctype
    if text:
        parser.CharacterDataHandler = text
    try:
        _feed(parser, archive, parts[name])
    except expat.ExpatError as error:
        raise Refused("media.unreadable", f"{name}: {error}"[:200]) from None


def _feed(parser: Any, archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> None:
    """Hand a member to a parser. Raises Refused for what cannot be unpacked, ExpatError for what is no XML."""
    try:
        with archive.open(member) as stream:
            while chunk := stream.read(_CHUNK):
                parser.Parse(chunk, False)
                if time.process_time() > _CPU_S:
                    raise Refused("inspection.timeout", f"{member.filename} takes too long"[:100])
            parser.Parse(b"", True)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, LookupError, ValueError) as error:
        raise Refused("media.unreadable", f"{member.filename}: {type(error).__name__}: {error}"[:200]) from None


def _no_doctype(*declared: object) -> None:
    raise Refused("media.unreadable", "a declaration of types")


def _no_doctype_but_of_pictures(name: str, system: str | None, public: str | None, own: int) -> None:
    """Let the line pass that drawing programs write into SVG; it declares nothing of its own."""
    if name != "svg" or own or not (system or "").startswith("http://www.w3.org/"):
        _no_doctype()


def _no_strange_letters(version: str, encoding: str | None, standalone: int) -> None:
    if encoding and encoding.lower() not in _ENCODINGS:
        raise Refused("media.unreadable", f"letters of {encoding}"[:100])


class _Texts:
    """The words of a document's parts, as many as are kept."""

    def __init__(self, most: int) -> None:
        self._left = most
        self.found: list[dict[str, str]] = []
        self.full = False

    def read(self, archive: zipfile.ZipFile, parts: Parts, part: str, name: str, *, plain: bool) -> None:
        """Add the text of a part; in ``plain`` ones letters stand in the paragraph itself, else in runs."""
        pieces: list[str] = []
        hidden, inside = 0, 0

        def start(element: str, attributes: dict[str, str]) -> None:
            nonlocal hidden, inside
            hidden += element in _UNSEEN
            inside += element in (_PARAGRAPHS if plain else ("t",))
            if element in _BREAKS and not hidden:
                keep(_BREAKS[element])

        def end(element: str) -> None:
            nonlocal hidden, inside
            hidden -= element in _UNSEEN
            inside -= element in (_PARAGRAPHS if plain else ("t",))
            if element in _PARAGRAPHS and not hidden:
                keep("\n")

        def text(letters: str) -> None:
            if inside and not hidden:
                keep(letters)

        def keep(letters: str) -> None:
            pieces.append(letters[: self._left])
            self._left -= len(letters)
            if self._left < 0:
                raise _Enough

        try:
            _parse(archive, parts, part, start, end, text)
        except _Enough:
            self.full = True
        self.found.append({"name": name, "text": "".join(pieces).strip("\n")})
