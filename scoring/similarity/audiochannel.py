"""Find sounds near one: pairs of peaks that agree on an offset, whatever the tempo and the pitch."""

import numpy as np

from scoring.similarity.audiocompare import MIN_VOTES, QUARTERS, TEMPOS, PairTable, words
from scoring.similarity.audiosketch import AudioSketch, pairs

_CELL = 8.0  # frames; offsets within 0.2 s count together
_SPAN = 1 << 15  # cells of offset a sound can have, on both sides of 0
_SHIFTS = 2 * QUARTERS + 1
_BUCKET_BITS = 19
_SPREAD = np.uint64(0x9E3779B97F4A7C15)
_GROWTH = 4  # a table is merged into the one before it unless that is so many times as long

_Table = tuple[PairTable, np.ndarray]
"""Pairs of many sounds, and the slot of each."""


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

    def add(self, slot: int, sketch: AudioSketch) -> None:
        """Hold a sound under a free number."""
        self._fresh[slot] = sketch

    def remove(self, slot: int) -> None:
        """Forget a sound."""
        if self._fresh.pop(slot, None) is None:
            self._tables = [kept for table in self._tables if len((kept := _without(table, slot))[1])]

    def search(self, sketch: AudioSketch, limit: int) -> list[tuple[int, float]]:
        """Give up to `limit` sounds with most agreeing pairs, scores between 0 and 1, best first."""
        self._settle()
        time, pitch, rise, step = pairs(sketch.peaks)
        best: dict[int, int] = {}
        for tempo in TEMPOS:
            asked = words(pitch, rise, step * tempo)
            for table, owners in self._tables:
                for slot, votes in _votes(table, owners, asked, time * tempo):
                    best[slot] = max(best.get(slot, 0), votes)
        ranked = sorted(best.items(), key=lambda item: (-item[1], item[0]))[:limit]
        return [(slot, min(0.99, votes / 200)) for slot, votes in ranked]

    def _settle(self) -> None:
        if self._fresh:
            tables = [(slot, PairTable.of(sketch)) for slot, sketch in sorted(self._fresh.items())]
            owned = [(table, np.full(len(table.words), slot, dtype=np.int64)) for slot, table in tables]
            self._tables.append(_merged(owned))
            self._fresh.clear()
        while len(self._tables) > 1 and len(self._tables[-2][1]) < _GROWTH * len(self._tables[-1][1]):
            self._tables[-2:] = [_merged(self._tables[-2:])]


def _votes(table: PairTable, owners: np.ndarray, asked: np.ndarray, time: np.ndarray) -> list[tuple[int, int]]:
    """Give the sounds and the most votes that one shift of pitch and one cell of offset get in each."""
    found = table.agreeing(asked)
    if not len(found.first):
        return []
    cells = np.floor((table.times[found.places] - time[found.first]) / _CELL).astype(np.int64) + _SPAN
    keys = (owners[found.places] * _SHIFTS + found.shifts) * 2 * _SPAN + cells
    # Most agreements are chance and alone in their cell; counting them by a hash is cheaper than sorting them.
    buckets = (keys.astype(np.uint64) * _SPREAD >> np.uint64(64 - _BUCKET_BITS)).astype(np.int64)
    crowded = np.bincount(buckets, minlength=1 << _BUCKET_BITS)[buckets] >= MIN_VOTES // 2
    different, votes = np.unique(keys[crowded], return_counts=True)
    if not len(different):
        return []
    slots = different // (2 * _SPAN * _SHIFTS)
    starts = np.flatnonzero(np.r_[True, np.diff(slots) != 0])
    most = np.maximum.reduceat(votes, starts)
    enough = most >= MIN_VOTES // 2
    return list(zip(slots[starts][enough].tolist(), most[enough].tolist(), strict=True))


def _merged(tables: list[_Table]) -> _Table:
    every = np.concatenate([table.words for table, _ in tables])
    order = np.argsort(every, kind="stable")
    times = np.concatenate([table.times for table, _ in tables])[order]
    return PairTable(every[order], times), np.concatenate([owners for _, owners in tables])[order]


def _without(table: _Table, slot: int) -> _Table:
    kept = table[1] != slot
    return PairTable(table[0].words[kept], table[0].times[kept]), table[1][kept]
