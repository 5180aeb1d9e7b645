"""What a team sees of its entry."""

from __future__ import annotations

import pytest

from creative_platform.contests.models import FormField
from tests.factories.accounts import make_user
from tests.factories.contests import make_contest
from tests.factories.entries import make_entry

pytestmark = pytest.mark.database


@pytest.mark.parametrize(("phase", "can_type"), [("open", True), ("judging", False)])
def test_an_entry_that_cannot_change_is_read_and_not_a_form(app, sign_in, phase, can_type):
    owner = make_user()
    entry = make_entry(make_contest(phase=phase), owner=owner, answers={"idea": "ZX-IDEA"})

    page = sign_in(owner).get(f"/my/entries/{entry.public_id}").text

    assert ("ZX-IDEA" in page, 'id="entry"' in page, "Entries closed" in page) == (True, can_type, not can_type)


def test_a_choice_is_said_in_words_and_other_answers_as_they_are():
    titles = {"ru": "Да", "en": "Yes"}
    question = FormField(options=[{"key": "y", "title": titles}, {"key": "bare", "title": {}}])

    said = [question.said(answer, locale) for answer, locale in (("y", "ru"), ("y", "kk"), ("bare", "ru"), ("z", "ru"))]

    assert said == ["Да", "Да", "bare", "z"]
    assert FormField(options=[]).said(7, "en") == "7"
