"""Jurors who hand in the same sheets: several names, one voice."""

from __future__ import annotations

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from scoring.judging.panel import Floats, Ints, Panel

#: Chance, in one pair of honest jurors, of being taken for copies.
CHANCE = 1e-8
#: Sheets that two jurors must share, all alike, whatever the chance.
LEAST_SHARED = 5


def voices(panel: Panel) -> tuple[Floats, Ints]:
    """Count how many copies of one voice each sheet is part of, and name the voice of each juror.

    Two jurors are copies when their sheets are the same, mark for mark, on every entry that they share, on at least
    five, and on so many that it does not happen by chance at the rate at which sheets of one entry agree.

    Parameters
    ----------
    panel : Panel
        The sheets.

    Returns
    -------
    count : ndarray of shape (S,), float64 from 1
        Sheets of the entry by copies of this juror, this one included.
    voice : ndarray of shape (J,), int64
        For each juror the first of its copies; itself when it has none.

    Notes
    -----
    O(S * reviews an entry), by sparse products.
    """
    m, sheets = len(panel.jurors), len(panel.total)
    _, content = np.unique(np.nan_to_num(panel.marks, nan=-1e9), axis=0, return_inverse=True)
    shared, agreed = _meetings(panel, content.ravel(), m)
    pairs, meetings = shared.nonzero(), shared.data
    agreements = np.asarray(agreed[pairs]).ravel()
    apart = pairs[0] != pairs[1]
    alike = (agreements == meetings) & (meetings >= LEAST_SHARED) & apart
    # Copies, if they are many, must not pass for the usual: the rate is that of the others, and of two sheets by lot.
    others = apart & ~alike
    usual = (float(agreements[others].sum()) + 1.0) / (float(meetings[others].sum()) + 2.0)
    usual = max(usual, float(((np.bincount(content.ravel()) / max(sheets, 1)) ** 2).sum()))
    rare = meetings * np.log(min(usual, 1.0 - 1e-12)) < np.log(CHANCE)
    copies = alike & rare
    if not copies.any():
        return np.ones(sheets), np.arange(m)
    graph = csr_array((np.ones(int(copies.sum())), (pairs[0][copies], pairs[1][copies])), shape=(m, m))
    _, group = connected_components(graph, directed=False)
    _, inverse, count = np.unique(panel.entry * m + group[panel.juror], return_inverse=True, return_counts=True)
    _, first = np.unique(group, return_index=True)
    return np.asarray(count[inverse], dtype=np.float64), first[group].astype(np.int64)


def _meetings(panel: Panel, content: Ints, m: int) -> tuple[csr_array, csr_array]:
    """Count for pairs of jurors the entries that they share, and those for which their sheets are the same."""
    n = len(panel.entries)
    ones = np.ones(len(content))
    present = csr_array((ones, (panel.entry, panel.juror)), shape=(n, m))
    key, place = np.unique(panel.entry * (int(content.max(initial=0)) + 1) + content, return_inverse=True)
    same = csr_array((ones, (place.ravel(), panel.juror)), shape=(len(key), m))
    return csr_array(present.T @ present), csr_array(same.T @ same)
