"""AC81: however often somebody sends files, the bytes in the real store stay bounded; what was handed in stays."""

from __future__ import annotations

import hashlib
import io
from datetime import timedelta

import pytest
from sqlalchemy import select

from creative_platform.core import clock, db, queue
from creative_platform.core.db import transaction
from creative_platform.core.errors import LimitReached
from creative_platform.entries import service as entries
from creative_platform.entries.revisions import stands_as_handed_in
from creative_platform.media import queries, urls
from creative_platform.media.models import AssetState, MediaAsset, MediaProxy
from creative_platform.media.storage import MIB
from creative_platform.uploads import service
from creative_platform.uploads.models import UploadState
from creative_platform.uploads.service import checks, limits
from tests.factories.accounts import make_user
from tests.factories.contests import make_contest
from tests.factories.entries import make_entry
from tests.factories.files import archive, picture
from tests.fixtures.people import post
from tests.uploads.test_uploads import get, planned

pytestmark = [pytest.mark.database, pytest.mark.storage]


@pytest.fixture
def owner(app):
    return make_user()


@pytest.fixture
def entry(owner):
    return make_entry(owner=owner, submitted=False)


@pytest.fixture
def on_disk(store, object_store):
    """How many bytes lie on the disk more than at the beginning."""
    before = object_store.bytes_kept()
    return lambda: object_store.bytes_kept() - before


def send(person, entry, body: bytes, **more) -> MediaAsset:
    """Send a file through the application, in parts."""
    return service.receive_plain(person.as_actor(), planned(entry, body, **more), io.BytesIO(body))


def wrong(number: int) -> bytes:
    """An archive where pictures are wanted, in two parts."""
    return archive({"a.txt": str(number)}) + bytes(6 * MIB)


def test_files_that_are_not_accepted_leave_nothing_but_the_reason(owner, entry, on_disk, sign_in):
    for number in range(4):
        send(owner, entry, wrong(number), name=f"{number}.jpg")
        assert on_disk() >= 6 * MIB
        queue.work_off()
        assert on_disk() == 0

    kept = queries.assets_of("entry", entry.id)
    assert [(a.state, a.storage_key, a.filename) for a in kept] == [
        (AssetState.REJECTED, None, f"{number}.jpg") for number in range(4)
    ]
    browser = sign_in(owner)
    page = browser.get(f"/my/entries/{entry.public_id}").text
    assert [name for name in ("0.jpg", "3.jpg") if name not in page] == []
    assert "Download" not in page
    assert browser.get(f"/media/{kept[0].public_id}/original").status_code == 404


@pytest.mark.parametrize("worked_off", [True, False])
def test_a_removed_file_and_its_copies_are_erased(owner, entry, on_disk, worked_off):
    asset = send(owner, entry, picture() + bytes(6 * MIB))
    if worked_off:
        queue.work_off()
    service.remove_asset(owner.as_actor(), asset.public_id)
    queue.work_off()

    asset = db.session().get_one(MediaAsset, asset.id)
    assert (on_disk(), asset.state, asset.storage_key) == (0, AssetState.ERASED, None)
    assert list(db.session().scalars(select(MediaProxy))) == []


def test_what_was_handed_in_is_never_erased(owner, entry, on_disk):
    body = picture("Handed in")
    asset = send(owner, entry, body)
    queue.work_off()
    entries.submit_entry(owner.as_actor(), entry.public_id, arrived_at=clock.now())
    service.remove_asset(owner.as_actor(), asset.public_id)
    queue.work_off()

    asset = db.session().get_one(MediaAsset, asset.id)
    assert asset.removed_at is not None
    assert get(urls.original_url(asset))[1] == body
    assert urls.clean_url(asset, "entry-1") != ""


def test_a_file_of_a_track_that_was_left_is_not_handed_in(owner, entry, on_disk):
    with transaction():
        entry.contest.tracks[0].requirements[0].min_count = 0
    asset = send(owner, entry, picture("Left"))
    actor, public_id = owner.as_actor(), entry.public_id
    version = entries.save_draft(actor, public_id, entry.version, {"track": "video"}, arrived_at=clock.now()).version
    receipt = entries.submit_entry(actor, public_id, arrived_at=clock.now())
    assert receipt.revision.document["files"] == []
    assert stands_as_handed_in(entry, queries.assets_of("entry", entry.id), receipt.revision)

    entries.save_draft(actor, public_id, version, {"track": "story"}, arrived_at=clock.now())
    again = entries.submit_entry(actor, public_id, arrived_at=clock.now())
    assert [file["file"] for file in again.revision.document["files"]] == [asset.public_id]


def test_what_was_handed_in_before_its_check_is_kept_with_the_reason(owner, entry, on_disk):
    body = wrong(0)
    asset = send(owner, entry, body)
    entries.submit_entry(owner.as_actor(), entry.public_id, arrived_at=clock.now())
    queue.work_off()

    asset = db.session().get_one(MediaAsset, asset.id)
    assert (asset.state, get(urls.original_url(asset))[1] == body) == (AssetState.REJECTED, True)


