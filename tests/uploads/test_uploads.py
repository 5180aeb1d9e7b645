"""A file goes from a browser to the store in parts, is received, checked and shown; with the real store."""

from __future__ import annotations

import contextlib
import hashlib
import io
import tracemalloc
import urllib.request
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from creative_platform.core import clock, db, queue
from creative_platform.core.errors import Conflict, Invalid, LimitReached, NotAllowed, NotFound
from creative_platform.core.queue import Job, JobState
from creative_platform.media import queries, urls
from creative_platform.media.models import AssetState
from creative_platform.media.storage import MIB, UNTYPED, RefusedByStore, Storage, TooLong
from creative_platform.uploads import service
from creative_platform.uploads.service import sending
from tests.factories.accounts import make_user
from tests.factories.contests import make_contest
from tests.factories.entries import make_entry
from tests.factories.files import archive, picture
from tests.fixtures.people import post

pytestmark = [pytest.mark.database, pytest.mark.storage]


def sha256(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()


def put(signed: service.SignedPart, body: bytes) -> str:
    request = urllib.request.Request(signed.url, data=body, method="PUT", headers=signed.headers)
    with urllib.request.urlopen(request) as answer:
        return answer.headers["ETag"]


def get(url: str, **headers: str) -> tuple[int, bytes, Any]:
    with urllib.request.urlopen(urllib.request.Request(url, headers=headers)) as answer:
        return answer.status, answer.read(), answer.headers


def planned(entry, body: bytes, field: str = "pages", name: str = "Сурет Ә.jpg", **more) -> service.Planned:
    return service.Planned("entry", entry.public_id, field, name, len(body), "image/jpeg", **more)


@pytest.fixture
def owner(app):
    return make_user()


@pytest.fixture
def entry(owner):
    return make_entry(owner=owner, submitted=False)


def send(actor, entry, body: bytes, **more) -> str:
    upload = service.plan_upload(actor, planned(entry, body, **more))
    [signed] = service.sign_parts(actor, upload.public_id, [(1, sha256(body))])
    service.record_part(actor, upload.public_id, service.SentPart(1, put(signed, body), sha256(body)))
    return upload.public_id


def test_an_uploaded_picture_is_received_checked_and_shown(store, owner, entry):
    actor, body = owner.as_actor(), picture()
    upload_id = send(actor, entry, body)

    asset = service.complete_upload(actor, upload_id, sha256=sha256(body))
    assert asset.state is AssetState.RECEIVED
    assert queue.work_off() == 1

    [asset] = queries.assets_of("entry", entry.id)
    assert (asset.state, asset.kind, asset.real_type, asset.sha256) == (
        AssetState.READY,
        "image",
        "image/jpeg",
        sha256(body),
    )
    assert (asset.width, asset.height, asset.filename) == (640, 480, "Сурет Ә.jpg")
    poster = urls.poster([asset])
    status, shown, headers = get(poster.src)
    assert (status, headers["Content-Type"], shown[:3]) == (200, "image/jpeg", b"\xff\xd8\xff")
    status, original, headers = get(urls.original_url(asset))
    assert (original, headers["Content-Type"]) == (body, "application/octet-stream")
    assert headers["Content-Disposition"].startswith("attachment")
    status, clean, headers = get(urls.clean_url(asset, "entry-1"))
    assert (headers["Content-Disposition"].split(";")[0], clean != body) == ("inline", True)
    assert get(urls.clean_url(asset, "entry-1"), Range="bytes=0-9")[0] == 206


def test_a_large_file_resumes_where_it_stopped(store, owner, entry):
    actor = owner.as_actor()
    body = picture() + bytes(6 * 1024 * 1024)
    first = service.plan_upload(actor, planned(entry, body, fingerprint="f"))
    size = first.part_size_bytes
    parts = [body[:size], body[size:]]
    [one] = service.sign_parts(actor, first.public_id, [(1, sha256(parts[0]))])
    service.record_part(actor, first.public_id, service.SentPart(1, put(one, parts[0]), sha256(parts[0])))

    again = service.plan_upload(actor, planned(entry, body, fingerprint="f"))
    assert (again.public_id, [p.number for p in again.parts]) == (first.public_id, [1])
    with pytest.raises(Conflict) as too_soon:
        service.complete_upload(actor, again.public_id, sha256=sha256(body))
    assert too_soon.value.data["missing"] == [2]
    [two] = service.sign_parts(actor, again.public_id, [(2, sha256(parts[1]))])
    put(two, parts[1])
    asset = service.complete_upload(actor, again.public_id, sha256=sha256(body))

    assert (asset.state, store.size_of(asset.storage_key)) == (AssetState.RECEIVED, len(body))
    assert service.complete_upload(actor, again.public_id, sha256=sha256(body)).id == asset.id


def test_a_part_that_nobody_noted_is_not_sent_again(store, owner, entry):
    body = picture() + bytes(12 * 1024 * 1024)
    actor, plan = owner.as_actor(), planned(entry, body)
    first = service.plan_upload(actor, plan)
    size = first.part_size_bytes
    parts = [body[n * size : (n + 1) * size] for n in range(3)]
    one, two = service.sign_parts(actor, first.public_id, [(1, sha256(parts[0])), (2, sha256(parts[1]))])
    put(two, parts[1])
    service.record_part(actor, first.public_id, service.SentPart(1, put(one, parts[0]), sha256(parts[0])))

    again = service.plan_upload(actor, plan)

    assert [(p.number, p.size_bytes, p.sha256) for p in again.parts] == [(1, size, sha256(parts[0])), (2, size, "")]


def test_a_part_with_other_bytes_is_refused_by_the_store(store, owner, entry):
    actor, body = owner.as_actor(), picture()
    upload = service.plan_upload(actor, planned(entry, body))
    [signed] = service.sign_parts(actor, upload.public_id, [(1, sha256(body))])

    with pytest.raises(urllib.error.HTTPError) as refused:
        put(signed, b"x" + body[1:])
    assert refused.value.code == 400
    refused.value.close()

    assert put(signed, body)


def test_bytes_that_do_not_match_the_declared_hash_are_rejected_with_a_reason(store, owner, entry):
    actor, body = owner.as_actor(), picture()
    upload_id = send(actor, entry, body)
    service.complete_upload(actor, upload_id, sha256="0" * 64)
    queue.work_off()

    [asset] = queries.assets_of("entry", entry.id)
    assert (asset.state, asset.reason, asset.proxies) == (AssetState.REJECTED, "media.checksum", [])


def test_a_file_of_another_kind_is_rejected_whatever_its_name(store, owner, entry):
    actor, body = owner.as_actor(), archive()
    service.complete_upload(actor, send(actor, entry, body, name="photo.jpg"), sha256=sha256(body))
    queue.work_off()

    [asset] = queries.assets_of("entry", entry.id)
    assert asset.state is AssetState.REJECTED
    assert asset.reason in ("media.type_not_allowed", "media.type_mismatch")


def test_the_plain_form_takes_a_file_part_by_part(store, owner, entry):
    actor, body = owner.as_actor(), picture() + bytes(6 * 1024 * 1024)

    asset = service.receive_plain(actor, planned(entry, body), io.BytesIO(body))

    assert (asset.state, b"".join(store.chunks(asset.storage_key)) == body) == (AssetState.RECEIVED, True)


def test_strangers_and_other_teams_cannot_write(store, owner, entry):
    stranger, body = make_user().as_actor(), picture()
    with pytest.raises(NotFound):
        service.plan_upload(stranger, planned(entry, body))
    upload = service.plan_upload(owner.as_actor(), planned(entry, body))

    for attempt in (
        lambda: service.sign_parts(stranger, upload.public_id, [(1, sha256(body))]),
        lambda: service.record_part(stranger, upload.public_id, service.SentPart(1, "e", sha256(body))),
        lambda: service.complete_upload(stranger, upload.public_id, sha256=sha256(body)),
        lambda: service.abort_upload(stranger, upload.public_id),
    ):
        with pytest.raises(NotFound):
            attempt()


def test_after_the_close_no_file_changes(store, owner, hands):
    entry = make_entry(make_contest(), owner=owner, submitted=False)
    upload = service.plan_upload(owner.as_actor(), planned(entry, picture()))
    hands.forward(days=60)

    with pytest.raises(NotAllowed):
        service.plan_upload(owner.as_actor(), planned(entry, b"other"))
    with pytest.raises(NotAllowed):
        service.complete_upload(owner.as_actor(), upload.public_id, sha256="0" * 64)


@pytest.mark.parametrize(
    ("more", "field"),
    [({"size_bytes": 0}, "size_bytes"), ({"size_bytes": 10**12}, "size_bytes"), ({"filename": " "}, "filename"),
     ({"sha256": "xyz"}, "sha256"), ({"filename": "x" * 300}, "filename")],
)  # fmt: skip
def test_impossible_files_are_refused_before_a_byte_is_sent(store, owner, entry, more, field):
    given = {
        "owner_type": "entry",
        "owner_public_id": entry.public_id,
        "field": "pages",
        "filename": "a",
        "size_bytes": 5,
    }

    with pytest.raises(Invalid) as refused:
        service.plan_upload(owner.as_actor(), service.Planned(**{**given, **more}))
    assert list(refused.value.fields) == [field]


def test_a_field_takes_as_many_files_as_its_rules_say(store, owner, entry):
    for n in range(3):
        service.plan_upload(owner.as_actor(), planned(entry, picture(str(n)), fingerprint=str(n)))

    with pytest.raises(LimitReached):
        service.plan_upload(owner.as_actor(), planned(entry, picture("4"), fingerprint="4"))


def test_an_aborted_upload_is_forgotten(store, owner, entry):
    upload = service.plan_upload(owner.as_actor(), planned(entry, picture()))
    service.abort_upload(owner.as_actor(), upload.public_id)
    queue.work_off()

    assert queries.assets_of("entry", entry.id) == []
    assert upload.store_upload_id not in {name for _, name in store.open_uploads()}


def test_a_part_sent_after_the_end_cannot_touch_a_checked_file(store, owner, entry):
    """AC40."""
    actor, body = owner.as_actor(), picture("one")
    upload = service.plan_upload(actor, planned(entry, body))
    first, late = (service.sign_parts(actor, upload.public_id, [(1, sha256(b))])[0] for b in (body, body[::-1]))
    service.record_part(actor, upload.public_id, service.SentPart(1, put(first, body), sha256(body)))
    service.complete_upload(actor, upload.public_id, sha256=sha256(body))
    queue.work_off()

    with contextlib.suppress(urllib.error.HTTPError):
        put(late, body[::-1])
    [asset] = queries.assets_of("entry", entry.id)
    assert (asset.state, b"".join(store.chunks(asset.storage_key)) == body) == (AssetState.READY, True)


def test_a_file_broken_before_its_check_is_rejected_with_a_reason(store, owner, entry):
    actor, body = owner.as_actor(), picture("one")
    upload_id = send(actor, entry, body)
    asset = service.complete_upload(actor, upload_id, sha256=sha256(body))
    store.delete(asset.storage_key)
    queue.work_off()

    [asset] = queries.assets_of("entry", entry.id)
    assert (asset.state, asset.reason) == (AssetState.REJECTED, "media.checksum")


def test_a_store_that_refuses_us_is_not_the_files_fault(store, owner, entry, monkeypatch, sign_in):
    actor, body, copy = owner.as_actor(), picture("one"), Storage.copy
    service.complete_upload(actor, send(actor, entry, body), sha256=sha256(body))

    def refused(*given):
        raise RefusedByStore("AccessDenied")

    monkeypatch.setattr(Storage, "copy", refused)
    queue.work_off()
    [asset] = queries.assets_of("entry", entry.id)
    [job] = db.session().scalars(select(Job).where(Job.name == sending.CHECK_JOB))
    assert (asset.state, asset.reason, job.state, job.tries) == (AssetState.VERIFYING, "", JobState.WAITING, 1)

    for later_s in (21, 102):
        with clock.pretend(lambda later_s=later_s: datetime.now(UTC) + timedelta(seconds=later_s)):
            queue.work_off()
    [asset] = queries.assets_of("entry", entry.id)
    assert (asset.state, asset.reason) == (AssetState.VERIFYING, "inspection.storage")
    page = sign_in(owner).get(f"/my/entries/{entry.public_id}").text
    assert "Nothing is lost; it will be tried again." in page

    monkeypatch.setattr(Storage, "copy", copy)
    [failed] = queue.failed_jobs()
    queue.try_again(failed.id)
    queue.work_off()
    [asset] = queries.assets_of("entry", entry.id)
    assert (asset.state, asset.reason) == (AssetState.READY, "")


def test_a_large_object_is_copied_in_ranges(store):
    body = bytes(range(256)) * (1 << 18)
    store.put("originals/large", body, UNTYPED)
    store.copy("originals/large", "originals/large-copy", len(body))

    assert b"".join(store.chunks("originals/large-copy")) == body

    began, open_before, seconds = clock.now(), store.open_uploads(), iter(range(9))
    with clock.pretend(lambda: began + timedelta(seconds=next(seconds))), pytest.raises(TooLong):
        until = began + timedelta(seconds=3)
        store.copy("originals/large", "originals/late", len(body), range_bytes=16 * MIB, until=until)
    assert (store.open_uploads(), list(store.keys("originals/late"))) == (open_before, [])


def test_a_form_that_sends_one_file_too_many_leads_back_with_the_reason(store, owner, entry, sign_in):
    browser, address = sign_in(owner), f"/media/form/entry/{entry.public_id}/pages"
    back = f"/my/entries/{entry.public_id}"
    most = entry.track.requirements[0].max_count
    for n in range(most):
        service.plan_upload(owner.as_actor(), planned(entry, picture(), name=f"{n}.jpg", fingerprint=str(n)))

    answer = post(browser, back, {"file": (io.BytesIO(picture()), "one-more.jpg")}, to=f"{address}?next={back}")

    assert (answer.status_code, answer.location) == (303, f"http://localhost{back}")
    assert "the most there may be. Remove one first." in browser.get(back).text
    assert len(queries.assets_of("entry", entry.id)) == most


def test_a_file_of_another_length_than_announced_leaves_nothing_behind(store, owner, entry):
    body, before = picture(), store.open_uploads()
    with pytest.raises(Conflict):
        service.receive_plain(owner.as_actor(), planned(entry, body), io.BytesIO(body + b"more"))

    assert (queries.assets_of("entry", entry.id), store.open_uploads()) == ([], before)


def test_a_whole_file_is_never_in_memory(store, owner, entry, tmp_path):
    body, path = picture() + bytes(12 * 1024 * 1024), tmp_path / "body"
    path.write_bytes(body)
    actor, plan = owner.as_actor(), planned(entry, body)
    store.ready()  # boto3 is loaded now
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        with path.open("rb") as file:
            service.receive_plain(actor, plan, file)
        peak = tracemalloc.get_traced_memory()[1] - before
    finally:
        tracemalloc.stop()

    assert peak < 5 * 1024 * 1024  # a part alone has as much
