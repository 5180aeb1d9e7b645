"""Registering, confirming, signing in and out, through the real pages."""

import re

import pytest
from sqlalchemy import func, select

from creative_platform.accounts import queries
from creative_platform.accounts.models import SignIn, User
from creative_platform.core import audit
from creative_platform.core.db import session
from tests.factories.accounts import PASSWORD, make_user
from tests.fixtures.letters import kinds_to, mails_to, path_of
from tests.fixtures.people import csrf_of, post

pytestmark = pytest.mark.database

AIGERIM = {
    "name": "Әйгерім Қуанышқызы",
    "email": "Aigerim@Example.test",
    "password": "жеті өзен бір көпір",
    "locale": "kk",
    "region": "KZ-62",
    "settlement": "village",
}


def register(app, **given):
    browser = app.test_client()
    answer = post(browser, "/register", {**AIGERIM, **given})
    return browser, answer


def confirm(browser, email, password):
    assert browser.get(path_of(mails_to(email)[-1])).location == "/register/confirm"
    return post(browser, "/register/confirm", {"password": password})


def test_a_person_registers_confirms_and_is_signed_in(app):
    browser, answer = register(app)
    assert (answer.status_code, answer.location) == (303, "/register/sent")
    assert "aigerim@example.test" in browser.get("/register/sent").text.casefold()

    answer = confirm(browser, "aigerim@example.test", AIGERIM["password"])

    assert (answer.status_code, answer.location) == (303, "/my")
    person = queries.user_by_email("AIGERIM@example.test")
    assert (person.name, person.locale, person.region, person.settlement) == (
        "Әйгерім Қуанышқызы",
        "kk",
        "KZ-62",
        "village",
    )
    assert browser.get("/account").status_code == 200
    assert browser.get_cookie("lang").value == "kk"
    assert [event.verb for event in audit.events_about(audit.ACCOUNTS)] == [
        "sign_in.opened",
        "user.email_verified",
        "user.registered",
    ]


@pytest.mark.parametrize(
    ("wanted", "arrives"), [("/contests/dala/enter", "/contests/dala/enter"), ("//evil.test/", "/my"), ("/my", "/my")]
)
def test_who_had_to_register_first_arrives_where_they_were_going(app, wanted, arrives):
    browser = app.test_client()
    link = re.search(
        r'href="(/register[^"]*)"', browser.get("/login", query_string={"next": wanted}).text.split("<main")[1]
    )
    page = browser.get(link[1]).text
    action = re.search(r'action="(/register[^"]*)"', page)[1]
    browser.post(action, data={**AIGERIM, "name": "", "csrf_token": csrf_of(page)})
    answer = browser.post(action, data={**AIGERIM, "csrf_token": csrf_of(page)})
    assert (answer.status_code, answer.location) == (303, "/register/sent")

    assert confirm(browser, "aigerim@example.test", AIGERIM["password"]).location == arrives


@pytest.mark.parametrize(
    ("locale", "welcome"), [("kk", "Мекенжайыңыз расталды."), ("en", "Your address is confirmed.")]
)
def test_the_welcome_is_in_the_language_of_the_page_that_follows(app, locale, welcome):
    browser, _ = register(app, locale=locale)
    browser.get("/register?lang=ru")
    answer = confirm(browser, "aigerim@example.test", AIGERIM["password"])
    page = browser.get(answer.location).text

    assert (f'<html lang="{locale}"' in page, welcome in page) == (True, True)


def test_an_unconfirmed_account_lets_nobody_in_and_gets_its_letter_again(app):
    register(app)
    browser = app.test_client()

    answer = post(browser, "/login", {"email": AIGERIM["email"], "password": AIGERIM["password"]})

    assert answer.status_code == 422
    assert kinds_to("aigerim@example.test") == ["accounts.verify_email"] * 2


def test_the_confirming_link_works_once_and_for_two_days(app, hands):
    register(app)
    link = path_of(mails_to("aigerim@example.test")[0])
    late = app.test_client()
    late.get(link)
    hands.forward(days=2)
    assert late.get("/register/confirm").status_code == 410

    hands.forward(days=-1)
    assert confirm(app.test_client(), "aigerim@example.test", AIGERIM["password"]).status_code == 303
    again = app.test_client()
    again.get(link)
    assert again.get("/register/confirm").status_code == 410


def test_the_confirming_link_wants_the_password_that_was_chosen(app):
    """Whoever registers somebody else's address does not get an account there when the owner follows the link."""
    register(app, password="the attacker's words")

    answer = confirm(app.test_client(), "aigerim@example.test", AIGERIM["password"])

    assert answer.status_code == 422
    assert queries.user_by_email("aigerim@example.test").email_verified_at is None


