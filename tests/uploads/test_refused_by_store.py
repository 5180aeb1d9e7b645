"""A store that refuses: who finishes an upload is told to try again, and nothing is lost."""

from __future__ import annotations

import pytest

from creative_platform.media.storage import RefusedByStore, Storage
from tests.api.test_uploads import put_part, sha256
from tests.factories.entries import make_entry
from tests.factories.files import picture

pytestmark = [pytest.mark.database, pytest.mark.storage]


def test_a_part_replaced_while_the_upload_is_finished_is_no_fault_of_ours(store, program, user, monkeypatch):
    entry, caller = make_entry(owner=user, submitted=False), program(user)
    body = picture()
    plan = {"field": "pages", "filename": "a.jpg", "size_bytes": len(body), "content_type": "image/jpeg"}
    path = f"/uploads/{caller.post(f'/entries/{entry.public_id}/uploads', plan).json['upload_id']}"
    [signed] = caller.post(f"{path}/urls", {"parts": [{"number": 1, "sha256": sha256(body)}]}).json["parts"]
    put_part(signed, body)
    complete, refused = Storage.complete_upload, []

    def refuse_once(*given: object) -> None:
        if not refused:
            refused.append(given)
            raise RefusedByStore("InvalidPart")
        complete(*given)

    monkeypatch.setattr(Storage, "complete_upload", refuse_once)

    first = caller.post(f"{path}/complete", {"sha256": sha256(body)})
    again = caller.post(f"{path}/complete", {"sha256": sha256(body)})

    assert (first.status_code, first.headers["Retry-After"]) == (503, "30")
    assert (again.status_code, again.json["state"]) == (200, "received")
