"""Objects that no row names: a worker was killed between writing them and storing the rows, or the store was away."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from itertools import islice

from sqlalchemy import select

from creative_platform.core import clock
from creative_platform.core.db import session, transaction
from creative_platform.core.errors import Unavailable
from creative_platform.core.queue import Claim
from creative_platform.media import storage
from creative_platform.media.models import MediaAsset, MediaProxy

ORPHANS_KEPT = timedelta(days=2)  # far longer than the longest check: what it writes is named only at its end
AREAS = ("originals/", "derived/")
AT_ONCE = 500


def sweep_orphans(claim: Claim) -> None:
    """Take away objects of files, and copies begun in parts, that are two days old and that no row names."""
    store, before = storage.storage(), clock.now() - ORPHANS_KEPT
    try:
        for area in AREAS:
            keys = iter(store.keys(area, before=before))
            while some := list(islice(keys, AT_ONCE)):
                for key in unnamed(some):
                    store.delete(key)
        begun = {key: name for key, name in store.open_uploads(before=before) if key.startswith(AREAS)}
        for key in unnamed(begun):
            store.abort_upload(key, begun[key])
    except Unavailable:
        pass  # whoever watches the store is told elsewhere; tomorrow it is looked at again
    with transaction():
        claim.finish()


def unnamed(keys: Iterable[str]) -> set[str]:
    """Return those of the keys that no file and no copy has."""
    wanted = set(keys)
    named = set(session().scalars(select(MediaAsset.storage_key).where(MediaAsset.storage_key.in_(wanted))))
    named |= set(session().scalars(select(MediaProxy.storage_key).where(MediaProxy.storage_key.in_(wanted))))
    return wanted - named
