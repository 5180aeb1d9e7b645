"""Duels: rank a few entries from pairwise choices, by Bradley and Terry's model with a prior."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from scoring.errors import InvalidOption, UnknownReference
from scoring.judging.panel import Floats
from scoring.judging.uncertainty import bands, summarise

#: Prior variance of a strength on the logit scale: the best of ten beats the worst about ten times of eleven.
PRIOR_VARIANCE = 1.5
_DRAWS, _NEWTON = 1000, 60


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
    Maximum a posteriori by Newton's method, intervals from the normal distribution at the maximum. O(M + N^3).

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
    wins = np.zeros((len(names), len(names)))
    for duel in comparisons:
        for name in (duel.first, duel.second):
            if name not in index:
                raise UnknownReference("entry", name, "a comparison")
        if duel.first == duel.second or duel.winner not in (duel.first, duel.second, None):
            raise InvalidOption(f"a comparison of {duel.first!r} and {duel.second!r} cannot be won by {duel.winner!r}")
        a, b = index[duel.first], index[duel.second]
        wins[a, b] += 0.5 if duel.winner is None else float(duel.winner == duel.first)
        wins[b, a] += 0.5 if duel.winner is None else float(duel.winner == duel.second)
    if not names:
        return ()
    strength, precision = _fit(wins)
    return _results(names, wins, strength, precision, seed)


def _fit(wins: Floats) -> tuple[Floats, Floats]:
    """Return the strengths at the posterior's maximum, and the precision matrix there."""
    n = len(wins)
    met = wins + wins.T
    strength = np.zeros(n)
    for _ in range(_NEWTON):
        chance = 1.0 / (1.0 + np.exp(strength[None, :] - strength[:, None]))
        slope = (wins - met * chance).sum(axis=1) - strength / PRIOR_VARIANCE
        weight = met * chance * (1.0 - chance)
        precision = np.diag(weight.sum(axis=1) + 1.0 / PRIOR_VARIANCE) - weight
        # The posterior is log-concave and its curvature bounded below by the prior: halving far steps makes it safe.
        step = np.linalg.solve(precision, slope)
        strength = strength + step / max(1.0, float(np.abs(step).max()))
    return strength, precision


def _results(names: list[str], wins: Floats, strength: Floats, precision: Floats, seed: int) -> tuple[DuelResult, ...]:
    strength = np.round(strength, 6) + 0.0
    root = np.linalg.inv(np.linalg.cholesky(precision))
    draws = strength + np.random.default_rng(seed).standard_normal((_DRAWS, len(names))) @ root
    certainty = summarise(draws, 1)
    order = np.argsort(-strength, kind="stable")
    place = np.searchsorted(np.sort(-strength), -strength, side="left") + 1
    band = bands(draws, order)
    duels = (wins + wins.T).sum(axis=1)
    return tuple(
        DuelResult(names[i], int(place[i]), float(strength[i]), int(duels[i]), int(certainty.rank_lo[i]),
                   int(certainty.rank_hi[i]), int(band[i]))
        for i in order
    )  # fmt: skip
