"""Compare two sounds: which span of one is in the other, how much faster, how much higher."""

from dataclasses import dataclass

import numpy as np

from scoring.similarity.audiosketch import FRAMES_A_SECOND, OCTAVE, SKETCH_VERSION, AudioSketch, pairs
from scoring.similarity.calibration import calibrated
from scoring.similarity.errors import DifferentVersions
from scoring.similarity.findings import Evidence, Finding

TEMPOS = tuple(round(1.025**step, 6) for step in range(-5, 6))
"""Tempo factors that are tried, 2.5 % apart."""

FINE_TEMPOS = tuple(1 + step / 400 for step in range(-5, 6))
"""Factors tried around the best of them."""

PITCHES = tuple(step * OCTAVE / 24 for step in range(-5, 6))
"""Shifts of pitch that are tried, a quarter tone apart up to five of them."""

MIN_VOTES = 8
"""Pairs of peaks that must agree on one offset before it is looked at."""

MEASURES = ("moments", "votes")

_PITCH_STEP = OCTAVE / 24
_RISE_STEP = OCTAVE / 24
_TIME_STEP = 2.0
_CELL = 4.0  # frames; votes are counted in cells of two neighbours, so an offset may be off by 0.2 s


@dataclass(frozen=True, slots=True)
class Alignment:
    """How one sound lies in another.

    Attributes
    ----------
    votes : int
        Pairs of peaks that agree.
    tempo : float
        The first plays that many times as fast as the second.
    pitch : float
        The first is that many semitones higher.
    a_span, b_span : tuple of float
        Seconds.
    moments : int
        Different half seconds of the first with a pair that agrees: a chance agreement is short.
    """

    votes: int
    tempo: float
    pitch: float
    a_span: tuple[float, float]
    b_span: tuple[float, float]
    moments: int


def words(time: np.ndarray, pitch: np.ndarray, rise: np.ndarray, step: np.ndarray) -> np.ndarray:
    """Give the number of each pair of peaks, int32 of shape (n,): pitch, step of pitch and step of time, coarse."""
    high = np.clip(np.round(pitch / _PITCH_STEP), 0, 255).astype(np.int32)
    leap = np.clip(np.round(rise / _RISE_STEP) + 32, 0, 63).astype(np.int32)
    wait = np.clip(np.round(step / _TIME_STEP), 0, 63).astype(np.int32)
    return (high << 12) | (leap << 6) | wait


def compare_audio(a: AudioSketch, b: AudioSketch) -> Finding:
    """Compare two sounds.

    Parameters
    ----------
    a, b : AudioSketch
        Of the same version.

    Returns
    -------
    Finding
        Evidence of kind ``"time"``: spans are (start, end) in seconds. What was done: ``"tempo=<percent>"`` of the
        original's tempo, ``"pitch=<semitones>"``, both as heard going from the first to the second. Exchanging the
        arguments exchanges the sides.

    Raises
    ------
    DifferentVersions
    """
    for sketch in (a, b):
        if sketch.version != SKETCH_VERSION:
            raise DifferentVersions(sketch.version, SKETCH_VERSION)
    if a.digest > b.digest:
        return _turned(_compare(b, a))
    return _compare(a, b)


def _compare(a: AudioSketch, b: AudioSketch) -> Finding:
    if a.digest == b.digest and len(pairs(a.peaks)[0]) >= MIN_VOTES:
        votes = float(len(pairs(a.peaks)[0]))
        piece = Evidence("time", (0.0, a.seconds), (0.0, b.seconds), votes)
        return Finding(1.0, "audio", {"audio": 1.0}, (piece,), {"moments": 2 * a.seconds, "votes": votes})
    found = align_sounds(a, b)
    if found is None:
        return Finding(0.0, "audio", {"audio": 0.0}, (), dict.fromkeys(MEASURES, 0.0))
    measures = {"moments": float(found.moments), "votes": float(found.votes)}
    probability = calibrated("audio", measures)
    changes = [f"tempo={round(100 / found.tempo)}"] if abs(found.tempo - 1) > 0.013 else []
    if abs(found.pitch) >= 0.4:
        changes.append(f"pitch={-found.pitch:+.1f}")
    piece = Evidence("time", found.a_span, found.b_span, float(found.votes), tuple(changes))
    return Finding(probability, "audio", {"audio": probability}, (piece,) if probability else (), measures)


