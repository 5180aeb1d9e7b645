"""Comparing entries and judging matches. Computing runs in the worker; only people decide."""

from __future__ import annotations

from typing import Any

from sqlalchemy import delete, or_, select
from sqlalchemy.orm import Session

from creative_platform.contests import policy as contests
from creative_platform.contests.models import Contest
from creative_platform.core import audit, clock, queue
from creative_platform.core.actor import Actor
from creative_platform.core.audit import contest_chain
from creative_platform.core.db import locked, transaction
from creative_platform.core.errors import Invalid, WrongState
from creative_platform.core.queue import Claim
from creative_platform.core.text import N_
from creative_platform.entries import queries as entries
from creative_platform.entries.models import Entry, EntryRevision, EntryState
from creative_platform.entries.service.submission import SUBMITTED_JOB
from creative_platform.media import queries as media
from creative_platform.similarity import queries
from creative_platform.similarity.models import EntrySketch, Match, MatchVerdict, Verdict
from creative_platform.similarity.passages import texts_of
from creative_platform.similarity.sides import standing_verdict

SKETCH_JOB = SUBMITTED_JOB


def sketch_entry(claim: Claim, entry_id: int, engine: Any) -> None:
    """Sketch the submitted revision of an entry and store its matches with all others, in this and earlier contests.

    The sketch is stored before the others are read, so that of two entries handed in at once one sees the other.
    """
    with transaction() as s:
        entry = s.scalars(locked(select(Entry).where(Entry.id == entry_id))).one()
        revision = entries.current_revision(entry)
        if revision is None or entry.state not in EntryState.handed_in():
            claim.finish()
            return
        _store_sketch(s, entry, revision, engine)
    boilerplate = _handed_out(entry.contest)
    stored = queries.all_sketches()
    found = engine.find(entry_id, [(row.entry_id, row.kind, row.sketch) for row in stored], boilerplate)
    seen = {row.entry_id: row.revision_id for row in stored}
    with transaction() as s:
        s.scalars(locked(select(Contest).where(Contest.id == entry.contest_id))).one()
        _store_matches(s, entry, revision, found, seen, engine)
        claim.finish()


def _store_sketch(s: Session, entry: Entry, revision: EntryRevision, engine: Any) -> None:
    assets = media.assets_by_id(file.asset_id for file in revision.files)
    files = {asset.public_id: (asset.sha256 or asset.declared_sha256, asset.size_bytes) for asset in assets.values()}
    s.execute(delete(EntrySketch).where(EntrySketch.entry_id == entry.id))
    for kind, packed in engine.sketch_parts(texts_of(revision.document), files).items():
        s.add(
            EntrySketch(
                entry_id=entry.id,
                revision_id=revision.id,
                contest_id=entry.contest_id,
                kind=kind,
                version=engine.VERSION,
                sketch=packed,
                made_at=clock.now(),
            )
        )


def _handed_out(contest: Contest) -> list[str]:
    """Return the words that the organizers gave to everybody: they prove nothing."""
    texts = [contest.title, contest.summary, contest.body]
    texts += [text for field in contest.fields for text in (field.label, field.help)]
    texts += [text for track in contest.tracks for text in (track.title, track.description)]
    return [words for text in texts for words in text.values()]


def _store_matches(
    s: Session, entry: Entry, revision: EntryRevision, found: list[tuple[int, Any]], seen: dict[int, int], engine: Any
) -> None:
    """Make the matches of an entry those that were found, as far as one can know who saw the revisions in ``seen``.

    A match with a revision that came later was found by the job of that one, which has seen ours: it stands.
    """
    concerned = or_(Match.entry_a_id == entry.id, Match.entry_b_id == entry.id)
    rows = s.scalars(locked(select(Match).where(concerned)))
    compared = {**seen, entry.id: revision.id}
    standing = {(m.entry_a_id, m.entry_b_id, m.modality): m for m in rows}
    kept = {key for key, match in standing.items() if _came_later(match, compared)}
    for other_id, finding in found:
        pair = (entry.id, other_id, finding) if entry.id < other_id else (other_id, entry.id, finding.swapped())
        a_id, b_id, ours = pair
        key = (a_id, b_id, ours.modality)
        if key in kept:
            continue
        match = standing.get(key) or Match(entry_a_id=a_id, entry_b_id=b_id, modality=ours.modality)
        match.revision_a_id, match.revision_b_id = compared[a_id], compared[b_id]
        match.probability, match.evidence = round(ours.probability, 4), engine.evidence_of(ours)
        match.method, match.found_at = engine.VERSION, clock.now()
        s.add(match)
        kept.add(key)
    for key, match in standing.items():
        if key not in kept and not match.verdicts:
            s.delete(match)


def _came_later(match: Match, compared: dict[int, int]) -> bool:
    """Say whether a match is of a revision that came after those which were compared."""
    sides = (match.entry_a_id, match.revision_a_id), (match.entry_b_id, match.revision_b_id)
    return any(revision_id > compared.get(entry_id, 0) for entry_id, revision_id in sides)


def compare_again(actor: Actor, contest: Contest) -> int:
    """Queue the comparing of every handed-in entry of a contest; returns how many."""
    contests.can_manage(actor, contest).enforce()
    with transaction() as s:
        wanted = select(Entry.id).where(Entry.contest_id == contest.id, Entry.state.in_(EntryState.handed_in()))
        ids = list(s.scalars(wanted.order_by(Entry.id)))
        for entry_id in ids:
            queue.enqueue(SKETCH_JOB, entry_id=entry_id)
        return len(ids)


def give_verdict(
    actor: Actor, contest: Contest, match_public_id: str, verdict: Verdict, *, reason: str
) -> MatchVerdict:
    """Record what an organizer of that contest says of a match; an earlier verdict stays on record as undone.

    Of a match with an entry of another contest each side says its own. Raises NotFound (also to who has a part in one
    of the two entries), NotAllowed, Invalid.
    """
    contests.can_manage(actor, contest).enforce()
    if not reason.strip():
        raise Invalid({"reason": N_("Say in a sentence what you saw.")})
    with transaction() as s:
        match = _lock_match(s, actor, contest, match_public_id)
        before = standing_verdict(match, contest)
        if before:
            before.undone_at = clock.now()
        given = MatchVerdict(
            match_id=match.id,
            contest_id=contest.id,
            verdict=verdict,
            reason=reason.strip(),
            decided_by_id=actor.id,
            decided_at=clock.now(),
        )
        s.add(given)
        chain = contest_chain(contest.public_id)
        audit.record(chain, actor, "match.judged", f"match:{match.public_id}", verdict=verdict.value)
        return given


def _lock_match(s: Session, actor: Actor, contest: Contest, public_id: str) -> Match:
    """Return a match, locked before its verdicts are read: a new comparing may take it away."""
    s.scalars(locked(select(Match).where(Match.public_id == public_id))).all()
    return queries.match_in(actor, contest, public_id)


def undo_verdict(actor: Actor, contest: Contest, match_public_id: str) -> None:
    """Take the contest's standing verdict back; it stays on record."""
    contests.can_manage(actor, contest).enforce()
    with transaction() as s:
        match = _lock_match(s, actor, contest, match_public_id)
        standing = standing_verdict(match, contest)
        if standing is None:
            raise WrongState(N_("There is no verdict to take back."))
        standing.undone_at = clock.now()
        audit.record(contest_chain(contest.public_id), actor, "match.verdict_undone", f"match:{match.public_id}")
