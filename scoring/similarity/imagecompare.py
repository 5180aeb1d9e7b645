"""Compare two pictures: is one, or a part of one, in the other, and how was it moved?"""

import cv2
import numpy as np

from scoring.similarity.calibration import calibrated_scopes
from scoring.similarity.errors import DifferentVersions
from scoring.similarity.findings import Evidence, Finding
from scoring.similarity.imagecorners import records
from scoring.similarity.imagelight import laid_over, light, moved_over, shared_boxes, turned
from scoring.similarity.imagemoves import Movement, movements
from scoring.similarity.imagesketch import ATTITUDES, MIN_QUALITY, SKETCH_VERSION, ImageSketch

NEAR = 90
"""Bits of 256 in which the hashes of unrelated pictures hardly ever agree so well."""

MOVED = 0.03
"""Share of the longer side by which what is common lies elsewhere when it counts as moved; a series keeps a layout."""

SEEN = 0.05
"""Probability from which it is told exactly which part is shared; looking for it costs a tenth of a comparison."""

MEASURES = ("corners", "within", "covered", "common", "moved", "hash", "whole")
"""What is measured of a pair: cells of corners that move together; the shares of light that `imagelight.moved_over`
gives; how far what is common lies elsewhere, from 0 to 1; bits of 256 in which hashes agree, 0 without hashes;
the share of light that agrees in the attitude that the hash tells, 0 beyond `NEAR`.
"""


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
        done to the picture: ``"mirrored"``, ``"rotated=<degrees>"``, ``"scaled=<percent>"`` (of its size when both
        pictures are shown with equally long sides), ``"cropped"``.
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
        weight = float(len(records(a.corners)))
        piece = Evidence("region", (0.0, 0.0, 1.0, 1.0), (0.0, 0.0, 1.0, 1.0), max(weight, 1.0))
        measures = {**dict.fromkeys(MEASURES, 1.0), "corners": weight, "hash": 256.0}
        return Finding(1.0, "image", {"image": 1.0}, (piece,), measures)
    distance, attitude = hash_distance(a, b)
    whole = round(laid_over(light(a.light), turned(light(b.light), attitude)), 6) if distance <= NEAR else 0.0
    measures = {**dict.fromkeys(MEASURES, 0.0), "hash": float(256 - distance), "whole": whole}
    movement, best = None, -1.0
    for tried in movements(a.corners, b.corners, b.width):
        agreement = _agreement(a, b, tried)
        if sum(agreement) > best:
            movement, best = tried, sum(agreement)
            measures |= dict(zip(("within", "covered", "common"), (round(one, 6) for one in agreement), strict=True))
    if not movement and distance > NEAR:
        return Finding(0.0, "image", {"image": 0.0}, (), measures)
    if movement:
        measures |= {"corners": float(movement.corners), "moved": round(_moved(a, b, movement), 6)}
    told = calibrated_scopes("image", measures)
    probability = max(told.values())
    as_whole = distance <= NEAR and told["hash"] > max(told[scope] for scope in told if scope != "hash")
    pieces = _pieces(a, b, None if as_whole else movement, distance, attitude, seen=probability >= SEEN)
    if not pieces or not probability:
        return Finding(0.0, "image", {"image": 0.0}, (), measures)
    return Finding(probability, "image", {"image": probability}, pieces, measures)


def _cropped(a: ImageSketch, b: ImageSketch, movement: Movement, spans: tuple[tuple[float, ...], ...]) -> bool:
    """Tell whether a part is missing: of what is common, and of how the pictures lie over one another."""
    far = np.array([(0, 0), (a.width, 0), (a.width, a.height), (0, a.height)], dtype=np.float32)
    laid = (far @ movement.matrix[:, :2].T + movement.matrix[:, 2]).astype(np.float32)
    frame = np.array([(0, 0), (b.width, 0), (b.width, b.height), (0, b.height)], dtype=np.float32)
    common, _ = cv2.intersectConvexConvex(laid, frame)
    missing = common < 0.9 * max(cv2.contourArea(laid), cv2.contourArea(frame))
    return missing and min((right - left) * (bottom - top) for left, top, right, bottom in spans) < 0.8


