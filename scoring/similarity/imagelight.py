"""Lay one picture over another and see where their light agrees: corners may be alike by chance, places are not.

The small copy is kept as JPEG would keep it, as rounded waves of squares of eight pixels, but so that reading it takes
zlib and arithmetic alone: a sketch comes from where foreign files are decoded, and no decoder of images touches it.
"""

import math
import zlib
from functools import lru_cache

import cv2
import numpy as np
from scipy.fft import dctn, idctn

from scoring.similarity.errors import UnreadableSketch
from scoring.similarity.shrinking import Shrinking

SIDE = 256
"""Longer side, in pixels, of the small picture that is kept for this."""

WINDOW = 9
"""Side, in pixels, of the surroundings in which light is compared."""

TEXTURE = 4.0
"""Grey levels of standard deviation from which surroundings show something."""

AGREED = 0.6
"""Correlation from which surroundings agree."""

UNLIKE = 0.6
"""What a place that disagrees weighs against one that agrees, when it is told which part of two pictures is shared."""

EMPTY = 0.05
"""What a place weighs in which neither picture shows anything: a sky ends where the picture does."""

DOUBT = 0.02
"""Share of a picture that is counted as disagreeing before anything is looked at: a few agreeing dots prove nothing."""

_SQUARE = 8

_FREQUENCY = np.add.outer(np.arange(_SQUARE), np.arange(_SQUARE))

_STEPS = 14.0 + 8.0 * _FREQUENCY
"""By how much a wave may be off; of the fine ones, which are seen less, by more."""

_ORDER = np.argsort(_FREQUENCY.ravel(), kind="stable")


