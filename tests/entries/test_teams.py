"""People join a team by link, and leave it."""

from __future__ import annotations

import threading
from datetime import date

import pytest
from sqlalchemy import func, select

from creative_platform.accounts import service as accounts
from creative_platform.core import clock, db
from creative_platform.core.errors import Conflict, DomainError, LimitReached, NotAllowed, NotFound
from creative_platform.entries import queries, service
from creative_platform.entries.models import TeamMember
from tests.factories.accounts import make_user
from tests.factories.contests import make_contest
from tests.factories.entries import make_entry, make_team
from tests.fixtures.people import post

pytestmark = pytest.mark.database


@pytest.fixture
def owner(app):
    return make_user()


def test_a_link_lets_one_person_in(owner):
    entry, friend, other = make_entry(owner=owner, submitted=False), make_user(), make_user()
    secret = service.invite_member(owner.as_actor(), entry.public_id)
    team = service.accept_invite(friend.as_actor(), secret, part="camera")

    assert [(m.user_id, m.part) for m in team.members] == [(owner.id, ""), (friend.id, "camera")]
    with pytest.raises(NotFound):
        service.accept_invite(other.as_actor(), secret)


def test_links_expire_and_can_be_taken_back(owner, hands):
    entry, friend = make_entry(make_contest(), owner=owner, submitted=False), make_user()
    old = service.invite_member(owner.as_actor(), entry.public_id)
    hands.forward(days=15)
    with pytest.raises(NotFound):
        service.accept_invite(friend.as_actor(), old)
    new = service.invite_member(owner.as_actor(), entry.public_id)
    service.revoke_invite(owner.as_actor(), entry.public_id, queries.open_invites(entry.team)[-1].public_id)
    with pytest.raises(NotFound):
        service.accept_invite(friend.as_actor(), new)


def test_parallel_joins_do_not_pass_the_team_size(migrated_app, owner):
    """AC42."""
    entry = make_entry(make_contest(max_team_size=3), owner=owner, submitted=False)
    secrets = [service.invite_member(owner.as_actor(), entry.public_id) for _ in range(8)]
    actors = [make_user().as_actor() for _ in secrets]
    db.session().rollback()
    outcomes = []

    def attempt(actor, secret) -> None:
        with migrated_app.app_context():
            try:
                service.accept_invite(actor, secret)
                outcomes.append("joined")
            except DomainError as error:
                outcomes.append(error.code)
            finally:
                db.session().close()

    threads = [threading.Thread(target=attempt, args=pair) for pair in zip(actors, secrets, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(outcomes) == ["joined"] * 2 + ["limit_reached"] * 6
    assert db.session().scalar(select(func.count(TeamMember.id))) == 3


def test_the_captain_stays_and_members_may_leave(owner):
    entry, friend = make_entry(owner=owner, submitted=False), make_user()
    service.accept_invite(friend.as_actor(), service.invite_member(owner.as_actor(), entry.public_id))
    with pytest.raises(Conflict):
        service.remove_member(friend.as_actor(), entry.public_id, owner.public_id)
    service.remove_member(friend.as_actor(), entry.public_id, friend.public_id)

    with pytest.raises(NotFound):
        queries.entry_for_member(friend.as_actor(), entry.public_id)


def test_a_full_team_invites_nobody(owner):
    entry = make_entry(make_contest(max_team_size=1), owner=owner, submitted=False)

    with pytest.raises((NotAllowed, LimitReached)):
        service.invite_member(owner.as_actor(), entry.public_id)


def test_who_joins_is_told_what_the_rules_ask(owner, sign_in):
    entry, friend = make_entry(make_contest(min_age=14), owner=owner, submitted=False), make_user()
    secret = service.invite_member(owner.as_actor(), entry.public_id)
    browser = sign_in(friend)

    page = browser.get(f"/join/{secret}").text
    assert f'href="/account/birth-date?next=/join/{secret}"' in page
    assert 'name="part"' not in page
    accounts.save_birth_date(friend.as_actor(), date(2008, 1, 2))
    assert post(browser, f"/join/{secret}", {"part": "camera"}).location == f"/my/entries/{entry.public_id}"


def test_no_way_round_the_most_entries_of_a_person_leads_through_teams(owner):
    contest, friend = make_contest(max_entries_person=2, max_entries_team=2), make_user()
    make_entry(contest, owner=friend)
    shared = make_team(contest, owner)
    first, second = (make_entry(contest, team=shared, submitted=False) for _ in range(2))
    secret = service.invite_member(owner.as_actor(), first.public_id)

    with pytest.raises(LimitReached):  # one entry and the team's two are three
        service.accept_invite(friend.as_actor(), secret)
    service.withdraw_entry(owner.as_actor(), second.public_id)
    service.accept_invite(friend.as_actor(), secret)

    with pytest.raises(LimitReached):  # the friend has two; a new one of the team would be a third
        service.create_draft(owner.as_actor(), contest.id, track="story", team=shared.public_id, arrived_at=clock.now())
    with pytest.raises(LimitReached):
        service.revive_entry(owner.as_actor(), second.public_id, arrived_at=clock.now())
