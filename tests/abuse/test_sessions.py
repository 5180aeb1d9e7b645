"""AC52 fixation and rotation, AC53 stolen cookies, AC13 power that outlives a role."""

import pytest

from creative_platform.accounts import queries, service
from creative_platform.communities import service as communities
from creative_platform.communities.models import MemberRole
from creative_platform.core.errors import NotAllowed
from tests.factories.accounts import PASSWORD, make_user
from tests.factories.communities import make_community
from tests.fixtures.people import csrf_of, post

pytestmark = pytest.mark.database


def copy_of(app, browser):
    """Return another browser that holds the same cookies, as a thief's would."""
    thief = app.test_client()
    thief.set_cookie("session", browser.get_cookie("session").value, domain="localhost")
    return thief


def is_in(browser):
    return browser.get("/account").status_code == 200


def test_ac52_a_session_planted_before_signing_in_gets_nobody_in(app, user):
    victim = app.test_client()
    victim.get("/login")
    attacker = copy_of(app, victim)

    post(victim, "/login", {"email": user.email, "password": PASSWORD})

    assert (is_in(victim), is_in(attacker)) == (True, False)


def test_ac52_signing_in_makes_a_new_form_secret(app, user):
    browser = app.test_client()
    before = csrf_of(browser.get("/login").text)
    post(browser, "/login", {"email": user.email, "password": PASSWORD})

    assert browser.post("/account", data={"csrf_token": before}).status_code == 400


def test_ac52_signing_in_again_ends_the_former_sign_in(app, sign_in, user):
    browser, other = sign_in(user), make_user()
    former = copy_of(app, browser)
    token = csrf_of(browser.get("/account").text)

    browser.post("/login", data={"email": other.email, "password": PASSWORD, "csrf_token": token})

    assert other.email in browser.get("/account").text
    assert is_in(former) is False


def test_ac52_changing_the_password_ends_every_sign_in_but_this_one(app, sign_in, user):
    here, elsewhere = sign_in(user), sign_in(user)
    stolen = copy_of(app, here)

    post(here, "/account/password", {"current_password": PASSWORD, "password": "four quiet rivers north"})

    assert [is_in(browser) for browser in (here, elsewhere, stolen)] == [True, False, False]


@pytest.mark.parametrize(("verb", "before"), [(service.grant_admin, False), (service.withdraw_admin, True)])
def test_ac52_a_new_role_needs_a_new_sign_in(app, sign_in, verb, before):
    person, admin = make_user(is_admin=before), make_user(is_admin=True)
    browser = sign_in(person)

    verb(admin.as_actor(), person.public_id)

    assert is_in(browser) is False


def test_ac53_a_copied_cookie_is_dead_after_signing_out(app, sign_in, user):
    browser = sign_in(user)
    thief = copy_of(app, browser)
    assert is_in(thief) is True

    browser.post("/logout", data={"csrf_token": csrf_of(browser.get("/account").text)})

    assert is_in(thief) is False


def test_ac53_a_cookie_that_was_altered_or_made_up_is_nobodys(app, sign_in, user):
    sealed = sign_in(user).get_cookie("session").value
    for forged in (sealed[:-2] + "AA", sealed[1:], "", "eyJzaWduX2luIjoieCJ9", "é" * 40):
        browser = app.test_client()
        browser.set_cookie("session", forged, domain="localhost")
        assert is_in(browser) is False


def test_a_page_from_before_signing_in_is_told_apart_from_nonsense(app, sign_in, user):
    browser = sign_in(user)
    stale = csrf_of(app.test_client().get("/login").text)

    answer = browser.post("/account", data={"csrf_token": stale})
    assert (answer.status_code, "opened before you signed in or out" in answer.text) == (400, True)
    told = browser.post("/account", data={"csrf_token": stale}, headers={"Accept": "application/json"})
    assert (told.status_code, told.json["code"]) == (400, "csrf")


def test_ac13_a_deactivated_person_can_do_nothing_with_what_is_still_open(app, sign_in, user):
    browser = sign_in(user)
    open_form = csrf_of(browser.get("/account").text)
    api_token = service.create_api_token(user.as_actor(), "x", ["entries:write"])

    admin = make_user(is_admin=True).as_actor()
    service.deactivate(admin, user.public_id)

    given = {"name": "Still here", "locale": "en", "region": "", "settlement": "", "csrf_token": open_form}
    assert browser.post("/account", data=given).status_code == 401
    assert queries.user_by_public_id(user.public_id).name != "Still here"
    assert queries.live_token(api_token) is None
    assert is_in(browser) is False

    service.reactivate(admin, user.public_id)
    assert (is_in(browser), queries.live_token(api_token)) == (False, None)


def test_ac13_a_former_admin_is_none_with_the_next_request(app, sign_in):
    former, admin = make_user(is_admin=True), make_user(is_admin=True)
    browser = sign_in(former)
    former_row = queries.user_by_public_id(former.public_id)
    service.withdraw_admin(admin.as_actor(), former_row.public_id)

    assert browser.get("/admin/people").status_code == 404


def test_ac13_a_former_coordinator_holds_an_open_page_in_vain(app, sign_in, user):
    member = make_user()
    community = make_community(user, member)
    path = f"/communities/{community.public_id}"
    browser = sign_in(user)
    open_form = csrf_of(browser.get(f"{path}/members").text)
    communities.set_role(user.as_actor(), community.public_id, member.public_id, MemberRole.COORDINATOR)
    communities.set_role(member.as_actor(), community.public_id, user.public_id, MemberRole.MEMBER)

    answer = browser.post(f"{path}/members/{member.public_id}/remove", data={"csrf_token": open_form})

    assert answer.status_code == 403
    with pytest.raises(NotAllowed):
        communities.create_invite(user.as_actor(), community.public_id)
