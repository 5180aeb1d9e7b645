"""Files sent by the page itself, with a real Chromium, a real store and a line that fails."""

from __future__ import annotations

import hashlib
import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Route, expect
from sqlalchemy import func, select

from creative_platform.accounts.models import User
from creative_platform.core import clock, queue
from creative_platform.core.db import session, transaction
from creative_platform.entries.models import Entry, EntryState
from creative_platform.media import queries
from creative_platform.media.models import AssetState, MediaAsset
from creative_platform.uploads import service as uploads
from creative_platform.uploads.models import Upload
from tests.factories.accounts import PASSWORD
from tests.factories.entries import make_entry
from tests.factories.files import picture

pytestmark = [pytest.mark.browser, pytest.mark.database, pytest.mark.storage, pytest.mark.xdist_group("files")]

ROOT = Path(__file__).resolve().parents[2]
PART = 5 * 1024 * 1024
FILE = "[data-upload-file]"
STATUS = "[data-upload-status]"


@pytest.fixture
def entry(user: User) -> Entry:
    return make_entry(owner=user, submitted=False)


@contextmanager
def draft_open(chromium: Browser, platform: str, user: User, entry: Entry) -> Iterator[Page]:
    """The page of a draft, open in a browser in which its owner is signed in."""
    context = chromium.new_context()
    page = context.new_page()
    page.set_default_timeout(60_000)
    page.goto(f"{platform}/login")
    page.fill("[name=email]", user.email)
    page.fill("[name=password]", PASSWORD)
    page.click("main [type=submit]")
    page.wait_for_url(lambda url: "/login" not in url)
    page.goto(f"{platform}/my/entries/{entry.public_id}")
    yield page
    context.close()


