"""The sheets as a sparse linear system in qualities and severities, and its exact Gaussian solution."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.linalg import cholesky, solve_triangular
from scipy.sparse import csr_array
from scipy.special import ndtri

from scoring.judging.calibrated.copies import voices
from scoring.judging.panel import Bools, Floats, Ints, Panel

#: Rows of a dense block at a time, so that memory stays small for many entries.
_BLOCK = 2048


@dataclass(frozen=True, slots=True)
class Design:
    """Sheets as normal scores: what share of all sheets lie below, as a quantile of the normal distribution.

    Marks that crowd at the end of the scale lie as far apart as they are rare; with marks that are normal already,
    nothing changes but the unit.

    Attributes
    ----------
    entry, juror : ndarray of shape (S,), int64
        As in the panel, sorted by entry; a juror who copies another counts as that one.
    y : ndarray of shape (S,), float64
        Normal scores (van der Waerden) of the sheets' weighted means, mean 0, variance 1.
    own : ndarray of shape (S,), float64
        1 where the juror is of the entry's region, else 0.
    expert : ndarray of shape (S,), bool
        Whether the juror is an expert of the entry's track.
    vague : ndarray of shape (S,), float64 from 1
        Factor on the noise variance for marks that are missing.
    voice : ndarray of shape (S,), float64 in (0, 1]
        How much each sheet counts: one voice is shared among its copies.
    voices : ndarray of shape (J,), int64
        Whose parameters are each juror's: the first of its copies, or its own.
    entries, jurors : int
        N and J.
    knots, marks : ndarray of shape (K,), float64
        Distinct normal scores, ascending, and the weighted means that they stand for, on the rubric's scale.
    unit : float
        Standard deviation of the weighted means: points on the scale for one unit of ``y``, near the middle.
    """

    entry: Ints
    juror: Ints
    y: Floats
    own: Floats
    expert: Bools
    vague: Floats
    voice: Floats
    voices: Ints
    entries: int
    jurors: int
    knots: Floats
    marks: Floats
    unit: float

    def per_entry(self, values: Floats) -> Floats:
        """Add up values of sheets by entry: shape (N,)."""
        return np.bincount(self.entry, weights=values, minlength=self.entries).astype(np.float64)

    def per_juror(self, values: Floats) -> Floats:
        """Add up values of sheets by juror: shape (J,)."""
        return np.bincount(self.juror, weights=values, minlength=self.jurors).astype(np.float64)

    def to_scale(self, quality: Floats) -> Floats:
        """Turn qualities into marks on the rubric's scale: increasing, linear between the marks that were given."""
        inside = np.interp(quality, self.knots, self.marks)
        above, below = np.maximum(quality - self.knots[-1], 0.0), np.maximum(self.knots[0] - quality, 0.0)
        return np.asarray(inside + self.unit * (above - below), dtype=np.float64)

    def matrix(self, values: Floats) -> csr_array:
        """Put values of sheets into a sparse matrix of shape (N, J)."""
        starts = np.concatenate([[0], np.cumsum(np.bincount(self.entry, minlength=self.entries))])
        return csr_array((values, self.juror, starts), shape=(self.entries, self.jurors))


def make_design(panel: Panel) -> Design:
    """Put a panel in normal scores. O(S log S), and O(S C^3) at most where marks are missing.

    Parameters
    ----------
    panel : Panel
        At least one sheet; the spread of its totals must not be zero.
    """
    total, share = complete(panel)
    # Sums of the same marks may differ in their last bits; ties must stay ties.
    marks, which, count = np.unique(np.round(total, 9), return_inverse=True, return_counts=True)
    knots = ndtri((np.cumsum(count) - 0.5 * count) / len(total))
    middle = float(knots @ count) / len(total)
    knots = (knots - middle) / np.sqrt(float((knots - middle) ** 2 @ count) / len(total))
    count_of, voice_of = voices(panel)
    return Design(
        entry=panel.entry,
        juror=voice_of[panel.juror],
        y=knots[which],
        own=panel.own_region.astype(np.float64),
        expert=panel.expert,
        vague=1.0 + share,
        voice=1.0 / count_of,
        voices=voice_of,
        entries=len(panel.entries),
        jurors=len(panel.jurors),
        knots=knots,
        marks=marks,
        unit=float(total.std()),
    )


