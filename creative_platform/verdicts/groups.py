"""Groups of entries that share material, to be judged at once: reads of their matches and of what was said of them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, select

from creative_platform.contests.models import Contest
from creative_platform.core.actor import Actor
from creative_platform.core.db import session
from creative_platform.entries.conflicts import entries_of_conflict, entries_with_part
from creative_platform.entries.models import Entry
from creative_platform.similarity import queries
from creative_platform.similarity.models import Match, MatchVerdict, Overview, Verdict


@dataclass(frozen=True)
class Act:
    """A verdict that was given to several matches at once, and of how many of them it still stands."""

    given_with: str
    verdict: Verdict
    reason: str
    decided_at: datetime
    standing: int


@dataclass(frozen=True)
class Group:
    """The matches among some entries; ``undecided`` are ids and public ids, the most probable first.

    ``said`` is a digest of all the matches and of what was said of each: it tells whether anything changed since.
    """

    entries: Sequence[Entry]
    matches: int
    undecided: list[tuple[int, str]]
    said: str
    acts: list[Act]


def groups_in(actor: Actor, contest: Contest) -> list[list[Entry]]:
    """Return the groups of a contest's entries that share material with each other.

    An entry in which the actor has a part stands in none of them, nor do others together that it alone connects.
    """
    overview = session().get(Overview, contest.id)
    stored = overview.groups if overview else []
    ids = {entry_id for group in stored for entry_id in group}
    query = select(Entry).where(Entry.id.in_(ids), Entry.id.not_in(entries_of_conflict(actor)))
    found = {entry.id: entry for entry in session().scalars(query)} if ids else {}
    left = queries.groups_without(stored, ids - found.keys())
    return [[found[entry_id] for entry_id in group] for group in left]


def place_of(groups: Sequence[Sequence[Entry]], entry_public_id: str) -> int:
    """Return the number, from 1, of the group in which an entry stands; 0 when it stands in none."""
    for number, entries in enumerate(groups, 1):
        if any(entry.public_id == entry_public_id for entry in entries):
            return number
    return 0


def group_of(actor: Actor, contest: Contest, entries: Sequence[Entry]) -> Group:
    """Return what is known of the matches among entries of a contest; no evidence is read."""
    among = queries.between(queries.matches_concerning(actor, contest), [entry.id for entry in entries])
    own = (MatchVerdict.match_id == Match.id) & (MatchVerdict.contest_id == contest.id)
    counts = func.count(MatchVerdict.id), func.count(MatchVerdict.undone_at)
    query = among.outerjoin(MatchVerdict, own).with_only_columns(Match.id, Match.public_id, *counts)
    query = query.group_by(Match.id).order_by(Match.probability.desc(), Match.id)
    rows = session().execute(query).all()
    said = json.dumps(sorted([match_id, given + undone] for match_id, _, given, undone in rows))
    return Group(
        entries=entries,
        matches=len(rows),
        undecided=[(match_id, public_id) for match_id, public_id, given, undone in rows if given == undone],
        said=hashlib.sha256(said.encode()).hexdigest(),
        acts=_acts(actor, contest, MatchVerdict.match_id.in_(among.with_only_columns(Match.id))),
    )


def act_of(actor: Actor, contest: Contest, verdict: MatchVerdict | None) -> Act | None:
    """Return the act with which a verdict was given; None of one given alone, or to who has a part in the contest."""
    if verdict is None or verdict.given_with is None:
        return None
    return next(iter(_acts(actor, contest, MatchVerdict.given_with == verdict.given_with)), None)


def _acts(actor: Actor, contest: Contest, wanted: ColumnElement[bool]) -> list[Act]:
    """Return acts; none to who has a part in an entry: that one stands for more matches than they see would tell."""
    if entries_with_part(actor, contest):
        return []
    of_acts = (MatchVerdict.contest_id == contest.id) & MatchVerdict.given_with.is_not(None)
    named = select(MatchVerdict.given_with).where(of_acts, wanted)
    each = MatchVerdict.given_with, MatchVerdict.verdict, MatchVerdict.reason, MatchVerdict.decided_at
    query = select(*each, func.count()).where(of_acts, MatchVerdict.undone_at.is_(None))
    query = query.where(MatchVerdict.given_with.in_(named)).group_by(*each).order_by(func.min(MatchVerdict.id))
    rows = session().execute(query)
    return [Act(str(act), verdict, reason, at, standing) for act, verdict, reason, at, standing in rows]
