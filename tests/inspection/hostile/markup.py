"""Markup and office files, which are programs or point elsewhere."""

from __future__ import annotations

from tests.inspection import offices, papers
from tests.inspection.hostile.item import ACCEPTED, Hostile
from tests.inspection.hostile.playlists import URL

LAUGHS = b"""<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY a "lol"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">
<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">]><lolz>&c;</lolz>"""
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script><image href="http://127.0.0.1:9/x"/></svg>'
OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(2000)


def _office(kind: str) -> bytes:
    return papers.archive({"[Content_Types].xml": "<Types/>", f"{kind}/document.xml": "<w:document/>"})


def _declared(declaration: bytes) -> bytes:
    """Return a Word document whose text begins with a declaration of types."""
    body = offices.paragraphs("&x;").encode()
    return offices.docx(body.replace(b"<w:document", declaration + b"<w:document", 1))


def _odt_with_picture(target: bytes) -> bytes:
    return offices.odt(more=f'<draw:frame><draw:image xlink:href="{target.decode()}"/></draw:frame>')


def _linking(element: str, target: str) -> str:
    return f'<x xmlns:xlink="http://www.w3.org/1999/xlink"><{element} xlink:href="{target}"/></x>'


def _declared_wide() -> bytes:
    return ('<?xml version="1.0" encoding="utf-16"?>' + _SECRET.decode() + "<p/>").encode("utf-16")


def _named_in_dos() -> bytes:
    """Return a Word document with a header whose name ``zipfile`` reads otherwise than its author wrote it."""
    data = offices.docx(**{"word__AAAA.xml": _FIELD.format(URL.decode())})
    return data.replace(b"AAAA", "өң".encode())  # without the flag for UTF-8


_DDE = "<w:instrText>DDE</w:instrText></w:r><w:r><w:instrText>AUTO c:\\\\windows cmd</w:instrText></w:r><w:r>"
_FIELD = '<w:hdr xmlns:w="urn:w"><w:fldSimple w:instr="INCLUDEPICTURE {}"/></w:hdr>'
_POINTER, _PICTURE = "media.external_reference", "image"
_LAUGHS = (
    LAUGHS[LAUGHS.index(b"<!DOCTYPE") : LAUGHS.index(b"<lolz>")]
    .replace(b"lolz", b"w:document")
    .replace(b"ENTITY c", b"ENTITY x")
)
_SECRET = b'<!DOCTYPE w:document [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
_OUTSIDE = b'<!DOCTYPE w:document SYSTEM "' + URL + b'">'

