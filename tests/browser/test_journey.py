"""The whole road in a real browser: from an empty draft of a contest to a certificate that anybody can check.

It is gone twice: with the scripts, over a reload in the middle of an upload and with the juror's keys; and without any.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from creative_platform.core import audit, clock, queue
from creative_platform.core.db import session
from tests.factories.accounts import PASSWORD, make_user
from tests.factories.recordings import film, song
from tests.fixtures.letters import link_of, mails_to
from tests.fixtures.objectstore import RunningStore

pytestmark = [pytest.mark.browser, pytest.mark.storage, pytest.mark.timeout(400), pytest.mark.xdist_group("files")]

PART_BYTES = 5 * 1024 * 1024
IDEA = "A grandmother in a small village teaches three children to play the dombra before the first snow of winter."
NEW_PASSWORD = "tulip hammer river seven"


@pytest.fixture(scope="session")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A film of more than 20 MB and a song."""
    folder = tmp_path_factory.mktemp("files")
    return {
        "film": film(folder / "Алғашқы қар.mp4", least_bytes=21_500_000),
        "song": song(folder / "Домбыра әуені.mp3"),
    }


@pytest.fixture(params=[True, pytest.param(False, marks=pytest.mark.database)], ids=["scripts", "plain"])
def scripts(request: pytest.FixtureRequest) -> bool:
    """Whether browsers run scripts: once on both databases, for what the scripts call is tried on both elsewhere."""
    return bool(request.param)


@pytest.fixture
def opened(chromium: Browser, platform: str, scripts: bool) -> Iterator[Callable[[], Page]]:
    """A function that gives the page of a fresh browser, as on a computer of one's own."""
    contexts = []

    def fresh() -> Page:
        context = chromium.new_context(locale="en-GB", base_url=platform, java_script_enabled=scripts)
        context.set_default_timeout(60_000)
        contexts.append(context)
        return context.new_page()

    yield fresh
    for context in contexts:
        context.close()


@pytest.fixture
def clock_ahead() -> Iterator[Callable[[datetime], None]]:
    """A function that moves the platform's clock on to a moment, from where it goes on."""
    ahead = [timedelta()]

    def forward(moment: datetime) -> None:
        ahead[0] += max(timedelta(), moment - clock.now())

    with clock.pretend(lambda: datetime.now(UTC) + ahead[0]):
        yield forward


def work_off() -> None:
    """Let the worker do what waits, whoever ordered it."""
    session().rollback()
    queue.work_off()
    session().rollback()


def press(page: Page, name: str) -> None:
    """Press the button of that name and wait for the page that follows."""
    with page.expect_navigation():
        page.get_by_role("button", name=name, exact=True).first.click()


def sign_in(page: Page, email: str, password: str = PASSWORD) -> None:
    page.goto("/login")
    page.fill("[name=email]", email)
    page.fill("[name=password]", password)
    press(page, "Sign in")


def register(page: Page, name: str, email: str) -> None:
    """Register, open the letter, confirm."""
    page.goto("/register")
    page.fill("[name=name]", name)
    page.fill("[name=email]", email)
    page.fill("[name=password]", NEW_PASSWORD)
    page.check("[name=locale][value=en]", force=True)
    page.select_option("[name=region]", "KZ-75")
    press(page, "Register")
    session().rollback()
    page.goto(link_of(mails_to(email)[-1]))
    page.fill("[name=password]", NEW_PASSWORD)
    press(page, "Confirm and sign in")


# -- the organizer -----------------------------------------------------------------------------------------
def set_up(page: Page, opens: datetime, closes: datetime) -> str:
    """Fill in every part of a draft and publish it; returns its short name."""
    setup = page.url
    slug = setup.split("/")[-2]
    _save(page, f"{setup}/text", {"body-en": "Show **your** village."})
    days = {
        "entries_start": opens,
        "entries_end": closes,
        "judging_start": closes,
        "judging_end": closes + timedelta(days=2),
        "announcement_start": closes + timedelta(days=2),
    }
    zone = clock.zone("Asia/Almaty")
    _save(page, f"{setup}/dates", {k: v.astimezone(zone).strftime("%Y-%m-%dT%H:%M") for k, v in days.items()})
    _save(page, f"{setup}/limits", {"reviews_per_entry": "2"})
    for track, heading, kind in (("Video", "The film", "video"), ("Music", "The song", "audio")):
        _save(page, f"{setup}/tracks/new", {"title-en": track})
        page.get_by_role("link", name="Add files").click()
        page.check(f"[name=kinds][value={kind}]")
        _save(page, "", {"title-en": heading})
    _save(page, f"{setup}/form/new", {"label-en": "The idea", "max_value": "2000"}, kind="long_text")
    for criterion in ("Craft", "Meaning"):
        _save(page, f"{setup}/rubric/new", {"title-en": criterion})
    _save(page, f"{setup}/awards/new", {"title-en": "Grand prix"})
    page.goto(setup)
    press(page, "Publish")
    expect(page.get_by_text("version 1 of its rules")).to_be_visible()
    return slug


