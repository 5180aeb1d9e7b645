"""From measures to a probability: logistic regression, then isotonic regression, shipped as plain numbers.

A modality has one model a scope. *Whole* asks how much of the smaller text is found in the other; *part* how long
the heaviest passage is, whatever stands around it. The probability is the greater of the two: both see the same
passages, so adding them would count the evidence twice.
"""

import csv
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from functools import cached_property, lru_cache
from math import inf, log1p
from pathlib import Path
from typing import Any

import numpy as np
from scipy.special import expit, logit
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold

DATA = Path(__file__).parent / "data"

CERTAIN = 0.995
"""No calibrated probability is above this; 1 is kept for originals equal to the byte."""


@dataclass(frozen=True)
class ScopeModel:
    """A monotone map from measures to a probability.

    Attributes
    ----------
    features : tuple of str
        Names of the measures, in the order of `coefficients`.
    coefficients : tuple of float
        All at least 0, so that more evidence never makes a pair less probable.
    intercept : float
    knots, levels : tuple of float
        The isotonic step as a polyline from the logistic score to the probability.
    """

    features: tuple[str, ...]
    coefficients: tuple[float, ...]
    intercept: float
    knots: tuple[float, ...]
    levels: tuple[float, ...]

    def score(self, rows: np.ndarray) -> np.ndarray:
        """Give the logistic score of rows of shape (n, n_features)."""
        return np.asarray(rows, dtype=np.float64) @ self._curve[0] + self.intercept

    def probability(self, rows: np.ndarray) -> np.ndarray:
        """Give the probability of rows of shape (n, n_features), shape (n,), within [0, `CERTAIN`]."""
        _, knots, odds = self._curve
        return np.minimum(expit(np.interp(self.score(rows), knots, odds)), CERTAIN)

    def least_score(self, probability: float) -> float:
        """Give the logistic score from which a probability is reached, infinite when none reaches it."""
        _, knots, odds = self._curve
        if probability > min(CERTAIN, self.levels[-1]):
            return inf
        least = logit(probability)
        above = int(np.searchsorted(odds, least))
        if not above:
            return -inf
        share = (least - odds[above - 1]) / (odds[above] - odds[above - 1])
        return float(knots[above - 1] + share * (knots[above] - knots[above - 1]))

    @cached_property
    def _curve(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        # Between two levels the odds are drawn, not the probabilities: the scores are log-odds.
        return np.array(self.coefficients), np.array(self.knots), logit(np.array(self.levels))


def fit_scope(
    features: tuple[str, ...], rows: np.ndarray, labels: np.ndarray, groups: np.ndarray, *, folds: int = 5
) -> ScopeModel:
    """Fit the map of one scope on labelled pairs.

    Parameters
    ----------
    features : tuple of str
        Names of the columns.
    rows : ndarray of shape (n, n_features)
        Measures, each growing with the evidence.
    labels : ndarray of shape (n,)
        1 for shared material, 0 for unrelated; both must occur.
    groups : ndarray of shape (n,)
        The source a pair comes from; the isotonic step only sees scores from models that did not see the source.

    Notes
    -----
    A feature whose coefficient comes out negative is dropped and the rest is fitted again. The isotonic step is
    pooled over at least 12 pairs a level and drawn as flat levels over the middle 80 % of
    their pairs, joined by straight lines in the odds.
    """
    kept = list(range(len(features)))
    while True:
        model = LogisticRegression(C=1.0, max_iter=5000).fit(rows[:, kept], labels)
        worst = int(np.argmin(model.coef_[0]))
        if model.coef_[0][worst] >= 0 or len(kept) == 1:
            break
        kept.pop(worst)
    score = np.empty(len(labels))
    for train, test in GroupKFold(folds).split(rows, labels, groups):
        held = LogisticRegression(C=1.0, max_iter=5000).fit(rows[np.ix_(train, kept)], labels[train])
        score[test] = held.decision_function(rows[np.ix_(test, kept)])
    knots, levels = _polyline(score, labels)
    coefficients = np.zeros(len(features))
    coefficients[kept] = np.maximum(0, model.coef_[0])
    return ScopeModel(
        features, _rounded(coefficients), round(float(model.intercept_[0]), 6), _rounded(knots), _rounded(levels)
    )


def _polyline(score: np.ndarray, labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    step = IsotonicRegression(out_of_bounds="clip").fit(score, labels).predict(score)
    order = np.argsort(score, kind="stable")
    knots, levels, block = [], [], []
    for place, item in enumerate(order):
        block.append(item)
        last = place == len(order) - 1
        if last or (len(block) >= 12 and step[order[place + 1]] != step[item]):
            # Half a pair of each kind is added: a level of nothing but hits is not certainty.
            levels.extend(2 * [(labels[block].sum() + 0.5) / (len(block) + 1)])
            knots.extend(np.quantile(score[block], (0.1, 0.9)).tolist())
            block = []
    return np.array(knots), np.maximum.accumulate(np.array(levels))


def _rounded(values: np.ndarray) -> tuple[float, ...]:
    return tuple(round(float(value), 6) for value in values)


def read_pairs(path: Path) -> list[dict[str, str]]:
    """Read a table of labelled pairs: columns ``source``, ``attack``, ``label`` and one a measure."""
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


SEQUENCE: dict[str, tuple[str, ...]] = {"whole": ("containment", "longest"), "part": ("verbatim", "longest")}
FEATURES: dict[str, dict[str, tuple[str, ...]]] = {
    "text": SEQUENCE,
    "code": SEQUENCE,
    "image": {
        "light": ("within", "covered", "common"),
        "moved": ("corners", "within", "covered", "common"),
        "hash": ("hash", "whole"),
    },
    "video": {"every": ("sure",)},
    "audio": {"every": ("votes", "moments"), "mixed": ("apart",)},
    "translation": {pair: (f"{pair} whole", f"{pair} run") for pair in ("en-kk", "en-ru", "kk-ru")},
}
"""The features of each scope of each modality."""

SHARES = ("within", "covered", "common", "whole", "best")
"""Measures between 0 and 1; of the others the logarithm counts."""

PART_ATTACKS = ("excerpt", "mix")
"""Attacks that take over a part; the model of the whole is not asked to find them, nor that of the part the others."""

ENOUGH_CORNERS = 30
"""Corners that move together from which more of them say nothing new."""

MOVED_FROM = 0.4
"""How far what is common has to lie elsewhere for a labelled pair of pictures to count as one with a moved part."""

HASH_IN_PLACE = 216
"""Equal bits of 256 from which a labelled pair of the same picture counts as one that the hash is to find."""


APART_FROM = 1.0
"""How far peaks that coincide are apart from chance for a labelled pair of sounds to count as one that they tell of."""


def _feature(name: str, measures: Mapping[str, Any]) -> float:
    """Give a feature, growing with the evidence, from the measures of a finding."""
    if name == "containment":
        return max(float(measures["containment_a"]), float(measures["containment_b"]))
    value = float(measures[name] or 0.0)  # labelled pairs leave empty what was not measured
    if name == "corners":
        # Some prove how a picture was moved; more of them do not tell a copy from another picture of its series.
        value = min(value, ENOUGH_CORNERS)
    if name == "hash":
        # Unrelated pictures agree in about 128 of 256 bits; only what is well above that tells something.
        return max(0.0, value - 150) / 106
    return value if name in SHARES or name.endswith(" whole") else log1p(value)


def feature_rows(modality: str, scope: str, measures: Iterable[Mapping[str, Any]]) -> np.ndarray:
    """Give the rows of a scope, shape (n, n_features), from the measures of findings.

    Those of the scope ``"moved"`` are multiplied by the measure of this name.
    """
    names = FEATURES[modality][scope]
    # The pictures of a series have a layout in common: what lies elsewhere is judged apart from what lies in its place.
    rows = [
        [_feature(name, one) * (float(one["moved"]) if scope == "moved" else 1.0) for name in names] for one in measures
    ]
    return np.array(rows, dtype=np.float64).reshape(len(rows), len(names))


def fit_models(modality: str, pairs: Iterable[dict[str, str]]) -> dict[str, ScopeModel]:
    """Fit the scopes of a modality on labelled pairs; the models that ship are made by this function."""
    table = list(pairs)
    labels = np.array([int(row["label"]) for row in table])
    groups = np.array([row["source"] for row in table])
    part = np.array([row["attack"] in PART_ATTACKS for row in table])
    in_place = np.array([float(row.get("hash", 0)) >= HASH_IN_PLACE for row in table])
    moved = np.array([float(row.get("moved", 0)) >= MOVED_FROM for row in table])
    apart = np.array([float(row.get("apart") or 0) >= APART_FROM for row in table])
    every, unrelated = np.ones(len(table), dtype=bool), labels == 0
    languages = np.array([_languages(row) for row in table])
    used = {"whole": ~part, "part": part | unrelated, "hash": in_place | unrelated, "moved": moved | unrelated}
    used["mixed"] = apart | unrelated
    models = {}
    for scope, features in FEATURES[modality].items():
        rows = feature_rows(modality, scope, table)
        measured = np.array([all(row.get(name) != "" for name in features) for row in table])
        chosen = used.get(scope, languages == scope if modality == "translation" else every) & measured
        models[scope] = fit_scope(features, rows[chosen], labels[chosen], groups[chosen])
    return models


def _languages(row: Mapping[str, Any]) -> str:
    """Give the pair of languages a labelled pair is of; a verdict's has none but the one of which most was found."""
    pairs = [*FEATURES["translation"]]
    return str(row.get("languages") or max(pairs, key=lambda pair: float(row.get(f"{pair} whole", 0))))


def calibrated(modality: str, measures: Mapping[str, Any]) -> float:
    """Give the probability that two sketches share material, from the measures of their comparison."""
    return max(calibrated_scopes(modality, measures).values())


def calibrated_scopes(modality: str, measures: Mapping[str, Any]) -> dict[str, float]:
    """Give the probability that each scope tells."""
    scopes = shipped_models(modality).items()
    rows = {scope: feature_rows(modality, scope, [measures]) for scope, _ in scopes}
    return {scope: round(float(model.probability(rows[scope])[0]), 6) for scope, model in scopes}


def reaches(modality: str, measures: Mapping[str, Any], probability: float) -> bool:
    """Tell whether measures have a probability of at least so much, at a fraction of what `calibrated` costs."""
    return any(
        sum(factor * _feature(name, measures) for name, factor in factors) + intercept >= least
        for factors, intercept, least in _limits(modality, probability)
    )


@lru_cache(maxsize=64)
def _limits(modality: str, probability: float) -> list[tuple[list[tuple[str, float]], float, float]]:
    """Give for each scope its features with their coefficients, its intercept, and the score that is to be reached."""
    return [
        (list(zip(model.features, model.coefficients, strict=True)), model.intercept, model.least_score(probability))
        for model in shipped_models(modality).values()
    ]


@lru_cache(maxsize=8)
def shipped_models(modality: str) -> dict[str, ScopeModel]:
    """Load the models that ship with the package for a modality."""
    return models_from_json(json.loads((DATA / f"{modality}_calibration.json").read_text(encoding="utf-8")))


def models_to_json(models: dict[str, ScopeModel]) -> dict[str, Any]:
    """Give the models as plain data."""
    return {scope: asdict(model) for scope, model in sorted(models.items())}


def models_from_json(data: dict[str, Any]) -> dict[str, ScopeModel]:
    """Restore what `models_to_json` gave."""
    return {
        scope: ScopeModel(
            tuple(one["features"]),
            tuple(one["coefficients"]),
            one["intercept"],
            tuple(one["knots"]),
            tuple(one["levels"]),
        )
        for scope, one in data.items()
    }
