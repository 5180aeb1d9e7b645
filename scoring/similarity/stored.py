"""Search texts and projects that an application stores as rows: a search reads what it touches, and no more."""

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from itertools import chain
from typing import Protocol, cast

import numpy as np

from scoring.similarity import postings
from scoring.similarity.codesketch import CodeSketch
from scoring.similarity.comparison import Sketch
from scoring.similarity.errors import SimilarityError, UnknownEntry
from scoring.similarity.searching import Candidate, EntrySearch, Key, Pairs
from scoring.similarity.sequences import Sequence
from scoring.similarity.statistics import TermStatistics
from scoring.similarity.textsketch import TextSketch

SHARE = 4
"""Of so many terms one stands in rows to be found by; the weight of all of them is summed up for the best found."""

WHOLE = 64
"""A sequence of at most so many terms is found by each of them."""

BUDGET = 25_000
"""Rows read for one query."""

VERIFIED = 80
"""Sketches whose common weight is summed up exactly."""

REMEMBERED = 1_000_000
"""Counts kept from one entry that asks to the next."""


@dataclass(frozen=True, slots=True)
class Rows:
    """What an application stores beside a sketch, to find it and to take it out again.

    Attributes
    ----------
    terms : tuple of int
        All different terms, ascending: each counts in how many different texts it stands.
    found_by : tuple of int
        Those of them that get a row. A term is chosen by its number alone ("0 mod p", Manber 1994), so two texts
        that share terms share a fixed part of the rows.
    units : int
        How long the sequence is.
    digest : int
        60 bits of the original's SHA-256: the same text twice counts once.
    """

    terms: tuple[int, ...]
    found_by: tuple[int, ...]
    units: int
    digest: int


def rows_of(sketch: Sequence) -> Rows:
    """Give what is stored of a text or a project.

    Examples
    --------
    >>> rows = rows_of(TextSketch("", "jas", (0,), (3,), (0,), 3, "f" * 64))
    >>> len(rows.terms), rows.terms == rows.found_by, rows.units
    (1, True, 3)
    """
    terms = sketch.terms()
    found_by = terms if len(terms) <= WHOLE else tuple(term for term in terms if term % SHARE == 0)
    return Rows(terms, found_by, sketch.units(), digest_number(sketch.digest))


def digest_number(digest: str) -> int:
    """Give the first 60 bits of a SHA-256 in hexadecimal."""
    return int(digest[:15], 16)


class Stored(Protocol):
    """The rows of one modality, wherever an application keeps them; plain numbers and bytes."""

    def documents(self) -> int:
        """Give how many different texts are counted."""

    def counts(self, terms: list[int]) -> Iterable[tuple[int, int, int]]:
        """Give term, number of different texts and number of sketches that hold it; a term of none may be absent."""

    def found_by(self, terms: list[int]) -> Iterable[tuple[int, int, int]]:
        """Give term, sketch and its units for each row of the terms."""

    def terms(self, slots: list[int]) -> Iterable[tuple[int, Iterable[int]]]:
        """Give all terms of sketches, ascending."""

    def owners(self, slots: list[int]) -> Iterable[tuple[int, str, str]]:
        """Give sketch, entry and part; a sketch that takes no part is absent."""

    def sketches(self, slots: list[int]) -> Iterable[tuple[int, bytes]]:
        """Give packed sketches."""

    def parts(self, entry_id: str) -> Iterable[tuple[int, str]]:
        """Give the sketches of an entry and their parts."""


