"""The page scripts against a small server: what is said to be saved is saved, nothing is lost, keys work."""

from __future__ import annotations

import http.server
import io
import json
import threading
import time
import wave
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.styleguide.render import ROOT, environment

FORM = """<!doctype html><html lang="en" data-now="2026-11-23T13:00:00+00:00"><title>Form</title>
{% from "macros/forms.html" import save_status %}{% from "macros/jury.html" import criterion, keys_help %}
{% from "macros/dialogs.html" import confirm_typed %}{% from "macros/media.html" import player %}
{% from "macros/times.html" import countdown %}{{ countdown(closes) }}
<form method="post" id="entry" data-autosave="/save" data-autosave-method="PUT" data-version="{{ version }}"
data-owner="{{ owner }}">
<input type="hidden" name="csrf_token" value="{{ token }}">
<label>Comment <textarea name="comment">{{ text }}</textarea></label>
{{ criterion("scores.idea", "Idea", 1, 10) }}{{ criterion("scores.craft", "Craft", 1, 10) }}{{ save_status() }}
<input type="hidden" name="version" value="{{ version }}"></form>
<aside id="side">Still missing</aside><button type="submit" form="entry" name="submit" value="1">Hand in</button>
{{ keys_help() }}{{ confirm_typed("/withdraw", "Withdraw", "Gone.", "Дала") }}
{{ player("audio", "Song", "/clip?expired", "audio/wav", resign_url="/fresh") }}
<script type="module" src="/static/js/site.js"></script><script type="module" src="/static/js/autosave.js"></script>"""


LONG_PAGE = """{% from "macros/media.html" import player %}
{{ player("audio", "Song", "/clip?soon-ended", "audio/wav", resign_url="/fresh") }}
<script type="module" src="/static/js/site.js"></script>"""


TWO_QUALITIES = """{% from "macros/media.html" import player %}
{{ player("audio", "Song", "/clip?full", "audio/wav", resign_url="/fresh", versions=[
 {"href": "/fresh", "light": false, "size": "9 MB"}, {"href": "/fresh?copy=light", "light": true, "size": "1 MB"}]) }}
<script type="module" src="/static/js/site.js"></script>"""


