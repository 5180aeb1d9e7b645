"""Objects that no row names: a worker was killed between writing them and storing the rows, or the store was away.

Nothing is taken away at first sight. What is found is written down and stands in quarantine; what no row has come to
name for a week goes, at most so much a run. A database restored from an old copy, or a fault of ours, then costs a
report (`flask storage orphans`), not files.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import islice

from sqlalchemy import delete, select

from creative_platform.core import clock
from creative_platform.core.db import session, transaction
from creative_platform.core.errors import Unavailable
from creative_platform.core.queue import Claim
from creative_platform.media import storage
from creative_platform.media.models import MediaAsset, MediaProxy, Orphan

OLD_ENOUGH = timedelta(days=2)  # far longer than the longest check: what it writes is named only at its end
MOST_A_RUN = 1000
AREAS = ("originals/", "derived/", "pieces/")
AT_ONCE = 500


def find_orphans() -> list[Orphan]:
    """Look for them now and return what stands in quarantine, what goes first first. Raises Unavailable."""
    _look(clock.now())
    return list(session().scalars(select(Orphan).order_by(Orphan.found_at, Orphan.id)))


def sweep_orphans(claim: Claim) -> None:
    """Look for objects that no row names, and take away those that have stood in quarantine for a week."""
    began = clock.now()
    try:
        _look(began)
        _take_away_due(began)
    except Unavailable:
        pass  # whoever watches the store is told elsewhere; tomorrow it is looked at again
    with transaction():
        claim.finish()


def _look(at: datetime) -> None:
    """Write down every object, and every upload begun, that no row names; forget what is named by now or gone."""
    store, before = storage.storage(), at - OLD_ENOUGH
    for area in AREAS:
        keys = iter(store.keys(area, before=before))
        while some := list(islice(keys, AT_ONCE)):
            _note(dict.fromkeys(some, ""), at)
    _note({key: name for key, name in store.open_uploads(before=before) if key.startswith(AREAS)}, at)
    with transaction() as s:
        s.execute(delete(Orphan).where(Orphan.seen_at < at))


def _note(found: dict[str, str], at: datetime) -> None:
    orphaned = unnamed(found)
    with transaction() as s:
        known = {o.storage_key: o for o in s.scalars(select(Orphan).where(Orphan.storage_key.in_(orphaned)))}
        for key in orphaned:
            if key in known:
                known[key].seen_at = at
            else:
                s.add(Orphan(storage_key=key, store_upload_id=found[key], found_at=at, seen_at=at))


def _take_away_due(at: datetime) -> None:
    store = storage.storage()
    due = select(Orphan).where(Orphan.found_at <= at - Orphan.QUARANTINE).order_by(Orphan.found_at, Orphan.id)
    for orphan in session().scalars(due.limit(MOST_A_RUN)).all():
        key, upload_id = orphan.storage_key, orphan.store_upload_id
        if unnamed([key]):  # asked again, right before
            if upload_id:
                store.abort_upload(key, upload_id)
            else:
                store.delete(key)
        with transaction() as s:
            s.execute(delete(Orphan).where(Orphan.storage_key == key))


def unnamed(keys: Iterable[str]) -> set[str]:
    """Return those of the keys that no file and no copy has; a piece is its file's."""
    of = {key: storage.original_of(key) for key in keys}
    wanted = set(of.values())
    named = set(session().scalars(select(MediaAsset.storage_key).where(MediaAsset.storage_key.in_(wanted))))
    named |= set(session().scalars(select(MediaProxy.storage_key).where(MediaProxy.storage_key.in_(wanted))))
    return {key for key, whole in of.items() if whole not in named}
