"""Kill -9 of browser, web, worker and object store while a real Chromium's files are sent, finished, checked, copied.

`DRILL_SEED=… DRILL_KILLS=… make drill ARGS=tests/drills/test_kills.py` repeats or shortens it. Each kill meets a file
of its own; whoever lost the browser picks the same file again in a new one.
"""

from __future__ import annotations

import os
import random
import struct
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Playwright

from creative_platform import doctor
from creative_platform.accounts.models import User
from creative_platform.accounts.service.sign_ins import open_for
from creative_platform.contests.models import Contest
from creative_platform.core import audit, queue
from creative_platform.doctor import store as store_doctor
from creative_platform.media import storage
from creative_platform.media.models import AssetState, CopiesWanted
from creative_platform.media.service import want_copies
from creative_platform.media.service.copies import RENDER_JOB
from creative_platform.stack.ports import free_ports
from tests.drills.kills.blows import BACK_S, Blow, blows, store_of, strike, wait_until_back
from tests.drills.kills.phone import Phone
from tests.drills.kills.truth import (
    Published,
    assert_accepted_entries_are_there,
    files_of,
    jobs_left,
    part_size_of,
    runs,
    state_of,
)
from tests.drills.rush.plan import session_cookie
from tests.factories.accounts import make_user
from tests.factories.contests import make_contest
from tests.factories.entries import make_entry
from tests.factories.files import picture
from tests.factories.recordings import film
from tests.fixtures.line import Line, running_line
from tests.stack.processes import wait_until
from tests.stack.running import Run

pytestmark = [pytest.mark.drill, pytest.mark.storage, pytest.mark.timeout(3600)]

MIB = 1024 * 1024
PART = 5 * MIB
STREAMS = 3  # side by side at most; one with small parts
LINE_BYTES_PER_S = 6 * MIB
SLOW_BYTES_PER_S = 30_000
LAST_S = 300  # a killed worker's job is taken over after its lease of a minute
LEAST_FILM = 6_000_000


