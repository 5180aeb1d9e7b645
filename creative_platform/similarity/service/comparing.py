"""Comparing entries and storing what they share: one entry when it is handed in, the whole contest at its close."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, or_, select
from sqlalchemy.orm import Session

from creative_platform.contests import policy as contests
from creative_platform.contests.models import Contest, StageKind
from creative_platform.contests.queries import stage
from creative_platform.core import clock, queue
from creative_platform.core.actor import Actor
from creative_platform.core.db import locked, session, transaction
from creative_platform.core.queue import Claim
from creative_platform.entries.models import Entry, EntryState
from creative_platform.entries.service.submission import CHECKED_JOB, SUBMITTED_JOB
from creative_platform.similarity import queries, starters, translations
from creative_platform.similarity.models import EntrySketch, FileSketch, Match, Overview, Starter, StarterSketch
from creative_platform.similarity.rows import Reading, in_pieces
from creative_platform.similarity.service.indexing import remove_sketches
from creative_platform.similarity.service.translating import order_translations

COMPARE_JOB = "similarity.compare_contest"
STARTER_JOB = "similarity.sketch_starter"
SETTLE_S = 120  # after the close, for entries that were on their way
LOOK_AGAIN_S = 300
MOST_LOOKS = 48  # four hours; what is not sketched by then is named in the report. Who asks for it now begins with that


def compare_contest(claim: Claim, contest_id: int, looks: int, engine: Any) -> None:
    """Compare all handed-in entries of a contest once it is closed and its files are sketched.

    Sketches of earlier versions of the code, and of files that gave none, are made anew.
    """
    contest = session().get_one(Contest, contest_id)
    due = _closes_at(contest)
    if due and due > clock.now() and looks < MOST_LOOKS:
        left_s = (due - clock.now()).total_seconds() + SETTLE_S
        queue.put_off(claim, COMPARE_JOB, delay_s=left_s, turn=_turn(contest), contest_id=contest_id, looks=0)
        return
    _order_missing(contest, engine, read_again=looks >= MOST_LOOKS)
    if looks < MOST_LOOKS and session().scalar(queries.files_to_sketch(contest).limit(1)):
        told = {"contest_id": contest_id, "looks": looks + 1}
        queue.put_off(claim, COMPARE_JOB, delay_s=LOOK_AGAIN_S, turn=_turn(contest), **told)
        return
    asked = session().scalars(select(EntrySketch.entry_id).where(EntrySketch.contest_id == contest_id).distinct())
    compare(claim, contest, list(asked), engine, whole=True)
    if due and due > clock.now():  # asked for before the close: that is to come all the same
        with transaction():
            expect_close(contest)


def _order_missing(contest: Contest, engine: Any, *, read_again: bool) -> None:
    """Order what was not sketched; with ``read_again`` also documents read before translations were wanted."""
    current = [engine.VERSION, *engine.VERSIONS.values()]
    with transaction() as s:
        _order_obsolete_starters(s, contest, current)
        files = queries.handed_in_files(contest)
        obsolete = select(FileSketch).where(FileSketch.asset_id.in_(files), FileSketch.version.not_in(current))
        remove_sketches(s, obsolete)
        if translations.are_looked_for() and engine.reads_translations():
            _order_translations(s, contest, engine.VERSIONS[EntrySketch.TRANSLATION], read_again=read_again)
        sketched = select(EntrySketch.entry_id).where(EntrySketch.version == engine.VERSION)
        sketched = sketched.where(EntrySketch.revision_id == queries.newest_revision(EntrySketch.entry_id))
        lacking = select(Entry.id).where(Entry.contest_id == contest.id, Entry.state.in_(EntryState.handed_in()))
        for entry_id in s.scalars(lacking.where(Entry.id.not_in(sketched)).order_by(Entry.id)):
            queue.enqueue(SUBMITTED_JOB, entry_id=entry_id)
        for asset_id in s.scalars(queries.files_to_sketch(contest)).all():
            queue.enqueue(CHECKED_JOB, turn=_turn(contest), asset_id=asset_id)


def _order_obsolete_starters(s: Session, contest: Contest, current: list[str]) -> None:
    obsolete = select(StarterSketch.starter_id).where(StarterSketch.version.not_in(current))
    for starter in s.scalars(select(Starter).where(Starter.contest_id == contest.id, Starter.id.in_(obsolete))).all():
        s.execute(delete(StarterSketch).where(StarterSketch.starter_id == starter.id))
        starter.read_at = None
        order_starter(starter)


def order_starter(starter: Starter) -> None:
    """Order a sketch of starter material, in the running transaction."""
    queue.enqueue(STARTER_JOB, turn=f"contest:{starter.contest_id}", starter_id=starter.id)


def _order_translations(s: Session, contest: Contest, version: str, *, read_again: bool) -> None:
    own = (EntrySketch.contest_id == contest.id, EntrySketch.kind == EntrySketch.TRANSLATION)
    s.execute(delete(EntrySketch).where(*own, EntrySketch.version != version))
    handed_in = select(Entry.id).where(Entry.contest_id == contest.id, Entry.state.in_(EntryState.handed_in()))
    order_translations(contest.id, s.scalars(handed_in.order_by(Entry.id)).all())
    if read_again:
        files = select(FileSketch.asset_id).where(FileSketch.asset_id.in_(queries.handed_in_files(contest)))
        texts, done = (files.where(FileSketch.kind == kind) for kind in ("text", EntrySketch.TRANSLATION))
        remove_sketches(s, select(FileSketch).where(FileSketch.asset_id.in_(texts), FileSketch.asset_id.not_in(done)))


def _turn(contest: Contest) -> str:
    return f"contest:{contest.id}"


def _closes_at(contest: Contest) -> datetime | None:
    """Return when the last entry of a contest can be handed in or delivered; None where there is no such stage."""
    entries_stage = stage(contest, StageKind.ENTRIES)
    longest = select(func.max(Entry.reopened_until), func.max(Entry.deliver_until))
    further = session().execute(longest.where(Entry.contest_id == contest.id)).one()
    return max([at for at in (entries_stage and entries_stage.ends_at, *further) if at], default=None)


def expect_close(contest: Contest) -> None:
    """Have the contest compared as a whole at its close, in the running transaction; a second time changes nothing."""
    due = _closes_at(contest)
    if not queue.waiting_count(COMPARE_JOB, contest_id=contest.id):
        left_s = max(0.0, (due - clock.now()).total_seconds()) if due else 0.0
        queue.enqueue(COMPARE_JOB, delay_s=left_s + SETTLE_S, turn=_turn(contest), contest_id=contest.id, looks=0)


def compare(claim: Claim, contest: Contest, asked: list[int], engine: Any, *, whole: bool) -> None:
    """Store the matches of entries of a contest, or of the ``whole`` of it, with all others of every contest."""
    reading = Reading(asked, queries.matched_with(asked))
    found = engine.find(reading, _handed_out(contest), queries.calibrations(), starters.material_for(contest))
    with transaction() as s:
        s.scalars(locked(select(Contest).where(Contest.id == contest.id))).one()
        _store_matches(s, asked, found, reading, engine, whole=whole)
        compared_at = _note_compared(s, contest, asked, whole=whole)
        claim.hold()
    groups = engine.groups(queries.probabilities_within(contest))  # all matches are read: nobody is to wait for that
    with transaction() as s:
        _store_groups(s, contest, groups, compared_at)
        claim.finish()


def _handed_out(contest: Contest) -> list[str]:
    """Return the words that the organizers gave to everybody: they prove nothing."""
    texts = [contest.title, contest.summary, contest.body]
    texts += [text for field in contest.fields for text in (field.label, field.help)]
    texts += [text for track in contest.tracks for text in (track.title, track.description)]
    return [words for text in texts for words in text.values()]


def _store_matches(
    s: Session, asked: list[int], found: Iterable[Any], reading: Reading, engine: Any, *, whole: bool
) -> None:
    """Make the matches of entries those that were found, as far as one can know who saw what was read.

    A match with what came later, a revision or a sketch, was found by the job of that one, which has seen ours: it
    stands. So does one of the same revisions that a search from the other side found, until the whole is compared.
    """
    found, seen, newer = list(found), reading.seen, reading.sketched_since()
    # Before their matches, as whoever forgets an entry does: else the two would wait for each other.
    there = _still_there(s, {entry_id for one in found for entry_id in (one.a_id, one.b_id)}) - newer
    concerned = or_(Match.entry_a_id.in_(asked), Match.entry_b_id.in_(asked))
    standing = {(m.entry_a_id, m.entry_b_id): m for m in s.scalars(locked(select(Match).where(concerned)))}
    kept = {pair for pair, match in standing.items() if newer & {*pair} or _came_later(match, seen)}
    for one in found:
        pair = (one.a_id, one.b_id)
        if pair in kept or not {*pair} <= seen.keys() & there:
            continue
        match = standing.get(pair) or Match(entry_a_id=one.a_id, entry_b_id=one.b_id, found_at=clock.now())
        match.revision_a_id, match.revision_b_id = seen[one.a_id], seen[one.b_id]
        match.method = engine.VERSION
        for name, value in one.stored().items():
            setattr(match, name, value)
        s.add(match)
        kept.add(pair)
    for pair, match in standing.items():
        if pair not in kept and not match.verdicts and (whole or not _is_same(match, seen, engine)):
            s.delete(match)


def _still_there(s: Session, entry_ids: set[int]) -> set[int]:
    """Return those of the entries, locked, that were neither withdrawn nor erased while the comparing ran."""
    there: set[int] = set()
    for some in in_pieces(sorted(entry_ids)):
        wanted = Entry.id.in_(some) & Entry.state.in_(EntryState.handed_in())
        there.update(s.scalars(locked(select(Entry.id).where(wanted).order_by(Entry.id))))
    return there


def _is_same(match: Match, seen: dict[int, int], engine: Any) -> bool:
    """Say whether a match is of the revisions that were compared, by the same method."""
    sides = (match.entry_a_id, match.revision_a_id), (match.entry_b_id, match.revision_b_id)
    return match.method == engine.VERSION and all(seen.get(entry_id) == revision_id for entry_id, revision_id in sides)


def _came_later(match: Match, seen: dict[int, int]) -> bool:
    """Say whether a match is of a revision that came after those which were compared."""
    sides = (match.entry_a_id, match.revision_a_id), (match.entry_b_id, match.revision_b_id)
    return any(revision_id > seen.get(entry_id, 0) for entry_id, revision_id in sides)


def _note_compared(s: Session, contest: Contest, asked: Iterable[int], *, whole: bool) -> datetime:
    """Note when something of a contest, or the whole of it, was compared; returns that time."""
    held = s.scalars(locked(select(Overview).where(Overview.contest_id == contest.id))).one_or_none()
    overview = held or Overview(contest_id=contest.id)
    before = () if whole else set(overview.starters_alone or ()).difference(asked)
    overview.starters_alone = sorted({*before, *starters.of_starters_alone(contest, asked)})
    overview.finished_at = clock.now()
    overview.compared_at = overview.finished_at if whole else overview.compared_at
    s.add(overview)
    return overview.finished_at


def _store_groups(s: Session, contest: Contest, groups: list[list[int]], compared_at: datetime) -> None:
    """Store the groups of entries, unless more was compared since: who did that has read more, and stores theirs."""
    grouped = {entry_id for group in groups for entry_id in group}
    gone = grouped - _still_there(s, grouped)
    latest = select(Overview).where(Overview.contest_id == contest.id, Overview.finished_at == compared_at)
    overview = s.scalars(locked(latest)).one_or_none()
    if overview:
        overview.groups = queries.groups_without(groups, gone)


def compare_again(actor: Actor, contest: Contest) -> int:
    """Queue the comparing of a whole contest as it stands now; returns of how many entries."""
    contests.can_manage(actor, contest).enforce()
    with transaction() as s:
        wanted = select(func.count(Entry.id)).where(Entry.contest_id == contest.id)
        count = s.scalar(wanted.where(Entry.state.in_(EntryState.handed_in()))) or 0
        order_again(contest)
        return count


def order_again(contest: Contest) -> None:
    """Queue the comparing of a whole contest as it stands now, in the running transaction; of none that is empty."""
    entry = select(Entry.id).where(Entry.contest_id == contest.id, Entry.state.in_(EntryState.handed_in()))
    if session().scalar(entry.limit(1)):
        queue.enqueue(COMPARE_JOB, turn=_turn(contest), contest_id=contest.id, looks=MOST_LOOKS)
