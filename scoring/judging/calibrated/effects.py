"""Further effects on the sheets beside a fit, such as a slope or a favour, with how sure they are."""

from __future__ import annotations

import numpy as np
from scipy.linalg import cho_factor, cho_solve
from scipy.sparse import csr_array, hstack

from scoring.judging.calibrated.design import Design
from scoring.judging.calibrated.state import PRIORS, State
from scoring.judging.panel import Floats


def added_effects(design: Design, s: State, y: Floats, extra: csr_array, var: Floats) -> tuple[Floats, Floats]:
    """Estimate effects together with severities and qualities, given the other parameters of a fit.

    Parameters
    ----------
    design : Design
        The sheets.
    s : State
        The fit.
    y : ndarray of shape (S,), float64
        Normal scores of the sheets, less what is not to be estimated.
    extra : csr_array of shape (S, K), float64
        How much of each effect a sheet has.
    var : ndarray of shape (K,), float64 above 0
        Variances of the effects before any sheet, in units of the sheets' spread.

    Returns
    -------
    mean : ndarray of shape (K,), float64
        Effects, in units of the sheets' spread.
    covariance : ndarray of shape (K, K), float64
        Their covariance: what could as well be severity or quality makes them less sure.

    Notes
    -----
    All are jointly normal; qualities are eliminated by the Schur complement. O(S (J + K) + (J + K)^3).
    """
    sheets = np.arange(len(y))
    severities = csr_array((np.ones(len(y)), (sheets, design.juror)), shape=(len(y), design.jurors))
    x = hstack([severities, extra], format="csr")
    weight, a = s.weight(design), s.a[design.juror]
    precision = 1.0 / s.lam + design.per_entry((a * a + s.a_var[design.juror]) * weight)
    pull = csr_array((a * weight, (design.entry, sheets)), shape=(design.entries, len(sheets)))
    through = pull @ x
    scaled = csr_array(through / precision[:, None])
    known = (x.T @ (x * weight[:, None]) - through.T @ scaled).toarray()
    right = x.T @ (weight * y) - scaled.T @ (pull @ y)
    prior = np.concatenate([np.full(design.jurors, 1.0 / s.tau), 1.0 / var])
    factor = cho_factor(known + np.diag(prior), lower=True)
    first = design.jurors
    return cho_solve(factor, right)[first:], cho_solve(factor, np.eye(len(prior)))[first:, first:]


def own_region_effects(design: Design, s: State) -> tuple[Floats, Floats]:
    """Estimate what each juror adds to entries of the own region, and how sure that is.

    Parameters
    ----------
    design : Design
        The sheets.
    s : State
        The fit.

    Returns
    -------
    effect, sd : ndarray of shape (J,), float64
        Effects and their standard deviations, in units of the sheets' spread; NaN for jurors without such a sheet.
    """
    effect, sd = np.full(design.jurors, np.nan), np.full(design.jurors, np.nan)
    jurors, sheets = np.unique(design.juror[design.own > 0]), np.flatnonzero(design.own > 0)
    if not len(jurors):
        return effect, sd
    # The first column is the average effect, the others what each juror's is above it.
    rows = np.concatenate([sheets, sheets])
    columns = np.concatenate([np.zeros(len(sheets), dtype=np.int64), 1 + np.searchsorted(jurors, design.juror[sheets])])
    extra = csr_array((np.ones(len(rows)), (rows, columns)), shape=(len(design.y), 1 + len(jurors)))
    var = np.concatenate([[1.0 / PRIORS.own_region_precision], np.full(len(jurors), s.omega)])
    mean, covariance = added_effects(design, s, design.y, extra, var)
    effect[jurors] = mean[0] + mean[1:]
    sd[jurors] = np.sqrt(covariance[0, 0] + np.diag(covariance)[1:] + 2.0 * covariance[0, 1:])
    return effect, sd
