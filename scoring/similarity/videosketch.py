"""Sketch a video: its key pictures with their times."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from scoring.similarity import imagesketch
from scoring.similarity.errors import UnreadableSketch
from scoring.similarity.imagecorners import STORED
from scoring.similarity.imagesketch import MIN_QUALITY, ImageSketch, hashed_picture, sketch_image
from scoring.similarity.packing import pack, unpack

CORNERS = 200
"""Corners kept of a key picture."""

MAX_KEYS = 300
"""Key pictures kept."""

STILL = 24
"""Bits of 256 that may differ while a picture counts as standing still."""

SKETCH_VERSION = f"video-1/{CORNERS}/{imagesketch.SKETCH_VERSION}"


@dataclass(frozen=True)
class VideoSketch:
    """A video in the form that is stored and compared.

    Attributes
    ----------
    version : str
    times : tuple of float
        Seconds at which each key picture appears, ascending.
    keys : tuple of ImageSketch
        The key pictures: a new one only when the picture has changed.
    seconds : float
        Time of the last picture that was decoded.
    digest : str
    truncated : bool
        True when there were more than `MAX_KEYS`.
    """

    version: str
    times: tuple[float, ...]
    keys: tuple[ImageSketch, ...]
    seconds: float
    digest: str
    truncated: bool = False

    modality: ClassVar[str] = "video"

    def to_json(self) -> dict[str, Any]:
        """Give plain data; `from_json` restores an equal sketch."""
        return {**self.__dict__, "times": list(self.times), "keys": [key.to_json() for key in self.keys]}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "VideoSketch":
        """Restore a sketch.

        Raises
        ------
        UnreadableSketch
        """
        try:
            keys = tuple(ImageSketch.from_json(key) for key in data["keys"])
            sketch = cls(**{**data, "times": tuple(data["times"]), "keys": keys})
        except (KeyError, TypeError) as problem:
            raise UnreadableSketch("The data is not a video sketch.") from problem
        if len(sketch.times) != len(keys):
            raise UnreadableSketch("The sketch names another number of pictures than it holds.")
        return sketch

    def to_bytes(self) -> bytes:
        """Pack the sketch, up to 15 kB a key picture."""
        return pack(self.to_json())

    @classmethod
    def from_bytes(cls, packed: bytes) -> "VideoSketch":
        """Restore what `to_bytes` packed.

        Raises
        ------
        UnreadableSketch
        """
        return cls.from_json(unpack(packed))


def sketch_video(frames: Iterable[tuple[float, np.ndarray]]) -> VideoSketch:
    """Sketch a video.

    Parameters
    ----------
    frames : iterable of (float, ndarray of shape (height, width), dtype uint8)
        Seconds and grey pixels, as `scoring.similarity.moving.read_frames` gives them; may be empty.

    Returns
    -------
    VideoSketch

    Examples
    --------
    >>> black = np.zeros((90, 160), dtype=np.uint8)
    >>> sketch_video([(0.0, black), (1.0, black)]).keys
    ()
    """
    times: list[float] = []
    keys: list[ImageSketch] = []
    seconds = 0.0
    truncated = False
    for moment, pixels in frames:
        seconds = moment
        if len(keys) >= MAX_KEYS:
            truncated = True
            continue
        hashed = hashed_picture(pixels)
        # Most pictures of a film stand still, and need no corners to tell it.
        if keys and _still(keys[-1].hashes, hashed[0]):
            continue
        key = sketch_image(pixels, corners=CORNERS, hashed=hashed)
        # Black, fades and empty slides are in every film.
        if key.quality < MIN_QUALITY and len(key.corners) < 20 * STORED.itemsize:
            continue
        if keys and key.digest == keys[-1].digest:
            continue
        times.append(moment)
        keys.append(key)
    whole = hashlib.sha256("".join(f"{t}:{key.digest};" for t, key in zip(times, keys, strict=True)).encode())
    return VideoSketch(SKETCH_VERSION, tuple(times), tuple(keys), seconds, whole.hexdigest(), truncated)


def _still(before: tuple[str, ...], now: tuple[str, ...]) -> bool:
    return bool(before and now) and (int(before[0], 16) ^ int(now[0], 16)).bit_count() <= STILL
