"""A Chromium of its own that can be killed: its memory goes with it."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import tempfile
import time
from pathlib import Path

from playwright.sync_api import Error, Page, Playwright

from tests.stack.processes import alive, descendants, wait_until

FILE = "[data-upload-file]"
ARRIVED = "[data-asset-state=received], [data-asset-state=verifying], [data-asset-state=ready]"
PATIENCE_MS = 120_000


class Phone:
    """One person's browser, signed in; with a speed it remembers a line that carries no more than that."""

    def __init__(
        self, playwright: Playwright, program: str, address: str, cookie: str, bytes_per_s: int | None = None
    ) -> None:
        self._folder = tempfile.mkdtemp(prefix="phone-")
        self.address = address
        self._context = playwright.chromium.launch_persistent_context(
            self._folder, executable_path=program, args=["--no-sandbox"]
        )
        self._pid = next(pid for pid in descendants(os.getpid()) if _is_browser(pid, self._folder))
        name, value = cookie.split("=", 1)
        if bytes_per_s:
            self._context.add_init_script(f"localStorage.speed = {bytes_per_s}")
        self._context.add_cookies([{"name": name, "value": value, "url": address}])
        self.page: Page = self._context.pages[0]
        self.page.set_default_timeout(PATIENCE_MS)

    def open_entry(self, entry_id: str) -> None:
        """Open an entry's page; a server that is just coming back is asked again, as people do."""
        until = time.monotonic() + PATIENCE_MS / 1000
        while True:
            with contextlib.suppress(Error):
                answer = self.page.goto(f"{self.address}/my/entries/{entry_id}")
                if answer and answer.ok:
                    return
            assert time.monotonic() < until, f"no page of entry {entry_id}"
            time.sleep(0.2)

    def choose(self, file: Path) -> None:
        """Pick the file, whether or not it was picked before."""
        self.page.set_input_files(FILE, file)

    def has_arrived(self) -> bool:
        """Say whether the page knows that the file is there."""
        return self.page.locator(ARRIVED).count() > 0

    def wait_for_arrival(self) -> None:
        """Wait until the page says by itself that the file is there."""
        self.page.locator(ARRIVED).first.wait_for()

    def hand_in(self, entry_id: str) -> str:
        """Hand the entry in and return its receipt's code."""
        self.open_entry(entry_id)
        self.page.click("button[name=submit]")
        self.page.wait_for_url("**/receipt")
        return self.page.locator("p.code").inner_text()

    def kill(self) -> None:
        """Kill -9, as a battery does."""
        os.kill(self._pid, signal.SIGKILL)
        wait_until(lambda: not alive(self._pid))
        self.close()

    def close(self) -> None:
        """Put the phone away with all it remembers."""
        with contextlib.suppress(Error):
            self._context.close()
        shutil.rmtree(self._folder, ignore_errors=True)


def _is_browser(pid: int, folder: str) -> bool:
    with contextlib.suppress(OSError):
        words = Path(f"/proc/{pid}/cmdline").read_text().split("\0")
        return f"--user-data-dir={folder}" in words and not any(word.startswith("--type=") for word in words)
    return False
