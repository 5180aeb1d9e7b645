"""In words: why the calibrated order differs from the order of the plain means."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache

import numpy as np

from scoring.judging.baselines import mean
from scoring.judging.calibrated import Calibration
from scoring.judging.panel import Bools, Floats, Ints, Panel

#: Least share of the strongest reason that a further one must have, and how many are given.
_TOLD, _MOST = 0.4, 3
#: Of how many others whose order with an entry changed reasons are sought.
_OTHERS = 20
#: Least share of a group's strongest juror that another needs to be named with them.
_NAMED = 0.5
#: What is below this is rounding; in units of the sheets' spread.
_NOTHING = 1e-9


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason why an entry's place by the model is not its place by the plain mean.

    Attributes
    ----------
    kind : str
        ``strict``, ``lenient``: its jurors add or take off points. ``own-region``, ``own-region-strict``: the same for
        entries of their region. ``less``, ``more``: how much their marks count. ``narrow``, ``wide``: how far apart
        they spread entries. ``few``, ``vague``, ``known``: how far the score is drawn to the middle. ``rare``: marks
        that are seldom given lie further apart. ``missing``: predicted marks. ``unjudged``: entries without a sheet.
    jurors : tuple of str
        Public ids; empty where the reason is not about jurors.
    points : float or None
        Average severity of the jurors, or their own-region effect, as a positive number of points: tenths, or
        hundredths below a tenth.
    entry : str
        The entry that it is about when that is not the one that moved, but one that it passed or that passed it; else
        empty.
    """

    kind: str
    jurors: tuple[str, ...] = ()
    points: float | None = None
    entry: str = ""

    def sentence(self) -> str:
        """Say it in English; a translation starts from ``kind``, ``jurors``, ``points`` and ``entry``."""
        many = "" if len(self.jurors) == 1 else "s"
        who = f"juror{many} {', '.join(self.jurors)}"
        was = "was" if len(self.jurors) == 1 else "were"
        said = {
            "strict": f"{who} {was} {self.points} points stricter than the average juror",
            "lenient": f"{who} {was} {self.points} points milder than the average juror",
            "own-region": f"{who}, of the entry's region, marked such entries {self.points} points higher",
            "own-region-strict": f"{who}, of the entry's region, marked such entries {self.points} points lower",
            "less": f"marks of {who} count less: they hardly tell entries apart, or not consistently",
            "more": f"marks of {who} count more: they tell entries apart consistently",
            "narrow": f"marks of {who} lie close together: each difference counts as larger",
            "wide": f"marks of {who} lie far apart: each difference counts as smaller",
            "few": "few sheets: the score stays closer to the middle",
            "vague": "its sheets tell little: the score stays closer to the middle",
            "known": "its sheets tell much: the score is drawn less to the middle",
            "rare": "marks that are seldom given count as further apart",
            "missing": "marks are missing: they are predicted from the others",
            "unjudged": "entries without a sheet have other places",
        }[self.kind]
        return f"entry {self.entry}: {said}" if self.entry else said


#: What raises (1.0) or lowers (-1.0) the score of an entry, by its index, each with its size.
Working = Callable[[int, float], list[tuple[float, Reason]]]


@dataclass(frozen=True, slots=True)
class Move:
    """An entry whose place by the model is another than by the plain mean, with at least one reason."""

    by_mean: int
    by_model: int
    reasons: tuple[Reason, ...]


def moves(panel: Panel, calibration: Calibration) -> dict[str, Move]:
    """Give each entry whose place differs between plain mean and model, and the reasons.

    The way from a mean to a score is a sum of parts: rare marks, severities, weights and spreads of the jurors, what is
    drawn to the middle. An entry's reasons are the largest parts, its own or those of the entries whose order with it
    changed, that work in the direction of the change.

    Parameters
    ----------
    panel : Panel
        The sheets.
    calibration : Calibration
        Fitted to them.

    Returns
    -------
    dict of str to Move
        By entry, in the order of the model; entries without a sheet are left out.

    Notes
    -----
    O(N^2 + S).
    """
    raw: Floats = np.where(panel.reviews > 0, mean(panel).score, -np.inf).round(6)
    fitted: Floats = calibration.quality.round(6)
    before, after = _places(raw), _places(fitted)
    parts = Parts.of(panel, calibration)
    working = cache(parts.working)
    judged = panel.reviews > 0
    found = {}
    for i in np.argsort(after, kind="stable"):
        if judged[i] and before[i] != after[i]:
            up = 1.0 if after[i] < before[i] else -1.0
            changed = up * (np.sign(fitted[i] - fitted[judged]) - np.sign(raw[i] - raw[judged])) > 0
            told = _reasons(parts, working, int(i), up, np.flatnonzero(judged)[changed])
            found[panel.entries[i].entry_id] = Move(int(before[i]), int(after[i]), told or (Reason("unjudged"),))
    return found


