"""Reads of matches, for the staff of a contest."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import selectinload

from creative_platform.contests.models import Contest
from creative_platform.core.actor import Actor
from creative_platform.core.db import session
from creative_platform.core.errors import NotFound
from creative_platform.entries.conflicts import contests_with_part, entries_of_conflict
from creative_platform.entries.models import Entry, EntryRevision, EntryState, RevisionFile
from creative_platform.entries.queries import people_of_entries
from creative_platform.media import owners
from creative_platform.media import queries as media
from creative_platform.media.models import AssetState, MediaAsset
from creative_platform.similarity.limits import GROUPED_FROM
from creative_platform.similarity.models import (
    Calibration,
    EntrySketch,
    FileSketch,
    Match,
    MatchVerdict,
    Overview,
    Verdict,
)
from creative_platform.similarity.passages import texts_of
from creative_platform.similarity.showing import Shown, Side, parts_with_words, shown
from creative_platform.similarity.sides import Elsewhere, Overseen, SeenMatch, seen
from creative_platform.similarity.words import unpack_words

_BEST_FIRST = Match.probability.desc(), Match.id


def matches_concerning(actor: Actor, contest: Contest) -> Select[Match]:
    """Return the query of a contest's matches, those with entries of other contests too, for its staff.

    A match of an entry in which the actor has a part is not theirs to see.
    """
    own, part_in = select(Entry.id).where(Entry.contest_id == contest.id), entries_of_conflict(actor)
    concerned = or_(Match.entry_a_id.in_(own), Match.entry_b_id.in_(own))
    return select(Match).where(concerned, Match.entry_a_id.not_in(part_in), Match.entry_b_id.not_in(part_in))


def _whole(query: Select[Match]) -> Select[Match]:
    entries = (selectinload(Match.entry_a), selectinload(Match.entry_b))
    revisions = (selectinload(Match.revision_a), selectinload(Match.revision_b))
    return query.options(
        *(entry.selectinload(Entry.contest).selectinload(Contest.staff) for entry in entries),
        *(entry.selectinload(Entry.team) for entry in entries),
        *(entry.selectinload(Entry.track) for entry in entries),
        *(revision.selectinload(EntryRevision.files) for revision in revisions),
        selectinload(Match.verdicts).joinedload(MatchVerdict.contest),
    )


def seen_matches(actor: Actor, contest: Contest, query: Select[Match]) -> list[SeenMatch]:
    """Return the matches of a query as the actor sees them among those of a contest."""
    rows = list(session().scalars(_whole(query)).unique())
    people = people_of_entries({entry_id for row in rows for entry_id in (row.entry_a_id, row.entry_b_id)})
    party_to = contests_with_part(actor)
    return [seen(actor, contest, row, people=people, party_to=party_to) for row in rows]


@dataclass(frozen=True)
class MatchFilter:
    """Which matches are wanted: of a modality, between entries of a group (ids), of one entry, without a verdict."""

    modality: str = ""
    group: Collection[int] = ()
    entry: Entry | None = None
    undecided: bool = False


def matches_in(
    actor: Actor, contest: Contest, wanted: MatchFilter = MatchFilter(), *, page: int, per_page: int
) -> tuple[list[SeenMatch], int]:
    """Return one page of the matches that concern a contest, the most probable first, and how many there are."""
    query = matches_concerning(actor, contest)
    if wanted.entry:
        query = _of_entry(query, wanted.entry)
    if wanted.undecided:
        query = query.where(Match.id.not_in(select(MatchVerdict.match_id).where(_stands(contest))))
    if wanted.group:
        query = between(query, wanted.group)
    if wanted.modality:
        query = query.where(Match.modalities.contains(f"|{wanted.modality}|", autoescape=True))
    total = session().scalar(select(func.count()).select_from(query.subquery())) or 0
    on_page = query.order_by(*_BEST_FIRST).limit(per_page).offset((page - 1) * per_page)
    return seen_matches(actor, contest, on_page), total


def between(query: Select[Any], entry_ids: Collection[int]) -> Select[Any]:
    """Narrow a query of matches to those of which both entries are among these."""
    return query.where(Match.entry_a_id.in_(entry_ids), Match.entry_b_id.in_(entry_ids))


def decided_matches(actor: Actor, contest: Contest, entry: Entry) -> list[SeenMatch]:
    """Return what an entry shares with others and people judged, the most probable first, for its contest's staff."""
    query = _of_entry(matches_concerning(actor, contest), entry)
    query = query.where(Match.id.in_(select(MatchVerdict.match_id).where(_stands(contest))))
    return seen_matches(actor, contest, query.order_by(*_BEST_FIRST))


def _stands(contest: Contest) -> ColumnElement[bool]:
    return (MatchVerdict.contest_id == contest.id) & MatchVerdict.undone_at.is_(None)