FILES = {
    "svg": Hostile(lambda: SVG, ".svg", "media.type_not_allowed"),
    "svg called png": Hostile(lambda: SVG, ".png", "media.type_mismatch"),
    "svg after a comment": Hostile(lambda: b"<!-- x -->" + SVG, ".svg", "media.type_not_allowed"),
    "svg in utf-16": Hostile(lambda: SVG.decode().encode("utf-16"), ".svg", "media.type_not_allowed"),
    "entities that multiply": Hostile(lambda: LAUGHS, ".xml", "media.type_not_allowed"),
    "page": Hostile(lambda: b"\xef\xbb\xbf  <!DOCTYPE html><p>", ".html", "media.type_not_allowed"),
    "word document": Hostile(lambda: _office("word"), ".docx", "media.type_not_allowed"),
    "word document called zip": Hostile(lambda: _office("word"), ".zip", "media.type_not_allowed"),
    "spreadsheet": Hostile(lambda: _office("xl"), ".xlsx", "media.type_not_allowed"),
    "old word document": Hostile(lambda: OLD_OFFICE, ".doc", "media.type_not_allowed"),
    "rich text": Hostile(
        lambda: b"{\\rtf1\\ansi{\\field{\\*\\fldinst INCLUDEPICTURE}}}", ".rtf", "media.type_not_allowed"
    ),
    "docx with entities that multiply": Hostile(lambda: _declared(_LAUGHS), ".docx", "media.unreadable"),
    "docx with an entity that is a file": Hostile(lambda: _declared(_SECRET), ".docx", "media.unreadable"),
    "docx with types at an address": Hostile(lambda: _declared(_OUTSIDE), ".docx", "media.unreadable"),
    "docx with a template at an address": Hostile(
        lambda: offices.with_rels("settings.xml", "attachedTemplate", URL.decode()), ".docx", _POINTER
    ),
    "docx with a picture at an address": Hostile(
        lambda: offices.with_rels("document.xml", _PICTURE, URL.decode()), ".docx", _POINTER
    ),
    "docx with an object of a share": Hostile(
        lambda: offices.with_rels("document.xml", "oleObject", "file://127.0.0.1/share/x"), ".docx", _POINTER
    ),
    "docx with an entity in its properties": Hostile(
        lambda: offices.docx(**{"docProps__app.xml": _SECRET + b"<p>&x;</p>"}), ".docx", "media.unreadable"
    ),
    "docx with types declared in utf-16": Hostile(
        lambda: offices.docx(**{"customXml__item2.xml": _declared_wide()}),
        ".docx",
        "media.unreadable",
    ),
    "docx with a field that starts a program": Hostile(
        lambda: offices.docx(offices.paragraphs("x").replace("<w:t", _DDE + "<w:t", 1)), ".docx", _POINTER
    ),
    "docx with a picture of a field": Hostile(
        lambda: offices.docx(**{"word__header1.xml": _FIELD.format(URL.decode())}), ".docx", _POINTER
    ),
    "docx with links in great letters": Hostile(
        lambda: offices.docx(
            **{"word___rels__document.xml.RELS": offices.relationships(("r9", "image", URL.decode()), external=True)}
        ),
        ".docx",
        _POINTER,
    ),
    "docx with a header in great letters": Hostile(
        lambda: offices.docx(**{"word__header1.XML": _FIELD.format(URL.decode())}), ".docx", _POINTER
    ),
    "docx with a header of another name": Hostile(
        lambda: offices.docx(**{"word__media__image1.png": _FIELD.format(URL.decode())}), ".docx", _POINTER
    ),
    "docx with a field in other letters": Hostile(
        lambda: offices.docx(
            **{"word__header1.xml": '<?xml version="1.0" encoding="Shift_JIS"?>' + _FIELD.format(URL.decode())}
        ),
        ".docx",
        "media.unreadable",
    ),
    "docx with a page inside": Hostile(
        lambda: offices.docx(
            **{
                "word___rels__document.xml.rels": offices.relationships(("r9", "aFChunk", "afchunk.mht")),
                "word__afchunk.mht": b"MIME-Version: 1.0\r\n\r\n<img src='" + URL + b"'>",
            }
        ),
        ".docx",
        _POINTER,
    ),
    "docx without the part it names": Hostile(
        lambda: offices.docx(**{"_rels__.rels": offices.relationships(("r1", "officeDocument", "word/x.xml"))}),
        ".docx",
        "media.unreadable",
    ),
    "docx with a field under a name of Cyrillic DOS": Hostile(_named_in_dos, ".docx", _POINTER),
    "docx with macros": Hostile(lambda: offices.docx(**{"word__vbaProject.bin": b""}), ".docx", "document.macros"),
    "docx of 50 MiB": Hostile(lambda: offices.docx(offices.paragraphs(" " * (50 << 20))), ".docx", "archive.ratio"),
    "docx of elements without end": Hostile(
        lambda: offices.docx(offices.paragraphs("x").replace("<w:p>", "<w:p>" * 100_000)), ".docx", "media.unreadable"
    ),
    "docx cut short": Hostile(lambda: offices.docx(offices.paragraphs("x")[:-20]), ".docx", "media.unreadable"),
    "docx without words": Hostile(lambda: offices.docx(offices.paragraphs("")), ".docx", "document.no_text"),
    "odt with a picture at an address": Hostile(lambda: _odt_with_picture(URL), ".odt", _POINTER),
    "odt with a picture of a folder above": Hostile(lambda: _odt_with_picture(b"./x/../../p.png"), ".odt", _POINTER),
    "odt with a picture of an object at an address": Hostile(
        lambda: offices.odt("x", members={"Object 1/content.xml": _linking("image", URL.decode())}), ".odt", _POINTER
    ),
    "odt with an object of a folder above": Hostile(
        lambda: offices.odt("x", members={"Object 1/content.xml": _linking("image", "../../p.png")}), ".odt", _POINTER
    ),
    "odt with a template at an address": Hostile(
        lambda: offices.odt("x", members={"meta.xml": _linking("template", URL.decode())}), ".odt", _POINTER
    ),
    "odt with a picture of a share": Hostile(lambda: _odt_with_picture(b"\\\\127.0.0.1\\x"), ".odt", _POINTER),
    "spreadsheet called a presentation": Hostile(lambda: _office("xl"), ".pptx", "media.type_not_allowed"),
    "old word document called docx": Hostile(lambda: OLD_OFFICE, ".docx", "media.unreadable"),
    "docx of an author": Hostile(offices.docx, ".docx", ACCEPTED),
    "pptx of an author": Hostile(lambda: offices.pptx("Words"), ".pptx", ACCEPTED),
    "odt of an author": Hostile(lambda: offices.odt("Words"), ".odt", ACCEPTED),
}