def _turned(finding: Finding) -> Finding:
    """Exchange the sides; a tempo of 105 % one way is 95 % the other."""
    turned = finding.swapped()
    pieces = []
    for piece in turned.evidence:
        changes = []
        for change in piece.transformation:
            name, _, value = change.partition("=")
            changes.append(
                f"tempo={round(10_000 / float(value))}" if name == "tempo" else f"pitch={-float(value):+.1f}"
            )
        pieces.append(Evidence(piece.kind, piece.a_span, piece.b_span, piece.weight, tuple(changes)))
    return Finding(turned.probability, "audio", turned.scores, tuple(pieces), turned.measures)


def align_sounds(a: AudioSketch, b: AudioSketch) -> Alignment | None:
    """Find the tempo, pitch and offset on which most pairs of peaks of two sounds agree; None below `MIN_VOTES`."""
    b_time, *rest = pairs(b.peaks)
    b_words = words(b_time, *rest)
    order = np.argsort(b_words, kind="stable")
    ranked, times = b_words[order], b_time[order]
    a_time, a_pitch, a_rise, a_step = pairs(a.peaks)
    if not len(a_time) or not len(b_time):
        return None
    best = (0, 0.0, 0.0, 0.0)
    for tempo in TEMPOS:
        for pitch in PITCHES:
            first, offsets = matched(ranked, times, a_time * tempo, a_pitch - pitch, a_rise, a_step * tempo)[:2]
            votes, offset = _peak(offsets)
            if votes > best[0]:
                best = (votes, tempo, pitch, offset)
    if best[0] < MIN_VOTES:
        return None
    _, tempo, pitch, _ = best
    first, offsets, _ = matched(ranked, times, a_time * tempo, a_pitch - pitch, a_rise, a_step * tempo)
    there = offsets + a_time[first] * tempo
    # Between two steps of tempo the offset drifts; the pairs stay the same, so a finer search is cheap.
    finer = [(*_peak(there - a_time[first] * tempo * fine), tempo * fine) for fine in FINE_TEMPOS]
    votes, offset, tempo = max(finer, key=lambda one: (one[0], -abs(one[2] - 1)))
    offsets = there - a_time[first] * tempo
    agreeing = np.unique(first[(offsets >= offset) & (offsets < offset + 2 * _CELL)])
    return _described(a_time, agreeing, votes, tempo, pitch, offset + _CELL, (a.seconds, b.seconds))


def matched(
    ranked: np.ndarray, times: np.ndarray, time: np.ndarray, pitch: np.ndarray, rise: np.ndarray, step: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Look up pairs of peaks among sorted ones: index of the pair, offset in frames, place in `ranked`."""
    asked = words(time, pitch, rise, step)
    left = np.searchsorted(ranked, asked, "left")
    count = np.searchsorted(ranked, asked, "right") - left
    count[count > 200] = 0  # a drone or a metronome repeats one pair for ever
    first = np.repeat(np.arange(len(asked)), count)
    place = np.repeat(left, count) + np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
    return first, times[place] - time[first], place


def _peak(offsets: np.ndarray) -> tuple[int, float]:
    """Give the most votes of two neighbouring cells, and where they begin."""
    if not len(offsets):
        return 0, 0.0
    cells = np.floor(offsets / _CELL).astype(np.int64)
    low = int(cells.min())
    votes = np.bincount(cells - low)
    both = votes + np.r_[votes[1:], 0]
    best = int(np.argmax(both))
    return int(both[best]), (best + low) * _CELL


def _described(
    time: np.ndarray,
    agreeing: np.ndarray,
    votes: int,
    tempo: float,
    pitch: float,
    offset: float,
    seconds: tuple[float, float],
) -> Alignment:
    ordered = np.sort(time[agreeing])
    # A chance agreement far away must not stretch the span: cut what a long silence of votes parts from the middle.
    parts = np.split(ordered, np.flatnonzero(np.diff(ordered) > 8 * FRAMES_A_SECOND) + 1)
    run = max(parts, key=len)
    start, end = float(run[0]), float(run[-1]) + 20
    moments = len(set((run * 2 / FRAMES_A_SECOND).astype(int).tolist()))
    a_span = (round(start / FRAMES_A_SECOND, 2), round(min(seconds[0], end / FRAMES_A_SECOND), 2))
    b_low = max(0.0, (start * tempo + offset) / FRAMES_A_SECOND)
    b_high = min(seconds[1], (end * tempo + offset) / FRAMES_A_SECOND)
    return Alignment(votes, tempo, 12 * pitch / OCTAVE, a_span, (round(b_low, 2), round(b_high, 2)), moments)
