"""Which texts or projects hold a term: an inverted index that grows and shrinks entry by entry."""

from array import array
from collections import defaultdict
from collections.abc import Iterable

import numpy as np

from scoring.similarity.sequences import Sequence
from scoring.similarity.statistics import TermStatistics

BUDGET = 100_000
"""Postings read for one query, the rarest terms first; terms beyond it are only looked up for the best found so far."""

VERIFIED = 300
"""Sketches whose common weight is summed up exactly after the budget is used."""


class Postings:
    """Rows of numbers under terms; the numbers of a row ascend when they are added in ascending order."""

    def __init__(self) -> None:
        self._rows: dict[int, array[int]] = defaultdict(lambda: array("I"))

    def add(self, slot: int, terms: Iterable[int]) -> None:
        """Write a number under each of the terms."""
        for term in terms:
            self._rows[term].append(slot)

    def remove(self, slot: int, terms: Iterable[int]) -> None:
        """Wipe a number under each of the terms."""
        for term in terms:
            row = self._rows[term]
            row.remove(slot)
            if not row:
                del self._rows[term]

    def rows(self, terms: np.ndarray) -> list[np.ndarray]:
        """Give the row of each term, uint32, empty for a term that nothing holds."""
        nothing = array("I")
        return [np.frombuffer(self._rows.get(term, nothing), dtype=np.uint32) for term in terms.tolist()]


def rarest(lengths: np.ndarray, terms: np.ndarray, budget: int) -> tuple[np.ndarray, np.ndarray]:
    """Give the places of the terms with the shortest rows that fit in a budget, and of those left; none without row."""
    order = np.lexsort((terms, lengths))
    order = order[lengths[order] > 0]
    within = max(1, int(np.searchsorted(np.cumsum(lengths[order]), budget, "right")))
    return order[:within], order[within:]


def summed(rows: list[np.ndarray], weights: np.ndarray) -> np.ndarray:
    """Sum up, for each number from 0 to the greatest one, the weights of the rows that hold it."""
    if not rows:
        return np.zeros(0)
    return np.bincount(np.concatenate(rows), weights=np.repeat(weights, [len(row) for row in rows]))


class SequencePostings:
    """The sequences (texts, projects) of many entries by their terms.

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

    def __init__(self, statistics: TermStatistics) -> None:
        self.statistics = statistics
        self._postings = Postings()
        self._sketches: dict[int, Sequence] = {}
        self._sizes = np.zeros(64)

    def add(self, slot: int, sketch: Sequence) -> None:
        """Hold a sketch under a number greater than all before."""
        self._sketches[slot] = sketch
        self.statistics.add(sketch)
        self._postings.add(slot, sketch.terms())
        if slot >= len(self._sizes):
            self._sizes = np.concatenate([self._sizes, np.zeros(max(slot + 1, 2 * len(self._sizes)))])
        # The exact weight would cost a pass over the terms at every query; half the number of units bounds it well
        # enough to rank candidates, which are then compared exactly.
        self._sizes[slot] = max(1.0, sketch.units() * 0.5)

    def remove(self, slot: int) -> None:
        """Forget a sketch."""
        sketch = self._sketches.pop(slot)
        self.statistics.remove(sketch)
        self._postings.remove(slot, sketch.terms())
        self._sizes[slot] = 0.0

    def search(self, sketch: Sequence, limit: int) -> list[tuple[int, float]]:
        """Give the sketches that share most with one.

        Returns
        -------
        list of (int, float)
            Slot and the share, between 0 and 1, of the smaller one's weight that its terms hold in common, best
            first, ties by slot. At most `limit` of the highest shares and `limit` of the highest common weights.
        """
        terms = np.unique(sketch.ids())
        weights = self.statistics.weights(terms)
        own = max(1.0, float(weights.sum()))
        rows = self._postings.rows(terms)
        lengths = np.array([len(row) for row in rows], dtype=np.int64)
        read, left = rarest(np.where(weights > 0, lengths, 0), terms, BUDGET)
        common = summed([rows[place] for place in read.tolist()], weights[read])
        found = np.flatnonzero(common)
        if len(found) > VERIFIED and len(left):
            found = _best(found, common[found] / np.minimum(own, self._sizes[found]), common[found], VERIFIED)
        exact = common[found]
        for place in left.tolist():
            row = rows[place]
            there = np.minimum(np.searchsorted(row, found), len(row) - 1)
            exact += weights[place] * (row[there] == found)
        share = np.minimum(1.0, exact / np.minimum(own, self._sizes[found]))
        best = _best(np.arange(len(found)), share, exact, limit)
        ranked = best[np.lexsort((found[best], -share[best]))]
        return [(int(found[place]), float(share[place])) for place in ranked.tolist()]


def _best(numbers: np.ndarray, share: np.ndarray, common: np.ndarray, limit: int) -> np.ndarray:
    """Give the numbers, ascending, of the `limit` highest shares and of the `limit` highest common weights."""
    if len(numbers) <= limit:
        return numbers
    kept = np.zeros(len(numbers), dtype=bool)
    for values in (share, common):
        least = np.partition(values, -limit)[-limit]
        above, equal = values > least, np.flatnonzero(values == least)
        kept |= above
        kept[equal[: limit - int(above.sum())]] = True
    return numbers[kept]
