"""Generator A: linear latent marks. Severity, scale use, noise, halo, own-region favour, careless jurors, drop-outs."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from scoring.judging.panel import Panel
from tests.bench.judging.contest import WEIGHTS, Contest, people, uniform_pairs


@dataclass(frozen=True)
class Linear:
    """Parameters, in units of the spread of true quality."""

    entries: int = 200
    jurors: int = 30
    severity: float = 0.8
    scale_use: float = 0.25
    noise: float = 0.8
    noise_spread: float = 0.3
    non_expert: float = 1.5
    halo: float = 0.7
    specific: float = 0.5
    favour: float = 0.6
    favouring: float = 0.3
    careless: float = 0.05
    colluders: int = 0
    panels: int = 0
    dropout: float = 0.0
    missing: float = 0.0
    centre: float = 5.8
    unit: float = 1.4


TYPICAL = Linear()
SCENARIOS = {
    "typical": TYPICAL,
    "mild": replace(TYPICAL, severity=0.3, favour=0.0),
    "harsh": replace(TYPICAL, severity=1.3),
    "panels": replace(TYPICAL, panels=4),
    "dirty": replace(TYPICAL, careless=0.17, colluders=3, favouring=0.5, favour=1.0),
    "dropout": replace(TYPICAL, dropout=0.35, missing=0.05),
    "small": replace(TYPICAL, entries=40, jurors=10),
    "uneven": replace(TYPICAL, noise_spread=0.7),
}


def linear(setting: Linear, reviews: int, seed: int, world: int | None = None) -> Contest:
    """Simulate one contest; those of one seed and world (``reviews`` unless given) have the same entries and jurors."""
    rng = np.random.default_rng([seed, reviews if world is None else world, 11])
    n, m = setting.entries, setting.jurors
    entries, jurors = people(n, m, rng)
    general = rng.standard_normal(n)
    latent = general[:, None] + setting.specific * rng.standard_normal((n, len(WEIGHTS)))
    truth = latent @ WEIGHTS
    severity = setting.severity * rng.standard_normal(m)
    stretch = np.exp(setting.scale_use * rng.standard_normal(m))
    noise = setting.noise * np.exp(setting.noise_spread * rng.standard_normal(m))
    careless = rng.random(m) < setting.careless
    favour = setting.favour * (rng.random(m) < setting.favouring)
    friends = rng.choice(n, 2, replace=False)
    ring = rng.permutation(m)[: setting.colluders]

    def mark(entry: int, juror: int, nth: int) -> NDArray[np.float64]:
        if careless[juror]:
            marks = 6.5 + 1.5 * severity[juror] + 0.5 * rng.standard_normal() + 0.4 * rng.standard_normal(len(WEIGHTS))
            return np.clip(np.rint(marks), 1, 10)
        sd = noise[juror] * (1.0 if entries[entry].track in jurors[juror].expert_tracks else setting.non_expert)
        impression = truth[entry] + sd * rng.standard_normal()
        apart = latent[entry] + sd * rng.standard_normal(len(WEIGHTS))
        seen = setting.halo * impression + (1 - setting.halo) * apart
        seen = seen + severity[juror] + favour[juror] * (entries[entry].region == jurors[juror].region)
        if juror in ring and entry in friends:
            seen = seen + 2.5
        marks = np.clip(np.rint(setting.centre + setting.unit * stretch[juror] * seen), 1, 10)
        marks[rng.random(len(marks)) < setting.missing] = np.nan
        return marks

    def oracle(panel: Panel) -> NDArray[np.float64]:
        """Take severity, scale use and favour off, and weight by the true noise; the ring alone is not known."""
        entry, j = panel.entry, panel.juror
        seen = (panel.total - setting.centre) / (setting.unit * stretch[j])
        seen = seen - severity[j] - favour[j] * panel.own_region
        sd = noise[j] * np.where(panel.expert, 1.0, setting.non_expert)
        spread = setting.halo**2 + (1 - setting.halo) ** 2 * float(WEIGHTS @ WEIGHTS)
        weight = np.where(careless[j], 0.0, 1.0 / (sd**2 * spread))
        prior = 1.0 / float(truth.var())
        return np.bincount(entry, weight * seen, n) / (np.bincount(entry, weight, n) + prior)

    group = (
        np.concatenate([rng.integers(0, setting.panels, n), np.arange(m) % setting.panels]) if setting.panels else None
    )
    pairs = uniform_pairs(n, m, reviews, rng, group, leaks=0.03)
    quitters = rng.random(m) < setting.dropout
    pairs = [pair for pair in pairs if not (quitters[pair[1]] and rng.random() < 0.6)]
    return Contest(entries, jurors, truth, mark, pairs, careless, oracle)
