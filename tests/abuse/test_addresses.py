"""Where links lead: AC47 poisoned Host headers, AC58 open redirects."""

import html
import re

import pytest

from tests.factories.accounts import PASSWORD
from tests.fixtures.letters import link_of, mails_to
from tests.fixtures.people import csrf_of, post

pytestmark = pytest.mark.database


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Forwarded-Host": "evil.test"},
        {"X-Forwarded-Proto": "https", "X-Forwarded-Port": "666"},
        {"Forwarded": "host=evil.test;proto=https"},
        {"X-Original-Host": "evil.test", "X-Host": "evil.test"},
    ],
)
def test_ac47_mailed_links_use_the_configured_address(app, user, headers):
    browser = app.test_client()
    token = csrf_of(browser.get("/password/forgotten").text)

    browser.post("/password/forgotten", data={"email": user.email, "csrf_token": token}, headers=headers)

    [mail] = mails_to(user.email)
    assert link_of(mail).startswith("http://localhost/password/reset/")


@pytest.mark.parametrize("host", ["evil.test", "localhost.evil.test", "localhost@evil.test", "evil.test:80", ""])
@pytest.mark.parametrize("path", ["/", "/password/forgotten", "/register", "/healthz"])
def test_ac47_requests_that_name_another_host_are_refused(client, host, path):
    assert client.get(path, headers={"Host": host}).status_code == 400


@pytest.mark.parametrize(
    "target",
    [
        "//evil.test",
        "/\\evil.test",
        "\\\\evil.test",
        "https:evil.test",
        "https://evil.test/",
        "/%09/evil.test",
        "/\t/evil.test",
        "javascript:alert(1)",
        "@evil.test",
        "http://localhost@evil.test/",
        "///evil.test",
        "/\u2025/evil.test\u2028",
        "\u3002evil.test",
        "/login?next=//evil.test",
        "//localhost.evil.test/account",
    ],
)
def test_ac58_signing_in_leads_to_a_page_of_ours(app, user, target):
    browser = app.test_client()
    page = browser.get("/login", query_string={"next": target})
    data = {"email": user.email, "password": PASSWORD, "csrf_token": csrf_of(page.text)}

    answer = browser.post("/login", query_string={"next": target}, data=data)

    assert answer.status_code == 303
    assert answer.location in ("/my", "/%09/evil.test")
    assert browser.get("/login", query_string={"next": target}).location == answer.location


def test_ac58_a_page_of_ours_is_reached(app, user):
    answer = post(app.test_client(), "/login?next=/account/tokens", {"email": user.email, "password": PASSWORD})

    assert answer.location == "/account/tokens"


@pytest.mark.parametrize(
    "order", ["endpoint=x", "_method=POST", "_scheme=javascript&_external=1", "_anchor=x", "x=%26%3C%22"]
)
@pytest.mark.parametrize("path", ["/contests", "/contests/@x;="])
def test_names_in_an_address_are_no_orders_to_the_one_who_builds_links(client, path, order):
    """The links to other languages and other pages of a list carry them on as what they are."""
    answer = client.get(f"{path}?{order}&lang=en")
    links = re.findall(r'href="([^"]*lang=kk[^"]*)"', answer.text)
    assert answer.status_code == (200 if path == "/contests" else 404)
    assert {html.unescape(link) for link in links} == {f"{path}?{order}&lang=kk"}


def test_a_path_that_looks_like_a_host_leads_nowhere_else(client):
    answer = client.get("//evil.test/contests?lang=en", follow_redirects=True)
    assert set(re.findall(r'href="(//[^"]*|https?:[^"]*)"', answer.text)) == set()
