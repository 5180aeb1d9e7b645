"""Find pictures near one: by hash in all eight attitudes, and by corners that look alike and lie alike."""

import numpy as np

from scoring.similarity.hashes import HashTable
from scoring.similarity.imagecorners import LEVELS, mirrored, records
from scoring.similarity.imagemoves import MAX_DISTANCE, agreeing_corners
from scoring.similarity.imagesketch import MIN_QUALITY, ImageSketch
from scoring.similarity.postings import Postings, rarest

TABLES = 6
"""Tables of corner words; each takes other bits of the descriptors."""

BITS = 18
"""Bits of a descriptor that make its word."""

BUDGET = 20_000
"""Postings of corner words read for one query, the rarest words first."""

NEAR = 90
"""Bits of 256 that may differ for a hash to count."""

HELD = 1 << 9
"""Corners of a picture that can be told apart in the postings."""

TURNS = 8
"""Directions in which a picture may have been turned, told apart at first."""

LOOKED_AT = 100
"""Pictures of which it is looked at how their corners lie."""

PAIRS = 150
"""Pairs of corners of a picture that are looked at."""

DOUBTFUL, SURE = 14, 0.12
"""Pictures that are compared though few corners lie alike, and the score from which all are."""

AGREEING = 3
"""Corners that must lie alike for a picture to be worth a comparison."""

_CHOSEN = np.random.default_rng(20261).permuted(np.tile(np.arange(256), (TABLES, 1)), axis=1)[:, :BITS]
_POWERS = 1 << np.arange(BITS)


class ImageChannel:
    """The pictures of many entries.

    Notes
    -----
    A query reads the hash of every picture (32 bytes each), or probes them when there are very many, and postings of
    its own corner words. A pair of corners tells how a picture would have been moved; pictures are ranked by how many
    pairs tell the same (weak geometric consistency), and the first ones by how many really lie so.

    References
    ----------
    Jégou, Douze, Schmid (2008), Hamming embedding and weak geometric consistency for large scale image search.
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
        for place, words in enumerate(_words(records(sketch.corners))[:HELD].tolist()):
            self._postings.add(slot * HELD + place, words)

    def remove(self, slot: int) -> None:
        """Forget a picture."""
        sketch = self._sketches.pop(slot)
        self._hashes.remove(slot)
        for place, words in enumerate(_words(records(sketch.corners))[:HELD].tolist()):
            self._postings.remove(slot * HELD + place, words)

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
        own = records(sketch.corners)
        both = np.concatenate([own, mirrored(own, sketch.width)])
        asked, slots, other = self._alike(both)
        if not len(asked):
            return []
        first = both[asked]
        held, group = np.unique(2 * slots + (asked >= len(own)), return_inverse=True)
        cell, votes = _most_alike(group, len(held), first, other)
        best = votes.max(axis=1)
        found: dict[int, float] = {}
        for place in np.argsort(-best, kind="stable")[:LOOKED_AT].tolist():
            if best[place] < AGREEING:
                break
            some = np.flatnonzero((group == place) & (cell == votes[place].argmax()).any(axis=0))[:PAIRS]
            count = int(agreeing_corners(first[some], other[some]).sum(axis=1).max())
            if count >= AGREEING:
                slot = int(held[place]) // 2
                found[slot] = max(found.get(slot, 0.0), min(0.99, count / 50))
        ranked = sorted(found.items(), key=lambda item: (-item[1], item[0]))
        return [(slot, score) for place, (slot, score) in enumerate(ranked) if place < DOUBTFUL or score >= SURE]

    def _alike(self, corners: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Give the places of corners asked for, and the pictures and corners held that are described alike."""
        words = _words(corners).ravel()
        rows = self._postings.rows(words)
        lengths = np.array([len(row) for row in rows], dtype=np.int64)
        read, _ = rarest(lengths, words, BUDGET)
        if not len(read):
            return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64), corners[:0]
        numbers = np.concatenate([rows[place] for place in read.tolist()]).astype(np.int64)
        # A corner asked for and one held may share several words.
        numbers, asked = np.divmod(np.unique(numbers * 2 * HELD + np.repeat(read // TABLES, lengths[read])), 2 * HELD)
        slots, there = np.divmod(numbers, HELD)
        every, starts = np.unique(slots, return_index=True)
        parts = zip(every.tolist(), np.split(there, starts[1:]), strict=True)
        held = np.concatenate([records(self._sketches[slot].corners)[some] for slot, some in parts])
        apart = np.bitwise_count(corners["descriptor"][asked] ^ held["descriptor"]).sum(axis=1)
        near = apart <= MAX_DISTANCE
        return asked[near], slots[near], held[near]


def _most_alike(group: np.ndarray, groups: int, a: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Count, for each group of pairs of corners, which movement they tell.

    Returns
    -------
    cells : ndarray of shape (4, n)
        Each pair counts in four cells of size and direction, so that the border between two of them does not matter.
    votes : ndarray of shape (groups, n_cells)
    """
    turn = (b["angle"].astype(np.int64) - a["angle"]) % 256
    step = b["level"].astype(np.int64) - a["level"] + LEVELS
    wide = 256 // TURNS
    sizes = [step // 2 * 2, (step + 1) // 2 * 2 + 1]
    directions = [turn // wide * 2, (turn + wide // 2) % 256 // wide * 2 + 1]
    cells = np.array([size * 2 * TURNS + direction for size in sizes for direction in directions])
    many = (2 * LEVELS + 2) * 2 * TURNS
    return cells, np.bincount((group * many + cells).ravel(), minlength=groups * many).reshape(groups, many)


def _words(corners: np.ndarray) -> np.ndarray:
    """Give the words of corners, int64 of shape (n, TABLES)."""
    bits = np.unpackbits(corners["descriptor"], axis=1)
    return np.column_stack([bits[:, chosen] @ _POWERS + (table << BITS) for table, chosen in enumerate(_CHOSEN)])
