"""Give every entry its reviews, by lot among the least loaded, and make loads equal."""

from __future__ import annotations

import hashlib

import numpy as np

from scoring.errors import Infeasible
from scoring.judging.assignment.state import Level, Starts, State
from scoring.judging.panel import Bools, Ints

#: Loads that a review by a non-expert, or by a juror of the entry's own region, is worth avoiding.
NON_EXPERT, OWN_REGION = 3, 1
_LOT_BITS = 20
_LOT_MASK = (1 << _LOT_BITS) - 1
_BARRED = 1 << 60
_NEVER = np.iinfo(np.int64).max


def lots(seed: int, purpose: str, count: int) -> Ints:
    """Draw lots below 2^20 from a seed by SHA-256, so that no library version and no machine changes them.

    Parameters
    ----------
    seed : int
        Published seed.
    purpose : str
        Name that separates this draw from others of the same seed.
    count : int
        How many.

    Returns
    -------
    ndarray of shape (count,), int64

    Examples
    --------
    >>> lots(1, "jurors", 3).tolist()
    [233906, 856188, 107758]
    """
    blocks = (count + 7) // 8
    stream = b"".join(hashlib.sha256(f"{seed}/{purpose}/{block}".encode()).digest() for block in range(blocks))
    return (np.frombuffer(stream, dtype=">u4")[:count] >> (32 - _LOT_BITS)).astype(np.int64)


def cover(state: State, reviews: int, seed: int, *, partial: bool = False) -> None:
    """Bring every entry to its number of reviews.

    Reviews go round by round to the juror with the lowest load plus penalties, ties by lot, hardest entries first. What
    stays open is mended by chains of moves, and only then are promises given up: first the expert, then the language,
    then the community, for the entries concerned alone.

    Parameters
    ----------
    state : State
        Changed in place.
    reviews : int
        Reviews an entry.
    seed : int
        Seed of the lots.
    partial : bool
        Give as many reviews as can be given instead of raising.

    Raises
    ------
    Infeasible
        Some entries cannot get their reviews; names the bottleneck.

    Notes
    -----
    O(N r J) for the rounds; every mended review adds at most O(N r J).
    """
    n, m = state.chosen.shape
    if not partial:
        _refuse_too_few(state, reviews)
    entry_lots = lots(seed, "entries", n) | (1 << 19 | 1)
    hardest_first = np.lexsort((entry_lots, state.allowed.sum(axis=1))).tolist()
    keys = _Keys(state)
    for turn in range(reviews if m else 0):
        turn_lots = lots(seed, f"turn {turn}", m)
        for entry in hardest_first:
            if state.count[entry] <= turn:
                juror = keys.best(entry, turn_lots * entry_lots[entry])
                if juror >= 0:
                    state.add(entry, juror)
                    keys.raise_load(juror)
    for level in sorted(Level, reverse=True):
        _mend(state, reviews, level, partial=partial)


class _Keys:
    """Sort keys of jurors: load plus penalties above, the lot below; from ``_BARRED`` on a juror is out of question.

    What depends only on an entry's track, language and region is kept, as very many entries share it.
    """

    def __init__(self, state: State) -> None:
        self.state = state
        self.load = state.load << _LOT_BITS
        self.load[state.load >= state.capacity] = _BARRED
        self.known: dict[tuple[int, int, int, bool], Ints] = {}
        self.members = [np.flatnonzero(state.community == c) for c in range(state.groups)]
        self.classes = list(zip(state.track.tolist(), state.language.tolist(), state.region.tolist(), strict=True))
        entry, juror = np.nonzero(~state.allowed)
        starts = np.searchsorted(entry, np.arange(1, len(state.allowed)))
        self.conflicts = np.split(juror, starts)

    def best(self, entry: int, mixed: Ints) -> int:
        """Return the juror with the lowest key for one more review of the entry, or -1."""
        state = self.state
        key = (mixed >> 10) & _LOT_MASK
        key += self.load
        key += self._penalty(entry, bool(state.experts[entry] == 0 and state.findable[entry]))
        key[self.conflicts[entry]] = _BARRED
        for juror in state.of_entry[entry]:
            key[juror] = _BARRED
            community = state.community[juror]
            if community < state.groups:
                key[self.members[community]] = _BARRED
        juror = int(key.argmin())
        return juror if key[juror] < _BARRED else -1

    def raise_load(self, juror: int) -> None:
        """Count one more entry of the juror."""
        self.load[juror] += 1 << _LOT_BITS
        if self.state.load[juror] >= self.state.capacity[juror]:
            self.load[juror] = _BARRED

    def _penalty(self, entry: int, expert_only: bool) -> Ints:
        track, language, region = self.classes[entry]
        known = self.known.get((track, language, region, expert_only))
        if known is None:
            state = self.state
            known = (NON_EXPERT * ~state.expert[track] + OWN_REGION * state.own[region]).astype(np.int64) << _LOT_BITS
            known[~state.speaks[language]] = _BARRED
            if expert_only:
                known[~state.expert[track]] = _BARRED
            self.known[track, language, region, expert_only] = known
        return known


