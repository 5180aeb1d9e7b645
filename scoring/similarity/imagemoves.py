"""How one picture may lie in another: movements that corners of both tell together."""

import math
from dataclasses import dataclass

import numpy as np

from scoring.similarity.imagecorners import GROWTH, LEVELS, TURN, UNIT, mirrored_records, records
from scoring.similarity.imagepairs import Pairs, paired_corners

MAX_DISTANCE = 57
"""Bits of 192 in which two descriptions of the same corner may differ."""

LOOSE, REACH = 6.0, 0.18
"""Pixels, and share of the way from one corner to the other, by which another corner may miss its place at first."""

TOLERANCE = 5.0
"""Pixels by which a corner may miss the place the common movement gives it."""

MIN_CORNERS = 4
"""Corners that must move together before it is looked at."""

TRIED = 2
"""Movements tried of a pair of pictures."""

CELL = 8
"""Pixels of a cell: many corners on one spot (a letter, a logo's edge) are one observation, so cells are counted."""

_FACTORS = GROWTH ** np.arange(-LEVELS, LEVELS)[:, None] * np.exp(2j * np.pi / TURN * np.arange(TURN))


@dataclass(frozen=True, slots=True)
class Movement:
    """A similarity from one picture to another, or to its mirror image.

    Attributes
    ----------
    mirrored : bool
    corners : int
        Cells of corners that move so.
    factor, shift : complex
        A place z becomes ``factor * z + shift``, in pixels.
    a_places, b_places : ndarray of shape (n, 2)
        The corners that move so; those of the second picture as the mirror shows them, if there is one.
    """

    mirrored: bool
    corners: int
    factor: complex
    shift: complex
    a_places: np.ndarray
    b_places: np.ndarray

    @property
    def scale(self) -> float:
        """Give how much greater the picture becomes."""
        return abs(self.factor)

    @property
    def turn(self) -> float:
        """Give the degrees by which it is turned."""
        return math.degrees(math.atan2(self.factor.imag, self.factor.real))

    @property
    def matrix(self) -> np.ndarray:
        """Give the matrix of shape (2, 3)."""
        m, t = self.factor, self.shift
        return np.array([[m.real, -m.imag, t.real], [m.imag, m.real, t.imag]])


def movements(a: bytes, b: bytes, b_width: int) -> list[Movement]:
    """Give the movements for which most speaks, the best first."""
    one, other = records(a), records(b)
    if min(len(one), len(other)) < MIN_CORNERS:
        return []
    plain, mirrored = paired_corners(a, b, MAX_DISTANCE)
    found = [
        *_moves(one, other, plain, mirror=False),
        *_moves(one, mirrored_records(b, b_width), mirrored, mirror=True),
    ]
    return sorted(found, key=lambda move: (-move.corners, move.mirrored))[:TRIED]


def _moves(a: np.ndarray, b: np.ndarray, pairs: Pairs, *, mirror: bool) -> list[Movement]:
    left, right = pairs
    if len(left) < MIN_CORNERS:
        return []
    moves, used = [], np.zeros(len(left), dtype=bool)
    agreeing = agreeing_corners(a[left], b[right])
    votes = agreeing.sum(axis=1)
    for _ in range(TRIED):
        votes[used] = 0
        best = int(np.argmax(votes))
        if votes[best] < MIN_CORNERS - 1:
            break
        chosen, factor, shift = _fitted(a[left], b[right], agreeing[best])
        used |= agreeing[best] | chosen
        used[best] = True
        if chosen.sum() >= MIN_CORNERS and 0.15 <= abs(factor) <= 7:
            moves.append(_move(a, b, left[chosen], right[chosen], factor, shift, mirror=mirror))
    return [move for move in moves if move.corners >= MIN_CORNERS]


def places(corners: np.ndarray) -> np.ndarray:
    """Give places as complex numbers, in pixels."""
    return (corners["x"] + 1j * corners["y"]) / UNIT


def agreeing_corners(a: np.ndarray, b: np.ndarray, groups: np.ndarray | None = None) -> np.ndarray:
    """Tell which pairs of corners lie as the size and direction of each pair say: bool of shape (n, n).

    One pair of corners says how a picture was moved: by their places, sizes and directions. Pairs of different groups
    are not looked at, when there are several.
    """
    step, turn = b["level"] - a["level"], (b["angle"] - a["angle"]) % TURN
    steps, turns = step.astype(np.int8), turn.astype(np.int8)
    # Steps that differ by 2 at most, and turns by 4 at most, either way round.
    alike = (steps[:, None] - steps + 2).view(np.uint8) <= 4
    alike &= (turns[:, None] - turns + 4) & (TURN - 1) <= 8
    if groups is not None:
        alike &= groups[:, None] == groups
    chosen = np.flatnonzero(alike)
    one = chosen // max(1, len(a))
    other = chosen - one * len(a)
    from_a, to_b = places(a), places(b)
    way = _FACTORS[step + LEVELS, turn][one] * (from_a[other] - from_a[one])
    missed = np.abs(to_b[one] + way - to_b[other])
    alike.ravel()[chosen] = missed <= LOOSE + REACH * np.abs(way)
    return alike


def _fitted(a: np.ndarray, b: np.ndarray, chosen: np.ndarray) -> tuple[np.ndarray, complex, complex]:
    """Fit a similarity to the chosen pairs, then to those that it moves to their places."""
    from_a, to_b = places(a), places(b)
    # A large corner is placed less exactly, by as much as it is larger.
    weights = GROWTH ** (-2.0 * np.maximum(a["level"], b["level"]))
    factor, shift = 1 + 0j, 0j
    total = np.add.reduce
    for tolerance in (3 * TOLERANCE, TOLERANCE, TOLERANCE):
        if np.count_nonzero(chosen) < 2:
            break
        one, other, weight = from_a[chosen], to_b[chosen], weights[chosen]
        weight /= total(weight)
        middle, target = total(weight * one), total(weight * other)
        one -= middle
        spread = total(weight * np.abs(one) ** 2)
        if spread < 1:
            return np.zeros_like(chosen), factor, shift
        factor = complex(total(weight * np.conj(one) * (other - target)) / spread)
        shift = complex(target - factor * middle)
        chosen = np.abs(factor * from_a + shift - to_b) <= tolerance
    return chosen, factor, shift


def _move(
    a: np.ndarray, b: np.ndarray, left: np.ndarray, right: np.ndarray, factor: complex, shift: complex, *, mirror: bool
) -> Movement:
    first, second = _flat(a[left]), _flat(b[right])
    cells = min(len(set(map(tuple, (side // CELL).tolist()))) for side in (first, second))
    return Movement(mirror, cells, factor, shift, first, second)


def _flat(corners: np.ndarray) -> np.ndarray:
    return np.column_stack([corners["x"], corners["y"]]) / UNIT
