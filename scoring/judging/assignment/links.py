"""Connect the jury by swaps that keep every promise."""

from __future__ import annotations

import numpy as np

from scoring.judging.assignment.state import Level, State
from scoring.judging.connection import juror_groups
from scoring.judging.panel import Ints


def link(state: State) -> None:
    """Swap pairs between groups of jurors until the panel is connected, or no swap keeps every promise.

    Each swap gives two entries each other's juror: loads and coverage stay as they are.

    Parameters
    ----------
    state : State
        Changed in place.

    Notes
    -----
    O(S J) a swap; a lot rarely leaves more than one group.
    """
    # An entry of c jurors joins c groups into one at most: with one review an entry no swap connects anybody.
    joins = int(np.maximum(state.count - 1, 0).sum())
    least = max(1, int((state.load > 0).sum()) - joins)
    groups = juror_groups(state.chosen)
    for level in (Level.EXPERT, Level.COMMUNITY):
        while groups.max(initial=0) >= least and _swap(state, groups, level):
            groups = juror_groups(state.chosen)


def _swap(state: State, groups: Ints, level: Level) -> bool:
    """Do one swap that leaves fewer groups; tell whether there was one."""
    before = int(groups.max())
    for giver in np.flatnonzero(groups > 0).tolist():
        for entry in state.free_entries(giver).tolist():
            row = state.movable(giver, np.array([entry]), level)[0] & (groups >= 0) & (groups != groups[giver])
            for taker in np.flatnonzero(row).tolist():
                if _exchange(state, entry, giver, taker, level, before):
                    return True
    return False


def _exchange(state: State, entry: int, giver: int, taker: int, level: Level, before: int) -> bool:
    """Give the entry to the taker for one of the taker's entries, if that leaves fewer groups."""
    entries = state.free_entries(taker)
    back = entries[state.movable(taker, entries, level)[:, giver]] if len(entries) else entries
    for other in back.tolist():
        moves = [(entry, giver, taker), (other, taker, giver)]
        state.apply(moves)
        if int(juror_groups(state.chosen).max()) < before:
            return True
        state.apply([(other, giver, taker), (entry, taker, giver)])
    return False
