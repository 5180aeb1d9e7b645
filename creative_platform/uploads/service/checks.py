"""What happens to the bytes once they are here: verified once from end to end, looked at, copied clean."""

from __future__ import annotations

import hashlib
import logging
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select

from creative_platform.confinement import isolation
from creative_platform.core import clock, queue
from creative_platform.core.db import locked, session, transaction
from creative_platform.core.errors import Unavailable
from creative_platform.core.queue import Claim, LeaseLost
from creative_platform.inspection.contract import KINDS, RECIPE, Inspection, Recipe
from creative_platform.inspection.runner import inspect
from creative_platform.media import owners, scanner, storage
from creative_platform.media.models import CLEAN, AssetState, MediaAsset, MediaKind, MediaProxy
from creative_platform.media.scanner import ScannerAway
from creative_platform.media.service.copies import order_copies
from creative_platform.media.service.derived import CopyInParts, store_outputs, take_away
from creative_platform.media.storage import NoSuchObject, RefusedByStore, Storage
from creative_platform.uploads.models import Upload
from creative_platform.uploads.service.commitments import wait_anew
from creative_platform.uploads.service.limits import note_wrong_bytes
from creative_platform.uploads.service.sending import CHECK_JOB, ERASE_JOB, lock_with_owner

log = logging.getLogger(__name__)

MOST_WAITS = 200  # a week of a store that is away


@dataclass(frozen=True)
class _Received:
    """What is known of a file before its check."""

    storage_key: str
    filename: str
    size_bytes: int
    declared_sha256: str | None
    limits: owners.FieldLimits | None


@dataclass(frozen=True)
class _Outcome:
    """What a check found, and where the bytes are that it looked at."""

    storage_key: str
    sha256: str
    reason: str
    data: dict[str, Any]
    scanned: bool = False
    seen: Inspection | None = None
    proxies: list[dict[str, Any]] = field(default_factory=list)


def check_asset(claim: Claim, asset_id: int, waits: int = 0) -> None:
    """Verify a received file and derive what people look at; ends as ready, or rejected with a reason.

    The bytes are first copied to a key for which no address was ever signed: a part sent late through an address that
    still lives could break the uploaded object, never this copy.

    Objects are written before the rows that name them, and all rows in one transaction with the job's end. Objects
    that no row came to name are taken away again. Where decoders must be confined and cannot be, the file waits; so it
    does where a virus scanner was named and does not answer, and where the store is away at the third try, ``waits``
    times so far. What the scanner answers that it does not take goes on as not scanned.
    """
    if isolation.is_missed():
        queue.put_off(claim, CHECK_JOB, delay_s=isolation.LOOK_AGAIN_S, asset_id=asset_id)
        return
    if scanner.is_on() and not scanner.answers():
        _wait(claim, asset_id, waits)
        return
    with transaction() as s:
        asset = s.scalars(locked(select(MediaAsset).where(MediaAsset.id == asset_id))).one()
        if asset.state not in (AssetState.RECEIVED, AssetState.VERIFYING):
            claim.finish()
            return
        asset.state = AssetState.VERIFYING
        limits = owners.owner(asset.owner_type).limits(asset.owner_id, asset.field)
        told = (str(asset.storage_key), asset.filename, asset.size_bytes, asset.declared_sha256)
        received = _Received(*told, limits)
    store, kept = storage.storage(), storage.new_key("originals")
    clean = CopyInParts(store)
    try:
        outcome = _look_at(store, received, kept, clean)
    except Exception as why:
        clean.give_up()
        take_away(store, kept)
        away = isinstance(why, Unavailable) and not isinstance(why, RefusedByStore) and queue.is_last_try(claim)
        if not isinstance(why, ScannerAway) and not (away and waits < MOST_WAITS):
            raise
        log.warning("store or virus scanner did not answer for file %s: %s", asset_id, why)
        with transaction():
            if away:
                give_up_check(asset_id)
            _wait(claim, asset_id, waits)
        return
    written = {kept, *(row["storage_key"] for row in outcome.proxies if "storage_key" in row)}
    try:
        stays = _store_outcome(claim, asset_id, outcome)
    except LeaseLost:
        take_away(store, *written)
        raise
    take_away(store, *(({received.storage_key, kept} - {stays}) if stays else written))


def _wait(claim: Claim, asset_id: int, waits: int) -> None:
    """Look again after a minute, then twice as long each time: every look copies the file and reads it whole."""
    delay_s = min(scanner.LOOK_AGAIN_S * 2 ** min(waits, 10), scanner.LOOK_AGAIN_MOST_S)
    queue.put_off(claim, CHECK_JOB, delay_s=delay_s, asset_id=asset_id, waits=waits + 1)


