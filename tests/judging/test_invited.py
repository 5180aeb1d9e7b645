"""What the doors say to somebody who comes with an invitation to a jury, and to somebody with a dead one."""

from __future__ import annotations

import html
import re
from urllib.parse import unquote

import pytest

from creative_platform.judging import queries, service
from tests.factories.accounts import PASSWORD, make_user
from tests.fixtures.letters import mails_to, path_of
from tests.fixtures.people import post

pytestmark = pytest.mark.database

ADDRESS = "judge@example.test"


def doors(browser, secret: str) -> dict[str, str]:
    """Return the pages that ask who it is, as somebody meets them who follows the link of an invitation."""
    asked = browser.get(f"/jury/invites/{secret}?lang=en")
    assert (asked.status_code, asked.location.split("?")[0]) == (303, "/login")
    sign_in = browser.get(asked.location).text
    ways = [html.unescape(way) for way in re.findall(r'href="(/register[^"]*)"', sign_in)]
    assert {unquote(way) for way in ways} == {f"/register?next=/jury/invites/{secret}?lang=en"}, "the head's links too"
    register = ways[-1]
    return {asked.location: sign_in, register: browser.get(register).text}


def test_the_doors_say_which_jury_it_is_and_fill_in_the_address(app, contest, organizer):
    secret = service.invite_juror(organizer.as_actor(), contest, ADDRESS)
    browser = app.test_client()
    for page in (*doors(browser, secret).values(), *doors(browser, secret).values()):  # looking uses nothing up
        assert f"You are invited to the jury of “{contest.title['en']}”." in page
        assert re.findall(r'name="email"[^>]* value="([^"]*)"', page) == [ADDRESS]
    [usual] = [app.test_client().get("/login?next=/my").text]
    assert ("invited" in usual, ADDRESS in usual) == (False, False)

    make_user(email=ADDRESS)
    address, page = next(iter(doors(browser, secret).items()))
    assert page.count(ADDRESS) == 1, "no word of whether the address has an account"
    wrong = post(browser, address, {"email": ADDRESS, "password": "not this one"})
    assert (wrong.status_code, "You are invited to the jury of" in wrong.text) == (422, True)
    entered = post(browser, address, {"email": ADDRESS, "password": PASSWORD})
    assert (entered.status_code, entered.location) == (303, f"/jury/invites/{secret}?lang=en")
    post(browser, entered.location, {"language": "en"})
    assert [seat.user.email for seat in queries.jurors_of(contest)] == [ADDRESS]


def test_who_registers_first_comes_back_to_the_invitation(app, contest, organizer):
    secret = service.invite_juror(organizer.as_actor(), contest, ADDRESS)
    browser = app.test_client()
    _, register = doors(browser, secret)
    given = {"name": "Judge", "email": ADDRESS, "password": PASSWORD, "locale": "en", "region": "", "settlement": ""}
    assert post(browser, register, given).location == "/register/sent"
    browser.get(path_of(mails_to(ADDRESS)[-1]))

    assert post(browser, "/register/confirm", {"password": PASSWORD}).location == f"/jury/invites/{secret}?lang=en"


def test_a_dead_link_says_nothing(app, hands, organizer, contest):
    """Whoever finds a link later learns neither who judged nor where."""
    actor, dead = organizer.as_actor(), ["no-such-secret"]
    dead.append(service.invite_juror(actor, contest, ADDRESS))
    service.revoke_invite(actor, contest, queries.open_invites(contest)[-1].public_id)
    dead.append(service.invite_juror(actor, contest, ADDRESS))
    service.accept_invite(make_user(email=ADDRESS).as_actor(), dead[-1])
    dead.append(service.invite_juror(actor, contest, "another@example.test"))
    hands.forward(days=22)

    for secret in dead:
        for page in doors(app.test_client(), secret).values():
            assert ("You are invited" in page, ADDRESS in page, "another@" in page) == (False, False, False)
            assert contest.title["en"] not in page
