"""Filling in the set-up pages as a browser without JavaScript does."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any

from creative_platform.contests import queries
from creative_platform.contests.models import Contest
from creative_platform.core.db import session

PARTS = ("text", "dates", "limits", "tracks", "form", "rubric", "ties", "awards", "staff")


class _Fields(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[dict[str, Any]] = []
        self._area: str | None = None
        self._select: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        name = given.get("name")
        if tag == "form":
            self.forms.append({})
        elif not self.forms:
            return
        elif tag == "input" and name and given.get("type") not in ("checkbox", "radio", "submit"):
            self.forms[-1][name] = given.get("value") or ""
        elif tag == "input" and name and "checked" in given:
            self.forms[-1].setdefault(name, []).append(given.get("value") or "y")
        elif tag == "textarea" and name:
            self._area = name
            self.forms[-1][name] = ""
        elif tag == "select" and name:
            self._select = name
        elif tag == "option" and self._select and ("selected" in given or self._select not in self.forms[-1]):
            self.forms[-1][self._select] = given.get("value") or ""

    def handle_data(self, data: str) -> None:
        if self._area:
            self.forms[-1][self._area] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            if self._area:
                self.forms[-1][self._area] = self.forms[-1][self._area].removeprefix("\n").removeprefix("\r\n")
            self._area = None
        elif tag == "select":
            self._select = None


def fields_of(page: str, having: str = "version") -> dict[str, Any]:
    """Return what a page's form with that field would send."""
    parser = _Fields()
    parser.feed(page)
    return next(form for form in parser.forms if having in form)


def fill_in(browser: Any, address: str, *, having: str = "version", to: str | None = None, **typed: Any) -> Any:
    """Open a page, type into its form (``__`` in a name is a hyphen), send it; None leaves a field out."""
    sent = fields_of(browser.get(address).text, having)
    for name, value in typed.items():
        sent[name.replace("__", "-")] = value
    return browser.post(to or address, data={name: value for name, value in sent.items() if value is not None})


def setup(slug: str, rest: str = "") -> str:
    """Return the address of a set-up page."""
    return f"/manage/{slug}/setup{rest}"


def fresh(slug: str) -> Contest:
    """Return a contest as it is stored now."""
    session().expire_all()
    return queries.whole_contest(slug)


def cost(count_queries: Any, browser: Any, address: str) -> int:
    """Return how many queries it takes to open a page."""
    session().expunge_all()
    with count_queries() as seen:
        assert browser.get(address).status_code == 200
    return len(seen)
