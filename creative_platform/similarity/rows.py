"""Rows by which entries are compared: reads for the engine, and how a sketch is numbered in them.

Of texts and programs a comparing reads the rows of its own terms and the sketches of its candidates; of files those
that are equal; of pictures, sounds and films, which have no terms, every sketch.
"""

from __future__ import annotations

import sys
import zlib
from array import array
from collections.abc import Collection, Iterable, Iterator
from itertools import accumulate
from typing import Any

from sqlalchemy import Select, func, select

from creative_platform.core.db import session
from creative_platform.entries.models import RevisionFile
from creative_platform.media.models import MediaAsset
from creative_platform.similarity.models import EntrySketch, FileSketch, Fingerprint, TermCount

AT_ONCE = 5_000  # numbers in one statement; both databases take more
SKETCHES_AT_ONCE = 50  # where all of a kind are read: a film's has megabytes
MOST_UNITS = 32_767
_OWNER = "entry"


def kind_of(version: str) -> int:
    """Return the number that stands for a version of a sketch: rows of another version are never read."""
    return 1 + zlib.crc32(version.encode()) % 32_767


def slot_of(row: EntrySketch | FileSketch) -> int:
    """Return the number of a sketch in rows: twice its id, one more for a file's."""
    return 2 * row.id + isinstance(row, FileSketch)


def pack_terms(terms: Iterable[int]) -> bytes:
    """Pack ascending terms, about 2.4 bytes each."""
    kept = list(terms)
    return zlib.compress(_little(array("i", (b - a for a, b in zip([0, *kept], kept, strict=False)))).tobytes(), 6)


def unpack_terms(packed: bytes) -> array[int]:
    """Return what was packed."""
    steps = array("i")
    steps.frombytes(zlib.decompress(packed))
    return array("i", accumulate(_little(steps)))


def _little(numbers: array[int]) -> array[int]:
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers


def in_pieces(numbers: Iterable[int]) -> Iterator[list[int]]:
    """Cut numbers into as many as one statement takes."""
    kept = list(numbers)
    for start in range(0, len(kept), AT_ONCE):
        yield kept[start : start + AT_ONCE]


def of_files(*columns: Any) -> Select[Any]:
    """Return the query of the sketches of files in the revisions that are sketched: entry, revision, file, part, …"""
    revision = select(EntrySketch.revision_id).where(EntrySketch.entry_id == MediaAsset.owner_id).limit(1)
    query = select(MediaAsset.owner_id, RevisionFile.revision_id, MediaAsset.public_id, FileSketch.part, *columns)
    query = query.select_from(FileSketch).join(MediaAsset, MediaAsset.id == FileSketch.asset_id)
    held = (RevisionFile.asset_id == MediaAsset.id) & (RevisionFile.revision_id == revision.scalar_subquery())
    return query.join(RevisionFile, held).where(MediaAsset.owner_type == _OWNER)


def _part(public_id: str, part: str) -> str:
    return f"{public_id}/{part}" if part else public_id


class Reading:
    """What one comparing reads; ``seen`` says which revision of each entry that was.

    ``also`` are entries of which it must be known although nothing of them may be found.
    """

    def __init__(self, asked: Collection[int], also: Iterable[int] = ()) -> None:
        self._asked = sorted(asked)
        self.seen: dict[int, int] = {}
        self._contests: dict[int, int] = {}
        self._last = [session().scalar(select(func.max(kind.id))) or 0 for kind in (EntrySketch, FileSketch)]
        for ids in in_pieces({*asked, *also}):
            query = select(EntrySketch.entry_id, EntrySketch.revision_id).where(EntrySketch.entry_id.in_(ids))
            self.seen.update((entry_id, revision_id) for entry_id, revision_id in session().execute(query.distinct()))

    def sketched_since(self) -> set[int]:
        """Return the entries of which something was sketched since this reading began."""
        own = select(EntrySketch.entry_id).where(EntrySketch.id > self._last[0])
        files = of_files().where(FileSketch.id > self._last[1])
        return {*session().scalars(own), *session().scalars(files)}

    def asked(self, modality: str, version: str = "") -> list[int]:
        """Return which of the entries in question have sketches of a modality (of that version)."""
        found: set[int] = set()
        for ids in in_pieces(self._asked):
            own = select(EntrySketch.entry_id).where(EntrySketch.entry_id.in_(ids), EntrySketch.kind == modality)
            files = of_files().where(MediaAsset.owner_id.in_(ids), FileSketch.kind == modality)
            if version:
                own, files = own.where(EntrySketch.version == version), files.where(FileSketch.version == version)
            found.update(session().scalars(own), session().scalars(files))
        return sorted(found)

    def sketches(self, modality: str) -> Iterator[tuple[int, str, bytes]]:
        """Yield every sketch of a kind of media, or of texts for translations: entry id, part, packed sketch."""
        own = select(EntrySketch.entry_id, EntrySketch.revision_id, EntrySketch.part, EntrySketch.sketch)
        own = own.where(EntrySketch.kind == modality, EntrySketch.version != "")
        own = own.order_by(EntrySketch.entry_id, EntrySketch.id).execution_options(yield_per=SKETCHES_AT_ONCE)
        for entry_id, revision_id, part, sketch in session().execute(own):
            self.seen.setdefault(entry_id, revision_id)
            yield entry_id, part, sketch
        query = of_files(FileSketch.sketch).where(FileSketch.kind == modality)
        query = query.order_by(MediaAsset.owner_id, FileSketch.id).execution_options(yield_per=SKETCHES_AT_ONCE)
        for entry_id, revision_id, public_id, part, sketch in session().execute(query):
            self.seen.setdefault(entry_id, revision_id)
            yield entry_id, _part(public_id, part), sketch

    def equal_files(self) -> Iterator[tuple[int, str, bytes]]:
        """Yield the digests of files that equal one of the entries in question, theirs among them, as `sketches`."""
        digests: set[int] = set()
        files = EntrySketch.kind == "file"
        for ids in in_pieces(self._asked):
            own = select(EntrySketch.digest).where(EntrySketch.entry_id.in_(ids), files)
            digests.update(session().scalars(own.where(EntrySketch.digest.is_not(None))))
        for some in in_pieces(sorted(digests)):
            query = select(EntrySketch.entry_id, EntrySketch.revision_id, EntrySketch.part, EntrySketch.sketch)
            query = query.where(EntrySketch.digest.in_(some), files).order_by(EntrySketch.entry_id, EntrySketch.id)
            for entry_id, revision_id, part, sketch in session().execute(query):
                self.seen.setdefault(entry_id, revision_id)
                yield entry_id, part, sketch

    def terms(self, modality: str, version: str) -> TermRows:
        """Return the rows of texts or programs."""
        return TermRows(self, modality, version)

    def contests(self, entry_ids: Collection[int]) -> dict[int, int]:
        """Return the contest of each entry."""
        missing = [entry_id for entry_id in entry_ids if entry_id not in self._contests]
        if missing:
            query = select(EntrySketch.entry_id, EntrySketch.contest_id).where(EntrySketch.entry_id.in_(missing))
            self._contests |= {row.entry_id: row.contest_id for row in session().execute(query)}
        return {entry_id: self._contests[entry_id] for entry_id in entry_ids if entry_id in self._contests}


