"""Office files as LibreOffice and Word write them, in small; their authors are marked wherever a program names them."""

from __future__ import annotations

import zipfile

from tests.inspection.papers import archive
from tests.inspection.recordings import MARK

_OOXML = "http://schemas.openxmlformats.org"
_RELS = f"{_OOXML}/package/2006/relationships"
_KINDS = f"{_OOXML}/officeDocument/2006/relationships"
_W = f'xmlns:w="{_OOXML}/wordprocessingml/2006/main" xmlns:r="{_KINDS}"'
_CORE = f"<coreProperties><creator>{MARK.decode()}</creator></coreProperties>"
_ODF = "urn:oasis:names:tc:opendocument:xmlns"
_ODT = (
    f'xmlns:office="{_ODF}:office:1.0" xmlns:text="{_ODF}:text:1.0" xmlns:draw="{_ODF}:drawing:1.0" '
    'xmlns:xlink="http://www.w3.org/1999/xlink" xmlns:dc="http://purl.org/dc/elements/1.1/"'
)


def relationships(*links: tuple[str, str, str], external: bool = False) -> str:
    """Return a list of (id, kind, target)."""
    mode = ' TargetMode="External"' if external else ""
    told = "".join(f'<Relationship Id="{i}" Type="{_KINDS}/{kind}" Target="{to}"{mode}/>' for i, kind, to in links)
    return f'<?xml version="1.0"?><Relationships xmlns="{_RELS}">{told}</Relationships>'


def paragraphs(*lines: str) -> str:
    """Return the main part of a Word document that says these lines; a tab stop stands before the first."""
    told = "".join(f'<w:p><w:r><w:t xml:space="preserve">{line}</w:t></w:r></w:p>' for line in lines)
    stop = '<w:pPr><w:tabs><w:tab w:val="left" w:pos="709"/></w:tabs></w:pPr>'
    told = told.replace("<w:p>", f"<w:p>{stop}", 1)
    return f'<?xml version="1.0" encoding="UTF-8"?><w:document {_W}><w:body>{told}</w:body></w:document>'


def docx(body: str | bytes | None = None, **more: str | bytes) -> bytes:
    """Return a Word document; ``more`` are further members, a double underscore standing for a slash."""
    members: dict[str, str | bytes] = {
        "_rels/.rels": relationships(
            ("r1", "officeDocument", "word/document.xml"), ("r2", "core", "docProps/core.xml")
        ),
        "docProps/core.xml": _CORE,
        "word/document.xml": body or paragraphs("Дала әні", "Екінші жол"),
        "word/comments.xml": f"<w:comments {_W}><w:comment w:author='{MARK.decode()}'/></w:comments>",
    }
    members |= {name.replace("__", "/"): body for name, body in more.items()}
    return archive({**members, "[Content_Types].xml": "<Types/>"})


def with_rels(of: str, kind: str, target: str) -> bytes:
    """Return a Word document of which one part is said to lie elsewhere."""
    return docx(**{f"word___rels__{of}.rels": relationships(("r9", kind, target), external=True)})


def pptx(*slides: str) -> bytes:
    """Return a presentation of these slides, stored in another order than they are shown."""
    drawing = f'xmlns:a="{_OOXML}/drawingml/2006/main" xmlns:p="{_OOXML}/presentationml/2006/main" xmlns:r="{_KINDS}"'
    shown = "".join(f'<p:sldId id="{256 + n}" r:id="s{n}"/>' for n in range(len(slides)))
    files = {n: f"slides/slide{len(slides) - n}.xml" for n in range(len(slides))}
    members = {
        "[Content_Types].xml": "<Types/>",
        "_rels/.rels": relationships(("r1", "officeDocument", "/ppt/presentation.xml")),
        "docProps/core.xml": _CORE,
        "ppt/presentation.xml": f"<p:presentation {drawing}><p:sldIdLst>{shown}</p:sldIdLst></p:presentation>",
        "ppt/_rels/presentation.xml.rels": relationships(*((f"s{n}", "slide", to) for n, to in files.items())),
    }
    for number, words in enumerate(slides):
        said = f"<a:p><a:r><a:t>{words}</a:t></a:r></a:p>"
        members[f"ppt/{files[number]}"] = f"<p:sld {drawing}><p:txBody>{said}</p:txBody></p:sld>"
    return archive(members)


def odt(*lines: str, more: str = "", members: dict[str, str] | None = None) -> bytes:
    """Return an OpenDocument text of these paragraphs, whatever markup follows them, and further members."""
    told = "".join(f"<text:p>{line}</text:p>" for line in lines)
    author = MARK.decode()
    note = f"<office:annotation><dc:creator>{author}</dc:creator><text:p>{author}</text:p></office:annotation>"
    body = f"<office:body><office:text><text:h>Тақырып{note}</text:h>{told}{more}</office:text></office:body>"
    return archive(
        {
            "mimetype": "application/vnd.oasis.opendocument.text",
            "content.xml": f"<office:document-content {_ODT}>{body}</office:document-content>",
            "meta.xml": _CORE,
        }
        | (members or {}),
        zipfile.ZIP_STORED,
    )
