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

QUARTERS = 5
"""Quarter tones up and down by which the pitch may be shifted."""

MAX_REPEATS = 200
"""A pair of peaks that one sound repeats more often, a drone or a metronome, says nothing."""

BUDGET = 500_000
"""Agreements of pairs looked at for one tempo, those of the rarest pairs first."""

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


@dataclass(frozen=True, slots=True)
class Agreements:
    """Pairs of peaks of two sounds that agree but for pitch and offset.

    Attributes
    ----------
    first : ndarray of int
        Which pair was asked for.
    places : ndarray of int
        Which pair of the table agrees.
    shifts : ndarray of int
        Quarter tones, from 0 for `QUARTERS` down, by which the one asked for is higher.
    """

    first: np.ndarray
    places: np.ndarray
    shifts: np.ndarray


@dataclass(frozen=True, slots=True)
class PairTable:
    """Pairs of peaks sorted by their words.

    Attributes
    ----------
    words : ndarray of shape (n,), dtype int32
    times : ndarray of shape (n,), dtype float32
        Frames of the first peak of each.
    """

    words: np.ndarray
    times: np.ndarray

    @classmethod
    def of(cls, sketch: AudioSketch) -> "PairTable":
        """Sort the pairs of a sound, without those that it repeats for ever."""
        time, *rest = pairs(sketch.peaks)
        every = words(*rest)
        order = np.argsort(every, kind="stable")
        ranked = every[order]
        repeats = np.searchsorted(ranked, ranked, "right") - np.searchsorted(ranked, ranked, "left")
        kept = repeats <= MAX_REPEATS
        return cls(ranked[kept], time[order][kept])

    def agreeing(self, asked: np.ndarray) -> Agreements:
        """Look up words, each with all shifts of pitch at once: they are neighbours."""
        high = asked & 255
        low = np.searchsorted(self.words, asked - np.minimum(high, QUARTERS), "left")
        count = np.searchsorted(self.words, asked + np.minimum(255 - high, QUARTERS), "right") - low
        if count.sum() > BUDGET:
            rarest = np.argsort(count, kind="stable")
            count[rarest[np.cumsum(count[rarest]) > BUDGET]] = 0
        first = np.repeat(np.arange(len(asked)), count)
        places = np.repeat(low - np.cumsum(count) + count, count) + np.arange(len(first))
        return Agreements(first, places, (asked[first] & 255) - (self.words[places] & 255) + QUARTERS)


def words(pitch: np.ndarray, rise: np.ndarray, step: np.ndarray) -> np.ndarray:
    """Give the number of each pair of peaks, int32 of shape (n,): step of pitch, step of time and pitch, coarse."""
    high = np.clip(np.round(pitch / _PITCH_STEP), 0, 255).astype(np.int32)
    leap = np.clip(np.round(rise / _RISE_STEP) + 32, 0, 63).astype(np.int32)
    wait = np.clip(np.round(step / _TIME_STEP), 0, 63).astype(np.int32)
    return (leap << 14) | (wait << 8) | high


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
        return _compare(b, a).swapped()
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


def align_sounds(a: AudioSketch, b: AudioSketch) -> Alignment | None:
    """Find the tempo, pitch and offset on which most pairs of peaks of two sounds agree; None below `MIN_VOTES`."""
    table = PairTable.of(b)
    time, pitch, rise, step = pairs(a.peaks)
    if not len(time) or not len(table.words):
        return None
    best = (0, 0.0, 0)
    for tempo in TEMPOS:
        found = table.agreeing(words(pitch, rise, step * tempo))
        offsets = table.times[found.places] - time[found.first] * tempo
        votes, shift = _most(offsets, found.shifts)
        if votes > best[0]:
            best = (votes, tempo, shift)
    if best[0] < MIN_VOTES:
        return None
    _, tempo, shift = best
    found = table.agreeing(words(pitch, rise, step * tempo))
    chosen = found.shifts == shift
    first, there = found.first[chosen], table.times[found.places[chosen]]
    # Between two steps of tempo the offset drifts; the pairs stay the same, so a finer search is cheap.
    finer = [(*_peak(there - time[first] * tempo * fine), tempo * fine) for fine in FINE_TEMPOS]
    votes, offset, tempo = max(finer, key=lambda one: (one[0], -abs(one[2] - 1)))
    offsets = there - time[first] * tempo
    agreeing = np.unique(first[(offsets >= offset) & (offsets < offset + 2 * _CELL)])
    semitones = (shift - QUARTERS) / 2
    return _described(time, agreeing, votes, tempo, semitones, offset + _CELL, (a.seconds, b.seconds))


def _most(offsets: np.ndarray, shifts: np.ndarray) -> tuple[int, int]:
    """Give the most votes that one shift of pitch and two neighbouring cells of offset get, and that shift."""
    if not len(offsets):
        return 0, 0
    cells = np.floor(offsets / _CELL).astype(np.int64)
    cells -= cells.min()
    width = int(cells.max()) + 2  # an empty cell parts two shifts
    votes = np.bincount(shifts * width + cells, minlength=(2 * QUARTERS + 1) * width)
    both = votes + np.r_[votes[1:], 0]
    best = int(np.argmax(both))
    return int(both[best]), best // width


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
    semitones: float,
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
    return Alignment(votes, tempo, semitones, a_span, (round(b_low, 2), round(b_high, 2)), moments)