def balance(state: State) -> None:
    """Bring loads within one of each other, as far as chains of moves that keep every promise can.

    Parameters
    ----------
    state : State
        Changed in place; kept pairs stay, and an entry keeps its number of reviews.

    Notes
    -----
    A load is lowered only along a chain that ends two or more lower, so the sum of squared loads falls with each move.
    With conflicts and capacities alone the result is optimal (Harvey et al. 2006, Semi-matchings for bipartite graphs,
    theorem 3.1). O(S J) a chain at the worst; usually a chain is one move.
    """
    stuck = np.zeros(len(state.load), dtype=bool)
    while True:
        spare = state.load < state.capacity
        floor = state.load[spare].min(initial=_NEVER)
        candidates = np.flatnonzero((state.load - 1 > floor) & ~stuck)
        if len(candidates) == 0:
            return
        juror = int(candidates[state.load[candidates].argmax()])
        starts: Starts = {juror: None}
        moves, reached = state.path(starts, spare & (state.load <= state.load[juror] - 2), Level.EXPERT)
        state.apply(moves)
        if not moves:
            # Whoever was reached reaches no more than this juror did, and the less loaded need a still lower end.
            stuck |= reached & (state.load <= state.load[juror])


def _mend(state: State, reviews: int, level: Level, *, partial: bool) -> None:
    for entry in np.flatnonzero(state.count < reviews).tolist():
        while state.count[entry] < reviews:
            goal = state.load < state.capacity
            direct = np.flatnonzero(state.takers(entry, level))
            direct = direct[np.lexsort((direct, state.load[direct]))]
            starts: Starts = {juror: (entry, -1, juror) for juror in direct.tolist()}
            moves, reached = state.path(starts, goal, level)
            # Without a chain now, none can come later (Berge 1957): going on to other entries loses nothing.
            if not moves and level == Level.HARD and not partial:
                raise _bottleneck(state, entry, reached, reviews)
            if not moves:
                break
            state.apply(moves)


def _refuse_too_few(state: State, reviews: int) -> None:
    """Refuse at once when entries have fewer jurors without a conflict than they need reviews."""
    choices = (state.allowed & (state.capacity > 0) | state.chosen).sum(axis=1)
    short = np.flatnonzero(choices < np.maximum(reviews, state.count))
    if len(short):
        jurors = np.flatnonzero(state.allowed[short].any(axis=0) & (state.capacity > 0))
        raise _infeasible(state, short, jurors, reviews * len(short), int(choices[short].sum()))


def _bottleneck(state: State, entry: int, reached: Bools, reviews: int) -> Infeasible:
    """Name the entries and jurors that no move can help: every juror the search came to is full."""
    entries = {entry}
    for juror in np.flatnonzero(reached):
        entries.update(state.free_entries(int(juror)).tolist())
    members = np.array(sorted(entries), dtype=np.int64)
    jurors = np.flatnonzero((state.allowed[members] & (state.capacity > 0) | state.chosen[members]).any(axis=0))
    needed = int(np.maximum(reviews, state.count[members]).sum())
    return _infeasible(state, members, jurors, needed, int(state.count[members].sum()))


def _infeasible(state: State, entries: Ints, jurors: Ints, needed: int, available: int) -> Infeasible:
    return Infeasible([state.entry_ids[i] for i in entries], [state.juror_ids[j] for j in jurors], needed, available)
