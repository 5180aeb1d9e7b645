"""Office files (docx, pptx, odt): the words alone. Nothing is followed, resolved or drawn."""

import posixpath
import re
import time
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import suppress
from typing import Any
from xml.parsers import expat

from creative_platform.confinement.child.refusal import Refused
from creative_platform.inspection.child.examine import Request
from creative_platform.inspection.contract import DOCUMENT_TYPES

_CHUNK = 1 << 16
_LINKS_BYTES = 1 << 20  # a list of relationships larger than that was written by nobody
_DEPTH = 500
_CPU_S = 8.0  # after the archive was checked
_PARAGRAPHS = frozenset({"p", "h"})
_BREAKS = {"tab": "\t", "br": "\n", "cr": "\n", "line-break": "\n", "s": " "}
# What the author deleted, wrote beside the text or wrote twice: nobody who opens the document reads it there.
_UNSEEN = frozenset({"pPr", "del", "moveFrom", "delText", "instrText", "Fallback", "tracked-changes", "annotation"})
# Fields of Word that start a program or fetch something as soon as somebody opens the original.
_FETCHING = re.compile(r"\b(DDE|DDEAUTO|LINK|IMPORT|INCLUDE|INCLUDEPICTURE|INCLUDETEXT|DATABASE)\b", re.IGNORECASE)
_MACROS = ("vbaproject.bin", "basic/", "scripts/")
_ODF = b"application/vnd.oasis.opendocument."
_HARMLESS_LINKS = frozenset({"a", "hyperlink"})


class _Enough(Exception):
    """As much text was found as is kept."""


def form_of(archive: zipfile.ZipFile, names: list[str]) -> str:
    """Return docx, pptx or odt; empty for an archive that is none. Raises Refused for documents of other forms."""
    if names[0] == "mimetype":
        head = _start_of(archive, "mimetype", 100)
        if head == _ODF + b"text":
            return "odt"
        raise Refused("media.type_not_allowed", f"{head!r}", type="document")
    if "[Content_Types].xml" not in names:
        return ""
    form = {"word": "docx", "ppt": "pptx"}.get(_main_part(archive, names).split("/")[0], "")
    if not form and names[0] == "[Content_Types].xml":
        raise Refused("media.type_not_allowed", "a document of another form", type="document")
    return form


def facts(request: Request, archive: zipfile.ZipFile, names: list[str], form: str) -> dict[str, Any]:
    """Return the facts of a document; sends its words. Raises Refused for programs in it and what it would fetch."""
    if any(name.lower().endswith(_MACROS[0]) or name.lower().startswith(_MACROS[1:]) for name in names):
        raise Refused("document.macros", "macros")
    for member in names:
        if member.endswith((".xml", ".rels")):
            _refuse_active(archive, member)
    _refuse_foreign_links(archive, names)
    texts = _Texts(request.limits.letters)
    slides = 0
    for number, part in enumerate(_parts(archive, names, form), 1):
        slides = number
        if not texts.full:
            texts.read(archive, part, str(number) if form == "pptx" else "", plain=form == "odt")
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


def _parts(archive: zipfile.ZipFile, names: list[str], form: str) -> list[str]:
    """Return the members that hold the text, in reading order."""
    if form == "odt":
        return ["content.xml"]
    main = _main_part(archive, names)
    if form == "docx":
        return [main]
    targets = {link["Id"]: target for link, target in _links(archive, names, main)}
    slides: list[str] = []

    def see(name: str, attributes: dict[str, str]) -> None:
        if name == "sldId":
            told = next((value for key, value in attributes.items() if key.endswith(" id")), "")
            slides.append(targets.get(told, ""))

    _parse(archive, main, see)
    return [slide for slide in slides if slide]


def _main_part(archive: zipfile.ZipFile, names: list[str]) -> str:
    kinds = {link["Type"].rsplit("/", 1)[-1]: target for link, target in _links(archive, names, "")}
    return kinds.get("officeDocument", "")


def _links(archive: zipfile.ZipFile, names: list[str], part: str) -> Iterator[tuple[dict[str, str], str]]:
    """Yield the relationships of a part with the member that each means."""
    folder, name = posixpath.split(part)
    listed = posixpath.join(folder, "_rels", f"{name}.rels")
    for link in _relationships(archive, listed) if listed in names else ():
        target = link["Target"]
        yield link, target[1:] if target.startswith("/") else posixpath.normpath(posixpath.join(folder, target))


