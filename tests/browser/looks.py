"""What is looked at on every page, on one load of it: weight, axe in light and dark, widths, targets, keyboard.

Each check returns what is wrong; nothing is fine.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Error, Page, Response

BUDGET_BYTES = 50_000
BUDGET_REQUESTS = 6
WIDTHS = (320, 360, 640, 1280)  # 320 is 1280 at 400 %, 640 at 200 %
MOST_STOPS = 400

# A page in the dark differs in colours alone, so the second run asks for the rules about colours alone.
LIGHT = {"resultTypes": ["violations"]}
DARK = {"resultTypes": ["violations"], "runOnly": ["color-contrast", "link-in-text-block"]}

ASKED = Path(__file__).with_suffix(".js").read_text(encoding="utf-8").split("\n", 1)[1].strip()


def ask(page: Page, question: str) -> Any:
    """Return what a function of looks.js answers."""
    return page.evaluate(f"{ASKED}.{question}()")


class Watch:
    """Notes what a page asks other origins for, and what its policy or its scripts refuse."""

    def __init__(self, page: Page, allowed: set[str]) -> None:
        self.noted: list[str] = []
        self._allowed = allowed
        page.on("request", lambda request: self._request(request.url))
        page.on("pageerror", lambda error: self.noted.append(f"script error: {error.message}"))
        page.on("console", lambda said: self._said(said.text))

    def _request(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme in ("http", "https", "ws", "wss") and f"{parts.scheme}://{parts.netloc}" not in self._allowed:
            self.noted.append(f"asks another origin: {url}")

    def _said(self, text: str) -> None:
        if "Content Security" in text or "Content-Security" in text:
            self.noted.append(text)

    def taken(self) -> list[str]:
        """Return what was noted since the last call."""
        noted, self.noted = self.noted, []
        return noted


def opened(page: Page, url: str) -> Response | None:
    """Go to an address; None when it is a download or no page."""
    try:
        answer = page.goto(url)
    except Error as error:
        if "Download is starting" in error.message:
            return None
        raise
    return answer if answer and answer.headers.get("content-type", "").startswith("text/html") else None


def weight(page: Page) -> list[str]:
    """Say what is over the budget of a first view."""
    page.wait_for_load_state("load")
    view = ask(page, "firstView")
    wrong = [f"no size of {name}" for name in view["unsized"]]
    if view["requests"] > BUDGET_REQUESTS:
        wrong.append(f"{view['requests']} requests before media")
    if view["bytes"] > BUDGET_BYTES:
        wrong.append(f"{view['bytes']} bytes in the first view")
    return wrong


def axe(page: Page) -> list[str]:
    """Run axe in light and dark; the ground must differ."""
    page.emulate_media(color_scheme="light", reduced_motion="reduce")
    light = ask(page, "ground")
    found = Axe().run(page, options=LIGHT).response["violations"]
    page.emulate_media(color_scheme="dark", reduced_motion="reduce")
    found += page.evaluate("(options) => axe.run(options).then((results) => results.violations)", DARK)
    wrong = [f"axe: {f['id']}: {n['html'][:160]}" for f in found for n in f["nodes"]]
    return wrong + ([] if ask(page, "ground") != light else ["the dark scheme has the ground of the light one"])


def widths(page: Page) -> list[str]:
    """Say where the page is wider than the window."""
    wrong = []
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 800})
        wrong += [f"at {width} px: {said}" for said in ask(page, "tooWide")]
        if width == 360:
            wrong += [f"small target: {said}" for said in ask(page, "smallTargets")]
    return wrong


def keyboard(page: Page) -> list[str]:
    """Walk through the page with Tab: everything is reached, with a visible focus, and the walk ends.

    The order is the page's own: axe refuses the one way to change it, a positive tabindex.
    """
    stops = ask(page, "numberStops")
    reached: list[int] = []
    wrong: list[str] = []
    last = ""
    for _ in range(MOST_STOPS):
        page.keyboard.press("Tab")
        now: dict[str, Any] | None = ask(page, "stop")
        if now is None:
            break
        if now["stop"] >= 0 and now["stop"] not in reached:
            reached.append(now["stop"])
        elif reached and now["stop"] == reached[0] and now["html"] != last:
            break
        if now["html"] == last:
            continue  # the next part of a date or a player
        last = now["html"]
        wrong += [] if now["shown"] else [f"no visible focus: {now['html']}"]
        wrong += [] if now["seen"] else [f"focus out of sight: {now['html']}"]
    else:
        wrong.append(f"Tab never comes to an end: {last}")
    wrong += [f"Tab does not reach: {html}" for n, html in enumerate(stops) if n not in reached]
    wrong += [] if stops and 'class="skip"' in stops[0] else ["the first stop does not lead to the content"]
    return wrong


def stillness(page: Page) -> list[str]:
    """Say what moves although the person asked for less motion."""
    return [f"moves: {html}" for html in ask(page, "moving")]
