"""Take the README's pictures of a running demo: ``python -m tests.browser.pictures [var/demo.json]``."""

from __future__ import annotations

import argparse
import json
import shutil
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "pictures"
PAGES = (
    ("visitor", "/", "ru"),
    ("participant", "/my", "kk"),
    ("juror", "/jury", "ru"),
    ("organizer", "/manage/{main}", "en"),
)
SIZE = {"width": 1200, "height": 820}


def take(browser: Browser, demo: dict, role: str, path: str, language: str) -> None:
    """Write the first screen that a role sees."""
    context = browser.new_context(viewport=SIZE, base_url=demo["base_url"])
    page = context.new_page()
    if role in demo["accounts"]:
        page.goto("/login")
        page.fill("[name=email]", demo["accounts"][role]["email"])
        page.fill("[name=password]", demo["accounts"][role]["password"])
        page.click("main [type=submit]")
        page.wait_for_load_state()
    page.goto(f"{path.format(**demo['contests'])}?lang={language}")
    page.wait_for_load_state("networkidle")
    page.screenshot(path=FOLDER / f"{role}.jpg", type="jpeg", quality=72)
    context.close()


def main() -> None:
    """Take them all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("demo", type=Path, nargs="?", default=Path("var/demo.json"))
    demo = json.loads(parser.parse_args().demo.read_text(encoding="utf-8"))
    FOLDER.mkdir(exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        for role, path, language in PAGES:
            take(browser, demo, role, path, language)


if __name__ == "__main__":
    main()
