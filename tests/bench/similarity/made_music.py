"""Songs made for the benchmarks: bands whose songs have tempo, key, instruments, rhythms and stock of chords in common.

No two songs of a band have both chords and figure of the bass in common, for that would be one backing track; what
else they share, as songs of one style do, is no reuse. With `one_kit` the drums of a band are the very same samples,
as with loops that are bought: that is shared material, and nobody's fault.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from scoring.similarity.sound import RATE

SECONDS = 30.0
PROGRESSIONS = ((0, 4, 5, 3), (0, 5, 3, 4), (3, 0, 1, 5), (0, 3, 4, 4))
"""Degrees of the scale, a bar each: those that most popular songs have."""

SCALES = ((0, 2, 4, 5, 7, 9, 11), (0, 2, 3, 5, 7, 8, 10))
BASSES = ((0, 4, 8, 12), (0, 3, 6, 8, 11, 14), (0, 2, 4, 6, 8, 10, 12, 14), (0, 6, 8, 14))
DRUMS = (((0, 8), (4, 12)), ((0, 6, 8), (4, 12)), ((0, 4, 8, 12), (4, 12)), ((0, 10), (4, 12)))
"""Sixteenths of a bar in which bass, and kick and snare, sound."""


def song(band: int, number: int, seconds: float = SECONDS, *, one_kit: bool = False) -> np.ndarray:
    """Play a song of a band, float32 at `RATE`."""
    style, dice = np.random.default_rng((1, band)), np.random.default_rng((2, band, number))
    step = 60 / float(style.integers(84, 140)) / 4
    root, scale = float(110 * 2 ** (style.integers(12) / 12)), SCALES[int(style.integers(2))]
    timbres = [tuple(style.uniform(0.1, 1.0, 4).tolist()) for _ in range(3)]
    backing = int(style.permutation(16)[number % 16])
    chords, bass = PROGRESSIONS[backing // 4], BASSES[backing % 4]
    drums = DRUMS[int(dice.integers(4))]
    low, busy = int(dice.integers(3)), float(dice.uniform(0.25, 0.6))
    sound = np.zeros(int(RATE * (seconds + 3)), dtype=np.float32)

    def pitch(degree: int) -> float:
        return root * 2 ** (scale[degree % 7] / 12 + degree // 7)

    def add(moment: float, wave: np.ndarray, loud: float) -> None:
        start = int(RATE * max(0.0, moment + dice.normal(0, 0.006)))
        sound[start : start + len(wave)] += loud * wave[: len(sound) - start]

    bars = int(seconds / step / 16) + 1
    melody = dice.integers(4, 14, 16)
    for bar in range(bars):
        start, chord = bar * 16 * step, chords[bar % 4]
        for voice in (0, 2, 4):
            add(start, _tone(pitch(chord + voice + 7 * (voice < low)), 14 * step, timbres[0], 1.0), 0.25)
        for place in bass:
            add(start + place * step, _tone(pitch(chord) / 2, 2 * step, timbres[1], 3.0), 0.5)
        for place in range(16):
            if dice.random() < busy * (1 if place % 2 == 0 else 0.4):
                degree = int(melody[(place + bar) % 16]) if dice.random() < 0.6 else int(dice.integers(4, 14))
                add(start + place * step, _tone(2 * pitch(degree), 3 * step, timbres[2], 4.0), 0.4)
        for kind, places in enumerate((*drums, range(0, 16, 2))):
            for place in places:
                add(start + place * step, _drum(band, -1 if one_kit else number, kind), (0.9, 0.6, 0.2)[kind])
    sound = sound[: int(RATE * seconds)]
    return (0.6 * sound / max(1e-9, float(np.abs(sound).max()))).astype(np.float32)


@lru_cache(maxsize=4_096)
def _tone(frequency: float, seconds: float, timbre: tuple[float, ...], fall: float) -> np.ndarray:
    time = np.arange(int(RATE * seconds)) / RATE
    made = sum(loud * np.sin(2 * np.pi * frequency * (n + 1) * time) / (n + 1) for n, loud in enumerate(timbre))
    return (made * np.exp(-fall * time) * np.minimum(1, time * 200)).astype(np.float32)


@lru_cache(maxsize=512)
def _drum(band: int, kit: int, kind: int) -> np.ndarray:
    dice = np.random.default_rng((3, band, kit + 1, kind))
    time = np.arange(int(RATE * (0.25, 0.18, 0.05)[kind])) / RATE
    noise = dice.normal(0, 0.4, len(time))
    if kind == 0:
        return (np.sin(2 * np.pi * dice.uniform(50, 80) * time * np.exp(-3 * time)) * np.exp(-18 * time)).astype("f4")
    body = np.sin(2 * np.pi * dice.uniform(160, 240) * time) if kind == 1 else 0.0
    return ((noise + 0.5 * body) * np.exp(-(22 if kind == 1 else 70) * time)).astype(np.float32)
