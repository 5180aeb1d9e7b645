"""Drawing a certificate as a tagged PDF in its holder's language; loaded by the worker alone."""

from __future__ import annotations

import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import segno
import typst
from babel.dates import format_date

from creative_platform.core.text import N_, one_line
from creative_platform.notices.rendering import translator

TEMPLATE = Path(__file__).resolve().parents[2] / "templates" / "results" / "certificate.typ"


def draw(facts: Mapping[str, Any]) -> bytes:
    """Return the PDF of a certificate; its fonts (every Kazakh letter among them) come with typst's wheel."""
    say = translator(facts["locale"])
    qr = io.BytesIO()
    segno.make(facts["address"], error="m").save(qr, kind="svg", border=1, dark="#1B1F23", light=None)
    inputs = {
        "lang": facts["locale"],
        "organizer": facts["contest"],
        "heading": say(N_("Certificate")),
        "awarded": say(N_("is awarded to")),
        "forwork": say(N_("for the work")),
        "check": say(N_("Anybody can check this certificate:")),
        "qralt": say(N_("QR code of the address where this certificate can be checked")),
        "date": format_date(facts["date"], "long", locale=facts["locale"]),
        "qr": qr.getvalue().decode(),
        **{key: one_line(facts[key]) for key in ("code", "name", "work", "award", "contest", "address")},
    }
    made = typst.compile(TEMPLATE.read_bytes(), format="pdf", sys_inputs=inputs, ignore_system_fonts=True)
    if not isinstance(made, bytes):
        raise TypeError("typst gave no PDF")
    return made
