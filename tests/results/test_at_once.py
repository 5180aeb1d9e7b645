"""Two at once, on databases that let them."""

from __future__ import annotations

from typing import Any

import pytest

from creative_platform.contests.queries import contest_by_slug
from creative_platform.core import db
from creative_platform.core.errors import LimitReached
from creative_platform.core.text import LocalizedText
from creative_platform.results import queries, service
from tests.factories.judging import computed

pytestmark = pytest.mark.database


def test_of_two_who_give_the_last_place_at_once_the_second_is_told(closed, organizer, entries, beside, monkeypatch):
    computed(closed, organizer)
    prize = next(award for award in closed.awards if award.quantity == 1)
    actor, slug, award, second = organizer.as_actor(), closed.slug, prize.public_id, []
    one, other = (entries[name].public_id for name in ("first", "second"))
    seen_by = queries.seen_by

    def give(entry: str) -> Any:
        contest = contest_by_slug(slug)
        return service.decide(actor, contest, award=award, entry=entry, reason=LocalizedText(en="The best"))

    def while_the_second_comes(*given: Any) -> Any:
        seen = seen_by(*given)
        if not second:  # the first, who has seen that the place is free
            second.append(beside(lambda: give(other)))
            second[0].join(2)  # it waits
        return seen

    monkeypatch.setattr(queries, "seen_by", while_the_second_comes)
    give(one)
    second[0].join(30)

    db.session().rollback()
    assert isinstance(second[0].raised, LimitReached)
    assert [decision.entry.public_id for decision in queries.standing_decisions(contest_by_slug(slug))] == [one]
