"""Drafts: begun within limits, saved without overwriting each other, nobody else's business."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from creative_platform.contests.models import StageKind
from creative_platform.core import clock, db
from creative_platform.core.errors import (
    DomainError,
    Invalid,
    LimitReached,
    NotAllowed,
    NotFound,
    StaleVersion,
    TooEarly,
    TooLate,
)
from creative_platform.entries import service
from creative_platform.entries.models import Entry, Team
from tests.factories.accounts import make_user
from tests.factories.contests import make_contest
from tests.factories.entries import make_entry, make_team

pytestmark = pytest.mark.database


def start(user, contest, **more) -> Entry:
    given = {"track": "story", "arrived_at": clock.now(), "title": "Дала үні"}
    return service.create_draft(user.as_actor(), contest.id, **{**given, **more})


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
        start(person, contest, region=person.region)


def test_age_counts_when_it_is_known(app):
    user, contest = make_user(), make_contest(min_age=14, max_age=18)
    with pytest.raises(NotAllowed):
        start(user, contest, age=19)
    assert start(user, contest, age=18).state == "draft"


def test_a_person_has_as_many_entries_as_the_rules_say(app):
    user, contest = make_user(), make_contest(max_entries_person=2)
    start(user, contest)
    second = start(user, contest)
    with pytest.raises(LimitReached):
        start(user, contest)
    service.withdraw_entry(user.as_actor(), second.public_id)

    assert start(user, contest).state == "draft"


def test_a_team_has_as_many_entries_as_the_rules_say(app):
    user, contest = make_user(), make_contest(max_entries_team=1, max_entries_person=5)
    first = start(user, contest)

    with pytest.raises(LimitReached):
        start(user, contest, team=first.team.public_id)


def test_parallel_starts_do_not_pass_the_limit(migrated_app, app):
    """AC42: twelve at once, three allowed."""
    user, contest = make_user(), make_contest(max_entries_person=3, max_entries_team=99)
    actor, contest_id = user.as_actor(), contest.id
    db.session().rollback()
    outcomes = []

    def attempt() -> None:
        with migrated_app.app_context():
            try:
                service.create_draft(actor, contest_id, track="story", arrived_at=clock.now())
                outcomes.append("begun")
            except DomainError as error:
                outcomes.append(error.code)
            finally:
                db.session().close()

    threads = [threading.Thread(target=attempt) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(outcomes) == ["begun"] * 3 + ["limit_reached"] * 9
    assert db.session().scalar(select(func.count(Entry.id))) == 3


def test_another_team_cannot_be_entered_for(app):
    """AC10."""
    contest = make_contest()
    theirs = make_team(contest)

    with pytest.raises(NotFound):
        start(make_user(), contest, team=theirs.public_id)


def test_saving_merges_answers_and_counts_versions(app):
    user = make_user()
    entry = start(user, make_contest())
    actor = user.as_actor()
    service.save_draft(actor, entry.public_id, 1, {"answers": {"idea": "One"}}, arrived_at=clock.now())
    saved = service.save_draft(
        actor, entry.public_id, 2, {"answers": {"link": "x"}, "title": "Б"}, arrived_at=clock.now()
    )

    assert (saved.version, saved.title, saved.answers) == (3, "Б", {"idea": "One", "link": "x"})


def test_a_stale_save_changes_nothing_and_gets_the_current_state(app):
    user = make_user()
    entry = start(user, make_contest())
    service.save_draft(user.as_actor(), entry.public_id, 1, {"title": "First"}, arrived_at=clock.now())

    with pytest.raises(StaleVersion) as stale:
        service.save_draft(user.as_actor(), entry.public_id, 1, {"title": "Second"}, arrived_at=clock.now())
    assert (stale.value.data["version"], stale.value.data["current"]["title"]) == (2, "First")


@pytest.mark.parametrize(
    "changes",
    [
        {"owner_id": 5}, {"contest_id": 1}, {"team_id": 1}, {"state": "submitted"}, {"submitted_at": "2020-01-01"},
        {"is_blind": True}, {"created_at": "x"}, {"title": "x" * 201}, {"title": 5}, {"language": "de"},
        {"track": "none"}, {"answers": "x"}, {"answers": {"score": 1}}, {"answers": {"idea": ["x"]}},
        {"community": "zz"},
    ],
)  # fmt: skip
def test_what_is_not_a_field_of_the_form_is_refused(app, changes):
    """AC08, AC09."""
    user = make_user()
    entry = start(user, make_contest())

    with pytest.raises(Invalid):
        service.save_draft(user.as_actor(), entry.public_id, 1, changes, arrived_at=clock.now())
    assert service.current_state(db.session().get_one(Entry, entry.id))["title"] == "Дала үні"
    assert db.session().get_one(Entry, entry.id).version == 1


def test_after_the_close_nothing_is_saved(app, hands):
    user = make_user()
    entry = start(user, make_contest())
    end = next(s for s in entry.contest.stages if s.kind is StageKind.ENTRIES).ends_at

    service.save_draft(user.as_actor(), entry.public_id, 1, {"title": "A"}, arrived_at=end - timedelta(milliseconds=1))
    with pytest.raises(TooLate):
        service.save_draft(user.as_actor(), entry.public_id, 2, {"title": "B"}, arrived_at=end)


def test_strangers_find_no_draft_at_any_address(app, client, sign_in):
    """AC02, AC04."""
    contest = make_contest()
    owner, stranger = make_user(), make_user()
    entry = make_entry(contest, owner=owner, submitted=False, title="ZX-TITLE-9c")
    paths = [f"/my/entries/{entry.public_id}{more}" for more in ("", "/receipt", "/receipt.json")]
    paths += [f"/entries/{entry.public_id}", f"/manage/{contest.slug}/entries/{entry.public_id}"]
    browser = sign_in(stranger)

    for path in paths:
        answer = browser.get(path)
        assert (answer.status_code, "ZX-TITLE" in answer.text) == (404, False), path
    for verb in (service.submit_entry, service.revive_entry):
        with pytest.raises(NotFound):
            verb(stranger.as_actor(), entry.public_id, arrived_at=clock.now())
    with pytest.raises(NotFound):
        service.withdraw_entry(stranger.as_actor(), entry.public_id)
    with pytest.raises(NotFound):
        service.save_draft(stranger.as_actor(), entry.public_id, 1, {"title": "x"}, arrived_at=clock.now())
    assert "ZX-TITLE" not in client.get(f"/contests/{contest.slug}").text


def test_organizers_read_no_draft_unless_the_rules_say_so(app, sign_in):
    organizer = make_user()
    closed, opened = make_contest(organizer), make_contest(organizer, drafts_readable=True)
    browser = sign_in(organizer)
    for contest, status in ((closed, 404), (opened, 200)):
        entry = make_entry(contest, submitted=False, title="ZX-TITLE-9c")
        assert browser.get(f"/manage/{contest.slug}/entries/{entry.public_id}").status_code == status
        assert ("ZX-TITLE" in browser.get(f"/manage/{contest.slug}/entries").text) == (status == 200)


def test_public_ids_are_random(app):
    """AC15."""
    contest = make_contest(max_entries_person=99, max_entries_team=99)
    user = make_user()
    ids = [start(user, contest).public_id for _ in range(20)]

    assert len({i[:8] for i in ids}) == 20
    assert sorted(ids) != ids
    assert db.session().scalar(select(func.count(Team.id))) == 20


def test_the_page_saves_without_javascript_and_keeps_what_was_typed(app, sign_in):
    owner = make_user()
    entry = make_entry(owner=owner, submitted=False)
    browser = sign_in(owner)
    address = f"/my/entries/{entry.public_id}"
    token = browser.get(address).text.split('name="csrf_token" value="')[1].split('"')[0]
    typed = {"csrf_token": token, "version": "1", "title": "Жаңа атау", "summary": "", "language": "kk"}

    saved = browser.post(address, data={**typed, "answers.idea": "Ой"})
    assert (saved.status_code, db.session().get_one(Entry, entry.id).title) == (303, "Жаңа атау")
    stale = browser.post(address, data={**typed, "title": "Ескі қойынды", "answers.idea": "Басқа ой"})
    assert stale.status_code == 409
    assert "Ескі қойынды" in stale.text
    assert "Жаңа атау" in stale.text


def test_autosave_answers_with_what_is_missing(app, sign_in):
    owner = make_user()
    entry = make_entry(owner=owner, submitted=False, answers={})
    browser = sign_in(owner)
    address = f"/my/entries/{entry.public_id}"
    token = browser.get(address).text.split('name="csrf_token" value="')[1].split('"')[0]
    headers = {"X-CSRFToken": token, "Accept": "application/json"}

    answer = browser.patch(
        address, json={"version": 1, "title": "T", "answers": {"link": "https://a.example"}}, headers=headers
    )
    assert (answer.status_code, answer.json["version"]) == (200, 2)
    assert [part["field"] for part in answer.json["missing"]] == ["answers.idea"]
    stale = browser.patch(address, json={"version": 1, "title": "U"}, headers=headers)
    assert (stale.status_code, stale.json["code"], stale.json["current"]["title"]) == (409, "stale_version", "T")
