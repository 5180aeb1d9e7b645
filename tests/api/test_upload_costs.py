"""What the calls of an upload ask of the database: each thing once, however many parts there are."""

from __future__ import annotations

import pytest

from creative_platform.media.storage import LEAST_PART_BYTES, Storage
from tests.api.test_uploads import put_part, sha256
from tests.factories.entries import make_entry
from tests.factories.files import picture

pytestmark = [pytest.mark.database, pytest.mark.storage]


def test_no_call_of_an_upload_asks_twice(store, program, user, count_queries, monkeypatch):
    entry, caller = make_entry(owner=user, submitted=False), program(user)
    body = picture() + bytes(2 * LEAST_PART_BYTES)
    halves = [body[at : at + LEAST_PART_BYTES] for at in range(0, len(body), LEAST_PART_BYTES)]
    parts = [{"number": number, "sha256": sha256(half)} for number, half in enumerate(halves, start=1)]
    plan = {"field": "pages", "filename": "a.jpg", "size_bytes": len(body), "content_type": "image/jpeg"}
    asked = {}

    def call(name, method, path, said=None):
        with count_queries() as seen:
            answer = method(path, said) if said else method(path)
        asked[name] = len(seen)
        assert answer.status_code < 300, answer.json
        return answer.json

    caller.get(f"/entries/{entry.public_id}")  # notes that the token is used
    upload = call("plan", caller.post, f"/entries/{entry.public_id}/uploads", plan)
    path = f"/uploads/{upload['upload_id']}"
    call("state", caller.get, path)
    signed = call("addresses", caller.post, f"{path}/urls", {"parts": parts})["parts"]
    for count in (1, 3):
        sent = [{**part, "etag": "e"} for part in parts[:count]]
        call(f"addresses, {count} noted", caller.post, f"{path}/urls", {"parts": parts[:1], "sent": sent})
    sent = [{**part, "etag": put_part(one, half)} for part, one, half in zip(parts, signed, halves, strict=True)]
    ask, of_the_store = Storage._ask_in_time, []

    def noted(store, name, **told):
        of_the_store.append(name)
        return ask(store, name, **told)

    monkeypatch.setattr(Storage, "_ask_in_time", noted)
    call("complete", caller.post, f"{path}/complete", {"sha256": sha256(body), "sent": sent})

    assert of_the_store == ["complete_multipart_upload"]

    assert asked == {
        "plan": 15,
        "state": 4,
        "addresses": 3,
        "addresses, 1 noted": 5,
        "addresses, 3 noted": 5,
        "complete": 10,
    }
