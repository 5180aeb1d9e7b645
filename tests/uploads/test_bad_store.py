"""A store that is down, busy, silent, slow or confused: words are kept, files tried again, nobody waits for long."""

from __future__ import annotations

import secrets
import time
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from urllib.error import HTTPError

import pytest
from flask import Flask
from sqlalchemy import select

from creative_platform.accounts.service import SCOPES, create_api_token
from creative_platform.core import clock, daily, db, queue
from creative_platform.media import storage
from creative_platform.media.models import MediaAsset
from creative_platform.media.places import AT_ONCE, NoAnswer
from creative_platform.media.service import orphans
from creative_platform.media.storage import Storage
from creative_platform.stack.ports import free_ports
from tests.api.test_uploads import put_part, sha256
from tests.bench.web.visitor import Program
from tests.factories.accounts import make_user
from tests.factories.entries import make_entry
from tests.factories.files import picture
from tests.fixtures.bad_store import BadStore, Day, bad_store
from tests.fixtures.objectstore import RunningStore
from tests.stack.running import Run

pytestmark = pytest.mark.storage

MOST_S = 1.0
BAD_DAYS = [day for day in Day if day is not Day.GOOD]


@pytest.fixture
def bad(app: Flask, object_store: RunningStore) -> Iterator[BadStore]:
    """The store of the application, behind a proxy, with the time limit of whoever serves people, only shorter."""
    before, bucket = storage.storage(), f"bad-{secrets.token_hex(4)}"  # of its own: the sweep takes a thousand a run
    object_store.client().create_bucket(Bucket=bucket)
    keys = object_store.access_key_id, object_store.secret_access_key, bucket, "us-east-1"
    with bad_store(object_store.endpoint_url) as proxy:
        behind = Storage(proxy.address, proxy.address, *keys)
        behind.answer_in_time(MOST_S)
        storage.configure(behind)
        yield proxy
        behind.close()
        storage.configure(before)


@pytest.mark.database
@pytest.mark.parametrize("day", BAD_DAYS)
def test_an_upload_over_a_bad_store_is_told_to_try_again_and_goes_on(bad, program, user, day: Day):
    entry, caller = make_entry(owner=user, submitted=False), program(user)
    body = picture()
    plan = {"field": "pages", "filename": "a.jpg", "size_bytes": len(body), "content_type": "image/jpeg"}
    bad.day = day

    began = time.monotonic()
    planned = caller.post(f"/entries/{entry.public_id}/uploads", plan)
    took_s = time.monotonic() - began
    changed = caller.patch(f"/entries/{entry.public_id}", {"title": "Written meanwhile", "version": entry.version})

    assert (planned.status_code, planned.headers["Retry-After"]) == (503, "30")
    assert took_s < 10
    assert (changed.status_code, changed.json["title"]) == (200, "Written meanwhile")

    bad.day = Day.GOOD
    upload = caller.post(f"/entries/{entry.public_id}/uploads", plan).json
    path = f"/uploads/{upload['upload_id']}"
    [signed] = caller.post(f"{path}/urls", {"parts": [{"number": 1, "sha256": sha256(body)}]}).json["parts"]
    etag = put_part(signed, body)
    finish = {"sha256": sha256(body), "sent": [{"number": 1, "sha256": sha256(body), "etag": etag}]}
    bad.day = day
    began = time.monotonic()
    finished = caller.post(f"{path}/complete", finish)
    assert (finished.status_code, finished.headers["Retry-After"]) == (503, "30")
    assert time.monotonic() - began < 10

    bad.day = Day.GOOD
    again = caller.post(f"{path}/complete", finish)
    assert (again.status_code, again.json["state"], again.json["id"]) == (200, "received", upload["file_id"])
    storage.storage()._places = None
    queue.work_off()
    assert caller.get(f"/files/{upload['file_id']}").json["state"] == "ready"


def test_a_silent_store_does_not_keep_pages_waiting(object_store: RunningStore, tmp_path: Path, application_on):
    with bad_store(object_store.endpoint_url) as bad:
        names = {"S3_ACCESS_KEY_ID": object_store.access_key_id, "S3_SECRET_ACCESS_KEY": object_store.secret_access_key}
        settings = {**names, "S3_ENDPOINT_URL": bad.address, "S3_BUCKET": object_store.bucket}
        run = Run(tmp_path / "var", free_ports("127.0.0.1", 1)[0], **settings)
        try:
            address = f"http://127.0.0.1:{run.port}"
            place = {"VAR_DIR": str(run.var_dir), "DATABASE_URL": run.database_url, "PORT": str(run.port)}
            with application_on(place | settings):
                callers = [_caller(address) for _ in range(12)]  # more than the process has threads
            bad.day = Day.SILENT
            with ThreadPoolExecutor(len(callers)) as pool:
                plans = [pool.submit(_plan, *caller) for caller in callers]
                while len(bad.asked) < AT_ONCE:
                    time.sleep(0.05)
                pages = [urllib.request.urlopen(f"{address}/contests", timeout=20).status for _ in range(10)]
                waiting = [plan for plan in plans if not plan.done()]
                told = [plan.result() for plan in plans]
            bad.day = Day.GOOD
            again = _plan(*callers[0])
        finally:
            run.stop()
    assert pages == [200] * 10
    assert waiting  # so the pages were answered while these were held
    assert told == [503] * len(callers)
    assert again == 201


