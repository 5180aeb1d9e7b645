"""The best assignment that keeps what the quick one kept, by integer programming."""

from __future__ import annotations

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array, vstack

from scoring.judging.assignment.cover import NON_EXPERT, OWN_REGION
from scoring.judging.assignment.state import State
from scoring.judging.panel import Floats, Ints

#: Seconds after which the best assignment found so far is taken; the quick one is always among them.
TIME_LIMIT_S = 120.0


def improve(state: State) -> None:
    """Replace the pairs that may move by those with the most reviews by experts and the fewest by own-region jurors.

    Every entry keeps its number of reviews, loads stay within one of each other, or as they are where they could not
    come so near, and whatever promise the quick assignment kept for an entry is kept.

    Parameters
    ----------
    state : State
        A complete assignment; changed in place when a better one is found.

    Notes
    -----
    One binary variable for each pair without a conflict: for up to some thousands of entries. Solved by HiGHS (Huangfu
    and Hall 2018, Parallelizing the dual revised simplex method), which is deterministic for a version of scipy.
    """
    if not state.chosen.any():
        return
    open_pairs = (state.allowed & state.speaks[state.language]) | state.chosen
    entry, juror = np.nonzero(open_pairs)
    expert = state.expert[state.track[entry], juror]
    cost = NON_EXPERT * ~expert + OWN_REGION * state.own[state.region[entry], juror] + 0.0
    kept = state.kept[entry, juror]
    rows, low, high = _promises(state, entry, juror, expert)
    answer = milp(
        cost,
        constraints=LinearConstraint(rows, low, high),
        bounds=Bounds(kept.astype(float), 1.0),
        integrality=np.ones(len(cost)),
        options={"time_limit": TIME_LIMIT_S, "mip_rel_gap": 0.0},
    )
    if answer.x is None or float(cost @ np.round(answer.x)) >= float(cost @ state.chosen[entry, juror]):
        return
    wanted = np.zeros_like(state.chosen)
    wanted[entry, juror] = answer.x > 0.5
    for i, j in np.argwhere(state.chosen & ~wanted).tolist():
        state.remove(i, j)
    for i, j in np.argwhere(wanted & ~state.chosen).tolist():
        state.add(i, j)


def _promises(state: State, entry: Ints, juror: Ints, expert: np.ndarray) -> tuple[csr_array, Floats, Floats]:
    """Put coverage, loads, experts and communities into rows of a constraint matrix."""
    n, m = state.chosen.shape
    at = np.arange(len(entry))

    def incidence(row: Ints, count: int, which: np.ndarray) -> csr_array:
        return csr_array((np.ones(int(which.sum())), (row[which], at[which])), shape=(count, len(entry)))

    every = np.ones(len(entry), dtype=bool)
    has_expert = (state.experts > 0).astype(float)
    blocks = [incidence(entry, n, every), incidence(juror, m, every), incidence(entry, n, expert)]
    # Loads within one of each other may be exchanged between jurors; uneven ones are as even as they could be.
    load = state.load.astype(float)
    level = float(np.ptp(load)) <= 1.0
    low = [state.count.astype(float), np.full(m, load.min()) if level else load, has_expert]
    high = [state.count.astype(float), np.full(m, load.max()) if level else load, np.full(n, np.inf)]
    high[1] = np.minimum(high[1], np.maximum(state.capacity, state.load))
    if state.groups:
        member = state.community[juror] < state.groups
        group = entry * state.groups + np.minimum(state.community[juror], state.groups - 1)
        numbers, row = np.unique(group[member], return_inverse=True)
        packed = np.zeros(len(entry), dtype=np.int64)
        packed[member] = row
        blocks.append(incidence(packed, len(numbers), member))
        low.append(np.zeros(len(numbers)))
        high.append(np.maximum(1.0, state.present[numbers // state.groups, numbers % state.groups]))
    return csr_array(vstack(blocks)), np.concatenate(low), np.concatenate(high)
