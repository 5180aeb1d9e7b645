"""Commitments: size and SHA-256 of a file before the close, its bytes in the contest's delivery window.

A commitment is a file with an upload that waits. The bytes come by the same calls as any others, as often as need be
until the window ends; they are taken only when they match.
"""

from __future__ import annotations

import hashlib
import re
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from creative_platform.core import clock, queue
from creative_platform.core.actor import Actor
from creative_platform.core.db import locked, transaction
from creative_platform.core.errors import Invalid, NotAllowed, NotFound, TooLate, Unavailable
from creative_platform.core.queue import Claim
from creative_platform.core.text import N_
from creative_platform.media import owners, storage
from creative_platform.media.models import NOT_DELIVERED, AssetState, MediaAsset
from creative_platform.uploads.models import Upload, UploadPart, UploadState
from creative_platform.uploads.service import parts
from creative_platform.uploads.service.limits import Planned, is_sha256, refuse_impossible
from creative_platform.uploads.service.planning import begin_upload, open_upload_like, owner_of, refuse_other_bytes

CHUNK_BYTES = 1024 * 1024
END_JOB = "media.end_commitment"
_SIZE_FIRST = re.compile(r"\s+([0-9]{1,14})(?!\S)")
_SIZE_LAST = re.compile(r"(?<!\S)([0-9]{1,14})\s*$")
# sha256sum prints two blanks and a name, no size: "2026 film.mp4" is no file of 2,026 bytes.
_NAME_OF_A_SUM = re.compile(r"  [0-9]+ \S")
GRACE = timedelta(minutes=15)  # a request that arrived in time may still be at work when the window ends


class Promise(NamedTuple):
    """What is promised of a file, as a line says it that people can send by any channel."""

    sha256: str
    size_bytes: int
    filename: str

    def __str__(self) -> str:
        return f"{self.sha256}  {self.size_bytes}  {self.filename}"


def promise_of(path: Path) -> Promise:
    """Return what to promise of a file; it is read once, a piece at a time. Needs neither database nor store."""
    whole, size_bytes = hashlib.sha256(), 0
    with path.open("rb") as file:
        while piece := file.read(CHUNK_BYTES):
            whole.update(piece)
            size_bytes += len(piece)
    return Promise(whole.hexdigest(), size_bytes, path.name)


def promise_in(line: str | None) -> Promise | None:
    """Return what a line promises: a SHA-256, a size beside it or at the end, else the name; None without both."""
    said = line or ""
    sha256 = next((word for word in said.split() if is_sha256(word.lower())), "")
    before, _, after = said.partition(sha256) if sha256 else ("", "", "")
    if size := _SIZE_LAST.search(before):
        before = before[: size.start()]
    elif size := _SIZE_LAST.search(after) or (None if _NAME_OF_A_SUM.match(after) else _SIZE_FIRST.match(after)):
        after = after[: size.start()] + after[size.end() :]
    else:
        return None
    name = " ".join(f"{before} {after}".split()).lstrip("*")
    return Promise(sha256.lower(), int(size[1]), name[:255] or "file")


def commit_file(actor: Actor, planned: Planned) -> MediaAsset:
    """Promise a file by its size and SHA-256; doing it again gives the same file.

    An upload of the same file that is under way goes on. Raises NotFound, NotAllowed, TooLate, Invalid, LimitReached.
    """
    owner, owner_id = owner_of(planned)
    owners.enforce(actor, "read", planned.owner_type, owner_id)
    with transaction() as s:
        owner.lock(owner_id)
        closes_at, deliver_until = owner.deadlines(owner_id)
        if closes_at is not None and clock.arrival() >= closes_at:
            raise TooLate(closed_at=closes_at.isoformat(), arrived_at=clock.arrival().isoformat())
        owners.enforce(actor, "write", planned.owner_type, owner_id)
        if deliver_until is None:
            raise NotAllowed(N_("This contest takes no commitments: the file itself must arrive before entries close."))
        limits = owner.limits(owner_id, planned.field)
        if limits is None:
            raise NotFound()
        refuse_impossible(planned, limits)
        if planned.sha256 is None or not is_sha256(planned.sha256):
            raise Invalid({"sha256": N_("A SHA-256 is 64 hexadecimal digits.")})
        upload = open_upload_like(planned, owner_id) or begin_upload(s, actor, planned, owner_id, limits)
        asset = s.scalars(locked(select(MediaAsset).where(MediaAsset.id == upload.asset_id))).one()
        refuse_other_bytes(asset, planned.sha256)
        if asset.committed_at is None:
            asset.declared_sha256, asset.committed_at = planned.sha256, clock.arrival()
            _end_at(asset, deliver_until)
        return asset


def _end_at(asset: MediaAsset, until: datetime) -> None:
    left_s = (until + GRACE - clock.now()).total_seconds()
    queue.enqueue(END_JOB, delay_s=max(left_s, 0.0), asset_id=asset.id)


def wait_anew(s: Session, upload: Upload) -> tuple[str, str]:
    """Forget what came of a committed file, in the caller's transaction: it waits for its bytes again.

    Returns the key and the store's upload that nothing names any more; ``forget_in_store`` takes them.
    """
    asset = upload.asset
    left = str(asset.storage_key), upload.store_upload_id
    s.execute(delete(UploadPart).where(UploadPart.upload_id == upload.id))
    s.expire(upload, ["parts"])
    upload.state, upload.store_upload_id = UploadState.OPEN, ""
    asset.state, asset.storage_key, asset.received_at = AssetState.PLANNED, storage.new_key("originals"), None
    _end_at(asset, owners.owner(asset.owner_type).deadlines(asset.owner_id).deliver_until or clock.now())
    return left


def forget_in_store(key: str, store_upload_id: str) -> None:
    """Give up an upload in the store; where that fails, the sweep of what no row names does it later."""
    if store_upload_id:
        with suppress(Unavailable):
            parts.forget(storage.storage(), key, store_upload_id)
            storage.storage().delete(key)  # all parts may have been put together already


def end_commitment(claim: Claim, asset_id: int) -> None:
    """Say of a committed file that it was not delivered once its window is over; looks again later when that moved."""
    left = ("", "")
    with transaction() as s:
        asset = s.scalars(select(MediaAsset).where(MediaAsset.id == asset_id)).one()
        owner = owners.owner(asset.owner_type)
        owner.lock(asset.owner_id)
        upload = s.scalars(locked(select(Upload).where(Upload.asset_id == asset_id))).one()
        asset = s.scalars(locked(select(MediaAsset).where(MediaAsset.id == asset_id))).one()
        until = owner.deadlines(asset.owner_id).deliver_until
        if asset.awaits_delivery and until is not None and clock.now() < until + GRACE:
            _end_at(asset, until)
        elif asset.awaits_delivery:
            left = str(asset.storage_key), upload.store_upload_id
            upload.state, asset.storage_key = UploadState.ABORTED, None
            asset.state, asset.reason, asset.checked_at = AssetState.REJECTED, NOT_DELIVERED, clock.now()
            owner.on_changed(asset)
        claim.finish()
    forget_in_store(*left)
