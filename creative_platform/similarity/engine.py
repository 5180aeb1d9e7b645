"""The room's door to scoring.similarity; loaded by the worker and the command line alone."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any

from scoring.similarity import FileSketch, Finding, SimilarityIndex, TextSketch, sketch_text
from scoring.similarity.textsketch import SKETCH_VERSION

VERSION = SKETCH_VERSION
LEAST_PROBABILITY = 0.3
MOST_MATCHES = 20


def sketch_parts(texts: Mapping[str, str], files: Mapping[str, tuple[str, int]]) -> dict[str, bytes]:
    """Return what is stored of an entry, by kind: texts by part; files (SHA-256, size in bytes) by public id."""
    sketched = {part: base64.b64encode(sketch_text(text).to_bytes()).decode() for part, text in texts.items()}
    return {"text": json.dumps(sketched).encode(), "file": json.dumps(dict(files)).encode()}


def find(
    entry_id: int, stored: Iterable[tuple[int, str, bytes]], boilerplate: Iterable[str]
) -> list[tuple[int, Finding]]:
    """Compare an entry with all others whose sketches are given as (entry id, kind, bytes); best first."""
    index = SimilarityIndex(boilerplate=boilerplate)
    for other_id, kind, packed in stored:
        for part, value in json.loads(packed).items():
            sketch = TextSketch.from_bytes(base64.b64decode(value)) if kind == "text" else FileSketch(*value)
            index.add(str(other_id), sketch, part=part)
    if str(entry_id) not in index:
        return []
    found = index.search(str(entry_id), limit=MOST_MATCHES, min_probability=LEAST_PROBABILITY)
    return [(int(other), finding) for other, finding in found]


def evidence_of(finding: Finding) -> list[dict[str, Any]]:
    """Return a finding's evidence as it is stored."""
    return [asdict(piece) for piece in finding.evidence]
