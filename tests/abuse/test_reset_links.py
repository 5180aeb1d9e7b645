"""AC49: a link to set a password works once, soon, for its owner, and leaves no trace. AC59: invitations."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from creative_platform.accounts import passwords, queries, service
from creative_platform.accounts.models import OneTimeToken
from creative_platform.accounts.service.one_time import DeadLink
from creative_platform.communities import queries as communities
from creative_platform.communities import service as community_service
from creative_platform.communities.service import DeadInvite
from creative_platform.core import ids
from creative_platform.core.db import session
from creative_platform.core.errors import Throttled
from tests.factories.accounts import PASSWORD, make_user
from tests.factories.communities import make_community
from tests.fixtures.letters import mails_to, path_of
from tests.fixtures.people import post

pytestmark = pytest.mark.database
NEW = "four quiet rivers north"


def ask(user):
    service.request_reset(user.email, source="test")
    return path_of(mails_to(user.email)[-1]).rsplit("/", 1)[1]


def is_dead(secret):
    with pytest.raises(DeadLink):
        service.reset_password(secret, NEW)
    return True


def test_ac49_it_works_once(app, user):
    secret = ask(user)
    service.reset_password(secret, NEW)

    assert is_dead(secret)


def test_who_stayed_with_a_token_is_out_after_a_reset(app, user):
    token = service.create_api_token(user.as_actor(), "a foot in the door", ["entries:write"])
    others = service.create_api_token(make_user().as_actor(), "somebody else's", ["entries:read"])
    service.reset_password(ask(user), NEW)

    assert queries.live_token(token) is None
    assert queries.live_token(others) is not None


def test_ac49_a_newer_one_kills_the_older(app, user):
    older, newer = ask(user), ask(user)

    assert is_dead(older)
    service.reset_password(newer, NEW)


@pytest.mark.parametrize(("minutes", "lives"), [(29, True), (30, False), (31, False)])
def test_ac49_it_lives_for_thirty_minutes(app, user, hands, minutes, lives):
    secret = ask(user)
    hands.forward(minutes=minutes)

    assert service.reset_password(secret, NEW) if lives else is_dead(secret)


def test_ac49_changing_the_password_kills_it(app, user):
    secret = ask(user)
    service.change_password(user.as_actor(), PASSWORD, "five loud trains south")

    assert is_dead(secret)


def test_ac49_changing_the_address_kills_it(app, user):
    secret = ask(user)
    service.request_email(user.as_actor(), "new@example.test", PASSWORD)
    service.confirm_email(user.as_actor(), path_of(mails_to("new@example.test")[0]).rsplit("/", 1)[1])

    assert is_dead(secret)


def test_ac49_deactivating_the_person_kills_it(app, user):
    secret = ask(user)
    service.deactivate(make_user(is_admin=True).as_actor(), user.public_id)

    assert is_dead(secret)


def test_ac49_it_serves_its_owner_and_nothing_else(app, user):
    other, secret = make_user(), ask(user)

    with pytest.raises(DeadLink):
        service.confirm_email(other.as_actor(), secret)
    with pytest.raises(DeadLink):
        service.confirm_registration(secret, PASSWORD, source="test")
    service.reset_password(secret, NEW)
    assert passwords.matches(queries.user_by_email(other.email).password_hash, PASSWORD)


def test_ac49_the_secret_leaves_the_address_at_once_and_is_stored_hashed(app, user):
    secret, browser = ask(user), app.test_client()

    answer = browser.get(f"/password/reset/{secret}")

    assert (answer.status_code, answer.location) == (303, "/password/reset")
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert secret not in browser.get("/password/reset").text
    assert secret not in str(browser.get_cookie("session"))
    token = session().scalars(select(OneTimeToken)).one()
    assert (token.digest, token.expires_at - token.created_at) == (ids.digest(secret), timedelta(minutes=30))


@pytest.mark.parametrize("secret", ["", "x", "../../account", "%00", "a" * 3000])
def test_ac49_made_up_links_say_that_they_are_dead(app, secret):
    browser = app.test_client()
    browser.get(f"/password/reset/{secret}")

    assert browser.get("/password/reset").status_code == 410


def test_ac59_guessing_invitations_is_stopped_after_twenty(app, user):
    community = make_community()
    for _ in range(20):
        with pytest.raises(DeadInvite):
            community_service.join(user.as_actor(), ids.token())

    with pytest.raises(Throttled):
        community_service.join(user.as_actor(), ids.token())
    assert communities.membership(user.as_actor(), community) is None


def test_ac59_an_invitation_is_long_and_gives_the_role_it_was_made_for(app, sign_in, user):
    coordinator = make_user()
    community = make_community(coordinator)
    link = community_service.create_invite(coordinator.as_actor(), community.public_id)
    browser = sign_in(user)

    browser.get(link.removeprefix("http://localhost"))
    post(browser, "/communities/join", {"role": "coordinator", "user_id": coordinator.id})

    assert len(link.rsplit("/", 1)[1]) == 43  # 256 random bits
    assert {row.user_id: row.role.value for row in communities.members_of(community)} == {
        coordinator.id: "coordinator",
        user.id: "member",
    }
