"""Find sounds near one: pairs of peaks that agree on an offset, whatever the tempo and the pitch."""

import numpy as np

from scoring.similarity.audiocompare import MIN_VOTES, PITCHES, TEMPOS, matched, words
from scoring.similarity.audiosketch import AudioSketch, pairs

_CELL = 8.0  # frames; offsets within 0.2 s count together
_SPAN = 1 << 15  # cells of offset a sound can have, on both sides of 0


class AudioChannel:
    """The sounds of many entries.

    Notes
    -----
    The sorted table of all pairs is made again at the first search after a change, O(n log n) in the pairs held,
    about 0.1 s an hour of sound; a search looks up the pairs of the query once a step of tempo and pitch.
    """

    def __init__(self) -> None:
        self._sketches: dict[int, AudioSketch] = {}
        self._table: tuple[np.ndarray, np.ndarray, np.ndarray] | None = None

    def add(self, slot: int, sketch: AudioSketch) -> None:
        """Hold a sound under a free number."""
        self._sketches[slot] = sketch
        self._table = None

    def remove(self, slot: int) -> None:
        """Forget a sound."""
        del self._sketches[slot]
        self._table = None

    def search(self, sketch: AudioSketch, limit: int) -> list[tuple[int, float]]:
        """Give up to `limit` sounds with most agreeing pairs, scores between 0 and 1, best first."""
        ranked, times, slots = self._sorted()
        time, pitch, rise, step = pairs(sketch.peaks)
        if not len(ranked) or not len(time):
            return []
        best = np.zeros(int(slots.max()) + 1)
        for tempo in TEMPOS:
            for shift in PITCHES:
                _, offsets, places = matched(ranked, times, time * tempo, pitch - shift, rise, step * tempo)
                cells = np.floor(offsets / _CELL).astype(np.int64) + _SPAN
                keys, votes = np.unique(slots[places].astype(np.int64) * 2 * _SPAN + cells, return_counts=True)
                np.maximum.at(best, keys // (2 * _SPAN), votes)
        found = np.flatnonzero(best >= MIN_VOTES // 2)
        order = found[np.lexsort((found, -best[found]))][:limit]
        return [(int(slot), float(min(0.99, best[slot] / 200))) for slot in order]

    def _sorted(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        if self._table is None:
            held = [(slot, pairs(sketch.peaks)) for slot, sketch in sorted(self._sketches.items())]
            numbers = [words(*columns) for _, columns in held] or [np.empty(0, dtype=np.int32)]
            every = np.concatenate(numbers)
            order = np.argsort(every, kind="stable")
            times = np.concatenate([columns[0] for _, columns in held] or [np.empty(0, dtype=np.float32)])
            slots = np.repeat([slot for slot, _ in held], [len(one) for one in numbers]) if held else np.empty(0, int)
            self._table = every[order], times[order], slots[order].astype(np.int32)
        return self._table