class StoredIndex(EntrySearch):
    """Search among entries whose texts and projects are stored as rows.

    Parameters
    ----------
    stored : mapping of str to Stored
        The rows by modality, ``"text"`` or ``"code"``.
    boilerplate, starters
        As for `SimilarityIndex`.

    Notes
    -----
    How often a search asks for rows does not depend on the number of entries. A pair that it compares has the finding
    that `SimilarityIndex` gives it; which pairs are compared may differ among those that share next to nothing.
    """

    def __init__(
        self,
        stored: Mapping[str, Stored],
        *,
        boilerplate: Iterable[str] = (),
        starters: Iterable[CodeSketch] = (),
    ) -> None:
        super().__init__(boilerplate, starters)
        self._held = {modality: _Held(rows, self._statistics[modality]) for modality, rows in stored.items()}
        self._slots: dict[tuple[str, Key], int] = {}
        self._sketches: dict[tuple[str, Key], TextSketch | CodeSketch] = {}

    def _candidates(self, entry_id: str, limit: int) -> list[tuple[Candidate, Pairs]]:
        self._slots.clear()
        self._sketches.clear()
        for held in self._held.values():
            held.forget()
        return super()._candidates(entry_id, limit)

    def _parts(self, entry_id: str) -> Mapping[Key, Sketch]:
        own = {
            (entry_id, (modality, part)): slot
            for modality, held in self._held.items()
            for slot, part in held.stored.parts(entry_id)
        }
        if not own:
            raise UnknownEntry(entry_id)
        self._slots |= own
        self._expect(own)
        return {part[1]: self._sketches[part] for part in own if part in self._sketches}

    def sketch(self, entry_id: str, key: Key) -> Sketch | None:
        """Give a part of the entry that asked last, or of one that was compared with it."""
        return self._sketches.get((entry_id, key))

    def _near(self, sketch: Sketch, limit: int) -> list[tuple[str, Key, float]]:
        held = self._held[sketch.modality]
        found = postings.search(held, held.statistics, cast(Sequence, sketch), limit)
        owners = {
            slot: (entry_id, (sketch.modality, part))
            for slot, entry_id, part in held.stored.owners([slot for slot, _ in found])
        }
        self._slots |= {owner: slot for slot, owner in owners.items()}
        return [(*owners[slot], score) for slot, score in found if slot in owners]

    def _expect(self, parts: Iterable[tuple[str, Key]]) -> None:
        """Read the sketches of parts that are not read yet, and how common their terms are."""
        missing = [part for part in dict.fromkeys(parts) if part not in self._sketches]
        for modality, held in self._held.items():
            wanted = {self._slots[part]: part for part in missing if part[1][0] == modality}
            if not wanted:
                continue
            for slot, packed in held.stored.sketches(sorted(wanted)):
                with suppress(SimilarityError):
                    self._sketches[wanted[slot]] = _READERS[modality](packed)
            read = [self._sketches[part].ids() for part in wanted.values() if part in self._sketches]
            held.know(np.unique(np.concatenate(read)) if read else np.empty(0, dtype=np.int32))


_READERS: dict[str, Callable[[bytes], TextSketch | CodeSketch]] = {
    "text": TextSketch.from_bytes,
    "code": CodeSketch.from_bytes,
}


class _Held:
    """The rows of one modality as `postings.search` reads them; counts are looked up once and kept."""

    budget = BUDGET
    verified = VERIFIED

    def __init__(self, stored: Stored, statistics: TermStatistics) -> None:
        self.stored, self.statistics = stored, statistics
        self.statistics.documents = stored.documents()
        self._sketches: dict[int, int] = {}

    def forget(self) -> None:
        """Forget what is known of terms when it is very much."""
        if len(self._sketches) > REMEMBERED:
            self._sketches.clear()
            self.statistics.frequencies.clear()

    def know(self, terms: np.ndarray) -> None:
        """Look up how common terms are, those that are not known yet."""
        missing = [term for term in terms.tolist() if term not in self._sketches]
        self._sketches |= dict.fromkeys(missing, 0)
        for term, texts, sketches in self.stored.counts(missing):
            self.statistics.frequencies[term], self._sketches[term] = texts, sketches

    def lengths(self, terms: np.ndarray) -> np.ndarray:
        """Give how many rows each term has at most."""
        has_rows = (terms % SHARE == 0) | (len(terms) <= WHOLE)
        return np.where(has_rows, [self._sketches[term] for term in terms.tolist()], 0)

    def read(self, terms: np.ndarray, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Give the sketches that stand under terms, the weight each has of these, and its units."""
        rows = np.fromiter(chain.from_iterable(self.stored.found_by(terms.tolist())), dtype=np.int64).reshape(-1, 3)
        found, first, places = np.unique(rows[:, 1], return_index=True, return_inverse=True)
        order = np.argsort(terms)
        weight = weights[order[np.searchsorted(terms, rows[:, 0], sorter=order)]]
        return found, np.bincount(places, weights=weight, minlength=len(found)), rows[first, 2]

    def exact(
        self,
        slots: np.ndarray,
        common: np.ndarray,
        terms: np.ndarray,
        weights: np.ndarray,
        left: np.ndarray,
        hopeful: postings.Hopeful,
    ) -> np.ndarray:
        """Give the whole weight that all sketches, hopeful or not, have of the terms, most of which stand in no row."""
        exact = np.zeros(len(slots))
        for slot, held in self.stored.terms(slots.tolist()):
            its = np.fromiter(held, dtype=np.int64)
            there = np.minimum(np.searchsorted(its, terms), len(its) - 1)
            exact[np.searchsorted(slots, slot)] = weights[its[there] == terms].sum()
        return exact
