"""Sketch a sound: the peaks of its spectrogram, which survive compression, noise and other music over it."""

import base64
import hashlib
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, ClassVar

import cv2
import numpy as np

from scoring.similarity.errors import UnreadableSketch
from scoring.similarity.packing import pack, unpack
from scoring.similarity.sound import RATE

WINDOW, HOP = 2048, 256
"""Samples of one spectrum, and between two."""

FRAMES_A_SECOND = RATE / HOP

DENSITY = 40
"""Peaks kept a second, the strongest."""

PAIRED = 14
"""Those of them, the strongest, that are paired."""

FAN = 6
"""Later peaks that each peak is paired with."""

OCTAVE = 1_000
"""Steps of pitch in an octave in which a peak is stored."""

SKETCH_VERSION = f"audio-3/{PAIRED}/{DENSITY}"

BINS = WINDOW // 2
"""Numbers of pitch that a spectrum tells apart."""

_LOW, _HIGH = 130.0, 4_600.0  # Hz; outside lie hum and what codecs cut
_NEAR = (21, 15)  # bins and frames around a peak in which nothing is stronger
_AROUND = (61, 101)  # bins and frames that its loudness is compared with
_BLOCK = 256  # frames transformed at once: their spectra stay in the cache
_PEAK = np.dtype([("time", "<u2"), ("pitch", "<u2")])
_WEAKER = 1 << 13  # marks the pitch of a peak that is not paired; no pitch is so high
_CHUNK = 4_096  # frames handled at once, so that an hour needs no more memory than a minute


@dataclass(frozen=True)
class AudioSketch:
    """A sound in the form that is stored and compared.

    Attributes
    ----------
    version : str
    peaks : bytes
        Packed peaks in order of time: frame (`FRAMES_A_SECOND`) and pitch (`OCTAVE` steps an octave above 100 Hz),
        and a bit that marks those beyond the `PAIRED` strongest of their second.
    seconds : float
        Length of what was sketched.
    digest : str
        SHA-256 of the peaks that are paired: the order in which two sounds are compared is by them.
    """

    version: str
    peaks: bytes
    seconds: float
    digest: str

    modality: ClassVar[str] = "audio"

    def to_json(self) -> dict[str, Any]:
        """Give plain data; `from_json` restores an equal sketch."""
        return {**self.__dict__, "peaks": base64.b64encode(self.peaks).decode()}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "AudioSketch":
        """Restore a sketch.

        Raises
        ------
        UnreadableSketch
        """
        try:
            sketch = cls(**{**data, "peaks": base64.b64decode(data["peaks"], validate=True)})
            whole = len(sketch.peaks) % _PEAK.itemsize == 0 and sketch.seconds >= 0
        except (KeyError, TypeError, ValueError) as problem:
            raise UnreadableSketch("The data is not a sound sketch.") from problem
        if not whole:
            raise UnreadableSketch("The sketch holds a part of a peak.")
        return sketch

    def to_bytes(self) -> bytes:
        """Pack the sketch, about 12 kB a minute."""
        return pack(self.to_json())

    @classmethod
    def from_bytes(cls, packed: bytes) -> "AudioSketch":
        """Restore what `to_bytes` packed.

        Raises
        ------
        UnreadableSketch
        """
        return cls.from_json(unpack(packed))


def sketch_audio(samples: np.ndarray) -> AudioSketch:
    """Sketch a sound.

    Parameters
    ----------
    samples : ndarray of shape (n_samples,), dtype float32
        As `scoring.similarity.sound.read_sound` gives them; may be empty or silent.

    Returns
    -------
    AudioSketch

    References
    ----------
    Wang (2003), An industrial-strength audio search algorithm, section 2.1, for the constellation of peaks.

    Examples
    --------
    >>> sketch_audio(np.zeros(5 * 11025, dtype=np.float32)).peaks
    b''
    """
    found = [_peaks(samples, start) for start in range(0, max(0, _frames(samples)), _CHUNK)]
    peaks = np.concatenate(found) if found else np.empty(0, dtype=_PEAK)
    peaks = peaks[np.lexsort((peaks["pitch"], peaks["time"]))]
    digest = hashlib.sha256(peaks[peaks["pitch"] < _WEAKER].tobytes()).hexdigest()
    return AudioSketch(SKETCH_VERSION, peaks.tobytes(), round(len(samples) / RATE, 3), digest)


