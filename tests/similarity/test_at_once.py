"""Two workers at once, on databases that let them: nothing is counted twice, and neither waits for the other."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from creative_platform.core import db, queue
from creative_platform.core.db import locked, transaction
from creative_platform.entries.models import Entry
from creative_platform.similarity import service
from creative_platform.similarity.models import FileSketch, Match
from creative_platform.similarity.service import comparing
from creative_platform.similarity.service.indexing import remove_sketches
from scoring.similarity import sketch_text
from tests.factories.contests import make_contest
from tests.factories.entries import make_entry
from tests.similarity.test_rows import BREAD, ROBOTS, held, keep, keep_file, part_of

pytestmark = pytest.mark.database


def remove_files() -> None:
    with transaction() as s:
        remove_sketches(s, select(FileSketch))


def test_a_sketch_that_two_remove_at_once_is_uncounted_once(app, beside):
    contest, made = make_contest(), part_of(sketch_text(BREAD), "")
    keep(make_entry(contest), made)
    before = held()
    keep_file(make_entry(contest), made)

    with transaction() as s:
        remove_sketches(s, select(FileSketch))
        second = beside(remove_files)
        second.join(2)  # on PostgreSQL it has read by now what is gone once this is over
    second.join(30)

    assert second.raised is None
    assert held() == before


def test_comparing_a_contest_and_sketching_an_entry_of_it_do_not_wait_for_each_other(app, beside):
    contest = make_contest()
    first, second = make_entry(contest), make_entry(contest)
    for entry in (first, second):
        keep(entry, part_of(sketch_text(BREAD), "idea"))
    contest_id, ids = contest.id, [first.id, second.id]

    def compare() -> None:
        with transaction():
            queue.enqueue(service.COMPARE_JOB, contest_id=contest_id, looks=comparing.MOST_LOOKS)
        queue.work_off()

    with transaction() as s:
        held_entry = s.scalars(locked(select(Entry).where(Entry.id == ids[1]))).one()
        other = beside(compare)
        other.join(4)  # on PostgreSQL it is about to store a match of this entry
        keep(held_entry, part_of(sketch_text(ROBOTS), "summary"))
    other.join(60)

    db.session().rollback()
    assert other.raised is None
    [match] = db.session().scalars(select(Match).order_by(Match.id))
    assert [match.entry_a_id, match.entry_b_id] == ids
