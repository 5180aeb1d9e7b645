"""Real pages in a real browser: axe finds nothing, nothing is wider than the window, nothing inline is refused."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from playwright.sync_api import Browser, Error, Page
from werkzeug.routing import Rule

from creative_platform.core import queue
from creative_platform.core.db import transaction
from creative_platform.core.text import LocalizedText
from creative_platform.similarity import service as similarity
from tests.browser.conftest import serving
from tests.factories.accounts import PASSWORD, make_user
from tests.factories.contests import make_contest
from tests.factories.entries import make_entry

LONG = "Қазақстандықтардың көпэтностық мәдени мұрасын цифрландыру жобасы"
IDEA = "A grandmother in a small village teaches three children to play the dombra, and the shepherds come to listen."

SET_UP = [
    *(f"/manage/dala/setup/{part}" for part in ("text", "dates", "limits", "tracks", "form", "rubric", "awards")),
    *(f"/manage/dala/setup/{part}/new" for part in ("tracks", "form", "rubric", "awards", "tracks/video/files")),
    *(f"/manage/dala/setup/{thing}" for thing in ("rubric/craft", "tracks/video/files", "tracks/video/files/film")),
]

BRIEF = {"resultTypes": ["violations"]}

pytestmark = [pytest.mark.browser, pytest.mark.timeout(400)]


@pytest.fixture
def address(app: Flask) -> Iterator[str]:
    with serving(app) as where:
        yield where


@pytest.fixture
def world(app: Flask) -> dict[str, list[str]]:
    """Two contests with entries, one match; returns the addresses with a name in them, by who looks at them."""
    entrant = make_user(name="Әлия Нұрғалиева", email="entrant@example.test")
    organizer = make_user(name="Организатор с очень длинным именем", email="organizer@example.test")
    make_user(name="Admin", email="admin@example.test", is_admin=True)
    contest = make_contest(organizer, slug="dala")
    make_contest(organizer, slug="over", phase="over")
    with transaction():
        contest.body = LocalizedText(en=f"```\n{LONG.replace(' ', '') * 5}\n```")
    draft = make_entry(contest, owner=entrant, submitted=False, track="video", title=LONG, language="kk")
    entries = [make_entry(contest, title=title, answers={"idea": IDEA}, summary="") for title in (LONG, "Two")]
    entries.append(make_entry(contest, owner=entrant, title="Three"))
    with transaction():
        for entry in entries:
            queue.enqueue(similarity.SKETCH_JOB, entry_id=entry.id)
    queue.work_off()
    return {
        "entrant": [f"/my/entries/{e.public_id}" for e in (draft, entries[-1])],
        "organizer": [*(f"/manage/dala/entries/{e.public_id}" for e in entries[:2]), *SET_UP],
    }


def addresses(app: Flask) -> list[str]:
    """Every page without a name in its address, or with a contest's alone."""

    def plain(rule: Rule) -> bool:
        return "GET" in (rule.methods or ()) and rule.arguments <= {"slug"} and not rule.rule.startswith("/api/")

    return sorted({rule.rule.replace("<slug>", "dala") for rule in app.url_map.iter_rules() if plain(rule)})


def faults(page: Page, url: str) -> list[Any]:
    refused: list[str] = []
    page.on("console", lambda said: refused.append(said.text) if "Content Security" in said.text else None)
    try:
        answer = page.goto(url)
    except Error as error:
        if "Download is starting" in error.message:
            return []
        raise
    if answer is None or "text/html" not in answer.headers.get("content-type", ""):
        return []
    wider = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    findings = [
        (f["id"], [n["html"][:200] for n in f["nodes"]]) for f in Axe().run(page, options=BRIEF).response["violations"]
    ]
    broken = [answer.status] if answer.status >= 500 else []
    return [*broken, *findings, *refused, *([f"{wider} px too wide"] if wider else [])]


@pytest.mark.parametrize(
    ("who", "locale", "width", "scheme"),
    [
        ("", "ru", 360, "light"),
        ("entrant", "kk", 360, "dark"),
        ("entrant", "ru", 1280, "light"),
        ("organizer", "kk", 360, "light"),
        ("organizer", "ru", 1280, "dark"),
        ("admin", "ru", 360, "dark"),
    ],
)
def test_every_page_is_accessible_and_fits(
    app: Flask,
    world: dict[str, list[str]],
    address: str,
    chromium: Browser,
    who: str,
    locale: str,
    width: int,
    scheme: str,
) -> None:
    browser = chromium.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme, bypass_csp=True)
    page = browser.new_page()
    page.goto(f"{address}/login?lang={locale}")
    if who:
        page.fill("[name=email]", f"{who}@example.test")
        page.fill("[name=password]", PASSWORD)
        page.click("main [type=submit]")
        page.wait_for_url(lambda url: "/login" not in url)
    page.goto(f"{address}/?lang={locale}")  # signing in chose the person's own language

    found = {path: faults(page, address + path) for path in addresses(app) + world.get(who, [])}
    browser.close()

    assert {path: wrong for path, wrong in found.items() if wrong} == {}
