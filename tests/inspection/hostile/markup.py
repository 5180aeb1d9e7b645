"""Markup and office files, which are programs or point elsewhere."""

from __future__ import annotations

from tests.inspection import papers
from tests.inspection.hostile.item import Hostile

LAUGHS = b"""<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY a "lol"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">
<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">]><lolz>&c;</lolz>"""
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script><image href="http://127.0.0.1:9/x"/></svg>'
OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(2000)


def _office(kind: str) -> bytes:
    return papers.archive({"[Content_Types].xml": "<Types/>", f"{kind}/document.xml": "<w:document/>"})


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
}
