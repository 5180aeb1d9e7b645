"""Of an office file people get the words, and nothing of who wrote it or what was struck out."""

from __future__ import annotations

import io
import json
import zipfile

import pytest

from creative_platform.inspection.contract import DOCUMENT_TYPES, Recipe
from tests.inspection import offices, papers
from tests.inspection.asking import Asked, ask
from tests.inspection.recordings import MARK


def texts(asked: Asked) -> list[dict[str, str]]:
    [only] = asked.result.derived
    assert only.name == "text.json"
    return json.loads(only.data)


@pytest.mark.parametrize(
    ("form", "data", "found"),
    [
        ("docx", offices.docx(), [("", "Дала әні\nЕкінші жол")]),
        ("pptx", offices.pptx("Бірінші", "Екінші", "Үшінші"), [("1", "Бірінші"), ("2", "Екінші"), ("3", "Үшінші")]),
        ("odt", offices.odt("Бір", "а<text:tab/>б<text:line-break/>в"), [("", "Тақырып\nБір\nа\tб\nв")]),
    ],
)
def test_the_words_of_an_office_file_are_read_in_order(form: str, data: bytes, found: list[tuple[str, str]]):
    asked = ask(data, f".{form}", clean_copy=True)

    result = asked.result
    assert (result.accepted, result.kind, result.content_type) == (True, "document", DOCUMENT_TYPES[form])
    assert [(item["name"], item["text"]) for item in texts(asked)] == found
    assert (result.clean, asked.clean, result.pages) == (None, b"", 3 if form == "pptx" else None)
    assert MARK in b"".join(_members(data))
    assert MARK not in asked.everything


