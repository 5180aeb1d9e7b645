"""Drafts: saved without overwriting each other, nobody else's business, handed in as they stand."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from creative_platform.contests.models import StageKind
from creative_platform.core import clock, db
from creative_platform.core.errors import (
    Invalid,
    NotFound,
    StaleVersion,
    TooLate,
)
from creative_platform.entries import queries, service
from creative_platform.entries.models import Entry, Team
from tests.entries.starting import start
from tests.factories.accounts import make_user
from tests.factories.contests import make_contest
from tests.factories.entries import make_entry
from tests.fixtures.people import post

pytestmark = pytest.mark.database


def test_saving_merges_answers_and_counts_versions(app):
    user = make_user()
    entry = start(user, make_contest())
    actor = user.as_actor()
    service.save_draft(actor, entry.public_id, 1, {"answers": {"idea": "One"}}, arrived_at=clock.now())
    saved = service.save_draft(
        actor, entry.public_id, 2, {"answers": {"link": "x"}, "title": "Б"}, arrived_at=clock.now()
    )

    assert (saved.version, saved.title, saved.answers) == (3, "Б", {"idea": "One", "link": "x"})


def test_a_title_is_one_line_of_letters(app):
    user = make_user()
    entry = start(user, make_contest(), title="Film\nGrand Prix")
    assert entry.title == "Film Grand Prix"
    changed = {"title": "Another\r\n\u2028 \u202eone"}
    assert (
        service.save_draft(user.as_actor(), entry.public_id, 1, changed, arrived_at=clock.now()).title == "Another one"
    )


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


def test_handing_in_sends_what_stands_in_the_form(app, sign_in):
    owner = make_user()
    entry = make_entry(owner=owner, submitted=False, answers={})
    browser, address = sign_in(owner), f"/my/entries/{entry.public_id}"
    button = re.search(r'<button[^>]*name="submit"[^>]*>', browser.get(address).text)
    assert button is not None
    assert 'form="entry"' in button[0]
    typed = {"version": "1", "title": "Typed just now", "summary": "", "language": "kk", "submit": "1"}

    refused = post(browser, address, typed)
    assert refused.status_code == 422
    assert db.session().get_one(Entry, entry.id).title == "Typed just now"
    assert 'name="version" type="hidden" value="2"' in refused.text
    handed_in = post(browser, address, {**typed, "version": "2", "answers.idea": "Ой"})
    assert handed_in.location == f"{address}/receipt"
    revision = queries.current_revision(db.session().get_one(Entry, entry.id))
    assert (revision.document["title"], revision.document["answers"]["idea"]) == ("Typed just now", "Ой")


def test_a_withdrawn_entry_is_handed_in_again_as_it_was(app, sign_in):
    owner = make_user()
    entry = make_entry(owner=owner, submitted=False)
    browser, address = sign_in(owner), f"/my/entries/{entry.public_id}"
    button, warning = 'name="submit" value="1"', "You changed the entry after handing it in"
    service.submit_entry(owner.as_actor(), entry.public_id, arrived_at=clock.now())
    assert button not in browser.get(address).text

    service.withdraw_entry(owner.as_actor(), entry.public_id)
    service.revive_entry(owner.as_actor(), entry.public_id, arrived_at=clock.now())
    page = browser.get(address).text
    assert (button in page, warning in page, "Handed in before:" in page) == (True, False, True)
    service.submit_entry(owner.as_actor(), entry.public_id, arrived_at=clock.now())
    assert db.session().get_one(Entry, entry.id).state == "submitted"


def test_the_first_page_tells_of_changes_that_were_not_handed_in(app, sign_in):
    owner = make_user()
    entry = make_entry(owner=owner, submitted=False)
    browser = sign_in(owner)
    service.submit_entry(owner.as_actor(), entry.public_id, arrived_at=clock.now())
    assert "Nothing is left to do now" in browser.get("/my").text

    service.save_draft(owner.as_actor(), entry.public_id, entry.version, {"title": "Newer"}, arrived_at=clock.now())
    assert "You changed “Newer” after handing it in" in browser.get("/my").text
    service.submit_entry(owner.as_actor(), entry.public_id, arrived_at=clock.now())
    assert "Nothing is left to do now" in browser.get("/my").text


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
    (side,) = answer.json["parts"].values()
    assert re.findall(r'<a href="#([^"]+)">', side) == ["answers.idea"]
    stale = browser.patch(address, json={"version": 1, "title": "U"}, headers=headers)
    assert (stale.status_code, stale.json["code"], stale.json["current"]["title"]) == (409, "stale_version", "T")


def test_a_refused_hand_in_names_the_file_that_is_missing(app, sign_in):
    owner = make_user()
    entry = make_entry(owner=owner, submitted=False, track="video")
    typed = {"version": "1", "title": "T", "summary": "", "language": "en", "answers.idea": "One", "submit": "1"}

    answer = post(sign_in(owner), f"/my/entries/{entry.public_id}", typed)

    assert answer.status_code == 422
    assert "<li>The film: Add the file.</li>" in answer.text.split('id="errors-title"')[1].split("</ul>")[0]
