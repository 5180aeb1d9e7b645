"""The door of the API: tokens, scopes, and bodies nobody should send."""

from __future__ import annotations

import json

import pytest

from creative_platform.accounts.queries import api_tokens_of
from creative_platform.accounts.service import SCOPES, create_api_token, revoke_api_token
from creative_platform.api.operations import OPERATIONS, PREFIX
from tests.factories.contests import make_contest
from tests.factories.entries import make_entry
from tests.fixtures.api import Program
from tests.fixtures.people import csrf_of

pytestmark = pytest.mark.database

SOMETHING = {"slug": "no-such", "public_id": "a" * 26, "number": "1"}


def address(path: str) -> str:
    return path.format(**SOMETHING)


@pytest.mark.parametrize("row", [o for o in OPERATIONS if o.scope], ids=lambda o: o.endpoint)
def test_every_call_asks_for_its_scope(program, user, row):
    """AC61."""
    others = [scope for scope in SCOPES if scope != row.scope]
    lacking, anonymous = program(user, *others), program()

    refused = lacking.call(row.method, address(row.path), {} if row.request else None)
    unknown = anonymous.call(row.method, address(row.path), {} if row.request else None)

    assert (refused.status_code, refused.json["code"], refused.json["scope"]) == (403, "insufficient_scope", row.scope)
    if not row.open:
        assert (unknown.status_code, unknown.headers["WWW-Authenticate"]) == (401, "Bearer")


def test_a_revoked_or_forged_token_opens_nothing_even_where_nobody_is_asked(app, user):
    secret = create_api_token(user.as_actor(), "t", SCOPES)
    caller = Program(app, secret)
    assert caller.get("/entries").status_code == 200
    revoke_api_token(user.as_actor(), api_tokens_of(user.as_actor())[0].public_id)

    answers = [caller.get("/entries"), caller.get("/contests"), Program(app, "cp_guessed").get("/entries")]
    basic = app.test_client().get(f"{PREFIX}/entries", headers={"Authorization": "Basic dTpw"})

    assert [(a.status_code, a.json["code"]) for a in [*answers, basic]] == [(401, "invalid_token")] * 4


def test_a_token_in_the_address_is_no_token(app, user):
    secret = create_api_token(user.as_actor(), "t", SCOPES)
    for name in ("token", "access_token", "api_key"):
        assert Program(app).get(f"/entries?{name}={secret}").status_code == 401


def test_a_token_does_not_sign_in_to_pages(app, user):
    secret = create_api_token(user.as_actor(), "t", SCOPES)

    answer = app.test_client().get("/account", headers={"Authorization": f"Bearer {secret}"})

    assert answer.status_code == 303


def test_a_browser_needs_the_page_token_to_write(sign_in, user):
    contest, browser = make_contest(), sign_in(user)
    path = f"{PREFIX}/contests/{contest.slug}/entries"
    token = csrf_of(browser.get("/account").text)

    statuses = [
        browser.post(path, json={"track": "story"}).status_code,
        browser.post(path, json={"track": "story"}, headers={"X-CSRFToken": "forged"}).status_code,
        browser.post(path, json={"track": "story"}, headers={"X-CSRFToken": token}).status_code,
        browser.get(f"{PREFIX}/entries").status_code,
    ]

    assert statuses == [400, 400, 201, 200]


@pytest.mark.parametrize(
    ("sent", "content_type", "status"),
    [
        (b"{", "application/json", 400),
        (b"", "application/json", 400),
        (b"\xff\xfe", "application/json", 400),
        (b"[" * 100_000, "application/json", 400),
        (b'{"track":' * 50 + b"1" + b"}" * 50, "application/json", 400),
        (b'{"track": "story", "track": "video"}', "application/json", 400),
        (b'{"track": NaN}', "application/json", 400),
        (b'{"track": ' + b"9" * 5000 + b"}", "application/json", 400),
        (b'{"track": 1e999}', "application/json", 422),
        (b'{"track": "a\\u0000"}', "application/json", 422),
        (b'{"track": "story", "title": "\\u0000"}', "application/json", 422),
        (b'{"track": "story", "title": "\\ud800"}', "application/json", 422),
        (b'{"track": "story", "answers": {"\\u0000": "x"}}', "application/json", 422),
        (b'{"track": "story", "answers": {"idea": {"a": 1}}}', "application/json", 422),
        (b'{"track": "story", "answers": {"idea": 9223372036854775808}}', "application/json", 422),
        (b'{"track": ["story"]}', "application/json", 422),
        (b'{"track": {}, "language": []}', "application/json", 422),
        (b"[]", "application/json", 422),
        (b"null", "application/json", 422),
        (b'{"track": "story"}', "application/json; charset=latin-1", 415),
        (b"track=story", "application/x-www-form-urlencoded", 415),
        (b'{"track": "story"}', "text/plain", 415),
        (b"<a/>", "application/xml", 415),
        (b" " * (1024 * 1024 + 1), "application/json", 413),
    ],
)
def test_what_cannot_be_read_is_refused_in_words(program, user, sent, content_type, status):
    contest, caller = make_contest(), program(user)

    refused = caller.client.post(
        f"{PREFIX}/contests/{contest.slug}/entries", data=sent, content_type=content_type, headers=caller.headers
    )

    assert (refused.status_code, refused.content_type) == (status, "application/problem+json"), refused.text
    assert caller.get("/entries").json["items"] == []


