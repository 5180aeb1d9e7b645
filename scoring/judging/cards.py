"""Juror cards: how each juror marks, for the chair and the juror alone; a flag is a question, never an exclusion."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from scoring.judging.calibrated import Calibration, calibrate, can_calibrate
from scoring.judging.calibrated.effects import own_region_effects
from scoring.judging.panel import Floats, Panel

#: 90 % of a normal distribution lie within so many standard deviations.
_Z90 = 1.6449
#: A juror whose discrimination is surely below this hardly tells entries apart.
HARDLY_DISCRIMINATES = 0.5


@dataclass(frozen=True, slots=True)
class JurorCard:
    """How a juror marks.

    Attributes
    ----------
    juror_id : str
        Public id.
    sheets : int
        Sheets that count.
    missing : int
        Marks missing in them.
    severity, severity_lo, severity_hi : float or None
        Points that the juror gives above (below 0: under) the average juror, with 90 % interval.
    discrimination, discrimination_lo, discrimination_hi : float or None
        How far the juror spreads good from bad entries, 1 is the average, with 90 % interval.
    reliability : float or None
        Share of the variance of the juror's marks, severity aside, that is the entries' quality, in [0, 1].
    own_region_effect, own_region_sd : float or None
        Points added to entries of the own region, and the standard deviation; None without such entries.
    values_used : int
        Distinct marks that the juror gave.
    spread : float or None
        Standard deviation of the juror's weighted means, in points.
    flags : tuple of str
        Of ``few-sheets``, ``few-values``, ``hardly-discriminates``, ``own-region``, ``noisy``.
    """

    juror_id: str
    sheets: int
    missing: int
    severity: float | None
    severity_lo: float | None
    severity_hi: float | None
    discrimination: float | None
    discrimination_lo: float | None
    discrimination_hi: float | None
    reliability: float | None
    own_region_effect: float | None
    own_region_sd: float | None
    values_used: int
    spread: float | None
    flags: tuple[str, ...]


def juror_cards(panel: Panel) -> tuple[JurorCard, ...]:
    """Make a card for each juror.

    Parameters
    ----------
    panel : Panel
        The sheets.

    Returns
    -------
    tuple of JurorCard
        In the order of the panel's jurors. What the model says is None for jurors without a sheet, and for all when no
        two sheets differ.

    Notes
    -----
    As ``calibrate``. Careless jurors show by their discrimination; deviation from the mean does not find them, and no
    statistic of scores finds a small ring that lifts two or three entries.
    """
    calibration = calibrate(panel) if can_calibrate(panel) else None
    own = _own_region(panel, calibration) if calibration is not None else {}
    return tuple(_card(panel, calibration, own.get(j), j) for j in range(len(panel.jurors)))


def _card(panel: Panel, c: Calibration | None, own: tuple[float, float] | None, j: int) -> JurorCard:
    mine = panel.juror == j
    marks = panel.marks[mine]
    sheets = int(mine.sum())
    values = np.unique(marks[~np.isnan(marks)])
    known = c is not None and sheets > 0
    severity: tuple[float, float, float] | tuple[None, None, None] = (None, None, None)
    discrimination: tuple[float, float, float] | tuple[None, None, None] = (None, None, None)
    if c is not None and sheets > 0:
        severity = _interval(c.severity[j], c.severity_sd[j])
        discrimination = _interval(c.discrimination[j], c.discrimination_sd[j])
    return JurorCard(
        juror_id=panel.jurors[j].juror_id,
        sheets=sheets,
        missing=int(np.isnan(marks).sum()),
        severity=severity[0],
        severity_lo=severity[1],
        severity_hi=severity[2],
        discrimination=discrimination[0],
        discrimination_lo=discrimination[1],
        discrimination_hi=discrimination[2],
        reliability=round(float(c.reliability[j]), 6) if c is not None and known else None,
        own_region_effect=None if own is None else round(own[0], 6),
        own_region_sd=None if own is None else round(own[1], 6),
        values_used=len(values),
        spread=round(float(panel.total[mine].std()), 6) if sheets else None,
        flags=_flags(panel, c, own, j, sheets, values),
    )


def _flags(
    panel: Panel, c: Calibration | None, own: tuple[float, float] | None, j: int, sheets: int, values: Floats
) -> tuple[str, ...]:
    flags = []
    if sheets < 5:
        flags.append("few-sheets")
    if sheets >= 5 and len(values) <= 3 < panel.scale[1] - panel.scale[0]:
        flags.append("few-values")
    if c is not None and sheets:
        if c.discrimination[j] + _Z90 * c.discrimination_sd[j] < HARDLY_DISCRIMINATES * _typical(panel, c):
            flags.append("hardly-discriminates")
        elif sheets >= 5 and c.reliability[j] < 0.4 * float(np.median(c.reliability)):
            flags.append("noisy")
    if own is not None and own[0] - 2.0 * own[1] > 0:
        flags.append("own-region")
    return tuple(flags)


def _typical(panel: Panel, c: Calibration) -> float:
    """Return the median discrimination of the jurors with sheets: the scale that a juror is held against."""
    used = np.bincount(panel.juror, minlength=len(panel.jurors)) > 0
    return max(float(np.median(c.discrimination[used])), 1e-9)


def _own_region(panel: Panel, c: Calibration) -> dict[int, tuple[float, float]]:
    """Return the own-region effect of each juror who has such entries, and its standard deviation.

    Not those of the fit, which knows the deviation of a juror from the average effect given everything else, but not
    how unsure the average, the juror's severity and the entries' qualities are.
    """
    effect, sd = own_region_effects(c.design, c.state)
    voices = c.design.voices
    jurors = np.unique(panel.juror[panel.own_region]).tolist()
    return {j: (c.design.unit * float(effect[voices[j]]), c.design.unit * float(sd[voices[j]])) for j in jurors}


def _interval(value: float, sd: float) -> tuple[float, float, float]:
    return round(float(value), 6), round(float(value - _Z90 * sd), 6), round(float(value + _Z90 * sd), 6)
