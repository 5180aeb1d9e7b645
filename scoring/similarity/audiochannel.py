"""Find sounds near one: pairs of peaks that agree whatever the tempo and the pitch, single ones that coincide."""

from collections.abc import Iterator

import numpy as np

from scoring.similarity.audiocompare import (
    HIGHEST,
    MIN_VOTES,
    QUARTERS,
    TEMPOS,
    PairTable,
    SortedPairs,
    expanded,
    sorted_pairs,
)
from scoring.similarity.audiopeaks import BUDGET, PeakTable
from scoring.similarity.audiosketch import FRAMES_A_SECOND, AudioSketch
from scoring.similarity.calibration import feature_rows, shipped_models

LEAST = 0.05
"""Probability below which a sound is not worth comparing."""

MARGIN = 1.5
"""Factor by which two sounds may share more than a search counts before they are left uncompared."""

_CELL_BITS = 3  # a cell is 2**3 frames: offsets within 0.2 s count together
_SHIFTS = 2 * QUARTERS + 1
_DENSE = 1 << 22  # cells that are counted one by one; of more only those that a hash finds crowded
_BUCKET_BITS = 19
_SPREAD = np.uint64(0x9E3779B97F4A7C15)
_MARKS = 1 << 20  # places of a table that tells quickly of most cells that they are not looked for
_BLOCK = 64  # sounds whose peaks are counted at once
_MANY_VOTES, _FAR_APART = 200, 10  # what ranks highest
_GROWTH = 4  # a table is merged into the one before it unless that is so many times as long


