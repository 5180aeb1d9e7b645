"""Crowd-BT as Gavel runs it, re-implemented from the paper for comparison at the same number of entry views.

Reference: Chen, Bennett, Collins-Thompson, Horvitz (2013), Pairwise ranking aggregation in a crowdsourced setting,
WSDM, section 4 (online updates); constants and the choice of the next entry as Gavel documents them.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.special import betaln, digamma

GAMMA, LAMBDA, KAPPA, EPSILON = 0.1, 1.0, 1e-4, 0.25
Floats = NDArray[np.float64]


def update(alpha: float, beta: float, mu_w: Floats, s_w: Floats, mu_l: Floats, s_l: Floats) -> tuple[Floats, ...]:
    """Return alpha, beta, mu and sigma^2 of winner and loser after one comparison; arrays broadcast."""
    ew, el = np.exp(mu_w), np.exp(mu_l)
    share = ew / (ew + el)
    right = share + 0.5 * (s_w + s_l) * (ew * el * (el - ew)) / (ew + el) ** 3
    right = np.clip(right, 1e-6, 1 - 1e-6)
    total = alpha + beta
    z = (right * alpha + (1 - right) * beta) / total
    first = (right * alpha * (alpha + 1) + (1 - right) * alpha * beta) / (z * total * (total + 1))
    second = (right * (alpha + 2) * (alpha + 1) * alpha + (1 - right) * (alpha + 1) * alpha * beta) / (
        z * total * (total + 1) * (total + 2)
    )
    spread = np.maximum(second - first**2, 1e-9)
    new_alpha, new_beta = (first - second) * first / spread, (first - second) * (1 - first) / spread
    mixed = alpha * ew / (alpha * ew + beta * el)
    slope = mixed - share
    curve = mixed * (1 - mixed) - share * (1 - share)
    return (new_alpha, new_beta, mu_w + s_w * slope, s_w * np.maximum(1 + s_w * curve, KAPPA),
            mu_l - s_l * slope, s_l * np.maximum(1 + s_l * curve, KAPPA))  # fmt: skip


def _gain(alpha: float, beta: float, mu_a: float, s_a: float, mu_b: Floats, s_b: Floats) -> Floats:
    """Return the expected information gain of comparing a with each b."""
    found = np.zeros(len(mu_b))
    ea, eb = np.exp(mu_a), np.exp(mu_b)
    a_wins = alpha / (alpha + beta) * ea / (ea + eb) + beta / (alpha + beta) * eb / (ea + eb)
    for chance, won in ((a_wins, True), (1 - a_wins, False)):
        pair = (np.full_like(mu_b, mu_a), np.full_like(s_b, s_a), mu_b, s_b) if won else (mu_b, s_b, mu_a, s_a)
        na, nb, mw, sw, ml, sl = update(alpha, beta, *pair)
        first = _normal(mw, sw, pair[0], pair[1]) + _normal(ml, sl, pair[2], pair[3])
        found += chance * (first + GAMMA * _beta(na, nb, alpha, beta))
    return found


def _normal(m1: Floats, s1: Floats, m2: Floats | float, s2: Floats | float) -> Floats:
    return (m1 - m2) ** 2 / (2 * s2) + 0.5 * (s1 / s2 - 1 - np.log(s1 / s2))


def _beta(a1: Floats, b1: Floats, a2: float, b2: float) -> Floats:
    return (betaln(a2, b2) - betaln(a1, b1) + (a1 - a2) * digamma(a1) + (b1 - b2) * digamma(b1)
            + (a2 - a1 + b2 - b1) * digamma(a1 + b1))  # fmt: skip


def gavel(perceived: Floats, views: Sequence[int], seed: int) -> dict[int, Floats]:
    """Judge a contest by comparisons of the entry seen last with the next one.

    Parameters
    ----------
    perceived : ndarray of shape (N, J)
        What each juror sees in each entry, severity-free and unrounded: in Gavel's favour.
    views : sequence of int
        Views an entry on average after which to look at the ranking, ascending.

    Returns
    -------
    dict of int to ndarray of shape (N,)
        mu of each entry after so many views.
    """
    rng = np.random.default_rng(seed)
    n, m = perceived.shape
    mu, s = np.zeros(n), np.ones(n)
    alpha, beta = np.full(m, 10.0), np.ones(m)
    seen = np.zeros(n, dtype=int)
    visited = np.zeros((n, m), dtype=bool)
    last = np.full(m, -1)
    found: dict[int, Floats] = {}
    for view in range(n * views[-1]):
        if view % n == 0 and view // n in views:
            found[view // n] = mu.copy()
        j = int(rng.integers(m)) if view >= m else view
        free = np.flatnonzero(~visited[:, j])
        if len(free) == 0:
            continue
        least = free[seen[free] == seen[free].min()]
        if last[j] < 0 or rng.random() < EPSILON:
            chosen = int(rng.choice(least))
        else:
            a = last[j]
            order = rng.permutation(least)
            chosen = int(order[np.argmax(_gain(alpha[j], beta[j], mu[a], s[a], mu[order], s[order]))])
        visited[chosen, j] = True
        seen[chosen] += 1
        if last[j] >= 0:
            w, loser = (chosen, last[j]) if perceived[chosen, j] > perceived[last[j], j] else (last[j], chosen)
            alpha[j], beta[j], mu[w], s[w], mu[loser], s[loser] = (
                float(x) for x in update(alpha[j], beta[j], mu[w], s[w], mu[loser], s[loser])
            )
        last[j] = chosen
    return found | {views[-1]: mu}
