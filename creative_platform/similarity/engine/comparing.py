"""Sketch texts, compare entries with one another, group them; nothing here reads an untrusted file."""

from __future__ import annotations

import json
import logging
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Protocol, cast

from creative_platform.similarity.engine.calibrating import recalibrated
from creative_platform.similarity.engine.sketching import Part, read_sketch
from creative_platform.similarity.limits import GROUPED_FROM, KEPT_FROM
from scoring.similarity import (
    CodeSketch,
    FileSketch,
    Finding,
    SimilarityError,
    SimilarityIndex,
    TextSketch,
    clusters,
    discounted_lines,
    discounted_spans,
    sketch_text,
    stored,
)
from scoring.similarity.findings import combined
from scoring.similarity.index import VERSIONS as OF_SKETCHES
from scoring.similarity.searching import EntrySearch
from scoring.similarity.stored import StoredIndex
from scoring.similarity.translationmodel import installed_name

__all__ = ["VERSION", "VERSIONS", "find", "groups", "sketch_parts"]

log = logging.getLogger(__name__)

TRANSLATION = "translation"
VERSIONS = {**OF_SKETCHES, TRANSLATION: f"{OF_SKETCHES[TRANSLATION]}/{installed_name() or 'none'}"}
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

    def contests(self, entry_ids: Collection[int]) -> dict[int, int]:
        """Return the contest of each entry."""


class HandedOut(Protocol):
    """What weighs nothing between the entries in question and those of some contests."""

    def holds_for(self, contest_id: int) -> bool:
        """Say whether it weighs nothing beside an entry of that contest."""

    def sketches(self, modality: str) -> Collection[tuple[str, bytes]]:
        """Give version and packed sketch of all material of a modality; of files their SHA-256 stands for both."""


class Nothing:
    """That organizers handed nothing out."""

    def holds_for(self, contest_id: int) -> bool:
        """Say yes: this is so beside every entry."""
        return True

    def sketches(self, modality: str) -> Collection[tuple[str, bytes]]:
        """Give nothing."""
        return ()


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


def reads_translations() -> bool:
    """Say whether the optional package is there that reads texts for finding translations."""
    return not VERSIONS[TRANSLATION].endswith("/none")


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
    reading: Reading,
    boilerplate: Collection[str],
    calibrations: Mapping[str, Mapping[str, Any]] | None = None,
    handed_out: Sequence[HandedOut] = (Nothing(),),
) -> list[Shared]:
    """Compare the entries in question with all others; the most probable first.

    Of texts and programs only what a search touches is read, of media one kind at a time is held in memory.
    ``calibrations`` are models that were fitted here, by modality. For each of ``handed_out``, one of which holds for
    every contest, there is a search of its own where any has material of a modality.
    """
    found: dict[tuple[int, int], list[Finding]] = {}
    discounted: dict[tuple[int, int], dict[str, dict[str, list[list[int]]]]] = {}
    for modality in (*BY_TERMS, TRANSLATION, *MEDIA, "file"):
        asked = reading.asked(modality, VERSIONS[modality] if modality in (*BY_TERMS, TRANSLATION) else "")
        if not asked:
            continue
        calibration = (calibrations or {}).get(modality)
        differs = any(material.sketches(modality) for material in handed_out)
        for material in handed_out if differs else (Nothing(),):
            index = _index(modality, reading, boilerplate, material)
            for (a_id, b_id), finding in _searched(index, asked, calibration):
                if differs and not _holds(material, reading, asked, a_id, b_id):
                    continue
                found.setdefault((a_id, b_id), []).append(finding)
                if modality in BY_TERMS:
                    told = discounted.setdefault((a_id, b_id), {"a": {}, "b": {}})
                    _discount(told, index, a_id, b_id, finding)
    shared = [Shared(*pair, combined(each), each, discounted.get(pair, {})) for pair, each in found.items()]
    return sorted(shared, key=lambda one: (-one.finding.probability, -one.finding.strength, one.a_id, one.b_id))


def _holds(material: HandedOut, reading: Reading, asked: Collection[int], a_id: int, b_id: int) -> bool:
    """Say whether what was handed out weighs nothing between two entries, one of which was asked."""
    contests = reading.contests({a_id, b_id})
    others = [contests[one] for one in (a_id, b_id) if one not in asked and one in contests]
    return material.holds_for(others[0] if others else next(iter(contests.values())))


def _index(modality: str, reading: Reading, boilerplate: Collection[str], material: HandedOut) -> EntrySearch:
    given = material.sketches(modality)
    if modality in BY_TERMS:
        rows = {modality: reading.terms(modality, VERSIONS[modality])}
        found = StoredIndex(rows, boilerplate=boilerplate if modality == "text" else ())
        for version, packed in given:
            if version == VERSIONS[modality]:
                found.statistics(modality).add_starter(read_sketch(modality, packed))
        return found
    index = SimilarityIndex()
    left_out = {packed for _, packed in given}  # what stands unchanged in a template; equal sketches are equal bytes
    for entry_id, part, packed in reading.equal_files() if modality == "file" else reading.sketches(modality):
        try:
            if packed in left_out or (modality == "file" and str(json.loads(packed)[0]).encode() in left_out):
                continue
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


def _discount(
    told: dict[str, dict[str, list[list[int]]]], index: EntrySearch, a_id: int, b_id: int, finding: Finding
) -> None:
    """Add by side and part which spans of the texts, and which lines of the programs, count for nothing."""
    for piece in finding.evidence:
        for side, entry_id, part in (("a", a_id, piece.a_part), ("b", b_id, piece.b_part)):
            if part in told[side]:
                continue
            whole, _, inner = part.partition("/") if finding.modality == "code" else (part, "", "")
            sketch = index.sketch(str(entry_id), (finding.modality, whole))
            if isinstance(sketch, CodeSketch):
                spans = discounted_lines(sketch, index.statistics("code")).get(inner, [])
            else:
                spans = discounted_spans(cast(TextSketch, sketch), index.statistics("text"))
            told[side][part] = [list(span) for span in spans]


def groups(pairs: Mapping[tuple[int, int], float]) -> list[list[int]]:
    """Return groups of at least two entries that share material with each other, the largest first."""
    named = {(str(a), str(b)): probability for (a, b), probability in pairs.items()}
    return [sorted(int(name) for name in group) for group in clusters(named, threshold=GROUPED_FROM)]