@cache
def tone(seconds: int = 4) -> bytes:
    """Return a quiet tone as WAV."""
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(1)
        file.setframerate(8000)
        file.writeframes(bytes(128 + (i // 10) % 2 for i in range(8000)) * seconds)
    return out.getvalue()


CLOSES = datetime(2026, 11, 25, 16, 0, 30, tzinfo=UTC)


class Office(http.server.SimpleHTTPRequestHandler):
    """Keeps what is sent; ``answers`` says how: ok, conflict or down."""

    received: list[dict[str, Any]] = []
    posted: list[str] = []
    mode = "ok"
    owner = "p1"
    token = "first"
    version, text = 3, ""
    seconds = 4

    def log_message(self, *args: Any) -> None:
        pass

    def do_GET(self) -> None:
        if self.path.startswith("/static/"):
            self._send(200, "text/javascript", (ROOT / "creative_platform" / self.path[1:]).read_bytes())
        elif self.path == "/clip?expired" or (self.path == "/clip?soon-ended" and self.mode == "ended"):
            self._send(403, "text/plain", b"")
        elif self.path == "/long":
            self._send(200, "text/html", environment().from_string(LONG_PAGE).render().encode())
        elif self.path == "/fresh":
            self._send(200, "application/json", b'{"url": "/clip?fresh"}')
        elif self.path == "/two":
            self._send(200, "text/html", environment().from_string(TWO_QUALITIES).render().encode())
        elif self.path == "/fresh?copy=light":
            self._send(200, "application/json", b'{"url": "/clip?light"}')
        elif self.path in ("/clip?fresh", "/clip?soon-ended", "/clip?full", "/clip?light"):
            self._send_range("audio/wav", tone(self.seconds))
        else:
            form = environment().from_string(FORM)
            told = {"owner": self.owner, "token": self.token, "version": self.version, "text": self.text}
            page = form.render(closes=CLOSES, **told)
            self._send(200, "text/html", page.encode())

    def do_PUT(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        type(self).received.append(body)
        if self.headers["X-CSRFToken"] != self.token:
            self._send(400, "application/json", b'{"code": "csrf", "detail": "This page was opened before"}')
        elif self.mode == "conflict":
            state = {"version": 9, "current": {"comment": "from the other tab", "scores": {"idea": 2}}}
            self._send(409, "application/json", json.dumps(state).encode())
        elif self.mode == "down":
            self._send(503, "text/plain", b"")
        elif self.mode == "slow":
            time.sleep(1)
            self._send(200, "application/json", json.dumps({"version": body["version"] + 1}).encode())
        else:
            state = {
                "version": body["version"] + 1,
                "saved_at": "2026-11-23T09:02:11Z",
                "parts": {"side": "<b>Complete</b>"},
            }
            self._send(200, "application/json", json.dumps(state).encode())

    def do_POST(self) -> None:
        type(self).posted.append(self.rfile.read(int(self.headers["Content-Length"])).decode())
        self._send(200, "text/html", b"<p>Handed in</p>")

    def _send_range(self, kind: str, body: bytes) -> None:
        start = int(self.headers.get("Range", "bytes=0-").removeprefix("bytes=").split("-")[0])
        self.send_response(206)
        self.send_header("Content-Type", kind)
        self.send_header("Accept-Ranges", "bytes")
        self.send_header("Content-Range", f"bytes {start}-{len(body) - 1}/{len(body)}")
        self.send_header("Content-Length", str(len(body) - start))
        self.end_headers()
        self.wfile.write(body[start:])

    def _send(self, status: int, kind: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind + "; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@pytest.fixture
def office() -> Iterator[type[Office]]:
    kind = type("OneOffice", (Office,), {"received": [], "posted": [], "mode": "ok"})
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), kind)
    kind.address = f"http://127.0.0.1:{server.server_port}/"  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield kind
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def page(chromium: Browser, office: Any) -> Iterator[Page]:
    context = chromium.new_context(timezone_id="Asia/Almaty")
    page = context.new_page()
    page.goto(office.address)
    yield page
    context.close()


@pytest.mark.browser
def test_saved_is_said_with_the_servers_time_and_the_version_moves_on(page: Page, office: Any) -> None:
    page.get_by_label("Comment").fill("Strong ending")
    expect(page.locator("[data-save-status]")).to_have_text("Saved 14:02:11")
    page.locator("[name='scores.idea'][value='7']").check(force=True)
    page.wait_for_function("() => !Object.keys(localStorage).some((key) => key.startsWith('draft:'))")

    assert office.received == [
        {"comment": "Strong ending", "version": 3},
        {"comment": "Strong ending", "scores": {"idea": 7}, "version": 4},
    ]


@pytest.mark.browser
def test_what_is_missing_is_drawn_again_after_each_save(page: Page) -> None:
    page.get_by_label("Comment").fill("Strong ending")

    expect(page.locator("#side")).to_have_text("Complete")


@pytest.mark.browser
def test_a_form_sent_during_a_save_waits_for_its_version(page: Page, office: Any) -> None:
    office.mode = "slow"
    page.get_by_label("Comment").fill("Last words")
    expect(page.locator("[data-save-status]")).to_have_text("Saving…")
    page.get_by_role("button", name="Hand in").click()

    expect(page.get_by_text("Handed in")).to_be_visible()
    assert office.posted == ["csrf_token=first&comment=Last+words&version=4&submit=1"]


@pytest.mark.browser
def test_who_signed_in_again_elsewhere_goes_on(page: Page, office: Any) -> None:
    office.token = "second"
    page.get_by_label("Comment").fill("Still mine")

    expect(page.locator("[data-save-status]")).to_have_text("Saved 14:02:11")
    assert [sent["comment"] for sent in office.received] == ["Still mine", "Still mine"]


@pytest.mark.browser
def test_on_a_page_of_somebody_else_nothing_is_sent(page: Page, office: Any) -> None:
    office.token, office.owner = "second", "p2"
    page.get_by_label("Comment").fill("Not yours")

    said = "You are signed out. Kept on this device, not yet sent"
    expect(page.locator("[data-save-status]")).to_have_text(said)
    page.wait_for_timeout(2000)
    assert len(office.received) == 1


@pytest.mark.browser
def test_text_typed_without_a_connection_survives_a_reload_and_is_sent_later(page: Page, office: Any) -> None:
    office.mode = "down"
    page.get_by_label("Comment").fill("Written in the bus")
    expect(page.locator("[data-save-status]")).to_have_text("Kept on this device, not yet sent")
    office.mode = "ok"

    page.reload()

    expect(page.get_by_label("Comment")).to_have_value("Written in the bus")
    expect(page.locator("[data-save-status]")).to_have_text("Saved 14:02:11")
    assert office.received[-1] == {"comment": "Written in the bus", "version": 3}


@pytest.mark.browser
def test_text_kept_on_the_device_does_not_replace_what_another_saved_meanwhile(page: Page, office: Any) -> None:
    office.mode = "down"
    page.get_by_label("Comment").fill("Written in the bus")
    expect(page.locator("[data-save-status]")).to_have_text("Kept on this device, not yet sent")
    office.mode, office.version, office.text = "ok", 9, "from the other tab"

    page.reload()

    expect(page.get_by_text("Saved on the server: from the other tab")).to_be_visible()
    page.wait_for_timeout(2000)
    assert {sent["version"] for sent in office.received} == {3}
    page.get_by_role("button", name="Keep mine").click()
    expect(page.locator("[data-save-status]")).to_have_text("Saved 14:02:11")
    assert office.received[-1] == {"comment": "Written in the bus", "version": 9}


@pytest.mark.browser
def test_a_conflict_shows_both_and_sends_only_what_was_chosen(page: Page, office: Any) -> None:
    office.mode = "conflict"
    page.get_by_label("Comment").fill("mine")
    expect(page.get_by_text("from the other tab")).to_be_visible()
    office.mode = "ok"

    page.get_by_role("button", name="Keep mine").click()
    expect(page.locator("[data-save-status]")).to_have_text("Saved 14:02:11")

    assert [sent["version"] for sent in office.received] == [3, 9]
    assert office.received[-1]["comment"] == "mine"


@pytest.mark.browser
def test_digit_keys_mark_the_focused_criterion_and_step_on_unless_switched_off(page: Page) -> None:
    page.locator("#scores\\.idea-1").focus()
    page.keyboard.press("7")
    page.keyboard.press("0")
    marks = [page.locator(f"[name='scores.{name}']:checked").get_attribute("value") for name in ("idea", "craft")]
    page.get_by_text("Keyboard").click()
    page.get_by_label("Single-key shortcuts on this device").uncheck()
    page.locator("#scores\\.idea-1").focus()
    page.keyboard.press("3")

    assert marks == ["7", "10"]
    assert page.locator("[name='scores.idea']:checked").get_attribute("value") == "7"


@pytest.mark.browser
def test_a_step_that_cannot_be_undone_waits_for_the_typed_name(page: Page) -> None:
    page.locator("summary", has_text="Withdraw").click()
    button = page.get_by_role("button", name="Withdraw")
    before = button.is_enabled()

    page.get_by_label("Type “Дала” to confirm").fill("Дала")

    assert before is False
    assert button.is_enabled() is True


@pytest.mark.browser
def test_a_player_whose_address_has_ended_gets_a_fresh_one_and_keeps_its_place(page: Page) -> None:
    page.wait_for_function("() => document.querySelector('audio').duration > 3")
    fresh = page.evaluate("document.querySelector('audio').currentSrc")

    page.evaluate("document.querySelector('audio').currentTime = 1.5")
    page.wait_for_timeout(5100)
    page.evaluate("document.querySelector('audio').dispatchEvent(new Event('error'))")
    page.wait_for_function("() => document.querySelector('audio').currentTime === 1.5")

    assert fresh.endswith("/clip?fresh")


@pytest.mark.browser
def test_a_seek_after_the_address_has_ended_goes_on_where_it_was_meant_to(page: Page, office: Any) -> None:
    office.seconds = 3600
    page.goto(f"{office.address}long")
    page.wait_for_function("() => document.querySelector('audio').readyState > 0")
    assert page.evaluate("document.querySelector('audio').currentSrc").endswith("/clip?soon-ended")
    office.mode = "ended"

    page.evaluate("document.querySelector('audio').currentTime = 3000")

    page.wait_for_function("() => document.querySelector('audio').currentSrc.endsWith('/clip?fresh')")
    page.wait_for_function("() => document.querySelector('audio').readyState > 1")
    assert page.evaluate("document.querySelector('audio').currentTime") == 3000


@pytest.mark.browser
def test_the_quality_changes_in_place_and_is_remembered_on_the_device(page: Page, office: Any) -> None:
    address = f"{office.address}two"
    page.goto(address)
    page.wait_for_function("() => document.querySelector('audio').readyState > 0")
    assert page.evaluate("document.querySelector('audio').currentSrc").endswith("/clip?full")
    page.evaluate("document.querySelector('audio').currentTime = 2")
    page.wait_for_function("() => !document.querySelector('audio').seeking")

    page.get_by_role("link", name="Light").click()

    page.wait_for_function("() => document.querySelector('audio').currentSrc.endsWith('/clip?light')")
    page.wait_for_function("() => document.querySelector('audio').currentTime === 2")
    assert page.url == address
    page.reload()
    page.wait_for_function("() => document.querySelector('audio').currentSrc.endsWith('/clip?light')")
    chosen = page.locator("[data-version][aria-current]")
    assert [link.get_attribute("data-version") for link in chosen.all()] == ["light"]


@pytest.mark.browser
def test_the_countdown_follows_the_servers_clock_whatever_the_device_says(chromium: Browser, office: Any) -> None:
    context = chromium.new_context()
    page = context.new_page()
    page.clock.install(time=datetime(2031, 5, 1, tzinfo=UTC))
    page.goto(office.address)

    expect(page.locator("[data-countdown]")).to_have_text("in 2 days 3 h")
    context.close()