def complete(panel: Panel, rounds: int = 8) -> tuple[Floats, Floats]:
    """Predict the weighted mean of each sheet as if no mark were missing.

    Missing marks are predicted from the sheet's other marks under one joint normal distribution of all marks, fitted by
    EM (Little and Rubin 2002, Statistical Analysis with Missing Data, section 11.2).

    Parameters
    ----------
    panel : Panel
        Marks with NaN where missing.
    rounds : int
        Rounds of EM.

    Returns
    -------
    total : ndarray of shape (S,), float64
        Weighted means, on the scale.
    share : ndarray of shape (S,), float64 from 0
        Variance that the prediction adds, in units of half the variance of the totals: about the noise of a sheet.
    """
    missing = np.isnan(panel.marks)
    if not missing.any():
        return panel.total, np.zeros(len(panel.total))
    patterns, which = np.unique(missing, axis=0, return_inverse=True)
    there = np.maximum((~missing).sum(axis=0), 1)
    middle = np.where((~missing).any(axis=0), np.nansum(panel.marks, axis=0) / there, panel.total.mean())
    marks = np.where(missing, middle, panel.marks)
    covariance = np.cov(marks, rowvar=False, bias=True).reshape(len(middle), len(middle))
    extra = np.zeros(len(marks))
    for _ in range(rounds):
        ridge = covariance + 1e-6 * (np.trace(covariance) + 1e-9) * np.eye(len(middle))
        unknown = np.zeros_like(covariance)
        for number, gone in enumerate(patterns):
            if not gone.any():
                continue
            rows = np.flatnonzero(which.ravel() == number)
            slope = np.linalg.solve(ridge[np.ix_(~gone, ~gone)], ridge[np.ix_(~gone, gone)])
            marks[np.ix_(rows, gone)] = middle[gone] + (marks[np.ix_(rows, ~gone)] - middle[~gone]) @ slope
            rest = ridge[np.ix_(gone, gone)] - ridge[np.ix_(gone, ~gone)] @ slope
            unknown[np.ix_(gone, gone)] += len(rows) * rest
            extra[rows] = panel.weights[gone] @ rest @ panel.weights[gone]
        middle = marks.mean(axis=0)
        covariance = np.cov(marks, rowvar=False, bias=True).reshape(len(middle), len(middle)) + unknown / len(marks)
    total = marks @ panel.weights
    return total, extra / max(0.5 * float(total.var()), 1e-12)


@dataclass(frozen=True, slots=True)
class System:
    """The joint normal distribution of severities b and qualities u, given everything else.

    ``b ~ N(b_mean, (L L')^-1)`` and, given b, ``u_i ~ N((t_i - W_i b) / P_i, 1 / P_i)``, independent: the Schur
    complement on the jurors.

    Attributes
    ----------
    b_mean : ndarray of shape (J,)
        Mean of the severities.
    lower : ndarray of shape (J, J)
        Cholesky factor of the precision of the severities.
    pull : csr_array of shape (N, J)
        W.
    t, precision : ndarray of shape (N,)
        t and P.
    """

    b_mean: Floats
    lower: Floats
    pull: csr_array
    t: Floats
    precision: Floats

    def quality(self, b: Floats) -> Floats:
        """Return the mean qualities given severities: shape (N,)."""
        return (self.t - self.pull @ b) / self.precision


def solve(design: Design, y: Floats, weight: Floats, a: Floats, a_var: Floats, lam: float, tau: float) -> System:
    """Solve for severities and qualities.

    Parameters
    ----------
    design : Design
        The sheets.
    y : ndarray of shape (S,)
        Sheets without the own-region effect.
    weight : ndarray of shape (S,)
        Precision of each sheet's noise.
    a, a_var : ndarray of shape (J,)
        Mean and variance of the discriminations.
    lam, tau : float
        Prior variances of qualities and severities.

    Returns
    -------
    System

    Notes
    -----
    O(sum of squared reviews an entry + J^3).
    """
    pull_values = a[design.juror] * weight
    precision = 1.0 / lam + design.per_entry((a * a + a_var)[design.juror] * weight)
    pull = design.matrix(pull_values)
    scaled = design.matrix(pull_values / precision[design.entry])
    schur = -(scaled.T @ pull).toarray()
    schur[np.diag_indices(design.jurors)] += design.per_juror(weight) + 1.0 / tau
    t = design.per_entry(pull_values * y)
    right = design.per_juror(y * weight) - scaled.T @ t
    lower = cholesky(schur, lower=True, check_finite=False)
    half = solve_triangular(lower, right, lower=True, check_finite=False)
    b_mean = solve_triangular(lower, half, lower=True, trans="T", check_finite=False)
    return System(b_mean, lower, pull, t, precision)


@dataclass(frozen=True, slots=True)
class Moments:
    """Second moments of a system: variances, and covariances within each sheet.

    Attributes
    ----------
    b_var : ndarray of shape (J,)
        Variances of the severities.
    u_var : ndarray of shape (N,)
        Variances of the qualities.
    cross : ndarray of shape (S,)
        Covariance of each sheet's severity and quality.
    """

    b_var: Floats
    u_var: Floats
    cross: Floats


def moments(design: Design, system: System) -> Moments:
    """Compute the second moments of a system. O(S J + J^3)."""
    identity = np.eye(design.jurors)
    root = solve_triangular(system.lower, identity, lower=True, check_finite=False)
    covariance = root.T @ root
    share = system.pull.data / system.precision[design.entry]
    cross = np.empty(len(design.entry))
    for start in range(0, design.entries, _BLOCK):
        block = system.pull[start : start + _BLOCK] @ covariance
        lo, hi = np.searchsorted(design.entry, [start, start + _BLOCK])
        cross[lo:hi] = block[design.entry[lo:hi] - start, design.juror[lo:hi]]
    cross /= system.precision[design.entry]
    u_var = 1.0 / system.precision + design.per_entry(cross * share)
    return Moments(np.diag(covariance).copy(), u_var, -cross)