def packed_light(pixels: np.ndarray) -> bytes:
    """Pack a small copy of grey pixels of shape (height, width), dtype uint8."""
    share = min(1.0, SIDE / max(pixels.shape))
    width, height = (max(1, round(side * share)) for side in pixels.shape[::-1])
    small = Shrinking(pixels).to(width, height)
    filled = np.pad(small, ((0, -height % _SQUARE), (0, -width % _SQUARE)), mode="edge").astype(np.float64) - 128
    squares = filled.reshape(filled.shape[0] // _SQUARE, _SQUARE, -1, _SQUARE).transpose(0, 2, 1, 3)
    found = dctn(np.ascontiguousarray(squares), axes=(2, 3), norm="ortho", overwrite_x=True)
    waves = np.rint(found / _STEPS).clip(-127, 127).astype(np.int8)
    # Waves of one kind side by side pack best: most of the fine ones are 0.
    rows = waves.reshape(-1, _SQUARE * _SQUARE)[:, _ORDER].T.copy()
    rows[0] = np.diff(rows[0], prepend=np.int8(0))
    return bytes((width - 1, height - 1)) + zlib.compress(rows.tobytes())


def light(packed: bytes) -> np.ndarray:
    """Give what `packed_light` packed, float32 of shape (height, width), at most `SIDE` a side.

    Raises
    ------
    UnreadableSketch
    """
    return _light(packed).astype(np.float32)


def check_light(packed: bytes) -> None:
    """Raise UnreadableSketch unless `light` can read it, at a tenth of what reading it costs."""
    _waves(packed)


@lru_cache(maxsize=512)
def _light(packed: bytes) -> np.ndarray:
    width, height, waves = _waves(packed)
    rows = np.empty_like(waves)
    rows[_ORDER] = waves
    rows[0] = np.cumsum(rows[0], dtype=np.int8)
    down, across = _squares(width, height)
    squares = idctn(rows.T.reshape(down, across, _SQUARE, _SQUARE) * _STEPS, axes=(2, 3), norm="ortho")
    whole = squares.transpose(0, 2, 1, 3).reshape(down * _SQUARE, across * _SQUARE)
    return np.rint(whole[:height, :width] + 128).clip(0, 255).astype(np.uint8)


def _waves(packed: bytes) -> tuple[int, int, np.ndarray]:
    """Give width, height, and the waves by kind, of shape (64, squares)."""
    unpacker = zlib.decompressobj()
    try:
        width, height = packed[0] + 1, packed[1] + 1
        squares = math.prod(_squares(width, height))
        plain = unpacker.decompress(packed[2:], squares * _SQUARE * _SQUARE + 1)
        waves = np.frombuffer(plain, dtype=np.int8).reshape(-1, squares)
    except (zlib.error, ValueError, IndexError) as problem:
        raise UnreadableSketch("The small picture of a sketch is damaged.") from problem
    if len(waves) != _SQUARE * _SQUARE or not unpacker.eof:
        raise UnreadableSketch("The small picture of a sketch is damaged.")
    return width, height, waves


def _squares(width: int, height: int) -> tuple[int, int]:
    """Give how many squares stand one below the other, and side by side."""
    return -(-height // _SQUARE), -(-width // _SQUARE)


def turned(image: np.ndarray, attitude: int) -> np.ndarray:
    """Give a picture in one of the eight attitudes, by their number in `imagesketch.ATTITUDES`."""
    across = image[:, ::-1]
    made = (image, across, image[::-1, ::-1], image[::-1], image.T, image[::-1].T, image[::-1, ::-1].T, across.T)
    return np.ascontiguousarray(made[attitude])


def laid_over(a: np.ndarray, b: np.ndarray) -> float:
    """Give the share of what two pictures show in which they agree when one is stretched to the other's size."""
    if min(*a.shape, *b.shape) < WINDOW:
        return 0.0
    stretched = cv2.resize(b, a.shape[::-1], interpolation=cv2.INTER_AREA)
    agreed, shown, _ = _compared(a, stretched, np.ones_like(a))
    return float(agreed.sum() / (shown.sum() + DOUBT * a.size))


def moved_over(
    a: np.ndarray, b: np.ndarray, movement: np.ndarray, span: tuple[float, ...]
) -> tuple[float, float, float]:
    """Compare the light of two pictures where a movement lays one over the other.

    Parameters
    ----------
    a, b : ndarray of shape (height, width)
    movement : ndarray of shape (2, 3)
        From places in `a` to places in `b`, both as shares of the longer side.
    span : tuple of float
        Left, top, right, bottom in `b`, shares of its width and height: where corners were found to move together.

    Returns
    -------
    within, covered, common : float
        Between 0 and 1. Share of what is shown in the span that agrees; share of all that one of the two shows that is
        found again in the other, of the two the greater; share of what is shown wherever both lie that agrees.
    """
    matrix, scale = _in_pixels(a, b, movement)
    if scale > 1:
        inverse = cv2.invertAffineTransform(matrix)
        inside = cv2.warpAffine(_rectangle(b, span), inverse, a.shape[::-1])
        return _moved(b, a, inverse, 1 / scale, inside > 0.5)
    return _moved(a, b, matrix, scale, _rectangle(b, span) > 0.5)


def shared_boxes(
    a: np.ndarray, b: np.ndarray, movement: np.ndarray, a_span: tuple[float, ...], b_span: tuple[float, ...]
) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Give the rectangle of each of two pictures in which they agree where a movement lays one over the other.

    Parameters
    ----------
    a, b : ndarray of shape (height, width)
    movement : ndarray of shape (2, 3)
        From places in `a` to places in `b`, both as shares of the longer side.
    a_span, b_span : tuple of float
        Left, top, right, bottom, shares of width and height: where corners were found to move together.

    Returns
    -------
    a_box, b_box : tuple of float
        As the spans, which they include.
    """
    matrix, scale = _in_pixels(a, b, movement)
    inverse = cv2.invertAffineTransform(matrix)
    if scale > 1:
        a_box, b_box = _box(b, a, inverse, 1 / scale, a_span)
    else:
        b_box, a_box = _box(a, b, matrix, scale, b_span)
    return _joined(a_box, a_span), _joined(b_box, b_span)


def _box(
    a: np.ndarray, b: np.ndarray, matrix: np.ndarray, scale: float, span: tuple[float, ...]
) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Give the shared rectangle of `b`, into whose frame `a` is brought, and that of `a`."""
    laid = _laid(a, b, matrix, scale)
    if laid is None:
        return span, (1.0, 1.0, 0.0, 0.0)
    warped, there, _, _ = laid
    agreed, shown, _ = _compared(warped, b, there)
    worth = np.where(agreed, 1.0, np.where(shown, -UNLIKE, np.where(there > 0.5, EMPTY, -EMPTY)))
    width = b.shape[1]
    left, right = (min(round(side * width), width - 1) for side in (span[0], span[2]))
    for _ in range(3):
        top, bottom = _worthiest(worth[:, left : right + 1].sum(axis=1))
        left, right = _worthiest(worth[top : bottom + 1].sum(axis=0))
    low, high = np.array([left, top]) - 0.5, np.array([right, bottom]) + 0.5
    corners = np.array([low, (high[0], low[1]), high, (low[0], high[1])])
    inverse = cv2.invertAffineTransform(matrix)
    return _as_shares(corners, b), _as_shares(corners @ inverse[:, :2].T + inverse[:, 2], a)


def _worthiest(worth: np.ndarray) -> tuple[int, int]:
    """Give the first and the last place of the run with the greatest sum."""
    sums = np.concatenate([[0.0], worth.cumsum()])
    gains = sums[1:] - np.minimum.accumulate(sums)[:-1]
    last = int(gains.argmax())
    return int(sums[: last + 1].argmin()), last


def _as_shares(places: np.ndarray, image: np.ndarray) -> tuple[float, ...]:
    """Give the rectangle around places in pixels, whose middles have whole numbers, within a picture."""
    sides = np.concatenate([places.min(axis=0), places.max(axis=0)]) + 0.5
    return tuple((sides / np.tile(image.shape[::-1], 2)).clip(0, 1).tolist())


def _joined(one: tuple[float, ...], other: tuple[float, ...]) -> tuple[float, ...]:
    return (*map(min, one[:2], other[:2]), *map(max, one[2:], other[2:]))


def _laid(
    a: np.ndarray, b: np.ndarray, matrix: np.ndarray, scale: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray] | None:
    """Bring `a`, which becomes smaller by it, into the frame of `b`.

    Returns it there, where it lies, it as small as it becomes and how that lies in `b`; None when too little is left.
    """
    size = max(1, round(a.shape[1] * scale)), max(1, round(a.shape[0] * scale))
    small = cv2.resize(a, size, interpolation=cv2.INTER_AREA) if scale < 0.8 else a
    if min(*small.shape, *b.shape) < WINDOW:
        return None
    back = np.array([[a.shape[1] / small.shape[1], 0], [0, a.shape[0] / small.shape[0]]])
    fitted = np.column_stack([matrix[:, :2] @ back, matrix[:, 2]])
    warped = cv2.warpAffine(small, fitted, b.shape[::-1])
    there = cv2.warpAffine(np.ones_like(small), fitted, b.shape[::-1])
    return warped, there, small, fitted


def _moved(
    a: np.ndarray, b: np.ndarray, matrix: np.ndarray, scale: float, inside: np.ndarray
) -> tuple[float, float, float]:
    """Bring `a`, which becomes smaller by it, into the frame of `b`, and give what `moved_over` does."""
    laid = _laid(a, b, matrix, scale)
    if laid is None:
        return 0.0, 0.0, 0.0
    warped, there, small, fitted = laid
    agreed, shown, b_shows = _compared(warped, b, there)
    grown = abs(float(np.linalg.det(fitted[:, :2])))
    edge = WINDOW // 2  # where what is beyond the edge of `a` would be compared
    shows = _shows(_variance(small, cv2.blur(small, (WINDOW, WINDOW))))
    own, doubt = shows[edge:-edge, edge:-edge].sum() * grown, DOUBT * small.size * grown
    within = (agreed & inside).sum() / ((shown & inside).sum() + doubt)
    covered = max(agreed.sum() / (own + doubt), agreed.sum() / (b_shows.sum() + DOUBT * b.size))
    common = agreed.sum() / (shown.sum() + doubt)
    return float(min(1.0, within)), float(min(1.0, covered)), float(min(1.0, common))


def _compared(a: np.ndarray, b: np.ndarray, there: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Give where light agrees and where either shows something, both where `a` lies, and where `b` does at all."""
    box = (WINDOW, WINDOW)
    a_mean, b_mean = cv2.blur(a, box), cv2.blur(b, box)
    common = cv2.blur(a * b, box) - a_mean * b_mean
    a_variance, b_variance = _variance(a, a_mean), _variance(b, b_mean)
    valid = cv2.erode(there, np.ones(box)) > 0.99
    b_shows = _shows(b_variance)
    shown = (_shows(a_variance) | b_shows) & valid
    alike = common > AGREED * np.sqrt(a_variance * b_variance) + 1e-3
    return shown & alike, shown, b_shows


def _variance(image: np.ndarray, mean: np.ndarray) -> np.ndarray:
    """Give the variance of the surroundings of each pixel, in squared grey levels; their mean is known."""
    return np.maximum(cv2.blur(image * image, (WINDOW, WINDOW)) - mean**2, 0)


def _shows(variance: np.ndarray) -> np.ndarray:
    return variance > TEXTURE**2


def _rectangle(image: np.ndarray, span: tuple[float, ...]) -> np.ndarray:
    height, width = image.shape
    drawn = np.zeros_like(image)
    left, right = int(span[0] * width), math.ceil(span[2] * width)
    drawn[int(span[1] * height) : math.ceil(span[3] * height), left:right] = 1
    return drawn


def _in_pixels(a: np.ndarray, b: np.ndarray, movement: np.ndarray) -> tuple[np.ndarray, float]:
    """Turn shares of the longer side into pixels of the small pictures, whose middles have whole numbers.

    Returns the movement in these, and by how much it enlarges.
    """
    grown = max(b.shape) / max(a.shape)
    linear = movement[:, :2] * grown
    shift = movement[:, 2] * max(b.shape) - 0.5 + linear @ np.array([0.5, 0.5])
    return np.column_stack([linear, shift]), math.hypot(linear[0, 0], linear[1, 0])
