"""Uploads: bytes go from the browser straight to the store, in parts, over reloads and days.

No verb holds a database lock while it waits for the store: rows first say what is planned, then the store is called,
then rows say what is true. Every step may be repeated.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache

from sqlalchemy import Select, bindparam, select
from sqlalchemy.orm import Session, joinedload

from creative_platform.core import clock, queue
from creative_platform.core.actor import Actor
from creative_platform.core.db import kept_locked, locked, session, transaction
from creative_platform.core.errors import Conflict, Invalid, NotFound, Unavailable, WrongState
from creative_platform.core.text import N_
from creative_platform.media import owners, storage
from creative_platform.media.models import MediaAsset
from creative_platform.media.storage import NoSuchObject, RefusedByStore, Storage
from creative_platform.uploads.models import Upload, UploadPart, UploadState
from creative_platform.uploads.service import noting, parts, planning
from creative_platform.uploads.service.commitments import forget_in_store
from creative_platform.uploads.service.limits import Planned, is_sha256, refuse_endless_tries, refuse_impossible
from creative_platform.uploads.service.noting import SentPart, note, part_bytes, part_count, refuse_ended

MOST_URLS = 8
UNKNOWN = ""  # the hash of a part that the store has and nobody noted; the hash of the whole file speaks for it
CHECK_JOB = "media.check_asset"
ERASE_JOB = "media.erase_asset"
_WITH_FILE = select(Upload).options(joinedload(Upload.asset, innerjoin=True))


@dataclass(frozen=True)
class SignedPart:
    """An address for one part and the headers to send with it."""

    number: int
    url: str
    headers: dict[str, str]


def plan_upload(actor: Actor, planned: Planned) -> Upload:
    """Open an upload, or return the open one of the same file in the same field with the parts that the store has.

    After the close only what was committed before it is taken. Raises NotFound, NotAllowed, TooLate, Invalid,
    LimitReached (files, bytes kept, uploads a day), Unavailable.
    """
    owner, owner_id = planning.owner_of(planned)
    with transaction() as s:
        owner.hold(owner_id)
        writes = owners.may(actor, "write", planned.owner_type, owner_id)
        if not writes:
            owners.enforce(actor, "read", planned.owner_type, owner_id)
        upload = planning.open_upload_like(planned, owner_id, removed=not writes)
        if upload is not None:
            owners.enforce_sending(actor, upload.asset)
            planning.refuse_other_bytes(upload.asset, planned.sha256)
            refuse_endless_tries(upload.asset)
            if planned.bytes_per_s and not upload.store_upload_id:
                upload.part_size_bytes = parts.size_for(planned.size_bytes, planned.bytes_per_s)
            upload.touched_at = clock.now()
            begun = planning.Begun(upload.id, upload.asset_id, key_of(upload), upload.part_size_bytes)
        elif not writes and owners.may(actor, "deliver", planned.owner_type, owner_id):
            raise Invalid({"sha256": N_("Only a file that was committed before the close is taken here now.")})
        else:
            if not writes:
                owners.enforce(actor, "write", planned.owner_type, owner_id)
            limits = owner.limits(owner_id, planned.field)
            if limits is None:
                raise NotFound()
            refuse_impossible(planned, limits)
            begun = planning.begin_upload(s, actor, planned, owner_id, limits)
        opened = upload is not None and upload.store_upload_id
    if opened:
        _reconcile(begun.upload_id)
        _cut_anew(owner, owner_id, begun.upload_id, planned.bytes_per_s)
    else:
        _open_in_store(owner, owner_id, begun)
    return session().scalars(_by_id(), {"upload": begun.upload_id}).one()


@cache
def _by_id() -> Select[Upload]:
    return _WITH_FILE.where(Upload.id == bindparam("upload"))


@kept_locked()
def _held_by_id() -> Select[Upload]:
    return _by_id()


@cache
def _owner_of() -> Select[str, int]:
    return select(MediaAsset.owner_type, MediaAsset.owner_id).join(Upload).where(Upload.id == bindparam("upload"))


@cache
def _by_public_id() -> Select[Upload]:
    return _WITH_FILE.where(Upload.public_id == bindparam("public_id"))


def _open_in_store(owner: owners.Owner, owner_id: int, begun: planning.Begun) -> None:
    upload_id, _, key, part_size_bytes = begun
    store_upload_id = parts.open_in(storage.storage(), key, part_size_bytes)
    with transaction() as s:
        owner.hold(owner_id)
        ours = noting.note_opened(s, upload_id, key, part_size_bytes, store_upload_id)
        if ours and parts.are_pieces(store_upload_id):
            planning.look_at_pieces_later(upload_id, key, store_upload_id, planning.LOOK_AT_PIECES_S)
    if not ours:
        parts.forget(storage.storage(), key, store_upload_id)


def _cut_anew(owner: owners.Owner, owner_id: int, upload_id: int, bytes_per_s: int | None) -> None:
    """Cut a file of which no part has come into smaller ones, when its line turned out to be slower than thought."""
    if bytes_per_s is None:
        return
    with transaction() as s:
        row = lock_upload(s, upload_id)
        size = parts.size_for(row.asset.size_bytes, bytes_per_s)
        if row.state is not UploadState.OPEN or row.parts or size >= row.part_size_bytes:
            return
        # A key of its own: what is deleted under the old one may go late, when the file has come anew.
        left, key = (key_of(row), row.store_upload_id), storage.new_key("originals")
        row.part_size_bytes, row.store_upload_id, row.asset.storage_key = size, "", key
        begun = planning.Begun(upload_id, row.asset_id, key, size)
    forget_in_store(*left)
    _open_in_store(owner, owner_id, begun)


def _reconcile(upload_id: int) -> None:
    """Note the parts that the store has: the line may have died between a part and its note.

    A part that is noted and not there is found, and asked for again, when the upload is to be finished.
    """
    upload = session().scalars(select(Upload).where(Upload.id == upload_id)).one()
    key, count, opened = key_of(upload), part_count(upload), upload.store_upload_id
    try:
        listed = parts.listed(storage.storage(), key, opened)
    except NoSuchObject:
        return  # completed, or forgotten by the store: finishing it tells which
    whole = {p.number: p for p in listed if p.number <= count and p.size_bytes == part_bytes(upload, p.number)}
    with transaction() as s:
        row = s.scalars(locked(select(Upload).where(Upload.id == upload_id))).one()
        if row.state is not UploadState.OPEN or row.store_upload_id != opened:
            return
        for number in whole.keys() - {part.number for part in row.parts}:
            size_bytes, etag = whole[number].size_bytes, whole[number].etag
            row.parts.append(UploadPart(number=number, size_bytes=size_bytes, sha256=UNKNOWN, etag=etag))


def upload_of(actor: Actor, public_id: str) -> Upload:
    """Return an upload into something the actor may write to. Raises NotFound, NotAllowed."""
    upload = session().scalar(_by_public_id(), {"public_id": public_id})
    if upload is None:
        raise NotFound()
    owners.enforce_sending(actor, upload.asset)
    return upload


def lock_with_owner(s: Session, asset_id: int) -> MediaAsset:
    """Return a file, its owner's row locked and then its own: who hands it in is done with it or has not begun."""
    asset = s.scalars(select(MediaAsset).where(MediaAsset.id == asset_id)).one()
    owners.owner(asset.owner_type).lock(asset.owner_id)
    return s.scalars(locked(select(MediaAsset).where(MediaAsset.id == asset_id))).one()


