"""Find pictures near one: by hash in all eight attitudes, and by corners that look alike."""

from array import array
from collections import defaultdict

import numpy as np

from scoring.similarity.imagesketch import MIN_QUALITY, ImageSketch, unpacked

TABLES = 6
"""Tables of corner words; each takes other bits of the descriptors."""

BITS = 20
"""Bits of a descriptor that make its word."""

MAX_WORD = 400
"""A word in more pictures than this says nothing about two of them."""

NEAR = 90
"""Bits of 256 that may differ for a hash to count."""

_CHOSEN = np.random.default_rng(20261).permuted(np.tile(np.arange(256), (TABLES, 1)), axis=1)[:, :BITS]


class ImageChannel:
    """The pictures of many entries.

    Notes
    -----
    A query reads the hash of every picture (32 bytes each) and the postings of its own corner words.
    """

    def __init__(self) -> None:
        self._slots: list[int] = []
        self._hashes = np.empty((0, 4), dtype=np.uint64)
        self._words: dict[int, array[int]] = defaultdict(lambda: array("I"))
        self._sketches: dict[int, ImageSketch] = {}

    def add(self, slot: int, sketch: ImageSketch) -> None:
        """Hold a picture under a free number."""
        self._sketches[slot] = sketch
        if sketch.hashes and sketch.quality >= MIN_QUALITY:
            self._slots.append(slot)
            if len(self._slots) > len(self._hashes):
                room = np.zeros((max(64, 2 * len(self._slots)), 4), dtype=np.uint64)
                room[: len(self._hashes)] = self._hashes
                self._hashes = room
            self._hashes[len(self._slots) - 1] = _packed(sketch.hashes[0])
        for word in _words(sketch.corners):
            self._words[word].append(slot)

    def remove(self, slot: int) -> None:
        """Forget a picture."""
        sketch = self._sketches.pop(slot)
        if slot in self._slots:
            place, last = self._slots.index(slot), len(self._slots) - 1
            self._slots[place], self._hashes[place] = self._slots[last], self._hashes[last]
            self._slots.pop()
            self._hashes[last] = 0
        for word in _words(sketch.corners):
            self._words[word].remove(slot)
            if not self._words[word]:
                del self._words[word]

    def search(self, sketch: ImageSketch, limit: int) -> list[tuple[int, float]]:
        """Give up to `limit` pictures by hash and `limit` by corners, scores between 0 and 1, best first."""
        best: dict[int, float] = {}
        for slot, score in [*self._by_hash(sketch)[:limit], *self._by_corners(sketch)[:limit]]:
            best[slot] = max(best.get(slot, 0.0), score)
        return sorted(best.items(), key=lambda item: (-item[1], item[0]))

    def _by_hash(self, sketch: ImageSketch) -> list[tuple[int, float]]:
        if not sketch.hashes or sketch.quality < MIN_QUALITY or not self._slots:
            return []
        held = self._hashes[: len(self._slots)]
        distance = np.full(len(held), 256)
        for one in sketch.hashes:
            differing = np.bitwise_count(held ^ _packed(one)).sum(axis=1)
            distance = np.minimum(distance, differing)
        near = np.flatnonzero(distance <= NEAR)
        found = [(self._slots[place], 1 - float(distance[place]) / 128) for place in near.tolist()]
        return sorted(found, key=lambda item: (-item[1], item[0]))

    def _by_corners(self, sketch: ImageSketch) -> list[tuple[int, float]]:
        votes: dict[int, float] = defaultdict(float)
        for corners in (sketch.corners, sketch.mirrored):
            for word in _words(corners):
                row = self._words.get(word)
                if row and len(row) <= MAX_WORD:
                    for slot in row:
                        votes[slot] += 1 / len(row) ** 0.5
        top = sorted(votes.items(), key=lambda item: (-item[1], item[0]))
        return [(slot, min(0.99, vote / 100)) for slot, vote in top]


def _packed(digits: str) -> np.ndarray:
    return np.frombuffer(bytes.fromhex(digits), dtype="<u8").astype(np.uint64)


def _words(corners: bytes) -> list[int]:
    """Give the different words of a picture's corners, ascending."""
    _, descriptors = unpacked(corners)
    if not len(descriptors):
        return []
    bits = np.unpackbits(descriptors, axis=1)
    powers = 1 << np.arange(BITS)
    words = [bits[:, chosen] @ powers + (table << BITS) for table, chosen in enumerate(_CHOSEN)]
    return np.unique(np.concatenate(words)).tolist()
