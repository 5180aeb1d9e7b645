"""Count single peaks of two sounds that coincide: under louder music a peak survives here and there, seldom a pair."""

from collections.abc import Iterable
from dataclasses import dataclass
from math import log, sqrt

import numpy as np

from scoring.similarity.audiosketch import BINS, FRAMES_A_SECOND, AudioSketch, peaks_of

BUDGET = 8_000_000
"""Coincidences looked at in one search, those of the rarest pitches first."""

LEAST_PEAKS = 8
"""Peaks that must coincide at one offset before it is looked at."""

ENOUGH_MOMENTS = 8
"""Half seconds with peaks that coincide from which these count in full: one chord or one blow is chance."""

_NEARBY = 8  # frames around the best offset in which it is no wonder that peaks coincide as well
_SMOOTH = 4.0  # beside so little at other offsets all differences are alike
_AT_ONCE = 1 << 20  # coincidences counted at once
_HALF = FRAMES_A_SECOND / 2


@dataclass(frozen=True, slots=True)
class Coincidence:
    """How peaks of two sounds coincide at one offset, at the same tempo and pitch.

    Attributes
    ----------
    peaks : int
        How many coincide within the span.
    apart : float
        How far their number is above chance, more than at any other offset: songs of one style coincide at many.
        Less when fewer than `ENOUGH_MOMENTS` have any.
    moments : int
        Half seconds of the span with peaks that coincide.
    a_span, b_span : tuple of float
        Seconds.
    """

    peaks: int
    apart: float
    moments: int
    a_span: tuple[float, float]
    b_span: tuple[float, float]


class PeakTable:
    """The peaks of some sounds, to be looked up by their pitch.

    Attributes
    ----------
    slots : tuple of int
        The number of each sound.
    """

    def __init__(self, sketches: Iterable[tuple[int, AudioSketch]]) -> None:
        self.held = dict(sketches)
        self.slots = tuple(self.held)
        every = [peaks_of(sketch.peaks) for sketch in self.held.values()]
        self._frames = np.array([_frames(times) for times, _ in every], dtype=np.int64)
        before = np.r_[0, np.cumsum(self._frames)]
        times = np.concatenate([before[rank] + one for rank, (one, _) in enumerate(every)] or [np.empty(0, np.int64)])
        bins = np.concatenate([one for _, one in every] or [np.empty(0, np.int64)])
        order = np.argsort(bins, kind="stable")
        self._times = times[order].astype(np.int32)
        self._ranks = np.repeat(np.arange(len(every), dtype=np.int32), [len(one) for one, _ in every])[order]
        self._starts = np.searchsorted(bins[order], np.arange(BINS + 1))
        self._before = before

    def without(self, slot: int) -> "PeakTable":
        """Give the table without a sound."""
        return PeakTable((other, sketch) for other, sketch in self.held.items() if other != slot)

    def best(self, asked: AudioSketch, budget: int = BUDGET) -> list[tuple[int, int, float]]:
        """Give for each sound with peaks that coincide its slot, the best offset in frames and how far it is apart."""
        times, bins = peaks_of(asked.peaks)
        long, low = _frames(times), self._starts[bins]
        count = self._starts[bins + 1] - low
        share = 1.0
        if (every := int(count.sum())) > budget:
            rarest = np.argsort(count, kind="stable")
            count[rarest[np.cumsum(count[rarest]) > budget]] = 0
            share = int(count.sum()) / every
        found = []
        for rank, cells in enumerate(self._counted(times, low, count, long)):
            offset, apart = _apart(cells, long, int(self._frames[rank]))
            if apart:
                found.append((self.slots[rank], offset, apart / sqrt(share)))
        return found

    def _counted(self, times: np.ndarray, low: np.ndarray, count: np.ndarray, long: int) -> list[np.ndarray]:
        """Count the coincidences of each sound at each offset, from that at which its first frame meets the last."""
        # Behind each sound lies an empty cell, so that two neighbouring offsets are never those of two sounds.
        edges = self._before + np.arange(len(self._before)) * long
        cells = np.zeros(int(edges[-1]), dtype=np.int64)
        own = self._times + self._ranks.astype(np.int64) * long + long - 1
        until = np.cumsum(count)
        start = 0
        while start < len(count):
            end = max(start + 1, int(np.searchsorted(until, (until[start - 1] if start else 0) + _AT_ONCE)))
            some = count[start:end]
            places = np.repeat(low[start:end] - np.cumsum(some) + some, some) + np.arange(int(some.sum()))
            cells += np.bincount(own[places] - np.repeat(times[start:end], some), minlength=len(cells))
            start = end
        return [cells[left:right] for left, right in zip(edges[:-1], edges[1:], strict=True)]


