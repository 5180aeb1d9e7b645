"""Methods without a model: means, z-scores and the sum of points.

Each returns one score an entry, NaN for an entry without a sheet, and the sheets' values that it averaged.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from scoring.judging.panel import Floats, Ints, Panel

#: Sheets that a juror's own mean and spread are worth when they are shrunk to the pool's.
SHRINKAGE_SHEETS = 5.0
#: From this many sheets on, the trimmed mean leaves out the lowest and the highest.
TRIM_FROM = 4


@dataclass(frozen=True, slots=True)
class Plain:
    """Scores without a model.

    Attributes
    ----------
    score : ndarray of shape (N,), float64
        Score of each entry; NaN without a sheet.
    adjusted : ndarray of shape (S,), float64
        Value of each sheet that the method combines, on the scale.
    """

    score: Floats
    adjusted: Floats


def mean(panel: Panel) -> Plain:
    """Average the weighted means of an entry's sheets. O(S)."""
    return Plain(_average(panel.total, panel), panel.total)


def total_points(panel: Panel) -> Plain:
    """Add up the weighted means of an entry's sheets, as some rules prescribe. O(S).

    An entry with more sheets gets more points; use it only where every entry has the same number.
    """
    points = np.bincount(panel.entry, weights=panel.total, minlength=len(panel.entries))
    return Plain(np.where(panel.reviews > 0, points, np.nan), panel.total * panel.reviews[panel.entry])


def trimmed(panel: Panel) -> Plain:
    """Average without the lowest and the highest sheet of an entry that has at least four. O(S log S)."""
    n = len(panel.entries)
    order = np.lexsort((panel.total, panel.entry))
    sizes = panel.reviews
    ends = np.cumsum(sizes)
    kept = np.ones(len(panel.total), dtype=bool)
    cut = sizes >= TRIM_FROM
    kept[(ends - sizes)[cut]] = False
    kept[ends[cut] - 1] = False
    chosen = order[kept]
    points = np.bincount(panel.entry[chosen], weights=panel.total[chosen], minlength=n)
    return Plain(_divide(points, np.bincount(panel.entry[chosen], minlength=n)), panel.total)


def zscore(panel: Panel) -> Plain:
    """Average the z-scores within each juror, put back on the scale. O(S).

    A juror with one sheet or one value says nothing about the order: z = 0.
    """
    return _standardised(panel, 0.0)


def zscore_shrunk(panel: Panel) -> Plain:
    """Average z-scores whose mean and variance are shrunk to the pool's by five sheets' worth. O(S)."""
    return _standardised(panel, SHRINKAGE_SHEETS)


#: Name on the command line to function.
BASELINES: dict[str, Callable[[Panel], Plain]] = {
    "mean": mean,
    "trimmed": trimmed,
    "zscore": zscore,
    "zscore-shrunk": zscore_shrunk,
    "sum": total_points,
}


def spread_of_a_sheet(panel: Panel, adjusted: Floats) -> float:
    """Estimate the standard deviation of one sheet's value around its entry's, pooled over entries. O(S).

    Without an entry that has two sheets nothing is known of it: the spread of all sheets stands in.
    """
    means = _average(adjusted, panel)
    freedom = int(np.maximum(panel.reviews - 1, 0).sum())
    if freedom == 0:
        return float(adjusted.std()) if len(adjusted) else 0.0
    return float(np.sqrt(np.sum((adjusted - means[panel.entry]) ** 2) / freedom))


def _standardised(panel: Panel, extra: float) -> Plain:
    if len(panel.total) == 0:
        return Plain(np.full(len(panel.entries), np.nan), panel.total)
    x, j, jurors = panel.total, panel.juror, len(panel.jurors)
    centre, spread = float(x.mean()), float(x.std())
    count = np.bincount(j, minlength=jurors)
    weight = np.maximum(count + extra, 1.0)
    means = (np.bincount(j, weights=x, minlength=jurors) + extra * centre) / weight
    squares = np.bincount(j, weights=(x - means[j]) ** 2, minlength=jurors)
    sd = np.sqrt((squares + extra * spread**2) / weight)
    # Differences that are rounding noise of equal marks are no differences.
    flat = sd <= 1e-9 * max(abs(centre), 1.0)
    z = np.where(flat[j], 0.0, (x - means[j]) / np.where(flat, 1.0, sd)[j])
    adjusted = centre + spread * z
    return Plain(_average(adjusted, panel), adjusted)


def _average(values: Floats, panel: Panel) -> Floats:
    sums = np.bincount(panel.entry, weights=values, minlength=len(panel.entries))
    return _divide(sums, panel.reviews)


def _divide(sums: Floats | Ints, counts: Ints) -> Floats:
    return np.where(counts > 0, sums / np.maximum(counts, 1), np.nan)
