"""A create under a key takes effect once, however often and however fast it is sent (AC41, AC42)."""

from __future__ import annotations

import threading
from collections import Counter

import pytest
from sqlalchemy import func, select

from creative_platform.api import service
from creative_platform.api.models import IdempotencyKey
from creative_platform.core import db
from creative_platform.core.db import transaction
from creative_platform.entries.models import Entry
from tests.factories.accounts import make_user
from tests.factories.contests import make_contest

pytestmark = pytest.mark.database


def entry_count() -> int:
    return db.session().scalar(select(func.count(Entry.id))) or 0


@pytest.fixture
def contest(app):
    return make_contest()


def at_once(app, count: int, act) -> list:
    """Run an act in so many threads that start together."""
    answers, start = [], threading.Barrier(count)

    def run(number: int) -> None:
        start.wait()
        with app.app_context():
            answers.append(act(number))

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def test_the_same_request_again_gets_the_same_bytes(program, user, contest, hands):
    path, body = f"/contests/{contest.slug}/entries", {"track": "story", "title": "Әже"}
    caller = program(user)
    first = caller.post(path, body, Idempotency_Key="a-key")
    hands.forward(hours=3)

    again = caller.post(path, body, Idempotency_Key="a-key")

    assert (again.status_code, again.data) == (201, first.data)
    assert entry_count() == 1
    hands.forward(hours=22)
    assert caller.post(path, body, Idempotency_Key="a-key").json["id"] != first.json["id"]
    assert db.session().scalar(select(func.count(IdempotencyKey.id))) == 1


def test_the_same_key_for_another_request_is_refused(program, user, contest):
    path, caller = f"/contests/{contest.slug}/entries", program(user)
    made = caller.post(path, {"track": "story", "title": "One"}, Idempotency_Key="k").json

    tries = [
        caller.post(path, {"track": "story", "title": "Two"}, Idempotency_Key="k"),
        caller.post(f"/entries/{made['id']}/withdraw", {}, Idempotency_Key="k"),
    ]

    assert [(t.status_code, t.json["code"]) for t in tries] == [(409, "idempotency_key_reused")] * 2
    assert (entry_count(), caller.get(f"/entries/{made['id']}").json["state"]) == (1, "draft")


def test_keys_of_two_people_do_not_meet(program, contest):
    path, body = f"/contests/{contest.slug}/entries", {"track": "story"}
    one, other = program(make_user()), program(make_user())

    ids = {caller.post(path, body, Idempotency_Key="k").json["id"] for caller in (one, other)}

    assert len(ids) == 2


def test_a_refusal_is_not_kept(program, user, contest):
    path, caller = f"/contests/{contest.slug}/entries", program(user)
    made = caller.post(path, {"track": "story", "title": "T"}).json
    submit = f"/entries/{made['id']}/submit"
    assert caller.post(submit, Idempotency_Key="s").status_code == 422
    caller.patch(f"/entries/{made['id']}", {"version": 1, "answers": {"idea": "Now there is one"}})

    receipt = caller.post(submit, Idempotency_Key="s")

    assert (receipt.status_code, caller.post(submit, Idempotency_Key="s").data) == (200, receipt.data)


def test_eight_at_once_under_one_key_make_one_entry(app, program, user, contest):
    path, body = f"/contests/{contest.slug}/entries", {"track": "story", "title": "Once"}
    callers = [program(user) for _ in range(8)]

    answers = at_once(app, 8, lambda n: callers[n].post(path, body, Idempotency_Key="same"))

    assert Counter(a.status_code for a in answers) == {201: 8}
    assert len({a.data for a in answers}) == 1
    assert entry_count() == 1


def test_many_at_once_never_pass_the_limit(app, program, user, contest):
    path, callers = f"/contests/{contest.slug}/entries", [program(user) for _ in range(8)]

    answers = at_once(app, 8, lambda n: callers[n].post(path, {"track": "story"}, Idempotency_Key=f"k{n}"))

    assert Counter(a.status_code for a in answers) == {201: 3, 409: 5}
    assert entry_count() == 3


def test_stale_saves_at_once_let_one_win(app, program, user, contest):
    made = program(user).post(f"/contests/{contest.slug}/entries", {"track": "story"}).json
    callers = [program(user) for _ in range(6)]

    answers = at_once(app, 6, lambda n: callers[n].patch(f"/entries/{made['id']}", {"version": 1, "title": f"By {n}"}))

    assert Counter(a.status_code for a in answers) == {200: 1, 409: 5}
    [won] = [a.json["title"] for a in answers if a.status_code == 200]
    assert {a.json["current"]["title"] for a in answers if a.status_code == 409} == {won}


@pytest.mark.parametrize("key", ["", "x" * 121, "two words", "ключ"])
def test_a_key_that_is_none_is_refused(program, user, contest, key):
    given = key.encode().decode("latin-1")
    made = program(user).post(f"/contests/{contest.slug}/entries", {"track": "story"}, Idempotency_Key=given)

    assert (made.status_code, entry_count()) == (400, 0)


def test_beside_the_store_a_dead_claim_is_taken_over_after_a_minute(user, app, hands):
    actor, key = user.as_actor(), service.Key("k", "0" * 64)
    with transaction() as s:
        s.add(IdempotencyKey(user_id=user.id, key="k", request_sha256="0" * 64, created_at=hands.now))
    ran: list[int] = []

    def act() -> service.Answer:
        ran.append(1)
        return service.Answer(201, "{}\n")

    with pytest.raises(service.KeyInUse):
        service.once_beside_store(actor, key, act)
    hands.forward(seconds=61)

    answers = [service.once_beside_store(actor, key, act) for _ in range(2)]

    assert (answers[0], answers[1], len(ran)) == (answers[1], service.Answer(201, "{}\n"), 1)


def test_beside_the_store_a_refusal_frees_the_key(user, app):
    def refuse() -> service.Answer:
        raise ValueError("the store said no")

    with pytest.raises(ValueError, match="said no"):
        service.once_beside_store(user.as_actor(), service.Key("k", "0" * 64), refuse)

    assert db.session().scalar(select(func.count(IdempotencyKey.id))) == 0
