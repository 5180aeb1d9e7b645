"""Corners of a picture: places that are found again when it is scaled, turned, mirrored or cut.

Corners are those of ORB, but spread over the picture and over sizes, so that an inset or a part has some of its own.
Each is described by 192 comparisons of two points around it. The comparisons come in two halves that are mirror images
of one another: the description of the mirror image of a corner is the same bytes with the halves exchanged.
"""

from functools import lru_cache
from itertools import chain
from operator import attrgetter

import cv2
import numpy as np

from scoring.similarity.shrinking import Shrinking

COMPARISONS = 192
"""Bits of a description."""

STORED = np.dtype([("where", "<u4"), ("descriptor", "u1", COMPARISONS // 8)])
"""How a corner is stored; `where` holds x and y (11 bits each), direction (6) and level (4), the last one lowest."""

RECORD = np.dtype([("x", "i4"), ("y", "i4"), ("angle", "i4"), ("level", "i4"), ("descriptor", "u1", COMPARISONS // 8)])
"""A corner: place in units of 1 / `UNIT` pixel, direction in `TURN` parts of a turn, level of the pyramid."""

UNIT, TURN = 4, 64

GROWTH = 1.2
"""How much greater the surroundings of a corner are from one level of the pyramid to the next."""

LEVELS = 10

FOUND = 1_800
"""Corners among which the spread ones are chosen."""

TILES = 10
"""Tiles along the longer side over which corners are spread."""

DIRECTIONS = 32
"""Directions in which the pattern of comparisons is kept; even, so that a mirrored direction is one of them."""

EDGE = 16
"""Pixels from the edge in which no corner is found: its surroundings would be cut."""

RADIUS = 13.0
"""Pixels between a corner and the farthest point that is looked at."""

_TOLD = attrgetter("angle", "octave", "response")


def found_corners(pixels: np.ndarray, most: int) -> bytes:
    """Find corners.

    Parameters
    ----------
    pixels : ndarray of shape (height, width), dtype uint8
        At most 512 a side.
    most : int
        Corners kept.

    Returns
    -------
    bytes
        Corners as `STORED`, ordered by x, y and level; none of a picture that is less than 48 pixels wide or high.
    """
    if min(pixels.shape) < 48:
        return b""
    finder = cv2.ORB.create(nfeatures=FOUND, scaleFactor=GROWTH, nlevels=LEVELS, edgeThreshold=EDGE, fastThreshold=7)
    corners = finder.detect(pixels, None)
    if not corners:
        return b""
    table = np.empty((len(corners), 5))
    table[:, :2] = cv2.KeyPoint.convert(corners)
    told = chain.from_iterable(map(_TOLD, corners))
    table[:, 2:] = np.fromiter(told, dtype=np.float64, count=3 * len(corners)).reshape(-1, 3)
    table = table[_spread(table, pixels.shape, most)]
    found = np.zeros(len(table), dtype=RECORD)
    found["x"], found["y"] = np.rint(table[:, 0] * UNIT), np.rint(table[:, 1] * UNIT)
    found["angle"] = np.rint(table[:, 2] * TURN / 360).astype(np.int64) % TURN
    found["level"] = table[:, 3]
    found["descriptor"] = _described(pixels, found)
    found = found[np.lexsort((found["level"], found["y"], found["x"]))]
    stored = np.zeros(len(found), dtype=STORED)
    stored["where"] = (found["x"] << 21) | (found["y"] << 10) | (found["angle"] << 4) | found["level"]
    stored["descriptor"] = found["descriptor"]
    return stored.tobytes()


def _spread(table: np.ndarray, shape: tuple[int, ...], most: int) -> np.ndarray:
    """Choose corners: the strongest of every tile and size, then the second ones, and so on.

    Columns of the table: x, y, degrees, level, strength. The result is places in it.
    """
    side = max(shape) / TILES
    size = np.searchsorted(np.array([3, 5]), table[:, 3], "right")  # small to level 2, middle to 4, large from 5 on
    cell = (table[:, 0] // side).astype(int) + TILES * (table[:, 1] // side).astype(int) + TILES * TILES * size
    order = np.lexsort((table[:, 0], table[:, 1], -table[:, 4], cell))
    ordered = cell[order]
    starts = np.r_[0, np.flatnonzero(np.diff(ordered)) + 1]
    rank = np.arange(len(order)) - np.repeat(starts, np.diff(np.r_[starts, len(order)]))
    best = np.lexsort((order, -table[order, 4], rank))
    return order[best[:most]]


def _pattern() -> np.ndarray:
    """Give the points compared, in each direction: int32 of shape (2, DIRECTIONS, 2, COMPARISONS), halves mirrored."""
    dice = np.random.default_rng(20262)
    points = dice.normal(0, RADIUS / 2.3, (4_000, 2))
    points = points[np.hypot(*points.T) <= RADIUS][:COMPARISONS].reshape(COMPARISONS // 2, 2, 2)
    pairs = np.concatenate([points, points * [1, -1]]).transpose(1, 0, 2)
    turn = 2 * np.pi * np.arange(DIRECTIONS) / DIRECTIONS
    cos, sin = np.cos(turn)[:, None, None], np.sin(turn)[:, None, None]
    x = pairs[None, ..., 0] * cos - pairs[None, ..., 1] * sin
    y = pairs[None, ..., 0] * sin + pairs[None, ..., 1] * cos
    return np.rint(np.stack([x, y])).astype(np.int32)


_ACROSS, _DOWN = _pattern()


def _described(pixels: np.ndarray, corners: np.ndarray) -> np.ndarray:
    """Give the descriptions of corners, uint8 of shape (n, COMPARISONS // 8), each made on its level of the pyramid."""
    height, width = pixels.shape
    shrinking = Shrinking(pixels)
    images: list[np.ndarray] = []
    sizes, begins = np.ones((2, LEVELS), dtype=np.int32), np.zeros(LEVELS, dtype=np.int32)
    filled = 0
    for level in np.unique(corners["level"]).tolist():
        scale = GROWTH**level
        size = round(width / scale), round(height / scale)
        images.append(cv2.GaussianBlur(shrinking.to(*size) if level else pixels, (7, 7), 2).ravel())
        sizes[:, level], begins[level] = size, filled
        filled += images[-1].size
    wide, high = sizes[:, corners["level"]]
    x = np.rint(corners["x"] / UNIT * wide / width).clip(EDGE - 2, wide - EDGE + 1)
    y = np.rint(corners["y"] / UNIT * high / height).clip(EDGE - 2, high - EDGE + 1)
    middle = begins[corners["level"]] + (y * wide + x).astype(np.int32)
    directions = np.rint(corners["angle"] * (DIRECTIONS / TURN)).astype(np.int64) % DIRECTIONS
    places = _DOWN[directions] * wide[:, None, None]
    places += _ACROSS[directions]
    places += middle[:, None, None]
    light = np.concatenate(images).take(places)
    return np.packbits(light[:, 0] < light[:, 1], axis=1)


def mirrored(corners: np.ndarray, width: int) -> np.ndarray:
    """Give the corners of the mirror image of a picture so many pixels wide."""
    made = corners.copy()
    made["x"] = np.clip((width - 1) * UNIT - corners["x"], 0, None)
    made["angle"] = (TURN // 2 - corners["angle"]) % TURN
    made["descriptor"] = np.roll(corners["descriptor"], COMPARISONS // 16, axis=1)
    return made


@lru_cache(maxsize=512)
def records(packed: bytes) -> np.ndarray:
    """Give the corners that were packed, as `RECORD`; not to be written to."""
    made = unpacked(np.frombuffer(packed, dtype=STORED))
    made.flags.writeable = False
    return made


@lru_cache(maxsize=512)
def mirrored_records(packed: bytes, width: int) -> np.ndarray:
    """Give the corners of the mirror image of a picture, as `RECORD`; not to be written to."""
    made = mirrored(records(packed), width)
    made.flags.writeable = False
    return made


def unpacked(stored: np.ndarray) -> np.ndarray:
    """Give corners as `RECORD` that are stored as `STORED`."""
    return placed(stored["where"], stored["descriptor"])


def placed(where: np.ndarray, descriptors: np.ndarray | int = 0) -> np.ndarray:
    """Give corners as `RECORD`, of what `STORED` holds of their places, and of their descriptions."""
    made = np.empty(len(where), dtype=RECORD)
    signed = where.astype(np.int64)
    made["x"], made["y"] = signed >> 21, signed >> 10 & 2047
    made["angle"], made["level"] = directed(where)
    made["descriptor"] = descriptors
    return made


def directed(where: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Give the directions and the levels of corners, int32, of what `STORED` holds of their places."""
    angle, level = (where >> 4 & 63).astype(np.int32), (where & 15).astype(np.int32)
    return angle, np.minimum(level, LEVELS - 1)


def words(corners: np.ndarray) -> np.ndarray:
    """Give the descriptions of corners as uint64 of shape (n, COMPARISONS // 64)."""
    return np.ascontiguousarray(corners["descriptor"]).view(np.uint64)