def _pieces(
    a: ImageSketch, b: ImageSketch, movement: Movement | None, distance: int, attitude: int, *, seen: bool
) -> tuple[Evidence, ...]:
    if movement:
        changes = ["mirrored"] if movement.mirrored else []
        if abs(movement.turn) >= 1.5:
            changes.append(f"rotated={round(movement.turn)}")
        if abs(movement.scale - 1) >= 0.04:
            changes.append(f"scaled={round(movement.scale * 100)}")
        spans = _spans(a, b, movement) if seen else _cornered(a, b, movement)
        if _cropped(a, b, movement, spans):
            changes.append("cropped")
        piece = Evidence("region", *spans, float(movement.corners), tuple(changes))
        return (piece,)
    if distance <= NEAR:
        whole = (0.0, 0.0, 1.0, 1.0)
        changes = [ATTITUDES[attitude]] if ATTITUDES[attitude] else []
        return (Evidence("region", whole, whole, (NEAR - distance) / 10, tuple(changes)),)
    return ()


def stretched_agreement(a: ImageSketch, b: ImageSketch) -> tuple[int, float]:
    """Give the corners that move together, and how much light agrees among them when width and height scale apart."""
    best = (0, 0.0)
    for movement in movements(a.corners, b.corners, b.width):
        places = np.column_stack([movement.a_places, np.ones(len(movement.a_places))])
        matrix = np.linalg.lstsq(places, movement.b_places, rcond=None)[0].T
        if abs(np.linalg.det(matrix[:, :2])) > 0.01:
            best = max(best, (movement.corners, _agreement(a, b, movement, matrix)[0]), key=lambda one: one[1])
    return best


def _agreement(
    a: ImageSketch, b: ImageSketch, movement: Movement, matrix: np.ndarray | None = None
) -> tuple[float, float, float]:
    """Give within, covered and common (`moved_over`) where the movement lays `a` over `b`, or over its mirror image."""
    shares = _in_shares(a, b, movement.matrix if matrix is None else matrix)
    return moved_over(light(a.light), _other(b, movement), shares, _span(movement.b_places, b))


def _other(b: ImageSketch, movement: Movement) -> np.ndarray:
    """Give the small copy of `b`, or its mirror image, over which the movement lays the other picture."""
    other = light(b.light)
    return np.ascontiguousarray(other[:, ::-1]) if movement.mirrored else other


def _in_shares(a: ImageSketch, b: ImageSketch, matrix: np.ndarray) -> np.ndarray:
    """Turn a movement in pixels into one in shares of the longer sides."""
    a_side, b_side = max(a.width, a.height), max(b.width, b.height)
    linear = matrix[:, :2]
    # Corners have whole numbers in the middle of a pixel; shares begin at the edge.
    shift = (matrix[:, 2] + 0.5 - linear @ np.array([0.5, 0.5])) / b_side
    return np.column_stack([linear * (a_side / b_side), shift])


def _moved(a: ImageSketch, b: ImageSketch, movement: Movement) -> float:
    """Tell how far what is common lies elsewhere, or is mirrored or of another size: 0 in its place, 1 elsewhere.

    An emblem that is turned onto itself has not moved, so what agrees in its place counts against it.
    """
    a_side, b_side = max(a.width, a.height), max(b.width, b.height)
    far = np.hypot(*(movement.a_places / a_side - movement.b_places / b_side).T)
    moved = 1.0 if movement.mirrored else min(1.0, float(far.mean()) / MOVED)
    return moved * max(0.0, 1 - 2 * laid_over(light(a.light), light(b.light))) if moved else 0.0


def _spans(a: ImageSketch, b: ImageSketch, movement: Movement) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Give the rectangle that is shared: around the corners that moved together, and as far as the light agrees."""
    shares, corners = _in_shares(a, b, movement.matrix), (_span(movement.a_places, a), _span(movement.b_places, b))
    a_box, b_box = shared_boxes(light(a.light), _other(b, movement), shares, *corners)
    return _rounded(a_box), _rounded(_across(b_box) if movement.mirrored else b_box)


def _cornered(a: ImageSketch, b: ImageSketch, movement: Movement) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Give the rectangle around the corners alone, for a pair that nobody will look at."""
    b_span = _span(movement.b_places, b)
    return _rounded(_span(movement.a_places, a)), _rounded(_across(b_span) if movement.mirrored else b_span)


def _across(box: tuple[float, ...]) -> tuple[float, ...]:
    """Give a rectangle of a mirror image as it lies in the picture itself."""
    return 1 - box[2], box[1], 1 - box[0], box[3]


def _rounded(box: tuple[float, ...]) -> tuple[float, ...]:
    return tuple(round(min(1.0, max(0.0, side)), 4) for side in box)


def _span(places: np.ndarray, sketch: ImageSketch) -> tuple[float, ...]:
    low, high = places.min(axis=0), places.max(axis=0)
    sides = (low[0] / sketch.width, low[1] / sketch.height, high[0] / sketch.width, high[1] / sketch.height)
    return tuple(round(min(1.0, max(0.0, float(side))), 4) for side in sides)
