"""Order entries of equal score by the steps that the rules name, and tell which step decided what."""

from __future__ import annotations

import hashlib
import math
import statistics
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from scoring.errors import InvalidOption
from scoring.judging.panel import Panel

CRITERION = "criterion:"  # before the name of the criterion whose mark decides
MEDIAN, TOP_MARKS, AGREEMENT, CHAIR, LOT = "median", "top-marks", "agreement", "chair", "lot"
#: Each decides all that is left, or leaves it to a person: nothing can follow.
FINAL = (CHAIR, LOT)
#: Figures that agree in this many decimals are equal, as scores are.
DECIMALS = 6
#: Below this distance from the end of the scale a mark is the highest: scales are stretched with rounding.
_HAIR = 1e-9

Sheets = list[dict[int, Fraction]]  # of one entry: criterion (its column) to mark
Figure = float | str | None


@dataclass(frozen=True, slots=True)
class TieStep:
    """One step on some entries that nothing before could separate.

    Attributes
    ----------
    step : str
        As the rules name it.
    entries : tuple of str
        Those entries, in the order of their ids.
    figures : tuple of float, str or None
        What the step compares, one an entry: None where there is none; of a lot its SHA-256. Empty for the chair.
    decided : bool
        Whether it separated any of them.
    """

    step: str
    entries: tuple[str, ...]
    figures: tuple[Figure, ...]
    decided: bool


@dataclass(frozen=True, slots=True)
class Tie:
    """Entries of one score.

    Attributes
    ----------
    place : int
        The first place that they compete for.
    entries : tuple of str
        All of them, in the order that the steps give; those that share a place in the order of their ids.
    steps : tuple of TieStep
        What was tried on which of them, in order.
    shared : tuple of tuple of str
        Those that still share a place, group by group.
    """

    place: int
    entries: tuple[str, ...]
    steps: tuple[TieStep, ...]
    shared: tuple[tuple[str, ...], ...]

    @property
    def places(self) -> dict[str, int]:
        """The place of each of the entries."""
        found = {entry: self.place + n for n, entry in enumerate(self.entries)}
        for group in self.shared:
            found |= dict.fromkeys(group, found[group[0]])
        return found


def check_steps(steps: Sequence[str], criteria: Sequence[str], lots: str) -> None:
    """Refuse steps that cannot be taken.

    Raises
    ------
    InvalidOption
        A step is unknown, names no criterion of the rubric, stands twice or after a final one; lots without a seed.
    """
    known = {MEDIAN, TOP_MARKS, AGREEMENT, *FINAL, *(CRITERION + name for name in criteria)}
    for step in steps:
        if step not in known:
            raise InvalidOption(f"unknown tie-break step {step!r}; known are {', '.join(sorted(known))}")
    if len(set(steps)) != len(steps):
        raise InvalidOption("a tie-break step is named twice")
    if any(step in FINAL for step in steps[:-1]):
        raise InvalidOption(f"nothing can follow the tie-break steps {' and '.join(FINAL)}")
    if LOT in steps and not lots:
        raise InvalidOption("lots are drawn from a seed, and none is given")


def break_ties(scores: Mapping[str, float | None], panel: Panel, steps: Sequence[str], lots: str) -> tuple[Tie, ...]:
    """Put the entries of each equal score in order.

    A step orders the entries that those before it left together; where it separates only some of them, the next goes on
    within each group. Where one of them has no figure (no mark on the criterion, fewer than two sheets for agreement)
    the step is passed over for the whole group: who lacks a mark is neither better nor worse for it.

    Parameters
    ----------
    scores : mapping of str to float or None
        Entry to score, rounded to six decimals; entries without one are in no tie.
    panel : Panel
        The sheets that count.
    steps : sequence of str
        ``criterion:NAME`` (higher plain mean of the marks on it), ``median`` (higher median of the sheets' weighted
        means), ``top-marks`` (larger share of marks that are the highest of the scale), ``agreement`` (smaller standard
        deviation of the sheets), ``chair`` (a person decides), ``lot``.
    lots : str
        Seed of the lots; entry E has the SHA-256 of ``SEED/E``, and the smallest is the first.

    Returns
    -------
    tuple of Tie
        Best place first.

    Raises
    ------
    InvalidOption
        As ``check_steps``.

    Notes
    -----
    Figures are computed in whole fractions and rounded once to six decimals, so that they are the same everywhere.

    Examples
    --------
    >>> from scoring.judging import Entry, Juror, Rubric, Scoresheet, make_panel
    >>> sheets = [Scoresheet("a", "j", {"idea": 4, "craft": 8}), Scoresheet("b", "j", {"idea": 6, "craft": 6})]
    >>> panel = make_panel(sheets, [Entry("a"), Entry("b")], [Juror("j")], Rubric({"idea": 1, "craft": 1}))
    >>> break_ties({"a": 6.0, "b": 6.0}, panel, ["criterion:idea"], "")[0].entries
    ('b', 'a')
    """
    check_steps(steps, panel.criteria, lots)
    groups: dict[float, list[str]] = {}
    for entry, score in scores.items():
        if score is not None:
            groups.setdefault(score, []).append(entry)
    found, place = [], 1
    for score in sorted(groups, reverse=True):
        if len(groups[score]) > 1:
            taken: list[TieStep] = []
            order = list(_ordered(sorted(groups[score]), list(steps), _Figures(panel, lots), taken))
            shared = tuple(group for group in order if len(group) > 1)
            found.append(Tie(place, tuple(entry for group in order for entry in group), tuple(taken), shared))
        place += len(groups[score])
    return tuple(found)


