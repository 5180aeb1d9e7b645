"""Who must look no more: every address that was given out for a copy of the work ends, at once and for ever."""

from __future__ import annotations

import io
import urllib.error
import urllib.request
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from creative_platform import doctor
from creative_platform.contests.models import Contest
from creative_platform.core import clock, db, queue
from creative_platform.core.errors import Unavailable
from creative_platform.core.text import LocalizedText
from creative_platform.entries import service as entries
from creative_platform.inspection import contract as inspection
from creative_platform.judging import queries as judging
from creative_platform.judging import service as jury
from creative_platform.media import queries, service, storage, urls
from creative_platform.media.copies import CopyState, state_of
from creative_platform.media.service import moving
from creative_platform.screening import service as screening
from creative_platform.uploads import service as uploads
from creative_platform.uploads.service import removal
from tests.factories.accounts import make_user
from tests.factories.contests import make_contest
from tests.factories.entries import make_entry
from tests.factories.files import picture
from tests.factories.judging import admit, seat
from tests.uploads.test_uploads import planned

pytestmark = [pytest.mark.database, pytest.mark.storage]


@pytest.fixture
def contest(app) -> Contest:
    return make_contest(make_user())


@pytest.fixture
def entry(contest, store):
    """An entry with a checked picture, handed in."""
    return make_entry_with_picture(contest)


def make_entry_with_picture(contest):
    owner, body = make_user(), picture()
    entry = make_entry(contest, owner=owner, submitted=False)
    uploads.receive_plain(owner.as_actor(), planned(entry, body), io.BytesIO(body))
    entries.submit_entry(owner.as_actor(), entry.public_id, arrived_at=clock.now())
    queue.work_off()
    return entry


@pytest.fixture
def juror(contest, entry):
    """A juror to whom the entry was given."""
    person, organizer = make_user(), contest.staff[0].user
    seat(contest, person)
    admit(entry)
    jury.draw_assignments(organizer.as_actor(), contest, before_close=True)
    queue.work_off()
    return person


def addresses(entry) -> list[str]:
    [asset] = queries.assets_of("entry", entry.id)
    keys = [(copy.storage_key, copy.content_type) for copy in asset.proxies if copy.storage_key]
    assert urls.clean_url(asset, "file") and len(keys) >= 3
    return signed(keys)


def addresses_of_what_is_there(entry) -> list[str]:
    [asset] = queries.assets_of("entry", entry.id)
    return signed([(copy.storage_key, copy.content_type) for copy in asset.proxies if copy.storage_key])


def signed(keys: list[tuple[str, str]]) -> list[str]:
    store = storage.storage()
    return [store.view_url(key, content_type=kind, filename="f", inline=True, ttl_s=3600) for key, kind in keys]


def status_of(url: str) -> int:
    try:
        with urllib.request.urlopen(url) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.code


def assert_moved(entry, before: list[str]) -> None:
    queue.work_off()
    assert queue.failed_jobs() == []
    assert {status_of(url) for url in before} == {404}
    assert {status_of(url) for url in addresses(entry)} == {200}, "who may still look gets new ones"


def test_of_an_entry_that_was_withdrawn(entry):
    before = addresses(entry)
    assert {status_of(url) for url in before} == {200}

    entries.withdraw_entry(entry.team.members[0].user.as_actor(), entry.public_id)

    assert_moved(entry, before)


def test_of_an_entry_that_was_disqualified(contest, entry):
    before = addresses(entry)

    why = LocalizedText({"en": "Not their own."})
    screening.disqualify_entry(contest.staff[0].user.as_actor(), contest, entry.public_id, reason=why)

    assert_moved(entry, before)


def test_for_a_juror_who_was_removed(contest, entry, juror):
    before = addresses(entry)

    jury.remove_juror(contest.staff[0].user.as_actor(), contest, judging.seat_in(juror.as_actor(), contest).public_id)

    assert_moved(entry, before)


def test_for_a_juror_who_stepped_back(contest, entry, juror):
    before = addresses(entry)
    [assignment] = judging.assignments_of(juror.as_actor())

    jury.recuse(juror.as_actor(), assignment.public_id, reason="A pupil of mine")

    assert_moved(entry, before)


