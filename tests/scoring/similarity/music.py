"""Music made for these tests: random melodies of plucked notes with overtones, different for every seed."""

import io
import wave

import numpy as np

RATE = 11_025


def played(seed: int, seconds: float = 20.0, *, tempo: float = 1.0, pitch: float = 0.0) -> np.ndarray:
    """Play a melody.

    Parameters
    ----------
    tempo : float
        How many times as fast.
    pitch : float
        How many semitones higher.
    """
    dice = np.random.default_rng(seed)
    sound = np.zeros(int(RATE * seconds) + 2 * RATE, dtype=np.float64)
    moment = 0.0
    while moment < seconds:
        for note in dice.choice(36, size=int(dice.integers(1, 4)), replace=False):
            frequency = 150 * 2 ** ((note + pitch) / 12)
            time = np.arange(int(RATE * 0.8)) / RATE
            start = int(moment * RATE)
            for overtone, loud in ((1, 1.0), (2, 0.5), (3, 0.25)):
                tone = loud * np.sin(2 * np.pi * frequency * overtone * time) * np.exp(-4 * time)
                sound[start : start + len(time)] += tone
        moment += float(dice.choice([0.18, 0.25, 0.37, 0.5])) / tempo
    sound = sound[: int(RATE * seconds)]
    return (0.5 * sound / max(1e-9, np.abs(sound).max())).astype(np.float32)


def as_wave(samples: np.ndarray) -> io.BytesIO:
    """Write samples as a WAV file in memory."""
    stream = io.BytesIO()
    with wave.open(stream, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes((samples * 32_000).astype("<i2").tobytes())
    stream.seek(0)
    return stream