@dataclass(frozen=True, slots=True)
class Parts:
    """What leads from plain means to scores, in units of the sheets' spread; the sum keeps the order of the scores.

    ``severity``, ``own``, ``spread`` and ``weight`` have one value a sheet, ``rare`` and ``drawn`` one an entry, and
    ``shift`` is their sum for each.
    """

    panel: Panel
    calibration: Calibration
    starts: Ints
    severity: Floats
    own: Floats
    spread: Floats
    weight: Floats
    light: Bools
    rare: Floats
    drawn: Floats
    kept: Floats
    shift: Floats

    @classmethod
    def of(cls, panel: Panel, calibration: Calibration) -> Parts:
        design, state = calibration.design, calibration.state
        reviews = np.maximum(panel.reviews, 1)
        each = 1.0 / reviews[panel.entry]
        severity, own = calibration.severity[panel.juror] / design.unit, state.own_region(design)
        a, precision = calibration.discrimination[panel.juror], state.weight(design)
        told = np.maximum(design.per_entry(a * a * precision), _NOTHING)
        share = a * a * precision / told[panel.entry]
        left = design.y - severity - own
        alike = design.per_entry(left) / reviews
        spread = (a * precision / told[panel.entry] - share) * left
        weight = (share - each) * (left - alike[panel.entry])
        # Every score is drawn to the middle; what one is drawn more or less than the average changes an order.
        kept = told / (1.0 / state.lam + design.per_entry((a * a + state.a_var[design.juror]) * precision))
        kept /= max(float(kept[panel.reviews > 0].mean()), _NOTHING)
        rare = design.per_entry(design.y) / reviews - np.interp(mean(panel).score, design.marks, design.knots)
        drawn = (kept - 1.0) * (alike + design.per_entry(spread + weight))
        severity, own = -severity * each, -own * each
        return cls(
            panel=panel,
            calibration=calibration,
            starts=np.concatenate([[0], np.cumsum(panel.reviews)]),
            severity=severity,
            own=own,
            spread=spread,
            weight=weight,
            light=share < each,
            rare=rare,
            drawn=drawn,
            kept=kept,
            shift=rare + design.per_entry(severity + own + spread + weight) + drawn,
        )

    def working(self, i: int, up: float) -> list[tuple[float, Reason]]:
        """Return what raises an entry's score (``up`` 1) or lowers it (-1), each with its size."""
        at = slice(int(self.starts[i]), int(self.starts[i + 1]))
        jurors = self.panel.juror[at]
        close, light = self.calibration.discrimination[jurors] < 1.0, self.light[at]
        everyone = np.ones(len(jurors), dtype=bool)
        favour = np.abs(self.calibration.own_region_each)
        groups: list[tuple[str, Bools, Floats, Floats | None]] = [
            ("strict" if up > 0 else "lenient", everyone, self.severity[at], np.abs(self.calibration.severity)),
            ("own-region-strict" if up > 0 else "own-region", everyone, self.own[at], favour),
            ("narrow", close, self.spread[at], None),
            ("wide", ~close, self.spread[at], None),
            ("less", light, self.weight[at], None),
            ("more", ~light, self.weight[at], None),
        ]
        found = []
        for kind, which, values, points in groups:
            sizes = np.where(which, up * values, 0.0)
            if (whole := float(sizes.sum())) > _NOTHING:
                named = np.unique(jurors[sizes >= _NAMED * sizes.max()])
                far = None if points is None else _rounded(float(points[named].mean()))
                found.append((whole, Reason(kind, tuple(self.panel.jurors[j].juror_id for j in named), far)))
        if (drawn := up * float(self.drawn[i])) > _NOTHING:
            found.append((drawn, Reason(self._drawn(i))))
        if (rare := up * float(self.rare[i])) > _NOTHING:
            found.append((rare, Reason("missing" if np.isnan(self.panel.marks[at]).any() else "rare")))
        return found

    def _drawn(self, i: int) -> str:
        if self.kept[i] > 1.0:
            return "known"
        reviews = self.panel.reviews
        return "few" if reviews[i] < reviews[reviews > 0].mean() else "vague"


def _reasons(parts: Parts, working: Working, i: int, up: float, others: Ints) -> tuple[Reason, ...]:
    """Give the reasons why an entry rose (``up`` 1) or fell (-1) among others."""
    if len(others) > _OTHERS:
        by_shift = others[np.argsort(parts.shift[others], kind="stable")]
        others = by_shift[np.linspace(0, len(others) - 1, _OTHERS).astype(np.int64)]
    mine, theirs = working(i, up), []
    for k in others.tolist():
        entry = parts.panel.entries[k].entry_id
        theirs += [(size, replace(reason, entry=entry)) for size, reason in working(k, -up)]
    own, averaged = sum(size for size, _ in mine), sum(size for size, _ in theirs) / max(len(others), 1)
    told = _strongest(mine, _MOST) if own >= _TOLD * averaged else []
    if averaged > own:
        told += _strongest(theirs, 2)
    return tuple(told[:_MOST])


def _strongest(found: list[tuple[float, Reason]], most: int) -> list[Reason]:
    ordered = sorted(found, key=lambda one: -one[0])[:most]
    return [reason for size, reason in ordered if size >= _TOLD * ordered[0][0]]


def _rounded(points: float) -> float:
    return round(points, 1 if points >= 0.1 else 2)


def _places(score: Floats) -> Ints:
    ordered = np.sort(-score)
    return np.searchsorted(ordered, -score, side="left") + 1