def _members(data: bytes) -> list[bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as opened:
        return [opened.read(name) for name in opened.namelist()]


def test_what_was_struck_out_or_stands_twice_is_not_read():
    body = offices.paragraphs("Бірінші @").replace(
        "@",
        "</w:t></w:r><w:del><w:r><w:delText>Zxgone</w:delText></w:r></w:del><w:moveFrom><w:r><w:t>Zxmoved</w:t></w:r>"
        '</w:moveFrom><w:r><w:instrText>AUTHOR Zxfield</w:instrText></w:r><mc:A xmlns:mc="urn:mc"><mc:Choice><w:r>'
        "<w:t>box</w:t></w:r></mc:Choice><mc:Fallback><w:r><w:t>box</w:t></w:r></mc:Fallback></mc:A><w:r><w:t>",
    )

    assert [item["text"] for item in texts(ask(offices.docx(body), ".docx"))] == ["Бірінші box"]


def test_a_long_text_is_cut_and_says_so():
    asked = ask(offices.docx(offices.paragraphs(*["Он таңба ж"] * 9000)), ".docx")

    assert (asked.result.accepted, asked.result.notes) == (True, ("text_cut",))
    assert len(texts(asked)[0]["text"]) == 60_000


@pytest.mark.parametrize(
    ("data", "suffix", "kinds", "reason"),
    [
        (offices.docx(), ".docx", ("pdf", "zip"), "media.type_not_allowed"),
        (offices.docx(), ".zip", ("document", "zip"), "media.type_mismatch"),
        (offices.docx(), ".pdf", ("document", "pdf"), "media.type_mismatch"),
        (papers.project(), ".docx", ("document", "zip"), "media.type_mismatch"),
        (papers.project(), "", ("document",), "media.type_not_allowed"),
        (offices.docx(offices.paragraphs("", " ")), ".docx", ("document",), "document.no_text"),
    ],
)
def test_a_document_is_taken_only_where_and_as_what_it_is_asked_for(data, suffix, kinds, reason):
    result = ask(data, suffix, wanted=Recipe(kinds=kinds)).result

    assert (result.accepted, result.reason) == (False, reason)


def test_an_ordinary_link_in_a_document_is_no_reference():
    data = offices.with_rels("document.xml", "hyperlink", "https://example.org/")

    assert ask(data, ".docx").result.accepted
    field = '<w:instrText>HYPERLINK "https://example.org/" PAGEREF _Toc1</w:instrText>'
    assert ask(offices.docx(offices.paragraphs("x").replace("<w:t", f"{field}<w:t", 1)), ".docx").result.accepted
    link = '<text:p><text:a xlink:href="https://example.org/">link</text:a></text:p>'
    assert ask(offices.odt(more=link), ".odt").result.accepted


def test_what_word_and_libreoffice_put_beside_the_text_is_no_reference():
    svg = '<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd"><svg/>'
    wide = '<?xml version="1.0" encoding="utf-16"?><p/>'.encode("utf-16")
    more = {"word__media__image1.svg": svg, "word__media__image2.jpeg": b"\xff\xd8\xff", "customXml__item1.xml": wide}
    assert ask(offices.docx(**more), ".docx").result.accepted

    chart = '<chart xmlns:xlink="http://www.w3.org/1999/xlink" xlink:href=".."/>'
    members = {"Object 1/content.xml": chart, "Configurations2/accelerator/current.xml": ""}
    assert ask(offices.odt("x", members=members), ".odt").result.accepted


LOCAL = [
    "file:///C:\\Users\\Aigerim\\Templates\\essay.dotx",
    "C:\\Templates\\essay.dotx",
    "../../Templates/essay.ott",
    "/usr/share/templates/essay.ott",
    "file:///home/aigerim/essay.ott",
    "essay.dotx",
]
ELSEWHERE = [
    "http://127.0.0.1/x.dotx",
    "file://server/share/x.dotx",
    "file:////server/share/x.dotx",
    "file:\\\\server\\x",
    "\\\\server\\x.dotx",
    "//server/x.ott",
    "file:///%5C%5Cserver/x.dotx",
    "%2f%2fserver/x",
    "smb://server/x",
]


@pytest.mark.parametrize(("target", "accepted"), [*((t, True) for t in LOCAL), *((t, False) for t in ELSEWHERE)])
def test_a_template_that_lay_on_the_writers_disk_is_no_reference(target: str, accepted: bool):
    template = f'<x xmlns:xlink="http://www.w3.org/1999/xlink"><template xlink:href="{target}"/></x>'
    for suffix, data in (
        (".docx", offices.with_rels("settings.xml", "attachedTemplate", target)),
        (".odt", offices.odt("x", members={"meta.xml": template})),
    ):
        found = ask(data, suffix, wanted=Recipe(kinds=("document",))).result
        assert (found.accepted, found.reason) == (accepted, None if accepted else "media.external_reference"), suffix


def test_a_picture_on_the_writers_disk_is_one():
    data = offices.with_rels("document.xml", "image", LOCAL[0])
    assert ask(data, ".docx", wanted=Recipe(kinds=("document",))).result.reason == "media.external_reference"


VBA = "application/vnd.ms-office.vbaProject"
ENABLED = "application/vnd.ms-word.document.macroEnabled.main+xml"
LINKED = "http://schemas.microsoft.com/office/2006/relationships/vbaProject"


@pytest.mark.parametrize(
    ("part", "told"),
    [
        ("[Content_Types].xml", f'<Types><Override PartName="/word/x.bin" ContentType="{VBA}"/></Types>'),
        ("[Content_Types].xml", f'<Types><Default Extension="bin" ContentType="{VBA}"/></Types>'),
        ("[Content_Types].xml", f'<Types><Override PartName="/word/document.xml" ContentType="{ENABLED}"/></Types>'),
        (
            "word/_rels/document.xml.rels",
            f'<Relationships><Relationship Type="{LINKED}" Target="x.bin"/></Relationships>',
        ),
    ],
)
def test_macros_are_found_by_their_type_under_any_name(part: str, told: str):
    with zipfile.ZipFile(io.BytesIO(offices.docx(word__x=b"\xd0\xcf\x11\xe0"))) as plain:
        members = {name: plain.read(name) for name in plain.namelist()} | {part: told.encode()}
    found = ask(papers.archive(members), ".docx", wanted=Recipe(kinds=("document",))).result
    assert found.reason == "document.macros"
