"""Find pictures near one: by hash in all eight attitudes, and by corners that look alike."""

import numpy as np

from scoring.similarity.hashes import HashTable
from scoring.similarity.imagesketch import MIN_QUALITY, ImageSketch, unpacked
from scoring.similarity.postings import Postings, rarest, summed

TABLES = 6
"""Tables of corner words; each takes other bits of the descriptors."""

BITS = 20
"""Bits of a descriptor that make its word."""

BUDGET = 200_000
"""Postings of corner words read for one query, the rarest words first."""

NEAR = 90
"""Bits of 256 that may differ for a hash to count."""

_CHOSEN = np.random.default_rng(20261).permuted(np.tile(np.arange(256), (TABLES, 1)), axis=1)[:, :BITS]


class ImageChannel:
    """The pictures of many entries.

    Notes
    -----
    A query reads the hash of every picture (32 bytes each), or probes them when there are very many, and postings of
    its own corner words.
    """

    def __init__(self) -> None:
        self._hashes = HashTable()
        self._postings = Postings()
        self._sketches: dict[int, ImageSketch] = {}

    def add(self, slot: int, sketch: ImageSketch) -> None:
        """Hold a picture under a number greater than all before."""
        self._sketches[slot] = sketch
        if sketch.hashes and sketch.quality >= MIN_QUALITY:
            self._hashes.add(slot, sketch.hashes[0])
        self._postings.add(slot, _words(sketch.corners))

    def remove(self, slot: int) -> None:
        """Forget a picture."""
        sketch = self._sketches.pop(slot)
        self._hashes.remove(slot)
        self._postings.remove(slot, _words(sketch.corners))

    def search(self, sketch: ImageSketch, limit: int) -> list[tuple[int, float]]:
        """Give up to `limit` pictures by hash and `limit` by corners, scores between 0 and 1, best first."""
        best: dict[int, float] = {}
        for slot, score in [*self._by_hash(sketch)[:limit], *self._by_corners(sketch)[:limit]]:
            best[slot] = max(best.get(slot, 0.0), score)
        return sorted(best.items(), key=lambda item: (-item[1], item[0]))

    def _by_hash(self, sketch: ImageSketch) -> list[tuple[int, float]]:
        if sketch.quality < MIN_QUALITY:
            return []
        least: dict[int, int] = {}
        for one in sketch.hashes:
            for slot, distance in self._hashes.within(one, NEAR):
                least[slot] = min(distance, least.get(slot, distance))
        found = [(slot, 1 - distance / 128) for slot, distance in least.items()]
        return sorted(found, key=lambda item: (-item[1], item[0]))

    def _by_corners(self, sketch: ImageSketch) -> list[tuple[int, float]]:
        words = np.array([*_words(sketch.corners), *_words(sketch.mirrored)], dtype=np.int64)
        rows = self._postings.rows(words)
        lengths = np.array([len(row) for row in rows], dtype=np.int64)
        read, _ = rarest(lengths, words, BUDGET)
        votes = summed([rows[place] for place in read.tolist()], 1 / np.sqrt(lengths[read]))
        found = np.flatnonzero(votes)
        top = found[np.lexsort((found, -votes[found]))]
        return [(int(slot), float(min(0.99, votes[slot] / 100))) for slot in top.tolist()]


def _words(corners: bytes) -> list[int]:
    """Give the different words of a picture's corners, ascending."""
    _, descriptors = unpacked(corners)
    if not len(descriptors):
        return []
    bits = np.unpackbits(descriptors, axis=1)
    powers = 1 << np.arange(BITS)
    words = [bits[:, chosen] @ powers + (table << BITS) for table, chosen in enumerate(_CHOSEN)]
    return np.unique(np.concatenate(words)).tolist()
