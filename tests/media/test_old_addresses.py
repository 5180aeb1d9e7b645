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
from creative_platform.judging import queries as judging
from creative_platform.judging import service as jury
from creative_platform.media import queries, service, storage, urls
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
