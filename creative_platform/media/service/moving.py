"""Ending the addresses of copies: they move to new keys or are deleted, so that what was given out answers 404.

A signed address holds until it ends, for a long film six hours; who must look no more must not look that long. Moving
costs the store as much as its bytes: what would take too long is deleted and made anew from the original.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import func, select

from creative_platform.core import clock, queue
from creative_platform.core.db import locked, session, transaction
from creative_platform.core.errors import Unavailable
from creative_platform.core.queue import Claim
from creative_platform.media import storage
from creative_platform.media.copies import OUTDATED, made_together
from creative_platform.media.models import MediaAsset, MediaProxy
from creative_platform.media.service.copies import order_anew
from creative_platform.media.storage import MIB, NoSuchObject, RefusedByStore, TooLong

DROP_JOB = "media.drop_copies"
MOVE_JOB = "media.move_copies"
DELETE_JOB = "media.delete_object"

AGAIN_S = 300  # while the store is away
MOVED_AT_MOST_BYTES = 512 * MIB  # takes the store at hand 11 s
MOVED_FIRST_BYTES = 32 * MIB  # posters, pages and light copies: what takes long to make anew takes little room
MOVED_WITHIN_S = 20  # of the promised 60 some are spent waiting for a process of the worker


def end_addresses(owner_type: str, owner_ids: Iterable[int]) -> None:
    """Have the copies of these owners' files moved or deleted, in the running transaction; until then addresses hold.

    Large ones are deleted, before anything else; the others are moved, those of all files that take little room first,
    and deleted if they were not within the time for all of them. What was deleted is made anew.
    """
    copied = select(MediaAsset.id, func.max(MediaProxy.size_bytes)).join(MediaAsset.proxies)
    copied = copied.where(MediaAsset.owner_type == owner_type, MediaAsset.owner_id.in_(list(owner_ids)))
    copied = copied.where(MediaProxy.storage_key.is_not(None)).group_by(MediaAsset.id).order_by(MediaAsset.id)
    found = session().execute(copied).all()
    for asset_id, largest in found:
        if largest > MOVED_AT_MOST_BYTES:
            queue.enqueue(DROP_JOB, asset_id=asset_id)
    until = int(clock.now().timestamp()) + MOVED_WITHIN_S
    for asset_id, _ in found:
        queue.enqueue(MOVE_JOB, asset_id=asset_id, until=until, above_bytes=-1, most_bytes=MOVED_FIRST_BYTES)
    for asset_id, largest in found:
        if largest > MOVED_FIRST_BYTES:
            queue.enqueue(
                MOVE_JOB, asset_id=asset_id, until=until, above_bytes=MOVED_FIRST_BYTES, most_bytes=MOVED_AT_MOST_BYTES
            )


def drop_copies(claim: Claim, asset_id: int) -> None:
    """Delete the copies of a file that are too large to be moved."""
    keys = [key for key, size_bytes in _copies(asset_id) if size_bytes > MOVED_AT_MOST_BYTES]
    _store(claim, asset_id, {}, keys)


def move_copies(claim: Claim, asset_id: int, until: int, above_bytes: int, most_bytes: int) -> None:
    """Give the copies of a file in that range other keys, small ones first, and delete those that come too late.

    ``until`` is in POSIX seconds. A new object that no row came to name is left to the sweep.
    """
    store, deadline = storage.storage(), clock.from_timestamp(until)
    moved: dict[str, str] = {}
    late = []
    for old, size_bytes in _copies(asset_id):
        if not above_bytes < size_bytes <= most_bytes:
            continue
        new = storage.new_key("derived")
        try:
            store.copy(old, new, size_bytes, until=deadline)
            moved[old] = new
        except NoSuchObject:  # erased meanwhile
            continue
        except TooLong:
            late.append(old)
    _store(claim, asset_id, moved, late)


def _copies(asset_id: int) -> list[tuple[str, int]]:
    """Return key and size of each object among a file's copies, the smallest first."""
    copies = select(MediaProxy.storage_key, MediaProxy.size_bytes).where(MediaProxy.asset_id == asset_id)
    copies = copies.where(MediaProxy.storage_key.is_not(None)).order_by(MediaProxy.size_bytes, MediaProxy.id)
    return [(str(key), size_bytes) for key, size_bytes in session().execute(copies)]


def _store(claim: Claim, asset_id: int, moved: dict[str, str], late: Collection[str]) -> None:
    """Delete what could not be moved, then say in the rows what is true; a run that dies between is run again.

    Deleting what has an old key is a job of its own, tried until it is done.
    """
    for key in late:
        storage.storage().delete(key)
    unused = dict(moved)
    with transaction() as s:
        asset = s.scalars(locked(select(MediaAsset).where(MediaAsset.id == asset_id))).one()
        for row in asset.proxies:
            if row.storage_key in moved:
                row.storage_key = unused.pop(row.storage_key)
        _drop(asset, late)
        delete_later(*(moved.keys() - unused.keys()), *unused.values())
        claim.finish()


def _drop(asset: MediaAsset, keys: Collection[str]) -> None:
    """Forget copies whose objects are gone, and have them made anew with those that are made together with them."""
    gone = [row for row in asset.proxies if row.storage_key in keys]
    for together in made_together(asset):
        if any(row in gone for row in together):
            for row in together:
                row.recipe = OUTDATED
    s = session()
    for row in gone:
        s.delete(row)
    s.flush()
    s.expire(asset, ["proxies"])
    if gone:
        order_anew(asset)


def delete_later(*keys: str) -> None:
    """Have objects deleted that no row names any more, in the running transaction."""
    for key in sorted(keys):
        queue.enqueue(DELETE_JOB, key=key)


def delete_object(claim: Claim, key: str) -> None:
    """Delete an object; one that is gone is deleted. While the store is away it is tried again, for ever.

    Raises RefusedByStore, Unavailable.
    """
    with later_if_away(claim, DELETE_JOB, key=key):
        storage.storage().delete(key)


@contextmanager
def later_if_away(claim: Claim, name: str, **arguments: Any) -> Iterator[None]:
    """Put a job off, instead of giving it up, that finds the store away at its last try: what is to go must go.

    Raises RefusedByStore, and Unavailable at the tries before.
    """
    try:
        yield
    except RefusedByStore:
        raise
    except Unavailable:
        if not queue.is_last_try(claim):
            raise
        queue.put_off(claim, name, delay_s=AGAIN_S, **arguments)
