"""A commitment, and what else happens at the same moment; and how often other bytes may come."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from creative_platform.core import db, queue
from creative_platform.core.errors import Invalid, LimitReached, WrongState
from creative_platform.entries import service as entries
from creative_platform.entries.models import EntryState
from creative_platform.media import queries
from creative_platform.media.storage import Storage
from creative_platform.uploads import service
from creative_platform.uploads.models import Upload
from creative_platform.uploads.service import limits, removal, sending
from tests.uploads.promises import (
    BODY,
    OTHER,
    closing,
    commit,
    committed_in_time,
    deliver,
    hand_in,
    mails,
    planned,
    sha256,
    state_of,
)

pytestmark = [pytest.mark.database, pytest.mark.storage]


def afterwards(monkeypatch, module, name: str, happens) -> None:
    """Let something happen right after a function was called, as in another request at the same moment."""
    real = getattr(module, name)

    def called(*given):
        answer = real(*given)
        monkeypatch.setattr(module, name, real)
        happens()
        return answer

    monkeypatch.setattr(module, name, called)


def test_bytes_finished_while_others_are_committed_are_not_these(hands, store, owner, entry, monkeypatch):
    hands.at(closing(entry) - timedelta(seconds=60))
    alike = {"fingerprint": "one and the same"}

    def committing() -> None:
        commit(owner, entry, **alike)
        hand_in(hands, owner, entry)

    afterwards(monkeypatch, sending, "_finish_in_store", committing)
    upload = service.plan_upload(owner.as_actor(), planned(entry, OTHER, **alike, sha256=None))
    store.upload_part(upload.asset.storage_key, upload.store_upload_id, 1, OTHER)
    with pytest.raises(Invalid):
        service.complete_upload(owner.as_actor(), upload.public_id, sha256=sha256(OTHER))

    [asset] = queries.assets_of("entry", entry.id)
    assert (asset.declared_sha256, asset.awaits_delivery, state_of(entry)) == (
        sha256(BODY),
        True,
        EntryState.COMMITTED,
    )


def test_a_delivery_cancelled_while_it_is_finished_did_not_happen(hands, store, owner, entry, monkeypatch):
    before = set(store.keys("originals/"))
    committed_in_time(hands, owner, entry)
    actor, upload = owner.as_actor(), service.plan_upload(owner.as_actor(), planned(entry))
    store.upload_part(upload.asset.storage_key, upload.store_upload_id, 1, BODY)
    public_id = upload.public_id

    afterwards(monkeypatch, sending, "_finish_in_store", lambda: service.abort_upload(actor, public_id))
    with pytest.raises(WrongState):
        service.complete_upload(actor, public_id)

    assert (state_of(entry), set(store.keys("originals/"))) == (EntryState.COMMITTED, before)
    deliver(store, owner, entry)
    assert state_of(entry) is EntryState.SUBMITTED


def test_an_upload_cancelled_while_it_is_opened_is_opened_anew(hands, store, owner, entry, monkeypatch):
    committed_in_time(hands, owner, entry)
    actor, public_id = owner.as_actor(), db.session().scalars(select(Upload.public_id)).one()

    afterwards(monkeypatch, Storage, "open_upload", lambda: service.abort_upload(actor, public_id))
    service.plan_upload(actor, planned(entry))

    deliver(store, owner, entry)
    assert state_of(entry) is EntryState.SUBMITTED


def test_what_is_committed_while_its_upload_is_cancelled_stays_promised(
    hands, store, owner, entry, beside, monkeypatch
):
    hands.at(closing(entry) - timedelta(seconds=60))
    actor, promise, public_id = owner.as_actor(), planned(entry), entry.public_id
    upload = service.plan_upload(actor, promise)
    give_up, beside_it, at = removal._give_up, [], hands.now

    def committing() -> None:
        service.commit_file(actor, promise)
        entries.submit_entry(actor, public_id, arrived_at=at)

    def meanwhile(s, row):
        assert not row.asset.awaits_delivery
        beside_it.append(beside(committing))
        beside_it[0].join(2)  # it waits
        return give_up(s, row)

    monkeypatch.setattr(removal, "_give_up", meanwhile)
    service.abort_upload(actor, upload.public_id)
    beside_it[0].join(30)

    db.session().rollback()
    assert beside_it[0].raised is None
    hands.at(closing(entry) + timedelta(hours=5))
    deliver(store, owner, entry)
    assert state_of(entry) is EntryState.SUBMITTED


def test_other_bytes_come_so_often_a_day_and_no_more(hands, store, owner, entry, monkeypatch):
    monkeypatch.setattr(limits, "BEGUN_TIMES_A_DAY", 2)
    committed_in_time(hands, owner, entry)
    for _ in range(2):
        deliver(store, owner, entry, OTHER, told=sha256(BODY))
        queue.work_off()
    with pytest.raises(LimitReached):
        deliver(store, owner, entry)
    assert len(mails("entries.not_delivered")) == 2

    hands.forward(days=1)
    deliver(store, owner, entry)
    assert state_of(entry) is EntryState.SUBMITTED