def coincidence(a: AudioSketch, b: AudioSketch) -> Coincidence | None:
    """Find the offset at which the peaks of two sounds coincide far more often than at any other; None without one."""
    best = PeakTable([(0, b)]).best(a)
    if not best:
        return None
    _, offset, apart = best[0]
    (times, bins), (others, pitches) = peaks_of(a.peaks), peaks_of(b.peaks)
    there = others * BINS + pitches
    hit = np.isin((times + offset) * BINS + bins, there) | np.isin((times + offset + 1) * BINS + bins, there)
    low, high = max(0, -offset), min(_frames(times), _frames(others) - offset)
    halves = np.bincount((times[hit] / _HALF).astype(np.int64), minlength=int(high / _HALF) + 1)
    first, last = _densest(halves, int(low / _HALF))
    inside = halves[first:last]
    moments = int((inside > 0).sum())
    a_span = first * _HALF, last * _HALF
    a_seconds = tuple(round(min(a.seconds, edge / FRAMES_A_SECOND), 2) for edge in a_span)
    b_seconds = tuple(round(min(b.seconds, max(0.0, (edge + offset) / FRAMES_A_SECOND)), 2) for edge in a_span)
    return Coincidence(
        int(inside.sum()),
        round(apart * min(1.0, moments / ENOUGH_MOMENTS), 4),
        moments,
        (a_seconds[0], a_seconds[1]),
        (b_seconds[0], b_seconds[1]),
    )


def _apart(cells: np.ndarray, long: int, other: int) -> tuple[int, float]:
    """Give the offset with most coincidences above chance, and how much more that is than at any other."""
    both = cells[:-1] + cells[1:]  # a copy that is cut between two frames has its peaks in either
    if not len(both) or both.max() < LEAST_PEAKS:
        return 0, 0.0
    offsets = np.arange(1 - long, len(both) + 1 - long)
    # By chance as many coincide as frames lie over one another.
    overlap = np.minimum(other, offsets + long) - np.maximum(0, offsets)
    chance = overlap * (2.0 * float(cells.sum()) / (long * other))
    above = (both - chance) / np.sqrt(chance + 1)
    best = int(above.argmax())
    most = float(above[best])
    above[max(0, best - _NEARBY) : best + _NEARBY + 1] = 0.0
    second = max(0.0, float(above.max()))
    return int(offsets[best]), max(0.0, most - second) / sqrt(second + _SMOOTH)


def _densest(halves: np.ndarray, low: int) -> tuple[int, int]:
    """Give the run of half seconds that is most probably apart from the rest, by the likelihood of two densities."""
    outside = 0.5 * float(np.median(halves[low:])) if len(halves) > low else 0.0
    first, last = low, len(halves)
    for _ in range(4):
        inside = float(halves[first:last].mean())
        rest = np.r_[halves[low:first], halves[last:]]
        outside = max(0.05, float(rest.mean()) if len(rest) else outside)
        if inside <= outside:
            break
        gain = np.r_[0.0, np.cumsum(halves[low:] * log(inside / outside) - (inside - outside))]
        least = np.minimum.accumulate(gain)
        last = int((gain - least).argmax())
        first = int(gain[: last + 1].argmin())
        first, last = first + low, last + low
    return first, max(last, first + 1)


def _frames(times: np.ndarray) -> int:
    return int(times.max()) + 1 if len(times) else 0  # of a damaged sketch they need not ascend
