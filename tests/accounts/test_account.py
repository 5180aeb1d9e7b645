"""One's own account."""

from datetime import date

import pytest
from sqlalchemy import select

from creative_platform.accounts import queries, service
from creative_platform.accounts.models import ApiToken
from creative_platform.accounts.regions import REGIONS
from creative_platform.accounts.text import browser_name
from creative_platform.core import audit
from creative_platform.core.db import session
from creative_platform.core.errors import Invalid, LimitReached, NotFound
from tests.factories.accounts import PASSWORD, make_user
from tests.fixtures.letters import kinds_to, mails_to, path_of
from tests.fixtures.people import csrf_of, post

pytestmark = pytest.mark.database


def test_the_profile_is_saved_and_the_language_counts_at_once(app, sign_in, user):
    browser = sign_in(user)

    answer = post(
        browser, "/account", {"name": " Дана  Ә. ", "locale": "kk", "region": "KZ-10", "settlement": "village"}
    )

    assert answer.status_code == 303
    saved = queries.user_by_email(user.email)
    assert (saved.name, saved.locale, saved.region, saved.settlement) == ("Дана Ә.", "kk", "KZ-10", "village")
    assert '<html lang="kk"' in browser.get("/account").text


def test_wrong_profile_values_are_refused(app, user):
    with pytest.raises(Invalid) as refused:
        service.save_profile(user.as_actor(), name="@", locale="xx", region="KZ-99", settlement="moon")

    assert sorted(refused.value.fields) == ["locale", "name", "region", "settlement"]


def test_a_new_address_counts_once_its_link_was_followed(app, sign_in, user):
    browser, old = sign_in(user), user.email
    post(browser, "/account/email", {"email": "New@Example.test", "password": PASSWORD})
    assert queries.user_by_email(old) is not None

    assert browser.get(path_of(mails_to("new@example.test")[0])).location == "/account/email/confirm"
    assert "new@example.test" in browser.get("/account/email/confirm").text
    answer = post(browser, "/account/email/confirm", {})

    assert answer.status_code == 303
    assert (queries.user_by_email(old), queries.user_by_email("new@example.test").id) == (None, user.id)
    assert kinds_to(old) == ["accounts.email_changed"]
    assert "new@example.test" not in str([event.data for event in audit.events_about(audit.ACCOUNTS)])


def test_a_link_to_a_new_address_serves_its_owner_only(app, sign_in, user):
    service.request_email(user.as_actor(), "new@example.test", PASSWORD)
    other = sign_in(make_user())

    other.get(path_of(mails_to("new@example.test")[0]))

    assert other.get("/account/email/confirm").status_code == 410


def test_an_address_of_somebody_else_is_not_taken_and_not_told(app, sign_in, user):
    owner = make_user()

    answer = post(sign_in(user), "/account/email", {"email": owner.email, "password": PASSWORD})

    assert answer.status_code == 303
    assert kinds_to(owner.email) == ["accounts.already_registered"]


def test_an_address_that_was_never_confirmed_can_be_taken(app, user):
    squatter = make_user(email_verified_at=None)
    service.request_email(user.as_actor(), squatter.email, PASSWORD)
    secret = path_of(mails_to(squatter.email)[0]).rsplit("/", 1)[1]
    wanted = squatter.email

    service.confirm_email(user.as_actor(), secret)

    assert queries.user_by_email(wanted).id == user.id


def test_sign_ins_are_listed_and_ended(app, sign_in, user, count_queries):
    browser = sign_in(user)
    with count_queries() as for_one:
        assert browser.get("/account/sign-ins").text.count("/revoke") == 1
    elsewhere = [sign_in(user) for _ in range(2)]
    with count_queries() as for_three:
        page = browser.get("/account/sign-ins").text
    assert (page.count("/revoke"), len(for_three)) == (3, len(for_one))

    target = queries.sign_ins_of(user.as_actor())[0]
    browser.post(f"/account/sign-ins/{target.public_id}/revoke", data={"csrf_token": csrf_of(page)})

    assert [other.get("/account").status_code for other in (browser, *elsewhere)] == [200, 200, 303]


def test_a_sign_in_of_somebody_else_is_nobodys_business(app, sign_in, user):
    other = make_user()
    sign_in(other)
    [theirs] = queries.sign_ins_of(other.as_actor())

    with pytest.raises(NotFound):
        service.revoke_sign_in(user.as_actor(), theirs.public_id)
    assert len(queries.sign_ins_of(other.as_actor())) == 1


