"""What a team sees of its entry."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import func, select

from creative_platform.contests.models import FormField, StageKind
from creative_platform.contests.queries import stage
from creative_platform.core import db
from creative_platform.core.db import transaction
from creative_platform.entries.models import Entry, EntryState, Receipt
from tests.factories.accounts import make_user
from tests.factories.contests import make_contest
from tests.factories.entries import make_entry
from tests.fixtures.people import csrf_of

pytestmark = pytest.mark.database


@pytest.mark.parametrize(("phase", "can_type"), [("open", True), ("judging", False)])
def test_an_entry_that_cannot_change_is_read_and_not_a_form(app, sign_in, phase, can_type):
    owner = make_user()
    entry = make_entry(make_contest(phase=phase), owner=owner, answers={"idea": "ZX-IDEA"})

    page = sign_in(owner).get(f"/my/entries/{entry.public_id}").text

    assert ("ZX-IDEA" in page, 'id="entry"' in page, "Entries closed" in page) == (True, can_type, not can_type)


def test_a_draft_is_filled_in_handed_in_and_last_of_all_withdrawn(app, sign_in):
    owner = make_user()
    entry = make_entry(owner=owner, submitted=False)
    page = sign_in(owner).get(f"/my/entries/{entry.public_id}").text

    places = [page.index(part) for part in ('id="entry"', 'id="files"', 'id="hand-in-side"', 'id="team"', "/withdraw")]
    assert places == sorted(places)


@pytest.mark.parametrize("blind", [True, False])
def test_a_team_reads_that_nobody_strikes_names_out_of_what_is_seen_or_heard(app, sign_in, blind):
    owner = make_user()
    entry = make_entry(make_contest(blind=blind), owner=owner, submitted=False)

    page = sign_in(owner).get(f"/my/entries/{entry.public_id}").text

    assert ("leave your name and school out of them" in page) is blind


@pytest.mark.parametrize(("tracks", "chosen"), [(1, 1), (2, 0)])
def test_the_only_track_there_is_need_not_be_chosen(app, sign_in, tracks, chosen):
    contest, browser = make_contest(), sign_in(make_user())
    with transaction() as s:
        for track in contest.tracks[tracks:]:
            s.delete(s.merge(track))
    page = browser.get(f"/contests/{contest.slug}/enter").text

    assert (page.count('name="track"'), len(re.findall(r'<input checked[^>]*name="track"', page))) == (tracks, chosen)


def test_a_choice_is_said_in_words_and_other_answers_as_they_are():
    titles = {"ru": "Да", "en": "Yes"}
    question = FormField(options=[{"key": "y", "title": titles}, {"key": "bare", "title": {}}])

    said = [question.said(answer, locale) for answer, locale in (("y", "ru"), ("y", "kk"), ("bare", "ru"), ("z", "ru"))]

    assert said == ["Да", "Да", "bare", "z"]
    assert FormField(options=[]).said(7, "en") == "7"


def test_pressing_the_button_again_gives_the_receipt_there_is(app, sign_in, hands):
    """No answer came, so it is pressed again: at once, too late, and with other words, which is a conflict."""
    owner = make_user()
    contest = make_contest()
    entry = make_entry(contest, owner=owner, submitted=False)
    browser, path = sign_in(owner), f"/my/entries/{entry.public_id}"
    typed = {"version": "1", "title": "One", "summary": "Two", "language": "kk", "answers.idea": "Three", "submit": "1"}
    typed |= {"track": "story", "community": "", "csrf_token": csrf_of(browser.get(path).text)}

    first, again = (browser.post(path, data=typed) for _ in range(2))
    other = browser.post(path, data={**typed, "title": "Other"})
    only_saved = browser.post(path, data={name: value for name, value in typed.items() if name != "submit"})
    hands.at(stage(contest, StageKind.ENTRIES).ends_at)
    late = browser.post(path, data=typed)
    late_other = browser.post(path, data={**typed, "title": "Other"})

    assert [a.status_code for a in (first, again, late)] == [303] * 3
    assert {a.headers["Location"] for a in (first, again, late)} == {f"{path}/receipt"}
    assert [a.status_code for a in (other, only_saved, late_other)] == [409] * 3
    assert db.session().scalar(select(func.count(Receipt.id))) == 1


def test_a_draft_pressed_again_too_late_stays_a_draft(app, sign_in, hands):
    owner = make_user()
    contest = make_contest()
    entry = make_entry(contest, owner=owner, submitted=False)
    browser, path = sign_in(owner), f"/my/entries/{entry.public_id}"
    typed = {"version": "1", "title": entry.title, "summary": entry.summary, "language": "en", "submit": "1"}
    typed |= {
        "track": "story",
        "community": "",
        "answers.idea": entry.answers["idea"],
        "csrf_token": csrf_of(browser.get(path).text),
    }
    hands.at(stage(contest, StageKind.ENTRIES).ends_at)

    late = browser.post(path, data=typed)

    assert (late.status_code, "Entries closed before this arrived." in late.text) == (409, True)
    assert db.session().scalar(select(Entry.state)) is EntryState.DRAFT
