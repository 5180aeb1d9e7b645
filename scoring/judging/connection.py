"""Whether a jury hangs together: jurors who share no entry, not even through others, cannot be compared."""

from __future__ import annotations

import numpy as np
from scipy.linalg import eigh
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from scoring.judging.panel import Bools, Ints, Panel

#: Below this second eigenvalue two parts of the jury hang together by few entries.
WEAK_LINK = 0.2


def juror_groups(chosen: Bools) -> Ints:
    """Number the groups of jurors that shared entries connect.

    Parameters
    ----------
    chosen : ndarray of shape (N, J), bool
        Pairs of the assignment, or of the sheets.

    Returns
    -------
    ndarray of shape (J,), int64
        Group of each juror, numbered from 0 in the order of the first juror; -1 for a juror without an entry.

    Notes
    -----
    O(N J).

    Examples
    --------
    >>> juror_groups(np.array([[True, True, False, False], [False, False, True, False]])).tolist()
    [0, 0, 1, -1]
    """
    n, m = chosen.shape
    entry, juror = np.nonzero(chosen)
    graph = csr_array((np.ones(len(entry), dtype=np.int8), (entry, n + juror)), shape=(n + m, n + m))
    _, label = connected_components(graph, directed=False)
    groups = np.full(m, -1, dtype=np.int64)
    used = chosen.any(axis=0)
    labels = label[n:][used]
    _, first, inverse = np.unique(labels, return_index=True, return_inverse=True)
    groups[used] = np.argsort(np.argsort(first))[inverse]
    return groups


def entry_groups(panel: Panel) -> Ints:
    """Number the groups of entries that jurors of one group judged.

    Parameters
    ----------
    panel : Panel
        The sheets.

    Returns
    -------
    ndarray of shape (N,), int64
        Group of each entry, numbered as ``juror_groups`` does; -1 for an entry without a sheet.

    Notes
    -----
    O(N J).
    """
    chosen = np.zeros((len(panel.entries), len(panel.jurors)), dtype=bool)
    chosen[panel.entry, panel.juror] = True
    found = np.full(len(panel.entries), -1, dtype=np.int64)
    found[panel.entry] = juror_groups(chosen)[panel.juror]
    return found


def second_eigenvalue(chosen: Bools) -> float:
    """Return the second smallest eigenvalue of the normalised Laplacian of the jurors' shared entries.

    Parameters
    ----------
    chosen : ndarray of shape (N, J), bool
        Pairs of the assignment; jurors without an entry are left out.

    Returns
    -------
    float
        In [0, 2]; 0 when the panel falls apart, rounded to 6 decimals. 1.0 for a single juror.

    Notes
    -----
    O(S r + J^3), r jurors an entry.

    References
    ----------
    Chung (1997), Spectral Graph Theory, section 1.2.

    Examples
    --------
    >>> second_eigenvalue(np.ones((3, 3), dtype=bool))
    1.5
    """
    pairs = csr_array(chosen[:, chosen.any(axis=0)]).astype(np.float64)
    m = pairs.shape[1]
    if m < 2:
        return 1.0
    shared = (pairs.T @ pairs).toarray()
    np.fill_diagonal(shared, 0.0)
    degree = shared.sum(axis=0)
    if not (degree > 0).all():
        return 0.0
    scale = 1.0 / np.sqrt(degree)
    laplacian = np.eye(m) - scale[:, None] * shared * scale[None, :]
    value = eigh(laplacian, eigvals_only=True, subset_by_index=[1, 1])[0]
    return max(0.0, round(float(value), 6)) + 0.0