def lock_upload(s: Session, upload_id: int) -> Upload:
    """Return an upload, the rows of its file's owner, itself and its file locked: nobody commits it meanwhile."""
    owner_type, owner_id = s.execute(_owner_of(), {"upload": upload_id}).one()
    owners.owner(owner_type).hold(owner_id)
    return s.scalars(_held_by_id(), {"upload": upload_id}).one()


def key_of(upload: Upload) -> str:
    """Return where the bytes of an upload go. Raises WrongState when it was given up and erased."""
    if upload.asset.storage_key is None:
        raise WrongState(N_("This upload has ended."), state=upload.state.value)
    return upload.asset.storage_key


def sign_parts(
    actor: Actor, public_id: str, wanted: list[tuple[int, str]], *, sent: Sequence[SentPart] = ()
) -> list[SignedPart]:
    """Return signed addresses for at most 8 parts, given as (number, SHA-256 hex); valid for an hour.

    Whoever sends many parts notes in the same request those that the store has taken since the last one.
    """
    upload = upload_of(actor, public_id)
    refuse_ended(upload)
    if not 1 <= len(wanted) <= MOST_URLS:
        raise Invalid({"parts": N_("Ask for 1 to 8 parts at a time.")})
    if not all(is_sha256(sha256) for _, sha256 in wanted):
        raise Invalid({"parts": N_("A SHA-256 is 64 hexadecimal digits.")})
    key, store = key_of(upload), storage.storage()
    signed = []
    for number, sha256 in wanted:
        size_bytes = part_bytes(upload, number)
        url, headers = parts.address(store, key, upload.store_upload_id, number, size_bytes, sha256)
        signed.append(SignedPart(number, url, headers))
    if sent:
        note(upload, sent)
    return signed


