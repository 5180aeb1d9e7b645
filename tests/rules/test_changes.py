"""What changed between two versions of the rules, in words."""

from __future__ import annotations

import pytest

from creative_platform.contests import rules
from creative_platform.contests.models import Award
from creative_platform.rules.changes import changes
from creative_platform.rules.comparison import differences
from tests.factories.contests import make_contest, text

pytestmark = pytest.mark.database


def words(app, before, after):
    with app.test_request_context("/?lang=en"):
        return [(change.place, change.before, change.after) for change in changes(before, after)]


def changed(contest, act):
    before = rules.document_of(contest)
    act(contest)
    return before, rules.document_of(contest)


@pytest.mark.parametrize(
    ("act", "said"),
    [
        (
            lambda c: setattr(c, "blind", False),
            ("Judging › Blind: the jury does not learn who made an entry", "yes", "no"),
        ),
        (lambda c: setattr(c, "allowed_regions", ["KZ-75"]), ("Who may enter › Regions", "", "Almaty city")),
        (
            lambda c: setattr(c, "delivery_window_h", 0),
            ("Limits › Hours in which committed files may follow", "48", "0"),
        ),
        (lambda c: setattr(c, "min_age", 14), ("Who may enter › Minimum age", "", "14")),
        (
            lambda c: setattr(c.tracks[0].requirements[0], "max_duration_s", 90),
            ("Tracks › Video › Files › The film › Longest length", "10 min", "1:30 min"),
        ),
        (
            lambda c: setattr(c.rounds[0].criteria[0], "weight", 2.5),
            ("Judging › Rounds › Round 1 › Criteria › Craft › Weight", "2", "2.5"),
        ),
        (lambda c: c.tracks.reverse(), ("Tracks › Order", "Video, Story", "Story, Video")),
        (lambda c: c.fields.pop(), ("Questions › A link", "A link", "")),
        (
            lambda c: setattr(c.awards[0], "title", text("Prize")),
            ("Awards › Prize › Title (English)", "Grand prix", "Prize"),
        ),
        (lambda c: setattr(c.awards[1], "track", c.tracks[0]), ("Awards › First place › Track", "", "Video")),
    ],
)
def test_a_change_is_told_by_place_before_and_after(app, act, said):
    contest = make_contest(published=False)

    before, after = changed(contest, act)

    assert said in words(app, before, after)


def test_rules_that_are_the_same_differ_nowhere(app):
    contest = make_contest()

    assert differences(rules.document_of(contest), rules.document_of(contest)) == []


def test_a_new_thing_is_one_change(app):
    contest = make_contest(published=False)

    third = Award(title=text("Third"), description=text("It comes third"), quantity=3, public_id="x")
    before, after = changed(contest, lambda c: c.awards.append(third))

    assert words(app, before, after) == [("Awards › Third", "", "Third")]


def test_long_texts_are_compared_by_lines(app):
    contest = make_contest(published=False, body=text("one\ntwo\nthree"))
    before, after = changed(contest, lambda c: setattr(c, "body", {**c.body, "en": "one\n2\nthree"}))

    with app.test_request_context("/?lang=en"):
        found = changes(before, after)

    assert [change.lines for change in found] == [[(" ", "one"), ("-", "two"), ("+", "2"), (" ", "three")]]


def test_the_hash_is_of_the_canonical_document(app):
    contest = make_contest()
    document = rules.document_of(contest)

    assert rules.sha256_of(document) == rules.sha256_of(dict(reversed(document.items())))
    assert rules.sha256_of(document) != rules.sha256_of({**document, "drafts_readable": True})
