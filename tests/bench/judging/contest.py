"""A simulated contest: what the library is given, and the truth that it is not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from scoring.judging import Entry, Juror, Rubric, Scoresheet
from scoring.judging.panel import Panel

CRITERIA = {"idea": 3.0, "craft": 2.0, "feeling": 2.0, "form": 2.0, "benefit": 1.0}
RUBRIC = Rubric(CRITERIA, (1, 10))
WEIGHTS = np.array(list(RUBRIC.shares.values()))
TRACKS = [f"track{n}" for n in range(6)]
REGIONS = [f"KZ-{n}" for n in range(10, 20)]

#: Marks of a juror for an entry, in the rubric's order; the juror's own sheets are numbered from 0 in the order given.
Marking = Callable[[int, int, int], NDArray[np.float64]]


@dataclass(frozen=True)
class Contest:
    """One simulated contest.

    Attributes
    ----------
    entries, jurors : list of Entry and Juror
        Sorted by id.
    truth : ndarray of shape (N,), float64
        True quality, larger is better, in any unit.
    mark : Marking
        How a juror would mark an entry; asked once a pair.
    pairs : list of (int, int)
        Pairs (entry, juror) of the uniform design, in the order in which jurors work.
    careless : ndarray of shape (J,), bool
        Jurors who do not look.
    oracle : callable, optional
        Scores of one who knows everything about the jurors: what no method can do better than.
    done : list of int
        Sheets that each juror has handed in so far.
    """

    entries: list[Entry]
    jurors: list[Juror]
    truth: NDArray[np.float64]
    mark: Marking
    pairs: list[tuple[int, int]]
    careless: NDArray[np.bool_]
    oracle: Callable[[Panel], NDArray[np.float64]] | None = None
    done: list[int] = field(default_factory=list)

    def sheets(self, pairs: list[tuple[int, int]] | None = None) -> list[Scoresheet]:
        """Have the pairs marked (those of the design, unless given)."""
        if not self.done:
            self.done.extend([0] * len(self.jurors))
        found = []
        for entry, juror in self.pairs if pairs is None else pairs:
            marks = self.mark(entry, juror, self.done[juror])
            self.done[juror] += 1
            given = {name: None if np.isnan(m) else float(m) for name, m in zip(CRITERIA, marks, strict=True)}
            found.append(Scoresheet(self.entries[entry].entry_id, self.jurors[juror].juror_id, given))
        return found


def people(n: int, m: int, rng: np.random.Generator) -> tuple[list[Entry], list[Juror]]:
    """Make entries and jurors with tracks and regions by lot; each juror declares two tracks."""
    entries = [Entry(f"e{i:05}", str(rng.choice(TRACKS)), str(rng.choice(REGIONS)), "kk") for i in range(n)]
    jurors = [
        Juror(f"j{j:04}", str(rng.choice(REGIONS)), tuple(map(str, rng.choice(TRACKS, 2, replace=False))), ("kk",))
        for j in range(m)
    ]
    return entries, jurors


def uniform_pairs(n: int, m: int, reviews: int, rng: np.random.Generator, group: NDArray[np.int64] | None = None,
                  leaks: float = 0.0) -> list[tuple[int, int]]:  # fmt: skip
    """Give each entry so many of the least loaded jurors by lot, in jurors' random order of work.

    With ``group`` (of length n + m) an entry stays within its group's jurors, except for a share ``leaks`` of pairs.
    """
    load = np.zeros(m)
    pairs = []
    for entry in rng.permutation(n):
        key = load + rng.random(m)
        if group is not None:
            away = group[n:] != group[entry]
            key[away & (rng.random(m) >= leaks)] += 1e6
        for juror in np.argsort(key)[:reviews]:
            load[juror] += 1
            pairs.append((int(entry), int(juror)))
    return [pairs[k] for k in rng.permutation(len(pairs))]
