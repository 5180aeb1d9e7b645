"""In words: why the calibrated order differs from the order of the plain means."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from scoring.judging.baselines import mean
from scoring.judging.calibrated import Calibration
from scoring.judging.panel import Panel

#: Severity from which a juror is named, in points, as a share of the spread of all sheets.
_NAMED = 0.4
#: Weight of a juror's mark against the average mark from which it counts for "more" or "less".
_MORE, _LESS = 1.5, 0.6


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason why an entry's place by the model is not its place by the plain mean.

    Attributes
    ----------
    kind : str
        ``strict``, ``lenient``, ``less``, ``more``, ``own-region`` or ``few``.
    jurors : tuple of str
        Public ids; empty for ``few``.
    points : float or None
        Average severity of the jurors, or the own-region effect, as a positive number of points.
    """

    kind: str
    jurors: tuple[str, ...]
    points: float | None

    def sentence(self) -> str:
        """Say it in English; a translation starts from ``kind``, ``jurors`` and ``points``."""
        many = "" if len(self.jurors) == 1 else "s"
        who = f"juror{many} {' and '.join(self.jurors)}"
        was = "was" if len(self.jurors) == 1 else "were"
        return {
            "strict": f"{who} {was} {self.points} points stricter than the average juror",
            "lenient": f"{who} {was} {self.points} points milder than the average juror",
            "less": f"marks of {who} count less: they hardly tell entries apart, or not consistently",
            "more": f"marks of {who} count more: they tell entries apart consistently",
            "own-region": f"{who} {was} of the entry's region, and marked such entries {self.points} points higher",
            "few": "few sheets: the score stays closer to the middle",
        }[self.kind]


def reasons(panel: Panel, calibration: Calibration, entry_id: str) -> tuple[Reason, ...]:
    """Give the reasons for an entry's calibrated score.

    Parameters
    ----------
    panel : Panel
        The sheets.
    calibration : Calibration
        Fitted to them.
    entry_id : str
        The entry.

    Returns
    -------
    tuple of Reason
        Strict and mild jurors first; empty when nothing sets the entry's jurors apart.

    Raises
    ------
    KeyError
        The panel has no such entry.

    Notes
    -----
    O(S).
    """
    index = {entry.entry_id: i for i, entry in enumerate(panel.entries)}[entry_id]
    sheets = np.flatnonzero(panel.entry == index)
    jurors = panel.juror[sheets]
    found = []
    limit = _NAMED * calibration.design.unit
    severity = calibration.severity[jurors]
    telling = (calibration.state.a**2 / calibration.state.noise)[calibration.design.voices]
    weight, typical = telling[jurors], float(np.median(telling))
    favour = calibration.own_region_each[jurors]
    own = panel.own_region[sheets] & (favour > 0.1 * calibration.design.unit)
    groups = [
        ("strict", severity < -limit, severity),
        ("lenient", severity > limit, severity),
        ("less", weight < _LESS * typical, None),
        ("more", weight > _MORE * typical, None),
        ("own-region", own, favour),
    ]
    for kind, mask, points in groups:
        if mask.any():
            names = tuple(panel.jurors[j].juror_id for j in sorted(set(jurors[mask].tolist())))
            size = None if points is None else round(abs(float(points[mask].mean())), 1)
            found.append(Reason(kind, names, size))
    if len(sheets) < 0.6 * float(panel.reviews.mean()):
        found.append(Reason("few", (), None))
    return tuple(found)


def moved(panel: Panel, calibration: Calibration, by: int = 1) -> dict[str, tuple[int, int]]:
    """Name the entries whose place differs between plain mean and model.

    Parameters
    ----------
    panel, calibration
        As ``reasons``.
    by : int
        Least difference in places.

    Returns
    -------
    dict of str to (place by the mean, place by the model)
        Entries with at least one sheet, in the order of the model. O(N log N).
    """
    raw = np.where(panel.reviews > 0, mean(panel).score, -np.inf)
    before = _places(np.round(raw, 6))
    after = _places(np.round(calibration.quality, 6))
    order = np.argsort(after, kind="stable")
    return {
        panel.entries[i].entry_id: (int(before[i]), int(after[i]))
        for i in order
        if panel.reviews[i] and abs(int(before[i]) - int(after[i])) >= by
    }


def _places(score: np.ndarray) -> np.ndarray:
    ordered = np.sort(-score)
    return np.searchsorted(ordered, -score, side="left") + 1
