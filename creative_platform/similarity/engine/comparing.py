"""Sketch texts, compare entries with one another, group them; nothing here reads an untrusted file."""

from __future__ import annotations

import base64
import json
import logging
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from creative_platform.similarity.engine.calibrating import recalibrated
from creative_platform.similarity.engine.sketching import read_sketch
from creative_platform.similarity.limits import GROUPED_FROM, KEPT_FROM
from scoring.similarity import (
    FileSketch,
    Finding,
    SimilarityError,
    SimilarityIndex,
    clusters,
    discounted_spans,
    sketch_text,
)
from scoring.similarity.findings import combined
from scoring.similarity.index import VERSIONS

__all__ = ["VERSION", "VERSIONS", "find", "groups", "sketch_parts"]

log = logging.getLogger(__name__)

VERSION = VERSIONS["text"]
MODALITIES = ("text", "code", "image", "audio", "video", "file")
MOST_CANDIDATES = 20

Stored = tuple[int, str, str, bytes]
"""An entry's id, kind, part and packed sketch; of the kinds text and file several parts in one."""


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


def sketch_parts(texts: Mapping[str, str], files: Mapping[str, tuple[str, int]]) -> dict[str, bytes]:
    """Return what is stored of an entry, by kind: texts by part; files (SHA-256, size in bytes) by public id."""
    sketched = {part: base64.b64encode(sketch_text(text).to_bytes()).decode() for part, text in texts.items()}
    return {"text": json.dumps(sketched).encode(), "file": json.dumps(dict(files)).encode()}


def find(
    asked: Collection[int],
    load: Callable[[str], Iterable[Stored]],
    boilerplate: Collection[str],
    calibrations: Mapping[str, Mapping[str, Any]] | None = None,
) -> list[Shared]:
    """Compare entries with all whose sketches ``load`` gives by modality; the most probable first.

    One modality is held in memory at a time. ``calibrations`` are models that were fitted here, by modality.
    """
    found: dict[tuple[int, int], list[Finding]] = {}
    discounted: dict[tuple[int, int], dict[str, dict[str, list[list[int]]]]] = {}
    for modality in MODALITIES:
        held = _Held(modality, boilerplate, (calibrations or {}).get(modality))
        held.add_all(load(modality))
        for (a_id, b_id), finding in held.search(asked):
            found.setdefault((a_id, b_id), []).append(finding)
            if modality == "text":
                discounted[a_id, b_id] = held.discounted(a_id, b_id, finding)
    shared = [Shared(*pair, combined(each), each, discounted.get(pair, {})) for pair, each in found.items()]
    return sorted(shared, key=lambda one: (-one.finding.probability, -one.finding.strength, one.a_id, one.b_id))


class _Held:
    """The sketches of one modality of all entries, in memory."""

    def __init__(self, modality: str, boilerplate: Collection[str], calibration: Mapping[str, Any] | None) -> None:
        self.calibration = calibration
        self.index = SimilarityIndex(boilerplate=boilerplate if modality == "text" else ())
        self.sketches: dict[tuple[int, str], Any] = {}

    def add_all(self, stored: Iterable[Stored]) -> None:
        """Take the sketches; one that cannot be read, or is of another version, is as if it were not there."""
        for entry_id, kind, part, packed in stored:
            try:
                for name, sketch in _sketches(kind, part, packed):
                    self.index.add(str(entry_id), sketch, part=name)
                    self.sketches[entry_id, name] = sketch
            except (SimilarityError, ValueError, TypeError, KeyError) as problem:
                log.warning("a sketch of entry %s cannot be used: %s", entry_id, problem)

    def search(self, asked: Collection[int]) -> Iterator[tuple[tuple[int, int], Finding]]:
        """Yield the pairs of entries that share something, the smaller id first."""
        wanted = [str(entry_id) for entry_id in sorted(asked) if str(entry_id) in self.index]
        searches = self.index.search_all(
            wanted, limit=MOST_CANDIDATES, min_probability=0.0 if self.calibration else KEPT_FROM
        )
        for entry, findings in searches:
            for other, found in findings:
                finding = recalibrated(found, self.calibration)
                if finding.probability < KEPT_FROM:
                    continue
                if int(entry) < int(other):
                    yield (int(entry), int(other)), finding
                else:
                    yield (int(other), int(entry)), finding.swapped()

    def discounted(self, a_id: int, b_id: int, finding: Finding) -> dict[str, dict[str, list[list[int]]]]:
        """Return by side and part which spans of the texts count for nothing."""
        said: dict[str, dict[str, list[list[int]]]] = {"a": {}, "b": {}}
        for piece in finding.evidence:
            for side, entry_id, part in (("a", a_id, piece.a_part), ("b", b_id, piece.b_part)):
                if part not in said[side]:
                    spans = discounted_spans(self.sketches[entry_id, part], self.index.statistics("text"))
                    said[side][part] = [list(span) for span in spans]
        return said


def _sketches(kind: str, part: str, packed: bytes) -> Iterator[tuple[str, Any]]:
    if part:
        yield part, read_sketch(kind, packed)
        return
    for name, value in json.loads(packed).items():
        yield name, read_sketch("text", base64.b64decode(value)) if kind == "text" else FileSketch(*value)


def groups(pairs: Mapping[tuple[int, int], float]) -> list[list[int]]:
    """Return groups of at least two entries that share material with each other, the largest first."""
    named = {(str(a), str(b)): probability for (a, b), probability in pairs.items()}
    return [sorted(int(name) for name in group) for group in clusters(named, threshold=GROUPED_FROM)]