def _of_entry(query: Select[Any], entry: Entry) -> Select[Any]:
    return query.where(or_(Match.entry_a_id == entry.id, Match.entry_b_id == entry.id))


def entry_asked(contest: Contest, public_id: str) -> Entry | None:
    """Return a handed-in entry of a contest by its public id, None when none is asked for. Raises NotFound."""
    query = select(Entry).where(Entry.contest_id == contest.id, Entry.public_id == public_id)
    found = session().scalar(query.where(Entry.state.in_(EntryState.handed_in()))) if public_id else None
    if public_id and found is None:
        raise NotFound()
    return found


def count_with_entry(actor: Actor, entry: Entry) -> tuple[int, float]:
    """Return in how many matches an entry stands that its contest's staff may see, and the greatest probability."""
    query = _of_entry(matches_concerning(actor, entry.contest), entry)
    count, most = session().execute(query.with_only_columns(func.count(), func.max(Match.probability))).one()
    return count, most or 0.0


def match_in(actor: Actor, contest: Contest, public_id: str) -> Match:
    """Return a match that concerns a contest and no entry of the actor's own. Raises NotFound."""
    query = matches_concerning(actor, contest).where(Match.public_id == public_id)
    found = session().scalar(query.options(selectinload(Match.verdicts)))
    if found is None:
        raise NotFound()
    return found


def seen_match(actor: Actor, contest: Contest, public_id: str) -> SeenMatch:
    """Return a match as the actor sees it among those of a contest. Raises NotFound."""
    query = _whole(matches_concerning(actor, contest).where(Match.public_id == public_id))
    found = session().scalars(query).unique().one_or_none()
    if found is None:
        raise NotFound()
    ids = (found.entry_a_id, found.entry_b_id)
    public = [entry_id for entry_id in ids if owners.may(None, "see", "entry", entry_id)]
    return seen(actor, contest, found, people=people_of_entries(ids), public=public, party_to=contests_with_part(actor))


def files_of(matches: Iterable[SeenMatch]) -> dict[int, list[MediaAsset]]:
    """Return the compared files of the entries that the reader oversees, by entry id."""
    sides = [side for match in matches for side in match.sides if isinstance(side, Overseen)]
    kept = media.assets_by_id(file.asset_id for side in sides for file in side.revision.files)
    return {
        side.entry.id: [kept[file.asset_id] for file in side.revision.files if file.asset_id in kept] for side in sides
    }


def evidence_of(match: SeenMatch, files: Mapping[int, list[MediaAsset]]) -> Shown:
    """Return the evidence of a match as a page lays it out, with the files that ``files_of`` gave."""
    a = _side(match.a, files, parts_with_words(match.evidence, "a"))
    b = _side(match.b, files, parts_with_words(match.evidence, "b"))
    return shown(a, b, match.evidence, match.discounted)


def _side(side: Overseen | Elsewhere, files: Mapping[int, list[MediaAsset]], quoted: set[str]) -> Side:
    if not isinstance(side, Overseen):
        return Side()
    own = {asset.public_id: asset for asset in files.get(side.entry.id, [])}
    return Side(own, texts_of(side.revision.document), words_of([own[name] for name in quoted if name in own]))


def words_of(assets: Iterable[MediaAsset]) -> dict[str, dict[str, str]]:
    """Return the words of documents and programs that evidence quotes, by public id and name within the file."""
    named = {asset.id: asset.public_id for asset in assets}
    query = select(FileSketch.asset_id, FileSketch.words).where(FileSketch.asset_id.in_(named))
    rows = session().execute(query.where(FileSketch.words.is_not(None)))
    return {named[asset_id]: unpack_words(packed) for asset_id, packed in rows}


@dataclass(frozen=True)
class Coverage:
    """How far the comparing is: entries handed in, entries sketched, matches, matches without a verdict."""

    handed_in: int
    sketched: int
    matches: int
    undecided: int


def coverage(actor: Actor, contest: Contest, handed_in: int) -> Coverage:
    """Return how far the comparing of a contest is; matches that the actor may not see count nowhere."""
    s = session()
    sketched = s.scalar(
        select(func.count(func.distinct(EntrySketch.entry_id))).where(EntrySketch.contest_id == contest.id)
    )
    concerned = matches_concerning(actor, contest).with_only_columns(Match.id)
    matches = s.scalar(select(func.count()).select_from(concerned.subquery())) or 0
    decided = s.scalar(
        select(func.count(func.distinct(MatchVerdict.match_id))).where(
            MatchVerdict.match_id.in_(concerned), _stands(contest)
        )
    )
    return Coverage(handed_in, sketched or 0, matches, matches - (decided or 0))


def matched_with(entry_ids: Collection[int]) -> set[int]:
    """Return the ids of the entries with which these have matches."""
    query = select(Match.entry_a_id, Match.entry_b_id)
    query = query.where(or_(Match.entry_a_id.in_(entry_ids), Match.entry_b_id.in_(entry_ids)))
    return {entry_id for pair in session().execute(query) for entry_id in pair}


