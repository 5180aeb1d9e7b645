"""AC51: passwords cannot be tried out, and trying locks nobody out."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from creative_platform.accounts import service
from creative_platform.core.errors import Throttled
from tests.factories.accounts import PASSWORD, make_user
from tests.fixtures.people import csrf_of, post

pytestmark = pytest.mark.database


def attempt(browser, email, password="wrong words here", source="203.0.113.1", **headers):  # noqa: S107 -- made up
    token = csrf_of(browser.get("/password/forgotten").text)
    return browser.post(
        "/login",
        data={"email": email, "password": password, "csrf_token": token},
        environ_base={"REMOTE_ADDR": source},
        headers=headers,
    ).status_code


def failed_before(times, source="203.0.113.1"):
    """Count failures of a source without hashing a password for each."""
    for _ in range(times):
        service.throttle(f"login:source:{source}", limit=100, per_s=900)


def test_ac51_an_account_is_throttled_whatever_the_sources(app, user, hands):
    browser = app.test_client()

    seen = [attempt(browser, user.email, source=f"203.0.113.{n}") for n in range(30)]

    assert seen == [422] * 10 + [429] * 20
    assert attempt(browser, user.email, PASSWORD, source="198.51.100.1") == 429
    hands.forward(minutes=15)
    assert attempt(browser, user.email, PASSWORD, source="198.51.100.1") == 303


def test_ac51_a_source_is_throttled_whatever_the_accounts(app, hands):
    browser = app.test_client()

    failed_before(95)
    seen = [attempt(browser, f"person{n}@example.test") for n in range(8)]

    assert seen == [422] * 5 + [429] * 3


def test_ac51_forged_forwarding_headers_make_no_new_source(app, hands):
    browser = app.test_client()
    failed_before(99)
    assert attempt(browser, "person@example.test", **{"X-Forwarded-For": "10.0.0.1"}) == 422

    assert attempt(browser, "other@example.test", **{"X-Forwarded-For": "10.9.9.9"}) == 429


def test_ac51_an_ipv6_household_is_one_source(app, hands):
    browser = app.test_client()
    failed_before(99, "2001:db8:1:2")
    assert attempt(browser, "person@example.test", source="2001:db8:1:2::77") == 422

    assert attempt(browser, "other@example.test", source="2001:db8:1:2:ffff::1") == 429
    assert attempt(browser, "other@example.test", source="2001:db8:1:3::1") == 422


def test_ac51_the_owner_keeps_the_live_session_and_gets_in_from_a_known_device(app, sign_in, user, hands):
    """A juror who is locked out on the last evening is what the attacker wants."""
    at_work, at_home = sign_in(user), sign_in(user)
    at_home.post("/logout", data={"csrf_token": csrf_of(at_home.get("/account").text)})
    for n in range(30):
        attempt(app.test_client(), user.email, source=f"203.0.113.{n}")

    assert at_work.get("/account").status_code == 200
    assert post(at_home, "/login", {"email": user.email, "password": PASSWORD}).status_code == 303
    assert attempt(app.test_client(), user.email, PASSWORD, source="198.51.100.1") == 429


def test_ac51_a_known_device_is_throttled_as_well(app, sign_in, user, hands):
    browser = sign_in(user)
    browser.post("/logout", data={"csrf_token": csrf_of(browser.get("/account").text)})

    assert [attempt(browser, user.email) for _ in range(12)] == [422] * 10 + [429] * 2


def test_ac51_a_device_is_known_for_its_owner_only(app, sign_in, hands):
    eve, victim = make_user(), make_user()
    browser = sign_in(eve)
    browser.post("/logout", data={"csrf_token": csrf_of(browser.get("/account").text)})
    for _ in range(10):
        attempt(app.test_client(), victim.email)

    assert attempt(browser, victim.email) == 429


def test_ac51_a_success_does_not_open_the_gate_for_others(app, sign_in, user, hands):
    """Only the successful attempt is given back; failures before it stay counted."""
    for _ in range(9):
        attempt(app.test_client(), user.email)
    assert attempt(app.test_client(), user.email, PASSWORD) == 303

    assert [attempt(app.test_client(), user.email) for _ in range(2)] == [422, 429]


def test_ac51_fifty_at_once_are_counted_one_by_one(app):
    def one(_):
        with app.app_context():
            try:
                service.throttle("test:burst", limit=10, per_s=900)
            except Throttled:
                return "refused"
            return "allowed"

    with ThreadPoolExecutor(10) as pool:
        outcomes = list(pool.map(one, range(50)))

    assert (outcomes.count("allowed"), outcomes.count("refused")) == (10, 40)


def test_ac51_the_answer_says_how_long_to_wait(app, user, hands):
    browser = app.test_client()
    for _ in range(11):
        attempt(browser, user.email)

    answer = post(browser, "/login", {"email": user.email, "password": PASSWORD})

    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "901")
    assert f'value="{user.email}"' in answer.text
    assert "Too many attempts" in answer.text
