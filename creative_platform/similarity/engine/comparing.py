"""Sketch texts, compare entries with one another, group them; nothing here reads an untrusted file."""

from __future__ import annotations

import json
import logging
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Protocol, cast

from creative_platform.similarity.engine.calibrating import recalibrated
from creative_platform.similarity.engine.sketching import Part, read_sketch
from creative_platform.similarity.limits import GROUPED_FROM, KEPT_FROM
from scoring.similarity import (
    FileSketch,
    Finding,
    SimilarityError,
    SimilarityIndex,
    TextSketch,
    clusters,
    discounted_spans,
    sketch_text,
    stored,
)
from scoring.similarity.findings import combined
from scoring.similarity.index import VERSIONS
from scoring.similarity.searching import EntrySearch
from scoring.similarity.stored import StoredIndex

__all__ = ["VERSION", "VERSIONS", "find", "groups", "sketch_parts"]

log = logging.getLogger(__name__)

VERSION = VERSIONS["text"]
BY_TERMS = ("text", "code")
MEDIA = ("image", "audio", "video")
MOST_CANDIDATES = 20

PackedPart = tuple[int, str, bytes]
"""An entry's id, a part of it and the packed sketch of that."""


class Reading(Protocol):
    """What is stored of the entries in question and of all others."""

    def asked(self, modality: str, version: str = "") -> list[int]:
        """Return which of the entries in question have sketches of a modality."""

    def sketches(self, modality: str) -> Iterable[PackedPart]:
        """Give every sketch of a kind of media."""

    def equal_files(self) -> Iterable[PackedPart]:
        """Give the digests of files that equal one of the entries in question."""

    def terms(self, modality: str, version: str) -> stored.Stored:
        """Return the rows of texts or programs."""


@dataclass(frozen=True)
class Shared:
    """What two entries share, the one with the smaller id first."""

    a_id: int
    b_id: int
    finding: Finding
    each: list[Finding]
    discounted: dict[str, dict[str, list[list[int]]]]

    def stored(self) -> dict[str, Any]:
        """Return it as the columns of a match."""
        modality_of = {piece: one.modality for one in self.each for piece in one.evidence}
        return {
            "modality": self.finding.modality,
            "modalities": f"|{'|'.join(self.finding.scores)}|",
            "probability": round(self.finding.probability, 4),
            "scores": {name: round(value, 4) for name, value in self.finding.scores.items()},
            "measures": {one.modality: one.measures for one in self.each},
            "evidence": [{"modality": modality_of[piece], **asdict(piece)} for piece in self.finding.evidence],
            "discounted": self.discounted,
        }


def sketch_parts(texts: Mapping[str, str], files: Mapping[str, tuple[str, int]]) -> list[Part]:
    """Return what is stored of an entry: its texts by part, its files (SHA-256, size in bytes) by public id.

    Of one that has neither an empty text is stored: it was sketched.
    """
    made = []
    for part, text in (texts if texts or files else {"": ""}).items():
        sketch = sketch_text(text)
        rows = stored.rows_of(sketch)
        made.append(Part("text", part, VERSION, sketch.to_bytes(), digest=rows.digest, rows=rows))
    for part, (digest, size_bytes) in files.items():
        known = stored.digest_number(digest) if size_bytes else None
        made.append(Part("file", part, VERSION, json.dumps([digest, size_bytes]).encode(), digest=known))
    return made


def find(
    reading: Reading, boilerplate: Collection[str], calibrations: Mapping[str, Mapping[str, Any]] | None = None
) -> list[Shared]:
    """Compare the entries in question with all others; the most probable first.

    Of texts and programs only what a search touches is read, of media one kind at a time is held in memory.
    ``calibrations`` are models that were fitted here, by modality.
    """
    found: dict[tuple[int, int], list[Finding]] = {}
    discounted: dict[tuple[int, int], dict[str, dict[str, list[list[int]]]]] = {}
    for modality in (*BY_TERMS, *MEDIA, "file"):
        asked = reading.asked(modality, VERSIONS[modality] if modality in BY_TERMS else "")
        if not asked:
            continue
        index = _index(modality, reading, boilerplate)
        for (a_id, b_id), finding in _searched(index, asked, (calibrations or {}).get(modality)):
            found.setdefault((a_id, b_id), []).append(finding)
            if modality == "text":
                discounted[a_id, b_id] = _discounted(index, a_id, b_id, finding)
    shared = [Shared(*pair, combined(each), each, discounted.get(pair, {})) for pair, each in found.items()]
    return sorted(shared, key=lambda one: (-one.finding.probability, -one.finding.strength, one.a_id, one.b_id))


def _index(modality: str, reading: Reading, boilerplate: Collection[str]) -> EntrySearch:
    if modality in BY_TERMS:
        rows = {modality: reading.terms(modality, VERSIONS[modality])}
        return StoredIndex(rows, boilerplate=boilerplate if modality == "text" else ())
    index = SimilarityIndex()
    for entry_id, part, packed in reading.equal_files() if modality == "file" else reading.sketches(modality):
        try:
            sketch = FileSketch(*json.loads(packed)) if modality == "file" else read_sketch(modality, packed)
            index.add(str(entry_id), sketch, part=part)
        except (SimilarityError, ValueError, TypeError, KeyError) as problem:
            log.warning("a sketch of entry %s cannot be used: %s", entry_id, problem)
    return index


def _searched(
    index: EntrySearch, asked: Iterable[int], calibration: Mapping[str, Any] | None
) -> Iterator[tuple[tuple[int, int], Finding]]:
    """Yield the pairs of entries that share something, the smaller id first."""
    wanted = [str(entry_id) for entry_id in asked if not isinstance(index, SimilarityIndex) or str(entry_id) in index]
    least = 0.0 if calibration else KEPT_FROM
    for entry, findings in index.search_all(wanted, limit=MOST_CANDIDATES, min_probability=least):
        for other, found in findings:
            finding = recalibrated(found, calibration)
            if finding.probability < KEPT_FROM:
                continue
            if int(entry) < int(other):
                yield (int(entry), int(other)), finding
            else:
                yield (int(other), int(entry)), finding.swapped()


def _discounted(index: EntrySearch, a_id: int, b_id: int, finding: Finding) -> dict[str, dict[str, list[list[int]]]]:
    """Return by side and part which spans of the texts count for nothing."""
    said: dict[str, dict[str, list[list[int]]]] = {"a": {}, "b": {}}
    for piece in finding.evidence:
        for side, entry_id, part in (("a", a_id, piece.a_part), ("b", b_id, piece.b_part)):
            if part not in said[side]:
                sketch = cast(TextSketch, index.sketch(str(entry_id), ("text", part)))
                spans = discounted_spans(sketch, index.statistics("text"))
                said[side][part] = [list(span) for span in spans]
    return said


def groups(pairs: Mapping[tuple[int, int], float]) -> list[list[int]]:
    """Return groups of at least two entries that share material with each other, the largest first."""
    named = {(str(a), str(b)): probability for (a, b), probability in pairs.items()}
    return [sorted(int(name) for name in group) for group in clusters(named, threshold=GROUPED_FROM)]
