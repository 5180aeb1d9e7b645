"""Copies that cost processor time: ordered when somebody will look, made once, made anew when the recipe changes.

Handed in, a file gets what browsers can play (those who screen look at it); admitted, it gets everything: the light
copy, the sheet of moments, the page pictures (jurors and the gallery follow). A draft's file gets nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import selectinload

from creative_platform.confinement import isolation
from creative_platform.core import queue
from creative_platform.core.db import locked, session, transaction
from creative_platform.core.errors import Unavailable
from creative_platform.core.queue import Claim, LeaseLost
from creative_platform.media import storage
from creative_platform.media.copies import RECIPE, ending_of, is_outdated, marker, missing_copies, needs_rendition
from creative_platform.media.models import CLEAN, AssetState, CopiesWanted, MediaAsset, MediaKind, MediaProxy
from creative_platform.media.service.derived import CopyInParts, store_outputs, take_away
from creative_platform.media.storage import NoSuchObject, Storage
from creative_platform.renditions.contract import LIGHT, OUTPUTS, Wanted
from creative_platform.renditions.runner import render

RENDER_JOB = "media.render_copy"
LOOK_JOB = "media.look_again"  # of `uploads`, one floor above


def want_copies(asset_ids: Iterable[int], wanted: CopiesWanted) -> None:
    """Order what these files lack; for one that is still being checked it is ordered when the check has ended."""
    ids = list(asset_ids)
    if not ids:
        return
    with transaction() as s:
        chosen = locked(select(MediaAsset).where(MediaAsset.id.in_(ids)).order_by(MediaAsset.id))
        for asset in s.scalars(chosen.options(selectinload(MediaAsset.proxies))).all():
            if wanted.covers(asset.copies_wanted) and wanted is not asset.copies_wanted:
                asset.copies_wanted = wanted
                order_copies(asset)


def forget_copies(asset_ids: Iterable[int]) -> None:
    """Make no more copies of files that nobody will look at any more; those that are there stay."""
    unwanted = update(MediaAsset).where(MediaAsset.id.in_(list(asset_ids)))
    with transaction() as s:
        s.execute(unwanted.values(copies_wanted=CopiesWanted.NONE))


def order_copies(asset: MediaAsset) -> list[str]:
    """Order the copies that a checked file lacks, in the running transaction; returns their names."""
    missing = missing_copies(asset)
    for copy in missing:
        queue.enqueue(RENDER_JOB, turn=turn_of(asset), asset_id=asset.id, copy=copy)
    return missing


def order_anew(asset: MediaAsset) -> int:
    """Order all copies of a checked file that are missing, or follow an older recipe, in the running transaction.

    Returns how many: all that its check made counts as one, after which what is missing of the others is ordered.
    """
    if asset.state is not AssetState.READY or asset.storage_key is None:
        return 0
    if not is_outdated(asset):
        return len(order_copies(asset))
    order_look(asset)
    return 1


def order_look(asset: MediaAsset) -> None:
    """Have a checked file looked at once more, in the running transaction."""
    queue.enqueue(LOOK_JOB, turn=turn_of(asset), asset_id=asset.id)


def turn_of(asset: MediaAsset) -> str:
    """Return for whom a slow job of a file is."""
    return f"{asset.owner_type}:{asset.owner_id}"


@dataclass(frozen=True)
class _Source:
    """What is known of the file of which a copy is made."""

    storage_key: str
    size_bytes: int
    sha256: str
    wanted: Wanted


def render_copy(claim: Claim, asset_id: int, copy: str) -> None:
    """Make one copy of a file, unless it is there; a file of the same bytes that has it lends it.

    Objects are written before the rows that name them, and all rows in one transaction with the job's end. What no row
    came to name is taken away again. A file of which no copy can be made keeps the reason, and the queue goes on.
    """
    if isolation.is_missed():
        turn = turn_of(session().get_one(MediaAsset, asset_id))
        queue.put_off(claim, RENDER_JOB, delay_s=isolation.LOOK_AGAIN_S, turn=turn, asset_id=asset_id, copy=copy)
        return
    with transaction() as s:
        asset = s.scalars(locked(select(MediaAsset).where(MediaAsset.id == asset_id))).one()
        if copy not in missing_copies(asset):
            claim.finish()
            return
        source = _source_of(asset, copy)
    store = storage.storage()
    rows, reason = _borrowed(store, asset_id, source) or _rendered(store, source)
    keys = [row["storage_key"] for row in rows]
    try:
        kept, outdated = _store_rows(claim, asset_id, copy, rows, reason)
    except LeaseLost:
        take_away(store, *keys)
        raise
    take_away(store, *(outdated if kept else keys))


def _source_of(asset: MediaAsset, copy: str) -> _Source:
    """Return what a copy is made of: the file, or the film encoded for browsers, which costs a light copy far less."""
    duration_s = asset.duration_s or 0.0
    encoded = next((proxy for proxy in asset.proxies if proxy.name == CLEAN and proxy.recipe == RECIPE), None)
    if copy == LIGHT and asset.kind is MediaKind.VIDEO and needs_rendition(asset) and encoded and encoded.storage_key:
        key, size_bytes, suffix = encoded.storage_key, encoded.size_bytes, ".mp4"
    else:
        key, size_bytes, suffix = str(asset.storage_key), asset.size_bytes, ending_of(asset.filename)
    return _Source(key, size_bytes, str(asset.sha256), Wanted(copy, suffix, duration_s))


def _rendered(store: Storage, source: _Source) -> tuple[list[dict[str, Any]], str]:
    """Return the rows of a new copy, or no rows and the reason why none can be made. Raises Unavailable."""
    sink = CopyInParts(store)
    try:
        made = render(
            lambda offset, length: store.read(source.storage_key, offset, length),
            source.size_bytes,
            source.wanted,
            sink.write,
            require_isolation=isolation.is_required(),
        )
        if made.retry:
            raise Unavailable(detail=made.detail)
        if not made.made:
            sink.give_up()
            return [], made.reason
        rows = []
        if made.content_type:
            row = sink.finish(source.wanted.copy, made.content_type, made.size_bytes, made.sha256)
            rows.append({**row, "width": made.width, "height": made.height})
        return [*rows, *store_outputs(store, made.derived)], ""
    except BaseException:  # also when the worker is told to stop: nothing half made may stay
        sink.give_up()
        raise


def _borrowed(store: Storage, asset_id: int, source: _Source) -> tuple[list[dict[str, Any]], str] | None:
    """Return rows of objects copied from a file of the same bytes; None when there is none."""
    rows: list[dict[str, Any]] = []
    try:
        for twin in _twins(asset_id, source):
            row = {
                name: getattr(twin, name) for name in ("name", "content_type", "size_bytes", "width", "height", "data")
            }
            rows.append({**row, "storage_key": storage.new_key("derived")})
            store.copy(str(twin.storage_key), rows[-1]["storage_key"], twin.size_bytes)
    except BaseException as error:
        take_away(store, *(row["storage_key"] for row in rows))
        if isinstance(error, NoSuchObject):  # erased meanwhile
            return None
        raise
    return (rows, "") if rows else None


def _twins(asset_id: int, source: _Source) -> list[MediaProxy]:
    copy = source.wanted.copy
    same = (MediaAsset.sha256 == source.sha256, MediaAsset.id != asset_id, MediaProxy.recipe == RECIPE)
    query = select(MediaProxy).join(MediaAsset).where(*same, MediaProxy.name.in_([copy, *OUTPUTS[copy]]))
    found = list(session().scalars(query.order_by(MediaProxy.asset_id, MediaProxy.id)))
    owner_id = next((proxy.asset_id for proxy in found if proxy.name == marker(copy)), None)
    return [proxy for proxy in found if proxy.asset_id == owner_id]


def _store_rows(
    claim: Claim, asset_id: int, copy: str, rows: list[dict[str, Any]], reason: str
) -> tuple[bool, list[str]]:
    """Store the rows in place of older ones; returns whether they are wanted still, and the keys of those replaced."""
    with transaction() as s:
        asset = s.scalars(locked(select(MediaAsset).where(MediaAsset.id == asset_id))).one()
        if copy not in missing_copies(asset):
            claim.finish()
            return False, []
        _note(asset, copy, reason)
        names = {copy, *OUTPUTS[copy]} if rows else set()
        older = [proxy for proxy in asset.proxies if proxy.name in names]
        keys = [str(proxy.storage_key) for proxy in older]
        for proxy in older:
            s.delete(proxy)
        s.flush()
        for row in rows:
            s.add(MediaProxy(asset_id=asset.id, recipe=RECIPE, **row))
        claim.finish()
        return True, keys


def _note(asset: MediaAsset, copy: str, reason: str) -> None:
    """Keep why a copy could not be made, or forget it."""
    unmade = {name: why for name, why in asset.details.get("unmade", {}).items() if name != copy}
    asset.details = {**asset.details, "unmade": {**unmade, copy: reason} if reason else unmade}


def give_up_copy(asset_id: int, copy: str) -> None:
    """Note that a copy was tried three times in vain; in the transaction in which its job fails."""
    asset = session().scalars(locked(select(MediaAsset).where(MediaAsset.id == asset_id))).one()
    _note(asset, copy, "inspection.storage")
