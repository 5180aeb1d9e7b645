"""Duels: rank entries from pairwise choices, by Bradley and Terry's model with a prior."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array, diags_array
from scipy.sparse.linalg import cg
from scipy.special import expit

from scoring.errors import InvalidOption, UnknownReference
from scoring.judging.panel import Floats, Panel
from scoring.judging.uncertainty import bands, summarise

#: Prior variance of a strength on the logit scale: the best of ten beats the worst about ten times of eleven.
PRIOR_VARIANCE = 1.5
#: Sheets of a juror on either side, in the order of the entries' ids, that each of the juror's sheets is put against.
OPPONENTS = 50
#: Up to so many entries the draws are joint; of more, whose joint distribution would take longest, independent.
JOINTLY = 2000
_DRAWS, _NEWTON, _NEAR = 1000, 60, 1e-10


@dataclass(frozen=True, slots=True)
class Comparison:
    """One juror's choice between two entries; a tie has no winner.

    Attributes
    ----------
    first, second : str
        Public ids of the entries.
    winner : str or None
        One of the two, or None for a tie.
    juror_id : str
        Who chose.
    """

    first: str
    second: str
    winner: str | None
    juror_id: str = ""


@dataclass(frozen=True, slots=True)
class DuelResult:
    """One entry after the duels.

    Attributes
    ----------
    entry_id : str
        Public id.
    rank : int
        Place from 1; equal strengths share a place.
    strength : float
        On the logit scale, mean 0: the chance to beat another is 1 / (1 + exp(-difference)).
    duels : int
        Comparisons that the entry was in.
    rank_lo, rank_hi : int
        90 % interval of the rank.
    band : int
        Entries of one band, from 1 at the top, cannot be told apart.
    """

    entry_id: str
    rank: int
    strength: float
    duels: int
    rank_lo: int
    rank_hi: int
    band: int


def bradley_terry(
    entries: Iterable[str], comparisons: Iterable[Comparison], *, seed: int = 0
) -> tuple[DuelResult, ...]:
    """Rank entries from pairwise choices.

    Parameters
    ----------
    entries : iterable of str
        Public ids of all entries to rank.
    comparisons : iterable of Comparison
        A tie counts as half a win for each.
    seed : int
        Seed of the draws, from 0.

    Returns
    -------
    tuple of DuelResult
        Best first; entries that share a place in the order of their ids.

    Raises
    ------
    UnknownReference
        A comparison names an entry that is not in the list.
    InvalidOption
        A comparison is of an entry with itself, or its winner is neither of the two.

    Notes
    -----
    Maximum a posteriori by Newton's method, intervals from the normal distribution at the maximum. O(M) a step;
    O(N^3) for the draws of up to 2,000 entries.

    References
    ----------
    Bradley and Terry (1952), Rank analysis of incomplete block designs, Biometrika 39. Caron and Doucet (2012),
    Efficient Bayesian inference for generalized Bradley-Terry models, JCGS 21 (priors).

    Examples
    --------
    >>> [line.entry_id for line in bradley_terry("ab", [Comparison("a", "b", "b")])]
    ['b', 'a']
    """
    names = sorted(set(entries))
    index = {name: i for i, name in enumerate(names)}
    won: list[int] = []
    lost: list[int] = []
    points: list[float] = []
    for duel in comparisons:
        for name in (duel.first, duel.second):
            if name not in index:
                raise UnknownReference("entry", name, "a comparison")
        if duel.first == duel.second or duel.winner not in (duel.first, duel.second, None):
            raise InvalidOption(f"a comparison of {duel.first!r} and {duel.second!r} cannot be won by {duel.winner!r}")
        a, b = index[duel.first], index[duel.second]
        share = 0.5 if duel.winner is None else float(duel.winner == duel.first)
        won += [a, b]
        lost += [b, a]
        points += [share, 1.0 - share]
    if not names:
        return ()
    wins = csr_array((points, (won, lost)), shape=(len(names), len(names)))
    strength, precision = _fit(wins)
    return _results(names, wins, strength, precision, seed)


@dataclass(frozen=True, slots=True)
class Duelled:
    """Entries after the duels that the sheets of a panel imply.

    Attributes
    ----------
    score : ndarray of shape (N,), float64
        Strength put on the rubric's scale; NaN for an entry without a sheet, the middle for one without a duel.
    draws : ndarray of shape (D, N), float64
        Draws of the scores; no columns of NaN.
    """

    score: Floats
    draws: Floats


def score_by_duels(panel: Panel, draws: int = 0, seed: int = 0) -> Duelled:
    """Score entries by the duels between the sheets of each juror: the higher weighted mean wins, equal ones halve it.

    Only the order of a juror's sheets counts, so that strictness and use of the scale do not. A juror's k sheets make
    k (k - 1) / 2 duels, which do not tell as much as if each were another juror's: each counts 4 / k, at most 1, with
    which the intervals cover what they should. A sheet meets at most 100 others. A strength of one standard deviation
    of the prior stands for one of the sheets, or for less, so that no score leaves the scale.

    Parameters
    ----------
    panel : Panel
        The sheets.
    draws : int
        Number of draws D.
    seed : int
        Seed of the draws, from 0.

    Returns
    -------
    Duelled

    Notes
    -----
    O(100 S) for the scores, by Newton's method with conjugate gradients; O(N^3 + D N^2) for the draws of up to 2,000
    entries.
    """
    strength, precision = _fit(_wins(panel))
    if len(panel.total) == 0:
        centre, unit = sum(panel.scale) / 2, panel.scale[1] - panel.scale[0]
    else:
        centre, unit = float(panel.total.mean()), float(panel.total.std())
    unit /= PRIOR_VARIANCE**0.5
    judged = strength[panel.reviews > 0]
    for far, room in ((judged, panel.scale[1] - centre), (-judged, centre - panel.scale[0])):
        unit = min(unit, room / max(float(far.max(initial=0.0)), 1e-9))
    drawn = strength + _drawn(precision, draws, seed) if draws else np.empty((0, len(strength)))
    return Duelled(np.where(panel.reviews > 0, centre + unit * strength, np.nan), centre + unit * drawn)


def _wins(panel: Panel) -> csr_array:
    """Count what each entry won against each other: shape (N, N)."""
    order = np.argsort(panel.juror, kind="stable")
    entry, total = panel.entry[order], np.round(panel.total[order], 9)
    size = np.bincount(panel.juror, minlength=len(panel.jurors))
    start = np.repeat(np.cumsum(size) - size, size)
    k = np.repeat(size, size)
    place = np.arange(len(entry)) - start
    first, second = [np.empty(0, dtype=np.int64)], [np.empty(0, dtype=np.int64)]
    for step in range(1, min(int(size.max(initial=0)) // 2, OPPONENTS) + 1):
        # Around the circle of a juror's sheets; of an even number the opposite one is met once, not from both ends.
        meets = np.flatnonzero((2 * step < k) | ((2 * step == k) & (place < step)))
        first.append(meets)
        second.append(start[meets] + (place[meets] + step) % k[meets])
    a, b = np.concatenate(first), np.concatenate(second)
    apart = entry[a] != entry[b]
    a, b = a[apart], b[apart]
    weight = np.minimum(1.0, 4.0 / np.minimum(k[a], 2 * OPPONENTS + 1))
    won = 0.5 * (1.0 + np.sign(total[a] - total[b]))
    rows, columns = np.concatenate([entry[a], entry[b]]), np.concatenate([entry[b], entry[a]])
    points = np.concatenate([weight * won, weight * (1.0 - won)])
    return csr_array((points, (rows, columns)), shape=(len(panel.entries), len(panel.entries)))


def _fit(wins: csr_array) -> tuple[Floats, csr_array]:
    """Return the strengths at the posterior's maximum, and the precision matrix there."""
    n = wins.shape[0]
    met = csr_array(wins + wins.T).tocoo()
    won, first, second = np.asarray(wins.sum(axis=1)).ravel(), met.row, met.col
    strength = np.zeros(n)

    def per_entry(values: Floats) -> Floats:
        return np.bincount(first, weights=values, minlength=n).astype(np.float64)

    for _ in range(_NEWTON):
        chance = expit(strength[first] - strength[second])
        slope = won - per_entry(met.data * chance) - strength / PRIOR_VARIANCE
        weight = met.data * chance * (1.0 - chance)
        own = per_entry(weight) + 1.0 / PRIOR_VARIANCE
        precision = csr_array(diags_array(own) - csr_array((weight, (first, second)), shape=(n, n)))
        # The posterior is log-concave and its curvature bounded below by the prior: halving far steps makes it safe.
        step, _ = cg(precision, slope, rtol=1e-12, atol=0.0, M=diags_array(1.0 / own))
        far = float(np.abs(step).max(initial=0.0))
        strength = strength + step / max(1.0, far)
        if far < _NEAR:
            break
    return strength, precision


def _drawn(precision: csr_array, count: int, seed: int) -> Floats:
    """Draw what strengths may be beside those of the maximum: shape (count, N)."""
    normal = np.random.default_rng(seed).standard_normal((count, precision.shape[0]))
    if precision.shape[0] > JOINTLY:
        return normal / np.sqrt(precision.diagonal())
    return normal @ np.linalg.inv(np.linalg.cholesky(precision.toarray()))


def _results(
    names: list[str], wins: csr_array, strength: Floats, precision: csr_array, seed: int
) -> tuple[DuelResult, ...]:
    strength = np.round(strength, 6) + 0.0
    draws = strength + _drawn(precision, _DRAWS, seed)
    certainty = summarise(draws, 1)
    order = np.argsort(-strength, kind="stable")
    place = np.searchsorted(np.sort(-strength), -strength, side="left") + 1
    band = bands(draws, order)
    duels = np.asarray((wins + wins.T).sum(axis=1)).ravel()
    return tuple(
        DuelResult(names[i], int(place[i]), float(strength[i]), int(duels[i]), int(certainty.rank_lo[i]),
                   int(certainty.rank_hi[i]), int(band[i]))
        for i in order
    )  # fmt: skip