def test_a_token_is_shown_once(app, sign_in, user):
    browser = sign_in(user)

    answer = post(browser, "/account/tokens", {"name": "My script", "scopes": ["entries:read", "contests:read"]})

    assert answer.status_code == 303
    shown = browser.get("/account/tokens").text
    secret = shown.split('<span class="hash">')[1].split("<")[0]
    assert queries.live_token(secret).actor.scopes == frozenset({"entries:read", "contests:read"})
    assert secret not in browser.get("/account/tokens").text


def test_a_tokens_page_says_when_each_was_last_used(app, sign_in, user, program, hands):
    assert queries.api_tokens_of(user.as_actor()) == []
    service.create_api_token(user.as_actor(), "Never used", ["entries:read"])
    reader, browser = program(user), sign_in(user)
    first = hands.now
    assert browser.get("/account/tokens").text.count("not yet") == 2

    reader.get("/entries")
    hands.forward(minutes=9)
    reader.get("/entries")
    used, unused = queries.api_tokens_of(user.as_actor())
    assert (used.last_used_at, unused.last_used_at) == (first, None)

    hands.forward(minutes=2)
    reader.get("/entries")
    assert [row.last_used_at for row in queries.api_tokens_of(user.as_actor())] == [hands.now, None]
    shown = browser.get("/account/tokens").text
    assert shown.count("not yet") == 1
    assert shown.count(f'datetime="{hands.now.isoformat()}') >= 1


@pytest.mark.parametrize("asked", ["revoked", "page"])
def test_a_token_that_opens_nothing_was_not_used(app, user, asked):
    secret = service.create_api_token(user.as_actor(), "Mine", ["entries:read"])
    [token] = queries.api_tokens_of(user.as_actor())
    if asked == "revoked":
        service.revoke_api_token(user.as_actor(), token.public_id)

    address = "/account" if asked == "page" else "/api/v1/entries"
    app.test_client(use_cookies=False).get(address, headers={"Authorization": f"Bearer {secret}"})

    assert session().scalars(select(ApiToken.last_used_at)).all() == [None]


@pytest.mark.parametrize(
    ("name", "scopes"), [("", ["entries:read"]), ("x" * 81, ["entries:read"]), ("x", []), ("x", ["everything"])]
)
def test_a_token_without_name_or_known_scope_is_refused(app, user, name, scopes):
    with pytest.raises(Invalid):
        service.create_api_token(user.as_actor(), name, scopes)
    assert queries.api_tokens_of(user.as_actor()) == []


def test_there_are_at_most_twenty_tokens(app, user):
    for _ in range(20):
        service.create_api_token(user.as_actor(), "x", ["entries:read"])

    with pytest.raises(LimitReached):
        service.create_api_token(user.as_actor(), "x", ["entries:read"])


def test_all_regions_are_there_in_three_languages():
    assert len(REGIONS) == 20
    assert all(sorted(names) == ["en", "kk", "ru"] for names in REGIONS.values())


@pytest.mark.parametrize(
    ("user_agent", "name"),
    [
        ("Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/126.0 Mobile Safari/537.36", "Chrome, Android"),
        (
            "Mozilla/5.0 (Windows NT 10.0) Chrome/122.0 YaBrowser/24.4 Safari/537.36",
            "Yandex, Windows",
        ),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) Version/17.5 Mobile Safari/604.1", "Safari, iPhone"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0", "Firefox, Linux"),
        ("curl/8.5.0", "curl/8.5.0"),
        ("", ""),
    ],
)
def test_browsers_have_the_names_people_give_them(user_agent, name):
    assert browser_name(user_agent) == name


def test_a_birth_date_is_stored_apart_and_leads_back(app, sign_in, user, hands):
    browser = sign_in(user)

    answer = post(browser, "/account/birth-date?next=/contests/x/enter", {"value": "2009-11-21"})

    assert answer.location == "/contests/x/enter"
    assert queries.birth_date_of(user.as_actor()) == date(2009, 11, 21)
    assert queries.age_of(user.id, hands.now) == 16  # a day before the birthday
    assert "2009" not in str([event.data for event in audit.events_about(audit.ACCOUNTS)])
    post(browser, "/account/birth-date", {"value": "2008-02-29"})
    assert 'value="2008-02-29"' in browser.get("/account/birth-date").text


@pytest.mark.parametrize("value", ["", "tomorrow", "2026-11-21", "1800-01-01", "2009-02-30", "0001-01-01"])
def test_an_impossible_birth_date_is_refused(app, sign_in, user, hands, value):
    answer = post(sign_in(user), "/account/birth-date", {"value": value})

    assert answer.status_code == 422
    assert queries.birth_date_of(user.as_actor()) is None
