"""Compare two videos: which stretch of one is in the other, how fast, how moved."""

from dataclasses import dataclass

import numpy as np

from scoring.similarity.calibration import calibrated
from scoring.similarity.errors import DifferentVersions
from scoring.similarity.findings import Evidence, Finding
from scoring.similarity.imagechannel import ImageChannel
from scoring.similarity.imagecompare import compare_image, hash_distance, stretched_agreement
from scoring.similarity.imagesketch import ATTITUDES, ImageSketch
from scoring.similarity.videosketch import SKETCH_VERSION, VideoSketch

TRIED = 3
"""Pictures of the other video that each key picture is compared with."""

SPEEDS = tuple(round(1.03**step, 6) for step in range(-9, 10))
"""Factors of speed that are tried."""

SLACK = 2.5
"""Seconds by which a picture may miss the place that offset and speed give it."""

ALIKE = 0.5
"""Probability from which two key pictures count as the same."""

MOVED, AGREED = 6, 0.6
"""Corners of two key pictures that must move together, and share of the light among them that must agree, for them to
count as the same, if only just: the moments differ."""

STRETCHED = 10
"""Corners from which it is tried whether width and height were scaled apart."""

MEASURES = ("pictures", "best", "share")


@dataclass(frozen=True, slots=True)
class _Same:
    a_time: float
    b_time: float
    probability: float
    transformation: tuple[str, ...]


def compare_video(a: VideoSketch, b: VideoSketch) -> Finding:
    """Compare the pictures of two videos; their sound tracks are compared as sounds.

    Parameters
    ----------
    a, b : VideoSketch
        Of the same version.

    Returns
    -------
    Finding
        Evidence of kind ``"time"``: spans are (start, end) in seconds of the stretch in which key pictures agree, its
        weight their number. What was done: as for pictures (``"mirrored"``, ``"cropped"`` …) and ``"speed=<percent>"``.
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


def _compare(a: VideoSketch, b: VideoSketch) -> Finding:
    if a.digest == b.digest and a.keys:
        piece = Evidence("time", (0.0, a.seconds), (0.0, b.seconds), float(len(a.keys)))
        measures = {"best": 1.0, "pictures": float(len(a.keys)), "share": 1.0}
        return Finding(1.0, "video", {"video": 1.0}, (piece,), measures)
    same = _same_pictures(a, b)
    if not same:
        return Finding(0.0, "video", {"video": 0.0}, (), dict.fromkeys(MEASURES, 0.0))
    speed, run = _longest_run(same)
    pictures = min(len({one.a_time for one in run}), len({one.b_time for one in run}))
    measures = {
        "best": max(one.probability for one in run),
        "pictures": float(pictures),
        "share": round(pictures / max(1, min(len(a.keys), len(b.keys))), 6),
    }
    probability = calibrated("video", measures)
    piece = Evidence("time", *_spans(run, a, b), float(pictures), _changes(run, speed))
    return Finding(probability, "video", {"video": probability}, (piece,) if probability else (), measures)


def _same_pictures(a: VideoSketch, b: VideoSketch) -> list[_Same]:
    """Compare each key picture of `a` with the nearest few of `b`."""
    channel = ImageChannel()
    for slot, key in enumerate(b.keys):
        channel.add(slot, key)
    same = []
    for time, key in zip(a.times, a.keys, strict=True):
        for slot, _ in channel.search(key, TRIED)[:TRIED]:
            told, transformation = _alike(key, b.keys[slot])
            if told >= ALIKE:
                same.append(_Same(time, b.times[slot], told, transformation))
    return same


def _alike(a: ImageSketch, b: ImageSketch) -> tuple[float, tuple[str, ...]]:
    distance, attitude = hash_distance(a, b)
    if distance <= 20:
        return 0.99, (ATTITUDES[attitude],) if ATTITUDES[attitude] else ()
    finding = compare_image(a, b)
    if not finding.evidence:
        return finding.probability, ()
    transformation = finding.evidence[0].transformation
    corners, within = finding.measures["corners"], finding.measures["within"]
    alike = corners >= MOVED and within >= AGREED
    if not alike and corners >= STRETCHED:
        corners, within = stretched_agreement(a, b)
        alike = corners >= STRETCHED and within >= AGREED
    return max(ALIKE, finding.probability) if alike else finding.probability, transformation


def _longest_run(same: list[_Same]) -> tuple[float, list[_Same]]:
    """Give the speed and the pictures that agree on one offset, the most of them; near normal speed when equal."""
    a_times = np.array([one.a_time for one in same])
    b_times = np.array([one.b_time for one in same])
    best: tuple[int, float, float] | None = None
    chosen: tuple[float, float] = (1.0, 0.0)
    for speed in SPEEDS:
        offsets = b_times - a_times * speed
        for offset in np.unique(np.round(offsets)).tolist():
            near = np.abs(offsets - offset) <= SLACK
            pictures = min(len(set(a_times[near].tolist())), len(set(b_times[near].tolist())))
            rank = (pictures, -abs(speed - 1), -float(np.abs(offsets[near] - offset).mean()) if near.any() else -9.0)
            if best is None or rank > best:
                best, chosen = rank, (speed, offset)
    speed, offset = chosen
    kept = np.abs(b_times - a_times * speed - offset) <= SLACK
    return speed, [one for one, near in zip(same, kept.tolist(), strict=True) if near]


def _spans(run: list[_Same], a: VideoSketch, b: VideoSketch) -> tuple[tuple[float, float], tuple[float, float]]:
    a_low, a_high = min(one.a_time for one in run), max(one.a_time for one in run)
    b_low, b_high = min(one.b_time for one in run), max(one.b_time for one in run)
    return (a_low, _until(a, a_high)), (b_low, _until(b, b_high))


def _until(sketch: VideoSketch, time: float) -> float:
    """Give the end of a key picture: where the next one begins."""
    later = [moment for moment in sketch.times if moment > time]
    return later[0] if later else max(sketch.seconds, time)


def _changes(run: list[_Same], speed: float) -> tuple[str, ...]:
    """Name what was done to most of the pictures."""
    names = [change for one in run for change in one.transformation if "=" not in change]
    kept = [name for name in ("mirrored", "cropped") if names.count(name) * 2 > len(run)]
    if abs(speed - 1) > 0.02:
        kept.append(f"speed={round(100 / speed)}")
    return tuple(kept)
