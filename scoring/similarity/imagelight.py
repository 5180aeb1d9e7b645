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

SIDE = 256
"""Longer side, in pixels, of the small picture that is kept for this."""

WINDOW = 9
"""Side, in pixels, of the surroundings in which light is compared."""

TEXTURE = 4.0
"""Grey levels of standard deviation from which surroundings show something."""

AGREED = 0.6
"""Correlation from which surroundings agree."""

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
    small = cv2.resize(pixels, (width, height), interpolation=cv2.INTER_AREA)
    filled = np.pad(small, ((0, -height % _SQUARE), (0, -width % _SQUARE)), mode="edge").astype(np.float64) - 128
    squares = filled.reshape(filled.shape[0] // _SQUARE, _SQUARE, -1, _SQUARE).transpose(0, 2, 1, 3)
    waves = np.rint(dctn(squares, axes=(2, 3), norm="ortho") / _STEPS).clip(-127, 127).astype(np.int8)
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


@lru_cache(maxsize=512)
def _light(packed: bytes) -> np.ndarray:
    unpacker = zlib.decompressobj()
    try:
        width, height = packed[0] + 1, packed[1] + 1
        down, across = -(-height // _SQUARE), -(-width // _SQUARE)
        size = down * across * _SQUARE * _SQUARE
        waves = np.frombuffer(unpacker.decompress(packed[2:], size + 1), dtype=np.int8).reshape(-1, down * across)
    except (zlib.error, ValueError, IndexError) as problem:
        raise UnreadableSketch("The small picture of a sketch is damaged.") from problem
    if len(waves) != _SQUARE * _SQUARE or not unpacker.eof:
        raise UnreadableSketch("The small picture of a sketch is damaged.")
    rows = np.empty_like(waves)
    rows[_ORDER] = waves
    rows[0] = np.cumsum(rows[0], dtype=np.int8)
    squares = idctn(rows.T.reshape(down, across, _SQUARE, _SQUARE) * _STEPS, axes=(2, 3), norm="ortho")
    whole = squares.transpose(0, 2, 1, 3).reshape(down * _SQUARE, across * _SQUARE)
    return np.rint(whole[:height, :width] + 128).clip(0, 255).astype(np.uint8)


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
    matrix = _in_pixels(a, b, movement)
    scale = math.hypot(matrix[0, 0], matrix[1, 0])
    if scale > 1:
        inverse = cv2.invertAffineTransform(matrix)
        inside = cv2.warpAffine(_rectangle(b, span), inverse, a.shape[::-1])
        return _moved(b, a, inverse, 1 / scale, inside > 0.5)
    return _moved(a, b, matrix, scale, _rectangle(b, span) > 0.5)


def _moved(
    a: np.ndarray, b: np.ndarray, matrix: np.ndarray, scale: float, inside: np.ndarray
) -> tuple[float, float, float]:
    """Bring `a`, which becomes smaller by it, into the frame of `b`, and give what `moved_over` does."""
    size = max(1, round(a.shape[1] * scale)), max(1, round(a.shape[0] * scale))
    small = cv2.resize(a, size, interpolation=cv2.INTER_AREA) if scale < 0.8 else a
    if min(*small.shape, *b.shape) < WINDOW:
        return 0.0, 0.0, 0.0
    back = np.array([[a.shape[1] / small.shape[1], 0], [0, a.shape[0] / small.shape[0]]])
    fitted = np.column_stack([matrix[:, :2] @ back, matrix[:, 2]])
    warped = cv2.warpAffine(small, fitted, b.shape[::-1])
    there = cv2.warpAffine(np.ones_like(small), fitted, b.shape[::-1])
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


def _in_pixels(a: np.ndarray, b: np.ndarray, movement: np.ndarray) -> np.ndarray:
    """Turn shares of the longer side into pixels of the small pictures, whose middles have whole numbers."""
    grown = max(b.shape) / max(a.shape)
    linear = movement[:, :2] * grown
    shift = movement[:, 2] * max(b.shape) - 0.5 + linear @ np.array([0.5, 0.5])
    return np.column_stack([linear, shift])
