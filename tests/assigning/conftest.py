"""A contest whose sheets are in."""

from __future__ import annotations

import random

import pytest

from creative_platform.core import clock
from creative_platform.judging import queries, service
from creative_platform.judging.service import SheetChanges
from tests.factories.accounts import make_user
from tests.factories.judging import drawn, seat


@pytest.fixture
def judged(contest, organizer, jurors):
    """Fourteen entries of known quality, two sheets each and all of them in, of four jurors; two awards to give."""
    people = [*jurors, make_user(name="Juror 3")]
    seat(contest, people[3], languages=["en"])
    made, lot = drawn(contest, organizer, 14), random.Random(4)
    quality = {entry.id: 0.6 * number for number, entry in enumerate(made)}
    for person in people:
        for assignment in queries.assignments_of(person.as_actor()):
            mark = max(1, min(10, round(1.5 + quality[assignment.entry_id] + lot.gauss(0, 0.8))))
            changes = SheetChanges(version=0, scores={"craft": mark, "meaning": mark}, submit=True)
            service.write_sheet(person.as_actor(), assignment.public_id, changes, arrived_at=clock.now())
    return made
