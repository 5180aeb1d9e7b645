"""Sketch a text for finding its translations: its passages, their languages, and a vector of each."""

import hashlib
from base64 import b64decode, b64encode
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any, ClassVar

import numpy as np

from scoring.similarity.errors import UnreadableSketch
from scoring.similarity.languages import ENGLISH, KAZAKH, RUSSIAN, passages
from scoring.similarity.packing import deltas, pack, undeltas, unpack
from scoring.similarity.translationmodel import DIMENSIONS, PassageModel

SKETCH_VERSION = "translation-1"

LANGUAGES = (KAZAKH, RUSSIAN, ENGLISH)

MAX_PASSAGES = 600
"""Passages of a text that are sketched, some 90,000 letters and a quarter of a minute; the rest is not compared."""


@dataclass(frozen=True)
class TranslationSketch:
    """A text in the form in which its translations are found.

    Attributes
    ----------
    version : str
        Of the way in which texts are cut.
    model : str
        The model of the vectors; sketches of different ones are never compared.
    starts, ends : tuple of int
        For each passage, its first character and after its last one in the original text.
    languages : str
        The number of each passage's language in `LANGUAGES`, a digit each.
    packed : str
        The vectors, a byte a number, each vector as large as fits, in base64.
    length : int
        Characters in the original.
    digest : str
        SHA-256 of the original in UTF-8, hexadecimal.
    truncated : bool
        True when the text had more passages than are sketched.

    Notes
    -----
    Topics can be told from the vectors: a stored sketch is personal data as much as the text and is deleted with it.
    """

    version: str
    model: str
    starts: tuple[int, ...]
    ends: tuple[int, ...]
    languages: str
    packed: str
    length: int
    digest: str
    truncated: bool = False

    modality: ClassVar[str] = "translation"

    @cached_property
    def vectors(self) -> np.ndarray:
        """Give the vectors, int8 of shape (n_passages, `DIMENSIONS`)."""
        return np.frombuffer(b64decode(self.packed), dtype=np.int8).reshape(-1, DIMENSIONS)

    @cached_property
    def sizes(self) -> np.ndarray:
        """Give the characters of each passage, float64 of shape (n_passages,)."""
        return np.array(self.ends, dtype=np.float64) - np.array(self.starts, dtype=np.float64)

    def to_json(self) -> dict[str, Any]:
        """Give plain data; `from_json` restores an equal sketch."""
        sizes = [end - start for start, end in zip(self.starts, self.ends, strict=True)]
        return {**asdict(self), "starts": deltas(self.starts), "ends": sizes}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "TranslationSketch":
        """Restore a sketch.

        Raises
        ------
        UnreadableSketch
            When the data is not what `to_json` gives.
        """
        try:
            starts = undeltas(data["starts"])
            ends = tuple(start + size for start, size in zip(starts, data["ends"], strict=True))
            sketch = cls(**{**data, "starts": starts, "ends": ends})
            whole = len(sketch.vectors) == len(starts) == len(sketch.languages) and {*sketch.languages} <= {*"012"}
            whole = whole and all(0 <= start < end <= sketch.length for start, end in zip(starts, ends, strict=True))
        except (KeyError, TypeError, ValueError, AttributeError) as problem:
            raise UnreadableSketch("The data is not a sketch of a text's passages.") from problem
        if not whole or len(starts) > MAX_PASSAGES:
            raise UnreadableSketch("The sketch names other passages than it holds.")
        return sketch

    def to_bytes(self) -> bytes:
        """Pack the sketch, some 400 bytes a passage; equal sketches give equal bytes."""
        return pack(self.to_json())

    @classmethod
    def from_bytes(cls, packed: bytes) -> "TranslationSketch":
        """Restore what `to_bytes` packed.

        Raises
        ------
        UnreadableSketch
            When the bytes are damaged, or unpack to more than a sketch can hold.
        """
        return cls.from_json(unpack(packed))


def sketch_translation(text: str, model: PassageModel) -> TranslationSketch:
    """Sketch a text for finding its translations.

    Parameters
    ----------
    text : str
        Any text in Kazakh, Russian and English; passages whose language nothing tells are left out.
    model : PassageModel
        Usually `scoring.similarity.translationmodel.installed_model()`.
    """
    told = [piece for piece in passages(text) if piece.language]
    kept = told[:MAX_PASSAGES]
    vectors = model.vectors([text[one.start : one.end] for one in kept], [one.language for one in kept])
    return TranslationSketch(
        SKETCH_VERSION,
        model.name,
        tuple(one.start for one in kept),
        tuple(one.end for one in kept),
        "".join(str(LANGUAGES.index(one.language)) for one in kept),
        b64encode(_bytes(vectors).tobytes()).decode(),
        len(text),
        hashlib.sha256(text.encode("utf-8", "replace")).hexdigest(),
        len(told) > len(kept),
    )


def _bytes(vectors: np.ndarray) -> np.ndarray:
    most = np.maximum(np.abs(vectors).max(axis=1, keepdims=True, initial=0.0), 1e-9)
    return np.rint(vectors.reshape(-1, DIMENSIONS) / most * 127).astype(np.int8)


def unit(vectors: np.ndarray) -> np.ndarray:
    """Give stored vectors at length 1, float32 of shape (n, `DIMENSIONS`)."""
    made = vectors.astype(np.float32)
    return made / np.maximum(np.linalg.norm(made, axis=1, keepdims=True), 1e-9)
