"""Compare two pictures: is one, or a part of one, in the other, and how was it moved?"""

import math
from dataclasses import dataclass

import cv2
import numpy as np

from scoring.similarity.calibration import calibrated_scopes
from scoring.similarity.errors import DifferentVersions
from scoring.similarity.findings import Evidence, Finding
from scoring.similarity.imagelight import laid_over, light, moved_over, turned
from scoring.similarity.imagesketch import ATTITUDES, MIN_QUALITY, SKETCH_VERSION, ImageSketch, unpacked

MAX_DISTANCE = 72
"""Bits of 256 in which two descriptors of the same corner may differ."""

TOLERANCE = 5.0
"""Pixels by which a corner may miss the place the common movement gives it."""

MIN_CORNERS = 6
"""Corners that must move together before it is looked at."""

NEAR = 90
"""Bits of 256 in which the hashes of unrelated pictures hardly ever agree so well."""

MEASURES = ("corners", "density", "within", "covered", "hash", "whole")


@dataclass(frozen=True, slots=True)
class _Movement:
    mirrored: bool
    corners: int
    density: float
    matrix: np.ndarray
    a_span: tuple[float, ...]
    b_span: tuple[float, ...]

    @property
    def scale(self) -> float:
        return math.hypot(self.matrix[0, 0], self.matrix[1, 0])

    @property
    def turn(self) -> float:
        return math.degrees(math.atan2(self.matrix[1, 0], self.matrix[0, 0]))


def compare_image(a: ImageSketch, b: ImageSketch) -> Finding:
    """Compare two pictures.

    Parameters
    ----------
    a, b : ImageSketch
        Of the same version.

    Returns
    -------
    Finding
        Evidence of kind ``"region"``: spans are (left, top, right, bottom) as shares of width and height. What was
        done to the picture: ``"mirrored"``, ``"rotated=<degrees>"``, ``"scaled=<percent>"``, ``"cropped"``.
        Exchanging the arguments exchanges the sides.

    Raises
    ------
    DifferentVersions
    """
    for sketch in (a, b):
        if sketch.version != SKETCH_VERSION:
            raise DifferentVersions(sketch.version, SKETCH_VERSION)
    if a.digest > b.digest:
        return _compare(b, a).swapped()
    return _compare(a, b)


def hash_distance(a: ImageSketch, b: ImageSketch) -> tuple[int, int]:
    """Give the least number of differing bits over the eight attitudes of `b`, and the attitude; (256, 0) if none."""
    if not a.hashes or not b.hashes or min(a.quality, b.quality) < MIN_QUALITY:
        return 256, 0
    own = int(a.hashes[0], 16)
    distances = [(own ^ int(other, 16)).bit_count() for other in b.hashes]
    best = int(np.argmin(distances))
    return distances[best], best


def _compare(a: ImageSketch, b: ImageSketch) -> Finding:
    if a.digest == b.digest and (a.corners or a.quality >= MIN_QUALITY):
        weight = float(len(unpacked(a.corners)[0]))
        piece = Evidence("region", (0.0, 0.0, 1.0, 1.0), (0.0, 0.0, 1.0, 1.0), max(weight, 1.0))
        measures = {**dict.fromkeys(MEASURES, 1.0), "corners": weight, "hash": 256.0}
        return Finding(1.0, "image", {"image": 1.0}, (piece,), measures)
    distance, attitude = hash_distance(a, b)
    movement = _best_movement(a, b)
    within, covered = _agreement(a, b, movement) if movement else (0.0, 0.0)
    measures = {
        "corners": float(movement.corners) if movement else 0.0,
        "density": round(movement.density, 6) if movement else 0.0,
        "within": round(within, 6),
        "covered": round(covered, 6),
        "hash": float(256 - distance),
        "whole": round(laid_over(light(a.light), turned(light(b.light), attitude)), 6) if distance <= NEAR else 0.0,
    }
    told = calibrated_scopes("image", measures)
    probability = max(told.values())
    as_whole = distance <= NEAR and told["hash"] > told["corners"]
    pieces = _pieces(None if as_whole else movement, distance, attitude)
    if not pieces or not probability:
        return Finding(0.0, "image", {"image": 0.0}, (), measures)
    return Finding(probability, "image", {"image": probability}, pieces, measures)


def _area(movement: _Movement) -> float:
    spans = movement.a_span, movement.b_span
    return max((right - left) * (bottom - top) for left, top, right, bottom in spans)


