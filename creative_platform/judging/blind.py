"""What a juror sees of an entry: a type that has no author at all.

It is built from the submitted revision and the clean copies; names of files are of our making, times and ids of the
entry are left out. In contests that are not blind the people stand beside it on the page, never in it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from creative_platform.contests.models import FormField, Track
from creative_platform.core.text import masked
from creative_platform.entries.models import EntryRevision
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
    owed: int = 0
    struck_out: Collection[str] = ()


def blind_entry(
    revision: EntryRevision,
    track: Track,
    questions: list[FormField],
    kept: Sequence[MediaAsset],
    locale: str,
    names: Collection[str],
) -> BlindEntry:
    """Return what a juror may see of a revision, without these names.

    Files of it that are not checked yet, or were committed and not delivered, are only counted.
    """
    document: dict[str, Any] = revision.document
    answers = [
        (question.label.in_(locale), masked(question.said(value, locale), names))
        for question in questions
        if question.kind.value != "consent" and (value := document["answers"].get(question.key)) not in (None, "")
    ]
    return BlindEntry(
        title=masked(document["title"], names),
        summary=masked(document["summary"], names),
        language=document["language"],
        track=track.title.in_(locale),
        track_key=track.key,
        answers=answers,
        files=[asset for asset in kept if asset.state is AssetState.READY],
        waiting=sum(asset.state in (AssetState.RECEIVED, AssetState.VERIFYING) for asset in kept),
        owed=sum(asset.is_owed for asset in kept),
        struck_out=names,
    )


def titles_for_jury(revisions: Mapping[int, EntryRevision], names: Mapping[int, Collection[str]]) -> dict[int, str]:
    """Return by entry id the titles that were handed in, each without the names given for it."""
    return {id_: masked(revision.document["title"], names.get(id_, ())) for id_, revision in revisions.items()}
