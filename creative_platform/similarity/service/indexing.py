"""Rows by which texts and programs are found: stored with their sketches, gone with them, in the same transaction."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, delete, insert, select, update
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import Session, undefer

from creative_platform.similarity.models import EntrySketch, FileSketch, Fingerprint, TermCount
from creative_platform.similarity.rows import MOST_UNITS, in_pieces, kind_of, pack_terms, slot_of, unpack_terms

Sketched = EntrySketch | FileSketch


def store_sketch(s: Session, row: Sketched, made: Any) -> None:
    """Store a sketch with its rows; ``made`` is the engine's, its ``rows`` are None where nothing is found by terms."""
    row.digest = made.digest
    s.add(row)
    if made.rows is None:
        return
    row.terms = pack_terms(made.rows.terms)
    _take_turn(s)
    s.flush()
    kind, slot, units = kind_of(row.version), slot_of(row), min(MOST_UNITS, made.rows.units)
    rows = [{"kind": kind, "term": term, "slot": slot, "units": units} for term in made.rows.found_by]
    if rows:
        s.execute(insert(Fingerprint), rows)
    _count(s, kind, [TermCount.ALL, *made.rows.terms], texts=0 if _has_twin(s, row) else 1)


def remove_sketches(s: Session, query: Select[Any]) -> None:
    """Remove the sketches of a query with their rows; another removes none of them meanwhile."""
    _take_turn(s)
    for row in list(s.scalars(query.options(undefer(query.column_descriptions[0]["entity"].terms)))):
        if row.terms:
            _uncount(s, row)
        s.delete(row)
        s.flush()


def _uncount(s: Session, row: Sketched) -> None:
    kind, slot = kind_of(row.version), slot_of(row)
    terms = [TermCount.ALL, *unpack_terms(row.terms or b"")]
    texts = 0 if _has_twin(s, row) else -1
    for some in in_pieces(terms):
        found_by = delete(Fingerprint).where(Fingerprint.kind == kind, Fingerprint.term.in_(some))
        s.execute(found_by.where(Fingerprint.slot == slot))
        counted = (TermCount.kind == kind, TermCount.term.in_(some))
        s.execute(update(TermCount).where(*counted).values(_more(texts, -1)))
        s.execute(delete(TermCount).where(*counted, TermCount.sketches <= 0))


def _count(s: Session, kind: int, terms: list[int], *, texts: int) -> None:
    for some in in_pieces(terms):
        counted = (TermCount.kind == kind, TermCount.term.in_(some))
        known = set(s.scalars(select(TermCount.term).where(*counted)))
        if known:
            s.execute(update(TermCount).where(*counted).values(_more(texts, 1)))
        fresh = [{"kind": kind, "term": term, "texts": texts, "sketches": 1} for term in some if term not in known]
        if fresh:
            s.execute(insert(TermCount), fresh)


def _more(texts: int, sketches: int) -> dict[Any, Any]:
    return {TermCount.texts: TermCount.texts + texts, TermCount.sketches: TermCount.sketches + sketches}


def _has_twin(s: Session, row: Sketched) -> bool:
    """Say whether another sketch of the same text is counted."""
    for model in (EntrySketch, FileSketch):
        same = select(model.id).where(model.digest == row.digest, model.kind == row.kind, model.version == row.version)
        if isinstance(row, model):
            same = same.where(model.id != row.id)
        if s.scalar(same.where(model.terms.is_not(None)).limit(1)):
            return True
    return False


def _take_turn(s: Session) -> None:
    """Let one transaction after the other count: their terms overlap, and each would wait for the others' in any order.

    SQLite lets only one write anyway.
    """
    if s.get_bind().dialect.name == "sqlite":
        return
    turn = postgresql.insert(TermCount).values(kind=0, term=TermCount.ALL, texts=0, sketches=0)
    taken = turn.on_conflict_do_update(index_elements=["kind", "term"], set_={"texts": TermCount.texts})
    s.execute(taken)
