"""A store that takes a corrupt part is no way around the check of the whole file."""

from __future__ import annotations

import hashlib

import pytest

from creative_platform.core import queue
from creative_platform.doctor import store as doctor
from creative_platform.media import queries
from creative_platform.media.models import AssetState
from creative_platform.uploads import service
from tests.factories.accounts import make_user
from tests.factories.entries import make_entry
from tests.factories.files import picture
from tests.fixtures.stores import TriedStore
from tests.storage.asking import ask

pytestmark = [pytest.mark.storage, pytest.mark.database]


@pytest.mark.parametrize("broken", [True, False])
def test_a_part_broken_on_its_way_is_found_by_the_check(weak_store, radosgw: TriedStore, app, broken: bool):
    owner = make_user()
    entry, actor, body = make_entry(owner=owner, submitted=False), owner.as_actor(), picture()
    sha256 = hashlib.sha256(body).hexdigest()
    arrives = body[:100] + bytes([body[100] ^ 1]) + body[101:] if broken else body
    planned = service.Planned("entry", entry.public_id, "pages", "a.jpg", len(body), "image/jpeg")
    upload = service.plan_upload(actor, planned)
    [signed] = service.sign_parts(actor, upload.public_id, [(1, sha256)])

    status, headers, _ = ask("PUT", signed.url, signed.headers, arrives)
    assert status == 200
    service.record_part(actor, upload.public_id, service.SentPart(1, headers["etag"], sha256))
    service.complete_upload(actor, upload.public_id, sha256=sha256)
    queue.work_off()

    [asset] = queries.assets_of("entry", entry.id)
    expected = (AssetState.REJECTED, "media.checksum") if broken else (AssetState.READY, "")
    assert (asset.state, asset.reason, bool(asset.proxies)) == (*expected, not broken)


def test_the_doctor_says_what_is_weak(app, weak_store, radosgw: TriedStore):
    result = app.test_cli_runner().invoke(args=["storage", "doctor", "--origin", radosgw.origin])

    assert result.exit_code == 0
    said = [line for line in result.output.splitlines() if line.startswith("weak") and "restart" not in line]
    assert [line.split("  ")[-1].strip() for line in said] == [
        "a corrupt part is found only by the worker, after the upload",
        "no X-Content-Type-Options: nosniff: let the proxy before the store add it (docs/operators.md)",
        "no Content-Security-Policy against scripts: let the proxy before the store add it (docs/operators.md)",
    ]


def test_the_doctor_refuses_a_store_without_what_is_needed(rclone: TriedStore):
    missing = {
        found.name for found in doctor.examine(rclone.storage, rclone.origin) if found.needed and not found.holds
    }
    assert missing == {"range", "large copy", "CORS"}
