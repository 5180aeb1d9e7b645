"""Sketch a text: everything a later comparison needs, small enough to store, with offsets into the original."""

import hashlib
from dataclasses import asdict, dataclass
from functools import lru_cache
from typing import Any, ClassVar

import numpy as np
from sklearn.feature_extraction import FeatureHasher
from sklearn.feature_extraction.text import HashingVectorizer

from scoring.similarity.errors import UnreadableSketch
from scoring.similarity.letters import SKELETON_VERSION
from scoring.similarity.packing import deltas, pack, undeltas, unpack
from scoring.similarity.skeleton import MAX_LETTERS, skeleton, words

GRAM = 5
"""Letters in one n-gram; words are run together first, so that moved or missing spaces change little."""

TERMS = 2**24
"""Number of hash buckets; at 10^6 different n-grams one in seventeen shares its bucket."""

SKETCH_VERSION = f"text-1/{SKELETON_VERSION}/{GRAM}/{TERMS}"

_BLOCK = 1 << 16


@dataclass(frozen=True)
class TextSketch:
    """A text in the form that is stored and compared.

    Attributes
    ----------
    version : str
        Of the normaliser; sketches of different versions are never compared.
    skeleton : str
        The words of the text by their sound, parted by single spaces (`scoring.similarity.skeleton`).
    starts, ends : tuple of int
        For each word, the offsets of its first character and after its last one in the original text.
    marks : tuple of int
        For each word, its script and whether letters of another script or invisible characters hide in it.
    length : int
        Characters in the original.
    digest : str
        SHA-256 of the original in UTF-8, hexadecimal.
    truncated : bool
        True when the text was longer than is compared (`MAX_LETTERS` letters); the report must say so.

    Notes
    -----
    The skeleton is readable: a stored sketch is personal data as much as the text and is deleted with it.
    """

    version: str
    skeleton: str
    starts: tuple[int, ...]
    ends: tuple[int, ...]
    marks: tuple[int, ...]
    length: int
    digest: str
    truncated: bool = False

    modality: ClassVar[str] = "text"
    gram: ClassVar[int] = GRAM

    def terms(self) -> tuple[int, ...]:
        """Give the different n-gram numbers of the text, ascending: what an index stores as its rows.

        Each lies in ``range(TERMS)``. An empty text has none, one of fewer than `GRAM` letters has one.
        """
        return tuple(np.unique(self.ids()).tolist())

    def ids(self) -> np.ndarray:
        """Give the number of each n-gram in order, int32 of shape (n_grams,)."""
        return gram_ids(self.skeleton)

    def units(self) -> int:
        """Give the number of letters of the skeleton."""
        return len(self.skeleton.replace(" ", ""))

    def to_json(self) -> dict[str, Any]:
        """Give plain data; `from_json` restores an equal sketch."""
        data = asdict(self)
        data["starts"] = deltas(self.starts)
        data["ends"] = [end - start for start, end in zip(self.starts, self.ends, strict=True)]
        data["marks"] = list(self.marks)
        return data

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "TextSketch":
        """Restore a sketch.

        Raises
        ------
        UnreadableSketch
            When the data is not what `to_json` gives.
        """
        try:
            starts = undeltas(data["starts"])
            ends = tuple(start + size for start, size in zip(starts, data["ends"], strict=True))
            values = {**data, "starts": starts, "ends": ends, "marks": tuple(data["marks"])}
            sketch = cls(**values)
            whole = len(sketch.skeleton.split()) == len(starts) == len(sketch.marks)
        except (KeyError, TypeError, ValueError, AttributeError) as problem:
            raise UnreadableSketch("The data is not a text sketch.") from problem
        if not whole:
            raise UnreadableSketch("The sketch names another number of words than it holds.")
        return sketch

    def to_bytes(self) -> bytes:
        """Pack the sketch, about 0.9 bytes a character of the text; equal sketches give equal bytes."""
        return pack(self.to_json())

    @classmethod
    def from_bytes(cls, packed: bytes) -> "TextSketch":
        """Restore what `to_bytes` packed.

        Raises
        ------
        UnreadableSketch
            When the bytes are damaged, or unpack to more than a sketch can hold.
        """
        return cls.from_json(unpack(packed))


def sketch_text(text: str, *, max_letters: int = MAX_LETTERS) -> TextSketch:
    """Sketch a text for storing and comparing.

    Parameters
    ----------
    text : str
        Any text in any mixture of scripts; may be empty. Lone surrogates are replaced.
    max_letters : int, default=400_000
        Letters of the skeleton that are kept; the rest of a longer text is not compared.

    Returns
    -------
    TextSketch
        The same for the same text on every machine.

    Notes
    -----
    Linear in the length, about 3 µs a character up to `max_letters`.

    Examples
    --------
    >>> sketch = sketch_text("Жас суретші — young artist")
    >>> sketch.skeleton
    'jas sureci eun artist'
    >>> [("Жас суретші — young artist"[s:e]) for s, e in zip(sketch.starts, sketch.ends)]
    ['Жас', 'суретші', 'young', 'artist']
    >>> TextSketch.from_bytes(sketch.to_bytes()) == sketch
    True
    """
    letters: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    marks: list[int] = []
    for word in words(text, max_letters=max_letters):
        letters.append(word.letters)
        starts.append(word.starts[0])
        ends.append(word.ends[-1])
        marks.append(word.marks)
    kept = sum(map(len, letters))
    truncated = kept + 256 >= max_letters and any(char.isalnum() for char in text[ends[-1] :]) if ends else False
    digest = hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()
    return TextSketch(
        SKETCH_VERSION, " ".join(letters), tuple(starts), tuple(ends), tuple(marks), len(text), digest, truncated
    )


def text_vectorizer() -> HashingVectorizer:
    """Give the scikit-learn transformer behind `TextSketch.terms`, for use in a pipeline.

    Examples
    --------
    >>> rows = text_vectorizer().transform(["Жаңа жоба", "zhana zhoba"])
    >>> (rows[0] != rows[1]).nnz
    0
    """
    return HashingVectorizer(
        analyzer=_grams_of_text, n_features=TERMS, norm=None, alternate_sign=False, binary=True, dtype=np.float32
    )


def _grams_of_text(text: str) -> list[str]:
    return grams(skeleton(text))


def grams(letters: str) -> list[str]:
    """Give the n-grams of a skeleton in order, one a letter but the last `GRAM` - 1; a shorter text is one n-gram."""
    run = letters.replace(" ", "")
    if len(run) <= GRAM:
        return [run] if run else []
    return [run[place : place + GRAM] for place in range(len(run) - GRAM + 1)]


@lru_cache(maxsize=256)
def gram_ids(letters: str) -> np.ndarray:
    """Give the number of each n-gram in order, int32 of shape (n_grams,), as `HashingVectorizer` numbers them."""
    hasher = FeatureHasher(n_features=TERMS, input_type="string", alternate_sign=False, dtype=np.float32)
    pieces = grams(letters)
    blocks = [
        hasher.transform([[piece] for piece in pieces[place : place + _BLOCK]]).indices
        for place in range(0, len(pieces), _BLOCK)
    ]
    return np.concatenate(blocks).astype(np.int32) if blocks else np.empty(0, dtype=np.int32)
