"""Generator B: no linear latent mark anywhere.

Entries have several virtues and jurors different tastes for them. Each criterion is judged by cumulative thresholds of
the juror's own, so that the steps of the scale are uneven; jurors drift during the day, are swayed by the entry before,
crowd at the top of the scale, and declare expertise that they do not have. Written apart from generator A, and never
used to choose anything in the model.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from tests.bench.judging.contest import CRITERIA, WEIGHTS, Contest, people, uniform_pairs

VIRTUES = 4


@dataclass(frozen=True)
class Ordinal:
    """Parameters; those of jurors are spreads over the jury."""

    entries: int = 180
    jurors: int = 24
    taste: float = 0.35
    cuts_shift: float = 0.5
    cuts_stretch: float = 0.3
    blur: float = 0.7
    blur_spread: float = 0.4
    drift: float = 0.4
    contrast: float = 0.15
    top_heavy: float = 0.0
    liars: float = 0.2
    outsider_blur: float = 1.6
    lazy: float = 0.06
    random: float = 0.0
    ring: int = 0
    blocks: int = 0
    leaves: float = 0.0
    forgotten: float = 0.0


PLAIN = Ordinal()
SCENARIOS = {
    "ordinary": PLAIN,
    "tastes": replace(PLAIN, taste=0.8),
    "drifting": replace(PLAIN, drift=1.0, contrast=0.4),
    "ceiling": replace(PLAIN, top_heavy=1.2),
    "ring": replace(PLAIN, ring=4),
    "blocks": replace(PLAIN, blocks=3),
    "leavers": replace(PLAIN, leaves=0.3, forgotten=0.1),
    "liars": replace(PLAIN, liars=0.7, outsider_blur=2.0),
    "strangers": replace(PLAIN, lazy=0.12, random=0.12, blur_spread=0.7),
}


def ordinal(setting: Ordinal, reviews: int, seed: int, world: int | None = None) -> Contest:
    """Simulate one contest; those of one seed and world (``reviews`` unless given) have the same entries and jurors."""
    rng = np.random.default_rng([seed, reviews if world is None else world, 23])
    n, m, c = setting.entries, setting.jurors, len(CRITERIA)
    entries, jurors = people(n, m, rng)
    # Skewed virtues: many decent entries, few outstanding ones.
    virtues = np.log(rng.gamma(3.0, 1.0, (n, VIRTUES))) + 0.4 * rng.standard_t(6, (n, 1))
    mixing = rng.dirichlet(np.full(VIRTUES, 2.0), c)
    pure = virtues @ mixing.T
    centre, spread = pure.mean(axis=0), (pure @ WEIGHTS).std()
    truth = (pure - centre) @ WEIGHTS / spread
    tastes = setting.taste * rng.standard_normal((m, VIRTUES))
    steps = np.quantile((pure - centre) / spread, np.linspace(0.04, 0.97, 9)) - setting.top_heavy
    shift = setting.cuts_shift * rng.standard_normal(m)
    stretch = np.exp(setting.cuts_stretch * rng.standard_normal(m))
    uneven = 0.15 * rng.standard_normal((m, 9))
    cuts = np.sort(shift[:, None] + stretch[:, None] * steps[None, :] + uneven, axis=1)
    blur = setting.blur * np.exp(setting.blur_spread * rng.standard_normal(m))
    kind = rng.random(m)
    lazy = kind < setting.lazy
    scatter = (kind >= setting.lazy) & (kind < setting.lazy + setting.random)
    truly = [{track for track in juror.expert_tracks if rng.random() >= setting.liars} for juror in jurors]
    slope = setting.drift * rng.standard_normal(m)
    expected = max(1.0, n * reviews / m)
    before = np.zeros(m)
    members, lifted = set(range(setting.ring)), set(rng.choice(n, 3, replace=False).tolist())

    def mark(entry: int, juror: int, nth: int) -> NDArray[np.float64]:
        if lazy[juror]:
            return np.clip(7.0 + np.rint(shift[juror]) + (rng.random(c) < 0.2), 1, 10)
        if scatter[juror]:
            return rng.integers(3, 11, c) + 0.0
        seen = (pure[entry] - centre + mixing @ (tastes[juror] * (virtues[entry] - virtues.mean(axis=0)))) / spread
        outside = entries[entry].track not in truly[juror]
        sd = blur[juror] * (setting.outsider_blur if outside else 1.0)
        seen = seen + sd * (0.75 * rng.standard_normal() + 0.65 * rng.standard_normal(c))
        seen = seen + slope[juror] * (nth / expected - 0.5) - setting.contrast * before[juror]
        before[juror] = 0.7 * before[juror] + 0.3 * float(seen @ WEIGHTS)
        if juror in members and entry in lifted:
            seen = seen + 2.0
        marks = 1.0 + (seen[:, None] > cuts[juror][None, :]).sum(axis=1)
        marks[rng.random(c) < setting.forgotten] = np.nan
        return marks

    group = None
    if setting.blocks:
        group = np.concatenate([rng.integers(0, setting.blocks, n), np.arange(m) % setting.blocks])
    pairs = uniform_pairs(n, m, reviews, rng, group, leaks=0.05)
    leaving = rng.random(m) < setting.leaves
    done = np.zeros(m)
    kept = []
    for entry, juror in pairs:
        done[juror] += 1
        if not (leaving[juror] and done[juror] > 0.4 * expected):
            kept.append((entry, juror))
    return Contest(entries, jurors, truth, mark, kept, lazy | scatter)
