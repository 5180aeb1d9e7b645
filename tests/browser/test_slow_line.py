"""A file over a line of 256 kbit/s that cuts a fifth of the requests, a reload, a while without any line.

Real bytes are counted where they pass: in a proxy between Chromium and the store. The whole, with a minute without a
line: `DRILL_SEED=… make drill ARGS=tests/browser/test_slow_line.py`.
"""

from __future__ import annotations

import hashlib
import os
import random
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, CDPSession, Error, Page, expect
from sqlalchemy import select

from creative_platform.accounts.models import User
from creative_platform.core import queue
from creative_platform.core.db import session
from creative_platform.entries.models import Entry
from creative_platform.media import queries
from creative_platform.media.models import AssetState
from creative_platform.media.storage import LEAST_PART_BYTES
from creative_platform.stack.ports import free_ports
from creative_platform.uploads.models import Upload
from creative_platform.uploads.service.parts import size_for
from tests.browser.test_upload import FILE, draft_open
from tests.factories.entries import make_entry
from tests.factories.files import picture
from tests.fixtures.line import Line, running_line
from tests.fixtures.objectstore import RunningStore

pytestmark = [pytest.mark.browser, pytest.mark.storage, pytest.mark.timeout(600), pytest.mark.xdist_group("files")]

BYTES_PER_S = 256_000 / 8
CUT_ONE_OF = 5
LATENCY_MS = 100


@pytest.fixture
def seed() -> int:
    chosen = int(os.environ.get("DRILL_SEED") or random.SystemRandom().randrange(10**6))
    say(f"\nDRILL_SEED={chosen}")
    return chosen


@pytest.fixture
def line(object_store: RunningStore, seed: int) -> Iterator[Line]:
    """The line to the store."""
    with running_line(target=object_store.endpoint_url, bytes_per_s=BYTES_PER_S, seed=seed) as laid:
        yield laid


@pytest.fixture
def store_address(line: Line) -> str:
    return line.address


@pytest.fixture
def serving_port() -> int:
    return free_ports("127.0.0.1", 1)[0]


@pytest.fixture
def pages_line(page_port: int, serving_port: int, seed: int) -> Iterator[Line]:
    """The line to the pages; of its requests only those of the uploader are cut."""
    target = f"http://127.0.0.1:{serving_port}"
    with running_line(target=target, listens_at=page_port, cuts=" /api/", seed=seed + 1) as laid:
        yield laid


@pytest.fixture
def entry(user: User) -> Entry:
    return make_entry(owner=user, submitted=False)


@pytest.fixture
def page(chromium: Browser, pages_line: Line, platform: str, user: User, entry: Entry) -> Iterator[Page]:
    with draft_open(chromium, platform, user, entry) as opened:
        yield opened


@pytest.fixture
def make_photo(tmp_path: Path) -> Callable[[int], Path]:
    """A function that gives a picture of so many bytes: what follows its end is ignored by whoever shows it."""

    def made(size_bytes: int) -> Path:
        path = tmp_path / "Сурет Әлия.jpg"
        image = picture()
        path.write_bytes(image + random.Random(size_bytes).randbytes(size_bytes - len(image)))
        return path

    return made


def shape(cdp: CDPSession, *, offline: bool = False, bytes_per_s: float = BYTES_PER_S) -> None:
    """Let Chromium, too, believe in the line."""
    cdp.send(
        "Network.emulateNetworkConditions",
        {
            "offline": offline,
            "latency": LATENCY_MS,
            "downloadThroughput": bytes_per_s,
            "uploadThroughput": bytes_per_s,
            "connectionType": "cellular3g",
        },
    )


def wait_for_bytes(page: Page, line: Line, count: float) -> None:
    """Wait until the line has carried so many bytes of the file."""
    while line.sent() < count:
        page.wait_for_timeout(50)


def reload(page: Page) -> None:
    """Load the page again, as often as the line lets one down."""
    for _ in range(5):
        try:
            page.reload()
            return
        except Error:
            page.wait_for_timeout(500)
    raise AssertionError("the page did not come back")


