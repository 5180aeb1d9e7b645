"""Forgotten and changed passwords."""

import pytest
from sqlalchemy import func, select

from creative_platform.accounts import passwords, queries, service
from creative_platform.accounts.models import SignIn
from creative_platform.core.db import session
from creative_platform.core.errors import Invalid
from tests.factories.accounts import PASSWORD, make_user
from tests.fixtures.letters import kinds_to, mails_to, path_of
from tests.fixtures.people import post

pytestmark = pytest.mark.database
NEW = "four quiet rivers north"


def live_sign_ins():
    return session().scalar(select(func.count()).select_from(SignIn).where(SignIn.revoked_at.is_(None)))


def test_a_forgotten_password_is_set_anew(app, sign_in, user):
    elsewhere = sign_in(user)
    browser = app.test_client()
    assert post(browser, "/password/forgotten", {"email": user.email.upper()}).location == "/password/forgotten/sent"

    assert browser.get(path_of(mails_to(user.email)[0])).location == "/password/reset"
    answer = post(browser, "/password/reset", {"password": NEW})

    assert (answer.status_code, answer.location) == (303, "/my")
    assert browser.get("/account").status_code == 200
    assert elsewhere.get("/account").status_code == 303
    assert kinds_to(user.email) == ["accounts.reset_password", "accounts.password_changed"]
    assert passwords.matches(queries.user_by_email(user.email).password_hash, NEW)


def test_a_reset_confirms_the_address(app):
    person = make_user(email_verified_at=None)
    service.request_reset(person.email, source="test")

    service.reset_password(path_of(mails_to(person.email)[0]).rsplit("/", 1)[1], NEW)

    assert queries.user_by_email(person.email).email_verified_at is not None


def test_a_weak_new_password_leaves_the_link_alive(app, user):
    service.request_reset(user.email, source="test")
    secret = path_of(mails_to(user.email)[0]).rsplit("/", 1)[1]

    with pytest.raises(Invalid):
        service.reset_password(secret, "short")
    service.reset_password(secret, NEW)


def test_changing_the_password_renews_this_sign_in_and_ends_the_others(app, sign_in, user):
    here, elsewhere = sign_in(user), sign_in(user)

    answer = post(here, "/account/password", {"current_password": PASSWORD, "password": NEW})

    assert answer.status_code == 303
    assert (here.get("/account").status_code, elsewhere.get("/account").status_code) == (200, 303)
    assert live_sign_ins() == 1


@pytest.mark.parametrize(("current", "new"), [("wrong words here", NEW), (PASSWORD, "short"), ("", "")])
def test_a_refused_change_changes_nothing(app, sign_in, user, current, new):
    browser = sign_in(user)

    answer = post(browser, "/account/password", {"current_password": current, "password": new})

    assert answer.status_code == 422
    assert passwords.matches(queries.user_by_email(user.email).password_hash, PASSWORD)
    assert live_sign_ins() == 1


def test_the_hash_of_nobody_costs_as_much_as_a_real_one():
    assert passwords.hash_password("x").split("$")[:4] == passwords._NOBODYS.split("$")[:4]
    assert passwords.matches("", "anything") is False


def test_letters_composed_differently_are_one_password():
    stored = passwords.hash_password("й" * 10)

    assert passwords.matches(stored, "и\u0306" * 10) is True
