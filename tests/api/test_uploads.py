"""Files over the API, with the real store."""

from __future__ import annotations

import hashlib
import json
import urllib.request

import pytest

from creative_platform.core import clock, db, queue
from creative_platform.media.storage import Storage
from tests.factories.accounts import make_user
from tests.factories.entries import make_entry
from tests.factories.files import picture
from tests.fixtures.people import csrf_of

pytestmark = [pytest.mark.database, pytest.mark.storage]


def sha256(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()


def send_file(caller, entry_id: str, body: bytes, *, field: str = "pages", name: str = "photo.jpg") -> dict:
    """Send a file as a program does, part by part, and return it as received."""
    plan = {"field": field, "filename": name, "size_bytes": len(body), "content_type": "application/octet-stream"}
    upload = caller.post(f"/entries/{entry_id}/uploads", plan).json
    size = upload["part_size_bytes"]
    for number in range(1, upload["part_count"] + 1):
        if number not in upload["received"]:
            send_part(caller, upload["upload_id"], number, body[(number - 1) * size : number * size])
    return caller.post(f"/uploads/{upload['upload_id']}/complete", {"sha256": sha256(body)}).json


def send_part(caller, upload_id: str, number: int, part: bytes) -> dict:
    wanted = {"parts": [{"number": number, "sha256": sha256(part)}]}
    [signed] = caller.post(f"/uploads/{upload_id}/urls", wanted).json["parts"]
    said = {"etag": put_part(signed, part), "sha256": sha256(part)}
    return caller.put(f"/uploads/{upload_id}/parts/{number}", said).json


def put_part(signed: dict, part: bytes) -> str:
    """Send the bytes of a part to where its signed address says and return the store's ETag."""
    request = urllib.request.Request(signed["url"], data=part, method="PUT", headers=signed["headers"])
    with urllib.request.urlopen(request) as answer:
        return answer.headers["ETag"]


def test_a_file_is_sent_in_parts_resumed_and_received(store, program, user):
    entry, caller = make_entry(owner=user, submitted=False), program(user)
    body = picture() + bytes(6 * 1024 * 1024)
    plan = {"field": "pages", "filename": "Сурет.jpg", "size_bytes": len(body), "content_type": "image/jpeg"}
    upload = caller.post(f"/entries/{entry.public_id}/uploads", plan).json
    noted = send_part(caller, upload["upload_id"], 1, body[: upload["part_size_bytes"]])
    assert (upload["received"], noted["received"], upload["part_count"]) == ([], [1], 2)

    again = caller.post(f"/entries/{entry.public_id}/uploads", plan).json
    assert (again["upload_id"], again["received"]) == (upload["upload_id"], [1])
    too_soon = caller.post(f"/uploads/{upload['upload_id']}/complete", {"sha256": sha256(body)})
    assert (too_soon.status_code, too_soon.json["missing"]) == (409, [2])
    received = send_file(caller, entry.public_id, body, name="Сурет.jpg")

    assert (received["state"], received["filename"], received["id"]) == ("received", "Сурет.jpg", upload["file_id"])
    queue.work_off()
    assert caller.get(f"/files/{received['id']}").json["state"] == "ready"


def test_parts_that_were_sent_are_noted_with_the_call_for_the_next_ones(store, program, user):
    entry, caller = make_entry(owner=user, submitted=False), program(user)
    body = picture() + bytes(11 * 1024 * 1024)
    plan = {"field": "pages", "filename": "a.jpg", "size_bytes": len(body), "content_type": "image/jpeg"}
    upload = caller.post(f"/entries/{entry.public_id}/uploads", plan).json
    path, size = f"/uploads/{upload['upload_id']}", upload["part_size_bytes"]
    halves = [body[:size], body[size : 2 * size]]
    wanted = [{"number": number, "sha256": sha256(part)} for number, part in enumerate(halves, start=1)]
    last = {"number": 3, "sha256": sha256(body[2 * size :])}
    said = [{**one, "etag": f"etag {one['number']}"} for one in wanted]

    [signed] = caller.post(f"{path}/urls", {"parts": [last], "sent": said}).json["parts"]

    assert (signed["number"], caller.get(path).json["received"]) == (3, [1, 2])
    for wrong in ({**said[0], "number": 4}, {**said[0], "sha256": "no"}, {"number": 3, "etag": "e"}):
        refused = caller.post(f"{path}/urls", {"parts": [last], "sent": [{**last, "etag": "e"}, wrong]})
        assert (refused.status_code, caller.get(path).json["received"]) == (422, [1, 2])


@pytest.mark.parametrize(("etag", "asked_in_vain"), [("unseen", 0), ("0" * 32, 2)])
def test_a_part_that_was_noted_and_is_not_there_is_asked_for(store, program, user, monkeypatch, etag, asked_in_vain):
    entry, caller = make_entry(owner=user, submitted=False), program(user)
    body = picture() + bytes(6 * 1024 * 1024)
    plan = {"field": "pages", "filename": "a.jpg", "size_bytes": len(body), "content_type": "image/jpeg"}
    upload = caller.post(f"/entries/{entry.public_id}/uploads", plan).json
    path, size = f"/uploads/{upload['upload_id']}", upload["part_size_bytes"]
    wanted = [{"number": 1, "sha256": sha256(body[:size])}, {"number": 2, "sha256": sha256(body[size:])}]
    first, last = caller.post(f"{path}/urls", {"parts": wanted}).json["parts"]
    put_part(first, body[:size])
    told = {"sha256": sha256(body), "sent": [{**one, "etag": etag} for one in wanted]}
    complete, finished = Storage.complete_upload, []
    monkeypatch.setattr(Storage, "complete_upload", lambda *given: finished.append(0) or complete(*given))

    refused = caller.post(f"{path}/complete", told)
    put_part(last, body[size:])
    received = caller.post(f"{path}/complete", told)

    assert (refused.status_code, refused.json["missing"]) == (409, [2])
    assert (received.status_code, received.json["state"], len(finished)) == (200, "received", asked_in_vain + 1)
    wrong = {**told, "sent": [{**wanted[0], "number": 3, "etag": "e"}]}
    again = caller.post(f"/entries/{entry.public_id}/uploads", {**plan, "filename": "b.jpg"}).json
    assert caller.post(f"/uploads/{again['upload_id']}/complete", wrong).status_code == 422
    queue.work_off()
    assert caller.get(f"/files/{received.json['id']}").json["state"] == "ready"


def test_a_program_says_what_its_line_carries_and_sends_small_parts(store, program, user):
    entry, caller = make_entry(owner=user, submitted=False), program(user)
    body = picture() + bytes(2_000_000)
    plan = {"field": "pages", "filename": "a.jpg", "size_bytes": len(body), "content_type": "image/jpeg"}

    upload = caller.post(f"/entries/{entry.public_id}/uploads", {**plan, "bytes_per_s": 32_000}).json
    received = send_file(caller, entry.public_id, body, name="a.jpg")

    assert (upload["part_size_bytes"], upload["part_count"]) == (768 * 1024, 3)
    assert (received["state"], received["id"]) == ("received", upload["file_id"])
    refused = caller.post(f"/entries/{entry.public_id}/uploads", {**plan, "bytes_per_s": 0})
    assert (refused.status_code, list(refused.json["fields"])) == (422, ["bytes_per_s"])


def test_opening_again_under_one_key_gives_the_same_bytes(store, program, user):
    entry, caller = make_entry(owner=user, submitted=False), program(user)
    plan = {"field": "pages", "filename": "a.jpg", "size_bytes": 5, "content_type": "image/jpeg"}
    path = f"/entries/{entry.public_id}/uploads"

    first, again = (caller.post(path, plan, Idempotency_Key="open") for _ in range(2))
    other = caller.post(path, {**plan, "size_bytes": 6}, Idempotency_Key="open")

    assert (again.status_code, again.data, other.json["code"]) == (201, first.data, "idempotency_key_reused")
    assert len(caller.get(f"/entries/{entry.public_id}").json["files"]) == 1


def test_an_upload_is_given_up_and_a_file_is_removed(store, program, user):
    entry, caller = make_entry(owner=user, submitted=False), program(user)
    plan = {"field": "pages", "filename": "a.jpg", "size_bytes": 5, "content_type": "image/jpeg"}
    upload = caller.post(f"/entries/{entry.public_id}/uploads", plan).json
    caller.delete(f"/uploads/{upload['upload_id']}")
    received = send_file(caller, entry.public_id, picture())
    assert len(caller.get(f"/entries/{entry.public_id}").json["files"]) == 1

    caller.delete(f"/files/{received['id']}")

    assert caller.get(f"/entries/{entry.public_id}").json["files"] == []


def test_uploads_and_files_of_others_are_nowhere(store, program, user):
    """AC03, AC04."""
    entry, caller, stranger = make_entry(owner=user, submitted=False), program(user), program(make_user())
    received = send_file(caller, entry.public_id, picture())
    plan = {"field": "pages", "filename": "a.jpg", "size_bytes": 5, "content_type": "image/jpeg"}
    upload_id = caller.post(f"/entries/{entry.public_id}/uploads", plan).json["upload_id"]
    one = {"number": 1, "sha256": "0" * 64}

    tries = [
        stranger.get(f"/uploads/{upload_id}"),
        stranger.post(f"/uploads/{upload_id}/urls", {"parts": [one]}),
        stranger.put(f"/uploads/{upload_id}/parts/1", {"etag": "e", "sha256": "0" * 64}),
        stranger.post(f"/uploads/{upload_id}/complete", {"sha256": "0" * 64}),
        stranger.delete(f"/uploads/{upload_id}"),
        stranger.get(f"/files/{received['id']}"),
        stranger.delete(f"/files/{received['id']}"),
    ]

    assert [t.status_code for t in tries] == [404] * 7
    assert len(caller.get(f"/entries/{entry.public_id}").json["files"]) == 2


@pytest.mark.parametrize(
    ("change", "field"),
    [({"size_bytes": 0}, "size_bytes"), ({"size_bytes": "5"}, "size_bytes"), ({"size_bytes": 10**12}, "size_bytes"),
     ({"sha256": "xyz"}, "sha256"), ({"filename": "x" * 300}, "filename"), ({"filename": "\0"}, "filename"),
     ({"storage_key": "originals/x"}, "storage_key"), ({"size_bytes": True}, "size_bytes")],
)  # fmt: skip
def test_impossible_files_are_refused_by_field(store, program, user, change, field):
    entry = make_entry(owner=user, submitted=False)
    plan = {"field": "pages", "filename": "a.jpg", "size_bytes": 5, "content_type": "image/jpeg", **change}

    refused = program(user).post(f"/entries/{entry.public_id}/uploads", plan)

    assert (refused.status_code, list(refused.json["fields"])) == (422, [field])


def test_a_browser_session_uploads_with_the_page_token(store, sign_in, user):
    """The page's own module calls with the cookie and X-CSRFToken; without the token nothing happens."""
    entry, browser = make_entry(owner=user, submitted=False), sign_in(user)
    token = csrf_of(browser.get("/account").text)
    plan = {"field": "pages", "filename": "a.jpg", "size_bytes": 5, "content_type": "image/jpeg"}
    path = f"/api/v1/entries/{entry.public_id}/uploads"

    without = browser.post(path, json=plan)
    opened = browser.post(path, json=plan, headers={"X-CSRFToken": token, "X-Requested-With": "fetch"})

    assert (without.status_code, without.json["code"]) == (400, "csrf")
    assert (opened.status_code, opened.json["received"]) == (201, [])


def test_a_file_is_promised_before_the_close_and_delivered_after_it(store, program, user):
    entry, caller = make_entry(owner=user, submitted=False), program(user)
    path, body = f"/entries/{entry.public_id}/commitments", picture()
    promise = {"field": "pages", "filename": "Сурет.jpg", "size_bytes": len(body), "sha256": sha256(body)}

    first, again = (caller.post(path, promise, Idempotency_Key="promise") for _ in range(2))
    other = caller.post(path, {**promise, "size_bytes": 6}, Idempotency_Key="promise")
    assert (first.status_code, again.data, other.json["code"]) == (201, first.data, "idempotency_key_reused")
    assert (first.json["state"], first.json["sha256"]) == ("planned", sha256(body))
    assert first.json["committed_at"] is not None
    assert len(json.dumps(promise)) < 1024

    receipt = json.loads(caller.post(f"/entries/{entry.public_id}/submit").json["payload"])
    assert [line["sha256"] for line in receipt["files"]] == [sha256(body)]
    standing = caller.get(f"/entries/{entry.public_id}").json
    assert (standing["state"], standing["missing"]) == ("committed", [])
    with db.transaction():
        entry.contest.stages[0].ends_at = clock.now()
    late = caller.post(path, {**promise, "sha256": "0" * 64})
    assert (late.status_code, late.json["code"]) == (409, "too_late")
    plan = {**promise, "content_type": "image/jpeg"}
    strange = caller.post(f"/entries/{entry.public_id}/uploads", {**plan, "sha256": "0" * 64})
    assert (strange.status_code, list(strange.json["fields"])) == (422, ["sha256"])
    upload = caller.post(f"/entries/{entry.public_id}/uploads", plan).json["upload_id"]
    send_part(caller, upload, 1, body)
    assert caller.post(f"/uploads/{upload}/complete").json["id"] == first.json["id"]
    standing = caller.get(f"/entries/{entry.public_id}").json
    assert (standing["state"], standing["deliver_until"] > standing["closes_at"]) == ("submitted", True)


def test_a_promise_into_somebody_elses_entry_is_nowhere(program, user):
    entry = make_entry(submitted=False)
    promise = {"field": "pages", "filename": "a.jpg", "size_bytes": 5, "sha256": "0" * 64}
    assert program(user).post(f"/entries/{entry.public_id}/commitments", promise).status_code == 404
