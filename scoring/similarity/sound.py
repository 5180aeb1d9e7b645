"""Decode the sound of a file into plain samples. Run it where a hostile file may crash: in a limited process."""

from pathlib import Path
from typing import IO

import av
import numpy as np

from scoring.similarity.errors import UnreadableMedia

RATE = 11_025
"""Samples a second of what is sketched, one channel."""

MAX_SECONDS = 1_200
"""Seconds that are decoded; the rest of a longer file is not compared."""


def read_sound(source: Path | IO[bytes], *, name: str = "", max_seconds: int = MAX_SECONDS) -> np.ndarray:
    """Decode the first sound track of a file.

    Parameters
    ----------
    source : Path or binary file
    name : str, optional
        For the message of an error.
    max_seconds : int, default=1200

    Returns
    -------
    ndarray of shape (n_samples,), dtype float32
        Between -1 and 1 at `RATE` samples a second; what can be decoded of a damaged file; empty without a sound track.

    Raises
    ------
    UnreadableMedia
        When the file is no media file.
    """
    shown = name or str(getattr(source, "name", "") or "sound")
    blocks: list[np.ndarray] = []
    left = max_seconds * RATE
    try:
        with av.open(str(source) if isinstance(source, Path) else source, mode="r") as container:
            if not container.streams.audio:
                return np.empty(0, dtype=np.float32)
            track = container.streams.audio[0]
            track.codec_context.thread_count = 1
            resampler = av.AudioResampler(format="flt", layout="mono", rate=RATE)
            try:
                for frame in container.decode(track):
                    for part in resampler.resample(frame):
                        blocks.append(part.to_ndarray().ravel()[:left])
                        left -= len(blocks[-1])
                    if left <= 0:
                        break
            except av.FFmpegError:
                if not blocks:
                    raise
    except (av.FFmpegError, OSError, ValueError) as problem:
        raise UnreadableMedia(shown, f"the sound cannot be decoded ({problem})") from problem
    samples = np.concatenate(blocks) if blocks else np.empty(0, dtype=np.float32)
    return np.nan_to_num(samples, nan=0.0, posinf=0.0, neginf=0.0).clip(-1, 1).astype(np.float32)
