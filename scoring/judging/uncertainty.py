"""From draws of the scores to what can be said: intervals, chances, bands."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scoring.judging.panel import Floats, Ints

#: Central probability of every interval that is reported.
LEVEL = 0.90
#: Two entries are tied while the better one is better with less than this probability.
TIED_BELOW = 0.95


@dataclass(frozen=True, slots=True)
class Certainty:
    """What D joint draws of N scores say.

    Attributes
    ----------
    p_top : ndarray of shape (N,), float64 in [0, 1]
        Probability of being among the top.
    rank_lo, rank_hi : ndarray of shape (N,), int64 from 1
        90 % interval of the rank.
    score_lo, score_hi : ndarray of shape (N,), float64
        90 % interval of the score, on the scale.
    """

    p_top: Floats
    rank_lo: Ints
    rank_hi: Ints
    score_lo: Floats
    score_hi: Floats


def summarise(draws: Floats, top: int) -> Certainty:
    """Summarise joint draws of the scores.

    Parameters
    ----------
    draws : ndarray of shape (D, N), float64
        Each row is one possible truth, on the scale.
    top : int
        Size of the top, from 1; more than N counts as N.

    Returns
    -------
    Certainty

    Notes
    -----
    O(D N log N).

    Examples
    --------
    >>> summarise(np.array([[3.0, 2.0, 1.0], [3.0, 1.0, 2.0]]), 1).p_top.tolist()
    [1.0, 0.0, 0.0]
    """
    ranks = ranks_of(draws)
    tail = (1.0 - LEVEL) / 2.0
    lo, hi = np.quantile(ranks, [tail, 1.0 - tail], axis=0, method="inverted_cdf")
    score_lo, score_hi = np.quantile(draws, [tail, 1.0 - tail], axis=0)
    return Certainty((ranks <= top).mean(axis=0), lo.astype(np.int64), hi.astype(np.int64), score_lo, score_hi)


def ranks_of(draws: Floats) -> NDArray[np.int32]:
    """Rank each row, 1 for the highest: shape (D, N), int32. O(D N log N)."""
    order = np.argsort(-draws, axis=1, kind="stable")
    ranks = np.empty(draws.shape, dtype=np.int32)
    np.put_along_axis(ranks, order, np.arange(1, draws.shape[1] + 1, dtype=np.int32)[None, :], axis=1)
    return ranks


def probability_better(draws: Floats, first: int, second: int) -> float:
    """Share of the draws in which the first entry's score is above the second's; ties count half. O(D)."""
    a, b = draws[:, first], draws[:, second]
    return float(np.mean(a > b) + 0.5 * np.mean(a == b))


def bands(draws: Floats, order: Ints) -> Ints:
    """Group entries that the sheets cannot tell apart, from the top down.

    A band opens with its leader and closes before the first entry that the leader beats with probability 0.95 or more.

    Parameters
    ----------
    draws : ndarray of shape (D, N), float64
        Joint draws of the scores.
    order : ndarray of shape (N,), int64
        Entries from best to worst.

    Returns
    -------
    ndarray of shape (N,), int64
        Band of each entry (in the columns' order), from 1.

    Notes
    -----
    O(D N) comparisons: each entry is compared with its band's leader alone.

    Examples
    --------
    >>> bands(np.array([[3.0, 2.9, 1.0], [3.0, 3.1, 1.0]]), np.array([0, 1, 2])).tolist()
    [1, 1, 2]
    """
    band = np.empty(len(order), dtype=np.int64)
    number, leader = 0, -1
    for entry in order:
        if leader < 0 or probability_better(draws, leader, int(entry)) >= TIED_BELOW:
            number, leader = number + 1, int(entry)
        band[entry] = number
    return band
