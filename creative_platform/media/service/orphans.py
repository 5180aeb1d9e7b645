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
from creative_platform.media.models import AssetState, MediaAsset, MediaProxy, Orphan
from creative_platform.media.storage import RefusedByStore

OLD_ENOUGH = timedelta(days=2)  # far longer than the longest check: what it writes is named only at its end
MOST_A_RUN = 1000
AREAS = ("originals/", "derived/", "pieces/")
AT_ONCE = 500
_TO_COME = (AssetState.PLANNED, AssetState.UPLOADING)


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
    except RefusedByStore:
        raise  # it will be so tomorrow, too: the job fails, and an operator sees it
    except Unavailable:
        pass  # whoever watches the store is told elsewhere; tomorrow it is looked at again
    with transaction():
        claim.finish()


def _look(at: datetime) -> None:
    """Write down every object, and every upload begun, that no row names; forget what is named by now or gone."""
    store, before = storage.storage(), at - OLD_ENOUGH
    for area in AREAS:
        keys = iter(store.keys(area, before=before))
        while these := list(islice(keys, AT_ONCE)):
            _note([(key, "") for key in these], at)
    begun = (one for one in store.open_uploads(before=before) if one[0].startswith(AREAS))
    while some := list(islice(begun, AT_ONCE)):
        _note(some, at, uploads=True)
    with transaction() as s:
        s.execute(delete(Orphan).where(Orphan.seen_at < at))


def _note(found: list[tuple[str, str]], at: datetime, *, uploads: bool = False) -> None:
    keys = unnamed((key for key, _ in found), uploads=uploads)
    with transaction() as s:
        rows = s.scalars(select(Orphan).where(Orphan.storage_key.in_(keys)))
        known = {(row.storage_key, row.store_upload_id): row for row in rows}
        for key, upload_id in [one for one in found if one[0] in keys]:
            if (key, upload_id) in known:
                known[key, upload_id].seen_at = at
            else:
                s.add(Orphan(storage_key=key, store_upload_id=upload_id, found_at=at, seen_at=at))


def _take_away_due(at: datetime) -> None:
    store = storage.storage()
    due = select(Orphan).where(Orphan.found_at <= at - Orphan.QUARANTINE).order_by(Orphan.found_at, Orphan.id)
    for orphan in session().scalars(due.limit(MOST_A_RUN)).all():
        orphan_id, key, upload_id = orphan.id, orphan.storage_key, orphan.store_upload_id
        if unnamed([key], uploads=bool(upload_id)):  # asked again, right before
            if upload_id:
                store.abort_upload(key, upload_id)
            else:
                store.delete(key)
        with transaction() as s:
            s.execute(delete(Orphan).where(Orphan.id == orphan_id))


def unnamed(keys: Iterable[str], *, uploads: bool = False) -> set[str]:
    """Return those of the keys that no file and no copy has; a piece is its file's.

    ``uploads`` begun under a key are wanted only while the bytes of its file are to come: a store that did what it was
    asked, and whose answer was lost, has begun more of them than anybody knows of.
    """
    of = {key: storage.original_of(key) for key in keys}
    files = select(MediaAsset.storage_key).where(MediaAsset.storage_key.in_(set(of.values())))
    copies = select(MediaProxy.storage_key).where(MediaProxy.storage_key.in_(set(of.values())))
    if uploads:
        named = set(session().scalars(files.where(MediaAsset.state.in_(_TO_COME))))
    else:
        named = {*session().scalars(files), *session().scalars(copies)}
    return {key for key, whole in of.items() if whole not in named}