def record_part(actor: Actor, public_id: str, part: SentPart) -> Upload:
    """Note that the store has taken a part; noting it again replaces the note."""
    upload = upload_of(actor, public_id)
    note(upload, [part])
    return upload


def complete_upload(
    actor: Actor, public_id: str, *, sha256: str | None = None, sent: Sequence[SentPart] = ()
) -> MediaAsset:
    """Finish an upload: all parts are in the store, the file is received, its check is queued.

    ``sent`` are parts that the store has taken and nobody noted. Completing again gives the same file. Raises NotFound,
    Invalid, Conflict (naming the parts that are missing), Unavailable.
    """
    upload = upload_of(actor, public_id)
    asset = upload.asset
    if upload.state is UploadState.COMPLETED:
        return asset
    refuse_ended(upload)
    declared = sha256 or asset.declared_sha256
    planning.refuse_other_bytes(asset, declared)
    if declared is None or not is_sha256(declared):
        raise Invalid({"sha256": N_("Give the SHA-256 of the whole file, the same as before.")})
    opened, key = upload.store_upload_id, key_of(upload)
    _finish_in_store(upload, sent)
    received = _mark_received(upload, opened, declared)
    with suppress(Unavailable):  # what stays is found by the sweep of what no row names
        parts.forget_pieces(storage.storage(), key, opened)
    return received


def _finish_in_store(upload: Upload, sent: Sequence[SentPart]) -> None:
    store, key = storage.storage(), key_of(upload)
    if _is_finished_as_noted(store, key, upload, noting.told_etags(upload, sent)):
        return
    try:
        there = {part.number: part for part in parts.listed(store, key, upload.store_upload_id)}
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
        listed = [there[n] for n in range(1, part_count(upload) + 1)]
        parts.put_together(store, key, upload.store_upload_id, listed)
        return
    try:
        size_bytes = store.size_of(key)
    except NoSuchObject as error:
        raise Conflict(N_("The store no longer has this upload; send the file again.")) from error
    if size_bytes != upload.asset.size_bytes:
        raise Conflict(N_("The file has another size than announced; send it again."))


def _is_finished_as_noted(store: Storage, key: str, upload: Upload, told: dict[int, str]) -> bool:
    """Have the store make the object of parts that are known, so that it need not be asked for a list of them.

    It compares their ETags itself; where it has others, or no such upload, what it has is looked at.
    """
    if parts.are_pieces(upload.store_upload_id):
        return False
    etags, count = noting.known_etags(upload, told), part_count(upload)
    if len(etags) < count:
        return False
    known = [storage.Part(n, etags[n], part_bytes(upload, n)) for n in range(1, count + 1)]
    try:
        parts.put_together(store, key, upload.store_upload_id, known)
    except (NoSuchObject, RefusedByStore):
        return False
    return True


def _mark_received(upload: Upload, opened: str, sha256: str) -> MediaAsset:
    """Note that the bytes of what was opened in the store are here, unless it was given up or begun anew meanwhile."""
    upload_id, owner, owner_id = upload.id, owners.owner(upload.asset.owner_type), upload.asset.owner_id
    with transaction() as s:
        owner.hold(owner_id)
        came = noting.note_received(s, upload_id, opened, sha256)
        row = s.scalars(_held_by_id(), {"upload": upload_id}).one()
        asset = row.asset
        if row.state is UploadState.ABORTED or row.store_upload_id != opened:
            raise WrongState(N_("This upload has ended."), state=row.state.value)
        if came:
            queue.enqueue(CHECK_JOB, asset_id=asset.id)
            owner.on_changed(asset)
        elif row.state is UploadState.OPEN:  # it was committed meanwhile, as another file
            planning.refuse_other_bytes(asset, sha256)
        return asset
