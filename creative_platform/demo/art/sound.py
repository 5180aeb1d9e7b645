"""Short pieces for a plucked two-string lute, drum and weather, synthesised."""

from __future__ import annotations

import io
from functools import cache
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

RATE = 48000
Samples = NDArray[np.float32]

# A melody is (semitones above the open string, length in beats); None rests.
TUNES: dict[str, dict[str, Any]] = {
    "kui": {
        "beat_s": 0.30,
        "root": 43,
        "strum": (0.0, 0.5, 0.75),
        "drum": 4,
        "melody": [(12, 1), (12, 1), (14, 1), (15, 1), (17, 2), (15, 1), (14, 1), (12, 1), (14, 1), (10, 1), (12, 2),
                   (7, 1), (10, 1), (12, 2), (19, 1), (19, 1), (17, 1), (15, 1), (17, 2), (14, 1), (15, 1), (12, 3)],
    },
    "dance": {
        "beat_s": 0.22,
        "root": 45,
        "strum": (0.0, 0.5),
        "drum": 2,
        "melody": [(12, 1), (16, 1), (19, 1), (16, 1), (21, 1), (19, 1), (16, 2), (14, 1), (16, 1), (19, 1), (14, 1),
                   (12, 1), (9, 1), (12, 2)],
    },
    "slow": {
        "beat_s": 0.52,
        "root": 40,
        "strum": (0.0,),
        "drum": 0,
        "melody": [(12, 1), (15, 1), (19, 2), (17, 1), (15, 1), (14, 2), (12, 1), (10, 1), (7, 2), (10, 1), (12, 3)],
    },
    "night": {
        "beat_s": 0.40,
        "root": 38,
        "strum": (0.0, 0.66),
        "drum": 8,
        "melody": [(12, 2), (19, 1), (22, 1), (21, 2), (19, 1), (17, 1), (15, 2), (14, 1), (15, 1), (12, 4)],
    },
    "rain": {
        "beat_s": 0.46,
        "root": 41,
        "strum": (0.0,),
        "drum": 2,
        "rain": True,
        "melody": [(None, 4), (12, 1), (14, 1), (15, 2), (19, 1), (17, 1), (14, 2), (12, 1), (10, 1), (12, 4)],
    },
}  # fmt: skip


def piece(tune: str, seconds: float, seed: int) -> Samples:
    """Return a stereo piece, shape (2, samples), peaking below 1."""
    plan, rng = TUNES[tune], np.random.default_rng(seed)
    mono = np.zeros(int(seconds * RATE) + 3 * RATE, np.float32)
    shift = [0, -2, 3, 5, -4][seed % 5]
    at, step = 0.25, 0
    while at < seconds - 0.8:
        height, beats = plan["melody"][step % len(plan["melody"])]
        length = beats * plan["beat_s"]
        if height is not None:
            _strum(mono, at, plan, height + shift, beats, rng)
        at, step = at + length, step + 1
    if plan["drum"]:
        _drums(mono, plan, seconds)
    if plan.get("rain"):
        _rain(mono, rng)
    return _room(mono[: int(seconds * RATE)], rng)


def _strum(mono: Samples, at: float, plan: dict[str, Any], height: int, beats: int, rng: np.random.Generator) -> None:
    for beat in range(beats):
        for n, within in enumerate(plan["strum"]):
            start = at + (beat + within) * plan["beat_s"] + float(rng.normal(0, 0.004))
            loud = (0.9 if n == 0 else 0.5) * (1.0 if beat == 0 else 0.75) * float(rng.uniform(0.85, 1))
            _mix(mono, start, string(plan["root"] + height), loud)
            _mix(mono, start + 0.012, string(plan["root"] + (0 if height < 12 else 7)), loud * 0.45)


def _mix(mono: Samples, at: float, sound: Samples, loud: float) -> None:
    start = max(0, int(at * RATE))
    part = mono[start : start + len(sound)]
    part += loud * sound[: len(part)]


