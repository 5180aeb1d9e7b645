"""Rows of matches, made directly."""

from __future__ import annotations

from typing import Any

from creative_platform.core import clock
from creative_platform.core.db import transaction
from creative_platform.entries.models import Entry
from creative_platform.similarity.models import Match


def make_match(one: Entry, other: Entry, *evidence: dict[str, Any], **given: Any) -> Match:
    """Store a match of two entries, the one stored first as its first; evidence is given for that order."""
    assert one.id < other.id
    modality = given.get("modality", "text")
    probability = given.get("probability", 0.9)
    with transaction() as s:
        match = Match(
            **{
                "entry_a_id": one.id,
                "entry_b_id": other.id,
                "revision_a_id": one.revisions[-1].id,
                "revision_b_id": other.revisions[-1].id,
                "modality": modality,
                "modalities": f"|{modality}|",
                "probability": probability,
                "scores": {modality: probability},
                "measures": {},
                "evidence": list(evidence),
                "discounted": {},
                "method": "1",
                "found_at": clock.now(),
                **given,
            }
        )
        s.add(match)
    return match
