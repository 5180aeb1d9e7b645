"""Ask a confined child for the sketches of one file; what it says is checked as if an attacker had written it."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any

from creative_platform.confinement import answers, runner
from creative_platform.confinement.contract import Bounds, Derived
from creative_platform.inspection.reasons import REASONS
from creative_platform.similarity.words import pack_words
from scoring.similarity import AudioSketch, CodeSketch, ImageSketch, SimilarityError, TextSketch, VideoSketch
from scoring.similarity.documents import DOCUMENT_SUFFIXES
from scoring.similarity.project import CODE_SUFFIXES
from scoring.similarity.stored import Rows, rows_of
from scoring.similarity.translationsketch import TranslationSketch

MODULE = "creative_platform.similarity.engine.child"
MOST_PARTS = 100
MOST_BYTES = 48 << 20
_SKETCHES: dict[str, Any] = {
    "text": TextSketch,
    "code": CodeSketch,
    "image": ImageSketch,
    "audio": AudioSketch,
    "video": VideoSketch,
    "translation": TranslationSketch,
}


@dataclass(frozen=True, slots=True)
class Part:
    """One sketch of an entry or a file; ``words`` are packed texts that evidence may quote, or None.

    ``rows`` are those by which a text or a program is found, ``digest`` is by which an equal one is known.
    """

    kind: str
    part: str
    version: str
    sketch: bytes
    words: bytes | None = None
    digest: int | None = None
    rows: Rows | None = None


def kind_of_name(name: str) -> str:
    """Return as what starter material is read, by the ending of its name; what says nothing is words."""
    suffix = PurePosixPath(name).suffix.lower()
    if suffix in (".pdf", ".zip"):
        return suffix[1:]
    if suffix in DOCUMENT_SUFFIXES:
        return "document"
    return "code" if suffix in CODE_SUFFIXES else "words"


@dataclass(frozen=True, slots=True)
class Sketched:
    """What became of a file: its parts, or the reason why there are none; ``retry`` says the file is not to blame."""

    parts: list[Part] = field(default_factory=list)
    reason: str = ""
    detail: str = ""
    retry: bool = False


def sketch_file(
    read_range: Callable[[int, int], bytes],
    size_bytes: int,
    *,
    kind: str,
    name: str,
    duration_s: float,
    require_isolation: bool = False,
    translations: bool = False,
) -> Sketched:
    """Sketch one untrusted file in a child process, texts also for finding ``translations``. Never raises."""
    cpu_s = 60 + int(4 * min(duration_s, 1200.0))  # what is longer is not decoded further
    bounds = Bounds(memory_bytes=3 << 30, cpu_s=cpu_s, wall_s=120.0 + 3 * cpu_s, scratch_bytes=MOST_BYTES)
    task = runner.Task(
        MODULE, {"kind": kind, "name": name, "translations": translations}, bounds, lambda _: {}, _no_output, REASONS
    )
    said = _Said()
    done = runner.run(task, read_range, size_bytes, write=said.write, require_isolation=require_isolation)
    if done.facts is None:
        return Sketched([], done.reason or "", done.detail, done.retry)
    try:
        return Sketched(_checked(bytes(said.body)))
    except (answers.Untrusted, SimilarityError, ValueError, TypeError, KeyError) as problem:
        return Sketched([], "inspection.crashed", f"answer not trusted: {problem}"[:300])


class _Said:
    """Takes the child's answer, no more of it than there may be."""

    def __init__(self) -> None:
        self.body = bytearray()

    def write(self, chunk: bytes) -> None:
        if len(self.body) <= MOST_BYTES:
            self.body += chunk


def _no_output(header: dict[str, Any], body: bytes) -> Derived:
    raise answers.Untrusted("an output that nobody asked for")


def _checked(body: bytes) -> list[Part]:
    said = json.loads(body) if len(body) <= MOST_BYTES else None
    if not isinstance(said, list) or len(said) > MOST_PARTS:
        raise answers.Untrusted("not a list of parts")
    return [_part(one) for one in said]


def _part(said: dict[str, Any]) -> Part:
    kind, name, words = said["kind"], said["part"], said["words"]
    if not isinstance(name, str) or len(name) > 300 or not isinstance(words, dict):
        raise answers.Untrusted("a part without name or words")
    if not all(isinstance(text, str) for text in words.values()):
        raise answers.Untrusted("words that are no text")
    packed = base64.b64decode(said["sketch"], validate=True)
    sketch = _SKETCHES[kind].from_bytes(packed)
    rows = rows_of(sketch) if isinstance(sketch, TextSketch | CodeSketch) else None
    quoted = pack_words(words) if words else None
    version = f"{sketch.version}/{sketch.model}" if isinstance(sketch, TranslationSketch) else str(sketch.version)
    return Part(kind, answers.line(name), version[:80], packed, quoted, rows.digest if rows else None, rows)


def read_sketch(kind: str, packed: bytes) -> Any:
    """Return a stored sketch. Raises UnreadableSketch."""
    return _SKETCHES[kind].from_bytes(packed)
