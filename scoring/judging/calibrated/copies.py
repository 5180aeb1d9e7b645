"""Jurors who hand in the same sheets: several names, one voice."""

from __future__ import annotations

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from scoring.judging.panel import Floats, Panel

#: Chance, in one pair of honest jurors, of being taken for copies.
CHANCE = 1e-8
#: Sheets that two jurors must share, all alike, whatever the chance.
LEAST_SHARED = 5


def voices(panel: Panel) -> Floats:
    """Count how many copies of one voice each sheet is part of.

    Two jurors are copies when their sheets are the same, mark for mark, on every entry that they share, on at least
    five, and on so many that it does not happen by chance at the rate at which sheets of one entry agree.

    Parameters
    ----------
    panel : Panel
        The sheets.

    Returns
    -------
    ndarray of shape (S,), float64 from 1
        Sheets of the entry by copies of this juror, this one included.

    Notes
    -----
    O(S * reviews an entry * C).
    """
    m, sheets = len(panel.jurors), len(panel.total)
    marks = np.nan_to_num(panel.marks, nan=-1e9)
    first, second, same = [], [], []
    lag = 1
    while lag < sheets:
        together = panel.entry[lag:] == panel.entry[:-lag]
        if not together.any():
            break
        at = np.flatnonzero(together)
        first.append(panel.juror[at])
        second.append(panel.juror[at + lag])
        same.append((marks[at] == marks[at + lag]).all(axis=1))
        lag += 1
    if not first:
        return np.ones(sheets)
    key = np.concatenate(first) * m + np.concatenate(second)
    alike = np.concatenate(same)
    pairs, which, shared = np.unique(key, return_inverse=True, return_counts=True)
    agreed = np.bincount(which, weights=alike, minlength=len(pairs))
    usual = (float(alike.sum()) + 1.0) / (len(alike) + 2.0)
    rare = shared * np.log(min(usual, 1.0 - 1e-12)) < np.log(CHANCE)
    copies = (agreed == shared) & (shared >= LEAST_SHARED) & rare & (pairs // m != pairs % m)
    if not copies.any():
        return np.ones(sheets)
    graph = coo_array((np.ones(int(copies.sum())), (pairs[copies] // m, pairs[copies] % m)), shape=(m, m))
    _, group = connected_components(graph, directed=False)
    _, inverse, count = np.unique(panel.entry * m + group[panel.juror], return_inverse=True, return_counts=True)
    return np.asarray(count[inverse], dtype=np.float64)