def test_versions_that_were_handed_in_fill_a_field_and_then_it_takes_no_more(owner, on_disk, program, sign_in):
    contest = make_contest()
    with transaction():
        wanted = contest.tracks[1].requirements[0]
        wanted.max_count, wanted.max_size_bytes = 1, MIB
    entry = make_entry(contest, owner=owner, submitted=False)
    for number in range(limits.KEPT_TIMES):
        asset = send(owner, entry, picture(str(number)) + bytes(MIB * 9 // 10))
        queue.work_off()
        entries.submit_entry(owner.as_actor(), entry.public_id, arrived_at=clock.now())
        service.remove_asset(owner.as_actor(), asset.public_id)
        queue.work_off()
    full = on_disk()

    plan = {"field": "pages", "filename": "a.jpg", "size_bytes": MIB, "content_type": "image/jpeg"}
    for _ in range(3):
        with pytest.raises(LimitReached) as refused:
            send(owner, entry, bytes(MIB))
        told = program(owner).post(f"/entries/{entry.public_id}/uploads", plan)
        assert (told.status_code, told.json["code"], told.json["limit"]) == (409, "limit_reached", 5)
    assert refused.value.data == {"kept": 5, "limit": 5, "size": 1}
    assert told.json["detail"].startswith("5 of 5 MB are kept for these files: this one of 1 MB does not fit.")
    assert on_disk() == full
    send(owner, entry, picture())  # what is small still fits


def test_the_plain_form_says_what_is_full_and_goes_back(owner, entry, on_disk, sign_in, monkeypatch):
    monkeypatch.setattr(limits, "KEPT_TIMES", 0)
    browser, page = sign_in(owner), f"/my/entries/{entry.public_id}"
    with picture_file() as file:
        answer = post(browser, page, {"file": file}, to=f"/media/form/entry/{entry.public_id}/pages?next={page}")
    assert answer.status_code == 303
    assert "0 of 0 MB are kept for these files" in browser.get(page).text


def picture_file():
    file = io.BytesIO(picture())
    file.name = "a.jpg"
    return file


def test_a_day_sees_so_many_uploads_and_no_more(hands, owner, entry, on_disk, monkeypatch):
    monkeypatch.setattr(limits, "BEGUN_TIMES_A_DAY", 2)
    actor = owner.as_actor()
    for number in range(6):
        upload = service.plan_upload(actor, planned(entry, picture(), fingerprint=str(number)))
        service.abort_upload(actor, upload.public_id)
    with pytest.raises(LimitReached) as refused:
        service.plan_upload(actor, planned(entry, picture(), fingerprint="7"))
    assert refused.value.data == {"limit": 6}
    queue.work_off()
    assert on_disk() == 0

    hands.forward(days=1)
    assert service.plan_upload(actor, planned(entry, picture(), fingerprint="7")).state is UploadState.OPEN


def test_an_upload_nobody_goes_on_with_is_given_up_and_its_parts_are_erased(hands, store, owner, entry, on_disk):
    actor, body = owner.as_actor(), picture() + bytes(6 * MIB)
    upload = service.plan_upload(actor, planned(entry, body, fingerprint="f"))
    first = body[: upload.part_size_bytes]
    etag = store.upload_part(upload.asset.storage_key, upload.store_upload_id, 1, first)
    hands.forward(days=6)
    service.record_part(actor, upload.public_id, service.SentPart(1, etag, hashlib.sha256(first).hexdigest()))
    hands.forward(days=2)
    queue.work_off()
    assert (service.upload_of(actor, upload.public_id).state, on_disk() >= len(first)) == (UploadState.OPEN, True)

    hands.forward(days=5)
    queue.work_off()
    assert on_disk() == 0
    assert queries.assets_of("entry", entry.id) == []
    assert upload.store_upload_id not in {name for _, name in store.open_uploads()}
    again = service.plan_upload(actor, planned(entry, body, fingerprint="f"))
    assert (again.public_id != upload.public_id, again.parts) == (True, [])


def test_a_check_that_breaks_down_leaves_nothing_of_its_own(hands, owner, entry, on_disk, monkeypatch):
    body = picture() + bytes(40 * MIB)
    asset = send(owner, entry, body)
    received = on_disk()

    def broken(*given, write, **more):
        write("clean", bytes(20 * MIB))
        raise RuntimeError("the machine stops")

    monkeypatch.setattr(checks, "inspect", broken)
    for _ in range(3):
        queue.work_off()
        hands.at(hands.now + timedelta(hours=1))
    assert on_disk() == received
    assert db.session().get_one(MediaAsset, asset.id).state is AssetState.VERIFYING
