"""The room's door to scoring.judging; loaded by the worker and the command line alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from creative_platform.judging.engine import stretched
from scoring.judging import (
    METHODS,
    Entry,
    Juror,
    Rubric,
    Scoresheet,
    check_conflicts,
    make_snapshot,
    opening_digest,
    rank,
    recorded,
    seal_conflicts,
    verify,
)
from scoring.judging.agreement import criteria_agreement
from scoring.judging.calibrated import calibrate, can_calibrate
from scoring.judging.cards import juror_cards
from scoring.judging.drift import juror_drifts
from scoring.judging.explain import moves
from scoring.judging.panel import Panel, make_panel
from scoring.judging.quotas import Quota, QuotasImpossible, select
from scoring.judging.sensitivity import Variation, sensitivity
from scoring.judging.ties import CRITERION

__all__ = ["METHODS", "Computed", "check_conflicts", "choose", "compute", "explain", "verify"]

MOST_SHEETS_RANKED = 1_000_000  # over all variations: about five minutes


@dataclass(frozen=True)
class Computed:
    """A ranking, how it put equal scores in order, and the document that anybody can recompute it from.

    ``opening`` holds the conflicts that the document commits to.
    """

    snapshot: dict[str, Any]
    opening: dict[str, Any]
    rows: list[dict[str, Any]]
    ties: list[dict[str, Any]]


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
    steps: Sequence[str],
    lots: str,
    conflicts: Sequence[tuple[str, str]],
    salt: str,
    previous: str | None,
    about: Mapping[str, object],
) -> Computed:
    """Rank entries (id, track, language) by sheets (entry id, juror id, marks).

    Criteria may have scales of their own; marks are stretched onto the first one, so that a weight means the same.
    ``steps`` put equal scores in order, ``lots`` is the seed of the lots; ties tell marks on the criterion's own scale.
    ``conflicts`` (entry id, juror id) are sealed with ``salt``.
    """
    lo, hi = next(iter(scales.values()))
    marks = [
        Scoresheet(e, j, {key: stretched(value, scales[key], (lo, hi)) for key, value in given.items()})
        for e, j, given in sheets
    ]
    works = [Entry(i, track=track, language=language) for i, track, language in entries]
    people = [Juror(name) for name in jurors]
    rubric = Rubric(dict(weights), (lo, hi))
    ranking = rank(marks, works, people, rubric, method=method, top=top, seed=seed, steps=steps, lots=lots)
    pairs = sorted({(e, j) for e, j, _ in sheets})
    opening = seal_conflicts(conflicts, salt)
    snapshot = make_snapshot(
        ranking,
        marks,
        works,
        people,
        rubric,
        assignments=pairs,
        conflicts_sha256=opening_digest(opening),
        previous=previous,
        about=about,
    )
    rows = [
        {
            "entry": line.entry_id,
            "rank": line.rank,
            "score": line.score,
            "raw_mean": line.raw_mean,
            "reviews": line.reviews,
            "rank_lo": line.rank_lo,
            "rank_hi": line.rank_hi,
            "score_lo": line.score_lo,
            "score_hi": line.score_hi,
            "p_top": line.p_top,
            "band": line.band,
        }
        for line in ranking.entries
    ]
    score_of = {line.entry_id: line.score for line in ranking.entries}
    ties = [
        {"score": score_of[tie.entries[0]], **_on_own_scales(asdict(tie), scales, (lo, hi))} for tie in ranking.ties
    ]
    return Computed(snapshot, opening, rows, ties)


def _on_own_scales(tie: dict[str, Any], scales: Mapping[str, tuple[int, int]], onto: tuple[int, int]) -> dict[str, Any]:
    """Return a tie with the marks on a criterion as the jury gave them."""
    for taken in tie["steps"]:
        scale = scales.get(taken["step"].removeprefix(CRITERION)) if taken["step"].startswith(CRITERION) else None
        if scale:
            taken["figures"] = [
                None if figure is None else round(stretched(figure, onto, scale), 6) for figure in taken["figures"]
            ]
    return tie


def explain(
    snapshot: Mapping[str, Any], order: Sequence[tuple[str, str]] = (), homes: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """Return why places differ from those by the plain mean, and what would change the top, as plain data.

    ``moved`` gives for each entry its place by the mean and the reasons; ``variations`` those rankings, of ``tried``,
    whose top holds others (``tried`` is 0 when there would be too many to compute); ``cards`` how each juror marks, and
    ``agreement`` Krippendorff's alpha with its 90 % interval a criterion, of the weighted mean under the empty name.
    ``order`` names sheets (entry, juror) as they were handed in, ``homes`` the regions of entries and jurors; neither
    is in the snapshot, and the cards alone tell of them.
    """
    sheets, entries, jurors, rubric = recorded(snapshot)
    method, top = snapshot["method"]["name"], snapshot["method"]["top"]
    panel = make_panel(sheets, entries, jurors, rubric)
    rankings = len(jurors) + 3 * len(rubric.weights) + len(METHODS)
    varied: tuple[Variation, ...] = ()
    if rankings * len(sheets) <= MOST_SHEETS_RANKED:
        ties = {"steps": snapshot["method"].get("steps", []), "lots": snapshot["method"].get("lots", "")}
        varied = sensitivity(sheets, entries, jurors, rubric, method=method, top=top, **ties)
    return {
        "top": top,
        "moved": _moved(panel) if method == "calibrated" and can_calibrate(panel) else {},
        "cards": _cards(panel, order, homes or {}),
        "agreement": {name: found and list(found) for name, found in criteria_agreement(panel).items()},
        "tried": len(varied),
        "variations": [
            {"kind": one.kind, "name": one.name, "enters": list(one.enters), "leaves": list(one.leaves)}
            for one in varied
            if one.enters or one.leaves
        ],
    }


def _cards(panel: Panel, order: Sequence[tuple[str, str]], homes: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return the cards; the ranking knows no region, so what a juror adds for their own is learnt beside it."""
    works = tuple(replace(one, region=homes.get(one.entry_id, "")) for one in panel.entries)
    people = tuple(replace(one, region=homes.get(one.juror_id, "")) for one in panel.jurors)
    at_home = juror_cards(replace(panel, entries=works, jurors=people))
    found = []
    for card, home, drift in zip(juror_cards(panel), at_home, juror_drifts(panel, order), strict=True):
        told = {
            "own_region_effect": home.own_region_effect,
            "own_region_sd": home.own_region_sd,
            "flags": [*card.flags, *(flag for flag in home.flags if flag == "own-region")],
            "drift": drift and asdict(drift) | {"sure": drift.sure},
        }
        found.append(asdict(card) | told)
    return found


