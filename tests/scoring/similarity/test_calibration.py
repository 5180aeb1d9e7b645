"""Probabilities: monotone, honest, and made from the committed pairs."""

import json

import numpy as np
import pytest

from scoring.similarity.calibration import (
    CERTAIN,
    DATA,
    FEATURES,
    calibrated,
    fit_models,
    models_to_json,
    read_pairs,
    shipped_models,
)

MODALITIES = sorted(FEATURES)
LEAST_AND_MOST = {
    "containment_a": (0.0, 1.0),
    "longest": (10.0, 400.0),
    "verbatim": (5.0, 400.0),
    "corners": (6.0, 300.0),
    "within": (0.0, 1.0),
    "covered": (0.0, 1.0),
    "common": (0.0, 1.0),
    "moved": (0.0, 1.0),
    "hash": (128.0, 256.0),
    "whole": (0.0, 1.0),
    "votes": (8.0, 2000.0),
    "moments": (1.0, 200.0),
    "apart": (0.0, 40.0),
    "pictures": (1.0, 60.0),
    "sure": (0.0, 60.0),
    **{f"{pair} whole": (0.0, 1.0) for pair in ("en-kk", "en-ru", "kk-ru")},
    **{f"{pair} run": (0.0, 400.0) for pair in ("en-kk", "en-ru", "kk-ru")},
}


@pytest.mark.parametrize("modality", MODALITIES)
def test_shipped_models_are_what_the_committed_pairs_give(modality):
    fitted = models_to_json(fit_models(modality, read_pairs(DATA / f"{modality}_pairs.csv")))
    shipped = json.loads((DATA / f"{modality}_calibration.json").read_text(encoding="utf-8"))

    assert list(fitted) == list(shipped)
    for scope, model in shipped.items():
        assert list(fitted[scope]["features"]) == model["features"]
        for name in ("coefficients", "intercept", "knots", "levels"):
            assert np.allclose(fitted[scope][name], model[name], atol=1e-3)


@pytest.mark.parametrize("modality", MODALITIES)
@pytest.mark.parametrize("grown", sorted(LEAST_AND_MOST))
def test_more_evidence_is_never_less_probable(grown, modality):
    least, most = LEAST_AND_MOST[grown]
    base = {"containment_b": 0.0, **{name: low for name, (low, _) in LEAST_AND_MOST.items()}}

    values = [calibrated(modality, {**base, grown: value}) for value in np.linspace(least, most, 40)]

    assert values == sorted(values)
    assert values[0] >= 0 and values[-1] <= CERTAIN


@pytest.mark.parametrize("modality", MODALITIES)
def test_coefficients_and_levels_are_monotone(modality):
    for model in shipped_models(modality).values():
        assert min(model.coefficients) >= 0 < max(model.coefficients)
        assert list(model.knots) == sorted(model.knots)
        assert list(model.levels) == sorted(model.levels)


@pytest.mark.parametrize("modality", MODALITIES)
def test_probabilities_match_the_observed_share_on_the_committed_pairs(modality):
    pairs = read_pairs(DATA / f"{modality}_pairs.csv")
    told = np.array([calibrated(modality, row) for row in pairs])
    labels = np.array([int(row["label"]) for row in pairs])

    bins = np.minimum((told * 10).astype(int), 9)
    gaps = [abs(told[bins == b].mean() - labels[bins == b].mean()) * (bins == b).mean() for b in np.unique(bins)]

    assert sum(gaps) <= 0.03