def _save(page: Page, address: str, values: dict[str, str], kind: str = "") -> None:
    if address:
        page.goto(address)
    if kind:
        page.select_option("[name=kind]", kind)
    for name, value in values.items():
        page.fill(f"[name='{name}']", value)
    press(page, "Save")
    assert not page.locator(".errors").count(), page.locator(".errors").inner_text()


# -- participants ------------------------------------------------------------------------------------------
def start(page: Page, slug: str, track: str, title: str) -> None:
    """Begin an entry and fill in its text."""
    page.goto(f"/contests/{slug}/enter")
    page.check(f"[name=track][value={track}]", force=True)
    page.fill("[name=title]", title)
    press(page, "Start the draft")
    page.get_by_label("The idea").fill(IDEA)


class Line:
    """Counts the bytes of parts that set out to the store; ``hold`` keeps parts from a number on."""

    def __init__(self, page: Page, store: RunningStore, size_bytes: int) -> None:
        self.size_bytes, self.sent_bytes, self.hold = size_bytes, 0, 0
        page.route(re.compile(re.escape(store.endpoint_url) + ".*partNumber="), self._pass)

    def _pass(self, route: Route) -> None:
        number = int(re.findall(r"partNumber=(\d+)", route.request.url)[0])
        if self.hold and number >= self.hold:
            return
        if route.request.method == "PUT":
            self.sent_bytes += min(PART_BYTES, self.size_bytes - (number - 1) * PART_BYTES)
        route.continue_()


def send_with_a_reload(page: Page, path: Path, store: RunningStore) -> None:
    """Send a file, reload in the middle, choose it again: what the store has is not sent again."""
    line = Line(page, store, path.stat().st_size)
    line.hold = 3
    page.set_input_files("[data-upload-file]", path)
    expect(page.locator("[data-upload-percent]")).to_have_text(re.compile(r"[4-9]\d"))  # two parts of five are there
    page.wait_for_timeout(2000)  # for its note

    line.hold, line.sent_bytes = 0, 0
    page.reload()
    page.set_input_files("[data-upload-file]", path)
    expect(page.locator("[data-asset-state=received], [data-asset-state=ready]")).to_be_visible()

    assert line.sent_bytes <= path.stat().st_size - PART_BYTES


def hand_in(page: Page) -> str:
    """Hand in, check the receipt at its public address; returns its code."""
    press(page, "Hand in")
    code = page.locator(".code").inner_text()
    page.get_by_role("link", name="Check it").click()
    expect(page.get_by_text("This receipt is genuine")).to_be_visible()
    return code


# -- the jury ----------------------------------------------------------------------------------------------
def take_seat(page: Page, email: str) -> None:
    sign_in(page, email)
    session().rollback()
    page.goto(link_of(mails_to(email)[-1]))
    press(page, "Take the seat")


def judge(page: Page, way: Scripted | Plain, marks: dict[str, str]) -> None:
    """Score every assigned entry in the workspace."""
    page.goto("/jury")
    page.locator("main a[href^='/jury/']").first.click()
    for _ in marks:
        way.mark(page, marks[page.locator("h1").inner_text()])
        press(page, "Submit and go on")
    page.goto("/jury")
    expect(page.locator("main")).not_to_contain_text("draft")


@dataclass
class Scripted:
    """What the scripts do for people: text that saves itself, files in parts, marks by keys."""

    store: RunningStore

    def write_and_send(self, page: Page, path: Path) -> None:
        expect(page.locator("[data-save-status]")).to_contain_text("Saved")
        if path.stat().st_size > 4 * PART_BYTES:
            send_with_a_reload(page, path, self.store)
        else:
            page.set_input_files("[data-upload-file]", path)
            expect(page.locator("[data-asset-state=received]")).to_be_visible()

    def mark(self, page: Page, key: str) -> None:
        expect(page.locator("[data-scale]")).to_have_count(2)
        for scale in page.locator("[data-scale]").all():
            page.keyboard.press(key)
            expect(scale.locator(f"input[value='{key}']")).to_be_checked()


class Plain:
    """The same with forms alone."""

    def write_and_send(self, page: Page, path: Path) -> None:
        press(page, "Save")
        page.set_input_files("[name=file]", path)
        press(page, "Send the file")
        expect(page.locator("[data-asset-state=received]")).to_be_visible()
        expect(page.get_by_label("The idea")).to_have_value(IDEA)

    def mark(self, page: Page, key: str) -> None:
        for scale in page.locator("[data-scale]").all():
            scale.locator(f"label:has(input[value='{key}'])").click()


