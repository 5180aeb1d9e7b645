"""Fit the calibrated model by variational EM: qualities and severities jointly normal, jurors' parameters shrunk."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.special import log_ndtr

from scoring.judging.calibrated.design import Design, Moments, System, complete, make_design, moments, solve
from scoring.judging.calibrated.state import PRIORS, State
from scoring.judging.panel import Floats, Panel

#: A fixed number of rounds: stopping by a threshold could stop elsewhere on another machine.
ROUNDS = 30
#: Least noise variance, in units of the sheets' spread: marks are too coarse for less, and the system stays regular.
LEAST_NOISE = 1e-3


@dataclass(frozen=True, slots=True)
class Calibration:
    """A fitted model, on the rubric's scale unless said otherwise.

    Points of jurors are points near the middle of the marks; towards a crowded end of the scale they are fewer.

    Attributes
    ----------
    quality : ndarray of shape (N,), float64
        Score of each entry: the mark that it would get from an average juror of another region; drawn to the centre the
        less is known.
    quality_sd : ndarray of shape (N,), float64
        Its standard deviation, given the jurors' parameters.
    latent : ndarray of shape (N,), float64
        The same qualities in units of the sheets' spread, mean of all sheets 0.
    severity, severity_sd : ndarray of shape (J,), float64
        Points that a juror adds (above 0) or takes off, and the standard deviation.
    discrimination, discrimination_sd : ndarray of shape (J,), float64
        How far a juror spreads entries apart: 1 is the average, 0 does not tell them apart. No unit.
    noise : ndarray of shape (J,), float64
        Standard deviation of a juror's marks around what the model expects, as an expert.
    reliability : ndarray of shape (J,), float64 in [0, 1]
        Share of the variance of a juror's marks, severity aside, that is the entries' quality.
    own_region : float
        Points that a juror adds to an entry of the own region, on average.
    own_region_each : ndarray of shape (J,), float64
        The same of each juror, drawn to the average the fewer such entries the juror had.
    non_expert : float
        Factor on the noise of a juror who is no expert of the track; from 1.
    residual : ndarray of shape (S,), float64
        Each sheet's weighted mean minus what the model expects of it.
    design, state : Design and State
        The sheets and all parameters in units of the sheets' spread, for ``posterior_draws``.
    """

    quality: Floats
    quality_sd: Floats
    latent: Floats
    severity: Floats
    severity_sd: Floats
    discrimination: Floats
    discrimination_sd: Floats
    noise: Floats
    reliability: Floats
    own_region: float
    own_region_each: Floats
    non_expert: float
    residual: Floats
    design: Design
    state: State


def calibrate(panel: Panel, rounds: int = ROUNDS, progress: Callable[[int, int], None] | None = None) -> Calibration:
    """Fit the calibrated model.

    Parameters
    ----------
    panel : Panel
        At least one sheet, and sheets that are not all equal.
    rounds : int
        Rounds of EM.
    progress : callable, optional
        Called with the rounds done and all rounds.

    Returns
    -------
    Calibration

    Raises
    ------
    ValueError
        There is no sheet, or all sheets are equal: then there is nothing to fit.

    Notes
    -----
    Deterministic. O(rounds * (S J + J^3)); 200 entries, 30 jurors and 1,000 sheets take about 20 ms.

    References
    ----------
    Bishop (2006), Pattern Recognition and Machine Learning, section 10.1 (variational EM). MacKay et al. (2017),
    Calibration with confidence, Royal Society Open Science 4, 160760 (severity and confidence in panels). Linacre
    (1989), Many-Facet Rasch Measurement (severity). Lehmann (1975), Nonparametrics, section 2.6 (normal scores).

    Examples
    --------
    >>> from scoring.judging.panel import make_panel
    >>> from scoring.judging.records import Entry, Juror, Rubric, Scoresheet
    >>> sheets = [Scoresheet(e, j, {"idea": 3 + 2 * n + 3 * (j == "mild")}) for n, e in enumerate("abc")
    ...           for j in ("strict", "mild")]
    >>> panel = make_panel(sheets, map(Entry, "abc"), map(Juror, ("strict", "mild")), Rubric({"idea": 1}))
    >>> fit = calibrate(panel)
    >>> bool(fit.severity[0] > 0 > fit.severity[1]), bool(fit.quality[0] < fit.quality[1] < fit.quality[2])
    (True, True)
    """
    if not can_calibrate(panel):
        raise ValueError("there is nothing to fit: no sheet, or all sheets are equal")
    design = make_design(panel)
    state = State.start(design.jurors)
    count = design.per_juror(design.voice)
    mixed = bool(design.expert.any() and not design.expert.all())
    for number in range(rounds):
        system, second = _expect(design, state)
        _maximise(design, state, system, second, count, mixed)
        if progress is not None:
            progress(number + 1, rounds)
    return _finish(design, state)


def can_calibrate(panel: Panel) -> bool:
    """Tell whether there are sheets that differ."""
    return len(panel.total) > 0 and float(np.ptp(np.round(complete(panel)[0], 9))) > 0


def _expect(design: Design, state: State) -> tuple[System, Moments]:
    y = design.y - state.own_region(design)
    system = solve(design, y, state.weight(design), state.a, state.a_var, state.lam, state.tau)
    return system, moments(design, system)


def _maximise(design: Design, s: State, system: System, second: Moments, count: Floats, mixed: bool) -> None:
    """Update every parameter from the joint moments of qualities and severities."""
    p = PRIORS
    b, u = system.b_mean, system.quality(system.b_mean)
    weight = s.weight(design)
    ui, left = u[design.entry], design.y - s.own_region(design) - b[design.juror]
    square = ui**2 + second.u_var[design.entry]

    held = design.per_juror(square * weight) + 1.0 / s.nu
    mean = (design.per_juror((ui * left - second.cross) * weight) + 1.0 / s.nu) / held
    s.a, s.a_var = above_zero(mean, 1.0 / held)
    _spread_discriminations(s)

    a = s.a[design.juror]
    error = _learn_own_region(design, s, left - a * ui, weight)
    spread = second.b_var[design.juror] + a * a * second.u_var[design.entry] + 2.0 * a * second.cross
    squares = error**2 + spread + s.a_var[design.juror] * square + s.favour_var[design.juror] * design.own

    if mixed:
        rough = ~design.expert
        ratio = (design.voice * squares / (s.noise[design.juror] * design.vague))[rough] / s.base
        prior, counted = p.non_expert_sheets * p.non_expert_var, float(design.voice[rough].sum())
        s.rough = max(1.0, (float(ratio.sum()) + prior) / (counted + p.non_expert_sheets))
    factor = s.factor(design)
    s.noise = (design.per_juror(design.voice * squares / factor) / s.base + p.noise_sheets) / (count + p.noise_sheets)
    whole = (
        float((design.voice * squares / (factor * s.noise[design.juror])).sum())
        + p.pool_noise_sheets * p.pool_noise_var
    )
    s.base = max(LEAST_NOISE, whole / (float(count.sum()) + p.pool_noise_sheets))
    s.lam = (float(u @ u + second.u_var.sum()) + p.quality_entries * p.quality_var) / (
        design.entries + p.quality_entries
    )
    s.tau = (float(b @ b + second.b_var.sum()) + p.severity_jurors * p.severity_var) / (
        design.jurors + p.severity_jurors
    )


def above_zero(mean: Floats, var: Floats) -> tuple[Floats, Floats]:
    """Return mean and variance of normal distributions of which only what lies above 0 is left.

    No juror is taken to mark in reverse: a chance of a few sheets would make a higher mark of theirs lower its entry.
    """
    sd = np.sqrt(var)
    z = mean / sd
    mills = np.exp(-0.5 * z * z - 0.5 * np.log(2.0 * np.pi) - log_ndtr(z))
    return np.maximum(mean + sd * mills, 0.0), var * np.clip(1.0 - mills * (mills + z), 0.0, 1.0)


def _spread_discriminations(s: State) -> None:
    """Update the prior variances of the discriminations: Student's t as a mixture of normal distributions."""
    p = PRIORS
    apart = (s.a - 1.0) ** 2 + s.a_var
    s.nu = (apart + p.discrimination_freedom * s.pool_nu) / (p.discrimination_freedom + 1.0)
    s.pool_nu = (len(s.a) + p.discrimination_jurors) / (
        float((1.0 / s.nu).sum()) + p.discrimination_jurors / p.discrimination_var
    )