@pytest.mark.parametrize(("version", "status"), [("1.0", 200), ("10e-1", 200), ("1.5", 422), ("1e999", 422)])
def test_a_whole_number_may_be_written_with_a_point(program, user, version, status):
    """JSON has one kind of number: some programs write 1 as 1.0."""
    entry, caller = make_entry(owner=user, submitted=False), program(user)
    sent = f'{{"version": {version}, "answers": {{"idea": "x"}}}}'
    path = f"{PREFIX}/entries/{entry.public_id}"

    answer = caller.client.patch(path, data=sent, content_type="application/json", headers=caller.headers)

    assert answer.status_code == status, answer.text


@pytest.mark.parametrize("path", ["/entries/..%2f", "/contests/%D3%99", "/entries/" + "a" * 300])
def test_addresses_that_cannot_be_are_404(program, user, path):
    assert program(user).get(path).status_code == 404


@pytest.mark.parametrize("query", ["limit=0", "limit=101", "limit=x", "limit=", "limit=1&limit=2",
                                   "cursor=1", "sort=title", "limit=%D9%A3"])  # fmt: skip
def test_parameters_that_cannot_be_are_refused_by_name(program, user, query):
    refused = program(user).get(f"/entries?{query}")

    assert (refused.status_code, list(refused.json["fields"])) == (422, [query.split("=")[0]])


@pytest.mark.parametrize("path", ["/entries/%00", "/entries?cursor=%00"])
def test_a_nul_is_malformed_wherever_it_stands(program, user, path):
    """AC70."""
    refused = program(user).get(path)

    assert (refused.status_code, refused.content_type) == (400, "application/problem+json")


def test_refusals_are_written_in_letters(client):
    """Somebody reads them in a shell: no escapes instead of Kazakh and Russian."""
    refused = client.get("/api/v1/entries", headers={"Accept-Language": "ru"})

    assert refused.status_code == 401
    assert f'"detail":"{refused.json["detail"]}"' in refused.text
    assert not refused.json["detail"].isascii()


def test_unknown_addresses_and_methods_answer_problems(program, user):
    caller = program(user)
    for method, path, status, code in [
        ("GET", "/nothing", 404, "not_found"),
        ("DELETE", "/entries", 405, "method_not_allowed"),
    ]:
        answer = caller.call(method, path)
        assert (answer.status_code, answer.json["code"]) == (status, code)


def test_sentences_are_in_the_callers_language_and_codes_are_not(program, user):
    answer = program(user).get("/entries/" + "a" * 26, Accept_Language="ru")

    assert (answer.json["code"], answer.json["title"]) == ("not_found", "Not Found")


def test_reading_writes_nothing_but_that_the_token_was_used(program, user, count_queries):
    contest = make_contest(user)
    entry = make_entry(contest, owner=user, submitted=False)
    caller = program(user)
    addresses = {"slug": contest.slug, "public_id": entry.public_id, "number": "1"}
    with count_queries() as seen:
        for row in OPERATIONS:
            if row.method == "GET":
                caller.get(row.path.format(**addresses))

    [written] = [s for s in seen if not s.lstrip().upper().startswith("SELECT")]
    assert written.startswith("UPDATE api_token SET last_used_at=")


def test_answers_are_json_that_every_program_reads(program, user):
    answer = program(user).get("/entries")

    assert (answer.content_type, json.loads(answer.data)) == ("application/json", {"items": [], "next": None})
