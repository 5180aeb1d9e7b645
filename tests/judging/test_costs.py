"""What the pages of the jury and of its staff cost."""

from __future__ import annotations

import pytest

from creative_platform.core import queue
from creative_platform.judging import service
from tests.factories.accounts import make_user
from tests.factories.contests import make_contest
from tests.factories.entries import make_entry
from tests.factories.judging import admit, computed, give_marks, seat

pytestmark = pytest.mark.database


def test_pages_take_the_same_queries_for_any_number_of_entries(app, sign_in, count_queries):
    costs = []
    for titles in (["first"], ["first", "second", "third"]):
        organizer, chair, slug = make_user(), make_user(), f"with-{len(titles)}"
        contest = make_contest(organizer, phase="judging", reviews_per_entry=1, slug=slug)
        seat(contest, chair, is_chair=True)
        works = {title: make_entry(contest, title=title) for title in titles}
        admit(*works.values())
        service.draw_assignments(organizer.as_actor(), contest)
        queue.work_off()
        seen = []

        def look(person, *pages, titles=titles, seen=seen):
            browser = sign_in(person)
            for page in pages:
                with count_queries() as statements:
                    text = browser.get(page).text
                assert [title for title in titles if title not in text] == [], page
                seen.append(len(statements))

        look(chair, "/jury", f"/jury/panels/{slug}")
        look(organizer, f"/manage/{slug}/progress")
        give_marks(contest, works)
        service.close_round(organizer.as_actor(), contest)
        computed(contest, organizer)
        look(organizer, f"/manage/{slug}/results", f"/manage/{slug}/results/protocol")
        costs.append(seen)
    assert costs[0] == costs[1]
