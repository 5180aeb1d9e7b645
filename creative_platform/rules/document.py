"""How a rules document is read: its texts, the things of its lists, where its timetable stands. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from creative_platform.core.text import LOCALES

Document = dict[str, Any]
Path = tuple[str, ...]


def is_words(value: Any) -> bool:
    """Say whether a value of the document is a text in some languages."""
    return isinstance(value, dict) and bool(value) and all(name in LOCALES for name in value)


def by_key(things: list[Document]) -> dict[str, Document]:
    """Return the things of a list by what names them."""
    return {thing["key"]: thing for thing in things}


def thing_at(document: Document, path: Path) -> Any:
    """Return what stands at a path of a document (names, ``#key`` for a thing of a list), or None."""
    found: Any = document
    for step in path:
        if step.startswith("#") and isinstance(found, list):
            found = by_key(found).get(step[1:])
        elif isinstance(found, dict):
            found = found.get(step)
        else:
            return None
    return found


def instant(text: str) -> datetime:
    """Return the instant that the document spells in ISO 8601."""
    return datetime.fromisoformat(text)


def phase_of(document: Document, at: datetime, *, announced: bool) -> str:
    """Say where the timetable of a published document stands; see ``phase_by``."""
    stages = {
        kind: (instant(dates["starts_at"]), instant(dates.get("ends_at", dates["starts_at"])))
        for kind, dates in document["stages"].items()
    }
    return phase_by(stages, at, announced=announced)


def phase_by(stages: Mapping[str, tuple[datetime, datetime]], at: datetime, *, announced: bool) -> str:
    """Say where a published timetable (stage to its begin and end) stands at an instant.

    Dates promise when winners are announced; ``announced`` says whether they are.
    """
    far = datetime.max.replace(tzinfo=at.tzinfo)
    opens, closes = stages.get("entries", (far, far))
    begins, ends = stages.get("judging", (far, far))
    if announced:
        return "announced"
    if at < opens:
        return "before"
    if at < closes:
        return "open"
    if at < begins:
        return "closed"
    return "judging" if at < ends else "judged"
