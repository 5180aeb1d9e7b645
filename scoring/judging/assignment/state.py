"""An assignment while it is made: who may take what, who has what, and the moves that keep every promise."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from enum import IntEnum

import numpy as np

from scoring.judging.panel import Bools, Ints, codes, expertise, same_organization, same_region
from scoring.judging.records import Entry, Juror

#: A move: the entry, the juror it leaves (-1 for a new review), the juror it goes to.
Move = tuple[int, int, int]
Starts = dict[int, Move | None]


class Level(IntEnum):
    """How much is asked of a review; what is asked first is given up last.

    HARD asks for no conflict and for capacity; COMMUNITY also for one juror of a community an entry; LANGUAGE also for
    a juror who understands the entry's language; EXPERT also for one expert an entry.
    """

    HARD = 0
    COMMUNITY = 1
    LANGUAGE = 2
    EXPERT = 3


class State:
    """Pairs chosen so far, with what decides about further ones.

    Parameters
    ----------
    entries : sequence of Entry, length N
        Sorted by id.
    jurors : sequence of Juror, length J
        Sorted by id.
    conflicts : iterable of (int, int)
        Pairs (entry, juror) that must not be. Pairs of one organization are added.

    Attributes
    ----------
    allowed : ndarray of shape (N, J), bool
        Pairs without a conflict.
    chosen : ndarray of shape (N, J), bool
        Pairs of the assignment.
    kept : ndarray of shape (N, J), bool
        Pairs that stay where they are.
    expert : ndarray of shape (T, J), bool
        Expertise by track; ``track[e]`` is an entry's row.
    load, capacity : ndarray of shape (J,), int64
        Entries of each juror, and the most.
    count : ndarray of shape (N,), int64
        Jurors of each entry.
    """

    def __init__(self, entries: Sequence[Entry], jurors: Sequence[Juror], conflicts: Iterable[tuple[int, int]]) -> None:
        n, m = len(entries), len(jurors)
        self.entry_ids = [entry.entry_id for entry in entries]
        self.juror_ids = [juror.juror_id for juror in jurors]
        self.allowed = ~same_organization(entries, jurors)
        for entry, juror in conflicts:
            self.allowed[entry, juror] = False
        self.chosen = np.zeros((n, m), dtype=bool)
        self.kept = np.zeros((n, m), dtype=bool)
        self.load = np.zeros(m, dtype=np.int64)
        self.count = np.zeros(n, dtype=np.int64)
        unlimited = n + 1
        most = [unlimited if j.capacity is None else min(j.capacity, unlimited) for j in jurors]
        self.capacity = np.array(most, dtype=np.int64)
        self.of_juror: list[set[int]] = [set() for _ in range(m)]
        self.of_entry: list[list[int]] = [[] for _ in range(n)]

        self.track, tracks = _classes([entry.track for entry in entries])
        self.expert = expertise([Entry("", track=name) for name in tracks], jurors)
        self.tracked = np.array([entry.track != "" for entry in entries], dtype=bool)
        self.language, languages = _classes([entry.language for entry in entries])
        self.speaks = np.array(
            [[not name or not j.languages or name in j.languages for j in jurors] for name in languages], dtype=bool
        ).reshape(len(languages), m)
        self.region, regions = _classes([entry.region for entry in entries])
        self.own = same_region([Entry("", region=name) for name in regions], jurors)
        self.community = codes([juror.organization for juror in jurors])
        groups = int(self.community.max(initial=-1)) + 1
        self.community[self.community < 0] = groups
        # The last column stands for "no community" and never counts.
        self.present = np.zeros((n, groups + 1), dtype=np.int16)
        self.groups = groups
        self.experts = np.zeros(n, dtype=np.int64)
        self.findable = (self.allowed & self.speaks[self.language] & self.expert[self.track]).any(axis=1)

    def add(self, entry: int, juror: int, *, kept: bool = False) -> None:
        """Give the entry to the juror."""
        self._change(entry, juror, 1)
        self.kept[entry, juror] = kept

    def add_all(self, pairs: Sequence[tuple[int, int]]) -> None:
        """Give many new pairs at once."""
        if not pairs:
            return
        entry, juror = np.array(pairs, dtype=np.int64).T
        self.chosen[entry, juror] = True
        self.load += np.bincount(juror, minlength=len(self.load))
        self.count += np.bincount(entry, minlength=len(self.count))
        member = self.community[juror] < self.groups
        np.add.at(self.present, (entry[member], self.community[juror[member]]), 1)
        expert = self.expert[self.track[entry], juror]
        self.experts += np.bincount(entry[expert], minlength=len(self.count))
        for e, j in pairs:
            self.of_juror[j].add(e)
            self.of_entry[e].append(j)

    def remove(self, entry: int, juror: int) -> None:
        """Take the entry from the juror."""
        self._change(entry, juror, -1)

    def _change(self, entry: int, juror: int, sign: int) -> None:
        self.chosen[entry, juror] = sign > 0
        self.load[juror] += sign
        self.count[entry] += sign
        if self.community[juror] < self.groups:
            self.present[entry, self.community[juror]] += sign
        self.experts[entry] += sign * int(self.expert[self.track[entry], juror])
        if sign > 0:
            self.of_juror[juror].add(entry)
            self.of_entry[entry].append(juror)
        else:
            self.of_juror[juror].discard(entry)
            self.of_entry[entry].remove(juror)

    def takers(self, entry: int, level: Level) -> Bools:
        """Tell which jurors could get this entry as one more review, whatever their load: shape (J,), bool."""
        row = self.allowed[entry] & ~self.chosen[entry]
        if level >= Level.COMMUNITY and self.groups:
            row &= self.present[entry][self.community] == 0
        if level >= Level.LANGUAGE:
            row &= self.speaks[self.language[entry]]
        if level >= Level.EXPERT and self.experts[entry] == 0 and self.findable[entry]:
            row &= self.expert[self.track[entry]]
        return row

    def movable(self, juror: int, entries: Ints, level: Level, among: Ints | None = None) -> Bools:
        """Tell to whom of some jurors (all by default) each entry of a juror could move, whatever their load.

        Shape (len(entries), len(among)), bool.
        """
        among = np.arange(len(self.load)) if among is None else among
        # Indexed by a column and a row: np.ix_ takes longer than the look-up itself.
        down = entries[:, None]
        rows = self.allowed[down, among] & ~self.chosen[down, among]
        if level >= Level.COMMUNITY and self.groups:
            community = self.community[among]
            own = (community == self.community[juror]) & (community < self.groups)
            rows &= self.present[down, community] - own[None, :] <= 0
        if level >= Level.LANGUAGE:
            rows &= self.speaks[self.language[down], among]
        if level >= Level.EXPERT:
            loses = (self.experts[entries] == 1) & self.expert[self.track[entries], juror]
            rows[loses] &= self.expert[self.track[down[loses]], among]
        return rows

    def path(self, starts: Starts, goal: Bools, level: Level) -> tuple[list[Move], Bools]:
        """Find the shortest chain of moves from a start to a juror of the goal.

        Parameters
        ----------
        starts : dict of juror to Move or None
            Jurors to begin with, and the move that brings an entry there; None when the juror gives one away. A start
            that is itself in the goal ends the search.
        goal : ndarray of shape (J,), bool
            Jurors who can take one more.
        level : Level
            What every move of the chain keeps.

        Returns
        -------
        moves : list of Move
            To be applied together; empty when there is none.
        reached : ndarray of shape (J,), bool
            Jurors that the search came to.

        Notes
        -----
        O(S J) in the worst case, S the chosen pairs: each juror's entries are looked at once.
        """
        parent: Starts = dict(starts)
        reached = np.zeros(len(goal), dtype=bool)
        reached[list(starts)] = True
        queue = deque(starts)
        while queue:
            juror = queue.popleft()
            if goal[juror]:
                moves = _walk_back(parent, juror)
                # Two moves of one entry were checked apart and may break a promise together; look on.
                if len({move[0] for move in moves}) == len(moves):
                    return moves, reached
                continue
            entries = self.free_entries(juror)
            if len(entries) == 0:
                continue
            open_to = np.flatnonzero(~reached)
            rows = self.movable(juror, entries, level, open_to)
            some = rows.any(axis=0)
            fresh, rows = open_to[some], rows[:, some]
            if len(fresh) == 0:
                continue
            # Of the entries that could move, the one that loses least expertise, or gains most.
            tracks = self.track[entries]
            worth = 2 + self.expert[np.ix_(tracks, fresh)].astype(np.int8) - self.expert[tracks, juror][:, None]
            first = (rows * worth).argmax(axis=0)
            for target, row in zip(fresh.tolist(), first.tolist(), strict=True):
                parent[target] = (int(entries[row]), juror, target)
            reached[fresh] = True
            queue.extend(fresh.tolist())
        return [], reached

    def free_entries(self, juror: int) -> Ints:
        """Return a juror's entries that may move, ascending: shape (n,), int64."""
        entries = np.array(sorted(self.of_juror[juror]), dtype=np.int64)
        return entries[~self.kept[entries, juror]]

    def apply(self, moves: Iterable[Move]) -> None:
        """Do the moves of a chain."""
        for entry, source, target in moves:
            if source >= 0:
                self.remove(entry, source)
            self.add(entry, target)


def _walk_back(parent: Starts, juror: int) -> list[Move]:
    moves: list[Move] = []
    move = parent[juror]
    while move is not None:
        moves.append(move)
        move = parent[move[1]] if move[1] >= 0 else None
    return moves


def _classes(names: Sequence[str]) -> tuple[Ints, list[str]]:
    distinct = sorted(set(names))
    number = {name: n for n, name in enumerate(distinct)}
    return np.array([number[name] for name in names], dtype=np.int64), distinct
