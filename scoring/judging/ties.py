"""Order entries of equal score by the steps that the rules name, and tell which step decided what."""

from __future__ import annotations

import hashlib
import math
import statistics
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

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

Sheet = dict[int, float]  # criterion (its column) to mark
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
    Sums are exact before they are rounded (``math.fsum``) and figures have six decimals: they are the same everywhere.

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
    figures, found, place = _Figures(panel, lots), [], 1
    for score in sorted(groups, reverse=True):
        if len(groups[score]) > 1:
            taken: list[TieStep] = []
            order = list(_ordered(sorted(groups[score]), list(steps), figures, taken))
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
        self._weights = panel.weights.tolist()
        self._top = panel.scale[1] - _HAIR
        self._known: dict[str, list[Sheet]] = {}

    def of(self, step: str, entry: str) -> Figure:
        """Return the figure of an entry at a step, None when there is none."""
        if step == LOT:
            return hashlib.sha256(f"{self._lots}/{entry}".encode()).hexdigest()
        sheets = self._sheets(entry)
        if step in self._column:
            return _mean([sheet[self._column[step]] for sheet in sheets if self._column[step] in sheet])
        if step == TOP_MARKS:
            return _mean([float(mark >= self._top) for sheet in sheets for mark in sheet.values()])
        totals = [self._total(sheet) for sheet in sheets]
        if step == MEDIAN:
            return round(statistics.median(totals), DECIMALS) if totals else None
        return _spread(totals)

    def _sheets(self, entry: str) -> list[Sheet]:
        if entry not in self._known:
            first, last = np.searchsorted(self._panel.entry, [self._index[entry], self._index[entry] + 1])
            rows = self._panel.marks[first:last].tolist()
            self._known[entry] = [{c: mark for c, mark in enumerate(row) if not math.isnan(mark)} for row in rows]
        return self._known[entry]

    def _total(self, sheet: Sheet) -> float:
        points = math.fsum(self._weights[c] * mark for c, mark in sheet.items())
        return points / math.fsum(self._weights[c] for c in sheet)


def _mean(values: list[float]) -> float | None:
    return round(math.fsum(values) / len(values), DECIMALS) if values else None


def _spread(values: list[float]) -> float | None:
    """Return the standard deviation, with one less than their number in the denominator; None of fewer than two."""
    if len(values) < 2:
        return None
    centre = math.fsum(values) / len(values)
    squares = math.fsum((value - centre) * (value - centre) for value in values)
    return round(math.sqrt(squares / (len(values) - 1)), DECIMALS)
