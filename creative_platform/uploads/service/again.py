"""Files that were checked and are looked at again: by a scanner that was not there then, or by a newer recipe.

What was accepted stays accepted, unless a virus is found in it: then it is refused, and what was derived from it goes.
"""

from __future__ import annotations

import hashlib
import logging
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from creative_platform.confinement import isolation
from creative_platform.core import clock, queue
from creative_platform.core.db import locked, session, transaction
from creative_platform.core.errors import Unavailable
from creative_platform.core.queue import Claim, LeaseLost
from creative_platform.inspection.contract import KINDS, OUTPUTS, RECIPE, Inspection, Recipe
from creative_platform.inspection.runner import inspect
from creative_platform.media import owners, scanner, storage
from creative_platform.media.copies import ending_of, is_outdated, made_by_check
from creative_platform.media.models import CLEAN, VIRUS, AssetState, MediaAsset, MediaProxy
from creative_platform.media.scanner import ScannerAway
from creative_platform.media.service.copies import LOOK_JOB, order_anew, order_copies, order_look, turn_of
from creative_platform.media.service.derived import CopyInParts, store_outputs, take_away
from creative_platform.media.service.moving import delete_later
from creative_platform.media.storage import NoSuchObject, Storage
from creative_platform.uploads.service.sending import ERASE_JOB, lock_with_owner

log = logging.getLogger(__name__)


def rebuild_copies() -> int:
    """Order all copies that are missing, could not be made, or follow an older recipe; returns how many.

    All that the check of a file made counts as one.
    """
    count = 0
    for asset_id in _ready():
        with transaction():
            asset = _held(asset_id)
            count += order_anew(asset)
    return count


def rescan_files(*, every: bool = False) -> int:
    """Have files scanned that were checked while no scanner was named, or took them; with ``every`` all of them.

    Returns how many. Raises Unavailable when there is no scanner, or it does not answer.
    """
    if not scanner.is_on() or not scanner.answers():
        raise Unavailable()
    count = 0
    for asset_id in _ready():
        with transaction():
            asset = _held(asset_id)
            if every or not asset.details.get("scanned"):
                order_look(asset)
                count += 1
    return count


def _ready() -> list[int]:
    ready = select(MediaAsset.id).where(MediaAsset.state == AssetState.READY, MediaAsset.storage_key.is_not(None))
    return list(session().scalars(ready.order_by(MediaAsset.id)))


def _held(asset_id: int) -> MediaAsset:
    return session().scalars(locked(select(MediaAsset).where(MediaAsset.id == asset_id))).one()


@dataclass(frozen=True)
class _Found:
    """What was found: the virus (empty: none, None: not scanned), and new copies in place of the check's old ones."""

    virus: str | None
    seen: Inspection | None = None
    rows: tuple[dict[str, Any], ...] = ()


def look_again(claim: Claim, asset_id: int) -> None:
    """Scan a checked file where a scanner is named, and make anew what its check made by an older recipe.

    Objects are written before the rows that name them, and all rows in one transaction with the job's end. A file of
    which a newer check can make nothing keeps what it has.
    """
    if isolation.is_missed():
        turn = turn_of(session().get_one(MediaAsset, asset_id))
        queue.put_off(claim, LOOK_JOB, delay_s=isolation.LOOK_AGAIN_S, turn=turn, asset_id=asset_id)
        return
    asset = session().scalars(select(MediaAsset).where(MediaAsset.id == asset_id)).one()
    if asset.state is not AssetState.READY or asset.storage_key is None:
        return
    store = storage.storage()
    try:
        found = _look(store, asset)
    except NoSuchObject:  # erased meanwhile; of what is lost the doctor speaks
        return
    except ScannerAway as why:
        raise Unavailable(detail=str(why)) from why
    made = [row["storage_key"] for row in found.rows if "storage_key" in row]
    try:
        named = _store(claim, asset_id, found)
    except LeaseLost:
        take_away(store, *made)
        raise
    if not named:
        take_away(store, *made)


def _look(store: Storage, asset: MediaAsset) -> _Found:
    virus = _virus_in(store, str(asset.storage_key), str(asset.sha256))
    if virus or not is_outdated(asset):
        return _Found(virus)
    key, clean = str(asset.storage_key), CopyInParts(store)
    try:
        seen = inspect(
            lambda offset, length: store.read(key, offset, length),
            asset.size_bytes,
            filename_suffix=ending_of(asset.filename),
            wanted=Recipe(kinds=(asset.kind.value,) if asset.kind else KINDS, clean_copy=True),
            write=clean.write,
            require_isolation=isolation.is_required(),
        )
        if seen.retry:
            raise Unavailable(detail=seen.detail)
        if not seen.accepted:
            log.warning("file %s keeps its copies, for a newer check says: %s", asset.public_id, seen.reason)
            clean.give_up()
            return _Found(virus)
        rows = store_outputs(store, seen.derived)
        if seen.clean:
            made = seen.clean
            rows.append(clean.finish(CLEAN, made.content_type, made.size_bytes, made.sha256))
        else:
            clean.give_up()
    except BaseException:
        clean.give_up()
        raise
    return _Found(virus, seen, tuple(rows))


def _virus_in(store: Storage, key: str, sha256: str) -> str | None:
    if not scanner.is_on():
        return None
    whole = hashlib.sha256()
    with scanner.scan() as scan:
        for chunk in store.chunks(key):
            whole.update(chunk)
            if scan:
                scan.send(chunk)
        if whole.hexdigest() != sha256:
            raise Unavailable(detail="the store gives other bytes than were checked")
        return scan.verdict() if scan else None


def _store(claim: Claim, asset_id: int, found: _Found) -> bool:
    """Store what was found; returns whether the file still was what it had been, and the new copies are named."""
    with transaction() as s:
        asset = lock_with_owner(s, asset_id)
        claim.finish()
        if asset.state is not AssetState.READY or asset.storage_key is None:
            return False
        if found.virus is not None:
            asset.details = {**asset.details, "scanned": True}
        if found.virus:
            asset.state, asset.reason, asset.checked_at = AssetState.REJECTED, VIRUS, clock.now()
            asset.details = {**asset.details, "data": {"name": found.virus}}
            _drop(asset, asset.proxies)
            queue.enqueue(ERASE_JOB, asset_id=asset.id)
            owners.owner(asset.owner_type).on_changed(asset)
        elif found.seen:
            _replace(asset, found.seen, found.rows)
        return True


def _replace(asset: MediaAsset, seen: Inspection, rows: tuple[dict[str, Any], ...]) -> None:
    names = {*OUTPUTS, *(row["name"] for row in rows)}
    old = made_by_check(asset)
    _drop(asset, [*old, *(proxy for proxy in asset.proxies if proxy.name in names and proxy not in old)])
    s = session()
    for row in rows:
        s.add(MediaProxy(asset_id=asset.id, recipe=RECIPE, **row))
    asset.details = {**asset.details, "notes": list(seen.notes), "isolated": seen.isolated}
    s.flush()
    s.expire(asset, ["proxies"])
    order_copies(asset)


def _drop(asset: MediaAsset, proxies: list[MediaProxy]) -> None:
    delete_later(*(str(proxy.storage_key) for proxy in proxies if proxy.storage_key))
    for proxy in list(proxies):
        session().delete(proxy)
    session().flush()
    session().expire(asset, ["proxies"])
