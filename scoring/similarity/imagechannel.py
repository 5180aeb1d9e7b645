"""Find pictures near one: by hash in all eight attitudes, and by corners that look alike and lie alike."""

from collections.abc import Iterator
from functools import lru_cache

import numpy as np

from scoring.similarity.hashes import HashTable
from scoring.similarity.imagecorners import (
    COMPARISONS,
    LEVELS,
    STORED,
    TURN,
    directed,
    mirrored_records,
    placed,
    records,
    words,
)
from scoring.similarity.imagemoves import agreeing_corners
from scoring.similarity.imagesketch import CORNERS, MIN_QUALITY, ImageSketch
from scoring.similarity.wordtable import WordTable

TABLES = 8
"""Tables of corner words; each takes other bits of the descriptors."""

BITS = 22
"""Bits of a descriptor that make its word."""

BUDGET = 20_000
"""Postings of corner words read for one query, the rarest words first."""

NEAR = 90
"""Bits of 256 that may differ for a hash to count."""

HELD = CORNERS
"""Corners of a picture that are held."""

TURNS = 8
"""Directions in which a picture may have been turned, told apart at first."""

LOOKED_AT = 50
"""Pictures of which it is looked at how their corners lie."""

PAIRS = 100
"""Pairs of corners of a picture that are looked at."""

TOGETHER = 300
"""Pairs of corners of several pictures that are looked at in one go."""

DOUBTFUL, SURE = 6, 6.0
"""Pictures that are compared though few corners lie alike, and the corners from which all are."""

MOST = 49.5
"""Corners that count, of 50 that would give a score of 1."""

ALIKE = 28
"""Bits of 192 in which descriptions may differ: fewer than between two pictures alone, where the nearest one counts."""

AGREEING = 3
"""Corners that must lie alike for a picture to be worth a comparison."""

_CHOSEN = np.random.default_rng(20261).permuted(np.tile(np.arange(COMPARISONS), (TABLES, 1)), axis=1)[:, :BITS]

_PLACED = np.zeros((COMPARISONS, TABLES), dtype=np.float32)  # a sum of so few powers of two is exact
_PLACED[_CHOSEN.T, np.arange(TABLES)] = 2.0 ** np.arange(BITS)[:, None]


