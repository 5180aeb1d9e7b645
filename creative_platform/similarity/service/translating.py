"""Sketches by which translations are found, of the words of an entry; a job of its own, for it takes seconds."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import delete, select

from creative_platform.confinement import isolation
from creative_platform.core import clock, queue
from creative_platform.core.db import locked, session, transaction
from creative_platform.core.errors import Unavailable
from creative_platform.core.queue import Claim
from creative_platform.entries import queries as entries
from creative_platform.entries.models import Entry, EntryState
from creative_platform.entries.service.submission import SUBMITTED_JOB
from creative_platform.similarity import queries, translations
from creative_platform.similarity.models import EntrySketch
from creative_platform.similarity.passages import texts_of
from creative_platform.similarity.rows import in_pieces

TRANSLATE_JOB = "similarity.sketch_translations"


def order_translations(contest_id: int, entry_ids: Collection[int]) -> None:
    """Order the sketches of the words of entries unless they were made, in the running transaction."""
    if not translations.are_looked_for():
        return
    ready = {told["entry_id"] for told in queue.waiting(TRANSLATE_JOB)}
    newest = EntrySketch.revision_id == queries.newest_revision(EntrySketch.entry_id)
    made = select(EntrySketch.entry_id).where(EntrySketch.kind == EntrySketch.TRANSLATION, newest)
    for some in in_pieces(entry_ids):
        ready.update(session().scalars(made.where(EntrySketch.entry_id.in_(some))))
    for entry_id in entry_ids:
        if entry_id not in ready:
            queue.enqueue(TRANSLATE_JOB, turn=f"contest:{contest_id}", entry_id=entry_id)


def sketch_translations(claim: Claim, entry_id: int, engine: Any) -> None:
    """Sketch the words of a handed-in entry, then have it compared again.

    Words of which the model makes nothing leave a row without version, so that they are not tried for ever.
    """
    entry = session().get(Entry, entry_id)
    revision = entries.current_revision(entry) if entry and entry.state in EntryState.handed_in() else None
    if entry is None or revision is None or not translations.are_looked_for():
        claim.finish()
        return
    if isolation.is_missed():
        queue.put_off(claim, TRANSLATE_JOB, delay_s=isolation.LOOK_AGAIN_S, entry_id=entry_id)
        return
    texts = texts_of(revision.document)
    made = engine.sketch_texts(texts, require_isolation=isolation.is_required()) if texts else None
    if made is not None and made.retry:
        raise Unavailable(detail=made.detail)
    with transaction() as s:
        there = s.scalars(locked(select(Entry).where(Entry.id == entry_id))).one()
        newest = entries.current_revision(there)
        if newest is not None and newest.id == revision.id and there.state in EntryState.handed_in():
            own = (EntrySketch.entry_id == entry_id, EntrySketch.kind == EntrySketch.TRANSLATION)
            s.execute(delete(EntrySketch).where(*own))
            told = {"entry_id": entry_id, "revision_id": revision.id, "contest_id": there.contest_id}
            told |= {"kind": EntrySketch.TRANSLATION, "made_at": clock.now()}
            for one in made.parts if made else ():
                s.add(EntrySketch(part=one.part, version=one.version, sketch=one.sketch, **told))
            if not made or not made.parts:
                s.add(EntrySketch(part="", version="", sketch=b"", **told))
            s.flush()
            queue.enqueue(SUBMITTED_JOB, entry_id=entry_id)
        claim.finish()
