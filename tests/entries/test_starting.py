"""A draft begins while entries are open, for whom the rules admit, within their limits."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from creative_platform.accounts import service as accounts
from creative_platform.communities import service as communities
from creative_platform.contests.models import StageKind
from creative_platform.contests.queries import stage
from creative_platform.core import clock, db
from creative_platform.core.errors import (
    DomainError,
    LimitReached,
    NotAllowed,
    NotFound,
    TooEarly,
    TooLate,
)
from creative_platform.core.text import LocalizedText
from creative_platform.entries import service
from creative_platform.entries.models import Entry, EntryState
from tests.entries.starting import start
from tests.factories.accounts import make_user
from tests.factories.communities import make_community
from tests.factories.contests import make_contest
from tests.factories.entries import make_entry, make_team
from tests.fixtures.people import post

pytestmark = pytest.mark.database


def test_a_draft_begins_with_a_team_of_one(app):
    user, contest = make_user(), make_contest()
    entry = start(user, contest)

    assert (entry.title, entry.state, entry.version) == ("Дала үні", "draft", 1)
    assert [(m.user_id, m.role) for m in entry.team.members] == [(user.id, "captain")]


def test_drafts_begin_only_while_entries_are_open(app, hands):
    user, contest = make_user(), make_contest(phase="before")
    with pytest.raises(TooEarly):
        start(user, contest)
    hands.forward(days=40)
    with pytest.raises(TooLate):
        start(user, contest)


def test_a_draft_begins_before_the_close_and_not_at_it(app):
    contest = make_contest()
    end = contest.stages[0].ends_at
    given = {"track": "story", "title": "Дала үні"}

    service.create_draft(make_user().as_actor(), contest.id, arrived_at=end - timedelta(milliseconds=1), **given)

    with pytest.raises(TooLate):
        service.create_draft(make_user().as_actor(), contest.id, arrived_at=end, **given)


def test_an_unconfirmed_address_cannot_enter(app):
    with pytest.raises(NotAllowed):
        start(make_user(email_verified_at=None), make_contest())


@pytest.mark.parametrize(
    ("rule", "user"),
    [({"allowed_regions": ["KZ-71"]}, {"region": "KZ-75"}), ({"members_only": True}, {}), ({"min_age": 14}, {})],
)
def test_eligibility_is_the_published_rule(app, rule, user):
    person, contest = make_user(**user), make_contest(**rule)

    with pytest.raises(NotAllowed):
        start(person, contest)


def test_members_only_wants_a_community_that_an_admin_confirmed(app):
    contest, person, admin = make_contest(members_only=True), make_user(), make_user(is_admin=True)
    community = make_community(person)
    with pytest.raises(NotAllowed) as refused:
        start(person, contest)
    assert refused.value.code == "no_community"

    communities.confirm_community(admin.as_actor(), community.public_id, confirmed=True)
    assert start(person, contest).state is EntryState.DRAFT

    given = communities.CommunityText("youth_organisation", LocalizedText(en="Another name"), LocalizedText())
    communities.edit_community(person.as_actor(), community.public_id, given)
    with pytest.raises(NotAllowed):
        start(person, contest)


def test_the_age_that_counts_is_that_of_the_day_entries_close(app, hands):
    contest = make_contest(min_age=14, max_age=18)
    close = stage(contest, StageKind.ENTRIES).ends_at.astimezone(clock.zone(contest.timezone)).date()
    ages = {}
    for name, born in {
        "13 until the day after": close.replace(year=close.year - 14) + timedelta(days=1),
        "14 on the day": close.replace(year=close.year - 14),
        "18 to the last day": close.replace(year=close.year - 19) + timedelta(days=1),
        "19 on the day": close.replace(year=close.year - 19),
    }.items():
        user = make_user()
        accounts.save_birth_date(user.as_actor(), born)
        try:
            ages[name] = start(user, contest).state.value
        except NotAllowed as refused:
            ages[name] = refused.code

    assert ages == {
        "13 until the day after": "other_age",
        "14 on the day": "draft",
        "18 to the last day": "draft",
        "19 on the day": "other_age",
    }


@pytest.mark.parametrize(
    ("rule", "said", "leads_to"),
    [
        ({"min_age": 14}, "Give your birth date first", "/account/birth-date?next=/contests/{}/enter"),
        ({"allowed_regions": ["KZ-71"]}, "for other regions", "/account"),
        ({"members_only": True}, "for members of communities", "/communities"),
    ],
)
def test_who_may_not_enter_is_told_why_and_what_mends_it(app, sign_in, rule, said, leads_to):
    contest, browser = make_contest(**rule), sign_in(make_user(region="KZ-75"))

    page = browser.get(f"/contests/{contest.slug}/enter").text

    assert said in page
    assert f'<a class="button" href="{leads_to.format(contest.slug)}">' in page
    assert 'name="track"' not in page


def test_a_birth_date_is_asked_for_by_a_contest_with_an_age_limit_alone(app, sign_in):
    user = make_user()
    browser = sign_in(user)
    limited, free = make_contest(min_age=14), make_contest()
    assert "birth-date" not in browser.get("/account").text + browser.get(f"/contests/{free.slug}/enter").text

    asked = f"/account/birth-date?next=/contests/{limited.slug}/enter"
    assert asked in browser.get(f"/contests/{limited.slug}/enter").text
    assert post(browser, asked, {"value": "2000-02-29"}).location == f"/contests/{limited.slug}/enter"
    assert 'name="track"' in browser.get(f"/contests/{limited.slug}/enter").text
    assert "/account/birth-date" in browser.get("/account").text


def test_a_start_that_is_refused_keeps_what_was_typed(app, sign_in, hands):
    user, contest = make_user(), make_contest(max_entries_team=1)
    team = make_team(contest, user)
    make_entry(contest, team=team, submitted=False)
    typed = {"track": "story", "title": "Дала үні", "team": team.public_id}

    answer = post(sign_in(user), f"/contests/{contest.slug}/enter", typed)

    assert answer.status_code == 409
    assert "This team has 1 entries" in answer.text
    assert 'value="Дала үні"' in answer.text


def test_a_person_has_as_many_entries_as_the_rules_say(app):
    user, contest = make_user(), make_contest(max_entries_person=2)
    start(user, contest)
    second = start(user, contest)
    with pytest.raises(LimitReached):
        start(user, contest)
    service.withdraw_entry(user.as_actor(), second.public_id)

    assert start(user, contest).state == "draft"


def test_nobody_starts_anew_for_ever(app):
    """AC81: every entry keeps files, and a withdrawn one can come back."""
    user, contest, other = make_user(), make_contest(max_entries_person=1), make_contest(max_entries_person=1)
    for _ in range(5):
        service.withdraw_entry(user.as_actor(), start(user, contest).public_id)
    with pytest.raises(LimitReached) as refused:
        start(user, contest)
    assert refused.value.data == {"limit": 5}
    assert (start(make_user(), contest).state, start(user, other).state) == ("draft", "draft")


def test_a_team_has_as_many_entries_as_the_rules_say(app):
    user, contest = make_user(), make_contest(max_entries_team=1, max_entries_person=5)
    first = start(user, contest)

    with pytest.raises(LimitReached):
        start(user, contest, team=first.team.public_id)


def test_parallel_starts_do_not_pass_the_limit(beside):
    """AC42: twelve at once, three allowed."""
    user, contest = make_user(), make_contest(max_entries_person=3, max_entries_team=99)
    actor, contest_id = user.as_actor(), contest.id
    db.session().rollback()
    outcomes = []

    def attempt() -> None:
        try:
            service.create_draft(actor, contest_id, track="story", arrived_at=clock.now())
            outcomes.append("begun")
        except DomainError as error:
            outcomes.append(error.code)

    for another in [beside(attempt) for _ in range(12)]:
        another.join()

    assert sorted(outcomes) == ["begun"] * 3 + ["limit_reached"] * 9
    assert db.session().scalar(select(func.count(Entry.id))) == 3


def test_another_team_cannot_be_entered_for(app):
    """AC10."""
    contest = make_contest()
    theirs = make_team(contest)

    with pytest.raises(NotFound):
        start(make_user(), contest, team=theirs.public_id)
