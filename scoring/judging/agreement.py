"""Agreement of the jury: Krippendorff's alpha."""

from __future__ import annotations

import numpy as np

from scoring.judging.panel import Floats, Ints, Panel


def krippendorff_alpha(unit: Ints, values: Floats) -> float | None:
    """Return Krippendorff's alpha for interval data, with missing values.

    Parameters
    ----------
    unit : ndarray of shape (S,), int64 from 0
        What each value is about; a unit with one value does not count.
    values : ndarray of shape (S,), float64
        The values; NaN is missing.

    Returns
    -------
    float or None
        1 for perfect agreement, 0 for what chance gives, below 0 for systematic disagreement; None when fewer than two
        units have two values, or all are equal.

    Notes
    -----
    Within and between sums of squares in place of the coincidence matrix, which they equal for the interval metric.
    O(S).

    References
    ----------
    Krippendorff (2011), Computing Krippendorff's alpha-reliability, section C.

    Examples
    --------
    >>> krippendorff_alpha(np.array([0, 0, 1, 1]), np.array([1.0, 1.0, 3.0, 3.0]))
    1.0
    """
    there = ~np.isnan(values)
    unit, values = unit[there], values[there]
    size = np.bincount(unit)
    paired = size[unit] >= 2 if len(unit) else np.zeros(0, dtype=bool)
    unit, values = unit[paired], values[paired]
    n = len(values)
    size = np.bincount(unit)
    # Of one unit the disagreement within it is all that there is: the formula says 0 whatever the marks are.
    if np.count_nonzero(size) < 2:
        return None
    values = values - values.mean()
    total = float(values @ values)
    if total <= 1e-12 * max(1.0, n):
        return None
    sums = np.bincount(unit, weights=values)
    means = sums / np.maximum(size, 1)
    within = np.bincount(unit, weights=(values - means[unit]) ** 2)
    observed = float((within[size >= 2] * size[size >= 2] / (size[size >= 2] - 1)).sum()) * 2.0 / n
    expected = 2.0 * total / (n - 1)
    return 1.0 - observed / expected


def alpha_interval(unit: Ints, values: Floats, seed: int, resamples: int = 400) -> tuple[float, float] | None:
    """Return the 90 % bootstrap interval of alpha, resampling units.

    Parameters
    ----------
    unit, values
        As ``krippendorff_alpha``.
    seed : int
        Seed of the resampling.
    resamples : int
        How many.

    Returns
    -------
    tuple of two floats or None
        None where alpha is None, or in fewer than half of the resamples it is not. Of two or three units it spans most
        of the scale: nothing follows from such an alpha.

    Notes
    -----
    O(resamples * S).
    """
    if krippendorff_alpha(unit, values) is None:
        return None
    rng = np.random.default_rng(seed)
    order = np.argsort(unit, kind="stable")
    size = np.bincount(unit)
    starts = np.concatenate([[0], np.cumsum(size)])
    present = np.flatnonzero(size)
    found = []
    for _ in range(resamples):
        drawn = rng.choice(present, len(present))
        index = np.concatenate([order[starts[k] : starts[k + 1]] for k in drawn])
        alpha = krippendorff_alpha(np.repeat(np.arange(len(drawn)), size[drawn]), values[index])
        if alpha is not None:
            found.append(alpha)
    if len(found) < resamples / 2:
        return None
    low, high = np.quantile(found, [0.05, 0.95])
    return float(low), float(high)


def criteria_agreement(panel: Panel, seed: int = 0) -> dict[str, tuple[float, float, float] | None]:
    """Return alpha with its 90 % interval for each criterion, and for the weighted mean under the empty name.

    Parameters
    ----------
    panel : Panel
        The sheets.
    seed : int
        Seed of the resampling.

    Returns
    -------
    dict of str to (alpha, low, high) or None
    """
    found: dict[str, tuple[float, float, float] | None] = {}
    for name, values in [("", panel.total), *zip(panel.criteria, panel.marks.T, strict=True)]:
        alpha, interval = krippendorff_alpha(panel.entry, values), alpha_interval(panel.entry, values, seed)
        found[name] = None if alpha is None or interval is None else (alpha, *interval)
    return found
