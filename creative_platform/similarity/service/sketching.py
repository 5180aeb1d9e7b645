"""Sketches of what was handed in: words at once, files each by a job of its own; drafts leave nothing."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import ColumnElement, delete, or_, select
from sqlalchemy.orm import Session

from creative_platform.confinement import isolation
from creative_platform.core import clock, queue
from creative_platform.core.db import locked, session, transaction
from creative_platform.core.errors import Unavailable
from creative_platform.core.queue import Claim
from creative_platform.entries import queries as entries
from creative_platform.entries.models import Entry, EntryRevision, EntryState
from creative_platform.entries.service.submission import CHECKED_JOB, OWNER_TYPE, SUBMITTED_JOB
from creative_platform.media import queries as media
from creative_platform.media import storage
from creative_platform.media.models import AssetState, MediaAsset
from creative_platform.similarity import queries, translations
from creative_platform.similarity.models import EntrySketch, FileSketch, Match, MatchVerdict, Overview
from creative_platform.similarity.passages import texts_of
from creative_platform.similarity.service.comparing import compare, expect_close
from creative_platform.similarity.service.indexing import remove_sketches, store_sketch
from creative_platform.similarity.service.translating import order_translations

SKETCH_JOB, SKETCH_FILE_JOB = SUBMITTED_JOB, CHECKED_JOB


def sketch_entry(claim: Claim, entry_id: int, engine: Any) -> None:
    """Sketch the submitted revision of an entry, order the sketches of its files, and compare it with all others.

    The sketch is stored before the others are read, so that of two entries handed in at once one sees the other. While
    files are still to be sketched it is compared only when its words are new; the last file asks again.
    """
    with transaction() as s:
        entry = s.scalars(locked(select(Entry).where(Entry.id == entry_id))).one()
        revision = entries.current_revision(entry)
        if revision is None or entry.state not in EntryState.handed_in():
            forget_entry(s, entry_id)
            claim.finish()
            return
        is_new = _store_sketch(s, entry, revision, engine)
        lacking = _order_files(s, entry, revision)
        order_translations(entry.contest_id, [entry.id])
        expect_close(entry.contest)
        if lacking and not is_new:
            claim.finish()
            return
    compare(claim, entry.contest, [entry.id], engine, whole=False)


def _store_sketch(s: Session, entry: Entry, revision: EntryRevision, engine: Any) -> bool:
    """Store the sketch of the words and the digests of the files; False when it is there already."""
    held = s.execute(
        select(EntrySketch.revision_id, EntrySketch.version).where(
            EntrySketch.entry_id == entry.id, EntrySketch.kind != EntrySketch.TRANSLATION
        )
    )
    if {tuple(row) for row in held} == {(revision.id, engine.VERSION)}:
        return False
    assets = media.assets_by_id(file.asset_id for file in revision.files)
    files = {asset.public_id: (asset.sha256 or asset.declared_sha256, asset.size_bytes) for asset in assets.values()}
    parts = engine.sketch_parts(texts_of(revision.document), files)  # before others must wait for our turn to count
    remove_sketches(s, select(EntrySketch).where(EntrySketch.entry_id == entry.id))
    for made in parts:
        row = EntrySketch(entry_id=entry.id, revision_id=revision.id, contest_id=entry.contest_id, kind=made.kind)
        row.part, row.version, row.sketch, row.made_at = made.part, made.version, made.sketch, clock.now()
        store_sketch(s, row, made)
    gone = _files_of(entry.id).where(MediaAsset.id.not_in(assets))
    remove_sketches(s, select(FileSketch).where(FileSketch.asset_id.in_(gone)))
    return True


def _files_of(entry_id: int) -> Any:
    return select(MediaAsset.id).where(MediaAsset.owner_type == OWNER_TYPE, MediaAsset.owner_id == entry_id)


def _order_files(s: Session, entry: Entry, revision: EntryRevision) -> bool:
    """Order a sketch of every checked file that has none; says whether files are still to be sketched.

    One that is not checked yet is ordered by its check.
    """
    assets = media.assets_by_id(file.asset_id for file in revision.files)
    done = set(s.scalars(select(FileSketch.asset_id).where(FileSketch.asset_id.in_(assets))))
    left = [asset for asset in assets.values() if asset.id not in done and asset.state in AssetState.arrived()]
    for asset in left:
        if asset.state is AssetState.READY:
            queue.enqueue(SKETCH_FILE_JOB, turn=f"contest:{entry.contest_id}", asset_id=asset.id)
    return bool(left)


def sketch_file(claim: Claim, asset_id: int, engine: Any) -> None:
    """Sketch one checked file that was handed in, in a confined child; one that gives no sketch keeps the reason."""
    asset = _wanted(asset_id)
    if asset is None:
        claim.finish()
        return
    if isolation.is_missed():
        queue.put_off(claim, SKETCH_FILE_JOB, delay_s=isolation.LOOK_AGAIN_S, asset_id=asset_id)
        return
    store, key = storage.storage(), str(asset.storage_key)
    suffix = asset.filename[asset.filename.rfind(".") :][:10] if "." in asset.filename else ""
    made = engine.sketch_file(
        lambda offset, length: store.read(key, offset, length),
        asset.size_bytes,
        kind=str(asset.kind),
        name=".pdf" if asset.kind == "pdf" else suffix,
        duration_s=asset.duration_s or 0.0,
        require_isolation=isolation.is_required(),
        translations=translations.are_looked_for(),
    )
    if made.retry:
        raise Unavailable(detail=made.detail)
    with transaction():
        _store_file(asset_id, made.parts, made.reason)
        claim.finish()


def _wanted(asset_id: int) -> MediaAsset | None:
    """Return a file that a handed-in entry's newest revision holds and that is not sketched yet."""
    asset = session().get(MediaAsset, asset_id)
    if asset is None or asset.state is not AssetState.READY or asset.storage_key is None or asset.kind is None:
        return None
    entry = session().get(Entry, asset.owner_id) if asset.owner_type == OWNER_TYPE else None
    revision = entries.current_revision(entry) if entry and entry.state in EntryState.handed_in() else None
    if revision is None or asset_id not in {file.asset_id for file in revision.files}:
        return None
    done = session().scalar(select(FileSketch.id).where(FileSketch.asset_id == asset_id).limit(1))
    return None if done else asset


