"""What reviews will tell before they are made: how wide the interval of a score will be."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.linalg import cholesky, solve_triangular
from scipy.sparse import csr_array
from scipy.special import ndtr, ndtri

from scoring.errors import InvalidOption
from scoring.judging.calibrated import Calibration
from scoring.judging.panel import Floats, by_id, expertise
from scoring.judging.records import Entry, Juror

Pair = tuple[str, str]

#: Share of the scale's length that is the standard deviation of sheets, as long as there are none.
ASSUMED_SPREAD = 0.25
#: Of the sheets' variance: entries, jurors' severity, what a sheet says beside both. Between the two generators of the
#: benchmarks, as the calibrated model sees them.
ASSUMED_QUALITY, ASSUMED_SEVERITY, ASSUMED_NOISE = 0.45, 0.15, 0.4
ASSUMED_NON_EXPERT = 1.2
_BLOCK = 2048


@dataclass(frozen=True, slots=True)
class Components:
    """Why sheets differ, in squared points of the rubric's scale.

    Attributes
    ----------
    quality, severity, noise : float
        Variances of entries, of jurors' severity, and of one sheet by an expert beside both; above 0.
    non_expert : float
        Factor on the noise of jurors who are no experts of the track; from 1.
    """

    quality: float
    severity: float
    noise: float
    non_expert: float = ASSUMED_NON_EXPERT

    @classmethod
    def assumed(cls, scale: tuple[float, float]) -> Components:
        """Return what is assumed on a scale as long as there are no sheets.

        Examples
        --------
        >>> Components.assumed((0, 10)).quality
        2.8125
        """
        variance = (ASSUMED_SPREAD * (scale[1] - scale[0])) ** 2
        return cls(*(round(share * variance, 9) for share in (ASSUMED_QUALITY, ASSUMED_SEVERITY, ASSUMED_NOISE)))

    @classmethod
    def of(cls, calibration: Calibration) -> Components:
        """Return the pooled components of a fitted model."""
        state, unit = calibration.state, calibration.design.unit**2
        # What the average sheet tells: who tells nothing of the entries adds nothing, and does not blur the others.
        told = float(np.mean((state.a**2 + state.a_var) / state.noise)) / state.base
        return cls(unit * state.lam, unit * state.tau, unit / told, max(1.0, state.rough))


def predicted_widths(
    pairs: Iterable[Pair],
    entries: Iterable[Entry],
    jurors: Iterable[Juror],
    components: Components,
    *,
    level: float = 0.9,
) -> dict[str, float]:
    """Predict how wide the interval of each entry's score will be once these reviews are made.

    Parameters
    ----------
    pairs : iterable of (entry_id, juror_id)
        The reviews; names that are not given are ignored.
    entries, jurors : iterables of Entry and Juror
        In any order.
    components : Components
        Why sheets differ.
    level : float
        Probability of the interval, in (0, 1).

    Returns
    -------
    dict of str to float
        Entry to width, in points of the scale: the interval of a score runs half of it up and half down.

    Raises
    ------
    InvalidOption
        ``level`` is no probability, or a component is not above 0.

    Notes
    -----
    The posterior variance of a quality under ``y = severity_j + quality_i + noise``, all normal: it depends on who
    reviews what and on no mark. Jurors who share few entries with others leave their severity, and so their entries,
    less known. O(S r + N J^2), r reviews an entry.

    References
    ----------
    Henderson (1975), Best linear unbiased estimation and prediction under a selection model, Biometrics 31(2):
    prediction error variance. MacKay et al. (2017), Calibration with confidence, Royal Society Open Science 4, 160760.

    Examples
    --------
    >>> parts = Components(quality=1.0, severity=0.1, noise=1.0, non_expert=1.0)
    >>> one = predicted_widths([("a", "x")], [Entry("a")], [Juror("x")], parts)["a"]
    >>> two = predicted_widths([("a", "x"), ("a", "y")], [Entry("a")], [Juror("x"), Juror("y")], parts)["a"]
    >>> round(one, 2), round(two, 2)
    (2.38, 1.96)
    """
    if not 0 < level < 1:
        raise InvalidOption(f"the level of an interval lies between 0 and 1, not at {level}")
    if min(components.quality, components.severity, components.noise) <= 0:
        raise InvalidOption("variances are above 0")
    works, people = by_id(entries, "entry_id", "entry"), by_id(jurors, "juror_id", "juror")
    if not works:
        return {}
    weight = _weights(pairs, works, people, components)
    precision = 1.0 / components.quality + weight.sum(axis=1)
    variance = 1.0 / precision
    if weight.nnz:
        variance = variance + _of_severity(weight, precision, components.severity)
    width = 2.0 * float(ndtri(0.5 + level / 2)) * np.sqrt(variance)
    return {work.entry_id: float(value) for work, value in zip(works, width, strict=True)}


def told_apart(width: float, components: Components, *, level: float = 0.9, sure: float = 0.95) -> float:
    """Return of how many pairs of entries, taken by lot, it will be sure which is the better one.

    Parameters
    ----------
    width : float
        Predicted width of both intervals, in points.
    components : Components
        Why sheets differ.
    level, sure : float
        Probability of the interval; from which probability on a pair counts as told apart. In (0.5, 1) and (0, 1).

    Returns
    -------
    float
        Share in [0, 1].

    Examples
    --------
    >>> parts = Components.assumed((1, 10))
    >>> round(told_apart(2.5, parts), 2), round(told_apart(1.7, parts), 2)
    (0.34, 0.55)
    """
    variance = (width / (2.0 * float(ndtri(0.5 + level / 2)))) ** 2
    known = max(components.quality - variance, 0.0)
    return float(2.0 * ndtr(-float(ndtri(sure)) * np.sqrt(variance / known))) if known > 0 else 0.0


def _weights(
    pairs: Iterable[Pair], works: Sequence[Entry], people: Sequence[Juror], components: Components
) -> csr_array:
    """Return the precision that each review adds: shape (N, J)."""
    row = {work.entry_id: i for i, work in enumerate(works)}
    column = {person.juror_id: j for j, person in enumerate(people)}
    known = sorted({(row[e], column[j]) for e, j in pairs if e in row and j in column})
    entry, juror = np.array(known, dtype=np.int64).reshape(len(known), 2).T
    tracks = sorted({work.track for work in works})
    expert = expertise([Entry("", track=name) for name in tracks], people)
    place = {name: t for t, name in enumerate(tracks)}
    track = np.array([place[work.track] for work in works], dtype=np.int64)
    noise = components.noise * np.where(expert[track[entry], juror], 1.0, components.non_expert)
    return csr_array((1.0 / noise, (entry, juror)), shape=(len(works), len(people)))


def _of_severity(weight: csr_array, precision: Floats, severity: float) -> Floats:
    """Return what not knowing the severities adds to each entry's variance: shape (N,), by the Schur complement."""
    scaled = csr_array(weight.multiply(1.0 / precision[:, None]))
    schur = -(scaled.T @ weight).toarray()
    schur[np.diag_indices(len(schur))] += weight.sum(axis=0) + 1.0 / severity
    lower = cholesky(schur, lower=True, check_finite=False)
    added = np.empty(len(precision))
    for start in range(0, len(precision), _BLOCK):
        rows = scaled[start : start + _BLOCK].toarray().T
        added[start : start + _BLOCK] = (solve_triangular(lower, rows, lower=True, check_finite=False) ** 2).sum(axis=0)
    return added
