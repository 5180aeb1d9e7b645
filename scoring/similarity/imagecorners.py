"""Corners of a picture: places that are found again when it is scaled, turned, mirrored or cut.

Corners are those of ORB, but spread over the picture and over sizes, so that an inset or a part has some of its own.
Each is described by 256 comparisons of two points around it. The comparisons come in two halves that are mirror images
of one another: the description of the mirror image of a corner is the same bytes with the halves exchanged.
"""

import cv2
import numpy as np

RECORD = np.dtype([("x", "<u2"), ("y", "<u2"), ("angle", "u1"), ("level", "u1"), ("descriptor", "u1", 32)])
"""How a corner is stored: place in 32nds of a pixel, direction in 256ths of a turn, level of the pyramid."""

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


def found_corners(pixels: np.ndarray, most: int) -> bytes:
    """Find corners.

    Parameters
    ----------
    pixels : ndarray of shape (height, width), dtype uint8
    most : int

    Returns
    -------
    bytes
        Records of `RECORD`.
    """
    if min(pixels.shape) < 48:
        return b""
    finder = cv2.ORB.create(nfeatures=FOUND, scaleFactor=GROWTH, nlevels=LEVELS, edgeThreshold=EDGE, fastThreshold=7)
    corners = finder.detect(pixels, None)
    if not corners:
        return b""
    table = np.array([(*one.pt, one.angle, one.octave, one.response) for one in corners], dtype=np.float64)
    table = table[_spread(table, pixels.shape, most)]
    records = np.zeros(len(table), dtype=RECORD)
    records["x"], records["y"] = np.rint(table[:, 0] * 32), np.rint(table[:, 1] * 32)
    records["angle"] = np.rint(table[:, 2] * 256 / 360).astype(np.int64) % 256
    records["level"] = table[:, 3]
    records["descriptor"] = _described(pixels, records)
    return records[np.lexsort((records["level"], records["y"], records["x"]))].tobytes()


def _spread(table: np.ndarray, shape: tuple[int, ...], most: int) -> np.ndarray:
    """Choose corners: the strongest of every tile and size, then the second ones, and so on."""
    side = max(shape) / TILES
    size = np.searchsorted(np.array([3, 5]), table[:, 3], "right")
    cell = (table[:, 0] // side).astype(int) + TILES * (table[:, 1] // side).astype(int) + TILES * TILES * size
    order = np.lexsort((table[:, 0], table[:, 1], -table[:, 4], cell))
    ordered = cell[order]
    starts = np.r_[0, np.flatnonzero(np.diff(ordered)) + 1]
    rank = np.arange(len(order)) - np.repeat(starts, np.diff(np.r_[starts, len(order)]))
    best = np.lexsort((order, -table[order, 4], rank))
    return order[best[:most]]


def _pattern() -> np.ndarray:
    """Give the points compared, in each direction: int64 of shape (DIRECTIONS, 2, 256, 2), halves mirrored."""
    dice = np.random.default_rng(20262)
    points = dice.normal(0, RADIUS / 2.3, (4_000, 2))
    points = points[np.hypot(*points.T) <= RADIUS][:256].reshape(128, 2, 2)
    pairs = np.concatenate([points, points * [1, -1]]).transpose(1, 0, 2)
    turn = 2 * np.pi * np.arange(DIRECTIONS) / DIRECTIONS
    cos, sin = np.cos(turn)[:, None, None], np.sin(turn)[:, None, None]
    x = pairs[None, ..., 0] * cos - pairs[None, ..., 1] * sin
    y = pairs[None, ..., 0] * sin + pairs[None, ..., 1] * cos
    return np.rint(np.stack([x, y], axis=-1)).astype(np.int64)


_POINTS = _pattern()


def _described(pixels: np.ndarray, records: np.ndarray) -> np.ndarray:
    height, width = pixels.shape
    made = np.empty((len(records), 32), dtype=np.uint8)
    directions = np.rint(records["angle"] * (DIRECTIONS / 256)).astype(np.int64) % DIRECTIONS
    for level in np.unique(records["level"]).tolist():
        scale = GROWTH**level
        size = round(width / scale), round(height / scale)
        image = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA) if level else pixels
        image = cv2.GaussianBlur(image, (7, 7), 2)
        chosen = np.flatnonzero(records["level"] == level)
        x = np.rint(records["x"][chosen] / 32 * size[0] / width).clip(EDGE - 2, size[0] - EDGE + 1)
        y = np.rint(records["y"][chosen] / 32 * size[1] / height).clip(EDGE - 2, size[1] - EDGE + 1)
        offsets = (_POINTS[..., 1] * size[0] + _POINTS[..., 0]).astype(np.int32)
        middle = (y * size[0] + x).astype(np.int32)
        light = image.ravel().take(offsets[directions[chosen]] + middle[:, None, None])
        made[chosen] = np.packbits(light[:, 0] < light[:, 1], axis=1)
    return made


def mirrored(records: np.ndarray, width: int) -> np.ndarray:
    """Give the corners of the mirror image."""
    made = records.copy()
    made["x"] = np.clip((width - 1) * 32 - records["x"].astype(np.int64), 0, None)
    made["angle"] = (128 - records["angle"].astype(np.int64)) % 256
    made["descriptor"] = np.roll(records["descriptor"], 16, axis=1)
    return made


def records(packed: bytes) -> np.ndarray:
    """Give the corners that were packed."""
    return np.frombuffer(packed, dtype=RECORD)
