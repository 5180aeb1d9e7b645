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
#: Lots drawn a turn, in rows of one lot a juror; each entry starts anywhere among them.
_LOT_ROWS = 32
#: Stays above every key, and below overflow when it is added again and again.
_BARRED = 1 << 50
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


def cover(state: State, reviews: Ints, seed: int, *, partial: bool = False) -> None:
    """Bring every entry to its number of reviews.

    Reviews go round by round to the juror with the lowest load plus penalties, ties by lot, hardest entries first. What
    stays open is mended by chains of moves, and only then are promises given up: first the expert, then the language,
    then the community, for the entries concerned alone.

    Parameters
    ----------
    state : State
        Changed in place.
    reviews : ndarray of shape (N,), int64
        Reviews of each entry.
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
    if not partial:
        _refuse_too_few(state, reviews)
    hardest_first = np.lexsort((lots(seed, "entries", len(state.count)), state.allowed.sum(axis=1)))
    keys = _Keys(state, seed)
    for turn in range(int(reviews.max(initial=0)) if len(state.load) else 0):
        open_now = (state.count <= turn) & (reviews > turn)
        keys.turn(turn, hardest_first[open_now[hardest_first]].tolist())
    for level in sorted(Level, reverse=True):
        _mend(state, reviews, level, partial=partial)


class _Keys:
    """Sort keys of jurors: load plus penalties above, the lot below; from ``_BARRED`` on a juror is out of question.

    Entries of one track and language share a row of keys; the loads, which rise as the work is handed out, are added to
    a copy of it, and so is what concerns a single entry (conflicts, communities, the own region).
    """

    def __init__(self, state: State, seed: int) -> None:
        self.state, self.seed = state, seed
        self.load = state.load << _LOT_BITS
        self.load[state.load >= state.capacity] = _BARRED
        languages = len(state.speaks)
        expert = np.repeat(state.expert, languages, axis=0)
        # Rows 2c and 2c + 1: with any juror, and with an expert alone.
        pair = np.where(expert, 0, NON_EXPERT << _LOT_BITS)
        pair[~np.tile(state.speaks, (len(state.expert), 1))] = _BARRED
        self.rows = np.repeat(pair, 2, axis=0)
        self.rows[1::2][~expert] = _BARRED
        self.row = (2 * (state.track * languages + state.language)).tolist()
        self.left = (state.capacity - state.load).tolist()
        self.own = [np.flatnonzero(own) for own in state.own]
        self.region = state.region.tolist()
        self.community = state.community.tolist()
        self.members = [np.flatnonzero(state.community == c) for c in range(state.groups)]
        self.findable = state.findable.tolist()
        entry, juror = np.nonzero(~state.allowed)
        self.conflicts = np.split(juror, np.searchsorted(entry, np.arange(1, len(state.allowed))))

    def turn(self, number: int, entries: list[int]) -> None:
        """Give each of the entries, in this order, its best juror, if it has one."""
        m = self.rows.shape[1]
        drawn = lots(self.seed, f"turn {number}", _LOT_ROWS * m)
        first = (lots(self.seed, f"rows {number}", len(self.row)) % ((_LOT_ROWS - 1) * m + 1)).tolist()
        experts = self.state.experts.tolist()
        done = []
        for entry in entries:
            at = first[entry]
            juror = self._best(entry, experts[entry] == 0 and self.findable[entry], drawn[at : at + m])
            if juror >= 0:
                done.append((entry, juror))
                self.left[juror] -= 1
                self.load[juror] += _BARRED if self.left[juror] <= 0 else 1 << _LOT_BITS
        self.state.add_all(done)

    def _best(self, entry: int, expert_only: bool, lot: Ints) -> int:
        """Return the juror with the lowest key for one more review of the entry, or -1."""
        key = self.rows[self.row[entry] + expert_only] + self.load
        key += lot
        own = self.own[self.region[entry]]
        if len(own):
            key[own] += OWN_REGION << _LOT_BITS
        key[self.conflicts[entry]] = _BARRED
        for juror in self.state.of_entry[entry]:
            key[juror] = _BARRED
            community = self.community[juror]
            if community < self.state.groups:
                key[self.members[community]] = _BARRED
        juror = int(key.argmin())
        return juror if key[juror] < _BARRED else -1


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


def _mend(state: State, reviews: Ints, level: Level, *, partial: bool) -> None:
    for entry in np.flatnonzero(state.count < reviews).tolist():
        while state.count[entry] < reviews[entry]:
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


def _refuse_too_few(state: State, reviews: Ints) -> None:
    """Refuse at once when entries have fewer jurors without a conflict than they need reviews."""
    choices = (state.allowed & (state.capacity > 0) | state.chosen).sum(axis=1)
    short = np.flatnonzero(choices < np.maximum(reviews, state.count))
    if len(short):
        jurors = np.flatnonzero(state.allowed[short].any(axis=0) & (state.capacity > 0))
        raise _infeasible(state, short, jurors, int(reviews[short].sum()), int(choices[short].sum()))


def _bottleneck(state: State, entry: int, reached: Bools, reviews: Ints) -> Infeasible:
    """Name the entries and jurors that no move can help: every juror the search came to is full."""
    entries = {entry}
    for juror in np.flatnonzero(reached):
        entries.update(state.free_entries(int(juror)).tolist())
    members = np.array(sorted(entries), dtype=np.int64)
    jurors = np.flatnonzero((state.allowed[members] & (state.capacity > 0) | state.chosen[members]).any(axis=0))
    needed = int(np.maximum(reviews[members], state.count[members]).sum())
    return _infeasible(state, members, jurors, needed, int(state.count[members].sum()))


def _infeasible(state: State, entries: Ints, jurors: Ints, needed: int, available: int) -> Infeasible:
    return Infeasible([state.entry_ids[i] for i in entries], [state.juror_ids[j] for j in jurors], needed, available)