class ImageChannel:
    """The pictures of many entries.

    Parameters
    ----------
    budget : int, default=`BUDGET`
        Postings read for one query.
    looked_at : int, default=`LOOKED_AT`
        Pictures of which it is looked at how their corners lie.

    Notes
    -----
    A query reads the hash of every picture (32 bytes each), or probes them when there are very many, and postings of
    its own corner words. A pair of corners tells how a picture would have been moved; pictures are ranked by how many
    pairs tell the same (weak geometric consistency), and the first ones by how many really lie so.

    References
    ----------
    Jégou, Douze, Schmid (2008), Hamming embedding and weak geometric consistency for large scale image search.
    """

    def __init__(self, *, budget: int = BUDGET, looked_at: int = LOOKED_AT) -> None:
        self._budget, self._looked_at = budget, looked_at
        self._hashes = HashTable()
        self._words = WordTable()
        self._rows: dict[int, int] = {}
        self._free: list[int] = []
        self._slots = np.zeros(64, dtype=np.int64)
        self._places = np.zeros((64, HELD), dtype=np.uint32)  # as `STORED` holds them
        self._described = [np.zeros((64, HELD), dtype=np.uint64) for _ in range(COMPARISONS // 64)]  # to count bits

    def add(self, slot: int, sketch: ImageSketch) -> None:
        """Hold a picture under a free number."""
        row = self._rows[slot] = self._free.pop() if self._free else len(self._rows)
        if row == len(self._slots):
            self._slots, self._places = _doubled(self._slots), _doubled(self._places)
            self._described = [_doubled(kept) for kept in self._described]
        self._slots[row] = slot
        if sketch.hashes and sketch.quality >= MIN_QUALITY:
            self._hashes.add(slot, sketch.hashes[0])
        corners = np.frombuffer(sketch.corners, dtype=STORED)[:HELD]
        self._places[row, : len(corners)] = corners["where"]
        for kept, word in zip(self._described, words(corners).T, strict=True):
            kept[row, : len(corners)] = word
        self._words.add(_visual_words(corners).ravel(), row * HELD + np.repeat(np.arange(len(corners)), TABLES))

    def remove(self, slot: int) -> None:
        """Forget a picture."""
        row = self._rows.pop(slot)
        self._hashes.remove(slot)
        self._words.remove(row * HELD, (row + 1) * HELD)
        self._places[row] = 0
        for kept in self._described:
            kept[row] = 0
        self._free.append(row)

    def search(self, sketch: ImageSketch, limit: int) -> list[tuple[int, float]]:
        """Give up to `limit` pictures by hash and `limit` by corners, scores between 0 and 1, best first."""
        best: dict[int, float] = {}
        for slot, score in [*self._by_hash(sketch)[:limit], *self._by_corners(sketch, limit)]:
            best[slot] = max(best.get(slot, 0.0), score)
        return sorted(best.items(), key=lambda item: (-item[1], item[0]))

    def _by_hash(self, sketch: ImageSketch) -> list[tuple[int, float]]:
        if sketch.quality < MIN_QUALITY:
            return []
        least = self._hashes.nearest(sketch.hashes, NEAR)
        found = [(slot, 1 - distance / 128) for slot, distance in least.items()]
        return sorted(found, key=lambda item: (-item[1], item[0]))

    def _by_corners(self, sketch: ImageSketch, limit: int) -> list[tuple[int, float]]:
        both, spelled = _with_mirrored(sketch.corners, sketch.width)
        asked, rows, places = self._alike(both, spelled)
        if not len(asked):
            return []
        # A picture and its mirror image are two; the pairs of each stand side by side.
        held, starts, group = _grouped(2 * rows + (asked >= len(both) // 2))
        cells, votes = _most_alike(group, len(held), both["angle"][asked], both["level"][asked], places)
        best = votes.max(axis=1)
        order = np.argsort(-best, kind="stable")[: self._looked_at]
        order = order[best[order] >= AGREEING]
        telling = np.flatnonzero((cells == votes.argmax(axis=1)[group]).any(axis=0))
        limits = np.searchsorted(telling, starts).tolist()
        some = [telling[limits[place] : min(limits[place] + PAIRS, limits[place + 1])] for place in order.tolist()]
        found: dict[int, float] = {}
        for low, high in _together([len(one) for one in some]):
            # No more corners of a picture lie alike than tell the same.
            if best[order[low]] < _needed(found, limit):
                break
            chosen = np.concatenate(some[low:high])
            sizes = [len(one) for one in some[low:high]]
            counts = _agreed(both[asked[chosen]], placed(places[chosen]), sizes)
            for place, count in zip(order[low:high].tolist(), counts, strict=True):
                if count >= AGREEING:
                    slot = int(self._slots[held[place] // 2])
                    found[slot] = max(found.get(slot, 0.0), min(MOST, float(count)))
        ranked = sorted(found.items(), key=lambda item: (-item[1], item[0]))[:limit]
        return [(slot, count / 50) for place, (slot, count) in enumerate(ranked) if place < DOUBTFUL or count >= SURE]

    def _alike(self, corners: np.ndarray, spelled: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Give which corners asked for are described like some held, and of those the rows of pictures and the places.

        The rows ascend, and so do, within a row, the corners asked for.
        """
        found, numbers = self._words.gathered(spelled, self._budget)
        asked = found % max(1, len(corners))
        apart = np.zeros(len(asked), dtype=np.uint8)
        for held, word in zip(self._described, words(corners).T, strict=True):
            apart += np.bitwise_count(word.take(asked) ^ held.ravel().take(numbers))
        near = np.flatnonzero(apart <= ALIKE)
        asked, numbers = asked[near], numbers[near]
        rows = numbers // HELD
        # A corner asked for and one held may share several words.
        keys = np.sort((rows * len(corners) + asked) * HELD + (numbers - rows * HELD))
        keys = keys[np.diff(keys, prepend=-1) != 0]
        both = keys // HELD
        rows = both // max(1, len(corners))
        return both - rows * len(corners), rows, self._places.ravel().take(rows * HELD + (keys - both * HELD))


def _doubled(kept: np.ndarray) -> np.ndarray:
    return np.concatenate([kept, np.zeros_like(kept)])


def _together(sizes: list[int]) -> Iterator[tuple[int, int]]:
    """Give ranges of groups of pairs that are looked at in one go: for most pictures each has but a few."""
    low = total = 0
    for place, size in enumerate(sizes):
        if place > low and total + size > TOGETHER:
            yield low, place
            low, total = place, 0
        total += size
    if sizes:
        yield low, len(sizes)


def _agreed(a: np.ndarray, b: np.ndarray, sizes: list[int]) -> list[int]:
    """Give, for each of several groups of pairs of corners, how many lie as one of them says, at most."""
    group = np.repeat(np.arange(len(sizes)), sizes)
    counts = agreeing_corners(a, b, group).sum(axis=1)
    return np.maximum.reduceat(counts, np.cumsum([0, *sizes[:-1]])).tolist()


def _needed(found: dict[int, float], limit: int) -> float:
    """Give the corners without which one picture more is not among the `limit` best, nor sure, nor a doubtful one."""
    counts = sorted(found.values(), reverse=True)
    least = counts[limit - 1] if len(counts) >= limit else 0.0
    return max(least, min(SURE, counts[DOUBTFUL - 1])) if len(counts) >= DOUBTFUL else least


def _grouped(keys: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Give the different ones of ascending keys, where each begins (and the end), and the number of each key's own."""
    fresh = np.diff(keys, prepend=-1) != 0
    starts = np.append(np.flatnonzero(fresh), len(keys))
    return keys[starts[:-1]], starts, np.cumsum(fresh) - 1


def _most_alike(
    group: np.ndarray, groups: int, angle: np.ndarray, level: np.ndarray, places: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Count, for each group of pairs of corners, which movement they tell: from an angle and a level to a place held.

    Returns
    -------
    cells : ndarray of shape (4, n)
        Each pair counts in four cells of size and direction, so that the border between two of them does not matter.
    votes : ndarray of shape (groups, n_cells)
    """
    held_angle, held_level = directed(places)
    turn = (held_angle - angle) % TURN
    step = held_level - level + LEVELS
    wide = TURN // TURNS
    sizes = [step // 2 * 2, (step + 1) // 2 * 2 + 1]
    directions = [turn // wide * 2, (turn + wide // 2) % TURN // wide * 2 + 1]
    cells = np.array([size * 2 * TURNS + direction for size in sizes for direction in directions])
    many = (2 * LEVELS + 2) * 2 * TURNS
    return cells, np.bincount((group * many + cells).ravel(), minlength=groups * many).reshape(groups, many)


@lru_cache(maxsize=320)  # a film asks in one film after the other
def _with_mirrored(packed: bytes, width: int) -> tuple[np.ndarray, np.ndarray]:
    """Give the corners of a picture and of its mirror image, and the words of both, one table after the other."""
    both = np.concatenate([records(packed), mirrored_records(packed, width)])
    return both, _visual_words(both).T.ravel().astype(np.uint32)


def _visual_words(corners: np.ndarray) -> np.ndarray:
    """Give the words of corners, int64 of shape (n, TABLES): the number of a table and the bits it takes."""
    bits = np.unpackbits(corners["descriptor"], axis=1).astype(np.float32)
    return (bits @ _PLACED).astype(np.int64) + (np.arange(TABLES) << BITS)
