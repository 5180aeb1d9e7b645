"""Where an entry stands in its juror's queue."""

from __future__ import annotations

import pytest

from creative_platform.core.errors import NotFound
from creative_platform.entries import service as entries
from creative_platform.judging import queries, service
from tests.factories.judging import drawn

pytestmark = pytest.mark.database


def test_a_place_counts_what_the_list_shows_and_nothing_of_another_juror(contest, organizer, jurors):
    drawn(contest, organizer, count=9)
    for juror in jurors:
        actor = juror.as_actor()
        _places_follow_the_list(actor)

    actor = jurors[0].as_actor()
    first, second, third, *_ = [row.public_id for row in queries.assignments_of(actor)]
    service.recuse(actor, second, reason="My pupil.")
    gone = queries.assignment_of(actor, third).entry
    entries.withdraw_entry(gone.team.members[0].user.as_actor(), gone.public_id)

    _places_follow_the_list(actor)
    assert queries.work_of(actor, first).place.next not in (second, third)
    for left in (second, third):
        with pytest.raises(NotFound):
            queries.work_of(actor, left)


def test_the_only_one_stands_alone(contest, organizer, jurors):
    drawn(contest, organizer, count=1)
    for juror in jurors:
        for row in queries.assignments_of(juror.as_actor()):
            assert queries.work_of(juror.as_actor(), row.public_id).place == (1, 1, None, None)


def _places_follow_the_list(actor):
    listed = [row.public_id for row in queries.assignments_of(actor)]
    assert len(listed) > 2
    around = [None, *listed, None]
    for number, public_id in enumerate(listed, 1):
        place = queries.work_of(actor, public_id).place
        assert place == (number, len(listed), around[number - 1], around[number + 1])
