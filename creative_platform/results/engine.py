"""The room's door to scoring.judging; loaded by the worker and the command line alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from scoring.judging import METHODS, Entry, Juror, Rubric, Scoresheet, make_snapshot, rank, verify

__all__ = ["METHODS", "Computed", "compute", "verify"]


@dataclass(frozen=True)
class Computed:
    """A ranking and the document that anybody can recompute it from."""

    snapshot: dict[str, Any]
    rows: list[dict[str, Any]]


def compute(
    *,
    sheets: Sequence[tuple[str, str, Mapping[str, float]]],
    entries: Sequence[tuple[str, str, str]],
    jurors: Sequence[str],
    weights: Mapping[str, float],
    scales: Mapping[str, tuple[int, int]],
    method: str,
    seed: int,
    top: int,
    previous: str | None,
    about: Mapping[str, object],
) -> Computed:
    """Rank entries (id, track, language) by sheets (entry id, juror id, marks).

    Criteria may have scales of their own; marks are stretched onto the first one, so that a weight means the same.
    """
    lo, hi = next(iter(scales.values()))
    marks = [
        Scoresheet(e, j, {key: _stretched(value, scales[key], (lo, hi)) for key, value in given.items()})
        for e, j, given in sheets
    ]
    works = [Entry(i, track=track, language=language) for i, track, language in entries]
    people = [Juror(name) for name in jurors]
    rubric = Rubric(dict(weights), (lo, hi))
    ranking = rank(marks, works, people, rubric, method=method, top=top, seed=seed)
    pairs = sorted({(e, j) for e, j, _ in sheets})
    snapshot = make_snapshot(ranking, marks, works, people, rubric, assignments=pairs, previous=previous, about=about)
    rows = [
        {
            "entry": line.entry_id,
            "rank": line.rank,
            "score": line.score,
            "raw_mean": line.raw_mean,
            "reviews": line.reviews,
            "rank_lo": line.rank_lo,
            "rank_hi": line.rank_hi,
            "band": line.band,
        }
        for line in ranking.entries
    ]
    return Computed(snapshot, rows)


def _stretched(value: float, scale: tuple[int, int], onto: tuple[int, int]) -> float:
    if scale == onto:
        return value
    share = (value - scale[0]) / (scale[1] - scale[0])
    return onto[0] + share * (onto[1] - onto[0])