def choose(
    scores: Mapping[str, float],
    attributes: Mapping[str, Mapping[str, str]],
    count: int,
    rules: Sequence[Mapping[str, Any]],
    places: Mapping[str, int],
) -> dict[str, Any]:
    """Choose so many winners under rules (attribute, value, least or None, most or None), as plain data.

    Each of the ``limits`` is one side of a rule. ``brings`` are those who would not come in without it, ``drops`` those
    who would not fall out, and ``price`` is what the sum of the winners' scores would gain. Who comes in whichever one
    of the limits is left out stands with those that it helps to keep. ``places`` tell equal scores apart. When nothing
    keeps all limits, ``impossible`` has some of them that cannot hold together, although they could without any one of
    them.
    """
    limits = [
        (kind, Quota(rule["attribute"], rule["value"], **{kind: rule[kind]}))
        for rule in rules
        for kind in ("least", "most")
        if rule[kind] is not None
    ]
    quotas = [quota for _, quota in limits]
    try:
        found = select(scores, attributes, count, quotas, places)
    except QuotasImpossible:
        bottleneck = _bottleneck(scores, attributes, count, quotas)
        return {"impossible": [_limit(kind, quota, attributes) for kind, quota in limits if quota in bottleneck]}
    told = []
    for kind, quota in limits:
        without = select(scores, attributes, count, [other for other in quotas if other is not quota], places)
        brings = [entry for entry in found.enters if entry not in without.chosen]
        drops = [entry for entry in found.leaves if entry in without.chosen]
        price = round(found.price - without.price, 6)
        told.append({**_limit(kind, quota, attributes), "price": price, "brings": brings, "drops": drops})
    brought = {entry for limit in told for entry in limit["brings"]}
    for limit, (_, quota) in zip(told, limits, strict=True):
        if len(_with(quota, found.free, attributes)) < quota.least:
            limit["brings"] += [one for one in _with(quota, found.enters, attributes) if one not in brought]
    return {"chosen": list(found.chosen), "free": list(found.free), "price": found.price, "limits": told}


def _with(quota: Quota, entries: Iterable[str], attributes: Mapping[str, Mapping[str, str]]) -> list[str]:
    return [entry for entry in entries if attributes.get(entry, {}).get(quota.attribute) == quota.value]


def _bottleneck(scores: Any, attributes: Any, count: int, quotas: list[Quota]) -> list[Quota]:
    """Return quotas that cannot hold together, none of which could be spared for that."""
    needed = quotas
    for quota in quotas:
        fewer = [other for other in needed if other is not quota]
        try:
            select(scores, attributes, count, fewer)
        except QuotasImpossible:
            needed = fewer
    return needed


def _limit(kind: str, quota: Quota, attributes: Mapping[str, Mapping[str, str]]) -> dict[str, Any]:
    return {
        "attribute": quota.attribute,
        "value": quota.value,
        "kind": kind,
        "number": getattr(quota, kind),
        "entries": len(_with(quota, attributes, attributes)),
    }


def _moved(panel: Panel) -> dict[str, Any]:
    return {
        entry: {"by_mean": move.by_mean, "reasons": [asdict(why) for why in move.reasons]}
        for entry, move in moves(panel, calibrate(panel)).items()
    }
