"""What the first pages of participants and organizers cost."""

from __future__ import annotations

from datetime import timedelta

import pytest

from creative_platform.core import clock
from creative_platform.entries import service
from creative_platform.entries.models import ScreeningOutcome
from creative_platform.screening import service as screening
from tests.factories.accounts import make_user
from tests.factories.contests import make_contest
from tests.factories.entries import make_entry

pytestmark = pytest.mark.database


def test_first_pages_take_the_same_queries_for_any_number_of_contests(app, sign_in, count_queries):
    person, office = make_user(), make_user()
    browser, numbers = sign_in(person), {"/my": [], "/manage": []}
    for more in (1, 2):
        for _ in range(more):
            make_contest(person)
            entry = make_entry(make_contest(office), owner=person)
            asked = {"reason": "Credits", "reopen_until": clock.now() + timedelta(days=2)}
            screening.screen_entry(
                office.as_actor(), entry.contest, entry.public_id, ScreeningOutcome.NEEDS_INFORMATION, **asked
            )
            changes = {"title": "With credits", "track": "video"}
            service.save_draft(person.as_actor(), entry.public_id, 1, changes, arrived_at=clock.now())
        for page, seen in numbers.items():
            with count_queries() as statements:
                assert browser.get(page).status_code == 200
            seen.append(len(statements))
    assert {page: seen[0] - seen[1] for page, seen in numbers.items()} == {"/my": 0, "/manage": 0}
