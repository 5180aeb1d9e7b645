"""The page of matches says how far the comparing is, what failed, and gives that another try."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import event, select

from creative_platform.core import clock, db, queue
from creative_platform.core.queue import Job, JobState
from creative_platform.similarity import service as similarity
from creative_platform.verdicts.progress import progress_of
from tests.factories.accounts import make_user
from tests.factories.contests import make_contest
from tests.factories.entries import make_entry
from tests.fixtures.people import post

pytestmark = pytest.mark.database


@pytest.fixture
def organizer(app):
    return make_user()


@pytest.fixture
def contest(organizer):
    return make_contest(organizer)


def hand_in(contest, idea: str):
    entry = make_entry(contest, summary="", answers={"idea": idea})
    with db.transaction():
        queue.enqueue(similarity.SKETCH_JOB, entry_id=entry.id)
    return entry


def test_what_waits_and_what_comes_next_is_said(contest, organizer, sign_in):
    for words in ("One", "Another"):
        hand_in(contest, f"{words} bakery of our village")
    make_entry(contest, submitted=False, summary="", answers={"idea": "A draft"})
    hand_in(make_contest(organizer), "Elsewhere")
    page = sign_in(organizer)

    before = page.get(f"/manage/{contest.slug}/similarity?lang=en").text
    told = progress_of(contest)
    assert (told.compared, told.entries, told.waiting, told.whole, told.goes_on) == (0, 2, 2, "", True)
    assert "2 entries wait." in before
    assert "data-follow" in before

    queue.work_off()
    after = page.get(f"/manage/{contest.slug}/similarity?lang=en").text
    told = progress_of(contest)
    assert (told.compared, told.waiting, told.whole, told.goes_on) == (2, 0, "planned", False)
    assert told.finished_at is not None
    assert "data-follow" not in after
    assert "Last finished:" in after

    post(page, f"/manage/{contest.slug}/similarity", {}, to=f"/manage/{contest.slug}/similarity/again")
    assert progress_of(contest).whole == "waiting"
    assert "The whole contest waits for its turn." in page.get(f"/manage/{contest.slug}/similarity?lang=en").text


def test_what_failed_is_said_and_tried_again(contest, organizer, sign_in, monkeypatch):
    from creative_platform.similarity.engine import comparing  # noqa: PLC0415 -- patched here alone

    entry = hand_in(contest, "The bakery of our village")
    with monkeypatch.context() as patched:
        patched.setattr(comparing, "find", lambda *given: 1 / 0)
        for minutes in (0, 10, 60, 300):
            with clock.pretend(clock.now() + timedelta(minutes=minutes)):
                queue.work_off()
    job = db.session().scalars(select(Job).where(Job.name == similarity.SKETCH_JOB)).one()
    assert (job.state, job.arguments) == (JobState.FAILED, {"entry_id": entry.id})
    page, address = sign_in(organizer), f"/manage/{contest.slug}/similarity"
    assert "One step of the comparing failed three times." in page.get(f"{address}?lang=en").text
    assert progress_of(make_contest(organizer)).failed == 0

    assert post(page, address, {}, to=f"{address}/failed").status_code == 303
    queue.work_off()
    db.session().expire_all()
    assert (job.state, progress_of(contest).failed) == (JobState.DONE, 0)
    assert "failed three times" not in page.get(f"{address}?lang=en").text


def test_jobs_are_counted_where_they_are_stored(contest, organizer, count_queries):
    other, entry, costs = make_contest(organizer), hand_in(contest, "The bakery of our village"), []
    elsewhere = hand_in(other, "Elsewhere")
    loaded: list[Job] = []

    def note(job: Job, _context: object) -> None:
        loaded.append(job)

    event.listen(Job, "load", note)
    for state, times in ((JobState.WAITING, 1), (JobState.WAITING, 40), (JobState.FAILED, 40)):
        with db.transaction() as s:
            for told in times * [{"entry_id": entry.id}, {"entry_id": elsewhere.id}, {"entry_id": 0}]:
                due = {"created_at": clock.now(), "due_at": clock.now(), "sent_at": clock.now()}
                s.add(Job(name=similarity.SKETCH_JOB, arguments=told, state=state, **due))
        db.session().expire_all()
        with count_queries() as statements:
            told_now = progress_of(contest)
        costs.append(len(statements))
        assert (told_now.entries, told_now.waiting, told_now.compared) == (1, 1, 0)

    event.remove(Job, "load", note)
    assert told_now.failed == 40
    assert (len({*costs}), loaded) == (1, [])