def newest_revision(entry_id: Any) -> Any:
    """Return the query of the id of an entry's newest revision, for use in a statement over entries."""
    newest = select(EntryRevision.id).where(EntryRevision.entry_id == entry_id)
    return newest.order_by(EntryRevision.number.desc()).limit(1).correlate_except(EntryRevision).scalar_subquery()


def handed_in_files(contest: Contest) -> Select[Any]:
    """Return the query of the ids of the files in the newest revisions of a contest's handed-in entries."""
    query = select(RevisionFile.asset_id).join(Entry, RevisionFile.revision_id == newest_revision(Entry.id))
    return query.where(Entry.contest_id == contest.id, Entry.state.in_(EntryState.handed_in()))


def files_to_sketch(contest: Contest) -> Select[Any]:
    """Return the query of the ids of handed-in, checked files of a contest that are not sketched yet."""
    wanted = select(MediaAsset.id).where(MediaAsset.id.in_(handed_in_files(contest)))
    wanted = wanted.where(MediaAsset.state == AssetState.READY, MediaAsset.storage_key.is_not(None))
    return wanted.where(MediaAsset.id.not_in(select(FileSketch.asset_id))).order_by(MediaAsset.id)


def probabilities_within(contest: Contest) -> dict[tuple[int, int], float]:
    """Return the probability of each match between two entries of a contest, without its evidence, which is long."""
    own = select(Entry.id).where(Entry.contest_id == contest.id)
    query = select(Match.entry_a_id, Match.entry_b_id, Match.probability)
    query = query.where(Match.entry_a_id.in_(own), Match.entry_b_id.in_(own))
    return {(a, b): probability for a, b, probability in session().execute(query)}


def groups_without(groups: Iterable[list[int]], gone: Collection[int]) -> list[list[int]]:
    """Return groups without some entries; what these alone held together falls apart, for nobody would see why."""
    left: list[list[int]] = []
    for group in groups:
        kept = [one for one in group if one not in gone]
        left += [group] if kept == group else _held_together(kept)
    return [group for group in left if len(group) > 1]


def _held_together(entry_ids: list[int]) -> list[list[int]]:
    matches: Any = select(Match.entry_a_id, Match.entry_b_id).where(Match.probability >= GROUPED_FROM)
    parts = {one: [one] for one in entry_ids}
    for a, b in session().execute(between(matches, entry_ids)):
        if parts[a] is not parts[b]:
            parts[a] += parts[b]
            parts.update(dict.fromkeys(parts[b], parts[a]))
    return [sorted(part) for one, part in parts.items() if one == part[0]]


def judged(modality: str) -> list[tuple[str, dict[str, float], bool]]:
    """Return what stands of all verdicts on matches of a modality: contest, measures, whether it was called shared.

    A verdict speaks of the most telling modality of its match alone; one whose figures were not kept says nothing. Of
    those given at once to a group the first speaks: somebody decided once.
    """
    query = select(Contest.slug, Match.measures, MatchVerdict.verdict, MatchVerdict.given_with)
    query = query.join(Match, MatchVerdict.match_id == Match.id)
    query = query.join(Contest, Contest.id == MatchVerdict.contest_id).where(MatchVerdict.undone_at.is_(None))
    rows = session().execute(query.where(Match.modality == modality).order_by(MatchVerdict.id))
    told = {
        act or number: (slug, measures[modality], verdict is not Verdict.UNRELATED)
        for number, (slug, measures, verdict, act) in reversed([*enumerate(rows)])
        if modality in measures
    }
    return [*reversed(told.values())]


def calibrations() -> dict[str, dict[str, Any]]:
    """Return the models that were fitted here, by modality."""
    return {row.modality: row.models for row in session().scalars(select(Calibration))}


@dataclass(frozen=True)
class FilesCompared:
    """How many of the handed-in files were sketched, how many gave nothing, and when all was last compared at once."""

    files: int
    sketched: int
    gave_nothing: int
    compared_at: datetime | None


def files_compared(contest: Contest) -> FilesCompared:
    """Return how far the files of a contest are."""
    s, files = session(), handed_in_files(contest)
    distinct = func.count(func.distinct(FileSketch.asset_id))
    overview = s.get(Overview, contest.id)
    return FilesCompared(
        s.scalar(select(func.count(func.distinct(MediaAsset.id))).where(MediaAsset.id.in_(files))) or 0,
        s.scalar(select(distinct).where(FileSketch.asset_id.in_(files))) or 0,
        s.scalar(select(distinct).where(FileSketch.asset_id.in_(files), FileSketch.kind == FileSketch.NONE)) or 0,
        overview.compared_at if overview else None,
    )