def _learn_own_region(design: Design, s: State, error: Floats, weight: Floats) -> Floats:
    """Update the own-region effects, each juror's and then the average; return what is left of the errors."""
    p = PRIORS
    held = design.per_juror(weight * design.own)
    some = held > 0
    error = error + s.favour[design.juror] * design.own
    s.favour_var = np.where(some, 1.0 / (held + 1.0 / s.omega), 0.0)
    s.favour = design.per_juror(weight * design.own * error) * s.favour_var
    s.omega = (float((s.favour**2 + s.favour_var).sum()) + p.favour_jurors * p.favour_var) / (
        float(some.sum()) + p.favour_jurors
    )
    error = error - s.favour[design.juror] * design.own
    shift = float((error * weight) @ design.own) / (float(weight @ design.own) + p.own_region_precision)
    s.own += shift
    return error - shift * design.own


def _finish(design: Design, state: State) -> Calibration:
    system, second = _expect(design, state)
    u, b = system.quality(system.b_mean), system.b_mean
    expected = state.own_region(design) + b[design.juror] + state.a[design.juror] * u[design.entry]
    signal = state.a**2 * state.lam
    noise = state.base * state.noise
    voice = design.voices
    return Calibration(
        quality=design.to_scale(u),
        latent=u,
        quality_sd=design.unit * np.sqrt(second.u_var),
        severity=design.unit * b[voice],
        severity_sd=design.unit * np.sqrt(second.b_var[voice]),
        discrimination=state.a[voice],
        discrimination_sd=np.sqrt(state.a_var[voice]),
        noise=design.unit * np.sqrt(noise[voice]),
        reliability=(signal / (signal + noise))[voice],
        own_region=design.unit * state.own,
        own_region_each=design.unit * (state.own + state.favour)[voice],
        non_expert=float(np.sqrt(state.rough)),
        residual=design.unit * (design.y - expected),
        design=design,
        state=state,
    )
