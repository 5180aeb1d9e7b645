"""Probabilities: monotone, honest, and made from the committed pairs."""

import json

import numpy as np
import pytest

from scoring.similarity.calibration import DATA, fit_text, models_to_json, read_pairs, text_models, text_probability


def test_shipped_models_are_what_the_committed_pairs_give():
    fitted = models_to_json(fit_text(read_pairs(DATA / "text_pairs.csv")))
    shipped = json.loads((DATA / "text_calibration.json").read_text(encoding="utf-8"))

    for scope, model in shipped.items():
        assert fitted[scope]["features"] == model["features"] or list(fitted[scope]["features"]) == model["features"]
        for name in ("coefficients", "knots", "levels"):
            assert np.allclose(fitted[scope][name], model[name], atol=1e-3)


@pytest.mark.parametrize("grown", ["containment_a", "longest", "verbatim"])
def test_more_evidence_is_never_less_probable(grown):
    base = {"containment_a": 0.2, "containment_b": 0.1, "longest": 25.0, "shared": 30.0, "verbatim": 15.0}
    top = {"containment_a": 1.0, "longest": 300.0, "verbatim": 300.0}[grown]

    values = [text_probability({**base, grown: value}) for value in np.linspace(base[grown], top, 40)]

    assert values == sorted(values)


def test_coefficients_and_levels_are_monotone():
    for model in text_models().values():
        assert min(model.coefficients) >= 0
        assert list(model.knots) == sorted(model.knots)
        assert list(model.levels) == sorted(model.levels)


def test_probabilities_match_the_observed_share_on_the_committed_pairs():
    pairs = read_pairs(DATA / "text_pairs.csv")
    told = np.array(
        [
            text_probability({k: float(v) for k, v in row.items() if k not in ("source", "attack", "label")})
            for row in pairs
        ]
    )
    labels = np.array([int(row["label"]) for row in pairs])

    bins = np.minimum((told * 10).astype(int), 9)
    gaps = [abs(told[bins == b].mean() - labels[bins == b].mean()) * (bins == b).mean() for b in np.unique(bins)]

    assert sum(gaps) <= 0.03