def test_a_second_registration_replaces_an_unconfirmed_one(app):
    register(app, name="Somebody else", password="the attacker's words")
    old_link = path_of(mails_to("aigerim@example.test")[0])
    register(app)
    browser = app.test_client()

    browser.get(old_link)
    assert browser.get("/register/confirm").status_code == 410
    assert confirm(browser, "aigerim@example.test", AIGERIM["password"]).status_code == 303
    assert [user.name for user in session().scalars(select(User))] == ["Әйгерім Қуанышқызы"]


def test_wrong_values_are_named_and_what_was_typed_is_kept(app):
    browser = app.test_client()

    answer = post(
        browser,
        "/register",
        {**AIGERIM, "name": "Ә" * 121, "email": "nobody", "password": "short", "region": "KZ-00"},
    )

    assert answer.status_code == 422
    assert 'value="nobody"' in answer.text
    assert "Ә" * 121 in answer.text
    assert "short" not in answer.text
    assert session().scalar(select(func.count()).select_from(User)) == 0


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("email", "nobody", "Write an e-mail address like"),
        ("email", "әйгерім@example.test", "Write an e-mail address like"),
        ("password", "short", "at least 10 characters"),
        ("password", "aigerim1234", None),
        ("password", "password123", "easily guessed"),
        ("password", "aigerimaigerim", "easily guessed"),
        ("name", "Win at www.example.test", "no address or link"),
        ("locale", "de", None),
    ],
)
def test_each_refusal_has_its_sentence(app, field, value, said):
    _, answer = register(app, **{field: value})

    if said is None and answer.status_code == 303:
        return
    assert answer.status_code == 422
    assert said is None or said in answer.text


def test_signing_in_and_out(app, sign_in, user):
    browser = sign_in(user)
    page = browser.get("/account")
    assert user.email in page.text

    answer = browser.post("/logout", data={"csrf_token": csrf_of(page.text)})

    assert (answer.status_code, answer.location) == (303, "/")
    assert browser.get("/account").location == "/login?next=/account"


def test_a_page_that_needs_somebody_comes_back_after_signing_in(app, user):
    browser = app.test_client()
    where = browser.get("/account/tokens").location

    page = browser.get(where)
    action = page.text.split('<form class="form" method="post" action="')[1].split('"')[0].replace("&amp;", "&")
    answer = browser.post(action, data={"email": user.email, "password": PASSWORD, "csrf_token": csrf_of(page.text)})

    assert answer.location == "/account/tokens"


@pytest.mark.parametrize("password", ["wrong", "", PASSWORD.upper()])
def test_a_wrong_password_keeps_the_address(app, user, password):
    answer = post(app.test_client(), "/login", {"email": user.email, "password": password})

    assert answer.status_code == 422
    assert f'value="{user.email}"' in answer.text


def test_a_deactivated_person_cannot_sign_in(app):
    person = make_user(is_active=False)

    assert post(app.test_client(), "/login", {"email": person.email, "password": PASSWORD}).status_code == 422


def test_a_weak_hash_is_renewed_when_its_owner_signs_in(app, user):
    weak = user.password_hash

    assert post(app.test_client(), "/login", {"email": user.email, "password": PASSWORD}).status_code == 303

    session().refresh(user)
    assert weak.startswith("$argon2id$v=19$m=8,")
    assert user.password_hash.startswith("$argon2id$v=19$m=19456,t=2,p=1$")


def test_a_sign_in_ends_after_thirty_days(app, sign_in, user, hands):
    browser = sign_in(user)
    hands.forward(days=29, hours=23)
    assert browser.get("/account").status_code == 200

    hands.forward(hours=2)
    assert browser.get("/account").status_code == 303


def test_presence_is_kept_by_posts_every_ten_minutes_and_never_by_gets(app, sign_in, user, hands):
    browser = sign_in(user)
    seen = select(SignIn.seen_at)
    first = session().scalar(seen)

    hands.forward(minutes=9)
    token = csrf_of(browser.get("/account").text)
    browser.post("/account", data={"csrf_token": token})
    assert session().scalar(seen) == first

    hands.forward(minutes=2)
    browser.get("/account")
    assert session().scalar(seen) == first
    browser.post("/account", data={"csrf_token": token})
    assert session().scalar(seen) == hands.now


def test_knowing_who_is_signed_in_takes_one_statement(app, sign_in, user, count_queries):
    browser = sign_in(user)

    with count_queries() as statements:
        assert browser.get("/login").status_code == 303
    assert len(statements) == 1

    with count_queries() as statements:
        app.test_client().get("/login")
    assert statements == []
