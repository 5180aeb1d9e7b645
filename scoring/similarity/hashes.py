"""Find hashes of 256 bits near one: every hash within 31 bits at any number of them, wider ones among fewer."""

from collections.abc import Sequence
from itertools import chain

import numpy as np

SURE = 31
"""Bits within which nothing is ever missed."""

SCANNED = 200_000
"""Hashes that are all looked at one by one; when there are more, only those within `SURE` bits are found."""

_CHUNKS = 16
_BITS = 256 // _CHUNKS
_BLOCK = 1 << 16  # hashes compared at once, so that what is in between stays in the processor's cache
_PROBES = np.r_[0, 1 << np.arange(_BITS)]


class HashTable:
    """Hashes under numbers.

    Notes
    -----
    Two hashes that differ in at most 31 bits differ in at most one bit of one of their 16 chunks of 16 bits. For each
    chunk the hashes are sorted by it, and the 17 values next to the one asked for are looked up. What came after the
    last sorting is looked at one by one; a removal has all sorted again at the next search, 0.4 s for a million.

    References
    ----------
    Norouzi, Punjani, Fleet (2012), Fast search in Hamming space with multi-index hashing.
    """

    def __init__(self) -> None:
        self._slots: list[int] = []
        self._columns = np.zeros((4, 64), dtype=np.uint64)
        self._sorted = 0
        self._orders: list[np.ndarray] = []
        self._starts: list[np.ndarray] = []

    def __len__(self) -> int:
        """Give the number of hashes."""
        return len(self._slots)

    def add(self, slot: int, digits: str) -> None:
        """Hold a hash, given in hexadecimal."""
        if len(self._slots) == self._columns.shape[1]:
            self._columns = np.concatenate([self._columns, np.zeros_like(self._columns)], axis=1)
        self._columns[:, len(self._slots)] = _packed(digits)
        self._slots.append(slot)

    def remove(self, slot: int) -> None:
        """Forget the hash under a number, if there is one."""
        if slot in self._slots:
            place, last = self._slots.index(slot), len(self._slots) - 1
            self._slots[place] = self._slots[last]
            self._columns[:, place] = self._columns[:, last]
            self._columns[:, last] = 0
            self._slots.pop()
            self._sorted, self._orders, self._starts = 0, [], []

    def within(self, digits: str, radius: int) -> list[tuple[int, int]]:
        """Give the number and the distance of the hashes that differ in at most so many bits."""
        asked = _packed(digits)
        if len(self) <= SCANNED:
            places, distances = self._scanned(asked, 0)
        else:
            self._sort()
            places = self._probed(asked)
            tail, far = self._scanned(asked, self._sorted)
            distances = np.concatenate([_distances(self._columns[:, places], asked), far])
            places = np.concatenate([places, tail])
            radius = min(radius, SURE)
        kept = distances <= radius
        found = zip(places[kept].tolist(), distances[kept].tolist(), strict=True)
        return [(self._slots[place], distance) for place, distance in found]

    def nearest(self, several: Sequence[str], radius: int) -> dict[int, int]:
        """Give the numbers of hashes within so many bits of one of several, with the bits from the nearest of them."""
        found: dict[int, int] = {}
        if len(self) > SCANNED:
            for slot, distance in chain.from_iterable(self.within(digits, radius) for digits in several):
                found[slot] = min(distance, found.get(slot, distance))
            return found
        asked = np.array([_packed(digits) for digits in several]).T[..., None]
        for low in range(0, len(self) if several else 0, _BLOCK // 8):
            columns = self._columns[:, low : min(low + _BLOCK // 8, len(self))]
            least = _distances(columns[:, None], asked).min(axis=0)
            near = np.flatnonzero(least <= radius)
            found |= zip([self._slots[place] for place in (near + low).tolist()], least[near].tolist(), strict=True)
        return found

    def _scanned(self, asked: np.ndarray, start: int) -> tuple[np.ndarray, np.ndarray]:
        blocks = range(start, len(self), _BLOCK)
        distances = [_distances(self._columns[:, low : min(low + _BLOCK, len(self))], asked) for low in blocks]
        return np.arange(start, len(self)), np.concatenate([np.empty(0, dtype=np.uint16), *distances])

    def _probed(self, asked: np.ndarray) -> np.ndarray:
        rows: list[np.ndarray] = []
        for order, starts, chunk in zip(self._orders, self._starts, asked.view(np.uint16).tolist(), strict=True):
            values = chunk ^ _PROBES
            spans = zip(starts[values].tolist(), starts[values + 1].tolist(), strict=True)
            rows.extend(order[low:high] for low, high in spans)
        return np.unique(np.concatenate(rows)).astype(np.int64)

    def _sort(self) -> None:
        if len(self) - self._sorted <= len(self) // 4 and self._orders:
            return
        chunks = np.ascontiguousarray(self._columns[:, : len(self)].T).view(np.uint16)
        self._orders = [np.argsort(chunk, kind="stable").astype(np.uint32) for chunk in chunks.T]
        counts = [np.bincount(chunk, minlength=1 << _BITS) for chunk in chunks.T]
        self._starts = [np.r_[0, np.cumsum(count)] for count in counts]
        self._sorted = len(self)


def _distances(columns: np.ndarray, asked: np.ndarray) -> np.ndarray:
    total = np.bitwise_count(columns[0] ^ asked[0]).astype(np.uint16)
    for column, word in zip(columns[1:], asked[1:], strict=True):
        total += np.bitwise_count(column ^ word)
    return total


def _packed(digits: str) -> np.ndarray:
    return np.frombuffer(bytes.fromhex(digits), dtype="<u8").astype(np.uint64)
