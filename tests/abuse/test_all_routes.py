"""What holds for every route: AC55 no act without the form's token, AC56 no GET writes, AC57 no page in a frame.

New routes are walked by themselves. Known names of parts of addresses get real values (`values`), others a made-up one.
"""

import re

import pytest

from creative_platform.core import audit
from tests.factories.accounts import make_user
from tests.factories.communities import make_community
from tests.factories.contests import make_contest
from tests.factories.entries import make_entry
from tests.fixtures.people import csrf_of

pytestmark = pytest.mark.database


@pytest.fixture
def people(app):
    """Who walks: an organizer, an owner of an entry, a coordinator, a stranger, an admin."""
    roles = {name: make_user(name=name) for name in ("organizer", "owner", "coordinator", "stranger")}
    return {**roles, "admin": make_user(name="admin", is_admin=True)}


@pytest.fixture
def values(people):
    """Real values of the parts of addresses, by what the address begins with."""
    contest = make_contest(people["organizer"])
    entry = make_entry(contest, owner=people["owner"])
    community = make_community(people["coordinator"])
    named = {"slug": contest.slug, "number": 1, "key": "video", "track": "video", "part": "tracks", "filename": "x"}
    ids = {
        "/my/entries": entry.public_id,
        "/entries": entry.public_id,
        "/manage/<slug>/entries": entry.public_id,
        "/communities": community.public_id,
        "/admin/people": people["owner"].public_id,
    }

    def value(rule, name):
        if name == "public_id":
            return next((v for prefix, v in ids.items() if rule.startswith(prefix)), "x")
        return named.get(name, 1 if "int" in str(rule) else "x")

    return value


def addresses(app, value, methods):
    """Return (method, address) of every route that takes one of these methods."""
    found = []
    with app.test_request_context():
        adapter = app.url_map.bind("localhost")
        for rule in app.url_map.iter_rules():
            given = {}
            for name in rule.arguments:
                converter = rule._converters[name]
                wanted = value(rule.rule, name)
                items = getattr(converter, "items", None)
                if items:
                    wanted = sorted(items)[0]
                elif "Integer" in type(converter).__name__:
                    wanted = 1
                given[name] = wanted
            for method in sorted(set(rule.methods) & set(methods)):
                if rule.endpoint != "static":
                    found.append((method, adapter.build(rule.endpoint, given, method=method)))
    return found


def writes(statements):
    return [said for said in statements if re.match(r"\s*(INSERT|UPDATE|DELETE|CREATE|DROP|ALTER)", said, re.I)]


@pytest.mark.parametrize("role", ["anonymous", "organizer", "owner", "coordinator", "stranger", "admin"])
def test_ac56_no_get_writes(app, sign_in, people, values, role, count_queries):
    browser = app.test_client() if role == "anonymous" else sign_in(people[role])
    wrote, broken = {}, {}
    for _, address in addresses(app, values, {"GET"}):
        with count_queries() as statements:
            answer = browser.get(address)
        if writes(statements):
            wrote[address] = writes(statements)
        if answer.status_code >= 500 and address != "/readyz":
            broken[address] = answer.status_code

    assert (wrote, broken) == ({}, {})


def test_ac56_the_walk_would_notice(app, count_queries):
    with count_queries() as statements:
        audit.record("walk", None, "x", "x:1")

    assert len(writes(statements)) == 3


@pytest.mark.parametrize("role", ["anonymous", "admin"])
def test_ac55_no_act_without_the_forms_own_token(app, sign_in, people, values, role):
    browser = app.test_client() if role == "anonymous" else sign_in(people[role])
    foreign = csrf_of(app.test_client().get("/login").text)
    let_through = {}
    for method, address in addresses(app, values, {"POST", "PUT", "PATCH", "DELETE"}):
        answers = [
            browser.open(address, method=method),
            browser.open(address, method=method, data={"csrf_token": foreign}),
            browser.open(address, method=method, data='{"a": 1}', content_type="text/plain"),
            browser.open(address, method=method, json={"csrf_token": foreign}, headers={"X-CSRFToken": foreign}),
            browser.open(address, method=method, headers={"Origin": "https://evil.test"}),
        ]
        refused = 401 if role == "anonymous" and address.startswith("/api/") else 400
        if {answer.status_code for answer in answers} != {refused}:
            let_through[address] = [answer.status_code for answer in answers]

    assert let_through == {}


def test_ac55_an_address_cannot_turn_get_into_an_act(app, sign_in, user):
    browser = sign_in(user)

    for attempt in ("/logout?_method=POST", "/logout"):
        assert browser.get(attempt, headers={"X-HTTP-Method-Override": "POST"}).status_code == 405
    assert browser.get("/account").status_code == 200


def test_ac57_no_page_lets_itself_be_framed(app, sign_in, people, values):
    unprotected = []
    for browser in (app.test_client(), sign_in(people["admin"])):
        for _, address in [*addresses(app, values, {"GET"}), ("GET", "/nothing-here"), ("GET", "/static/nothing")]:
            headers = browser.get(address).headers
            policy = headers.get("Content-Security-Policy", "")
            if "frame-ancestors 'none'" not in policy or headers.get("X-Frame-Options") != "DENY":
                unprotected.append(address)
            if "unsafe" in policy or headers.get("X-Content-Type-Options") != "nosniff":
                unprotected.append(address)

    assert unprotected == []


@pytest.mark.parametrize("nasty", ["%00", "%ff%fe", "%ed%a0%80", "x" * 3000, "'%20OR%201=1--", "%F0%9F%92%A9"])
def test_ac70_bad_bytes_in_addresses_are_the_callers_mistake(app, sign_in, people, values, nasty):
    browser = sign_in(people["admin"])
    broken = {}
    for _, address in addresses(app, lambda rule, name: "NASTY", {"GET"}):
        for tried in (address.replace("NASTY", nasty), f"{address}?q={nasty}&page={nasty}&lang={nasty}&region={nasty}"):
            status = browser.get(tried).status_code
            if status >= 500 and address != "/readyz":
                broken[tried[:200]] = status

    assert broken == {}