@pytest.mark.parametrize("refusals", [1, 3])
def test_though_the_store_will_not_delete_at_first(entry, monkeypatch, refusals):
    """The second time, or, when three were in vain, when the operator who reads of it has it tried again."""
    before, real = addresses(entry), storage.Storage.delete
    refused: Counter[str] = Counter()

    def reluctant(store, key):
        refused[key] += 1
        if refused[key] <= refusals:
            raise storage.RefusedByStore("AccessDenied") if refused[key] % 2 else Unavailable()
        real(store, key)

    monkeypatch.setattr(storage.Storage, "delete", reluctant)
    entries.withdraw_entry(entry.team.members[0].user.as_actor(), entry.public_id)
    queue.work_off()
    assert 200 in {status_of(url) for url in before}
    for later_s in (21, 102):
        with clock.pretend(lambda later_s=later_s: datetime.now(UTC) + timedelta(seconds=later_s)):
            queue.work_off()

    if refusals == 3:
        told, count = [said.words for said in doctor.examine() if said.about == "jobs"], len(before)
        assert told == [f"{count} jobs failed three times ({count} media.delete_object); --fix has them tried again"]
        assert [said.mended for said in doctor.examine(fix=True) if said.about == "jobs"] == [True]
    assert_moved(entry, before)


def jobs_named(*names: str) -> list[int]:
    """Return the jobs that wait, in the order in which they were handed over."""
    db.session().rollback()
    wanted = (queue.Job.name.in_(names), queue.Job.state == queue.JobState.WAITING)
    return list(db.session().scalars(select(queue.Job.id).where(*wanted).order_by(queue.Job.id)))


def copies_of(entry) -> dict[str, tuple[int, str, int]]:
    db.session().rollback()
    [asset] = queries.assets_of("entry", entry.id)
    return {copy.name: (copy.size_bytes, copy.storage_key, copy.recipe) for copy in asset.proxies if copy.storage_key}


def clean_copy_of(entry) -> CopyState:
    [asset] = queries.assets_of("entry", entry.id)
    return state_of(asset, "clean")


def test_what_is_large_is_deleted_first_and_made_anew(contest, entry, store, monkeypatch):
    """Whoever may still look sees in the meantime that it is being made; the original is never touched."""
    other = make_entry_with_picture(contest)
    before, [asset] = addresses(entry), queries.assets_of("entry", entry.id)
    original, held = store.read(asset.storage_key), copies_of(entry)
    monkeypatch.setattr(moving, "MOVED_AT_MOST_BYTES", held["clean"][0] - 1)
    small = {name for name, (size_bytes, _, _) in held.items() if size_bytes < held["clean"][0]}
    with db.transaction():
        service.end_addresses("entry", [entry.id, other.id])

    dropping = jobs_named(moving.DROP_JOB)
    assert (len(dropping), dropping < jobs_named(moving.MOVE_JOB)) == (2, True)
    for job_id in dropping:
        queue.work(job_id)
    gone = [url for url in before if status_of(url) == 404]
    assert [held["clean"][1] in url for url in gone] == [True], "what is large, and so far nothing else"
    assert (set(copies_of(entry)), clean_copy_of(entry)) == (small, CopyState.WAITING)
    for job_id in jobs_named(moving.MOVE_JOB) + jobs_named(moving.DELETE_JOB):
        queue.work(job_id)
    for job_id in jobs_named(moving.DELETE_JOB):
        queue.work(job_id)
    assert {status_of(url) for url in before} == {404}
    assert {status_of(url) for url in addresses_of_what_is_there(entry)} == {200}

    queue.work_off()

    made = copies_of(entry)
    assert queue.failed_jobs() == []
    assert {name: size for name, (size, _, _) in made.items()} == {name: size for name, (size, _, _) in held.items()}
    assert {recipe for _, _, recipe in made.values()} == {inspection.RECIPE}
    assert (clean_copy_of(entry), store.read(asset.storage_key) == original) == (CopyState.MADE, True)
    assert_moved(entry, before)


