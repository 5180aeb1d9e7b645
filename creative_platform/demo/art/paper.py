"""Plans of campaigns as PDF, and programs with their source as ZIP."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any

import typst

PROGRAMS = Path(__file__).resolve().parent.parent / "programs"
EPOCH = (2026, 1, 1, 12, 0, 0)

WORDS: dict[str, dict[str, Any]] = {
    "kk": {
        "plan": "Науқан жоспары",
        "when": "Уақыты",
        "what": "Не істейміз",
        "rows": [
            ("1-апта", "Серіктестермен кездесу, плакаттарды басып шығару"),
            ("2-апта", "Мектептер мен аялдамаларға ілу"),
            ("3–4-апта", "Ашық кездесулер, суреттер жинау"),
            ("5-апта", "Нәтижені есептеп, жариялау"),
        ],
        "measure": "Нәтижені қатысушылар саны мен картадағы белгілер арқылы өлшейміз.",
    },
    "ru": {
        "plan": "План кампании",
        "when": "Когда",
        "what": "Что делаем",
        "rows": [
            ("Неделя 1", "Встреча с партнёрами, печать плакатов"),
            ("Неделя 2", "Развешиваем в школах, на вокзале и в магазинах"),
            ("Недели 3–4", "Открытые встречи по средам"),
            ("Неделя 5", "Считаем и рассказываем, что получилось"),
        ],
        "measure": "Результат измеряем числом пришедших и тем, сколько из них вернулись.",
    },
}

_PLAN = """#set document(title: sys.inputs.title, author: ())
#set page(paper: "a4", margin: 25mm)
#set text(font: "Libertinus Serif", size: 12pt, lang: sys.inputs.lang)
#set par(leading: 0.75em)
#block(fill: rgb("#005F73"), width: 100%, inset: 14pt, radius: 6pt)[
  #text(fill: white, size: 11pt, sys.inputs.plan) \\
  #text(fill: white, size: 26pt, weight: "bold", sys.inputs.title)
]
#v(8pt)
#text(style: "italic", sys.inputs.summary)

#sys.inputs.idea
#v(6pt)
#let rows = sys.inputs.rows.split("|")
#table(columns: (28mm, 1fr), inset: 8pt, stroke: 0.5pt + rgb("#B8B2A7"),
  fill: (x, y) => if y == 0 { rgb("#F3E9D2") },
  table.header(strong(sys.inputs.when), strong(sys.inputs.what)),
  ..rows)
#v(6pt)
#sys.inputs.measure
"""


def plan(work: dict[str, Any]) -> bytes:
    """Return a page that says what a campaign does week by week."""
    said = WORDS[work["language"]]
    inputs = {name: said[name] for name in ("plan", "when", "what", "measure")}
    inputs |= {name: work[name] for name in ("title", "summary", "idea")}
    inputs |= {"lang": work["language"], "rows": "|".join(cell for row in said["rows"] for cell in row)}
    made = typst.compile(_PLAN.encode(), format="pdf", sys_inputs=inputs, ignore_system_fonts=True)
    if not isinstance(made, bytes):
        raise TypeError("typst gave no PDF")
    return made


def program(folder: str) -> bytes:
    """Return a program of the folder ``programs`` as a ZIP."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted((PROGRAMS / folder).iterdir()):
            if path.is_file():
                archive.writestr(zipfile.ZipInfo(f"{folder}/{path.name}", EPOCH), path.read_bytes())
    return buffer.getvalue()
