"""Compare two sounds: which span of one is in the other, how much faster, how much higher."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from scoring.similarity.audiopeaks import coincidence
from scoring.similarity.audiosketch import FRAMES_A_SECOND, OCTAVE, SKETCH_VERSION, AudioSketch, pairs
from scoring.similarity.calibration import calibrated_scopes
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
"""Agreements of pairs looked at at once (of one tempo, of short sounds all tempos), those of the rarest pairs first."""

MIN_VOTES = 8
"""Pairs of peaks that must agree on one offset before it is looked at."""

HIGHEST = 127
"""The greatest number of a pitch in quarter tones, and the bits of a word that hold it."""

MEASURES = ("apart", "moments", "votes")

_PITCH_STEP = OCTAVE / 24
_RISE_STEP = OCTAVE / 24
_TIME_STEP = 2.0
_WORDS = 1 << 19
_MANY = 1 << 16  # words held and asked for from which a table of all there may be is worth its making
_LOWEST = 8  # quarter tones above 100 Hz; no peak is lower
_SHORT = 10**8  # pairs of one sound times those of the other, below which all tempos are counted at once
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
class SortedPairs:
    """Pairs of peaks of one sound in the order of their words.

    Attributes
    ----------
    times, steps : ndarray of shape (n,), dtype float32
        Frames of the first peak of each, and from it to the second.
    rest : ndarray of shape (n,), dtype int32
        What a word holds beside the step.
    """

    times: np.ndarray
    steps: np.ndarray
    rest: np.ndarray

    def words(self, tempo: float = 1.0) -> np.ndarray:
        """Give the numbers of the pairs as if the sound were slower by a factor: step of pitch, of time, and pitch."""
        wait = np.clip(np.round(self.steps * tempo / _TIME_STEP), 0, 63).astype(np.int32)
        return self.rest | (wait << 7)


@lru_cache(maxsize=64)
def sorted_pairs(peaks: bytes) -> SortedPairs:
    """Sort the pairs of packed peaks: what is looked up in order is found three times as fast."""
    time, pitch, rise, step = pairs(peaks)
    high = np.clip(np.round(pitch / _PITCH_STEP) - _LOWEST, 0, HIGHEST).astype(np.int32)
    leap = np.clip(np.round(rise / _RISE_STEP) + 32, 0, 63).astype(np.int32)
    every = SortedPairs(time, step, (leap << 13) | high)
    order = np.argsort(every.words(), kind="stable")
    return SortedPairs(time[order], step[order], every.rest[order])


class PairTable:
    """Pairs of peaks to be looked up by their words.

    Attributes
    ----------
    words : ndarray of shape (n,), dtype int32
        Ascending.
    times : ndarray of shape (n,), dtype float32
        Frames of the first peak of each.
    """

    def __init__(self, words: np.ndarray, times: np.ndarray) -> None:
        self.words, self.times = words, times
        self._starts: np.ndarray | None = None

    @classmethod
    def of(cls, sketch: AudioSketch) -> "PairTable":
        """Take the pairs of a sound, without those that it repeats for ever."""
        every = sorted_pairs(sketch.peaks)
        words = every.words()
        fresh = np.flatnonzero(np.diff(words, prepend=-1))
        repeats = np.diff(fresh, append=len(words))
        kept = np.repeat(repeats <= MAX_REPEATS, repeats)
        return cls(words[kept], every.times[kept])

    def ranges(self, asked: np.ndarray) -> tuple[np.ndarray, np.ndarray, float]:
        """Look up words, each with all shifts of pitch at once: the words of these are neighbours.

        Returns
        -------
        low, count : ndarray of shape (n,), dtype int32
            Where the pairs that agree with each begin in the table, and how many they are.
        share : float
            Share of all agreements that `BUDGET` leaves.
        """
        high = asked & HIGHEST
        low = self._before(asked - np.minimum(high, QUARTERS))
        count = self._before(asked + np.minimum(HIGHEST - high, QUARTERS) + 1) - low
        every = int(count.sum())
        if every > BUDGET:
            rarest = np.argsort(count, kind="stable")
            count[rarest[np.cumsum(count[rarest]) > BUDGET]] = 0
        return low, count, int(count.sum()) / every if every else 1.0

    def _before(self, asked: np.ndarray) -> np.ndarray:
        """Count, for each word asked for, the smaller ones of the table."""
        if len(self.words) + len(asked) < _MANY:
            return np.searchsorted(self.words, asked).astype(np.int32)
        if self._starts is None:
            counts = np.bincount(self.words, minlength=_WORDS)
            self._starts = np.concatenate([np.zeros(1, dtype=np.int32), np.cumsum(counts, dtype=np.int32)])
        return self._starts[asked]

    def agreeing(self, asked: np.ndarray) -> Agreements:
        """Look up words, each with all shifts of pitch."""
        low, count, _ = self.ranges(asked)
        first = np.repeat(np.arange(len(asked), dtype=np.int32), count)
        places = expanded(low, count)
        return Agreements(first, places, ((asked & HIGHEST) + QUARTERS)[first] - (self.words[places] & HIGHEST))


def expanded(low: np.ndarray, count: np.ndarray) -> np.ndarray:
    """Give all numbers of ranges that begin at `low`, range by range, int32."""
    places = np.repeat(low - np.cumsum(count, dtype=np.int32) + count, count)
    places += np.arange(len(places), dtype=np.int32)
    return places


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
    aligned, under = align_sounds(a, b), coincidence(a, b)
    if not aligned and not under:
        return Finding(0.0, "audio", {"audio": 0.0}, (), dict.fromkeys(MEASURES, 0.0))
    measures = {
        "apart": under.apart if under else 0.0,
        "moments": float(aligned.moments) if aligned else 0.0,
        "votes": float(aligned.votes) if aligned else 0.0,
    }
    if a.peaks == b.peaks and len(sorted_pairs(a.peaks).times) >= MIN_VOTES:
        votes = float(len(sorted_pairs(a.peaks).times))
        piece = Evidence("time", (0.0, a.seconds), (0.0, b.seconds), votes)
        measures |= {"moments": 2 * a.seconds, "votes": votes}
        return Finding(1.0, "audio", {"audio": 1.0}, (piece,), measures)
    told = calibrated_scopes("audio", measures)
    probability = max(told.values())
    if aligned and not (under and told["mixed"] > told["every"]):
        piece = _evidence(aligned)
    elif under:
        piece = Evidence("time", under.a_span, under.b_span, float(under.peaks))
    return Finding(probability, "audio", {"audio": probability}, (piece,) if probability else (), measures)


def _evidence(found: Alignment) -> Evidence:
    changes = [f"tempo={round(100 / found.tempo)}"] if abs(found.tempo - 1) > 0.013 else []
    if abs(found.pitch) >= 0.4:
        changes.append(f"pitch={-found.pitch:+.1f}")
    return Evidence("time", found.a_span, found.b_span, float(found.votes), tuple(changes))


def align_sounds(a: AudioSketch, b: AudioSketch) -> Alignment | None:
    """Find the tempo, pitch and offset on which most pairs of peaks of two sounds agree; None below `MIN_VOTES`."""
    table = PairTable.of(b)
    asked = sorted_pairs(a.peaks)
    time = asked.times
    if not len(time) or not len(table.words):
        return None
    # Short sounds cost more calls than work, so all their tempos are counted at once.
    short = len(time) * len(table.words) < _SHORT
    votes, tempo, shift = max(
        (_most(table, asked, some) for some in ([TEMPOS] if short else [(one,) for one in TEMPOS])),
        key=lambda one: one[0],
    )
    if votes < MIN_VOTES:
        return None
    found = table.agreeing(asked.words(tempo))
    chosen = found.shifts == shift
    first, there = found.first[chosen], table.times[found.places[chosen]]
    # Between two steps of tempo the offset drifts; the pairs stay the same, so a finer search is cheap.
    finer = [(*_peak(there - time[first] * tempo * fine), tempo * fine) for fine in FINE_TEMPOS]
    votes, offset, tempo = max(finer, key=lambda one: (one[0], -abs(one[2] - 1)))
    offsets = there - time[first] * tempo
    agreeing = np.unique(first[(offsets >= offset) & (offsets < offset + 2 * _CELL)])
    semitones = (shift - QUARTERS) / 2
    return _described(time, agreeing, votes, tempo, semitones, offset + _CELL, (a.seconds, b.seconds))


def _most(table: PairTable, asked: SortedPairs, tempos: tuple[float, ...]) -> tuple[int, float, int]:
    """Give the most votes of one tempo, shift of pitch and two neighbouring cells of offset, that tempo and shift."""
    found = table.agreeing(np.concatenate([asked.words(tempo) for tempo in tempos]))
    if not len(found.first):
        return 0, 0.0, 0
    moved = np.concatenate([asked.times * tempo for tempo in tempos])
    cells = np.floor((table.times[found.places] - moved[found.first]) / _CELL).astype(np.int64)
    cells -= cells.min()
    width = int(cells.max()) + 2  # an empty cell parts two shifts
    cells += (found.first // len(asked.times) * (2 * QUARTERS + 1) + found.shifts) * width
    votes = np.bincount(cells, minlength=len(tempos) * (2 * QUARTERS + 1) * width)
    votes[:-1] += votes[1:]
    best = int(np.argmax(votes))
    place, shift = divmod(best // width, 2 * QUARTERS + 1)
    return int(votes[best]), tempos[place], shift


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
