"""What happens to the bytes once they are here: verified once from end to end, looked at, copied clean."""

from __future__ import annotations

import hashlib
import json
from contextlib import suppress
from typing import Any

from sqlalchemy import select

from creative_platform.core import clock
from creative_platform.core.db import locked, transaction
from creative_platform.core.errors import Unavailable
from creative_platform.core.queue import Claim
from creative_platform.inspection.contract import KINDS, Inspection, Recipe
from creative_platform.inspection.runner import inspect
from creative_platform.media import owners, storage
from creative_platform.media.models import CLEAN, AssetState, MediaAsset, MediaKind, MediaProxy
from creative_platform.media.storage import MIB, NoSuchObject, RefusedByStore, Storage

RECIPE = 1
CLEAN_PART_BYTES = 8 * MIB


def check_asset(claim: Claim, asset_id: int) -> None:
    """Verify a received file and derive what people look at; ends as ready, or rejected with a reason.

    The bytes are first copied to a key for which no address was ever signed: a part sent late through an address that
    still lives could break the uploaded object, never this copy.

    Objects are written before the rows that name them, and all rows in one transaction with the job's end.
    """
    with transaction() as s:
        asset = s.scalars(locked(select(MediaAsset).where(MediaAsset.id == asset_id))).one()
        if asset.state not in (AssetState.RECEIVED, AssetState.VERIFYING):
            claim.finish()
            return
        asset.state = AssetState.VERIFYING
        key, size_bytes, declared, name = asset.storage_key, asset.size_bytes, asset.declared_sha256, asset.filename
        limits = owners.owner(asset.owner_type).limits(asset.owner_id, asset.field)
    store = storage.storage()
    kept = storage.new_key("originals")
    try:
        store.copy(key, kept, size_bytes)
        sha256 = _sha256_of(store, kept)
    except (NoSuchObject, RefusedByStore):
        sha256 = ""
    if sha256 != declared:
        _store_outcome(claim, asset_id, key, sha256, None, [], "media.checksum", {})
        store.delete(kept)
        return
    kinds = limits.kinds if limits else KINDS
    clean = _CleanCopy(store)
    seen = inspect(
        lambda offset, length: store.read(kept, offset, length),
        size_bytes,
        filename_suffix=name[name.rfind(".") :][:10] if "." in name else "",
        wanted=Recipe(kinds=tuple(kinds), clean_copy=True),
        write=clean.write,
    )
    if seen.retry:
        clean.give_up()
        raise Unavailable(detail=seen.detail)
    reason, data = (seen.reason, dict(seen.data)) if seen.reason else _duration_problem(seen, limits)
    proxies = _store_derived(store, seen) if not reason else []
    if not reason and seen.clean:
        proxies.append(clean.finish(seen))
    else:
        clean.give_up()
    _store_outcome(claim, asset_id, kept, sha256, seen, proxies, reason, data)
    store.delete(key)


def _sha256_of(store: Storage, key: str) -> str:
    whole = hashlib.sha256()
    for chunk in store.chunks(key):
        whole.update(chunk)
    return whole.hexdigest()


def _duration_problem(seen: Inspection, limits: owners.FieldLimits | None) -> tuple[str, dict[str, Any]]:
    if limits is None or seen.duration_s is None:
        return "", {}
    if limits.max_duration_s is not None and seen.duration_s > limits.max_duration_s + 0.5:
        return "media.duration", {"limit_s": limits.max_duration_s}
    if limits.min_duration_s is not None and seen.duration_s < limits.min_duration_s - 0.5:
        return "media.too_short", {"limit_s": limits.min_duration_s}
    return "", {}


def _store_derived(store: Storage, seen: Inspection) -> list[dict[str, Any]]:
    rows = []
    for output in seen.derived:
        row: dict[str, Any] = {
            "name": output.name,
            "content_type": output.content_type,
            "size_bytes": len(output.data),
            "width": output.width,
            "height": output.height,
        }
        if output.content_type == "application/json":
            row["data"] = _parsed(output.data)
        else:
            row["storage_key"] = storage.new_key("derived")
            store.put(row["storage_key"], output.data, output.content_type)
        rows.append(row)
    return rows


def _parsed(body: bytes) -> dict[str, Any]:
    value = json.loads(body)
    return value if isinstance(value, dict) else {"items": value}


class _CleanCopy:
    """Takes a clean copy in chunks and sends it to the store in parts."""

    def __init__(self, store: Storage) -> None:
        self.store = store
        self.key = storage.new_key("derived")
        self.upload_id = ""
        self.buffer = bytearray()
        self.parts: list[storage.Part] = []

    def write(self, name: str, chunk: bytes) -> None:
        """Take the next bytes."""
        self.buffer += chunk
        if len(self.buffer) >= CLEAN_PART_BYTES:
            self._send()

    def _send(self) -> None:
        if not self.upload_id:
            self.upload_id = self.store.open_upload(self.key, "application/octet-stream")
        number, body = len(self.parts) + 1, bytes(self.buffer)
        etag = self.store.upload_part(self.key, self.upload_id, number, body)
        self.parts.append(storage.Part(number, etag, len(body)))
        self.buffer.clear()

    def finish(self, seen: Inspection) -> dict[str, Any]:
        """Complete the object and return its row."""
        assert seen.clean is not None
        if self.upload_id:
            if self.buffer:
                self._send()
            self.store.complete_upload(self.key, self.upload_id, self.parts)
        else:
            self.store.put(self.key, bytes(self.buffer), seen.clean.content_type)
        return {
            "name": CLEAN,
            "storage_key": self.key,
            "content_type": seen.clean.content_type,
            "size_bytes": seen.clean.size_bytes,
            "data": {"sha256": seen.clean.sha256},
        }

    def give_up(self) -> None:
        """Leave nothing behind; the sweep takes what could not be taken away now."""
        if self.upload_id:
            with suppress(Unavailable):
                self.store.abort_upload(self.key, self.upload_id)


def _store_outcome(
    claim: Claim,
    asset_id: int,
    storage_key: str,
    sha256: str,
    seen: Inspection | None,
    proxies: list[dict[str, Any]],
    reason: str,
    data: dict[str, Any],
) -> None:
    with transaction() as s:
        asset = s.scalars(locked(select(MediaAsset).where(MediaAsset.id == asset_id))).one()
        if asset.state is not AssetState.VERIFYING:  # erased while it was looked at, or checked by another worker
            claim.finish()
            return
        asset.storage_key, asset.sha256 = storage_key, sha256 or None
        asset.checked_at, asset.reason = clock.now(), reason
        asset.state = AssetState.REJECTED if reason else AssetState.READY
        if seen is not None and seen.accepted:
            asset.kind = MediaKind(seen.kind) if seen.kind else None
            asset.real_type = seen.content_type or ""
            asset.duration_s, asset.width, asset.height = seen.duration_s, seen.width, seen.height
            asset.details = {
                "codecs": list(seen.codecs),
                "pages": seen.pages,
                "entries": seen.entries,
                "notes": list(seen.notes),
                "isolated": seen.isolated,
            }
        asset.details = {**asset.details, "data": data}
        for row in proxies:
            s.add(MediaProxy(asset_id=asset.id, recipe=RECIPE, **row))
        s.flush()
        owners.owner(asset.owner_type).on_checked(asset)
        claim.finish()
