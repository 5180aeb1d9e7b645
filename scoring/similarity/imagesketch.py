"""Sketch a picture: a hash of its coarse light in eight attitudes, its corners, and a small copy."""

import base64
import hashlib
from dataclasses import dataclass
from typing import Any, ClassVar

import cv2
import numpy as np
from scipy.fft import dctn

from scoring.similarity.errors import UnreadableSketch
from scoring.similarity.imagecorners import STORED, found_corners
from scoring.similarity.imagelight import check_light, packed_light
from scoring.similarity.packing import pack, unpack
from scoring.similarity.shrinking import Shrinking

CORNERS = 300
"""Corners kept."""

SKETCH_VERSION = f"image-5/{CORNERS}"

ATTITUDES = ("", "mirrored", "rotated=180", "flipped", "transposed", "rotated=90", "transversed", "rotated=270")
"""What each of the eight hashes stands for, in their order."""

MIN_QUALITY = 30
"""Hashes of pictures with less structure than this (0 to 100) say nothing."""

Hashed = tuple[tuple[str, ...], int]
"""Hashes and quality of a picture."""

_PACKED = ("corners", "light")

# Turning or mirroring a picture transposes its waves and changes the sign of the odd ones; index 0 is wave 1.
_ODD = np.where(np.arange(16) % 2 == 0, -1.0, 1.0)
_ACROSS, _DOWN = np.tile(_ODD, (16, 1)), np.tile(_ODD[:, None], 16)
_SIGNS = np.stack([np.ones((16, 16)), _ACROSS, _ACROSS * _DOWN, _DOWN])
_LYING = [0, 3, 2, 1]  # the signs that are these when they are transposed


@dataclass(frozen=True)
class ImageSketch:
    """A picture in the form that is stored and compared.

    Attributes
    ----------
    version : str
    hashes : tuple of str
        Eight perceptual hashes of 256 bits in hexadecimal, in the order of `ATTITUDES`; empty for a picture smaller
        than 16 pixels a side.
    quality : int
        Structure of the picture, 0 to 100.
    width, height : int
        Of the pixels that were sketched.
    corners : bytes
        Corners as `scoring.similarity.imagecorners.STORED`.
    light : bytes
        Packed small copy, as `scoring.similarity.imagelight.packed_light` gives it.
    digest : str
        SHA-256 of the sketched pixels.
    """

    version: str
    hashes: tuple[str, ...]
    quality: int
    width: int
    height: int
    corners: bytes
    light: bytes
    digest: str

    modality: ClassVar[str] = "image"

    def to_json(self) -> dict[str, Any]:
        """Give plain data; `from_json` restores an equal sketch."""
        return {
            **self.__dict__,
            "hashes": list(self.hashes),
            **{name: base64.b64encode(getattr(self, name)).decode() for name in _PACKED},
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "ImageSketch":
        """Restore a sketch.

        Raises
        ------
        UnreadableSketch
        """
        try:
            packed = {name: base64.b64decode(data[name], validate=True) for name in _PACKED}
            sketch = cls(**{**data, **packed, "hashes": tuple(data["hashes"])})
            whole = len(sketch.hashes) in (0, 8) and not len(sketch.corners) % STORED.itemsize
            whole &= all(len(bytes.fromhex(one)) == 32 for one in sketch.hashes)
            whole &= all(isinstance(side, int) and 0 < side < 1 << 16 for side in (sketch.width, sketch.height))
        except (KeyError, TypeError, ValueError) as problem:
            raise UnreadableSketch("The data is not a picture sketch.") from problem
        check_light(sketch.light)
        if not whole:
            raise UnreadableSketch("The sketch holds a part of a hash or of a corner, or has no size.")
        return sketch

    def to_bytes(self) -> bytes:
        """Pack the sketch, about 11 kB."""
        return pack(self.to_json())

    @classmethod
    def from_bytes(cls, packed: bytes) -> "ImageSketch":
        """Restore what `to_bytes` packed.

        Raises
        ------
        UnreadableSketch
        """
        return cls.from_json(unpack(packed))


def sketch_image(pixels: np.ndarray, *, corners: int = CORNERS, hashed: Hashed | None = None) -> ImageSketch:
    """Sketch a picture.

    Parameters
    ----------
    pixels : ndarray of shape (height, width), dtype uint8
        Grey pixels as `scoring.similarity.pictures.read_image` gives them; not empty.
    corners : int, default=300
        Corners kept.
    hashed : Hashed, optional
        What `hashed_picture` gave for these pixels, when it was asked before.

    Returns
    -------
    ImageSketch

    References
    ----------
    PDQ (Meta, 2019), hashing/pdq/README.md of ThreatExchange, for the hash; Rublee et al. (2011), ORB: an efficient
    alternative to SIFT or SURF, for the corners.

    Examples
    --------
    >>> flat = sketch_image(np.full((64, 64), 200, dtype=np.uint8))
    >>> flat.quality, len(flat.corners)
    (0, 0)
    """
    height, width = pixels.shape
    hashes, quality = hashed or hashed_picture(pixels)
    found, small, digest = found_corners(pixels, corners), packed_light(pixels), _digest(pixels)
    return ImageSketch(SKETCH_VERSION, hashes, quality, width, height, found, small, digest)


def _digest(pixels: np.ndarray) -> str:
    return hashlib.sha256(f"{pixels.shape[0]}x{pixels.shape[1]}:".encode() + pixels.tobytes()).hexdigest()


def hashed_picture(pixels: np.ndarray) -> Hashed:
    """Give the hashes and the quality of an `ImageSketch` of grey pixels, a tenth of the work of sketching them."""
    if min(pixels.shape) < 16:
        return (), 0
    small = cv2.blur(Shrinking(pixels).to(64, 64), (3, 3)).astype(np.float64)
    steps = np.abs(np.diff(small, axis=0)).sum() + np.abs(np.diff(small, axis=1)).sum()
    quality = int(min(100, steps / 255 / 64 / 64 * 1500))
    waves = dctn(small, norm="ortho")[1:17, 1:17]
    signed = waves * _SIGNS
    # A transposed picture has the same waves in other places, so the same middle one.
    middle = np.median(signed, axis=(1, 2), keepdims=True)
    upright, lying = signed > middle, middle[_LYING] < waves.T * _SIGNS
    bits = np.packbits(np.concatenate([upright, lying]).reshape(8, -1), axis=1)
    return tuple(one.tobytes().hex() for one in bits), quality
