"""Notes of the parts that the store has taken: how many there are, how large each is, under which ETag it came."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import Update, bindparam, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from creative_platform.core import clock
from creative_platform.core.db import load, transaction
from creative_platform.core.errors import Invalid, WrongState
from creative_platform.core.text import N_
from creative_platform.media.models import AssetState
from creative_platform.uploads.models import Upload, UploadState
from creative_platform.uploads.service.limits import is_sha256

ENDED = N_("This upload has ended.")
UNSEEN = "unseen"  # what a page says that was not shown the ETag

_ASSETS, _UPLOADS, _PARTS = (Upload.metadata.tables[name] for name in ("media_asset", "upload", "upload_part"))


@dataclass(frozen=True)
class SentPart:
    """A part that the store has taken: the ETag that it gave, the SHA-256 (hex) that was signed."""

    number: int
    etag: str
    sha256: str


def part_count(upload: Upload) -> int:
    """Return how many parts the file has."""
    return -(-upload.asset.size_bytes // upload.part_size_bytes)


def part_bytes(upload: Upload, number: int) -> int:
    """Return how many bytes a part has. Raises Invalid for a part there is not."""
    count = part_count(upload)
    if not 1 <= number <= count:
        raise Invalid({"number": N_("There is no such part.")}, parts=count)
    return upload.part_size_bytes if number < count else upload.asset.size_bytes - (count - 1) * upload.part_size_bytes


def note_opened(s: Session, upload_id: int, key: str, part_size_bytes: int, store_upload_id: str) -> bool:
    """Keep under which name the store takes the parts; the caller's transaction holds the row of the file's owner.

    False when the upload is not as it was planned: it was removed, opened by somebody else or begun anew meanwhile.
    """
    planned = {"upload": upload_id, "cut": part_size_bytes, "bytes": key, "name": store_upload_id}
    ours = s.execute(_open(), planned).rowcount  # type: ignore[attr-defined]  # an UPDATE always has one
    if ours:
        s.execute(_uploading(), {"bytes": key})
    return bool(ours)


@cache
def _open() -> Update:
    its_file = select(_ASSETS.c.id).where(_ASSETS.c.storage_key == bindparam("bytes"))
    as_planned = (_UPLOADS.c.state == UploadState.OPEN) & (_UPLOADS.c.store_upload_id == "")
    as_planned &= (_UPLOADS.c.part_size_bytes == bindparam("cut")) & _UPLOADS.c.asset_id.in_(its_file)
    return (
        update(_UPLOADS)
        .where(_UPLOADS.c.id == bindparam("upload"), as_planned)
        .values(store_upload_id=bindparam("name"))
    )


@cache
def _uploading() -> Update:
    return update(_ASSETS).where(_ASSETS.c.storage_key == bindparam("bytes")).values(state=AssetState.UPLOADING)


def note_received(s: Session, upload_id: int, opened: str, sha256: str) -> bool:
    """Keep that all bytes of what was opened under a name are here; the caller's transaction holds the owner's row.

    False when that upload is not open any more, or its file was announced with another SHA-256.
    """
    told = {"upload": upload_id, "opened": opened, "sum": sha256}
    came = s.execute(_completed(), told).rowcount  # type: ignore[attr-defined]  # an UPDATE always has one
    if came:
        s.execute(_received(), {"upload": upload_id, "sum": sha256, "now": clock.now()})
    return bool(came)


@cache
def _completed() -> Update:
    its_file = select(_ASSETS.c.id).where(_ASSETS.c.id == _UPLOADS.c.asset_id)
    same = _ASSETS.c.declared_sha256.is_(None) | (_ASSETS.c.declared_sha256 == bindparam("sum"))
    still = (_UPLOADS.c.state == UploadState.OPEN) & (_UPLOADS.c.store_upload_id == bindparam("opened"))
    still &= its_file.where(same).exists()
    return update(_UPLOADS).where(_UPLOADS.c.id == bindparam("upload"), still).values(state=UploadState.COMPLETED)


@cache
def _received() -> Update:
    its_file = select(_UPLOADS.c.asset_id).where(_UPLOADS.c.id == bindparam("upload")).scalar_subquery()
    came = {"state": AssetState.RECEIVED, "received_at": bindparam("now"), "declared_sha256": bindparam("sum")}
    return update(_ASSETS).where(_ASSETS.c.id == its_file).values(reason="", **came)


def refuse_ended(upload: Upload) -> None:
    """Raise WrongState unless parts may still come."""
    if upload.state is not UploadState.OPEN or not upload.store_upload_id:
        raise _ended(upload)


def _ended(upload: Upload) -> WrongState:
    return WrongState(ENDED, state=upload.state.value)


def told_etags(upload: Upload, sent: Sequence[SentPart]) -> dict[int, str]:
    """Return the ETags of ``sent`` by the number of the part. Raises Invalid."""
    return {row["number"]: row["etag"] for row in _rows(upload, sent)}


def known_etags(upload: Upload, told: dict[int, str]) -> dict[int, str]:
    """Return the ETags that are known, by the number of the part: those that were noted and those just told."""
    if len(told) < part_count(upload):
        load(upload, "parts")
        told = {part.number: part.etag for part in upload.parts} | told
    return {number: etag for number, etag in told.items() if etag != UNSEEN}


def note(upload: Upload, sent: Sequence[SentPart]) -> None:
    """Keep what the store has taken; the later of two notes of a part holds. Raises Invalid, WrongState."""
    upload_id, rows = upload.id, _rows(upload, sent)
    with transaction() as s:
        touched = s.execute(_touch(), {"upload": upload_id, "now": clock.now()})  # and the row is locked
        if not touched.rowcount:  # type: ignore[attr-defined]  # an UPDATE always has one
            raise _ended(upload)
        s.execute(_keep(s.get_bind().dialect.name), rows)


def _rows(upload: Upload, sent: Sequence[SentPart]) -> list[dict[str, Any]]:
    rows: dict[int, dict[str, Any]] = {}
    for one in sent:
        size_bytes, etag = part_bytes(upload, one.number), one.etag.strip('"')
        if not is_sha256(one.sha256) or not etag or len(one.etag) > 80:
            raise Invalid({"sha256": N_("A part is noted with its ETag and SHA-256.")})
        named = {"upload_id": upload.id, "number": one.number, "size_bytes": size_bytes}
        rows[one.number] = {**named, "sha256": one.sha256, "etag": etag}
    return list(rows.values())


@cache
def _touch() -> Update:
    still = (_UPLOADS.c.state == UploadState.OPEN) & (_UPLOADS.c.store_upload_id != "")
    return update(_UPLOADS).where(_UPLOADS.c.id == bindparam("upload"), still).values(touched_at=bindparam("now"))


@cache
def _keep(dialect: str) -> Any:
    insert: Any = (postgresql if dialect == "postgresql" else sqlite).insert(_PARTS)
    new = {name: insert.excluded[name] for name in ("size_bytes", "sha256", "etag")}
    return insert.on_conflict_do_update(index_elements=["upload_id", "number"], set_=new)
