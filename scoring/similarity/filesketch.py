"""Identical files: the trivial channel, which misses nothing it is for."""

import re
from dataclasses import dataclass
from typing import Any, ClassVar

from scoring.similarity.errors import UnreadableSketch
from scoring.similarity.findings import Evidence, Finding

SKETCH_VERSION = "file-1"

_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class FileSketch:
    """A file known by its digest alone.

    Attributes
    ----------
    digest : str
        SHA-256 of its bytes, 64 hexadecimal digits in lower case.
    size_bytes : int
        An empty file is equal to every other empty file and therefore evidence of nothing.
    """

    digest: str
    size_bytes: int
    version: str = SKETCH_VERSION

    modality: ClassVar[str] = "file"

    def __post_init__(self) -> None:
        """Refuse what is no SHA-256.

        Raises
        ------
        UnreadableSketch
        """
        if not _SHA256.fullmatch(self.digest):
            raise UnreadableSketch(f"{self.digest[:80]!r} is not a SHA-256 in lower-case hexadecimal.")

    def to_json(self) -> dict[str, Any]:
        """Give plain data."""
        return {"digest": self.digest, "size_bytes": self.size_bytes, "version": self.version}


class FileChannel:
    """The files of many entries by their digests."""

    def __init__(self) -> None:
        self._slots: dict[str, list[int]] = {}
        self._digests: dict[int, str] = {}

    def add(self, slot: int, sketch: FileSketch) -> None:
        """Hold a file under a free number."""
        self._digests[slot] = sketch.digest
        self._slots.setdefault(sketch.digest, []).append(slot)

    def remove(self, slot: int) -> None:
        """Forget a file."""
        digest = self._digests.pop(slot)
        self._slots[digest].remove(slot)
        if not self._slots[digest]:
            del self._slots[digest]

    def search(self, sketch: FileSketch, limit: int) -> list[tuple[int, float]]:
        """Give all files equal to one, whatever the limit, each with score 1; an empty file equals nothing."""
        return [(slot, 1.0) for slot in self._slots.get(sketch.digest, ()) if sketch.size_bytes]


def compare_file(a: FileSketch, b: FileSketch) -> Finding:
    """Tell whether two files are the same to the byte; probability 1 or 0.

    Examples
    --------
    >>> a, b = FileSketch("0" * 64, 10), FileSketch("1" * 64, 10)
    >>> compare_file(a, a).probability, compare_file(a, b).probability
    (1.0, 0.0)
    """
    if a.digest != b.digest or not a.size_bytes:
        return Finding(0.0, "file", {"file": 0.0})
    evidence = Evidence("identical", (), (), float(a.size_bytes))
    return Finding(1.0, "file", {"file": 1.0}, (evidence,))
