"""What a juror may see of a match: of entries that they judge themselves, and nothing that names anybody.

It is an assistant's hint, worded as such: shared material, never an accusation. What people called unrelated is not
shown, nor what is less probable than `TOLD_JURORS_FROM`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from sqlalchemy import BindParameter, Select, bindparam, func, or_, select
from sqlalchemy.orm import joinedload, selectinload

from creative_platform.core.actor import Actor
from creative_platform.core.db import session
from creative_platform.core.text import masked
from creative_platform.entries.conflicts import entries_of_conflict, has_part
from creative_platform.entries.models import Entry, EntryRevision
from creative_platform.media import owners
from creative_platform.media import queries as media
from creative_platform.similarity.limits import TOLD_JURORS_FROM
from creative_platform.similarity.models import Match, MatchVerdict, Verdict
from creative_platform.similarity.passages import texts_of
from creative_platform.similarity.queries import words_of
from creative_platform.similarity.showing import Shown, Side, parts_with_words, shown
from creative_platform.similarity.sides import standing_verdict


@dataclass(frozen=True)
class JurorMatch:
    """What an entry that a juror judges shares with another one.

    ``names`` are the titles as they may be read; that of an entry the juror does not judge is empty. ``lay_out`` gives
    the evidence when somebody looks: it may quote whole books, and the workspace only counts.
    """

    probability: float
    scores: dict[str, float]
    names: tuple[str, str]
    lay_out: Callable[[], Shown]
    struck_out: set[str]

    @property
    def other_is_hidden(self) -> bool:
        """Say whether the other entry is not among those that the juror judges."""
        return "" in self.names


def shared_for_juror(actor: Actor, entry_id: int) -> list[JurorMatch]:
    """Return what an entry that the actor judges shares with others, the most probable first; else nothing."""
    if not owners.may(actor, "see", "entry", entry_id):
        return []
    part_in = entries_of_conflict(actor)
    query = select(Match).where(or_(Match.entry_a_id == entry_id, Match.entry_b_id == entry_id))
    query = query.where(Match.probability >= TOLD_JURORS_FROM)
    query = query.where(Match.entry_a_id.not_in(part_in), Match.entry_b_id.not_in(part_in))
    query = query.options(
        *(joinedload(entry).joinedload(Entry.contest) for entry in (Match.entry_a, Match.entry_b)),
        *(joinedload(each).selectinload(EntryRevision.files) for each in (Match.revision_a, Match.revision_b)),
        selectinload(Match.verdicts).joinedload(MatchVerdict.contest),
    )
    rows = session().scalars(query.order_by(Match.probability.desc(), Match.id)).unique()
    return [_seen(actor, match, entry_id) for match in rows if not _is_unrelated(match, entry_id)]


def count_for_juror(actor: Actor, entry_id: int) -> int:
    """Return how many `shared_for_juror` has for a juror who is shown the entry: asked at each look at it."""
    return session().scalar(_count(), {"person": actor.id, "entry": entry_id}) or 0


@cache
def _count() -> Select[int]:
    entry: BindParameter[int] = bindparam("entry")
    contest = select(Entry.contest_id).where(Entry.id == entry).scalar_subquery()
    standing = select(MatchVerdict.verdict).where(MatchVerdict.match_id == Match.id, MatchVerdict.undone_at.is_(None))
    standing = standing.where(MatchVerdict.contest_id == contest).order_by(MatchVerdict.id.desc()).limit(1)
    verdict = standing.correlate(Match).scalar_subquery()
    count = select(func.count()).select_from(Match).where(or_(Match.entry_a_id == entry, Match.entry_b_id == entry))
    count = count.where(~has_part(Match.entry_a_id), ~has_part(Match.entry_b_id))
    count = count.where(Match.probability >= TOLD_JURORS_FROM)
    return count.where(or_(verdict.is_(None), verdict != Verdict.UNRELATED))


def _is_unrelated(match: Match, entry_id: int) -> bool:
    own = match.entry_a if match.entry_a_id == entry_id else match.entry_b
    verdict = standing_verdict(match, own.contest)
    return verdict is not None and verdict.verdict is Verdict.UNRELATED


def _seen(actor: Actor, match: Match, entry_id: int) -> JurorMatch:
    own = match.entry_a if match.entry_a_id == entry_id else match.entry_b
    ends = ((match.entry_a, match.revision_a, "a"), (match.entry_b, match.revision_b, "b"))
    visible = [end for end in ends if _may_see(actor, own, end[0])]
    # Of a hidden entry no name is struck out: what is read in the workspace and not here would tell whose it is.
    struck_out = {word for entry, _, _ in visible for word in owners.struck_out(actor, "entry", entry.id)}
    names = {name: masked(revision.document["title"], struck_out) for _, revision, name in visible}

    def lay_out() -> Shown:
        sides = {name: _side(revision, match, name, struck_out) for _, revision, name in visible}
        return shown(sides.get("a", Side()), sides.get("b", Side()), match.evidence, match.discounted)

    return JurorMatch(match.probability, match.scores, (names.get("a", ""), names.get("b", "")), lay_out, struck_out)


def _may_see(actor: Actor, own: Entry, entry: Entry) -> bool:
    """Say whether a juror sees the other entry: one of the same contest that they judge too.

    Another contest's entry, public as it may be, would lead to its authors.
    """
    return entry is own or (entry.contest_id == own.contest_id and owners.may(actor, "see", "entry", entry.id))


def _side(revision: EntryRevision, match: Match, name: str, struck_out: set[str]) -> Side:
    assets = media.assets_by_id(file.asset_id for file in revision.files)
    files = {asset.public_id: asset for asset in assets.values()}
    quoted = parts_with_words(match.evidence, name)
    words = words_of([asset for public_id, asset in files.items() if public_id in quoted])
    return Side(files, texts_of(revision.document), words, struck_out)