@cache
def string(note: int, seconds: float = 1.6) -> Samples:
    """Return a plucked string (Karplus-Strong: noise going round a loop that averages neighbours)."""
    hertz = 440.0 * 2 ** ((note - 69) / 12)
    period = max(2, round(RATE / hertz))
    rng = np.random.default_rng(note)
    loop = rng.uniform(-1, 1, period).astype(np.float32)
    loop = np.convolve(np.concatenate([loop, loop[:5]]), np.ones(6, np.float32) / 6, "valid")[:period]
    pluck = int(period * 0.14)  # plucked near the bridge: some overtones are missing, as on a dombra
    loop = (loop - 0.8 * np.roll(loop, pluck)).astype(np.float32)
    rounds = int(seconds * RATE / period)
    damping = 0.5 ** (period / RATE / 0.28)
    turns = np.empty((rounds, period), np.float32)
    for n in range(rounds):
        turns[n] = loop
        loop = (damping * (0.55 * loop + 0.45 * np.roll(loop, 1))).astype(np.float32)
    sound = turns.ravel()
    body = np.exp(-np.arange(240) / 40) * np.sin(2 * np.pi * 190 * np.arange(240) / RATE)
    sound = sound + 0.25 * np.convolve(sound, body.astype(np.float32))[: len(sound)]
    fade = np.linspace(1, 0, RATE // 10, dtype=np.float32)
    sound[-len(fade) :] *= fade
    return (sound / np.abs(sound).max()).astype(np.float32)


@cache
def _drum(hertz: float) -> Samples:
    t = np.arange(int(0.45 * RATE)) / RATE
    tone = np.sin(2 * np.pi * (hertz * t + 9 * (1 - np.exp(-t * 26)) / 2)) * np.exp(-t * 11)
    skin = np.random.default_rng(7).normal(0, 1, len(t)) * np.exp(-t * 90)
    return (0.8 * tone + 0.16 * skin).astype(np.float32)


def _drums(mono: Samples, plan: dict[str, Any], seconds: float) -> None:
    at, count = 0.25 + 4 * plan["beat_s"], 0
    while at < seconds - 0.6:
        _mix(mono, at, _drum(72 if count % 2 == 0 else 118), 0.7 if count % 2 == 0 else 0.35)
        at, count = at + plan["drum"] * plan["beat_s"] / 2, count + 1


def _rain(mono: Samples, rng: np.random.Generator) -> None:
    noise = rng.normal(0, 1, len(mono)).astype(np.float32)
    soft = noise - np.convolve(noise, np.ones(24, np.float32) / 24, "same")
    swell = 0.6 + 0.4 * np.sin(np.arange(len(mono)) * 2 * np.pi / RATE / 7)
    mono += (0.035 * soft * swell).astype(np.float32)
    for at in rng.uniform(0, len(mono) / RATE, int(len(mono) / RATE * 16)):
        t = np.arange(1400) / RATE
        drop = np.sin(2 * np.pi * rng.uniform(1800, 4200) * t) * np.exp(-t * 420)
        _mix(mono, float(at), drop.astype(np.float32), float(rng.uniform(0.02, 0.08)))


def _room(mono: Samples, rng: np.random.Generator) -> Samples:
    sides = []
    for _side in range(2):
        wet = mono.copy()
        for delay in rng.uniform(0.019, 0.11, 7):
            n = int(delay * RATE)
            wet[n:] += (0.30 * np.exp(-delay * 14)).astype(np.float32) * mono[:-n]
        sides.append(wet)
    both = np.stack(sides)
    edge = RATE // 2
    both[:, -edge:] *= np.linspace(1, 0, edge, dtype=np.float32)
    return np.tanh(1.1 * both / np.abs(both).max()).astype(np.float32) * np.float32(0.85)


def mp3(sound: Samples) -> bytes:
    """Return a piece as MP3."""
    return _encoded(sound, "mp3", "libmp3lame", 128_000)


def ogg(sound: Samples) -> bytes:
    """Return a piece as Ogg Opus."""
    return _encoded(sound, "ogg", "libopus", 96_000)


def _encoded(sound: Samples, container: str, codec: str, bits: int) -> bytes:
    buffer = io.BytesIO()
    with av.open(buffer, "w", format=container) as target:
        stream: Any = target.add_stream(codec, rate=RATE, layout="stereo")
        stream.bit_rate = bits
        add_sound(target, stream, sound)
    return buffer.getvalue()


def add_sound(target: Any, stream: Any, sound: Samples) -> None:
    """Encode a piece into a stream of an open container."""
    for start in range(0, sound.shape[1], 1024):
        block = np.ascontiguousarray(sound[:, start : start + 1024])
        frame = av.AudioFrame.from_ndarray(block, format="fltp", layout="stereo")
        frame.sample_rate, frame.pts = RATE, start
        target.mux(stream.encode(frame))
    target.mux(stream.encode(None))
