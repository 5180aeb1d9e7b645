"""What a juror sees of an entry: a type that has no author at all.

It is built from the submitted revision and the clean copies; names of files are of our making, times and ids of the
entry are left out. In contests that are not blind the people stand beside it on the page, never in it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from creative_platform.contests.models import FormField, Track
from creative_platform.core.text import masked
from creative_platform.entries.models import Entry, EntryRevision
from creative_platform.media.models import AssetState, MediaAsset


@dataclass(frozen=True)
class BlindEntry:
    """An entry without its people."""

    title: str
    summary: str
    language: str
    track: str
    track_key: str
    answers: list[tuple[str, str]]
    files: list[MediaAsset] = field(default_factory=list)
    waiting: int = 0
    struck_out: list[str] = field(default_factory=list)


def blind_entry(
    revision: EntryRevision, track: Track, questions: list[FormField], kept: Sequence[MediaAsset], locale: str
) -> BlindEntry:
    """Return what a juror may see of a revision; files of it that are not checked yet are only counted."""
    document: dict[str, Any] = revision.document
    words = names_behind(revision.entry) if revision.entry.contest.blind else []
    answers = [
        (question.label.in_(locale), masked(question.said(value, locale), words))
        for question in questions
        if question.kind.value != "consent" and (value := document["answers"].get(question.key)) not in (None, "")
    ]
    return BlindEntry(
        title=masked(document["title"], words),
        summary=masked(document["summary"], words),
        language=document["language"],
        track=track.title.in_(locale),
        track_key=track.key,
        answers=answers,
        files=[asset for asset in kept if asset.state is AssetState.READY],
        waiting=sum(asset.state in (AssetState.RECEIVED, AssetState.VERIFYING) for asset in kept),
        struck_out=words,
    )


def title_for_jury(entry: Entry, title: str) -> str:
    """Return a title of an entry as its jury may read it."""
    return masked(title, names_behind(entry)) if entry.contest.blind else title


def names_behind(entry: Entry) -> list[str]:
    """Return the names and addresses of an entry's people, the longest first: what authors write of themselves."""
    people = [member.user for member in entry.team.members]
    return _longest_first({entry.team.name} | {person.name for person in people} | {person.email for person in people})


def struck_out(title: str, names: Iterable[str]) -> str:
    """Return a title of an entry in a blind contest without these names."""
    return masked(title, _longest_first(names))


def _longest_first(names: Iterable[str]) -> list[str]:
    return sorted(names, key=len, reverse=True)
