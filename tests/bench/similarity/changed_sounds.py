"""Ways to hide a sound that was taken over: `FILTERED` by the filters of FFmpeg, `COMPUTED` by arithmetic on samples.

The first attacks the seen half, the second the held-out one. Strengths are drawn at random, tempo, speed and pitch
anywhere within 10 % and two semitones, so that they fall between the steps that a search tries.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

import av
import numpy as np
from scipy.signal import butter, resample, resample_poly, sosfilt

from scoring.similarity.sound import RATE, read_sound


@dataclass(frozen=True)
class Changed:
    """A changed sound.

    Attributes
    ----------
    samples : ndarray
        At `RATE`.
    placed : tuple of float, optional
        Seconds between which the original sounds, when it is a part.
    rate : float
        Seconds of the original that a second plays.
    begin : float
        Second of the original that sounds at the start of `placed`.
    """

    samples: np.ndarray
    placed: tuple[float, float] | None = None
    rate: float = 1.0
    begin: float = 0.0

    def moved(self, second: float) -> float:
        """Give the second of the original that sounds at one of this."""
        return (second - (self.placed[0] if self.placed else 0.0)) * self.rate + self.begin


Attack = Callable[[np.ndarray, np.ndarray, np.random.Generator], Changed]


def filtered(samples: np.ndarray, *filters: tuple[str, str]) -> np.ndarray:
    """Send samples through filters of FFmpeg."""
    graph = av.filter.Graph()
    source = graph.add_abuffer(sample_rate=RATE, format="flt", layout="mono", time_base=Fraction(1, RATE))
    nodes = [source, *(graph.add(name, given) for name, given in (*filters, ("aresample", str(RATE))))]
    nodes += [graph.add("aformat", "sample_fmts=flt:channel_layouts=mono"), graph.add("abuffersink")]
    graph.link_nodes(*nodes).configure()
    frame = av.AudioFrame.from_ndarray(samples[None].astype(np.float32), format="flt", layout="mono")
    frame.sample_rate, frame.pts, frame.time_base = RATE, 0, Fraction(1, RATE)
    graph.push(frame)
    graph.push(None)
    blocks = []
    while True:
        try:
            blocks.append(graph.pull().to_ndarray().ravel())
        except (av.error.EOFError, av.error.BlockingIOError):
            return np.concatenate(blocks).clip(-1, 1)


def compressed(samples: np.ndarray, codec: str, container: str, rate: int, bits: int) -> np.ndarray:
    """Encode and decode."""
    stream = io.BytesIO()
    with av.open(stream, "w", format=container) as made:
        track = made.add_stream(codec, rate=rate, layout="mono")
        track.bit_rate = bits
        frame = av.AudioFrame.from_ndarray(samples[None].astype(np.float32), format="flt", layout="mono")
        frame.sample_rate = RATE
        resampler = av.AudioResampler(format=track.format.name, layout="mono", rate=rate, frame_size=track.frame_size)
        for part in (*resampler.resample(frame), *resampler.resample(None)):
            made.mux(track.encode(part))
        made.mux(track.encode(None))
    stream.seek(0)
    return read_sound(stream)


def stretched(samples: np.ndarray, tempo: float) -> np.ndarray:
    """Play faster at the same pitch, by a phase vocoder."""
    size, hop = 1_024, 256
    shape = np.hanning(size).astype(np.float32)
    padded = np.r_[np.zeros(size, np.float32), samples, np.zeros(2 * size, np.float32)]
    moments = np.arange(0, len(padded) - size - hop, hop * tempo)
    at = moments.astype(int)[:, None] + np.arange(size)
    now, later = np.fft.rfft(padded[at] * shape), np.fft.rfft(padded[at + hop] * shape)
    turn = np.angle(later) - np.angle(now)
    phase = np.vstack([np.angle(now[:1]), np.angle(now[:1]) + np.cumsum(turn[:-1], axis=0)])
    frames = np.fft.irfft(np.abs(now) * np.exp(1j * phase)) * shape
    made = np.zeros(len(frames) * hop + size)
    for number, frame in enumerate(frames):
        made[number * hop : number * hop + size] += frame
    return (made[int(size / tempo) :] / 1.5).astype(np.float32)[: int(len(samples) / tempo)]


def sped(samples: np.ndarray, speed: float) -> np.ndarray:
    """Play faster and higher."""
    return np.asarray(resample(samples, int(len(samples) / speed)), dtype=np.float32)


def noise(count: int, dice: np.random.Generator, colour: float) -> np.ndarray:
    """Make noise whose power falls with frequency to the power of `colour`; its mean square is 1."""
    spectrum = np.fft.rfft(dice.normal(0, 1, count))
    spectrum[1:] /= np.arange(1, len(spectrum)) ** (colour / 2)
    made = np.fft.irfft(spectrum, count)
    return made / max(1e-9, float(made.std()))


def noisy(samples: np.ndarray, dice: np.random.Generator, colour: float) -> np.ndarray:
    """Add noise 8 to 15 dB below the sound."""
    loud = float(samples.std()) * 10 ** (-dice.uniform(8, 15) / 20)
    return (samples + loud * noise(len(samples), dice, colour)).clip(-1, 1).astype(np.float32)


def cut(samples: np.ndarray, begin: float, seconds: float) -> Changed:
    """Keep a part."""
    return Changed(samples[int(begin * RATE) : int((begin + seconds) * RATE)], begin=begin)


def within(samples: np.ndarray, host: np.ndarray, dice: np.random.Generator, *, over: bool) -> Changed:
    """Put 15 to 20 s into another track, over it or in its place."""
    seconds = min(float(dice.uniform(15, 20)), len(samples) / RATE - 1)
    begin, place = (float(dice.uniform(0, len(one) / RATE - seconds)) for one in (samples, host))
    part = samples[int(begin * RATE) : int((begin + seconds) * RATE)]
    start = int(place * RATE)
    if over:
        made = host.copy()
        loud = float(host.std()) / max(1e-6, float(part.std())) * 10 ** (dice.uniform(-6, 0) / 20)
        made[start : start + len(part)] += loud * part
        made = made / max(1.0, float(np.abs(made).max()))
    else:
        made = np.r_[host[:start], part, host[start:]]
    return Changed(made.astype(np.float32), (start / RATE, (start + len(part)) / RATE), begin=int(begin * RATE) / RATE)


def _trimmed(samples: np.ndarray, dice: np.random.Generator) -> Changed:
    length = len(samples) / RATE
    begin = float(dice.uniform(0.05, 0.25)) * length
    return cut(samples, begin, length * float(dice.uniform(0.6, 0.7)))


def _excerpt(samples: np.ndarray, dice: np.random.Generator) -> Changed:
    return cut(samples, float(dice.uniform(0, len(samples) / RATE - 10)), 10)


def _factor(dice: np.random.Generator) -> float:
    return float(dice.choice([dice.uniform(0.9, 0.98), dice.uniform(1.02, 1.1)]))


def _interval(dice: np.random.Generator) -> float:
    """Give a pitch factor of a third to two semitones up or down."""
    return float(2 ** (dice.choice([-1, 1]) * dice.uniform(0.33, 2) / 12))


def _tempo_filtered(samples: np.ndarray, tempo: float) -> Changed:
    return Changed(filtered(samples, ("atempo", f"{tempo:.4f}")), rate=tempo)


def _pitch_filtered(samples: np.ndarray, pitch: float) -> Changed:
    higher = ("asetrate", f"{RATE * pitch:.0f}"), ("aresample", str(RATE))
    return Changed(filtered(samples, *higher, ("atempo", f"{1 / pitch:.5f}")))


def _speed_filtered(samples: np.ndarray, speed: float) -> Changed:
    return Changed(filtered(samples, ("asetrate", f"{RATE * speed:.0f}")), rate=speed)


def _phone_filtered(samples: np.ndarray, dice: np.random.Generator) -> Changed:
    low, high = dice.uniform(300, 450), dice.uniform(2_800, 3_400)
    band = ("highpass", f"f={low:.0f}"), ("lowpass", f"f={high:.0f}")
    return Changed(filtered(samples, *band, ("acompressor", "ratio=6")))


def _phone_computed(samples: np.ndarray, dice: np.random.Generator) -> Changed:
    band = butter(3, [dice.uniform(280, 420), dice.uniform(2_600, 3_400)], "bandpass", fs=RATE, output="sos")
    heard = sosfilt(band, samples)
    room = np.r_[1.0, np.zeros(int(RATE * dice.uniform(0.01, 0.04))), dice.uniform(0.2, 0.5)]
    bent = np.tanh(3 * np.convolve(heard, room)[: len(heard)] / max(1e-6, float(np.abs(heard).max())))
    return Changed(noisy((0.5 * bent).astype(np.float32), dice, 0.5))


FILTERED: dict[str, Attack] = {
    "mp3 32k": lambda one, _, dice: Changed(compressed(one, "libmp3lame", "mp3", 22_050, 32_000)),
    "trimmed": lambda one, _, dice: _trimmed(one, dice),
    "excerpt 10 s": lambda one, _, dice: _excerpt(one, dice),
    "tempo": lambda one, _, dice: _tempo_filtered(one, _factor(dice)),
    "pitch": lambda one, _, dice: _pitch_filtered(one, _interval(dice)),
    "speed": lambda one, _, dice: _speed_filtered(one, _factor(dice)),
    "noise": lambda one, _, dice: Changed(noisy(one, dice, 1.0)),
    "phone": lambda one, _, dice: _phone_filtered(one, dice),
    "mixed under": lambda one, host, dice: within(one, host, dice, over=True),
    "spliced": lambda one, host, dice: within(one, host, dice, over=False),
}
COMPUTED: dict[str, Attack] = {
    "mp3 32k": lambda one, _, dice: Changed(compressed(one, "libopus", "ogg", 24_000, 16_000)),
    "trimmed": lambda one, _, dice: _trimmed(compressed(one, "aac", "adts", 22_050, 48_000), dice),
    "excerpt 10 s": lambda one, _, dice: _excerpt(noisy(one, dice, 2.0), dice),
    "tempo": lambda one, _, dice: Changed(stretched(one, tempo := _factor(dice)), rate=tempo),
    "pitch": lambda one, _, dice: Changed(sped(stretched(one, 1 / (pitch := _interval(dice))), pitch)),
    "speed": lambda one, _, dice: Changed(sped(one, speed := _factor(dice)), rate=speed),
    "noise": lambda one, _, dice: Changed(noisy(one, dice, float(dice.choice([0.0, 2.0])))),
    "phone": lambda one, _, dice: _phone_computed(one, dice),
    "mixed under": lambda one, host, dice: within(one, host, dice, over=True),
    "spliced": lambda one, host, dice: within(resample_poly(resample_poly(one, 4, 5), 5, 4), host, dice, over=False),
}