class TermRows:
    """The rows of texts or of programs, as the library asks for them (`scoring.similarity.stored.Stored`)."""

    def __init__(self, reading: Reading, modality: str, version: str) -> None:
        self._reading, self._modality, self._version = reading, modality, version
        self._kind = kind_of(version)

    def documents(self) -> int:
        """Return how many different texts are counted."""
        row = session().get(TermCount, (self._kind, TermCount.ALL))
        return row.texts if row else 0

    def counts(self, terms: list[int]) -> Iterator[tuple[int, int, int]]:
        """Yield term, number of texts, number of sketches."""
        query = select(TermCount.term, TermCount.texts, TermCount.sketches).where(TermCount.kind == self._kind)
        for some in in_pieces(terms):
            yield from session().execute(query.where(TermCount.term.in_(some)))

    def found_by(self, terms: list[int]) -> Iterator[tuple[int, int, int]]:
        """Yield term, sketch, units of the rows of terms."""
        query = select(Fingerprint.term, Fingerprint.slot, Fingerprint.units).where(Fingerprint.kind == self._kind)
        for some in in_pieces(terms):
            yield from session().execute(query.where(Fingerprint.term.in_(some)))

    def terms(self, slots: list[int]) -> Iterator[tuple[int, array[int]]]:
        """Yield the terms of sketches."""
        for slot, packed in self._of_slots(slots, "terms"):
            yield slot, unpack_terms(packed)

    def sketches(self, slots: list[int]) -> Iterator[tuple[int, bytes]]:
        """Yield packed sketches."""
        yield from self._of_slots(slots, "sketch")

    def _of_slots(self, slots: list[int], column: str) -> Iterator[tuple[int, bytes]]:
        models: list[type[EntrySketch] | type[FileSketch]] = [EntrySketch, FileSketch]
        for place, model in enumerate(models):
            for ids in in_pieces(slot // 2 for slot in slots if slot % 2 == place):
                query = select(model.id, getattr(model, column)).where(model.id.in_(ids))
                yield from ((2 * row_id + place, packed) for row_id, packed in session().execute(query))

    def owners(self, slots: list[int]) -> Iterator[tuple[int, str, str]]:
        """Yield sketch, entry and part."""
        for ids in in_pieces(slot // 2 for slot in slots if not slot % 2):
            yield from self._own(EntrySketch.id.in_(ids))
        for ids in in_pieces(slot // 2 for slot in slots if slot % 2):
            yield from self._files(FileSketch.id.in_(ids))

    def parts(self, entry_id: str) -> Iterator[tuple[int, str]]:
        """Yield the sketches of an entry and their parts."""
        own = self._own(EntrySketch.entry_id == int(entry_id))
        files = self._files(MediaAsset.owner_id == int(entry_id))
        yield from ((slot, part) for rows in (own, files) for slot, _, part in rows)

    def _own(self, wanted: Any) -> Iterator[tuple[int, str, str]]:
        query = select(EntrySketch.id, EntrySketch.entry_id, EntrySketch.revision_id, EntrySketch.part)
        query = query.where(wanted, EntrySketch.kind == self._modality, EntrySketch.version == self._version)
        for row_id, entry_id, revision_id, part in session().execute(query.order_by(EntrySketch.id)):
            self._reading.seen.setdefault(entry_id, revision_id)
            yield 2 * row_id, str(entry_id), part

    def _files(self, wanted: Any) -> Iterator[tuple[int, str, str]]:
        query = of_files(FileSketch.id).where(wanted, FileSketch.kind == self._modality)
        query = query.where(FileSketch.version == self._version).order_by(FileSketch.id)
        for entry_id, revision_id, public_id, part, row_id in session().execute(query):
            self._reading.seen.setdefault(entry_id, revision_id)
            yield 2 * row_id + 1, str(entry_id), _part(public_id, part)