def _pieces(movement: _Movement | None, distance: int, attitude: int) -> tuple[Evidence, ...]:
    if movement:
        changes = ["mirrored"] if movement.mirrored else []
        if abs(movement.turn) >= 1.5:
            changes.append(f"rotated={round(movement.turn)}")
        if abs(movement.scale - 1) >= 0.04:
            changes.append(f"scaled={round(movement.scale * 100)}")
        if _area(movement) < 0.7:
            changes.append("cropped")
        piece = Evidence("region", movement.a_span, movement.b_span, float(movement.corners), tuple(changes))
        return (piece,)
    if distance <= NEAR:
        whole = (0.0, 0.0, 1.0, 1.0)
        changes = [ATTITUDES[attitude]] if ATTITUDES[attitude] else []
        return (Evidence("region", whole, whole, (NEAR - distance) / 10, tuple(changes)),)
    return ()


def _best_movement(a: ImageSketch, b: ImageSketch) -> _Movement | None:
    found = [
        movement
        for mirrored in (False, True)
        if (movement := _movement(a, b, mirrored=mirrored)) and movement.corners >= MIN_CORNERS
    ]
    return max(found, key=lambda one: (one.corners, not one.mirrored), default=None)


def _movement(a: ImageSketch, b: ImageSketch, *, mirrored: bool) -> _Movement | None:
    a_places, a_corners = unpacked(a.corners)
    b_places, b_corners = unpacked(b.mirrored if mirrored else b.corners)
    if min(len(a_corners), len(b_corners)) < MIN_CORNERS:
        return None
    pairs = cv2.BFMatcher(cv2.NORM_HAMMING, crossCheck=True).match(a_corners, b_corners)
    close = sorted((pair.queryIdx, pair.trainIdx) for pair in pairs if pair.distance <= MAX_DISTANCE)
    if len(close) < MIN_CORNERS:
        return None
    first = a_places[[left for left, _ in close]]
    second = b_places[[right for _, right in close]]
    matrix, inside = cv2.estimateAffinePartial2D(
        first, second, method=cv2.RANSAC, ransacReprojThreshold=TOLERANCE, maxIters=2000, confidence=0.999
    )
    if matrix is None:
        return None
    kept = inside.ravel().astype(bool)
    scale = math.hypot(matrix[0, 0], matrix[1, 0])
    if not 0.15 <= scale <= 7 or not kept.any():
        return None
    return _described(a, b, first[kept], second[kept], (a_places, b_places), matrix, mirrored=mirrored)


def _described(
    a: ImageSketch,
    b: ImageSketch,
    first: np.ndarray,
    second: np.ndarray,
    places: tuple[np.ndarray, np.ndarray],
    matrix: np.ndarray,
    *,
    mirrored: bool,
) -> _Movement:
    # Many corners on one spot (a letter, a logo's edge) are one observation: count the cells of a grid they fill.
    cells = {(int(x) // 12, int(y) // 12) for x, y in first.tolist()}
    other = {(int(x) // 12, int(y) // 12) for x, y in second.tolist()}
    density = min(1.0, len(first) / max(1, min(_inside(first, places[0]), _inside(second, places[1]))))
    if mirrored:
        second = np.column_stack([b.width - second[:, 0], second[:, 1]])
    spans = _span(first, a), _span(second, b)
    return _Movement(mirrored, min(len(cells), len(other)), density, matrix, *spans)


def _agreement(a: ImageSketch, b: ImageSketch, movement: _Movement) -> tuple[float, float]:
    """Look at the light where the movement lays `a` over `b`, or over its mirror image."""
    other, (left, top, right, bottom) = light(b.light), movement.b_span
    if movement.mirrored:
        other, left, right = np.ascontiguousarray(other[:, ::-1]), 1 - right, 1 - left
    a_side, b_side = max(a.width, a.height), max(b.width, b.height)
    linear = movement.matrix[:, :2]
    # Corners have whole numbers in the middle of a pixel; shares begin at the edge.
    shift = (movement.matrix[:, 2] + 0.5 - linear @ np.array([0.5, 0.5])) / b_side
    shares = np.column_stack([linear * (a_side / b_side), shift])
    return moved_over(light(a.light), other, shares, (left, top, right, bottom))


def _inside(chosen: np.ndarray, places: np.ndarray) -> int:
    """Count the corners in the rectangle around the chosen ones."""
    low, high = chosen.min(axis=0), chosen.max(axis=0)
    return int(((places >= low) & (places <= high)).all(axis=1).sum())


def _span(places: np.ndarray, sketch: ImageSketch) -> tuple[float, ...]:
    low, high = places.min(axis=0), places.max(axis=0)
    sides = (low[0] / sketch.width, low[1] / sketch.height, high[0] / sketch.width, high[1] / sketch.height)
    return tuple(round(min(1.0, max(0.0, float(side))), 4) for side in sides)