def _ordered(group: list[str], steps: list[str], figures: _Figures, taken: list[TieStep]) -> Iterator[tuple[str, ...]]:
    """Yield the entries group by group, best first; what was tried is added to ``taken``."""
    if len(group) == 1 or not steps:
        yield tuple(group)
        return
    step = steps[0]
    of_each = [] if step == CHAIR else [figures.of(step, entry) for entry in group]
    together: dict[Figure, list[str]] = {}
    for entry, figure in zip(group, of_each, strict=False):
        together.setdefault(figure, []).append(entry)
    decided = len(together) > 1 and None not in together
    taken.append(TieStep(step, tuple(group), tuple(of_each), decided))
    if not decided:
        yield from _ordered(group, steps[1:], figures, taken)
        return
    smaller_first = step in (AGREEMENT, LOT)
    for figure in sorted(together, reverse=not smaller_first):  # type: ignore[type-var] # of one step all are alike
        yield from _ordered(together[figure], steps[1:], figures, taken)


class _Figures:
    """What the steps compare, of the entries that are asked for."""

    def __init__(self, panel: Panel, lots: str) -> None:
        self._panel, self._lots = panel, lots
        self._index = {entry.entry_id: n for n, entry in enumerate(panel.entries)}
        self._column = {CRITERION + name: c for c, name in enumerate(panel.criteria)}
        self._weights = [Fraction(weight) for weight in panel.weights.tolist()]
        self._top = panel.scale[1] - _HAIR

    def of(self, step: str, entry: str) -> Figure:
        """Return the figure of an entry at a step, None when there is none."""
        if step == LOT:
            return hashlib.sha256(f"{self._lots}/{entry}".encode()).hexdigest()
        sheets = self._sheets(entry)
        if step in self._column:
            return _rounded([sheet[self._column[step]] for sheet in sheets if self._column[step] in sheet], _mean)
        if step == TOP_MARKS:
            return _rounded([Fraction(mark >= self._top) for sheet in sheets for mark in sheet.values()], _mean)
        totals = [self._total(sheet) for sheet in sheets]
        if step == MEDIAN:
            return _rounded(totals, _middle)
        return _rounded(totals, _spread) if len(totals) > 1 else None

    def _sheets(self, entry: str) -> Sheets:
        first, last = np.searchsorted(self._panel.entry, [self._index[entry], self._index[entry] + 1])
        rows = self._panel.marks[first:last]
        return [{c: Fraction(mark) for c, mark in enumerate(row) if not math.isnan(mark)} for row in rows.tolist()]

    def _total(self, sheet: dict[int, Fraction]) -> Fraction:
        held = sum((self._weights[c] for c in sheet), Fraction())
        return sum((self._weights[c] * mark for c, mark in sheet.items()), Fraction()) / held


def _rounded(values: list[Fraction], figure: Callable[[list[Fraction]], float]) -> float | None:
    return round(figure(values), DECIMALS) if values else None


def _mean(values: list[Fraction]) -> float:
    return float(sum(values, Fraction()) / len(values))


def _middle(values: list[Fraction]) -> float:
    return float(statistics.median(values))


def _spread(values: list[Fraction]) -> float:
    return math.sqrt(float(statistics.variance(values)))
