"""The eyes of the page tests see what is wrong: one page with every fault in it, and the same page mended."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, Route

from tests.browser import looks

pytestmark = pytest.mark.browser

HEAD = """<!doctype html><html lang="en"><title>Page</title><link rel="icon" href="data:,">
<style>a:focus-visible, button:focus-visible { outline: 3px solid }"""
GOOD = """a, button { display: inline-block; min-width: 44px; min-height: 44px }
@media (prefers-color-scheme: dark) { body, a, button { background: #000; color: #fff } }
</style><main><a class="skip" href="#main">Skip</a><h1 id="main">Page</h1><button>One</button></main>"""
BAD = """.gray { color: #999; background: #fff } .wide { width: 700px } button { outline: none !important; width: 20px }
@keyframes k { to { opacity: .5 } } .gray { animation: k 9s infinite }
</style><main><h1>Page</h1><p class="gray wide">Text</p>
<button tabindex="1">1</button><button onfocus="this.blur()">2</button>
<script src="/1.js"></script><script src="/2.js"></script><script src="/3.js"></script><script src="/4.js"></script>
<script src="/5.js"></script><script src="/6.js"></script><img alt="" src="http://elsewhere.test/pixel.png"></main>"""


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    context = chromium.new_context(viewport={"width": 360, "height": 800})
    page = context.new_page()
    page.route("**/*", answer)
    yield page
    context.close()


def answer(route: Route) -> None:
    """Serve the two pages, and scripts of ten kilobytes."""
    kinds = {"/good": HEAD + GOOD, "/bad": HEAD + BAD}
    path = "/" + route.request.url.split("/", 3)[3]
    if path in kinds:
        route.fulfill(content_type="text/html", body=kinds[path])
    else:
        route.fulfill(content_type="text/javascript", body="//" + "x" * 10_000)


def seen(page: Page, path: str) -> dict[str, list[str]]:
    page.emulate_media(color_scheme="light", reduced_motion="reduce")
    watch = looks.Watch(page, {"http://pages.test"})
    page.goto(f"http://pages.test{path}")
    found = {name: getattr(looks, name)(page) for name in ("weight", "stillness", "axe", "widths", "keyboard")}
    return {**found, "watch": watch.taken()}


def test_nothing_is_wrong_with_a_good_page(page: Page) -> None:
    assert seen(page, "/good") == dict.fromkeys(("weight", "stillness", "axe", "widths", "keyboard", "watch"), [])


def test_every_fault_of_a_bad_page_is_seen(page: Page) -> None:
    found = seen(page, "/bad")

    assert found["weight"][0] == "7 requests before media"
    assert found["weight"][1].endswith("bytes in the first view")
    assert found["stillness"] == ['moves: <p class="gray wide">Text</p>']
    assert {"color-contrast", "tabindex"} <= {said.split(": ")[1] for said in found["axe"][:-1]}
    assert found["axe"][-1] == "the dark scheme has the ground of the light one"
    assert {said.split(":")[0] for said in found["widths"]} == {"at 320 px", "at 360 px", "at 640 px", "small target"}
    assert list(dict.fromkeys(said.split(":")[0] for said in found["keyboard"])) == [
        "no visible focus",
        "Tab does not reach",
        "the first stop does not lead to the content",
    ]
    assert found["watch"] == ["asks another origin: http://elsewhere.test/pixel.png"]
