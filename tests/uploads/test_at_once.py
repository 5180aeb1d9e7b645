"""Two at once, on databases that let them: whoever was first, nothing of the other is lost."""

from __future__ import annotations

import io
import threading
from typing import Any

import pytest
from sqlalchemy import select

from creative_platform.core import clock, db, queue
from creative_platform.core.errors import WrongState
from creative_platform.entries import revisions
from creative_platform.entries import service as entries
from creative_platform.entries.models import Receipt
from creative_platform.media import storage
from creative_platform.media.models import AssetState, MediaAsset
from creative_platform.uploads import service
from creative_platform.uploads.models import Upload, UploadState
from creative_platform.uploads.service import parts, removal, sending
from tests.factories.accounts import make_user
from tests.factories.entries import make_entry
from tests.factories.files import picture
from tests.fixtures.people import csrf_of
from tests.uploads.test_uploads import planned

pytestmark = [pytest.mark.database, pytest.mark.storage]


@pytest.fixture
def owner(app):
    return make_user()


@pytest.fixture
def entry(owner):
    return make_entry(owner=owner, submitted=False)


def test_a_receipt_gets_its_second_line_though_a_check_ends_while_it_is_made(owner, entry, store, beside, monkeypatch):
    body = picture("At once")
    service.receive_plain(owner.as_actor(), planned(entry, body), io.BytesIO(body))
    really, checking = revisions.document_of, []

    def after_a_while(*given: Any) -> Any:
        checking.append(beside(queue.work_off))
        checking[0].join(4)  # SQLite lets nobody write meanwhile
        return really(*given)

    monkeypatch.setattr(revisions, "document_of", after_a_while)
    entries.submit_entry(owner.as_actor(), entry.public_id, arrived_at=clock.now())
    checking[0].join(30)

    db.session().rollback()
    assert checking[0].raised is None
    assert db.session().scalars(select(Receipt)).one().verification_payload is not None


def test_removing_a_file_and_completing_its_upload_do_not_wait_for_each_other(owner, entry, store, beside, monkeypatch):
    body = picture("Removed")
    upload = service.plan_upload(owner.as_actor(), planned(entry, body))
    etag = storage.storage().upload_part(sending.key_of(upload), upload.store_upload_id, 1, body)
    digest = storage.sha256_of_part(body)
    service.record_part(owner.as_actor(), upload.public_id, service.SentPart(1, etag, digest))
    actor, upload_id, asset_id = owner.as_actor(), upload.public_id, upload.asset.public_id
    removing, completing = threading.Event(), threading.Event()
    lock, read = sending.locked, removal.select

    def halfway_complete(query: Any) -> Any:
        if "FROM media_asset" in str(query):
            completing.set()
            removing.wait(2)
        return lock(query)

    def halfway_removed(*what: Any) -> Any:
        if what == (Upload,):
            removing.set()
            completing.wait(2)
        return read(*what)

    monkeypatch.setattr(sending, "locked", halfway_complete)
    monkeypatch.setattr(removal, "select", halfway_removed)
    both = [
        beside(lambda: service.complete_upload(actor, upload_id, sha256=digest)),
        beside(lambda: service.remove_asset(actor, asset_id)),
    ]
    for one in both:
        one.join(20)

    assert {type(one.raised) for one in both} <= {type(None), WrongState}
    monkeypatch.undo()
    db.session().rollback()
    queue.work_off()
    assert db.session().scalars(select(MediaAsset)).one().state is AssetState.ERASED


def test_who_completes_an_upload_that_was_given_up_meanwhile_is_told(owner, entry, store, monkeypatch):
    body = picture("Given up")
    upload = service.plan_upload(owner.as_actor(), planned(entry, body))
    storage.storage().upload_part(sending.key_of(upload), upload.store_upload_id, 1, body)
    finish, public_id = sending._finish_in_store, upload.public_id

    def then_give_up(*given: Any) -> None:
        finish(*given)
        service.abort_upload(owner.as_actor(), public_id)

    monkeypatch.setattr(sending, "_finish_in_store", then_give_up)
    with pytest.raises(WrongState):
        service.complete_upload(owner.as_actor(), public_id, sha256=storage.sha256_of_part(body))


def test_who_sends_a_form_is_told_when_its_file_is_removed_meanwhile(owner, entry, store, sign_in, monkeypatch):
    send, browser = parts.send, sign_in(owner)
    token = csrf_of(browser.get("/account").text)

    def meanwhile(*given: Any) -> str:
        service.remove_asset(owner.as_actor(), db.session().scalars(select(MediaAsset.public_id)).one())
        queue.work_off()
        return send(*given)

    monkeypatch.setattr(parts, "send", meanwhile)
    sent = {"file": (io.BytesIO(picture()), "a.png"), "csrf_token": token}
    answer = browser.post(f"/media/form/entry/{entry.public_id}/pages", data=sent)

    assert (answer.status_code, "This upload has ended." in browser.get("/account").text) == (303, True)


def test_a_file_that_was_removed_while_its_upload_opens_stays_removed(owner, entry, store, monkeypatch):
    opened, before = storage.Storage.open_upload, store.open_uploads()

    def meanwhile(self: storage.Storage, key: str, content_type: str) -> str:
        asset = db.session().scalars(select(MediaAsset)).one()
        service.remove_asset(owner.as_actor(), asset.public_id)
        queue.work_off()
        return opened(self, key, content_type)

    monkeypatch.setattr(storage.Storage, "open_upload", meanwhile)
    upload = service.plan_upload(owner.as_actor(), planned(entry, picture()))

    assert (upload.state, upload.asset.state) == (UploadState.ABORTED, AssetState.ERASED)
    assert store.open_uploads() == before
