"""The components alone: no axe finding, nothing wider than the window, in three languages, light and dark."""

from __future__ import annotations

import functools
import gzip
import http.server
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser

from creative_platform.web import assets
from tests.browser.styleguide.render import ROOT, render

POLICY = "default-src 'none'; img-src 'self' data:; style-src 'self'; script-src 'self'; media-src 'self'"


class Quiet(http.server.SimpleHTTPRequestHandler):
    """Serves a folder under the policy of the application, so that inline styles would be refused here too."""

    def log_message(self, *args: Any) -> None:
        pass

    def end_headers(self) -> None:
        self.send_header("Content-Security-Policy", POLICY)
        super().end_headers()


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("styleguide")
    for name, body in assets.read(ROOT / "creative_platform" / "static").items():
        (folder / "static" / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / "static" / name).write_bytes(body)
    for locale in ("kk", "ru", "en"):
        (folder / f"{locale}.html").write_text(render(locale), encoding="utf-8")
        (folder / f"{locale}-pages.html").write_text(render(locale, "pages.html"), encoding="utf-8")
    handler = functools.partial(Quiet, directory=str(folder))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("name", "width"), [("kk", 360), ("ru-pages", 360), ("en", 1280), ("kk-pages", 1280)])
def test_components_are_accessible_and_fit_the_window(
    chromium: Browser, address: str, name: str, width: int, scheme: str
) -> None:
    page = chromium.new_page(viewport={"width": width, "height": 800}, color_scheme=scheme, bypass_csp=True)
    page.goto(f"{address}/{name}.html")

    findings = Axe().run(page).response["violations"]
    wider = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    page.close()

    assert [(f["id"], [n["html"] for n in f["nodes"]]) for f in findings] == []
    assert wider == 0


@pytest.mark.browser
def test_components_stand_without_javascript_and_inline_code(chromium: Browser, address: str) -> None:
    context = chromium.new_context(java_script_enabled=False, viewport={"width": 360, "height": 800})
    page = context.new_page()
    refused: list[str] = []
    page.on("console", lambda message: refused.append(message.text) if "Content Security" in message.text else None)
    page.goto(f"{address}/ru.html")

    shown = [page.locator(f"[name=title-{code}]").is_visible() for code in ("kk", "ru", "en")]
    page.locator(".menu-small summary").click()
    menu = page.locator(".menu-small a", has_text="Конкурсы").is_visible()
    context.close()

    assert shown == [True, True, True]
    assert menu is True
    assert refused == []


def test_style_sheets_and_sprite_stay_within_their_budget() -> None:

    def weight(pattern: str) -> int:
        return sum(len(gzip.compress(p.read_bytes(), 9)) for p in Path(ROOT / "creative_platform/static").glob(pattern))

    assert weight("css/*.css") < 14 * 1024
    assert weight("icons.svg") < 3 * 1024
