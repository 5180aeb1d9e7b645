"""Identical files: the trivial channel, which misses nothing it is for."""

import re
from dataclasses import dataclass
from typing import Any

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

    modality = "file"

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