def _caller(address: str) -> tuple[Program, str]:
    user = make_user()
    entry = make_entry(owner=user, submitted=False)
    return Program(address, create_api_token(user.as_actor(), "a program", SCOPES)), entry.public_id


def _plan(program: Program, entry_id: str) -> int:
    plan = {"field": "pages", "filename": "a.jpg", "size_bytes": 9, "content_type": "image/jpeg"}
    try:
        program.call("POST", f"/entries/{entry_id}/uploads", plan)
    except HTTPError as refused:
        return refused.code
    return 201


@pytest.mark.database
def test_uploads_begun_in_a_store_whose_answer_was_lost_are_swept_once_the_file_is_there(bad, program, user):
    entry, caller, body = make_entry(owner=user, submitted=False), program(user), picture()
    plan = {"field": "pages", "filename": "a.jpg", "size_bytes": len(body), "content_type": "image/jpeg"}
    bad.day = Day.BREAKS_OFF
    caller.post(f"/entries/{entry.public_id}/uploads", plan)
    bad.day = Day.GOOD
    path = f"/uploads/{caller.post(f'/entries/{entry.public_id}/uploads', plan).json['upload_id']}"
    [signed] = caller.post(f"{path}/urls", {"parts": [{"number": 1, "sha256": sha256(body)}]}).json["parts"]
    sent = [{"number": 1, "sha256": sha256(body), "etag": put_part(signed, body)}]
    start, key = clock.now(), db.session().scalars(select(MediaAsset.storage_key)).one()

    with clock.pretend(lambda: start + timedelta(days=3)):
        assert key not in {orphan.storage_key for orphan in orphans.find_orphans()}
    assert _begun_under(key) > 1
    assert caller.post(f"{path}/complete", {"sha256": sha256(body), "sent": sent}).status_code == 200
    queue.work_off()
    for days in (3, 11):
        with clock.pretend(lambda day=days: start + timedelta(days=day)):
            daily.enqueue_due()
            queue.work_off()

    assert _begun_under(key) == 0
    assert caller.get(f"/entries/{entry.public_id}").json["files"][0]["state"] == "ready"


@pytest.mark.database
def test_a_file_whose_check_finds_the_store_away_three_times_is_checked_once_it_is_back(bad, program, user):
    entry, caller, body = make_entry(owner=user, submitted=False), program(user), picture()
    plan = {"field": "pages", "filename": "a.jpg", "size_bytes": len(body), "content_type": "image/jpeg"}
    path = f"/uploads/{caller.post(f'/entries/{entry.public_id}/uploads', plan).json['upload_id']}"
    [signed] = caller.post(f"{path}/urls", {"parts": [{"number": 1, "sha256": sha256(body)}]}).json["parts"]
    sent = [{"number": 1, "sha256": sha256(body), "etag": put_part(signed, body)}]
    caller.post(f"{path}/complete", {"sha256": sha256(body), "sent": sent})
    start = clock.now()

    bad.day = Day.DOWN
    for minutes in range(0, 18, 3):
        with clock.pretend(lambda now=start + timedelta(minutes=minutes): now):
            queue.work_off()
    assert queue.count_in(queue.JobState.FAILED) == 0
    [file] = caller.get(f"/entries/{entry.public_id}").json["files"]
    assert (file["state"], db.session().scalars(select(MediaAsset.reason)).one()) == ("verifying", "inspection.storage")

    bad.day = Day.GOOD
    with clock.pretend(lambda: start + timedelta(hours=2)):
        queue.work_off()
    assert caller.get(f"/entries/{entry.public_id}").json["files"][0]["state"] == "ready"


def _begun_under(key: str | None) -> int:
    return [name for name, _ in storage.storage().open_uploads()].count(str(key))


def test_what_nobody_waits_for_any_more_is_not_asked_again(bad, user):
    bad.day = Day.SILENT
    with pytest.raises(NoAnswer):
        storage.storage().delete("originals/given-up")
    bad.day = Day.DOWN  # ends the silence; the library would try twice more
    time.sleep(2 * MOST_S)
    bad.day = Day.GOOD
    storage.storage().delete("originals/another")

    assert bad.asked == [f"DELETE {Day.SILENT}", f"DELETE {Day.GOOD}"]