def upload_of(entry: Entry) -> Upload:
    """Return the upload of an entry's one file as it is now."""
    session().rollback()
    [asset] = queries.assets_of("entry", entry.id)
    return session().scalars(select(Upload).where(Upload.asset_id == asset.id)).one()


def journey(page: Page, line: Line, pages_line: Line, entry: Entry, photo: Path, offline_s: float) -> None:
    size = photo.stat().st_size
    cdp = page.context.new_cdp_session(page)
    cdp.send("Network.enable")
    shape(cdp)
    reload(page)  # a line that was slow when the page came
    began = time.monotonic()
    line.cut_one_of = pages_line.cut_one_of = CUT_ONE_OF
    page.set_input_files(FILE, photo)
    wait_for_bytes(page, line, 0.35 * size)
    reload(page)
    page.set_input_files(FILE, photo)
    wait_for_bytes(page, line, line.sent() + 0.2 * size)
    shape(cdp, offline=True)
    page.wait_for_timeout(offline_s * 1000)
    shape(cdp)
    expect(page.locator("[data-asset-state=received]")).to_be_visible(timeout=240_000)
    session().rollback()  # the job was written after this test last looked
    queue.work_off()
    session().rollback()

    [asset] = queries.assets_of("entry", entry.id)
    assert (asset.state, asset.sha256) == (AssetState.READY, hashlib.sha256(photo.read_bytes()).hexdigest())
    part = upload_of(entry).part_size_bytes
    cut = [one for one in line.requests if one.cut and one.method == "PUT"]
    sent = line.sent()
    calls = [one.cut for one in pages_line.requests]
    say(
        f"{size} bytes in parts of {part}, {sent} sent: {(sent - size) / part:.2f} parts again; "
        f"of {len(line.requests)} requests to the store {len(cut)} cut, of {len(calls)} to the pages {sum(calls)}; "
        f"a reload and {offline_s:g} s without a line; {time.monotonic() - began:.0f} s in all"
    )
    assert cut or any(calls)  # three or four parts may all be spared; the page makes some thirty calls
    assert 10 <= part / BYTES_PER_S <= 60  # Chromium takes a line for slower when the processor is busy
    assert sent <= size + sum(one.body_bytes for one in cut) + 2 * part  # the reload and the silence
    assert sent <= size + min(size, LEAST_PART_BYTES)


def test_a_file_comes_through_a_slow_line_that_breaks(page, line, pages_line, entry, make_photo) -> None:
    journey(page, line, pages_line, entry, make_photo(2_000_000), offline_s=3)


def test_a_line_that_no_browser_guesses_is_measured_and_the_file_cut_anew(page, line, entry, make_photo) -> None:
    page.add_init_script("delete Navigator.prototype.connection")  # as in Firefox and Safari
    reload(page)
    page.set_input_files(FILE, make_photo(6_000_000))
    wait_for_bytes(page, line, 20_000)
    assert upload_of(entry).part_size_bytes == LEAST_PART_BYTES

    while upload_of(entry).part_size_bytes == LEAST_PART_BYTES:
        page.wait_for_timeout(200)
    line.bytes_per_s = 0
    expect(page.locator("[data-asset-state=received]")).to_be_visible()

    part, measured = upload_of(entry).part_size_bytes, page.evaluate("Number(localStorage.speed)")
    say(f"measured {measured} bytes a second of {BYTES_PER_S:g}, parts of {part}")
    assert 0.2 <= measured / BYTES_PER_S <= 2.5  # buffers of browser and system take bytes in bursts
    assert part == size_for(6_000_000, measured)


@pytest.mark.drill
def test_a_file_comes_through_a_slow_line_that_is_gone_for_a_minute(page, line, pages_line, entry, make_photo) -> None:
    journey(page, line, pages_line, entry, make_photo(2_000_000), offline_s=60)


def say(text: str) -> None:
    print(text, flush=True)  # noqa: T201 - the way to repeat it, and the figures
