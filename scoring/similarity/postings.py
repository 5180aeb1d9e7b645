"""Which texts or projects hold a term: an inverted index that grows and shrinks entry by entry."""

from array import array
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from itertools import repeat
from typing import Protocol

import numpy as np

from scoring.similarity.laid import LaidOut, laid_out
from scoring.similarity.sequences import Sequence
from scoring.similarity.statistics import TermStatistics

BUDGET = 100_000
"""Postings read for one query, the rarest terms first; terms beyond it are only looked up for the best found so far."""

VERIFIED = 300
"""Sketches whose common weight is summed up exactly after the budget is used."""

LOOKED_UP = 32
"""Terms looked up for the best found so far before those are left out that can no longer be among them."""

SPARSE = 8
"""From so many sketches a posting read on, what is read is not sorted out among all of them."""

SETTLED = 20_000_000
"""Postings at most that are laid out at once, 80 MB."""

SAMPLED = 16
"""One posting of so many tells from which weight on a sketch may be among the best."""

_ROUNDING = 1e-9  # by so much sums of the same weights may differ


class Postings:
    """Rows of numbers under terms; the numbers of a row ascend when they are added in ascending order."""

    def __init__(self) -> None:
        self._rows: dict[int, array[int]] = defaultdict(lambda: array("I"))
        self._laid: tuple[LaidOut, np.ndarray, np.ndarray] | None = None  # lengths, where rows begin, all rows

    def settle(self) -> None:
        """Lay all rows out one after the other, to be read often before they change; very many stay as they are.

        Rows here and there in memory take as long to find as a hundred postings to read.
        """
        lengths = laid_out({term: len(row) for term, row in self._rows.items()})
        if 0 < lengths.values.sum() <= SETTLED:
            joined = b"".join(map(self._rows.__getitem__, lengths.terms.tolist()))
            ends = np.cumsum(lengths.values, dtype=np.int64)
            self._laid = lengths, ends - lengths.values.astype(np.int64), np.frombuffer(joined, dtype=np.uint32)

    def add(self, slot: int, terms: Iterable[int]) -> None:
        """Write a number under each of the terms."""
        self._laid = None
        for term in terms:
            self._rows[term].append(slot)

    def remove(self, slot: int, terms: Iterable[int]) -> None:
        """Wipe a number under each of the terms."""
        self._laid = None
        for term in terms:
            row = self._rows[term]
            row.remove(slot)
            if not row:
                del self._rows[term]

    def rows(self, terms: np.ndarray) -> list[np.ndarray]:
        """Give the row of each term, uint32, empty for a term that nothing holds."""
        return [np.frombuffer(row, dtype=np.uint32) for row in self._found(terms)]

    def joined(self, terms: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Give the rows of all terms one after the other, uint32, and how long each is."""
        if self._laid is not None:
            laid, starts, every = self._laid
            lengths = self.lengths(terms)
            first = starts[laid.places(terms)[0]]
            return every[np.arange(lengths.sum()) + np.repeat(first - np.cumsum(lengths) + lengths, lengths)], lengths
        rows = list(self._found(terms))
        lengths = np.fromiter(map(len, rows), dtype=np.int64, count=len(rows))
        return np.frombuffer(b"".join(rows), dtype=np.uint32), lengths

    def lengths(self, terms: np.ndarray) -> np.ndarray:
        """Give how long the row of each term is."""
        if self._laid is not None:
            return self._laid[0].of(terms).astype(np.int64)
        return np.fromiter(map(len, self._found(terms)), dtype=np.int64, count=len(terms))

    def _found(self, terms: np.ndarray) -> Iterator["array[int]"]:
        return map(self._rows.get, terms.tolist(), repeat(array("I")))


def rarest(lengths: np.ndarray, terms: np.ndarray, budget: int) -> tuple[np.ndarray, np.ndarray]:
    """Give the places of the terms with the shortest rows that fit in a budget, and of those left; none without row."""
    some = np.flatnonzero(lengths)
    order = some[np.lexsort((terms[some], lengths[some]))]
    within = max(1, int(np.searchsorted(np.cumsum(lengths[order]), budget, "right")))
    return order[:within], order[within:]


Hopeful = Callable[[np.ndarray, float], np.ndarray]
"""From the weights that sketches have so far and what may be added to each: which may yet be among the best."""


class Held(Protocol):
    """What holds the terms of many sketches: memory or a database.

    Attributes
    ----------
    budget : int
        Postings read for one query, the rarest terms first.
    verified : int
        Sketches whose common weight is summed up exactly after the budget is used.
    """

    budget: int
    verified: int

    def lengths(self, terms: np.ndarray) -> np.ndarray:
        """Give how many postings each term has, 0 for one under which nothing is looked for."""

    def read(self, terms: np.ndarray, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Give the numbers that stand under terms, in any order and any number of times, with weight and units.

        The weight is that which a sketch has of all these terms together.
        """

    def exact(
        self,
        slots: np.ndarray,
        common: np.ndarray,
        terms: np.ndarray,
        weights: np.ndarray,
        left: np.ndarray,
        hopeful: Hopeful,
    ) -> np.ndarray:
        """Give the whole weight that sketches have of the terms; `left` are the places of those that were not read.

        For sketches that `hopeful` rejects, any weight between the common and the whole one will do.
        """


def search(held: Held, statistics: TermStatistics, sketch: Sequence, limit: int) -> list[tuple[int, float]]:
    """Give the sketches that share most with one.

    Returns
    -------
    list of (int, float)
        Slot and the share, between 0 and 1, of the smaller one's weight that its terms hold in common, best
        first, ties by slot. At most `limit` of the highest shares and `limit` of the highest common weights.
    """
    asked = statistics.weighed(sketch)
    terms, weights = asked.terms, asked.rarity
    own = max(1.0, float(weights.sum()))
    read, left = rarest(np.where(weights > 0, held.lengths(terms), 0), terms, held.budget)
    found, common, units = held.read(terms[read], weights[read])
    # The exact weight of each would cost a pass over its terms at every query; half the number of units bounds it well
    # enough to rank candidates, which are then compared exactly.
    sizes = np.minimum(own, np.maximum(1.0, units * 0.5))
    best = _foremost(found, common / sizes, common, max(limit, held.verified))
    found, sizes = found[best], sizes[best]

    def hopeful(so_far: np.ndarray, rest: float) -> np.ndarray:
        most = so_far + (rest + _ROUNDING)
        return (most >= _least(so_far, limit)) | (most / sizes >= min(1.0, _least(so_far / sizes, limit)))

    exact = held.exact(found, common[best], terms, weights, left, hopeful)
    share = np.minimum(1.0, exact / sizes)
    best = _best(share, exact, limit)
    ranked = best[np.lexsort((found[best], -share[best]))]
    return [(int(found[place]), float(share[place])) for place in ranked.tolist()]


class SequencePostings:
    """The sequences (texts, projects) of many entries by their terms, in memory.

    Attributes
    ----------
    statistics : TermStatistics
        Counts of the sequences held, from which terms get their weights.

    Notes
    -----
    Adding costs what the sketch is long, whatever the number of sketches; removing also reads the postings of its
    terms. A query reads at most `BUDGET` postings and looks the terms that are left up for the `VERIFIED` best.
    Removing wipes the postings of that sketch; nothing of it stays.
    """

    budget = BUDGET
    verified = VERIFIED

    def __init__(self, statistics: TermStatistics) -> None:
        self.statistics = statistics
        self._postings = Postings()
        self._sketches: dict[int, Sequence] = {}
        self._units = np.zeros(64)

    def add(self, slot: int, sketch: Sequence) -> None:
        """Hold a sketch under a number greater than all before."""
        self._sketches[slot] = sketch
        self.statistics.add(sketch)
        self._postings.add(slot, sketch.terms())
        if slot >= len(self._units):
            self._units = np.concatenate([self._units, np.zeros(max(slot + 1, 2 * len(self._units)))])
        self._units[slot] = sketch.units()

    def remove(self, slot: int) -> None:
        """Forget a sketch."""
        sketch = self._sketches.pop(slot)
        self.statistics.remove(sketch)
        self._postings.remove(slot, sketch.terms())
        self._units[slot] = 0.0

    def settle(self) -> None:
        """Make ready for many searches before a sketch is added or removed again."""
        self.statistics.settle()
        self._postings.settle()

    def search(self, sketch: Sequence, limit: int) -> list[tuple[int, float]]:
        """Give the sketches that share most with one, as the function `search` does."""
        return search(self, self.statistics, sketch, limit)

    def lengths(self, terms: np.ndarray) -> np.ndarray:
        """Give how many sketches hold each term."""
        return self._postings.lengths(terms)

    def read(self, terms: np.ndarray, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Give the sketches that hold terms, the weight each has of these, and its units.

        When they are few among all, as often as their postings: going through all would cost more than the others.
        """
        numbers, lengths = self._postings.joined(terms)
        common = np.bincount(numbers, weights=np.repeat(weights, lengths))
        if SPARSE * len(numbers) > len(common):
            held = np.zeros(len(common), dtype=bool)  # an eighth of what looking through `common` would read
            held[numbers] = True
            numbers = np.flatnonzero(held)
        return numbers, common[numbers], self._units[numbers]

    def exact(
        self,
        slots: np.ndarray,
        common: np.ndarray,
        terms: np.ndarray,
        weights: np.ndarray,
        left: np.ndarray,
        hopeful: Hopeful,
    ) -> np.ndarray:
        """Give the whole weight that hopeful sketches have of the terms, by looking up those that were not read."""
        exact = common.copy()
        rest = float(weights[left].sum())
        for start in range(0, len(left), LOOKED_UP):
            some = left[start : start + LOOKED_UP]
            alive = np.flatnonzero(hopeful(exact, rest))
            numbers = slots[alive].astype(np.uint32)  # of another type than the rows, these would be copied whole
            held = np.empty((len(some), len(alive)), dtype=bool)
            for row, its in zip(self._postings.rows(terms[some]), held, strict=True):
                np.equal(row.take(row.searchsorted(numbers), mode="clip"), numbers, out=its)
            # One term after the other, so that no sum depends on how many are looked up at once.
            exact[alive] = np.add.reduce(np.vstack([exact[alive], weights[some, None] * held]))
            rest -= float(weights[some].sum())
        return exact


def _foremost(numbers: np.ndarray, share: np.ndarray, common: np.ndarray, limit: int) -> np.ndarray:
    """Give a place of each of the sketches that `_best` chooses, ascending by number; each may stand at many places."""
    # The best of some are no better than the best of all, so what is below the last of these is not among them.
    near = np.arange(len(numbers))
    if len(near) > 2 * SAMPLED * limit:
        some = SAMPLED * np.unique(numbers[::SAMPLED], return_index=True)[1]
        near = np.flatnonzero((share >= _least(share[some], limit)) | (common >= _least(common[some], limit)))
    near = near[np.unique(numbers[near], return_index=True)[1]]
    return near[_best(share[near], common[near], limit)]


def _least(values: np.ndarray, limit: int) -> float:
    """Give the least of the `limit` highest values, negative infinity when there are fewer."""
    return float(np.partition(values, -limit)[-limit]) if len(values) >= limit else -np.inf


def _best(share: np.ndarray, common: np.ndarray, limit: int) -> np.ndarray:
    """Give the places, ascending, of the `limit` highest shares and of the `limit` highest common weights."""
    kept = np.zeros(len(share), dtype=bool)
    for values in (share, common):
        if len(values) <= limit:
            return np.arange(len(values))
        least = _least(values, limit)
        above, equal = values > least, np.flatnonzero(values == least)
        kept |= above
        kept[equal[: limit - int(above.sum())]] = True
    return np.flatnonzero(kept)