@pytest.fixture
def page(chromium: Browser, platform: str, user: User, entry: Entry) -> Iterator[Page]:
    with draft_open(chromium, platform, user, entry) as opened:
        yield opened


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    """A picture of three parts and a bit: what follows its end is ignored by whoever shows it."""
    path = tmp_path / "Сурет Әлия.jpg"
    path.write_bytes(picture() + bytes(range(256)) * (3 * PART // 256) + b"end")
    return path


class Line:
    """What goes over the line to the store; ``answer`` may spoil it."""

    def __init__(self, page: Page, store: Any) -> None:
        self.page = page
        self.parts: list[str] = []
        self.answer = lambda route: route.continue_()
        page.route(re.compile(re.escape(store.endpoint_url) + ".*partNumber="), self._pass)

    def _pass(self, route: Route) -> None:
        if route.request.method == "PUT":
            self.parts.append(re.findall(r"partNumber=(\d+)", route.request.url)[0])
        self.answer(route)

    def wait_for(self, count: int) -> None:
        """Wait until so many parts have set out."""
        for _ in range(200):
            if len(self.parts) >= count:
                return
            self.page.wait_for_timeout(100)
        raise AssertionError(f"{len(self.parts)} parts after 20 s, not {count}")


def stored(entry: Entry) -> list[MediaAsset]:
    session().rollback()
    return queries.assets_of("entry", entry.id)


def test_a_file_is_sent_in_parts_and_checked_without_a_reload(page: Page, entry: Entry, photo: Path) -> None:
    page.set_input_files(FILE, photo)
    expect(page.locator("[data-asset-state=received]")).to_be_visible()
    session().rollback()  # the job was written after this test last looked
    queue.work_off()
    expect(page.locator("[data-asset-state=ready]")).to_be_visible()

    [asset] = stored(entry)

    assert (asset.filename, asset.sha256) == (photo.name, hashlib.sha256(photo.read_bytes()).hexdigest())
    expect(page.locator(FILE)).to_be_visible()


def test_after_a_reload_the_same_file_goes_on_where_it_stopped(
    page: Page, entry: Entry, photo: Path, object_store: Any
) -> None:
    line = Line(page, object_store)
    line.answer = lambda route: route.continue_() if "partNumber=1&" in route.request.url else None
    page.set_input_files(FILE, photo)
    expect(page.locator("[data-upload-percent]")).to_have_text("33 %")
    line.wait_for(4)  # what has set out before the reload never arrives
    line.answer = lambda route: route.continue_()
    page.reload()
    line.parts.clear()
    page.set_input_files(FILE, photo)
    expect(page.locator("[data-asset-state=received]")).to_be_visible()

    assert sorted(line.parts) == ["2", "3", "4"]
    assert len(stored(entry)) == 1


def test_news_that_comes_at_once_is_drawn_though_nothing_follows(page: Page, photo: Path, object_store: Any) -> None:
    there: list[str] = []
    page.on("requestfinished", lambda request: there.append(request.url) if "partNumber=" in request.url else None)
    line = Line(page, object_store)
    line.answer = lambda route: route.continue_() if re.search("partNumber=[12]&", route.request.url) else None
    page.clock.install()
    page.clock.pause_at(datetime.now(UTC) + timedelta(minutes=1))
    page.set_input_files(FILE, photo)
    line.wait_for(4)
    while len(there) < 2:
        page.wait_for_event("requestfinished")

    page.clock.run_for(300)

    expect(page.locator("[data-upload-percent]")).to_have_text("66 %")


def test_expired_addresses_and_a_lost_connection_cost_nothing(
    page: Page, entry: Entry, photo: Path, object_store: Any
) -> None:
    line, spoiled = Line(page, object_store), []

    def spoil(route: Route) -> None:
        spoiled.append(route.request.url)
        if len(spoiled) == 1:
            route.fulfill(status=403, headers={"Access-Control-Allow-Origin": "*"})
        elif len(spoiled) == 2:
            route.abort("connectionreset")
        else:
            route.continue_()

    line.answer = spoil
    page.set_input_files(FILE, photo)
    expect(page.locator(STATUS)).to_contain_text("No connection")
    expect(page.locator("[data-asset-state=received]")).to_be_visible()

    assert [a.state for a in stored(entry)] == [AssetState.RECEIVED]
    assert set(line.parts) == {"1", "2", "3", "4"}


def test_what_was_received_is_shown_though_the_server_was_away_just_then(page: Page, entry: Entry, photo: Path) -> None:
    asked: list[str] = []

    def answer(route: Route) -> None:
        asked.append(route.request.url)
        route.abort() if len(asked) == 1 else route.continue_()

    page.route(page.url, answer)
    page.set_input_files(FILE, photo)
    expect(page.locator("[data-asset-state=received]")).to_be_visible()

    assert len(asked) == 2


@pytest.mark.parametrize(("said", "uploads"), [("NoSuchBucket", 1), ("NoSuchUpload", 2)])
def test_only_an_upload_that_the_store_has_forgotten_is_begun_anew(
    page: Page, entry: Entry, photo: Path, object_store: Any, said: str, uploads: int
) -> None:
    """Of a bucket that is said to be gone only a server of the store is away."""
    line, spoiled = Line(page, object_store), []

    def spoil(route: Route) -> None:
        if spoiled or "partNumber=2&" not in route.request.url:
            route.continue_()
            return
        spoiled.append(route.request.url)
        route.fulfill(
            status=404, headers={"Access-Control-Allow-Origin": "*"}, body=f"<Error><Code>{said}</Code></Error>"
        )

    line.answer = spoil
    page.set_input_files(FILE, photo)
    expect(page.locator("[data-asset-state=received]")).to_be_visible()

    session().rollback()
    assert (len(spoiled), session().scalar(select(func.count(Upload.id)))) == (1, uploads)


def test_pause_continue_and_cancel(page: Page, entry: Entry, photo: Path, object_store: Any) -> None:
    line = Line(page, object_store)
    line.answer = lambda route: None
    page.set_input_files(FILE, photo)
    line.wait_for(1)
    page.click("[data-upload-pause]")
    expect(page.locator(STATUS)).to_have_text("Paused. What was sent is kept.")
    expect(page.locator("[data-upload-resume]")).to_be_focused()
    before = len(line.parts)
    page.click("[data-upload-resume]")
    line.wait_for(before + 1)

    page.click("[data-upload-cancel]")
    expect(page.locator(STATUS)).to_have_text("The upload was cancelled.")

    assert stored(entry) == []


def test_a_second_tab_waits_for_the_first(page: Page, entry: Entry, photo: Path, object_store: Any) -> None:
    first, second = page, page.context.new_page()
    line = Line(first, object_store)
    line.answer = lambda route: None
    second.goto(first.url)
    first.set_input_files(FILE, photo)
    line.wait_for(1)
    second.set_input_files(FILE, photo)
    expect(second.locator(STATUS)).to_contain_text("in another tab")

    first.close()
    expect(second.locator("[data-asset-state=received]")).to_be_visible()

    assert len(stored(entry)) == 1


@pytest.mark.parametrize("ended", ["received", "cancelled"])
def test_what_another_tab_ended_just_now_is_said_as_it_is(
    page: Page, entry: Entry, photo: Path, object_store: Any, ended: str
) -> None:
    """Between the answer to this tab's plan and its first part."""
    line, actor, held = Line(page, object_store), entry.team.members[0].user.as_actor(), []
    page.route("**/api/v1/entries/*/uploads", lambda route: held.append(route), times=1)
    page.set_input_files(FILE, photo)
    while not held:
        page.wait_for_timeout(50)
    answer, given = held[0].fetch(), held[0].request.post_data_json
    session().rollback()
    if ended == "received":
        planned = uploads.Planned("entry", entry.public_id, **given)
        uploads.receive_plain(actor, planned, io.BytesIO(photo.read_bytes()))
    else:
        uploads.abort_upload(actor, answer.json()["upload_id"])
    held[0].fulfill(response=answer)

    if ended == "received":
        expect(page.locator("[data-asset-state=received]")).to_be_visible()
    else:
        expect(page.locator(STATUS)).to_have_text("The upload was cancelled.")
    assert ([asset.state.value for asset in stored(entry)], line.parts) == (["received"] * (ended == "received"), [])


def close_entries_in(entry: Entry, span: timedelta) -> None:
    """Move the close, not the clock: the store reads the time at which addresses are signed."""
    session().rollback()
    with transaction():
        entry.contest.stages[0].ends_at = clock.now() + span


def test_committed_a_minute_before_the_close_and_delivered_five_hours_after_it(
    page: Page, entry: Entry, photo: Path, object_store: Any
) -> None:
    line = Line(page, object_store)
    line.answer = lambda route: None
    page.set_input_files(FILE, photo)
    line.wait_for(1)
    close_entries_in(entry, timedelta(seconds=60))
    page.click("[data-upload-commit]")
    expect(page.locator(STATUS)).to_contain_text("Committed")
    page.click("button[name=submit]")
    page.wait_for_url("**/receipt")
    expect(page.locator("main")).to_contain_text("committed, not delivered")

    close_entries_in(entry, timedelta(hours=-5))
    page.goto(page.url.removesuffix("/receipt"))
    expect(page.locator("main")).to_contain_text("Send the committed files below")
    line.answer = lambda route: route.continue_()
    line.parts.clear()
    page.set_input_files(FILE, one_byte_changed(photo))
    expect(page.locator(STATUS)).to_have_text("This is not the file that was committed: its SHA-256 is another.")
    assert (line.parts, [asset.awaits_delivery for asset in stored(entry)]) == ([], [True])
    page.set_input_files(FILE, photo)
    expect(page.locator("[data-asset-state=received]")).to_be_visible()
    expect(page.locator("main")).not_to_contain_text("Send the committed files below")

    [asset] = stored(entry)
    assert (asset.awaits_delivery, asset.declared_sha256) == (False, hashlib.sha256(photo.read_bytes()).hexdigest())
    assert session().get_one(Entry, entry.id, populate_existing=True).state is EntryState.SUBMITTED


def test_a_pasted_line_commits_beside_the_scripts(page: Page, entry: Entry, photo: Path) -> None:
    digest = hashlib.sha256(photo.read_bytes()).hexdigest()
    expect(page.get_by_role("button", name="Send the file")).to_be_hidden()
    page.get_by_text("Slow line").click()
    page.fill("[name=line]", f"{digest}  {photo.stat().st_size}  {photo.name}")
    page.get_by_role("button", name="Commit", exact=True).click()
    expect(page.locator("main")).to_contain_text("The file is committed.")

    [asset] = stored(entry)
    assert (asset.awaits_delivery, asset.declared_sha256, asset.size_bytes) == (True, digest, photo.stat().st_size)


def one_byte_changed(photo: Path) -> Path:
    """A file of the same size, first, middle and last MiB, so that only its SHA-256 tells it apart."""
    changed = bytearray(photo.read_bytes())
    changed[4 * 1024 * 1024] ^= 1
    other = photo.with_name("changed.jpg")
    other.write_bytes(changed)
    return other


def test_a_second_after_the_close_nothing_can_be_committed_or_handed_in(
    page: Page, entry: Entry, photo: Path, object_store: Any
) -> None:
    line = Line(page, object_store)
    line.answer = lambda route: None
    page.set_input_files(FILE, photo)
    line.wait_for(1)
    close_entries_in(entry, timedelta(seconds=-1))

    page.click("[data-upload-commit]")
    expect(page.locator(STATUS)).to_have_text("The deadline has passed.")
    page.click("button[name=submit]")
    expect(page.locator("main")).to_contain_text("Entries closed before this arrived.")

    assert [asset.committed_at for asset in stored(entry)] == [None]
    assert session().get_one(Entry, entry.id, populate_existing=True).state is EntryState.DRAFT


def test_impossible_files_are_refused_in_words_before_anything_is_sent(
    page: Page, entry: Entry, tmp_path: Path
) -> None:
    empty = tmp_path / "empty.jpg"
    empty.touch()

    page.set_input_files(FILE, empty)

    expect(page.locator(STATUS)).to_have_text("empty.jpg: The file is empty.")
    expect(page.locator(FILE)).to_be_visible()
    assert stored(entry) == []


def test_the_worker_hashes_as_hashlib_does(chromium: Browser) -> None:
    """Without WebCrypto, as on plain http, and what is too large for it."""
    source = (ROOT / "creative_platform/static/js/hash.js").read_text()
    script = f"""async (size) => {{
      const self = {{ addEventListener() {{}}, crypto: {{}} }};
      {source}
      return sha256(new Blob([Uint8Array.from({{ length: size }}, (_, i) => (i * 7) % 251)]));
    }}"""
    sizes = [0, 1, 55, 56, 63, 64, 65, 119, 120, 1_000_000, 2_500_001]
    page = chromium.new_page()

    found = [page.evaluate(script, size) for size in sizes]
    page.close()

    assert found == [hashlib.sha256(bytes((i * 7) % 251 for i in range(size))).hexdigest() for size in sizes]
