"""The form without JavaScript: a whole file through the application."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from creative_platform.core.actor import Actor
from creative_platform.core.errors import Conflict
from creative_platform.core.text import N_
from creative_platform.media import storage
from creative_platform.media.models import MediaAsset
from creative_platform.media.service.limits import Planned
from creative_platform.media.service.uploads import (
    complete_upload,
    key_of,
    part_bytes,
    part_count,
    plan_upload,
    record_part,
)


def receive_plain(actor: Actor, planned: Planned, chunks: Iterator[bytes]) -> MediaAsset:
    """Take a whole file through the application (the form without JavaScript), one part in memory at a time.

    Raises what ``plan_upload`` and ``complete_upload`` raise; a file of another length than announced is refused.
    """
    upload = plan_upload(actor, planned)
    store, key, whole = storage.storage(), key_of(upload), hashlib.sha256()
    for number, body in enumerate(_parts_of(chunks, upload.part_size_bytes), start=1):
        if number > part_count(upload) or len(body) != part_bytes(upload, number):
            raise Conflict(N_("The file has another size than announced; send it again."))
        whole.update(body)
        etag = store.upload_part(key, upload.store_upload_id, number, body)
        record_part(actor, upload.public_id, number, etag=etag, sha256=storage.sha256_of_part(body))
    return complete_upload(actor, upload.public_id, sha256=whole.hexdigest())


def _parts_of(chunks: Iterator[bytes], part_bytes_each: int) -> Iterator[bytes]:
    buffer = bytearray()
    for chunk in chunks:
        buffer += chunk
        while len(buffer) >= part_bytes_each:
            yield bytes(buffer[:part_bytes_each])
            del buffer[:part_bytes_each]
    if buffer:
        yield bytes(buffer)
