"""Moving copies to new keys, so that every address of them that was given out answers 404.

A signed address holds until it ends, for a long film six hours; who must look no more must not look that long.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress

from sqlalchemy import select

from creative_platform.core import queue
from creative_platform.core.db import locked, session, transaction
from creative_platform.core.queue import Claim
from creative_platform.media import storage
from creative_platform.media.models import MediaAsset, MediaProxy
from creative_platform.media.storage import NoSuchObject

MOVE_JOB = "media.move_copies"
DELETE_JOB = "media.delete_object"


def end_addresses(owner_type: str, owner_ids: Iterable[int]) -> None:
    """Have the copies of these owners' files moved, in the running transaction; until then old addresses still hold."""
    copied = select(MediaAsset.id).join(MediaAsset.proxies).where(MediaProxy.storage_key.is_not(None)).distinct()
    copied = copied.where(MediaAsset.owner_type == owner_type, MediaAsset.owner_id.in_(list(owner_ids)))
    for asset_id in session().scalars(copied.order_by(MediaAsset.id)):
        queue.enqueue(MOVE_JOB, asset_id=asset_id)


def move_copies(claim: Claim, asset_id: int) -> None:
    """Give every copy of a file another key; deleting what has the old one is a job of its own, tried until it is done.

    A new object that no row came to name is left to the sweep.
    """
    copies = select(MediaProxy.storage_key, MediaProxy.size_bytes).where(MediaProxy.asset_id == asset_id)
    found = session().execute(copies.where(MediaProxy.storage_key.is_not(None))).all()
    store, moved = storage.storage(), {}
    for old, size_bytes in ((str(key), size) for key, size in found):
        new = storage.new_key("derived")
        with suppress(NoSuchObject):  # erased meanwhile
            store.copy(old, new, size_bytes)
            moved[old] = new
    unused = dict(moved)
    with transaction() as s:
        for row in s.scalars(locked(select(MediaProxy).where(MediaProxy.storage_key.in_(moved)))):
            row.storage_key = unused.pop(str(row.storage_key))
        delete_later(*(moved.keys() - unused.keys()), *unused.values())
        claim.finish()


def delete_later(*keys: str) -> None:
    """Have objects deleted that no row names any more, in the running transaction."""
    for key in sorted(keys):
        queue.enqueue(DELETE_JOB, key=key)


def delete_object(claim: Claim, key: str) -> None:
    """Delete an object; one that is gone is deleted."""
    storage.storage().delete(key)
