"""The main tasks of everybody with the keyboard alone: no mouse, no script that moves the focus."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from playwright.sync_api import Browser, Locator, Page, expect

from creative_platform.accounts.models import User
from creative_platform.core.db import session
from creative_platform.judging import service as judging
from creative_platform.judging.models import Assignment
from creative_platform.similarity.models import MatchVerdict
from tests.browser.conftest import serving
from tests.factories.accounts import PASSWORD, make_user
from tests.factories.contests import make_contest
from tests.factories.entries import make_entry
from tests.factories.judging import admit, computed, draw, give_marks, given, seat
from tests.verdicts.test_groups import make_group

pytestmark = [pytest.mark.browser, pytest.mark.timeout(400)]

MOST_STOPS = 150


@pytest.fixture
def page(app: Flask, chromium: Browser) -> Iterator[Page]:
    with serving(app) as address:
        context = chromium.new_context(locale="en-GB", base_url=address)
        yield context.new_page()
        context.close()


def to(page: Page, wanted: Locator) -> None:
    """Press Tab until the focus is there."""
    target = wanted.first.element_handle()
    for _ in range(MOST_STOPS):
        if target.evaluate("(el) => el === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"Tab does not reach {wanted}")


def write(page: Page, label: str, text: str) -> None:
    """Fill in a field."""
    to(page, page.get_by_label(label))
    page.keyboard.type(text)


def enter(page: Page, wanted: Locator) -> None:
    """Go to a link or button, press Enter and wait for the page that follows."""
    to(page, wanted)
    with page.expect_navigation():
        page.keyboard.press("Enter")


def sign_in(page: Page, person: User) -> None:
    """Sign in from the first page on."""
    page.goto("/?lang=en")
    enter(page, page.locator("header").get_by_role("link", name="Sign in").first)
    write(page, "E-mail", person.email)
    write(page, "Password", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "/login" not in url)


def test_an_entry_is_started_written_and_handed_in(page: Page) -> None:
    entrant = make_user(name="Әлия")
    make_contest(slug="dala")

    sign_in(page, entrant)
    page.goto("/contests/dala")
    enter(page, page.locator("main").get_by_role("link", name="Enter the contest"))
    to(page, page.locator("[name=track]"))
    page.keyboard.press("ArrowDown")  # from the first track to the second
    page.keyboard.press("Space")
    write(page, "Title of the work", "Дала")
    enter(page, page.get_by_role("button", name="Start the draft"))
    write(page, "The idea", "A grandmother teaches three children to play the dombra.")
    expect(page.locator("[data-save-status]")).to_contain_text("Saved")
    enter(page, page.get_by_role("button", name="Hand in"))

    expect(page.locator(".code")).to_be_visible()


def test_a_sheet_is_scored(page: Page) -> None:
    juror, organizer = make_user(), make_user()
    contest = make_contest(organizer, phase="judging")
    seat(contest, juror)
    draw(contest, organizer, make_entry(contest, title="Two Rivers"))

    sign_in(page, juror)
    page.goto("/jury")
    enter(page, page.locator("main a[href^='/jury/']"))
    for name, mark in (("scores.craft", "8"), ("scores.meaning", "5")):
        to(page, page.locator(f"[name='{name}']"))
        page.keyboard.press("Space")
        for _ in range(int(mark) - 1):
            page.keyboard.press("ArrowRight")
    write(page, "Comment", "Well made.")
    enter(page, page.get_by_role("button", name="Submit and go on"))

    session().rollback()
    [assignment] = session().query(Assignment).all()
    marks = {score.criterion.key: score.value for score in assignment.sheet.scores}
    assert (assignment.sheet.state.value, marks, assignment.sheet.comment) == (
        "submitted",
        {"craft": 8, "meaning": 5},
        "Well made.",
    )


def test_results_are_announced(page: Page) -> None:
    organizer = make_user()
    contest = make_contest(organizer, phase="judging", slug="dala")
    entries = {title: make_entry(contest, title=title) for title in ("first", "second", "third")}
    admit(*entries.values())
    give_marks(contest, entries)
    judging.close_round(organizer.as_actor(), contest)
    computed(contest, organizer)
    given(contest, organizer, entries)

    sign_in(page, organizer)
    page.goto("/manage/dala")
    enter(page, page.locator("main").get_by_role("link", name="Announce").first)
    to(page, page.locator("summary", has_text="Publish the results"))
    page.keyboard.press("Enter")
    to(page, page.locator("[name=before_date]"))
    page.keyboard.press("Space")
    write(page, "Type “dala” to confirm", "dala")
    page.keyboard.press("Escape")
    expect(page.locator("summary", has_text="Publish the results")).to_be_focused()
    expect(page.locator("[name=typed_name]")).to_be_hidden()
    page.keyboard.press("Enter")
    enter(page, page.locator("details[open] button[type=submit]"))

    assert page.goto("/contests/dala/winners").status == 200


def test_the_first_stop_leads_to_the_content_and_escape_folds_the_menu(page: Page) -> None:
    page.set_viewport_size({"width": 360, "height": 800})
    page.goto("/contests?lang=en")
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    expect(page.locator(".skip")).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()

    to(page, page.locator(".menu-small summary"))
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.locator(".menu-small").get_by_role("link", name="Contests")).to_be_focused()
    page.keyboard.press("Escape")

    expect(page.locator(".menu-small summary")).to_be_focused()
    expect(page.locator(".menu-small").get_by_role("link", name="Contests")).to_be_hidden()


def test_a_group_is_judged_at_once(page: Page) -> None:
    organizer = make_user()
    contest = make_contest(organizer, phase="judging", slug="dala")
    make_group(contest, size=3)

    sign_in(page, organizer)
    page.goto("/manage/dala/similarity?group=1&lang=en")
    to(page, page.locator("[name=verdict]"))
    page.keyboard.press("Space")
    write(page, "What you saw", "One and the same poster.")
    enter(page, page.get_by_role("button", name="Record the verdict"))

    expect(page.get_by_text("A verdict on 3 matches is recorded.")).to_be_visible()
    enter(page, page.get_by_role("button", name="Take it back from all 3 matches"))
    session().rollback()
    assert [verdict.undone_at is not None for verdict in session().query(MatchVerdict)] == [True] * 3
