"""AC48: nobody learns whether an address is registered, neither from answers nor from their timing."""

import re
import statistics
import time

import pytest

from creative_platform.accounts import service
from tests.factories.accounts import make_user
from tests.fixtures.letters import kinds_to
from tests.fixtures.people import csrf_of

pytestmark = pytest.mark.database
STRANGER = "stranger@example.test"
FORM = {"name": "Dana", "password": "three green hills", "locale": "en", "region": "", "settlement": ""}


def answer(app, path, email, **data):
    """Send a fresh browser's form; return what an attacker sees, without the random parts."""
    browser = app.test_client()
    token = csrf_of(browser.get(path).text)
    said = browser.post(path, data={**data, "email": email, "csrf_token": token})
    page = said.text if said.status_code != 303 else browser.get(said.location).text
    same = re.sub(r'(name="csrf_token" value=")[^"]*', r"\1", page.replace(email, "EMAIL"))
    headers = [(k, v) for k, v in said.headers if k not in ("Set-Cookie", "Content-Length", "Date")]
    cookies = [cookie.split("=")[0] for cookie in said.headers.getlist("Set-Cookie")]
    return said.status_code, headers, cookies, re.sub(r"<time[^>]*>[^<]*</time>|data-now=\S*", "", same)


@pytest.fixture
def known(app):
    return make_user(email="known@example.test").email


@pytest.mark.parametrize(
    ("path", "data"),
    [("/login", {"password": "wrong words here"}), ("/register", FORM), ("/password/forgotten", {})],
)
def test_ac48_answers_are_the_same_for_known_and_unknown(app, known, path, data):
    assert answer(app, path, known, **data) == answer(app, path, STRANGER, **data)


def test_ac48_answers_stay_the_same_when_attempts_are_throttled(app, known):
    data = {"password": "wrong words here"}
    seen = [[answer(app, "/login", email, **data)[0] for _ in range(12)] for email in (known, STRANGER)]

    assert seen == [[422] * 10 + [429] * 2] * 2


def test_ac48_an_unconfirmed_address_looks_like_an_unknown_one(app):
    unconfirmed = make_user(email="unconfirmed@example.test", email_verified_at=None).email

    for path, data in [("/login", {"password": "wrong words here"}), ("/register", FORM), ("/password/forgotten", {})]:
        assert answer(app, path, unconfirmed, **data) == answer(app, path, STRANGER, **data)


def test_ac48_only_the_owner_of_the_address_is_told(app, known):
    answer(app, "/register", known, **FORM)

    assert kinds_to(known) == ["accounts.already_registered"]


def test_ac48_signing_in_takes_as_long_for_unknown_addresses(app):
    """Processor time of the thread, because the machine may be busy; argon2 runs in it (one lane)."""
    service.create_account(service.Registration("Dana", "known@example.test", "three green hills", "en"))
    took: dict[str, list[float]] = {"known@example.test": [], STRANGER: []}
    for number in range(20):
        for email, times in took.items():
            began = time.thread_time()
            with pytest.raises(Exception, match="wrong_password"):
                service.sign_in(email, "wrong", source=f"10.0.0.{number}", device=f"{email}{number}")
            times.append(time.thread_time() - began)

    known, unknown = (statistics.median(times) for times in took.values())
    assert abs(known - unknown) < 0.1 * known


@pytest.mark.parametrize(("path", "data"), [("/register", FORM), ("/password/forgotten", {})])
def test_ac48_other_answers_are_held_back_to_an_even_time(app, known, path, data):
    for email in (known, STRANGER):
        browser = app.test_client()
        token = csrf_of(browser.get(path).text)
        began = time.monotonic()
        browser.post(path, data={**data, "email": email, "csrf_token": token})
        assert time.monotonic() - began >= 0.25