def _store_file(asset_id: int, parts: Sequence[Any], reason: str) -> None:
    """Store what a file gave, in the running transaction; the last one of its entry has that compared again."""
    s = session()
    asset = s.scalars(locked(select(MediaAsset).where(MediaAsset.id == asset_id))).one()
    if _wanted(asset_id) is None:
        return
    told: dict[str, Any] = {"asset_id": asset_id, "made_at": clock.now()}
    for one in parts:
        row = FileSketch(kind=one.kind, part=one.part, version=one.version, sketch=one.sketch, words=one.words, **told)
        store_sketch(s, row, one)
    if not parts:
        s.add(FileSketch(kind=FileSketch.NONE, part="", version="", reason=reason, sketch=b"", **told))
    s.flush()
    queue.enqueue(SKETCH_JOB, entry_id=asset.owner_id)


def give_up_file(asset_id: int) -> None:
    """Say that a file was tried three times in vain, in the transaction in which its job fails."""
    _store_file(asset_id, (), "inspection.storage")


def erase_entries(entry_ids: Collection[int]) -> int:
    """Remove every trace of entries that are erased, in the running verb: sketches, words, counts, matches, verdicts.

    Returns how many matches went.
    """
    with transaction() as s:
        count = 0
        for entry_id in sorted(entry_ids):
            matches = s.scalars(select(Match.id).where(_concerns(entry_id))).all()
            s.execute(delete(MatchVerdict).where(MatchVerdict.match_id.in_(matches)))
            forget_entry(s, entry_id, entry_ids)
            count += len(matches)
        s.flush()
        s.expire_all()
        return count


def _concerns(entry_id: int) -> ColumnElement[bool]:
    return or_(Match.entry_a_id == entry_id, Match.entry_b_id == entry_id)


def forget_entry(s: Session, entry_id: int, gone: Collection[int] = ()) -> None:
    """Remove sketches, groups and unjudged matches of an entry that takes no part any more; ``gone`` are all such."""
    remove_sketches(s, select(EntrySketch).where(EntrySketch.entry_id == entry_id))
    remove_sketches(s, select(FileSketch).where(FileSketch.asset_id.in_(_files_of(entry_id))))
    s.execute(delete(Match).where(_concerns(entry_id), Match.id.not_in(select(MatchVerdict.match_id))))
    contest_id = select(Entry.contest_id).where(Entry.id == entry_id).scalar_subquery()
    for overview in s.scalars(locked(select(Overview).where(Overview.contest_id == contest_id))):
        overview.groups = queries.groups_without(overview.groups, {entry_id, *gone})
        overview.starters_alone = [one for one in overview.starters_alone if one != entry_id]
