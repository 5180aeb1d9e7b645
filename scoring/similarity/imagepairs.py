"""Pair the corners of two pictures that are described the most alike, of both as they are and of one mirrored.

A description has two halves, and that of the mirror image the same ones exchanged. So with sums and differences of the
halves, each -1, 0 or 1, two products of matrices tell in how many bits every corner differs from every other, and from
its mirror image: half their sum and half their difference. Three corners share a number of 24 bits, so one product does
the work of three; every sum is a whole number below 2**23, and exact in whatever order it is taken.
"""

from functools import lru_cache

import numpy as np

from scoring.similarity.imagecorners import COMPARISONS, STORED

_HALF = COMPARISONS // 2
_SHARING = 3
_PLACES = np.array([1, 1 << 8, 1 << 16], dtype=np.float32)
_MIDDLE = np.int32(_HALF * int(_PLACES.sum()))

Pairs = tuple[np.ndarray, np.ndarray]
"""Places of corners of the one picture, ascending, and of those of the other that belong to them."""


def paired_corners(a: bytes, b: bytes, most: int) -> tuple[Pairs, Pairs]:
    """Pair corners that are, each way, the most alike; of several equally alike the first.

    Parameters
    ----------
    a, b : bytes
        Corners as `scoring.similarity.imagecorners.STORED`, one at least.
    most : int
        Bits in which the descriptions of a pair may differ.

    Returns
    -------
    plain, mirrored : Pairs
        Of both pictures, and of the first with the mirror image of the second.
    """
    both, apart = (one @ other for one, other in zip(_signs(a), _shared(b), strict=True))
    return _nearest(both + apart, most), _nearest(both - apart, most)


def _nearest(shared: np.ndarray, most: int) -> Pairs:
    """Pair corners by how many bits more than half are equal; three numbers share each of the matrix."""
    # In bytes, the lowest first; each fourth stays 0, and no corner is as unlike as that.
    equal = (shared.astype("<i4") + _MIDDLE).view(np.uint8)
    left = np.arange(len(equal))
    nearest = equal.argmax(axis=1)
    best = np.maximum(equal.max(axis=0), 1)
    row, column = np.divmod(np.flatnonzero(equal == best), equal.shape[1])
    first = np.zeros(equal.shape[1], dtype=np.int64)
    first[column[::-1]] = row[::-1]
    kept = (first[nearest] == left) & (equal[left, nearest] >= COMPARISONS - most)
    return left[kept], nearest[kept] // 4 * _SHARING + nearest[kept] % 4


@lru_cache(maxsize=128)
def _halves(packed: bytes) -> tuple[np.ndarray, np.ndarray]:
    """Give half the sums and half the differences of the halves of descriptions, as signs: int8 of shape (n, 96)."""
    bits = np.unpackbits(np.frombuffer(packed, dtype=STORED)["descriptor"], axis=1).view(np.int8)
    one, other = bits[:, :_HALF], bits[:, _HALF:]
    return one + other - np.int8(1), one - other


def _signs(packed: bytes) -> tuple[np.ndarray, ...]:
    return tuple(half.astype(np.float32) for half in _halves(packed))


def _shared(packed: bytes) -> tuple[np.ndarray, ...]:
    """Give these with three corners side by side in each number, float32 of shape (96, n / 3)."""
    made = []
    for half in _halves(packed):
        filled = np.zeros((-(-len(half) // _SHARING), _SHARING, _HALF), dtype=np.float32)
        filled.reshape(-1, _HALF)[: len(half)] = half
        made.append((_PLACES @ filled).T)
    return tuple(made)