class AudioChannel:
    """The sounds of many entries.

    Notes
    -----
    New sounds are sorted at the next search and merged with earlier ones when they have grown to a quarter of them, so
    a pair is sorted O(log n) times in all. A search looks the pairs of the query up once a step of tempo.
    """

    def __init__(self) -> None:
        self._fresh: dict[int, AudioSketch] = {}
        self._tables: list[_Table] = []
        self._peaks: list[PeakTable] = []

    def add(self, slot: int, sketch: AudioSketch) -> None:
        """Hold a sound under a free number."""
        self._fresh[slot] = sketch

    def remove(self, slot: int) -> None:
        """Forget a sound."""
        if self._fresh.pop(slot, None) is None:
            self._tables = [kept for table in self._tables if len((kept := table.without(slot)).owners)]
            self._peaks = [left for peaks in self._peaks if (left := peaks.without(slot)).slots]

    def search(self, sketch: AudioSketch, limit: int) -> list[tuple[int, float]]:
        """Give up to `limit` sounds with most that agrees, scores between 0 and 1, best first.

        Left out are sounds to which `MARGIN` times the pairs that were counted, and the peaks that coincide, would not
        give the probability `LEAST`.
        """
        self._settle()
        best: dict[int, float] = {}
        for table in self._tables:
            best.update((slot, votes / _MANY_VOTES) for slot, votes in table.votes(sketch))
        for slot, apart in self._apart(sketch):
            best[slot] = max(best.get(slot, 0.0), apart / _FAR_APART)
        ranked = sorted(best.items(), key=lambda item: (-item[1], item[0]))[:limit]
        return [(slot, min(0.99, score)) for slot, score in ranked]

    def _apart(self, sketch: AudioSketch) -> list[tuple[int, float]]:
        """Give the slots whose peaks coincide with those of a sound, and how far apart from chance."""
        # Every table gets a share, so that a search costs the same however the sounds came.
        found = [one for table in self._peaks for one in table.best(sketch, BUDGET // len(self._peaks))]
        rows = feature_rows("audio", "mixed", ({"apart": apart} for _, _, apart in found))
        likely = shipped_models("audio")["mixed"].probability(rows) >= LEAST
        return [(slot, apart) for (slot, _, apart), near in zip(found, likely, strict=True) if near]

    def _settle(self) -> None:
        if self._fresh:
            fresh = [(slot, PairTable.of(sketch)) for slot, sketch in sorted(self._fresh.items())]
            owned = [_Table(one.words, one.times, np.full(len(one.words), slot)) for slot, one in fresh]
            self._tables.append(_merged(owned))
            every = sorted(self._fresh.items())
            self._peaks += [PeakTable(every[start : start + _BLOCK]) for start in range(0, len(every), _BLOCK)]
            self._fresh.clear()
        while len(self._tables) > 1 and len(self._tables[-2].owners) < _GROWTH * len(self._tables[-1].owners):
            self._tables[-2:] = [_merged(self._tables[-2:])]
        while len(self._peaks) > 1 and _to_join(*self._peaks[-2:]):
            self._peaks[-2:] = [PeakTable(held for table in self._peaks[-2:] for held in table.held.items())]


class _Table:
    """Pairs of many sounds, sorted by their words, and the slot of each."""

    def __init__(self, words: np.ndarray, times: np.ndarray, owners: np.ndarray) -> None:
        self.pairs, self.owners = PairTable(words, times), owners
        self._slots, self._ranks = np.unique(owners, return_inverse=True)

    def votes(self, sketch: AudioSketch) -> list[tuple[int, int]]:
        """Give the slots that may share something, and the most votes that one tempo, shift and cell of offset get."""
        asked = sorted_pairs(sketch.peaks)
        if not len(asked.times) or not len(self.owners):
            return []
        every = len(self._slots)
        votes, moments, seen = np.zeros(every, dtype=np.int64), np.zeros(every, dtype=np.int64), np.ones(every)
        for first, found, cells, share in self._agreements(asked):
            fullest, most = _fullest(found, every, cells)
            better = np.flatnonzero(most > votes)
            votes[better], seen[better] = most[better], share
            moments[better] = _moments(found, asked.times[first], fullest[better])
        near = np.flatnonzero(votes >= MIN_VOTES // 2)
        # Of many sounds only a share of the agreements is looked at.
        counted = MARGIN * np.column_stack([votes, moments])[near] / seen[near, None]
        rows = feature_rows("audio", "every", ({"votes": many, "moments": long} for many, long in counted.tolist()))
        near = near[shipped_models("audio")["every"].probability(rows) >= LEAST]
        return list(zip(self._slots[near].tolist(), votes[near].tolist(), strict=True))

    def _agreements(self, asked: SortedPairs) -> Iterator[tuple[np.ndarray, np.ndarray, int, float]]:
        """Give for each tempo the pairs that agree.

        A cell is a sound of the table, a shift of pitch and an offset, in this order.

        Yields
        ------
        first, found : ndarray of shape (n,)
            Place among the pairs asked for, and cell, of each agreement.
        cells : int
            How many cells there are.
        share : float
            Share of all agreements that is given.
        """
        latest = int(asked.times.max() * max(TEMPOS)) + 1
        width = (((latest + int(self.pairs.times.max())) >> _CELL_BITS) + 1) << _CELL_BITS
        cells = len(self._slots) * _SHIFTS * (width >> _CELL_BITS)
        kind = np.int32 if cells << _CELL_BITS < 1 << 31 else np.int64
        # The number of a cell is the difference of two, of which one belongs to either pair.
        own = (self._ranks * _SHIFTS - (self.pairs.words & HIGHEST)) * width + self.pairs.times.astype(np.int64)
        own = own.astype(kind)
        high = ((asked.rest & HIGHEST).astype(kind) + QUARTERS) * width + latest
        for tempo in TEMPOS:
            low, count, share = self.pairs.ranges(asked.words(tempo))
            found = own[expanded(low, count)]
            found += np.repeat(high - np.round(asked.times * tempo).astype(kind), count)
            yield np.repeat(np.arange(len(count), dtype=np.int32), count), found >> _CELL_BITS, cells, share

    def without(self, slot: int) -> "_Table":
        """Give the table without a sound."""
        kept = self.owners != slot
        return _Table(self.pairs.words[kept], self.pairs.times[kept], self.owners[kept])


def _to_join(one: PeakTable, fresh: PeakTable) -> bool:
    return len(one.slots) < _GROWTH * len(fresh.slots) and len(one.slots) + len(fresh.slots) <= _BLOCK


def _fullest(found: np.ndarray, owners: int, cells: int) -> tuple[np.ndarray, np.ndarray]:
    """Give the cell of each owner that most agreements share, and how many; 0 for no more than chance.

    Parameters
    ----------
    found : ndarray of int
        The cells of all agreements.
    owners, cells : int
        How many there are; the cells of an owner lie side by side, as many as of any other.
    """
    if cells <= _DENSE:
        counts = np.bincount(found, minlength=cells).reshape(owners, -1)
        best = counts.argmax(axis=1)
        return best + np.arange(owners) * counts.shape[1], counts[np.arange(owners), best]
    # Most agreements are chance and alone in their cell; counting them by a hash is cheaper than sorting them.
    buckets = (found.astype(np.uint64) * _SPREAD >> np.uint64(64 - _BUCKET_BITS)).astype(np.int64)
    crowded = np.bincount(buckets, minlength=1 << _BUCKET_BITS)[buckets] >= MIN_VOTES // 2
    different, votes = np.unique(found[crowded], return_counts=True)
    order = np.argsort(votes, kind="stable")
    owner = different[order] // (cells // owners)
    fullest, most = np.zeros(owners, dtype=np.int64), np.zeros(owners, dtype=np.int64)
    fullest[owner], most[owner] = different[order], votes[order]  # of several the last one stays, the greatest
    return fullest, most


def _moments(found: np.ndarray, times: np.ndarray, cells: np.ndarray) -> np.ndarray:
    """Count the different half seconds of the sound asked for that have a pair in each of some cells; these ascend."""
    near = np.zeros(_MARKS, dtype=bool)
    near[cells & (_MARKS - 1)] = True
    member = np.flatnonzero(near[found & (_MARKS - 1)])
    place = np.searchsorted(cells, found[member])
    real = np.flatnonzero(cells[np.minimum(place, len(cells) - 1)] == found[member])
    half = (times[member[real]] * (2 / FRAMES_A_SECOND)).astype(np.int64)  # below 2**16: nine hours
    return np.bincount(np.unique((place[real] << 16) + half) >> 16, minlength=len(cells))


def _merged(tables: list[_Table]) -> _Table:
    every = np.concatenate([table.pairs.words for table in tables])
    order = np.argsort(every, kind="stable")
    times = np.concatenate([table.pairs.times for table in tables])[order]
    return _Table(every[order], times, np.concatenate([table.owners for table in tables])[order])