def _relationships(archive: zipfile.ZipFile, member: str) -> list[dict[str, str]]:
    if archive.getinfo(member).file_size > _LINKS_BYTES:
        raise Refused("media.unreadable", "a long list of relationships")
    found: list[dict[str, str]] = []

    def see(name: str, attributes: dict[str, str]) -> None:
        if name == "Relationship":
            found.append({key: attributes.get(key, "") for key in ("Id", "Type", "Target", "TargetMode")})

    _parse(archive, member, see)
    return found


def _refuse_active(archive: zipfile.ZipFile, member: str) -> None:
    """Refuse declarations of types and fields that fetch, in whatever part of a document; what is no XML holds none."""
    parser = expat.ParserCreate(None, " ")
    field = False
    instructions: list[str] = []

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal field
        field = name.endswith(" instrText")
        if name.endswith(" fldSimple"):
            instructions.extend([" ", *attributes.values(), " "])

    def text(letters: str) -> None:
        if field:
            instructions.append(letters)

    parser.StartElementHandler, parser.CharacterDataHandler = start, text
    parser.StartDoctypeDeclHandler = _no_doctype
    with suppress(expat.ExpatError, LookupError, ValueError):
        _feed(parser, archive, member)
    if _FETCHING.search("".join(instructions)):
        raise Refused("media.external_reference", "a field that fetches")


def _refuse_foreign_links(archive: zipfile.ZipFile, names: list[str]) -> None:
    """Refuse templates, pictures and objects that would be fetched from elsewhere when somebody opens the original."""
    for member in names:
        for link in _relationships(archive, member) if member.endswith(".rels") else ():
            kind = link["Type"].rsplit("/", 1)[-1]
            if link["TargetMode"] == "External" and kind not in _HARMLESS_LINKS:
                raise Refused("media.external_reference", f"external {kind}"[:100])

    def see(name: str, attributes: dict[str, str]) -> None:
        target = next((value for key, value in attributes.items() if key.endswith("xlink href")), "")
        elsewhere = ":" in target.split("/")[0] or posixpath.normpath(target).startswith(("/", "\\", ".."))
        if elsewhere and name not in _HARMLESS_LINKS:
            raise Refused("media.external_reference", f"external {name}"[:100])

    for member in ("content.xml", "styles.xml"):
        if names[0] == "mimetype" and member in names:
            _parse(archive, member, see)


def _start_of(archive: zipfile.ZipFile, member: str, size: int) -> bytes:
    try:
        with archive.open(member) as stream:
            return stream.read(size)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError) as error:
        raise Refused("archive.corrupt", f"{type(error).__name__}: {error}"[:200]) from None


def _parse(archive: zipfile.ZipFile, member: str, start: Any, end: Any = None, text: Any = None) -> None:
    """Read one XML member from start to end. Raises Refused for declarations of types: they name entities and files."""
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
        _feed(parser, archive, member)
    except (expat.ExpatError, KeyError, zipfile.BadZipFile, zlib.error, EOFError) as error:
        raise Refused("media.unreadable", f"{member}: {type(error).__name__}: {error}"[:200]) from None


def _feed(parser: Any, archive: zipfile.ZipFile, member: str) -> None:
    with archive.open(member) as stream:
        while chunk := stream.read(_CHUNK):
            parser.Parse(chunk, False)
            if time.process_time() > _CPU_S:
                raise Refused("inspection.timeout", f"{member} takes too long"[:100])
        parser.Parse(b"", True)


def _no_doctype(*declared: object) -> None:
    raise Refused("media.unreadable", "a declaration of types")


class _Texts:
    """The words of a document's parts, as many as are kept."""

    def __init__(self, most: int) -> None:
        self._left = most
        self.found: list[dict[str, str]] = []
        self.full = False

    def read(self, archive: zipfile.ZipFile, part: str, name: str, *, plain: bool) -> None:
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
            _parse(archive, part, start, end, text)
        except _Enough:
            self.full = True
        self.found.append({"name": name, "text": "".join(pieces).strip("\n")})