def test_what_is_not_moved_in_time_is_deleted_and_made_anew(entry, store, monkeypatch):
    before, held, real = addresses(entry), copies_of(entry), storage.Storage.copy
    sizes = sorted(size_bytes for size_bytes, _, _ in held.values())
    copied = []

    def slow(self, source, target, size_bytes, **more):
        if copied:  # the time is over with the first
            more["until"] = clock.now()
        real(self, source, target, size_bytes, **more)
        copied.append(size_bytes)

    monkeypatch.setattr(storage.Storage, "copy", slow)
    entries.withdraw_entry(entry.team.members[0].user.as_actor(), entry.public_id)
    [move] = jobs_named(moving.MOVE_JOB)
    queue.work(move)

    assert (copied, [size for size, _, _ in copies_of(entry).values()]) == (sizes[:1], sizes[:1])
    assert [status_of(url) for url in before].count(404) == len(sizes) - 1
    assert clean_copy_of(entry) is CopyState.WAITING
    monkeypatch.setattr(storage.Storage, "copy", real)
    assert_moved(entry, before)
    assert copies_of(entry).keys() == held.keys()


def test_what_takes_little_room_is_moved_first_of_all_files(contest, entry, store, monkeypatch):
    """Posters and light copies of every entry outlive what there is no time for."""
    other = make_entry_with_picture(contest)
    sizes = sorted(size_bytes for size_bytes, _, _ in copies_of(entry).values())
    monkeypatch.setattr(moving, "MOVED_FIRST_BYTES", sizes[-2])
    with db.transaction():
        service.end_addresses("entry", [entry.id, other.id])
    moves = jobs_named(moving.MOVE_JOB)
    for job_id in moves[:2]:
        queue.work(job_id)
    with clock.pretend(lambda: datetime.now(UTC) + timedelta(seconds=moving.MOVED_WITHIN_S + 1)):
        for job_id in moves[2:]:
            queue.work(job_id)

    assert len(moves) == 4
    for one in (entry, other):
        assert sorted(size for size, _, _ in copies_of(one).values()) == sizes[:-1]


def test_a_worker_that_dies_after_deleting_leaves_what_the_next_one_finishes(entry, store, monkeypatch):
    before, held = addresses(entry), copies_of(entry)
    monkeypatch.setattr(moving, "MOVED_WITHIN_S", 0)
    entries.withdraw_entry(entry.team.members[0].user.as_actor(), entry.public_id)
    with monkeypatch.context() as torn:
        torn.setattr(moving, "_drop", lambda *given: 1 / 0)
        [move] = jobs_named(moving.MOVE_JOB)
        queue.work(move)
    assert ({status_of(url) for url in before}, copies_of(entry)) == ({404}, held)

    with clock.pretend(lambda: datetime.now(UTC) + timedelta(seconds=21)):
        queue.work(move)
        assert copies_of(entry) == {}
        queue.work_off()
    assert_moved(entry, before)
    assert copies_of(entry).keys() == held.keys()


def test_of_other_entries_nothing_moves(contest, entry, juror):
    other = make_entry(contest, owner=make_user())
    before = addresses(entry)

    entries.withdraw_entry(other.team.members[0].user.as_actor(), other.public_id)
    queue.work_off()

    assert addresses(entry) != [] and {status_of(url) for url in before} == {200}


def test_copies_moved_while_the_file_is_erased_are_erased_as_well(contest, store, monkeypatch):
    owner, body = make_user(), picture()
    entry = make_entry(contest, owner=owner, submitted=False)
    before = set(store.keys("derived/"))
    asset = uploads.receive_plain(owner.as_actor(), planned(entry, body), io.BytesIO(body))
    queue.work_off()
    with db.transaction():
        service.end_addresses("entry", [entry.id])
    [move] = db.session().scalars(select(queue.Job).where(queue.Job.name == "media.move_copies"))
    move_id, real = move.id, removal.storage.storage

    def moving():
        monkeypatch.setattr(removal.storage, "storage", real)
        queue.work(move_id)
        return real()

    uploads.remove_asset(owner.as_actor(), asset.public_id)
    erase = db.session().scalars(select(queue.Job).where(queue.Job.name == "media.erase_asset")).one()
    monkeypatch.setattr(removal.storage, "storage", moving)
    queue.work(erase.id)
    queue.work_off()

    assert queue.failed_jobs() == []
    assert set(store.keys("derived/")) == before
