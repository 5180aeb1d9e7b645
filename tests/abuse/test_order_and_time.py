"""AC25: nothing a juror reads tells who handed in first: no order, no time, no id, no key."""

from __future__ import annotations

import os
import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from creative_platform.core import db, ids, queue
from creative_platform.judging import service as judging
from creative_platform.judging.models import Assignment
from creative_platform.media import storage
from tests.factories.accounts import make_user
from tests.factories.contests import make_contest
from tests.factories.entries import make_entry
from tests.factories.judging import admit, seat

pytestmark = pytest.mark.database
TITLES = [f"Work {letter}" for letter in "ABCDEFGH"]


@pytest.fixture
def jurors(app, hands):
    """Two jurors who judge all of eight entries, handed in an hour apart."""
    organizer, people = make_user(), [make_user(name=f"Juror {n}") for n in range(2)]
    contest = make_contest(organizer, reviews_per_entry=2)
    for title in TITLES:
        hands.forward(hours=1, minutes=7, seconds=13)
        admit(make_entry(contest, title=title))
    hands.forward(days=25, hours=3, minutes=31)
    for person in people:
        seat(contest, person)
    judging.draw_assignments(organizer.as_actor(), contest)
    queue.work_off()
    return people


def test_each_juror_has_an_order_of_their_own(jurors, sign_in, program):
    orders = [re.findall(r"Work [A-H](?=</a></h2>)", sign_in(person).get("/jury").text) for person in jurors]
    assert [sorted(order) for order in orders] == [TITLES, TITLES]
    assert TITLES not in orders and TITLES[::-1] not in orders
    assert orders[0] != orders[1]
    for person, order in zip(jurors, orders, strict=True):
        caller, told = program(person), []
        address = "/jury/assignments?limit=3"
        page = caller.get(address).json
        told += page["items"]
        while page["next"]:
            page = caller.get(f"{address}&cursor={page['next']}").json
            told += page["items"]
        assert [item["title"] for item in told] == order


def test_no_time_of_an_entry_reaches_a_juror(jurors, sign_in, program):
    person = jurors[0]
    browser, caller = sign_in(person), program(person)
    mine = db.session().scalars(select(Assignment).where(Assignment.juror.has(user_id=person.id)))
    entries = {assignment.public_id: assignment.entry for assignment in mine}
    times = {at.strftime(form) for e in entries.values() for at in (e.submitted_at, e.submitted_at + timedelta(hours=5))
             for form in ("%H:%M", "%Y-%m-%dT%H", "%d %b", "%-d %B")}  # fmt: skip
    hidden = {word for entry in entries.values() for word in (entry.public_id, entry.code, entry.team.public_id)}
    answers = [browser.get("/jury"), caller.get("/jury/assignments")]
    for public_id in entries:
        answers += [browser.get(f"/jury/{public_id}"), caller.get(f"/assignments/{public_id}")]
    for answer in answers:
        assert answer.status_code == 200
        said = re.sub(r"csrf_token.*", "", answer.text)
        assert sorted(word for word in times | hidden if word in said) == []
        assert [name for name in ("Last-Modified", "ETag") if name in answer.headers] == []


def test_ids_and_keys_are_random():
    made, keys = [ids.public_id() for _ in range(50)], [storage.new_key("derived") for _ in range(50)]
    assert made not in (sorted(made), sorted(made, reverse=True))
    assert {len(one) for one in made} == {26}  # 128 bits
    assert os.path.commonprefix(made) == ""
    assert os.path.commonprefix(keys) == "derived/"
    assert keys not in (sorted(keys), sorted(keys, reverse=True))
