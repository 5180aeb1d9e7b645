"""Compare two videos: which stretch of one is in the other, how fast, how moved."""

import math
from dataclasses import dataclass
from functools import lru_cache

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

READ, LOOKED_AT = 3_000, 10
"""Postings read for a key picture, and pictures of which it is looked at how their corners lie."""

FRUITLESS = 4
"""Pairs of key pictures, the likeliest first, after which the videos share nothing when none of them is the same."""

PATIENCE = 12
"""Pairs in a row that are not the same, the likeliest first, after which no more are looked at when some were."""

SPEEDS = tuple(round(1.03**step, 6) for step in range(-9, 10))
"""Factors of speed that are tried."""

SLACK = 2.5
"""Seconds by which a picture may miss the place that offset and speed give it."""

EQUAL = 20
"""Bits of 256 up to which the hashes of two key pictures tell that they are the same, and nothing else is looked at."""

ALIKE = 0.5
"""Probability from which two key pictures count as the same."""

MOVED, AGREED = 6, 0.6
"""Corners of two key pictures that must move together, and share of the light among them that must agree, for them to
count as the same, though they are hardly so probable: the moments differ."""

STRETCHED = 10
"""Corners from which it is tried whether width and height were scaled apart."""

CERTAIN = 0.995
"""No picture counts as surer than this."""

MEASURES = ("pictures", "best", "sure")
"""What is measured of a pair: key pictures that agree on one offset and speed; the probability of the surest of them;
and how sure all together are, each by -log(1 - its probability).
"""


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
        measures = {"best": 1.0, "pictures": float(len(a.keys)), "sure": round(len(a.keys) * _surety(1.0), 6)}
        return Finding(1.0, "video", {"video": 1.0}, (piece,), measures)
    same = _same_pictures(a, b)
    if not same:
        return Finding(0.0, "video", {"video": 0.0}, (), dict.fromkeys(MEASURES, 0.0))
    speed, run = _longest_run(same)
    a_best: dict[float, float] = {}
    b_best: dict[float, float] = {}
    for one in run:
        a_best[one.a_time] = max(one.probability, a_best.get(one.a_time, 0.0))
        b_best[one.b_time] = max(one.probability, b_best.get(one.b_time, 0.0))
    pictures = min(len(a_best), len(b_best))
    measures = {
        "best": max(a_best.values()),
        "pictures": float(pictures),
        "sure": round(min(sum(map(_surety, best.values())) for best in (a_best, b_best)), 6),
    }
    probability = calibrated("video", measures)
    piece = Evidence("time", *_spans(run, a, b), float(pictures), _changes(run, speed))
    return Finding(probability, "video", {"video": probability}, (piece,) if probability else (), measures)


def _surety(probability: float) -> float:
    return -math.log1p(-min(probability, CERTAIN))


def _same_pictures(a: VideoSketch, b: VideoSketch) -> list[_Same]:
    """Compare each key picture of `a` with the nearest few of `b`, the likeliest pair first."""
    channel = _held(b)
    likely = [
        (-score, place, slot) for place, key in enumerate(a.keys) for slot, score in channel.search(key, TRIED)[:TRIED]
    ]
    same: list[_Same] = []
    missed = 0
    for _, place, slot in sorted(likely):
        if missed >= (PATIENCE if same else FRUITLESS):
            break
        told = _alike(a.keys[place], b.keys[slot])
        missed = 0 if told else missed + 1
        if told:
            same.append(_Same(a.times[place], b.times[slot], *told))
    return same


@lru_cache(maxsize=4)
def _held(sketch: VideoSketch) -> ImageChannel:
    """Give the key pictures of a video to search among; a search compares one video with several."""
    channel = ImageChannel(budget=READ, looked_at=LOOKED_AT)
    for slot, key in enumerate(sketch.keys):
        channel.add(slot, key)
    return channel


def _alike(a: ImageSketch, b: ImageSketch) -> tuple[float, tuple[str, ...]] | None:
    """Give how probable it is that two key pictures are the same, and what was done; None when they do not count so."""
    distance, attitude = hash_distance(a, b)
    if distance <= EQUAL:
        return 0.99, (ATTITUDES[attitude],) if ATTITUDES[attitude] else ()
    finding = compare_image(a, b)
    if not finding.evidence:
        return None
    corners, within = finding.measures["corners"], finding.measures["within"]
    alike = finding.probability >= ALIKE or (corners >= MOVED and within >= AGREED)
    if not alike and corners >= STRETCHED:
        corners, within = stretched_agreement(a, b)
        alike = corners >= STRETCHED and within >= AGREED
    return (finding.probability, finding.evidence[0].transformation) if alike else None


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
