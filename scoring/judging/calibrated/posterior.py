"""Joint draws of the scores that carry all uncertainty: of qualities, severities and the jurors' parameters."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.random import Generator
from scipy.linalg import solve_triangular
from scipy.special import ndtr, ndtri

from scoring.judging.calibrated.design import Design, System, solve
from scoring.judging.calibrated.fit import LEAST_NOISE, Calibration
from scoring.judging.calibrated.state import PRIORS, State
from scoring.judging.panel import Floats

#: Draws of qualities a sweep, and sweeps before the first draw counts; the chain starts where EM ended.
DRAWS_A_SWEEP, WARM_UP = 20, 5


def posterior_draws(
    calibration: Calibration, count: int, seed: int, progress: Callable[[int, int], None] | None = None
) -> Floats:
    """Draw the scores jointly from their posterior distribution by blocked Gibbs sampling.

    Each sweep draws qualities and severities together (exactly, by the Cholesky factor of the jurors' system), then
    the jurors' parameters and the spreads. No draw is ever rejected on account of the data, so the last bits of another
    machine stay last bits.

    Parameters
    ----------
    calibration : Calibration
        A fitted model.
    count : int
        Number of draws D.
    seed : int
        Seed, from 0.
    progress : callable, optional
        Called with the sweeps done and all sweeps.

    Returns
    -------
    ndarray of shape (D, N), float64
        Scores on the rubric's scale.

    Notes
    -----
    O(D (S + J^2) + D J^3 / 20).

    References
    ----------
    Gelman et al. (2013), Bayesian Data Analysis, third edition, sections 11.1 and 15.5.
    """
    rng = np.random.default_rng(seed)
    design = calibration.design
    sweeps = -(-count // DRAWS_A_SWEEP)
    # Each step puts new arrays in place of the old ones, so the fit stays as it is.
    state = replace(calibration.state)
    draws = np.empty((sweeps * DRAWS_A_SWEEP, design.entries))
    for sweep in range(WARM_UP + sweeps):
        weight = state.weight(design)
        y = design.y - state.own_region(design)
        system = solve(design, y, weight, state.a, np.zeros(design.jurors), state.lam, state.tau)
        block = _draw_block(system, rng, 1 if sweep < WARM_UP else DRAWS_A_SWEEP)
        if sweep >= WARM_UP:
            at = (sweep - WARM_UP) * DRAWS_A_SWEEP
            draws[at : at + DRAWS_A_SWEEP] = block[1]
        _draw_parameters(design, state, block[0][0], block[1][0], rng)
        if progress is not None:
            progress(sweep + 1, WARM_UP + sweeps)
    return design.to_scale(draws[:count])


def _draw_block(system: System, rng: Generator, count: int) -> tuple[Floats, Floats]:
    """Draw severities and qualities: shapes (count, J) and (count, N)."""
    normal = rng.standard_normal((len(system.b_mean), count))
    b = system.b_mean[:, None] + solve_triangular(system.lower, normal, lower=True, trans="T", check_finite=False)
    mean = (system.t[:, None] - system.pull @ b) / system.precision[:, None]
    u = mean + rng.standard_normal(mean.shape) / np.sqrt(system.precision)[:, None]
    return b.T, u.T


def _draw_parameters(design: Design, s: State, b: Floats, u: Floats, rng: Generator) -> None:
    """Draw everything else given severities and qualities: conjugate normal and scaled inverse chi-square steps."""
    p = PRIORS
    n, m = design.entries, design.jurors
    weight, ui = s.weight(design), u[design.entry]
    left = design.y - s.own_region(design) - b[design.juror]
    held = design.per_juror(ui * ui * weight) + 1.0 / s.nu
    pulled = design.per_juror(ui * left * weight) + 1.0 / s.nu
    s.a = draw_above_zero(pulled / held, 1.0 / np.sqrt(held), rng)
    s.nu = ((s.a - 1.0) ** 2 + p.discrimination_freedom * s.pool_nu) / rng.chisquare(p.discrimination_freedom + 1.0, m)
    apart = float((1.0 / s.nu).sum()) + p.discrimination_jurors / p.discrimination_var
    s.pool_nu = rng.chisquare(p.discrimination_freedom * (m + p.discrimination_jurors)) / (
        p.discrimination_freedom * apart
    )
    squares = _draw_own_region(design, s, left - s.a[design.juror] * ui, weight, rng) ** 2

    count, squares = design.per_juror(design.voice), design.voice * squares
    scaled = design.per_juror(squares / s.factor(design)) / s.base
    s.noise = (scaled + p.noise_sheets) / rng.chisquare(count + p.noise_sheets)
    whole = float((squares / (s.factor(design) * s.noise[design.juror])).sum())
    prior = p.pool_noise_sheets * p.pool_noise_var
    s.base = max(LEAST_NOISE, (whole + prior) / rng.chisquare(float(count.sum()) + p.pool_noise_sheets))
    rough = ~design.expert
    if rough.any() and not rough.all():
        ratio = squares[rough] / (s.base * s.noise[design.juror] * design.vague)[rough]
        prior = p.non_expert_sheets * p.non_expert_var
        s.rough = max(
            1.0, (float(ratio.sum()) + prior) / rng.chisquare(float(design.voice[rough].sum()) + p.non_expert_sheets)
        )
    s.lam = (float(u @ u) + p.quality_entries * p.quality_var) / rng.chisquare(n + p.quality_entries)
    s.tau = (float(b @ b) + p.severity_jurors * p.severity_var) / rng.chisquare(m + p.severity_jurors)


def draw_above_zero(mean: Floats, sd: Floats, rng: Generator) -> Floats:
    """Draw from normal distributions of which only what lies above 0 is left, by their inverse: nothing is rejected."""
    above = np.maximum((1.0 - rng.random(len(mean))) * ndtr(mean / sd), 1e-300)
    return np.maximum(mean - sd * ndtri(above), 0.0)


def _draw_own_region(design: Design, s: State, error: Floats, weight: Floats, rng: Generator) -> Floats:
    """Draw the own-region effects; return what is left of the sheets' errors."""
    p = PRIORS
    held = design.per_juror(weight * design.own)
    some = held > 0
    error = error + s.favour[design.juror] * design.own
    spread = np.where(some, 1.0 / (held + 1.0 / s.omega), 0.0)
    s.favour = design.per_juror(weight * design.own * error) * spread + rng.standard_normal(len(held)) * np.sqrt(spread)
    apart = float(s.favour @ s.favour) + p.favour_jurors * p.favour_var
    s.omega = apart / rng.chisquare(float(some.sum()) + p.favour_jurors)
    error = error + (s.own - s.favour[design.juror]) * design.own
    hold = float(weight @ design.own) + p.own_region_precision
    s.own = float((error * weight) @ design.own) / hold + rng.standard_normal() / np.sqrt(hold)
    return error - s.own * design.own
