"""Whether a juror became stricter or milder from the first sheet to the last."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array

from scoring.judging.calibrated import Calibration, calibrate, can_calibrate
from scoring.judging.calibrated.effects import added_effects
from scoring.judging.panel import Floats, Panel

#: A run of fewer sheets has no direction.
LEAST_RUN = 5
#: Variance of the slopes before any sheet, in units of the sheets' spread: few jurors move by more than that spread.
_PRIOR_VAR = 0.25
_Z90 = 1.6449


@dataclass(frozen=True, slots=True)
class Drift:
    """How far a juror's severity moved along the run.

    Attributes
    ----------
    points : float
        Points that the last sheet is milder (above 0) or stricter than the first, for an entry of the same quality.
    lo, hi : float
        Its 90 % interval.
    """

    points: float
    lo: float
    hi: float

    @property
    def sure(self) -> bool:
        """Whether the interval excludes 0."""
        return self.lo > 0 or self.hi < 0


def juror_drifts(panel: Panel, order: Sequence[tuple[str, str]]) -> tuple[Drift | None, ...]:
    """Estimate how each juror's severity moved along the order in which the sheets were handed in.

    Parameters
    ----------
    panel : Panel
        The sheets, one of a juror for an entry.
    order : sequence of (entry id, juror id)
        Sheets as they were handed in, the first one first; pairs that the panel does not have are passed over, sheets
        that are not named stand at no time.

    Returns
    -------
    tuple of Drift or None
        In the order of the panel's jurors; None for fewer than five sheets of known order, and for all when no two
        sheets differ.

    Notes
    -----
    Each severity gets a slope, ``b_j + c_j t`` with ``t`` from -1/2 at the first sheet to 1/2 at the last, and
    ``c ~ N(0, 1/4)`` in units of the sheets' spread; severities, slopes and qualities are jointly normal given the
    other parameters of ``calibrate``. Slopes are told apart from the entries' quality as far as others judged the same
    entries in another order. O(S J + J^3).

    References
    ----------
    Gelman et al. (2013), Bayesian Data Analysis, third edition, chapter 15 (varying slopes).
    """
    if not can_calibrate(panel):
        return (None,) * len(panel.jurors)
    time, runs = _times(panel, order)
    if not len(runs):
        return (None,) * len(panel.jurors)
    fit = calibrate(panel)
    middle, sd = _slopes(panel, fit, time, runs)
    points, spread = fit.design.unit * middle, _Z90 * fit.design.unit * sd
    found = {
        j: Drift(*(round(float(value), 6) for value in row))
        for j, *row in zip(runs.tolist(), points, points - spread, points + spread, strict=True)
    }
    return tuple(found.get(j) for j in range(len(panel.jurors)))


def _times(panel: Panel, order: Sequence[tuple[str, str]]) -> tuple[Floats, np.ndarray]:
    """Return when each sheet was written within its juror's run, from -1/2 to 1/2, and the jurors who have a run."""
    number = {pair: n for n, pair in enumerate(order)}
    entries, jurors = [one.entry_id for one in panel.entries], [one.juror_id for one in panel.jurors]
    place = np.array(
        [number.get((entries[i], jurors[j]), -1) for i, j in zip(panel.entry, panel.juror, strict=True)], dtype=np.int64
    )
    time, runs = np.zeros(len(place)), []
    for j in range(len(jurors)):
        mine = np.flatnonzero((panel.juror == j) & (place >= 0))
        if len(mine) >= LEAST_RUN:
            time[mine[np.argsort(place[mine])]] = np.linspace(-0.5, 0.5, len(mine))
            runs.append(j)
    return time, np.array(runs, dtype=np.int64)


def _slopes(panel: Panel, fit: Calibration, time: Floats, runs: np.ndarray) -> tuple[Floats, Floats]:
    """Return mean and standard deviation of the slopes of the jurors with a run, in units of the sheets' spread."""
    design, s = fit.design, fit.state
    column = np.full(len(panel.jurors), -1)
    column[runs] = np.arange(len(runs))
    moving = column[panel.juror] >= 0
    extra = csr_array(
        (time[moving], (np.flatnonzero(moving), column[panel.juror][moving])), shape=(len(design.y), len(runs))
    )
    y = design.y - s.own_region(design)
    mean, covariance = added_effects(design, s, y, extra, np.full(len(runs), _PRIOR_VAR))
    return mean, np.sqrt(np.diag(covariance))
