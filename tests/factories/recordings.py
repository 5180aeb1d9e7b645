"""A film and a song of real size, in real formats."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np

WIDTH, HEIGHT, FRAMES_PER_S = 640, 360, 24
HERTZ = 44_100


def film(path: Path, *, least_bytes: int, seed: int = 1) -> Path:
    """Write an MP4 (H.264) of snow over a moving horizon, at least so large: snow does not compress."""
    random = np.random.default_rng(seed)
    with av.open(str(path), "w") as target:
        stream = target.add_stream("libx264", rate=FRAMES_PER_S, options={"preset": "ultrafast", "qp": "14", "g": "24"})
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        written = n = 0
        while written < least_bytes or n < 2 * FRAMES_PER_S:
            picture = random.integers(0, 256, (HEIGHT, WIDTH, 3), dtype=np.uint8)
            picture[HEIGHT // 2 + n % 100 :] //= 3
            for packet in stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")):
                written += packet.size
                target.mux(packet)
            n += 1
        target.mux(stream.encode())
    return path


def song(path: Path, *, seconds: int = 20) -> Path:
    """Write an MP3 of a melody on five tones."""
    beat = np.arange(HERTZ // 2) / HERTZ
    tones = [262, 294, 330, 392, 440]
    sound = np.concatenate(
        [np.sin(2 * np.pi * tones[(n * 3) % 5] * beat) * np.exp(-3 * beat) for n in range(2 * seconds)]
    )
    samples = (sound * 12_000).astype(np.int16)[np.newaxis, :]
    with av.open(str(path), "w") as target:
        stream = target.add_stream("mp3", rate=HERTZ, layout="mono")
        frame = av.AudioFrame.from_ndarray(samples, format="s16", layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = HERTZ, 0, Fraction(1, HERTZ)
        resampler = av.AudioResampler(format="s16p", layout="mono", rate=HERTZ, frame_size=1152)
        for part in [*resampler.resample(frame), *resampler.resample(None)]:
            target.mux(stream.encode(part))
        target.mux(stream.encode())
    return path
