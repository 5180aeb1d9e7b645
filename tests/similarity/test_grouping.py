"""Groups are counted while nobody waits, and what is stored is of the newest comparing."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from creative_platform.core import db, queue
from creative_platform.core.db import transaction
from creative_platform.core.queue import Job, JobState
from creative_platform.entries import service as entries
from creative_platform.similarity import service
from creative_platform.similarity.engine import comparing as engine
from creative_platform.similarity.models import Match, Overview
from tests.factories.accounts import make_user
from tests.factories.contests import make_contest
from tests.similarity.test_matches import COPY, OTHER, STORY, told

pytestmark = pytest.mark.database


@pytest.fixture
def while_counting(monkeypatch):
    """A function that has something done once, when groups were counted and are not stored yet."""
    really = engine.groups

    def set_act(act):
        def groups(probabilities):
            monkeypatch.setattr(engine, "groups", really)
            counted = really(probabilities)
            act()
            return counted

        monkeypatch.setattr(engine, "groups", groups)

    return set_act


def waiting() -> list[int]:
    """Return the ids of the jobs that are to sketch and compare an entry."""
    query = select(Job.id).where(Job.name == service.SKETCH_JOB, Job.state == JobState.WAITING)
    return list(db.session().scalars(query.order_by(Job.id)))


def stored_groups(contest) -> list[list[int]]:
    db.session().expire_all()
    return db.session().get_one(Overview, contest.id).groups


def test_no_verb_runs_while_groups_are_counted(app, while_counting):
    contest, seen = make_contest(), []
    told(contest, STORY)
    while_counting(lambda: seen.append(db.in_transaction()))
    queue.work_off()

    assert seen == [False]


def test_groups_of_an_earlier_comparing_do_not_take_the_place_of_newer_ones(app, while_counting):
    contest = make_contest()
    first = told(contest, STORY)
    queue.work_off()
    second, third = told(contest, COPY), told(contest, f"{STORY} Later they sing.")
    slow, quick = waiting()
    while_counting(lambda: queue.work(quick))
    queue.work(slow)

    assert stored_groups(contest) == [[first.id, second.id, third.id]]


def test_who_withdraws_while_groups_are_counted_is_in_none(app, while_counting):
    contest, person = make_contest(), make_user()
    entry = told(contest, STORY, owner=person)
    first = told(contest, COPY)
    queue.work_off()
    again = told(contest, f"{STORY} Later they sing.")
    [comparing] = waiting()

    def withdraw_and_forget() -> None:
        entries.withdraw_entry(person.as_actor(), entry.public_id)
        queue.work(waiting()[-1])

    while_counting(withdraw_and_forget)
    queue.work(comparing)

    assert stored_groups(contest) == [[first.id, again.id]]


@pytest.fixture
def chain(app):
    """Three entries, of which the second shares something with each of the others, and these nothing; its person.

    The last is not compared yet.
    """
    contest, person = make_contest(), make_user()
    first = told(contest, STORY)
    between = told(contest, f"{STORY} {OTHER}", owner=person)
    queue.work_off()
    return contest, (first, between, told(contest, OTHER)), person


def withdraw(person, entry) -> None:
    entries.withdraw_entry(person.as_actor(), entry.public_id)
    queue.work(waiting()[-1])


def test_what_one_entry_held_together_falls_apart_without_it(chain):
    contest, chained, person = chain
    queue.work_off()
    assert stored_groups(contest) == [[entry.id for entry in chained]]

    withdraw(person, chained[1])
    assert stored_groups(contest) == []


def test_it_falls_apart_also_when_that_entry_goes_while_groups_are_counted(chain, while_counting):
    contest, chained, person = chain
    [comparing] = waiting()
    while_counting(lambda: withdraw(person, chained[1]))
    queue.work(comparing)

    assert stored_groups(contest) == []


def test_whose_lease_was_lost_stores_no_matches(app, monkeypatch):
    contest = make_contest()
    told(contest, STORY)
    queue.work_off()
    told(contest, COPY)
    [job_id] = waiting()
    really = engine.find

    def find_and_be_late(*given):
        with transaction() as s:
            s.get_one(Job, job_id).lease = "another worker's"
        return really(*given)

    monkeypatch.setattr(engine, "find", find_and_be_late)
    queue.work(job_id)

    assert db.session().scalars(select(Match)).all() == []
