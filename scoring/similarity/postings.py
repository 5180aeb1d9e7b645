"""Which texts hold a term: an inverted index that grows and shrinks entry by entry."""

from array import array
from collections import defaultdict

import numpy as np

from scoring.similarity.statistics import TermStatistics
from scoring.similarity.textsketch import TextSketch, gram_ids

BUDGET = 300_000
"""Postings read for one query, the rarest terms first; what is left out weighs least."""


class TextPostings:
    """The texts of many entries by their terms.

    Attributes
    ----------
    statistics : TermStatistics
        Counts of the texts held, from which terms get their weights.

    Notes
    -----
    Adding and removing cost what the text is long, whatever the number of texts. A query reads at most `BUDGET`
    postings. Removing wipes the postings of that text; nothing of it stays.
    """

    def __init__(self, statistics: TermStatistics | None = None) -> None:
        self.statistics = statistics or TermStatistics()
        self._rows: dict[int, array[int]] = defaultdict(lambda: array("I"))
        self._sketches: dict[int, TextSketch] = {}

    def add(self, slot: int, sketch: TextSketch) -> None:
        """Hold a text under a free number."""
        self._sketches[slot] = sketch
        self.statistics.add(sketch)
        for term in sketch.terms():
            self._rows[term].append(slot)

    def remove(self, slot: int) -> None:
        """Forget a text."""
        sketch = self._sketches.pop(slot)
        self.statistics.remove(sketch)
        for term in sketch.terms():
            row = self._rows[term]
            row.remove(slot)
            if not row:
                del self._rows[term]

    def search(self, sketch: TextSketch, limit: int) -> list[tuple[int, float]]:
        """Give the texts that share most with a text.

        Returns
        -------
        list of (int, float)
            Slot and the share, between 0 and 1, of the smaller text's weight that its terms hold in common, best
            first, ties by slot. At most `limit` of the highest shares and `limit` of the highest common weights.
        """
        terms = np.unique(gram_ids(sketch.skeleton))
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
        # The other text's exact weight would cost a pass over its terms; its number of terms bounds it well enough
        # to rank candidates, which are then compared exactly.
        other = float(len(self._sketches[slot].skeleton)) * 0.5
        return min(1.0, common / max(1.0, min(own, other)))