@dataclass
class Scene:
    """The running platform, its one participant, and what became of the files so far."""

    run: Run
    line: Line
    playwright: Playwright
    program: str
    folder: Path
    contest: Contest
    user: User
    cookie: str
    dice: random.Random
    published: Published = field(default_factory=Published)
    receipts: dict[int, str] = field(default_factory=dict)
    lost: dict[int, float] = field(default_factory=dict)  # by kill, in parts of that file

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.run.port}"

    def phone(self, blow: Blow) -> Phone:
        """Give a new browser; every third file is sent in small parts, as over a slow line."""
        slow = SLOW_BYTES_PER_S if blow.number % 3 == 0 else None
        return Phone(self.playwright, self.program, self.address, self.cookie, slow)

    def new_file(self, blow: Blow) -> Path:
        """Make a film where copies are made of it, else a picture of one to three parts."""
        if blow.moment == "derive":
            made = self.folder / f"{blow.number}.mp4"
            made.write_bytes((self.folder / "film.mp4").read_bytes() + _free_box(self.dice.randbytes(16)))
        else:
            made = self.folder / f"{blow.number}.jpg"
            made.write_bytes(picture() + self.dice.randbytes(self.dice.randrange(PART // 2, 5 * PART // 2)))
        return made


def _free_box(body: bytes) -> bytes:
    return struct.pack(">I4s", 8 + len(body), b"free") + body


@pytest.fixture
def line() -> Iterator[Line]:
    with running_line(bytes_per_s=LINE_BYTES_PER_S) as laid:
        yield laid


@pytest.fixture
def platform(tmp_path: Path, line: Line) -> Iterator[Run]:
    """`make run`, whose store browsers reach over the line."""
    run = Run(tmp_path / "var", free_ports("127.0.0.1", 1)[0], S3_PUBLIC_URL=line.address)
    yield run
    run.stop()


def test_kills_lose_no_file_and_no_entry(
    platform: Run, line: Line, playwright: Playwright, chromium_path: str, tmp_path: Path, application_on
) -> None:
    seed = int(os.environ.get("DRILL_SEED") or random.SystemRandom().randrange(10**6))
    kills = int(os.environ.get("DRILL_KILLS") or 50)
    say(f"\nDRILL_SEED={seed} DRILL_KILLS={kills}")
    environment = {"VAR_DIR": str(platform.var_dir), "DATABASE_URL": platform.database_url, "PORT": str(platform.port)}
    film(tmp_path / "film.mp4", least_bytes=LEAST_FILM)
    dice = random.Random(seed)
    with application_on(environment) as app:
        line.target = app.config["S3_ENDPOINT_URL"]
        scene = _scene(app, platform, line, playwright, chromium_path, tmp_path, kills, dice)
        began = time.monotonic()
        for blow in blows(dice, kills):
            _one(scene, blow)
            scene.published.check()
        wait_until(lambda: not jobs_left(), LAST_S)
        scene.published.check()
        _assert_all_is_well(scene, kills)
        say(
            f"{kills} kills in {time.monotonic() - began:.0f} s: {len(scene.receipts)} entries accepted and there, "
            f"{len(scene.published.originals)} files ready, {len(scene.published.copies)} copies whole; sent again "
            f"{sum(scene.lost.values()):.1f} parts in all, at most {max(scene.lost.values()):.2f} after one kill; "
            f"doctor: all is well"
        )


def _scene(
    app: Flask, run: Run, line: Line, playwright: Playwright, program: str, folder: Path, kills: int, dice
) -> Scene:
    user = make_user()
    contest = make_contest(max_entries_person=kills, max_entries_team=kills)
    cookie = session_cookie(app, open_for(user, "a phone").secret)
    return Scene(run, line, playwright, program, folder, contest, user, cookie, dice)


def _one(scene: Scene, blow: Blow) -> None:
    """Send a file, let the blow fall, go on as people do, hand the entry in."""
    began = time.monotonic()
    track = "video" if blow.moment == "derive" else "story"
    entry = make_entry(scene.contest, owner=scene.user, submitted=False, track=track)
    entry_id, public_id, file = entry.id, entry.public_id, scene.new_file(blow)
    scene.published.sent[entry_id] = file
    before = scene.line.sent()
    phone = scene.phone(blow)
    try:
        phone.open_entry(public_id)
        _until_the_moment(scene, blow, phone, entry_id, public_id, file)
        killed = "browser" if blow.victim == "browser" else strike(scene.run, blow.victim, scene.dice)
        killed_at, back_at = time.monotonic(), 0.0
        if blow.victim == "store":  # what pages send meanwhile, each stream after ever longer pauses, is sent in vain
            wait_until(store_of(scene.run).answers, BACK_S)
            back_at = time.monotonic()
        if blow.victim == "browser":
            phone.kill()
            phone = scene.phone(blow)
            phone.open_entry(public_id)
            if not phone.has_arrived():
                phone.choose(file)
        if entry_id not in scene.receipts:
            phone.wait_for_arrival()
        part, again = part_size_of(entry_id), scene.line.sent() - before - file.stat().st_size
        again -= sum(one.body_bytes for one in scene.line.requests if killed_at < one.begun_at < back_at)
        scene.lost[blow.number] = again / part
        wait_until_back(scene.run)
        if entry_id not in scene.receipts:
            scene.receipts[entry_id] = phone.hand_in(public_id)
    finally:
        phone.close()
    say(
        f"{blow.number:3} {blow.moment:8} {killed:40} {again / part:5.2f} of {part / MIB:.2f} MiB parts again, "
        f"{time.monotonic() - began:.1f} s"
    )
    assert again <= (STREAMS if part == PART else 1) * part


def _until_the_moment(scene: Scene, blow: Blow, phone: Phone, entry_id: int, public_id: str, file: Path) -> None:
    before, size = scene.line.sent(), file.stat().st_size
    if blow.moment == "complete":
        with phone.page.expect_request(lambda request: request.url.endswith("/complete")):
            phone.choose(file)
        time.sleep(blow.share / 5)
        return
    phone.choose(file)
    if blow.moment == "upload":
        wait_until(lambda: scene.line.sent() - before >= blow.share * size, 60)
        return
    if blow.moment == "verify":
        wait_until(lambda: state_of(entry_id) in (AssetState.VERIFYING, AssetState.READY), 60)
        time.sleep(blow.share / 2)
        return
    phone.wait_for_arrival()
    scene.receipts[entry_id] = phone.hand_in(public_id)
    wait_until(lambda: state_of(entry_id) is AssetState.READY, LAST_S)
    [asset] = files_of(entry_id)
    asset_id = asset.id
    want_copies([asset_id], CopiesWanted.ALL)
    wait_until(lambda: runs(RENDER_JOB, asset_id), LAST_S)
    time.sleep(blow.share)


def _assert_all_is_well(scene: Scene, kills: int) -> None:
    assert [state_of(entry_id) for entry_id in scene.published.sent] == [AssetState.READY] * kills
    assert len(scene.receipts) == kills
    assert_accepted_entries_are_there(scene.receipts)
    assert queue.failed_jobs() == []
    assert list(audit.verify()) == []
    assert [found for found in doctor.examine() if found.about != "isolation"] == []  # which the machine gives or not
    findings = store_doctor.examine(storage.storage(), scene.address)
    assert [found for found in findings if found.needed and not found.holds] == []


def say(text: str) -> None:
    print(text, flush=True)  # noqa: T201 - the way to repeat it, and the figures