def pairs(peaks: bytes) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Give the pairs of peaks: time of the first (frames), its pitch, step of pitch, step of time, all float32."""
    records = np.frombuffer(peaks, dtype=_PEAK)
    records = records[records["pitch"] < _WEAKER]
    time, pitch = records["time"].astype(np.float32), records["pitch"].astype(np.float32)
    columns: list[tuple[np.ndarray, ...]] = []
    for ahead in range(1, 4 * FAN):
        if ahead >= len(time):
            break
        step, rise = time[ahead:] - time[:-ahead], pitch[ahead:] - pitch[:-ahead]
        # Peaks of one chord say little; those far apart in pitch are seldom of one voice.
        good = (step >= 3) & (step <= 90) & (np.abs(rise) <= 1.3 * OCTAVE)
        columns.append((np.flatnonzero(good), time[:-ahead][good], pitch[:-ahead][good], rise[good], step[good]))
    if not columns:
        empty = np.empty(0, dtype=np.float32)
        return empty, empty, empty, empty
    first, *rest = (np.concatenate(parts) for parts in zip(*columns, strict=True))
    order = np.lexsort((rest[3], first))
    first, rest = first[order], [column[order] for column in rest]
    kept = _rank(first) < FAN
    return rest[0][kept], rest[1][kept], rest[2][kept], rest[3][kept]


@lru_cache(maxsize=64)
def peaks_of(peaks: bytes) -> tuple[np.ndarray, np.ndarray]:
    """Give all peaks: frame and number of the pitch in the spectrum, below `BINS`, both int64."""
    records = np.frombuffer(peaks, dtype=_PEAK)
    pitch = (records["pitch"] & (_WEAKER - 1)).astype(np.float64)
    bins = np.round(100 * 2 ** (pitch / OCTAVE) * WINDOW / RATE).astype(np.int64)
    return records["time"].astype(np.int64), np.minimum(bins, BINS - 1)


def _rank(groups: np.ndarray) -> np.ndarray:
    """Count each element within its run of equal neighbours, from 0."""
    if not len(groups):
        return np.empty(0, dtype=int)
    starts = np.r_[0, np.flatnonzero(np.diff(groups)) + 1]
    return np.arange(len(groups)) - np.repeat(starts, np.diff(np.r_[starts, len(groups)]))


def _frames(samples: np.ndarray) -> int:
    return 1 + (len(samples) - WINDOW) // HOP if len(samples) >= WINDOW else 0


def _peaks(samples: np.ndarray, start: int) -> np.ndarray:
    """Find the peaks of the frames from start, with a margin on both sides so that chunks meet without a seam."""
    low = max(0, start - 64)
    high = min(_frames(samples), start + _CHUNK + 64)
    view: np.ndarray = np.lib.stride_tricks.sliding_window_view(samples[low * HOP : (high - 1) * HOP + WINDOW], WINDOW)[
        ::HOP
    ]
    shape = np.hanning(WINDOW).astype(np.float32)
    bins = slice(int(_LOW * WINDOW / RATE), int(_HIGH * WINDOW / RATE))
    power = np.empty((high - low, bins.stop - bins.start), dtype=np.float32)
    for block in range(0, high - low, _BLOCK):
        # OpenCV's transform and filters take a third of the time of numpy's and scipy's. A row is Re 0, Re 1, Im 1, …
        spectrum = cv2.dft(view[block : block + _BLOCK] * shape, flags=cv2.DFT_ROWS)
        both = np.ascontiguousarray(spectrum[:, 2 * bins.start - 1 : 2 * bins.stop - 1], dtype=np.float32)
        power[block : block + _BLOCK] = np.abs(both.view(np.complex64))
    loud = np.log(power + np.float32(1e-4))
    # Whatever the equaliser: above the neighbourhood.
    loud -= cv2.blur(loud, _AROUND, borderType=cv2.BORDER_REPLICATE)
    highest = cv2.dilate(loud, np.ones(_NEAR[::-1], dtype=np.uint8))
    strongest = (loud == highest) & (loud > 0.7) & (power > 0.02)
    frame, place = (axis.astype(np.int64) for axis in np.nonzero(strongest))
    inside = (frame + low >= start) & (frame + low < start + _CHUNK)
    return _densest(frame[inside] + low, place[inside] + bins.start, loud[frame[inside], place[inside]])


def _densest(frame: np.ndarray, place: np.ndarray, height: np.ndarray) -> np.ndarray:
    """Keep the strongest peaks of each second."""
    second = (frame / FRAMES_A_SECOND).astype(int)
    order = np.lexsort((place, frame, -height, second))
    rank = _rank(second[order])
    kept, weaker = order[rank < DENSITY], rank[rank < DENSITY] >= PAIRED
    peaks = np.empty(len(kept), dtype=_PEAK)
    peaks["time"] = np.minimum(frame[kept], 65_535)
    peaks["pitch"] = np.round(OCTAVE * np.log2(place[kept] * RATE / WINDOW / 100)) + weaker * _WEAKER
    return peaks
