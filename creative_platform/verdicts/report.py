"""The report of a contest: what was compared and what not, the thresholds, what was found, what people said.

It holds no clock and no chance: the same rows give the same bytes.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Collection, Iterable, Iterator
from typing import Any

from sqlalchemy import func, select

from creative_platform.contests.models import Contest
from creative_platform.core.actor import Actor
from creative_platform.core.db import session
from creative_platform.core.text import LocalizedText
from creative_platform.entries.models import Entry, EntryState
from creative_platform.media.models import AssetState, MediaAsset
from creative_platform.similarity import limits, queries, starters
from creative_platform.similarity.models import EntrySketch, FileSketch, Match, Overview, Starter, Verdict
from creative_platform.similarity.sides import Elsewhere, Overseen, SeenMatch
from creative_platform.verdicts.groups import groups_in

NOT_COVERED = ("translation", "cover_versions", "speech_in_recordings", "words_in_pictures")
"""What no channel looks for; translation only where `translated` does not say which model looked for it."""

NINE_OF_TEN = 1.645
"""Standard deviations within which nine of ten values lie."""

HEADING = (
    *("id", "a_contest", "a_code", "a_title", "b_contest", "b_code", "b_title", "probability", "modalities"),
    *("changes", "same_people", "verdict", "reason"),
)


def report_of(actor: Actor, contest: Contest) -> dict[str, Any]:
    """Return the report as plain data; ``digest`` is the SHA-256 of all the rest as `as_json` writes it."""
    matches, counted = _all_matches(actor, contest), compared(contest)
    told = {
        "format": 1,
        "contest": contest.slug,
        "compared": counted,
        "not_covered": [what for what in NOT_COVERED if what != "translation" or not counted["translations_by"]],
        "files_not_covered": files_not_covered(contest),
        "starter_material": [_starter(one) for one in starters.starters_of(contest)],
        "starter_material_alone": [entry.code for entry in starters.seen_of_starters_alone(actor, contest)],
        "thresholds": {
            "kept_from": limits.KEPT_FROM,
            "grouped_from": limits.GROUPED_FROM,
            "told_jurors_from": limits.TOLD_JURORS_FROM,
        },
        "expected_false_alerts": _expected(matches),
        "expected_range": _range(matches),
        "judged": _judged(matches),
        "groups": [[entry.code for entry in group] for group in groups_in(actor, contest)],
        "matches": [_told(match) for match in matches],
    }
    return {**told, "digest": hashlib.sha256(as_json(told)).hexdigest()}


def as_json(report: dict[str, Any]) -> bytes:
    """Write a report, the same one always in the same bytes."""
    return json.dumps(report, ensure_ascii=False, indent=1, sort_keys=True).encode() + b"\n"


def compared(contest: Contest) -> dict[str, Any]:
    """Return how much was compared: entries and files of the contest, by modality too, and entries of others."""
    s = session()
    own = select(Entry.id).where(Entry.contest_id == contest.id, Entry.state.in_(EntryState.handed_in()))
    sketched = select(func.count(func.distinct(EntrySketch.entry_id)))
    files = queries.handed_in_files(contest)
    kinds = select(FileSketch.kind, func.count(func.distinct(FileSketch.asset_id)))
    kinds = kinds.where(FileSketch.asset_id.in_(files), FileSketch.kind != FileSketch.NONE).group_by(FileSketch.kind)
    versions = select(FileSketch.kind, FileSketch.version).where(FileSketch.asset_id.in_(files)).distinct()
    words = select(EntrySketch.version).where(EntrySketch.contest_id == contest.id).distinct()
    overview = s.get(Overview, contest.id)
    return {
        "entries": s.scalar(select(func.count()).select_from(own.subquery())) or 0,
        "entries_compared": s.scalar(sketched.where(EntrySketch.contest_id == contest.id)) or 0,
        "entries_of_other_contests": s.scalar(sketched.where(EntrySketch.contest_id != contest.id)) or 0,
        "files": s.scalar(select(func.count(func.distinct(MediaAsset.id))).where(MediaAsset.id.in_(files))) or 0,
        "files_by_modality": dict(sorted((row[0], row[1]) for row in s.execute(kinds))),
        "methods": sorted({*s.scalars(words), *(version for _, version in s.execute(versions))} - {""}),
        "calibrated_on_verdicts": {name: _digest(models) for name, models in sorted(queries.calibrations().items())},
        "translations_by": translated(contest),
        "as_a_whole": overview is not None and overview.compared_at is not None,
    }


def translated(contest: Contest) -> str | None:
    """Return the method by which translations of all texts were looked for; None when of some they were not."""
    own = EntrySketch.contest_id == contest.id
    files = FileSketch.asset_id.in_(queries.handed_in_files(contest))
    texts: set[tuple[str, int, str]] = set()
    read: dict[tuple[str, int, str], str] = {}
    for place, model, owner, wanted in (
        ("entry", EntrySketch, EntrySketch.entry_id, own),
        ("file", FileSketch, FileSketch.asset_id, files),
    ):
        rows = select(owner, model.kind, model.part, model.version)
        for owner_id, kind, part, version in session().execute(
            rows.where(wanted, model.kind.in_(["text", EntrySketch.TRANSLATION]))
        ):
            if kind == "text":
                texts.add((place, owner_id, part))
            elif version:
                read[place, owner_id, part] = version
    methods = {*read.values()}
    return methods.pop() if texts and len(methods) == 1 and texts <= read.keys() else None


def _digest(models: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(models, sort_keys=True).encode()).hexdigest()


def _starter(starter: Starter) -> dict[str, Any]:
    told = {"name": starter.name, "size_bytes": starter.size_bytes, "sha256": starter.sha256}
    return {**told, "reason": starter.reason if starter.read_at else "not_sketched_yet"}


def files_not_covered(contest: Contest) -> list[dict[str, str]]:
    """Return the handed-in files that were compared by their digest alone, or not at all, with the reason."""
    query = select(Entry.code, MediaAsset.public_id, MediaAsset.state, FileSketch.reason, FileSketch.kind)
    query = query.join(MediaAsset, (MediaAsset.owner_type == "entry") & (MediaAsset.owner_id == Entry.id))
    query = query.outerjoin(FileSketch, FileSketch.asset_id == MediaAsset.id)
    query = query.where(MediaAsset.id.in_(queries.handed_in_files(contest)))
    lacking = query.where(FileSketch.kind.is_(None) | (FileSketch.kind == FileSketch.NONE))
    return [
        {"entry": code, "file": public_id, "reason": _reason(state, reason, kind)}
        for code, public_id, state, reason, kind in session().execute(lacking.order_by(Entry.code, MediaAsset.id))
    ]


def _reason(state: AssetState, reason: str | None, kind: str | None) -> str:
    if kind == FileSketch.NONE:
        return reason or "nothing_to_compare"
    return "not_sketched_yet" if state in AssetState.arrived() else "not_accepted_or_not_delivered"


def _all_matches(actor: Actor, contest: Contest) -> list[SeenMatch]:
    query = queries.matches_concerning(actor, contest).order_by(Match.probability.desc(), Match.id)
    return queries.seen_matches(actor, contest, query)


def _expected(matches: Iterable[SeenMatch]) -> dict[str, float]:
    """Return how many matches a person is expected to call unrelated: the doubts that the probabilities leave."""
    expected: dict[str, float] = {"all": 0.0}
    for match in matches:
        expected["all"] += 1 - match.probability
        expected[match.modality] = expected.get(match.modality, 0.0) + 1 - match.probability
    return {name: round(value, 2) for name, value in sorted(expected.items())}


def _range(matches: Collection[SeenMatch]) -> list[int]:
    """Return between which two numbers that of the unrelated lies nine times of ten, when the probabilities hold."""
    doubts = [1 - match.probability for match in matches]
    middle, off = sum(doubts), NINE_OF_TEN * math.sqrt(sum(doubt * (1 - doubt) for doubt in doubts))
    return [max(0, math.floor(middle - off)), min(len(doubts), math.ceil(middle + off))]


def _judged(matches: Iterable[SeenMatch]) -> dict[str, Any]:
    """Return, of the matches with a verdict, how many were called unrelated and how many were expected to be.

    Of those judged at once as a group one counts: the rest says nothing new of the probabilities.
    """
    acts = {match.standing.given_with or match.public_id: match for match in reversed([*matches]) if match.standing}
    judged = [*reversed(acts.values())]
    unrelated = sum(match.standing.verdict is Verdict.UNRELATED for match in judged if match.standing)
    expected = {"expected": _expected(judged)["all"], "range": _range(judged)}
    return {"matches": len(judged), "unrelated": unrelated, **expected}


def _told(match: SeenMatch) -> dict[str, Any]:
    standing = match.standing
    return {
        "id": match.public_id,
        "a": _name(match.a),
        "b": _name(match.b),
        "probability": match.probability,
        "modality": match.modality,
        "scores": match.scores,
        "evidence": match.evidence,
        "same_people": match.same_people,
        "verdict": standing.verdict.value if standing else None,
        "reason": match.reason_of(standing) if standing else None,
    }


def _name(side: Overseen | Elsewhere) -> dict[str, str | None]:
    """Name an entry that the reader oversees by its code and title, of any other its contest alone."""
    if isinstance(side, Overseen):
        return {"contest": side.contest.slug, "code": side.entry.code, "title": side.title}
    return {"contest": side.contest.slug, "code": None, "title": None}


def match_rows(contest: Contest, actor: Actor) -> Iterator[list[object]]:
    """Yield the matches of a contest as a table; a heading first."""
    yield [*HEADING]
    for match in _all_matches(actor, contest):
        a, b = _name(match.a), _name(match.b)
        changes = sorted({code for piece in match.evidence for code in piece["transformation"]})
        verdict = (match.standing.verdict.value, match.reason_of(match.standing)) if match.standing else ("", "")
        sides = [value or "" for side in (a, b) for value in side.values()]
        same = "yes" if match.same_people else ""
        row = [match.public_id, *sides, match.probability, " ".join(sorted(match.scores)), " ".join(changes), same]
        yield [*row, *verdict]


def titles_of(slugs: Collection[str]) -> dict[str, LocalizedText]:
    """Return the titles of contests by slug."""
    query = select(Contest.slug, Contest.title).where(Contest.slug.in_(slugs))
    return {row.slug: row.title for row in session().execute(query)}
