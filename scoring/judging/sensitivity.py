"""Would the winners be others if one juror, one weight or one criterion were? Every change is listed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from scoring.judging.baselines import BASELINES
from scoring.judging.calibrated import calibrate, can_calibrate
from scoring.judging.pairwise import score_by_duels
from scoring.judging.panel import Floats, Panel, make_panel
from scoring.judging.ranking import CALIBRATED, DUELS, METHODS, places, rounded
from scoring.judging.records import Entry, Juror, Rubric, Scoresheet
from scoring.judging.ties import break_ties

#: Relative change of a weight.
WEIGHT_STEP = 0.10


@dataclass(frozen=True, slots=True)
class Variation:
    """One change of the input and what it does to the top.

    Attributes
    ----------
    kind : str
        ``juror`` (left out), ``weight`` (10 % up or down), ``criterion`` (left out) or ``method`` (another one).
    name : str
        The juror, the criterion with ``+`` or ``-`` for a weight, or the method.
    enters, leaves : tuple of str
        Entries that come into the top and fall out of it, best first.
    first : str
        The first entry under the variation.
    """

    kind: str
    name: str
    enters: tuple[str, ...]
    leaves: tuple[str, ...]
    first: str


def sensitivity(
    scores: Iterable[Scoresheet],
    entries: Iterable[Entry],
    jurors: Iterable[Juror],
    rubric: Rubric,
    *,
    method: str = "calibrated",
    top: int = 10,
    steps: Sequence[str] = (),
    lots: str = "",
    progress: Callable[[int, int], None] | None = None,
) -> tuple[Variation, ...]:
    """Rank again without each juror, with each weight moved by 10 %, without each criterion, and by each other method.

    Parameters
    ----------
    scores, entries, jurors, rubric, method, steps, lots
        As ``rank``.
    top : int
        How many entries win.
    progress : callable, optional
        Called with the number of rankings done and of all.

    Returns
    -------
    tuple of Variation
        All variations, with or without a change; empty without a sheet.

    Raises
    ------
    KeyError
        Unknown method.
    DuplicateRecord, UnknownReference, InvalidMark
        As ``make_panel``.

    Notes
    -----
    One fit a variation: jurors + 3 criteria + methods.
    """
    panel = make_panel(scores, entries, jurors, rubric)
    if len(panel.total) == 0:
        return ()

    def ordered(panel: Panel, method: str) -> list[str]:
        known = rounded(_score(panel, method), panel)
        place_of = places(known, break_ties(known, panel, steps, lots))
        return sorted(place_of, key=lambda entry: (place_of[entry], entry))

    base = ordered(panel, method)
    todo = list(_variations(panel, method))
    found = []
    for number, (kind, name, varied, how) in enumerate(todo):
        order = ordered(varied(), how)
        old, new = base[:top], order[:top]
        found.append(
            Variation(
                kind, name, tuple(e for e in new if e not in old), tuple(e for e in old if e not in new), order[0]
            )
        )
        if progress is not None:
            progress(number + 1, len(todo))
    return tuple(found)


def _variations(panel: Panel, method: str) -> Iterable[tuple[str, str, Callable[[], Panel], str]]:
    for j in np.unique(panel.juror).tolist():
        if len(np.unique(panel.juror)) > 1:
            yield "juror", panel.jurors[j].juror_id, _without_juror(panel, j), method
    for c, name in enumerate(panel.criteria):
        if len(panel.criteria) > 1:
            for sign, step in (("+", 1.0 + WEIGHT_STEP), ("-", 1.0 - WEIGHT_STEP)):
                yield "weight", name + sign, _reweighted(panel, c, step), method
            yield "criterion", name, _reweighted(panel, c, 0.0), method
    for other in METHODS:
        if other not in (method, "sum"):
            yield "method", other, lambda: panel, other


def _without_juror(panel: Panel, juror: int) -> Callable[[], Panel]:
    kept = panel.juror != juror
    return lambda: replace(
        panel, entry=panel.entry[kept], juror=panel.juror[kept], marks=panel.marks[kept], total=panel.total[kept]
    )


def _reweighted(panel: Panel, criterion: int, step: float) -> Callable[[], Panel]:
    def varied() -> Panel:
        weights = panel.weights.copy()
        weights[criterion] *= step
        weights /= weights.sum()
        there = ~np.isnan(panel.marks)
        held = there @ weights
        kept = held > 0
        total: Floats = np.where(there, panel.marks, 0.0)[kept] @ weights / held[kept]
        return replace(panel, weights=weights, entry=panel.entry[kept], juror=panel.juror[kept],
                       marks=panel.marks[kept], total=total)  # fmt: skip

    return varied


def _score(panel: Panel, method: str) -> Floats:
    if method == DUELS:
        return score_by_duels(panel).score
    if method == CALIBRATED and can_calibrate(panel):
        return calibrate(panel).quality
    return BASELINES["mean" if method == CALIBRATED else method](panel).score