def test_from_a_draft_to_a_certificate(
    opened: Callable[[], Page],
    scripts: bool,
    files: dict[str, Path],
    object_store: RunningStore,
    clock_ahead: Callable[[datetime], None],
) -> None:
    way = Scripted(object_store) if scripts else Plain()
    make_user(name="Admin", email="admin@example.test", is_admin=True)
    make_user(name="Айнұр Сейіт", email="organizer@example.test")
    jurors = [f"juror{n}@example.test" for n in (1, 2)]
    for n, email in enumerate(jurors):
        make_user(name=f"Қазы {n}", email=email)
    opens = clock.now() - timedelta(hours=1)
    closes = (clock.now() + timedelta(minutes=9)).replace(second=0, microsecond=0)

    # the organizer creates and publishes
    admin, organizer = opened(), opened()
    sign_in(admin, "admin@example.test")
    admin.goto("/manage/new")
    admin.fill("[name=title-en]", "First snow")
    admin.fill("[name=organizer]", "organizer@example.test")
    press(admin, "Start the draft")
    sign_in(organizer, "organizer@example.test")
    organizer.goto("/manage/first-snow/setup")
    slug = set_up(organizer, opens, closes)

    # two people register, send a film and a song, hand in
    film_maker, singer = opened(), opened()
    register(film_maker, "Әлия Нұрғали", "aliya@example.test")
    start(film_maker, slug, "video", "Алғашқы қар")
    way.write_and_send(film_maker, files["film"])
    hand_in(film_maker)
    register(singer, "Ержан Қасым", "yerzhan@example.test")
    start(singer, slug, "music", "Домбыра әуені")
    way.write_and_send(singer, files["song"])
    hand_in(singer)
    work_off()

    # the organizer sees what was checked and what matches, admits, invites, hands out
    organizer.goto(f"/manage/{slug}/similarity")
    expect(
        organizer.get_by_role("link", name=re.compile("Алғашқы қар.*↔.*Домбыра|Домбыра.*↔.*Алғашқы"))
    ).to_be_visible()
    organizer.goto(f"/manage/{slug}/entries")
    for box in organizer.locator("[name=entry]").all():
        box.check()
    organizer.locator("form[action$='/entries/admit'] [type=submit]").click()
    expect(organizer.get_by_text("2 entries admitted.")).to_be_visible()
    seats = [opened(), opened()]
    for email, page in zip(jurors, seats, strict=True):
        organizer.goto(f"/manage/{slug}/jury")
        organizer.fill("[name=email]", email)
        press(organizer, "Send the invitation")
        take_seat(page, email)
    organizer.goto(f"/manage/{slug}/jury")
    organizer.locator("summary", has_text="Draw the assignments").click()  # entries are still taken
    press(organizer, "Draw the assignments")
    work_off()

    # the jury scores
    clock_ahead(closes + timedelta(minutes=1))
    judge(seats[0], way, {"Алғашқы қар": "9", "Домбыра әуені": "6"})
    judge(seats[1], way, {"Алғашқы қар": "8", "Домбыра әуені": "7"})

    # the organizer sees the progress, closes, computes, decides, publishes
    organizer.goto(f"/manage/{slug}/progress")
    rows = organizer.locator("tbody").first.locator("tr").all()
    assert [row.locator("td.num").all_inner_texts() for row in rows] == [["2", "2", "0", "0"], ["2", "2", "0", "0"]]
    confirm_typed(organizer, "Close the round", slug)
    organizer.goto(f"/manage/{slug}/results")
    press(organizer, "Compute the ranking")
    work_off()
    organizer.goto(f"/manage/{slug}/results")
    organizer.select_option("[name=entry]", label="1. Алғашқы қар")
    organizer.fill("[name=reason-en]", "The snow was real.")
    press(organizer, "Give the award")
    visitor = opened()
    assert visitor.goto(f"/contests/{slug}/winners").status == 404
    organizer.goto(f"/manage/{slug}/announce")
    confirm_typed(organizer, "Publish the results", slug)
    work_off()

    # everybody sees the winner; the certificate is there and holds
    visitor.goto(f"/contests/{slug}/winners")
    expect(visitor.locator("main")).to_contain_text("Әлия Нұрғали")
    expect(visitor.locator("main")).to_contain_text("The snow was real.")
    film_maker.goto("/my")
    certificate = film_maker.get_by_role("link", name="Open the certificate").first.get_attribute("href")
    answer = film_maker.request.get(certificate)
    assert (answer.headers["content-type"], answer.body()[:5]) == ("application/pdf", b"%PDF-")
    visitor.goto("/verify")
    visitor.fill("[name=code]", certificate.rsplit("/", 1)[1])
    press(visitor, "Check")
    expect(visitor.get_by_text("This certificate is genuine")).to_be_visible()
    expect(visitor.locator("main")).to_contain_text("Әлия Нұрғали")
    assert list(audit.verify()) == []
    assert queue.failed_jobs() == []


def confirm_typed(page: Page, label: str, typed: str) -> None:
    """Open a step that cannot be undone, tick what it asks, type the name, press."""
    fold = page.locator("details", has_text=label)
    fold.locator("summary").click()
    for box in fold.locator("[type=checkbox]").all():
        box.check()
    fold.locator("[name=typed_name]").fill(typed)
    with page.expect_navigation():
        fold.locator("button[type=submit]").click()
