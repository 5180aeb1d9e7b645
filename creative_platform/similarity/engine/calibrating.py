"""Fit the probabilities anew on the shipped pairs and on what people said; compare before and after on verdicts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from scoring.similarity.calibration import (
    CERTAIN,
    DATA,
    FEATURES,
    feature_rows,
    fit_models,
    models_from_json,
    models_to_json,
    read_pairs,
    shipped_models,
)
from scoring.similarity.findings import Finding

LEAST_VERDICTS = 20  # of a modality, five of them of each kind; fewer say nothing
LEAST_OF_EACH = 5
BINS = 5

Judged = tuple[str, Mapping[str, float], bool]
"""The contest, the measures of a match, and whether a person called it shared."""


@dataclass(frozen=True)
class Fitted:
    """One modality: the models as plain data, None when there are too few verdicts, and the errors on the verdicts.

    ``before`` and ``after`` hold ``brier`` and ``ece``; ``after`` of a contest's verdicts is by models that did not see
    them, unless all are of one contest (``held_out`` is then false).
    """

    modality: str
    verdicts: int
    shared: int
    models: dict[str, Any] | None
    before: dict[str, float]
    after: dict[str, float]
    held_out: bool


def probability(models: Mapping[str, Any], modality: str, measures: Mapping[str, float]) -> float:
    """Return the probability that models give to the measures of a finding."""
    rows = {scope: feature_rows(modality, scope, [measures]) for scope in models}
    return round(max(float(model.probability(rows[scope])[0]) for scope, model in models.items()), 6)


def recalibrated(finding: Finding, stored: Mapping[str, Any] | None) -> Finding:
    """Return a finding with the probability of models that were fitted here; equal originals stay certain.

    Models of measures that this version does not take, or takes others beside, are left aside.
    """
    known = {scope: list(features) for scope, features in FEATURES.get(finding.modality, {}).items()}
    if not stored or {scope: list(model["features"]) for scope, model in stored.items()} != known:
        return finding
    if not finding.measures or finding.probability > CERTAIN:
        return finding
    told = probability(models_from_json(dict(stored)), finding.modality, finding.measures)
    return replace(finding, probability=told, scores={finding.modality: told})


def fit(modality: str, judged: Sequence[Judged]) -> Fitted:
    """Fit a modality anew; verdicts on measures that an earlier version took say nothing."""
    names = {name for features in FEATURES[modality].values() for name in features} - {"containment"}
    judged = [one for one in judged if names <= one[1].keys()]
    labels = np.array([shared for _, _, shared in judged], dtype=float)
    few = len(judged) < LEAST_VERDICTS or min(labels.sum(), len(labels) - labels.sum()) < LEAST_OF_EACH
    count, shared = len(judged), int(labels.sum())
    if few:
        return Fitted(modality, count, shared, None, {}, {}, held_out=False)
    shipped = read_pairs(DATA / f"{modality}_pairs.csv")
    contests = sorted({contest for contest, _, _ in judged})
    before = [probability(shipped_models(modality), modality, measures) for _, measures, _ in judged]
    after = np.zeros(count)
    for contest in contests:
        others = [one for one in judged if one[0] != contest or len(contests) == 1]
        models = fit_models(modality, [*shipped, *_rows(others)])
        for place, (whose, measures, _) in enumerate(judged):
            if whose == contest:
                after[place] = probability(models, modality, measures)
    models_json = models_to_json(fit_models(modality, [*shipped, *_rows(judged)]))
    errors = _errors(np.array(before), labels), _errors(after, labels)
    return Fitted(modality, count, shared, models_json, *errors, held_out=len(contests) > 1)


def _rows(judged: Sequence[Judged]) -> list[dict[str, str]]:
    return [
        {"source": f"contest {contest}", "attack": "verdict", "label": str(int(shared))}
        | {name: str(value) for name, value in measures.items()}
        for contest, measures, shared in judged
    ]


def _errors(told: np.ndarray, labels: np.ndarray) -> dict[str, float]:
    """Return the Brier score and the expected calibration error over equal bins."""
    bins = np.minimum((told * BINS).astype(int), BINS - 1)
    gaps = [abs(told[bins == n].mean() - labels[bins == n].mean()) * (bins == n).mean() for n in np.unique(bins)]
    return {"brier": round(float(((told - labels) ** 2).mean()), 4), "ece": round(float(sum(gaps)), 4)}
