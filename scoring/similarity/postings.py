"""Which texts or projects hold a term: an inverted index that grows and shrinks entry by entry."""

from array import array
from collections import defaultdict

import numpy as np

from scoring.similarity.sequences import Sequence
from scoring.similarity.statistics import TermStatistics

BUDGET = 300_000
"""Postings read for one query, the rarest terms first; what is left out weighs least."""


class SequencePostings:
    """The sequences (texts, projects) of many entries by their terms.

    Attributes
    ----------
    statistics : TermStatistics
        Counts of the sequences held, from which terms get their weights.

    Notes
    -----
    Adding costs what the sketch is long, whatever the number of sketches; removing also reads the postings of its
    terms. A query reads at most `BUDGET`
    postings. Removing wipes the postings of that
    sketch; nothing of it stays.
    """

    def __init__(self, statistics: TermStatistics) -> None:
        self.statistics = statistics
        self._rows: dict[int, array[int]] = defaultdict(lambda: array("I"))
        self._sketches: dict[int, Sequence] = {}

    def add(self, slot: int, sketch: Sequence) -> None:
        """Hold a sketch under a free number."""
        self._sketches[slot] = sketch
        self.statistics.add(sketch)
        for term in sketch.terms():
            self._rows[term].append(slot)

    def remove(self, slot: int) -> None:
        """Forget a sketch."""
        sketch = self._sketches.pop(slot)
        self.statistics.remove(sketch)
        for term in sketch.terms():
            row = self._rows[term]
            row.remove(slot)
            if not row:
                del self._rows[term]

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
        chosen, used = [], 0
        lengths = np.array([len(self._rows[term]) if term in self._rows else 0 for term in terms.tolist()])
        for place in np.lexsort((terms, lengths)).tolist():
            if not lengths[place] or not weights[place]:
                continue
            used += int(lengths[place])
            if used > BUDGET:
                break
            chosen.append(place)
        if not chosen:
            return []
        slots = np.concatenate([np.frombuffer(self._rows[int(terms[place])], dtype=np.uint32) for place in chosen])
        found, places = np.unique(slots, return_inverse=True)
        common = np.bincount(places, weights=np.repeat(weights[chosen], lengths[chosen]))
        own = float(weights.sum())
        share = np.array([self._share(int(slot), float(value), own) for slot, value in zip(found, common, strict=True)])
        best = set(np.lexsort((found, -share))[:limit].tolist()) | set(np.lexsort((found, -common))[:limit].tolist())
        ranked = sorted(best, key=lambda place: (-share[place], found[place]))
        return [(int(found[place]), float(share[place])) for place in ranked]

    def _share(self, slot: int, common: float, own: float) -> float:
        # The other's exact weight would cost a pass over its terms; its number of terms bounds it well enough
        # to rank candidates, which are then compared exactly.
        other = self._sketches[slot].units() * 0.5
        return min(1.0, common / max(1.0, min(own, other)))
