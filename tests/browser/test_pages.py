"""Every page in a real browser: light, fast to reach by keyboard, nothing for axe to find, fitting every window."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page

from creative_platform.accounts.models import User
from tests.browser import looks, plan
from tests.browser.conftest import serving
from tests.browser.plan import AUDIENCE, Look
from tests.factories.accounts import PASSWORD, make_user

STORE = "http://127.0.0.1:9"  # the media's own origin, as the test configuration names it; nobody listens

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]


@pytest.fixture
def address(app: Flask) -> Iterator[str]:
    with serving(app) as where:
        yield where


def test_no_page_is_forgotten(app: Flask) -> None:
    found = plan.rules(app)
    mapped = {rule.rule for rule in app.url_map.iter_rules()}

    assert {rule for (_method, rule), who in found.items() if who is None} == plan.IN_THE_CROWD
    assert sorted(set(plan.NOT_PAGES) - mapped) == [], "named, but there is no such rule"
    assert len([1 for method, _rule in found if method == "GET"]) > 60
    assert len([1 for method, _rule in found if method == "POST"]) > 20


def test_what_is_called_no_page_is_none(app: Flask, client) -> None:
    world = plan.make_world()
    adapter = app.url_map.bind("localhost")
    html = []
    for _method, rule in (pair for pair in plan.requests_of(app) if pair[0] == "GET"):
        if rule.rule in plan.NOT_PAGES:
            answer = client.get(adapter.build(rule.endpoint, plan.values(rule, world)))
            if answer.status_code == 200 and answer.mimetype == "text/html":
                html.append(rule.rule)

    assert html == []


def page_of(chromium: Browser, address: str, person: User | None) -> Page:
    """Return a page of a fresh browser in which a person is signed in."""
    page = chromium.new_context(viewport={"width": 360, "height": 800}, base_url=address).new_page()
    page.emulate_media(color_scheme="light", reduced_motion="reduce")
    page.goto("/login")
    if person is not None:
        page.fill("[name=email]", person.email)
        page.fill("[name=password]", PASSWORD)
        page.click("main [type=submit]")
        page.wait_for_url(lambda url: "/login" not in url)
    return page


def show(page: Page, look: Look, locale: str) -> list[str]:
    """Bring a page up in a language; an empty form is sent from the page before, as its button would."""
    page.emulate_media(color_scheme="light", reduced_motion="reduce")
    page.set_viewport_size({"width": 360, "height": 800})
    if look.sent:
        form = "/login" if not page.context.cookies() or "/login" in page.url else "/account"
        page.goto(f"{form}?lang={locale}")
        with page.expect_navigation() as navigated:
            page.evaluate(SEND, look.path)
        answer = navigated.value
    else:
        answer = looks.opened(page, f"{look.path}{'&' if '?' in look.path else '?'}lang={locale}")
    if answer is None:
        return ["is no page: plan.NOT_PAGES wants the reason"]
    return [] if answer.status == look.status else [f"answers {answer.status}"]


SEND = """(path) => {
  const form = Object.assign(document.createElement("form"), { method: "post", action: path });
  form.append(document.querySelector("[name=csrf_token]").cloneNode());
  document.body.append(form);
  form.submit();
}"""


def faults(page: Page, watch: looks.Watch, look: Look, *, budget: bool) -> list[str]:
    """Look at one page: in Kazakh with all eyes, and once more in Russian for its widths alone."""
    wrong = show(page, look, "kk")
    if wrong:
        return wrong
    wrong += looks.weight(page) if budget else []
    wrong += looks.stillness(page) + looks.axe(page) + looks.widths(page) + looks.keyboard(page)
    wrong += [] if look.sent else show(page, look, "ru") + looks.widths(page)
    return wrong + watch.taken()


def all_faults(chromium: Browser, address: str, person: User | None, pages: list[Look], *, budget: bool) -> str:
    """Return what is wrong with each page that a person looks at, a line each."""
    page = page_of(chromium, address, person)
    watch = looks.Watch(page, {address, STORE})
    found = [f"{look}: {wrong}" for look in pages for wrong in dict.fromkeys(faults(page, watch, look, budget=budget))]
    page.context.close()
    return "\n".join(found)


@pytest.mark.parametrize("role", AUDIENCE)
def test_every_page(app: Flask, address: str, chromium: Browser, role: str) -> None:
    world, _judged, announced = plan.make_places()
    pages = [look for who, look in plan.looks(app, world, announced) if who == role]
    person = world.people.get(role)

    found = all_faults(chromium, address, person, pages, budget=role not in ("organizer", "admin"))
    assert not found, found


def test_every_page_of_busy_people(app: Flask, address: str, chromium: Browser) -> None:
    _world, judged, announced = plan.make_places()
    found = ""
    for person_id, pages in plan.looks_of_the_busy(judged, announced).items():
        person = plan.person(person_id)
        organizer = person_id in (judged.organizer.id, announced.organizer.id)
        found += all_faults(chromium, address, person, pages, budget=not organizer)

    assert not found, found


def test_a_page_without_anything_in_it(app: Flask, address: str, chromium: Browser) -> None:
    newcomer = make_user(name="Newcomer", is_admin=True)
    pages = [Look(path) for path in ("/", "/contests", "/communities", "/my", "/manage", "/admin/jobs", "/admin/mail")]

    found = all_faults(chromium, address, newcomer, pages, budget=True)
    assert not found, found
