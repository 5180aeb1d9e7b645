"""Uploads: bytes go from the browser straight to the store, in parts, over reloads and days.

No verb holds a database lock while it waits for the store: rows first say what is planned, then the store is called,
then rows say what is true. Every step may be repeated.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from creative_platform.core import clock, ids, queue
from creative_platform.core.actor import Actor
from creative_platform.core.db import locked, session, transaction
from creative_platform.core.errors import Conflict, Invalid, LimitReached, NotFound, WrongState
from creative_platform.core.text import N_
from creative_platform.media import owners, storage
from creative_platform.media.models import AssetState, MediaAsset, Upload, UploadPart, UploadState
from creative_platform.media.storage import LEAST_PART_BYTES, MIB, NoSuchObject

MOST_URLS = 8
CHECK_JOB = "media.check_asset"


@dataclass(frozen=True)
class Planned:
    """What a client announces before it sends bytes; ``fingerprint`` lets a picked-again file resume."""

    owner_type: str
    owner_public_id: str
    field: str
    filename: str
    size_bytes: int
    content_type: str = "application/octet-stream"
    sha256: str | None = None
    fingerprint: str = ""


@dataclass(frozen=True)
class SignedPart:
    """An address for one part and the headers to send with it."""

    number: int
    url: str
    headers: dict[str, str]


def part_size_for(size_bytes: int) -> int:
    """Return the part size in bytes: small files in small parts, since a lost part is sent again whole."""
    if size_bytes <= 100 * MIB:
        return LEAST_PART_BYTES
    return 8 * MIB if size_bytes <= 1024 * MIB else 16 * MIB * -(-size_bytes // (16 * MIB * storage.MOST_PARTS))


def plan_upload(actor: Actor, planned: Planned) -> Upload:
    """Open an upload, or return the open one of the same file in the same field.

    Raises NotFound, NotAllowed, Invalid, LimitReached, Unavailable.
    """
    owner = owners.owner(planned.owner_type)
    owner_id = owner.find(planned.owner_public_id)
    if owner_id is None:
        raise NotFound()
    owners.enforce(actor, "write", planned.owner_type, owner_id)
    limits = owner.limits(owner_id, planned.field)
    if limits is None:
        raise NotFound()
    _refuse_impossible(planned, limits)
    with transaction() as s:
        owner.lock(owner_id)
        upload = _open_upload_like(planned, owner_id)
        if upload is None:
            upload = _reserve(actor, planned, owner_id, limits)
            s.flush()
        upload.touched_at = clock.now()
        upload_id, store_upload_id = upload.id, upload.store_upload_id
    if not store_upload_id:
        _open_in_store(upload_id)
    return session().scalars(select(Upload).where(Upload.id == upload_id)).one()


def _refuse_impossible(planned: Planned, limits: owners.FieldLimits) -> None:
    wrong: dict[str, str] = {}
    if planned.size_bytes <= 0:
        wrong["size_bytes"] = N_("The file is empty.")
    elif planned.size_bytes > limits.max_size_bytes:
        wrong["size_bytes"] = N_("The file is too large.")
    if not planned.filename.strip() or len(planned.filename) > 255:
        wrong["filename"] = N_("Give the file a name of at most 255 characters.")
    if planned.sha256 is not None and not _is_sha256(planned.sha256):
        wrong["sha256"] = N_("A SHA-256 is 64 hexadecimal digits.")
    if wrong:
        raise Invalid(wrong, limit_bytes=limits.max_size_bytes)


def _is_sha256(text: str) -> bool:
    return len(text) == 64 and all(ch in "0123456789abcdef" for ch in text)


def _fingerprint(planned: Planned) -> str:
    told = planned.fingerprint or f"{planned.filename}|{planned.sha256}"
    return hashlib.sha256(f"{told}|{planned.size_bytes}".encode()).hexdigest()


def _open_upload_like(planned: Planned, owner_id: int) -> Upload | None:
    query = (
        select(Upload)
        .join(MediaAsset)
        .where(
            MediaAsset.owner_type == planned.owner_type,
            MediaAsset.owner_id == owner_id,
            MediaAsset.field == planned.field,
            MediaAsset.removed_at.is_(None),
            Upload.fingerprint == _fingerprint(planned),
            Upload.state == UploadState.OPEN,
        )
    )
    return session().scalars(query.order_by(Upload.id)).first()


def _reserve(actor: Actor, planned: Planned, owner_id: int, limits: owners.FieldLimits) -> Upload:
    s = session()
    standing = s.scalars(
        select(MediaAsset).where(
            MediaAsset.owner_type == planned.owner_type,
            MediaAsset.owner_id == owner_id,
            MediaAsset.field == planned.field,
            MediaAsset.removed_at.is_(None),
        )
    ).all()
    if sum(asset.state is not AssetState.REJECTED for asset in standing) >= limits.max_count:
        raise LimitReached(
            N_("There are %(limit)d files here, the most there may be. Remove one first."), limit=limits.max_count
        )
    now = clock.now()
    asset = MediaAsset(
        owner_type=planned.owner_type,
        owner_id=owner_id,
        field=planned.field,
        position=len(standing),
        filename=planned.filename.strip(),
        filename_salt=ids.salt(),
        content_type=planned.content_type[:120],
        size_bytes=planned.size_bytes,
        declared_sha256=planned.sha256,
        storage_key=storage.new_key("originals"),
        created_by_id=actor.id,
        created_at=now,
    )
    upload = Upload(
        asset=asset,
        part_size_bytes=part_size_for(planned.size_bytes),
        fingerprint=_fingerprint(planned),
        created_at=now,
        touched_at=now,
    )
    s.add_all([asset, upload])
    return upload


def _open_in_store(upload_id: int) -> None:
    upload = session().scalars(select(Upload).where(Upload.id == upload_id)).one()
    key = upload.asset.storage_key
    store_upload_id = storage.storage().open_upload(key, "application/octet-stream")
    with transaction() as s:
        row = s.scalars(locked(select(Upload).where(Upload.id == upload_id))).one()
        ours = not row.store_upload_id
        if ours:
            row.store_upload_id = store_upload_id
            row.asset.state = AssetState.UPLOADING
    if not ours:
        storage.storage().abort_upload(key, store_upload_id)


def upload_of(actor: Actor, public_id: str) -> Upload:
    """Return an upload into something the actor may write to. Raises NotFound, NotAllowed."""
    upload = session().scalar(select(Upload).where(Upload.public_id == public_id))
    if upload is None:
        raise NotFound()
    owners.enforce(actor, "write", upload.asset.owner_type, upload.asset.owner_id)
    return upload


def part_count(upload: Upload) -> int:
    """Return how many parts the file has."""
    return -(-upload.asset.size_bytes // upload.part_size_bytes)


def part_bytes(upload: Upload, number: int) -> int:
    """Return how many bytes a part has. Raises Invalid for a part there is not."""
    count = part_count(upload)
    if not 1 <= number <= count:
        raise Invalid({"number": N_("There is no such part.")}, parts=count)
    return upload.part_size_bytes if number < count else upload.asset.size_bytes - (count - 1) * upload.part_size_bytes


def sign_parts(actor: Actor, public_id: str, wanted: list[tuple[int, str]]) -> list[SignedPart]:
    """Return signed addresses for at most 8 parts, given as (number, SHA-256 hex); valid for an hour."""
    upload = upload_of(actor, public_id)
    _refuse_ended(upload)
    if not 1 <= len(wanted) <= MOST_URLS:
        raise Invalid({"parts": N_("Ask for 1 to 8 parts at a time.")})
    if not all(_is_sha256(sha256) for _, sha256 in wanted):
        raise Invalid({"parts": N_("A SHA-256 is 64 hexadecimal digits.")})
    key, store = upload.asset.storage_key, storage.storage()
    signed = []
    for number, sha256 in wanted:
        url, headers = store.part_url(key, upload.store_upload_id, number, part_bytes(upload, number), sha256)
        signed.append(SignedPart(number, url, headers))
    return signed


def _refuse_ended(upload: Upload) -> None:
    if upload.state is not UploadState.OPEN or not upload.store_upload_id:
        raise WrongState(N_("This upload has ended."), state=upload.state.value)


def record_part(actor: Actor, public_id: str, number: int, *, etag: str, sha256: str) -> None:
    """Note that the store has taken a part; noting it again replaces the note."""
    upload = upload_of(actor, public_id)
    size_bytes = part_bytes(upload, number)
    if not _is_sha256(sha256) or not etag.strip('"') or len(etag) > 80:
        raise Invalid({"sha256": N_("A part is noted with its ETag and SHA-256.")})
    with transaction() as s:
        row = s.scalars(locked(select(Upload).where(Upload.id == upload.id))).one()
        _refuse_ended(row)
        part = next((p for p in row.parts if p.number == number), None)
        if part is None:
            part = UploadPart(upload_id=row.id, number=number)
            s.add(part)
        part.size_bytes, part.sha256, part.etag = size_bytes, sha256, etag.strip('"')
        row.touched_at = clock.now()


def complete_upload(actor: Actor, public_id: str, *, sha256: str | None = None) -> MediaAsset:
    """Finish an upload: all parts are in the store, the file is received, its check is queued.

    Completing again gives the same file. Raises NotFound, Invalid, Conflict (naming the parts that are missing),
    Unavailable.
    """
    upload = upload_of(actor, public_id)
    asset = upload.asset
    if upload.state is UploadState.COMPLETED:
        return asset
    _refuse_ended(upload)
    declared = sha256 or asset.declared_sha256
    if declared is None or not _is_sha256(declared) or asset.declared_sha256 not in (None, declared):
        raise Invalid({"sha256": N_("Give the SHA-256 of the whole file, the same as before.")})
    _finish_in_store(upload)
    return _mark_received(upload.id, declared)


def _finish_in_store(upload: Upload) -> None:
    store, key = storage.storage(), upload.asset.storage_key
    try:
        there = {part.number: part for part in store.parts(key, upload.store_upload_id)}
    except NoSuchObject:
        there = {}
    if there:
        missing = [
            n
            for n in range(1, part_count(upload) + 1)
            if n not in there or there[n].size_bytes != part_bytes(upload, n)
        ]
        if missing:
            raise Conflict(N_("Parts of the file are missing; send them and finish again."), missing=missing[:1000])
        store.complete_upload(key, upload.store_upload_id, [there[n] for n in sorted(there)])
    try:
        size_bytes = store.size_of(key)
    except NoSuchObject as error:
        raise Conflict(N_("The store no longer has this upload; send the file again.")) from error
    if size_bytes != upload.asset.size_bytes:
        raise Conflict(N_("The file has another size than announced; send it again."))


def _mark_received(upload_id: int, sha256: str) -> MediaAsset:
    with transaction() as s:
        row = s.scalars(locked(select(Upload).where(Upload.id == upload_id))).one()
        asset = s.scalars(locked(select(MediaAsset).where(MediaAsset.id == row.asset_id))).one()
        if row.state is UploadState.OPEN:
            row.state = UploadState.COMPLETED
            asset.state, asset.received_at, asset.declared_sha256 = AssetState.RECEIVED, clock.now(), sha256
            queue.enqueue(CHECK_JOB, asset_id=asset.id)
        return asset


def abort_upload(actor: Actor, public_id: str) -> None:
    """Give an upload up and forget its file."""
    upload = upload_of(actor, public_id)
    if upload.state is UploadState.COMPLETED:
        raise WrongState(N_("This upload has ended."), state=upload.state.value)
    with transaction() as s:
        row = s.scalars(locked(select(Upload).where(Upload.id == upload.id))).one()
        row.state, row.asset.removed_at = UploadState.ABORTED, clock.now()
        key, store_upload_id = row.asset.storage_key, row.store_upload_id
    if store_upload_id:
        storage.storage().abort_upload(key, store_upload_id)


def remove_asset(actor: Actor, public_id: str) -> MediaAsset:
    """Take a file out of its field; a revision that was handed in with it keeps it."""
    asset = session().scalar(select(MediaAsset).where(MediaAsset.public_id == public_id))
    if asset is None:
        raise NotFound()
    owners.enforce(actor, "write", asset.owner_type, asset.owner_id)
    with transaction() as s:
        row = s.scalars(locked(select(MediaAsset).where(MediaAsset.id == asset.id))).one()
        row.removed_at = row.removed_at or clock.now()
        upload = s.scalar(select(Upload).where(Upload.asset_id == row.id, Upload.state == UploadState.OPEN))
        if upload:
            upload.state = UploadState.ABORTED
        open_one = (row.storage_key, upload.store_upload_id) if upload and upload.store_upload_id else None
    if open_one:
        storage.storage().abort_upload(*open_one)
    return row


def receive_plain(actor: Actor, planned: Planned, chunks: Iterator[bytes]) -> MediaAsset:
    """Take a whole file through the application (the form without JavaScript), one part in memory at a time.

    Raises what ``plan_upload`` and ``complete_upload`` raise; a file of another length than announced is refused.
    """
    upload = plan_upload(actor, planned)
    store, key, whole = storage.storage(), upload.asset.storage_key, hashlib.sha256()
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


def as_parts(upload: Upload) -> list[dict[str, Any]]:
    """Return the parts noted so far, for a client that resumes."""
    return [{"number": part.number, "sha256": part.sha256, "size_bytes": part.size_bytes} for part in upload.parts]