def give_up_check(asset_id: int, waits: int = 0) -> None:
    """Say on the file that its check was tried three times in vain, in the transaction in which its job ends."""
    asset = session().scalars(locked(select(MediaAsset).where(MediaAsset.id == asset_id))).one()
    if asset.state is AssetState.VERIFYING:
        asset.reason = "inspection.storage"


def _look_at(store: Storage, asset: _Received, kept: str, clean: CopyInParts) -> _Outcome:
    uploaded, name, limits = asset.storage_key, asset.filename, asset.limits
    try:
        store.copy(uploaded, kept, asset.size_bytes)
        sha256, virus = _read_through(store, kept)
    except NoSuchObject:
        sha256, virus = "", None
    if sha256 != asset.declared_sha256:
        return _Outcome(uploaded, sha256, "media.checksum", {})
    scanned = virus is not None
    if virus:
        return _Outcome(kept, sha256, "media.virus", {"name": virus}, scanned)
    seen = inspect(
        lambda offset, length: store.read(kept, offset, length),
        asset.size_bytes,
        filename_suffix=name[name.rfind(".") :][:10] if "." in name else "",
        wanted=Recipe(kinds=tuple(limits.kinds if limits else KINDS), clean_copy=True),
        write=clean.write,
        require_isolation=isolation.is_required(),
    )
    if seen.retry:
        raise Unavailable(detail=seen.detail) if seen.reason == "inspection.storage" else TimeoutError(seen.detail)
    reason, data = (seen.reason, dict(seen.data)) if seen.reason else _duration_problem(seen, limits)
    proxies = store_outputs(store, seen.derived) if not reason else []
    if not reason and seen.clean:
        proxies.append(clean.finish(CLEAN, seen.clean.content_type, seen.clean.size_bytes, seen.clean.sha256))
    else:
        clean.give_up()
    return _Outcome(kept, sha256, reason, data, scanned, seen, proxies)


def _read_through(store: Storage, key: str) -> tuple[str, str | None]:
    """Return the SHA-256 of an object and the virus in it: empty for none, None if not scanned. Raises ScannerAway."""
    whole = hashlib.sha256()
    with scanner.scan() as scan:
        for chunk in store.chunks(key):
            whole.update(chunk)
            if scan:
                scan.send(chunk)
        return whole.hexdigest(), scan.verdict() if scan else None


def _duration_problem(seen: Inspection, limits: owners.FieldLimits | None) -> tuple[str, dict[str, Any]]:
    if limits is None or seen.duration_s is None:
        return "", {}
    if seen.duration_s > limits.max_duration_s + 0.5:
        return "media.duration", {"limit_s": limits.max_duration_s}
    if limits.min_duration_s is not None and seen.duration_s < limits.min_duration_s - 0.5:
        return "media.too_short", {"limit_s": limits.min_duration_s}
    return "", {}


def _store_outcome(claim: Claim, asset_id: int, outcome: _Outcome) -> str:
    """Store what a check found and return the key that the file has now; empty when another worker did so before."""
    seen = outcome.seen
    with transaction() as s:
        asset = lock_with_owner(s, asset_id)  # a receipt made meanwhile must see this, or be seen by `on_changed`
        if asset.state is not AssetState.VERIFYING:
            claim.finish()
            return ""
        if asset.committed_at and outcome.reason == "media.checksum":
            wait_anew(s, s.scalars(locked(select(Upload).where(Upload.asset_id == asset_id))).one())
            asset.reason = outcome.reason
            note_wrong_bytes(asset)
            if asset.removed_at:
                queue.enqueue(ERASE_JOB, asset_id=asset_id)
            owners.owner(asset.owner_type).on_changed(asset)
            claim.finish()
            return str(asset.storage_key)
        asset.storage_key, asset.sha256 = outcome.storage_key, outcome.sha256 or None
        asset.checked_at, asset.reason = clock.now(), outcome.reason
        asset.state = AssetState.REJECTED if outcome.reason else AssetState.READY
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
        asset.details = {**asset.details, "data": outcome.data, "scanned": outcome.scanned}
        for row in outcome.proxies:
            s.add(MediaProxy(asset_id=asset.id, recipe=RECIPE, **row))
        s.flush()
        owners.owner(asset.owner_type).on_changed(asset)
        if outcome.reason or asset.removed_at:
            queue.enqueue(ERASE_JOB, asset_id=asset_id)
        order_copies(asset)
        claim.finish()
        return str(asset.storage_key)
