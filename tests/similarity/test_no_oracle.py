"""Whether somebody else has the very same words costs a participant's requests nothing, and tells them nothing.

Time itself is not measured: what takes time is counted, which is the same on every machine.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import event, select

from creative_platform.core import db, queue
from creative_platform.core.db import transaction
from creative_platform.core.queue import Job
from creative_platform.similarity import service
from creative_platform.similarity.models import Match
from tests.factories.accounts import make_user
from tests.factories.contests import make_contest
from tests.factories.entries import make_entry
from tests.fixtures.people import csrf_of

pytestmark = pytest.mark.database

WORDS = "The very same words about a bakery whose oven is lit once a year. " * 3
# Tokens, public ids, receipt codes, then times and row numbers.
OF_CHANCE = re.compile(r"[\w.=-]{50,}|\b[a-z2-7]{26}\b|\b[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}\b|\b\d+\b")
COMPARED = re.compile(r"\b(entry_sketch|file_sketch|fingerprint|term_count|match|match_verdict|similarity_\w+)\b")


@contextmanager
def costing():
    """Collect the statements, how many bytes of text they write, and the jobs that are left behind."""
    cost: dict[str, Any] = {"statements": [], "written": 0}
    before = set(db.session().scalars(select(Job.id)))
    db.session().rollback()

    def note(connection: Any, cursor: Any, statement: str, values: Any, *rest: Any) -> None:
        if not statement.startswith(("BEGIN", "PRAGMA", "SAVEPOINT")):
            cost["statements"].append(statement)
        if statement.startswith(("INSERT", "UPDATE")):
            rows = values if isinstance(values, list) else [values]
            texts = [v for row in rows for v in (row.values() if isinstance(row, dict) else row)]
            cost["written"] += sum(len(value) for value in texts if isinstance(value, (str, bytes)))

    engine = db.session().get_bind()
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield cost
    finally:
        event.remove(engine, "before_cursor_execute", note)
    db.session().rollback()
    left = db.session().execute(select(Job.id, Job.name).order_by(Job.id))
    cost["jobs"] = Counter(name for job_id, name in left if job_id not in before)


def walked(browser: Any, entry: Any) -> list[tuple[int, int, dict[str, Any]]]:
    """Do with a draft what a participant does; give status, length and cost of each answer."""
    address = f"/my/entries/{entry.public_id}"
    token = csrf_of(browser.get(address).text)
    idea = f"{WORDS} And again."
    typed = {"version": entry.version, "answers": {"idea": idea}}
    sent = {"csrf_token": token, "version": str(entry.version + 1), "title": "Same title", "summary": "A summary"}
    sent |= {"language": "en", "answers.idea": idea, "submit": "1"}
    requests: list[Callable[[], Any]] = [
        lambda: browser.get(address),
        lambda: browser.patch(address, json=typed, headers={"X-CSRFToken": token}),
        lambda: browser.post(address, data=sent),
        lambda: browser.get(address),
        lambda: browser.get("/my"),
    ]
    told = []
    for request in requests:
        with costing() as cost:
            answer = request()
        told.append((answer.status_code, len(OF_CHANCE.sub("", answer.text)), cost))
    return told


def test_a_twin_changes_neither_statements_nor_jobs_nor_bytes(app, sign_in):
    contests, told, found = [make_contest(slug="alone"), make_contest(slug="twins")], [], []
    for has_twin, contest in enumerate(contests):
        words = {"title": "Another", "summary": "", "answers": {"idea": WORDS if has_twin else WORDS[::-1]}}
        make_entry(contest, submitted=False, **words)
        other = make_entry(contest, **words)
        with transaction():
            queue.enqueue(service.SKETCH_JOB, entry_id=other.id)
        queue.work_off()
        person = make_user(name="Same Name", email=f"same{has_twin}@example.test")
        entry = make_entry(contest, owner=person, submitted=False, answers={"idea": WORDS}, title="Same title")
        told.append(walked(sign_in(person), entry))
        queue.work_off()
        pairs = db.session().execute(select(Match.entry_a_id, Match.entry_b_id))
        found.append((other.id, entry.id) in {tuple(pair) for pair in pairs})
    without, with_twin = told

    assert [status for status, _, _ in without] == [200, 200, 303, 200, 200]
    assert found == [False, True]
    assert without[2][2]["jobs"][service.SKETCH_JOB] == 1
    for place, (one, other) in enumerate(zip(without, with_twin, strict=True)):
        assert other == one, place
    statements = [one for _, _, cost in with_twin for one in cost["statements"]]
    assert [one for one in statements if COMPARED.search(one)] == []
