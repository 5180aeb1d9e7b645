"""Renders every component with made-up content, so that people and axe can look at them without the application."""

from __future__ import annotations

import base64
import colorsys
import math
import struct
import zlib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace as Thing
from typing import Any

from flask import Flask, g
from jinja2 import Environment, FileSystemLoader, select_autoescape
from wtforms import (
    BooleanField,
    FileField,
    Form,
    IntegerField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
    validators,
)
from wtforms.fields.choices import SelectChoice

from creative_platform.core.text import N_
from creative_platform.web.fields import localized
from tests.browser.styleguide.words import WORDS

ROOT = Path(__file__).parents[3]
NOW = datetime(2026, 11, 23, 13, 0, tzinfo=UTC)
KINDS = [("video", "video"), ("music", "music"), ("image", "image"), ("theatre", "theatre"), ("digital", "digital")]


class SampleForm(Form):
    """One field of each kind, some of them wrong."""

    title = localized("Атауы", most=200, required=True, hint="Көршіңіз түсінетін сөзбен.")
    summary = localized("Қысқаша", most=400, multiline=True)
    email = StringField(
        "E-mail", [validators.DataRequired(), validators.Email("name@example.kz")], description="name@example.kz"
    )
    about = TextAreaField("About", [validators.Length(max=500)])
    region = SelectField("Region", choices=[SelectChoice("KZ-75", "Алматы"), SelectChoice("KZ-71", "Астана")])
    kind = RadioField(
        "Kind", [validators.DataRequired("—")], choices=[SelectChoice("a", "Видео"), SelectChoice("b", "Музыка")]
    )
    count = IntegerField("Count", [validators.DataRequired()])
    agree = BooleanField("Agree", [validators.DataRequired("—")])
    file = FileField("File")


def gradient_png(hue: float, width: int = 64, height: int = 48) -> str:
    """Return a small picture as a data address: light falling over two hills."""
    rows = []
    for y in range(height):
        row = b"\0"
        for x in range(width):
            hill = 30 + 6 * math.sin(x / 9 + hue * 9)
            value = 0.45 if y > hill else 0.95 - 0.4 * y / height
            red, green, blue = colorsys.hsv_to_rgb((hue + (0.08 if y > hill else 0)) % 1, 0.45, value)
            row += bytes((int(red * 255), int(green * 255), int(blue * 255)))
        rows.append(row)
    chunks = [
        (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)),
        (b"IDAT", zlib.compress(b"".join(rows))),
        (b"IEND", b""),
    ]
    body = b"".join(struct.pack(">I", len(d)) + n + d + struct.pack(">I", zlib.crc32(n + d)) for n, d in chunks)
    return "data:image/png;base64," + base64.b64encode(b"\x89PNG\r\n\x1a\n" + body).decode()


def poster(hue: float) -> Thing:
    return Thing(src=gradient_png(hue), width=640, height=480, alt="", sources=[])


def sample_entries(words: dict[str, str]) -> list[Thing]:
    titles = words["titles"].split("|")
    return [
        Thing(
            title=title,
            kind=KINDS[i % 5][0],
            kind_label=words["kinds"].split("|")[i % 5],
            poster=None if i in (3, 5) else poster(i * 0.17),
            author=words["author"],
            place=words["place"],
            award=words["award"] if i == 1 else None,
            state=[None, None, "submitted", "draft", "needs_information", None][i],
        )
        for i, title in enumerate(titles)
    ]


def environment() -> Environment:
    """A Jinja environment with the names that the application promises to layouts and macros."""
    folders = [ROOT / "templates", Path(__file__).parent]
    env = Environment(loader=FileSystemLoader(folders), autoescape=select_autoescape(), extensions=["jinja2.ext.i18n"])
    env.install_null_translations(newstyle=True)  # type: ignore[attr-defined]
    env.globals.update(
        N_=N_,
        asset=lambda path: f"/static/{path}",
        csrf_token=lambda: "token",
        url_for_lang=lambda code: f"?lang={code}",
        get_flashed_messages=lambda with_categories=False: [],
    )
    env.filters["format_when"] = lambda moment, zone=None: moment.strftime("%d %b %Y, %H:%M UTC+5")
    env.filters["relative_when"] = lambda moment: "in 2 days 3 h"
    env.filters["format_number"] = lambda value, places=0: f"{value:.{places}f}"
    return env


def context(locale: str) -> dict[str, Any]:
    words = WORDS[locale]
    entries = sample_entries(words)
    form = SampleForm(data={"email": "жоқ", "summary": {"ru": "Степной ветер"}})
    with Flask("styleguide").app_context():
        g.locale = locale  # the reader's, to whom a missing text leads
        form.validate()

    def days(n: float) -> datetime:
        return NOW + timedelta(days=n)

    names = words["stage_names"].split("|")
    spans = [(-30, 2), (2, 9), (9, 30), (35, 36)]
    return {
        "t": words,
        "locale": locale,
        "locales": [("kk", "Қазақша"), ("ru", "Русский"), ("en", "English")],
        "menu": [Thing(label=w, url="#", active=i == 0) for i, w in enumerate(words["menu"].split("|"))],
        "actor": Thing(name="Әлия Нұрғалиева", is_admin=False),
        "server_now": NOW,
        "closes": days(2.1),
        "entries": entries,
        "stages": [
            Thing(label=n, opens=days(a), closes=days(b), is_past=b < 0, is_now=a <= 0 < b)
            for n, (a, b) in zip(names, spans, strict=True)
        ],
        "checks": [
            Thing(label=words["name"], done=True, url="#", hint="", optional=False),
            Thing(label=words["upload"], done=False, url="#", hint=words["hint"], optional=False),
            Thing(label=words["document"], done=False, url="#", hint="", optional=True),
        ],
        "form": form,
        "peaks": [abs(math.sin(i / 7) * math.cos(i / 3)) * 0.8 + 0.1 for i in range(200)],
        "posters": [poster(h / 5) for h in range(3)],
        "images": [Thing(url="#", poster=poster(h / 7)) for h in range(6)],
        "rank": [
            Thing(
                rank=i + 1,
                label=e.title,
                url="#",
                score=8.6 - i * 0.7,
                lo=round(8.2 - i * 0.7 - i * 0.1, 2),
                hi=round(9 - i * 0.7 + i * 0.1, 2),
                score_words=f"{8.6 - i * 0.7:.2f}",
                cut=i == 2,
            )
            for i, e in enumerate(entries)
        ],
        "page_url": lambda n: f"?page={n}",
    }


def render(locale: str, template: str = "page.html") -> str:
    """Return the style guide in one language: page.html the components, pages.html whole screens made of them."""
    return environment().get_template(template).render(context(locale))
