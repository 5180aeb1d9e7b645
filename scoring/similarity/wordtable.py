"""Which numbers stand under a word, in one sorted array: eight bytes a posting, and many are added at once."""

import numpy as np

_LOW = np.uint64(32)
_NUMBERS = np.uint64((1 << 32) - 1)


class WordTable:
    """Numbers below 2^32 under words below 2^31.

    Notes
    -----
    What was added is sorted in at the next search, which costs a copy of the array. So does a removal. Words are looked
    up among the different ones, which are few enough to stay in the processor's cache.
    """

    def __init__(self) -> None:
        self._keys = np.empty(0, dtype=np.uint64)
        # The different words of the keys; where each begins, and where the last one ends.
        self._words = np.empty(0, dtype=np.uint32)
        self._starts = np.zeros(1, dtype=np.int64)
        self._fresh: list[np.ndarray] = []

    def __len__(self) -> int:
        """Give how many postings there are."""
        return len(self._keys) + sum(map(len, self._fresh))

    def add(self, words: np.ndarray, numbers: np.ndarray) -> None:
        """Write each number under the word of the same place."""
        self._fresh.append(words.astype(np.uint64) << _LOW | numbers.astype(np.uint64))

    def remove(self, low: int, high: int) -> None:
        """Wipe the numbers from `low` to below `high`."""
        self._settle()
        numbers = self._keys & _NUMBERS
        self._keys = self._keys[(numbers < low) | (numbers >= high)]
        self._index()

    def gathered(self, words: np.ndarray, budget: int) -> tuple[np.ndarray, np.ndarray]:
        """Give what stands under the words with the fewest numbers that fit in a budget: their places, and numbers."""
        self._settle()
        if not len(self._words):
            return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)
        asked = words.astype(np.uint32)
        there = np.searchsorted(self._words, asked)
        there[there == len(self._words)] = 0
        starts = self._starts[there]
        lengths = np.where(self._words[there] == asked, self._starts[there + 1] - starts, 0)
        read = _rarest(lengths, asked, budget)
        starts, lengths = starts[read], lengths[read]
        ends = np.cumsum(lengths)
        where = np.repeat(starts - ends + lengths, lengths) + np.arange(ends[-1] if len(ends) else 0)
        return np.repeat(read, lengths), (self._keys[where] & _NUMBERS).astype(np.int64)

    def _settle(self) -> None:
        if not self._fresh:
            return
        fresh = np.sort(np.concatenate(self._fresh))
        self._fresh = []
        if 4 * len(fresh) < len(self._keys):
            self._keys = np.insert(self._keys, np.searchsorted(self._keys, fresh), fresh)
        else:
            self._keys = np.sort(np.concatenate([self._keys, fresh]))
        self._index()

    def _index(self) -> None:
        words = (self._keys >> _LOW).astype(np.uint32)
        fresh = np.flatnonzero(words[1:] != words[:-1]) + 1
        first = np.append(0, fresh) if len(words) else fresh
        self._words, self._starts = words[first], np.append(first, len(words))


def _rarest(lengths: np.ndarray, words: np.ndarray, budget: int) -> np.ndarray:
    """Give the places of words with the fewest numbers that fit in a budget, one at least; of equally many the lowest.

    As `postings.rarest` does, but in no order: sorting the lengths alone takes a fourth of the time.
    """
    some = np.flatnonzero(lengths)
    ordered = np.sort(lengths[some])
    within = max(1, int(np.searchsorted(np.cumsum(ordered), budget, "right")))
    if within >= len(some):
        return some
    kept = some[lengths[some] < ordered[within]]
    last = some[lengths[some] == ordered[within]]
    return np.concatenate([kept, last[np.argsort(words[last], kind="stable")[: within - len(kept)]]])
