"""Files that are announced: what is open already, and room for what is new, in a verb's transaction."""

from __future__ import annotations

import hashlib
from functools import cache
from typing import NamedTuple

from sqlalchemy import Select, bindparam, or_, select
from sqlalchemy.orm import Session, contains_eager

from creative_platform.core import clock, ids, queue
from creative_platform.core.actor import Actor
from creative_platform.core.db import add, session
from creative_platform.core.errors import Invalid, NotFound
from creative_platform.core.text import N_, one_line
from creative_platform.media import owners, storage
from creative_platform.media.models import MediaAsset
from creative_platform.uploads.models import Upload, UploadState
from creative_platform.uploads.service import parts
from creative_platform.uploads.service.limits import Planned, place_for

UPLOAD_DAYS = 7
EXPIRE_JOB = "media.expire_upload"
FORGET_JOB = "media.forget_pieces"
LOOK_AT_PIECES_S = 24 * 3600


def owner_of(planned: Planned) -> tuple[owners.Owner, int]:
    """Return who owns what is planned: what its room says, and the row's id. Raises NotFound."""
    owner = owners.owner(planned.owner_type)
    owner_id = owner.find(planned.owner_public_id)
    if owner_id is None:
        raise NotFound()
    return owner, owner_id


class Begun(NamedTuple):
    """An upload that was just planned, by the ids of its rows; where its bytes go and in parts of what size."""

    upload_id: int
    asset_id: int
    key: str
    part_size_bytes: int


def begin_upload(s: Session, actor: Actor, planned: Planned, owner_id: int, limits: owners.FieldLimits) -> Begun:
    """Make room for a file in its field, in the caller's transaction. Raises LimitReached."""
    begun = _reserve(s, actor, planned, owner_id, place_for(planned, owner_id, limits))
    queue.enqueue(EXPIRE_JOB, delay_s=UPLOAD_DAYS * 24 * 3600, upload_id=begun.upload_id)
    return begun


def look_at_pieces_later(upload_id: int, key: str, opened: str, delay_s: float, *, last: bool = False) -> None:
    """Have a later look at pieces, in the caller's transaction; the last when they are not wanted any more."""
    queue.enqueue(FORGET_JOB, delay_s=delay_s, upload_id=upload_id, key=key, opened=opened, last=last)


def refuse_other_bytes(asset: MediaAsset, sha256: str | None) -> None:
    """Raise Invalid when a file was committed, or announced, with another SHA-256."""
    if sha256 is None or asset.declared_sha256 in (None, sha256):
        return
    if asset.committed_at is not None:
        raise Invalid({"sha256": N_("This is not the file that was committed: its SHA-256 is another.")})
    raise Invalid({"sha256": N_("Give the SHA-256 of the whole file, the same as before.")})


def _fingerprint(planned: Planned) -> str:
    told = planned.fingerprint or f"{planned.filename}|{planned.sha256}"
    return hashlib.sha256(f"{told}|{planned.size_bytes}".encode()).hexdigest()


def open_upload_like(planned: Planned, owner_id: int, *, removed: bool = False) -> Upload | None:
    """Return the open upload of the same file in the same field, by its fingerprint or by what was committed.

    With ``removed`` a commitment that was handed in counts though it was taken out of the field since.
    """
    given = {
        "owner_type": planned.owner_type,
        "owner": owner_id,
        "field": planned.field,
        "fingerprint": _fingerprint(planned),
        "size": planned.size_bytes,
        "sha256": planned.sha256,
    }
    kept, found = owners.owner(planned.owner_type).keeps, session().scalars(_open_uploads_like(), given).all()
    return next((up for up in found if not up.asset.removed_at or (removed and kept(up.asset))), None)


@cache
def _open_uploads_like() -> Select[Upload]:
    promised = MediaAsset.committed_at.is_not(None) & (MediaAsset.size_bytes == bindparam("size"))
    promised &= MediaAsset.declared_sha256 == bindparam("sha256")
    return (
        select(Upload)
        .join(Upload.asset)
        .options(contains_eager(Upload.asset))
        .where(
            MediaAsset.owner_type == bindparam("owner_type"),
            MediaAsset.owner_id == bindparam("owner"),
            MediaAsset.field == bindparam("field"),
            MediaAsset.storage_key.is_not(None),
            Upload.state == UploadState.OPEN,
            or_(Upload.fingerprint == bindparam("fingerprint"), promised),
        )
        .order_by(MediaAsset.removed_at.is_not(None), Upload.id)
    )


def _reserve(s: Session, actor: Actor, planned: Planned, owner_id: int, position: int) -> Begun:
    now, key = clock.now(), storage.new_key("originals")
    part_size_bytes = parts.size_for(planned.size_bytes, planned.bytes_per_s)
    asset = {
        "owner_type": planned.owner_type,
        "owner_id": owner_id,
        "field": planned.field,
        "position": position,
        "filename": one_line(planned.filename),
        "filename_salt": ids.salt(),
        "content_type": planned.content_type[:120],
        "size_bytes": planned.size_bytes,
        "declared_sha256": planned.sha256,
        "storage_key": key,
        "created_by_id": actor.id,
        "created_at": now,
    }
    asset_id = add(s, MediaAsset, asset)
    upload = {"asset_id": asset_id, "part_size_bytes": part_size_bytes, "fingerprint": _fingerprint(planned)}
    upload_id = add(s, Upload, {**upload, "created_at": now, "touched_at": now})
    return Begun(upload_id, asset_id, key, part_size_bytes)
