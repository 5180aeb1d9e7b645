"""Reads of a contest's entries for those who organize and judge it. Nothing here commits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, ScalarSelect, Select, and_, func, or_, select, true
from sqlalchemy.orm import joinedload, selectinload

from creative_platform.contests.models import Contest, Track
from creative_platform.core import clock, ids
from creative_platform.core.actor import Actor
from creative_platform.core.db import session
from creative_platform.core.errors import NotFound
from creative_platform.core.text import search_text
from creative_platform.entries.conflicts import has_part
from creative_platform.entries.models import (
    Entry,
    EntryRevision,
    EntryState,
    Receipt,
    ScreeningDecision,
    ScreeningOutcome,
    Team,
)
from creative_platform.entries.queries import with_people


def entry_in_contest(contest: Contest, public_id: str) -> Entry:
    """Return an entry of a contest, for its staff. Raises NotFound."""
    entry = session().scalar(with_people().where(Entry.public_id == public_id, Entry.contest_id == contest.id))
    if entry is None:
        raise NotFound()
    return entry


@dataclass(frozen=True)
class EntryFilter:
    """What a list of a contest's entries is narrowed to; empty means all."""

    words: str = ""
    track: str = ""
    state: str = ""
    screening: str = ""


def entries_in(
    contest: Contest, wanted: EntryFilter, *, page: int, per_page: int, drafts: bool
) -> tuple[list[Entry], int]:
    """Return one page of a contest's entries in alphabetical order, and how many there are; for its staff.

    Drafts are among them only when the contest's rules let organizers read them.
    """
    query = _narrowed(contest, wanted, drafts=drafts)
    total = session().scalar(query.with_only_columns(func.count())) or 0
    on_page = query.order_by(Entry.sort_key, Entry.id).limit(per_page).offset((page - 1) * per_page)
    rows = session().scalars(
        with_people()
        .options(selectinload(Entry.screenings))
        .where(Entry.id.in_(on_page.scalar_subquery()))
        .order_by(Entry.sort_key, Entry.id)
    )
    return list(rows), total


class Line(NamedTuple):
    """An entry as the organizers' list shows it.

    ``outcome`` is of the newest screening, ``again`` says that it was handed in again since, ``revision`` is the number
    of its newest version, None of a draft; ``own`` says that who asks has a part in it.
    """

    id: int
    public_id: str
    code: str
    title: str
    language: str
    state: EntryState
    track_id: int
    team: str
    outcome: ScreeningOutcome | None
    again: bool
    revision: int | None
    own: bool


def lines_in(
    actor: Actor, contest: Contest, wanted: EntryFilter, *, page: int, per_page: int, drafts: bool
) -> tuple[list[Line], int]:
    """Return what ``entries_in`` does, but only what a list shows of each entry."""
    query = _narrowed(contest, wanted, drafts=drafts)
    on_page = query.with_only_columns(Entry.id, func.count().over().label("total"))
    on_page = on_page.order_by(Entry.sort_key, Entry.id).limit(per_page).offset((page - 1) * per_page)
    found = on_page.subquery()
    shown = (Entry.id, Entry.public_id, Entry.code, Entry.title, Entry.language, Entry.state, Entry.track_id)
    screened = (newest_outcome(), func.coalesce(_handed_in_again(), False), _newest_number())
    lines = select(found.c.total, *shown, Team.name, *screened, has_part(Entry.id))
    lines = lines.join(found, found.c.id == Entry.id).join(Entry.team).order_by(Entry.sort_key, Entry.id)
    rows = session().execute(lines, {"person": actor.id}).all()
    total = rows[0][0] if rows else session().scalar(query.with_only_columns(func.count())) or 0
    return [Line._make(row[1:]) for row in rows], total


def _narrowed(contest: Contest, wanted: EntryFilter, *, drafts: bool) -> Select[int]:
    query = select(Entry.id).where(Entry.contest_id == contest.id)
    if not drafts:
        query = query.where(Entry.submitted_at.is_not(None))  # a draft that was withdrawn was never shown either
    if wanted.words:
        query = query.where(_found_by(wanted.words))
    if wanted.track:
        query = query.join(Track).where(Track.key == wanted.track)
    if wanted.state in set(EntryState):
        query = query.where(Entry.state == wanted.state)
    if wanted.screening in {"undecided", *ScreeningOutcome}:
        query = _screened_as(query, wanted.screening)
    return query


def _found_by(words: str) -> ColumnElement[bool]:
    """Say that an entry holds all the words, or has that code or public id, or a receipt of that code."""
    code = ids.typed_code(words)
    receipts = select(EntryRevision.entry_id).join(Receipt, Receipt.revision_id == EntryRevision.id)
    named = (Entry.code == code, Entry.public_id == words.strip(), Entry.id.in_(receipts.where(Receipt.code == code)))
    said = [Entry.search_text.contains(word, autoescape=True) for word in search_text(words).split()[:8]]
    return or_(and_(true(), *said), *named)


def _newest_number() -> ScalarSelect[int]:
    newest = select(func.max(EntryRevision.number)).where(EntryRevision.entry_id == Entry.id)
    return newest.correlate(Entry).scalar_subquery()


def _of_newest_screening(column: Any) -> ScalarSelect[Any]:
    newest = select(column).where(ScreeningDecision.entry_id == Entry.id).order_by(ScreeningDecision.id.desc())
    return newest.limit(1).correlate(Entry).scalar_subquery()


def newest_outcome() -> ScalarSelect[ScreeningOutcome]:
    """Return the expression of how an entry was last screened; NULL while nobody did."""
    return _of_newest_screening(ScreeningDecision.outcome)


def _handed_in_again() -> ColumnElement[bool]:
    """Say that an entry was handed in again since it was last screened; NULL while nobody did."""
    return _newest_number() > _of_newest_screening(ScreeningDecision.revision_number)


def _screened_as(query: Select[int], outcome: str) -> Select[int]:
    return query.where(_waits_for_screening() if outcome == "undecided" else newest_outcome() == outcome)


def _waits_for_screening() -> ColumnElement[bool]:
    """Say whose turn it is the organizers': no decision on the newest version, or the team's time to mend is over."""
    over = or_(Entry.reopened_until.is_(None), Entry.reopened_until <= clock.now())
    never_mended = (newest_outcome() == ScreeningOutcome.NEEDS_INFORMATION) & over
    undecided = or_(newest_outcome().is_(None), _handed_in_again(), never_mended)
    return Entry.state.in_(EntryState.handed_in()) & undecided


def waiting_for_screening(contest: Contest) -> tuple[int, int]:
    """Return how many entries wait for a decision of the organizers, and how many of these they decided on before.

    The latter were handed in again since.
    """
    counted = func.count(Entry.id), func.count(Entry.id).filter(_handed_in_again())
    query = select(*counted).where(Entry.contest_id == contest.id, _waits_for_screening())
    waiting, again = session().execute(query).one()
    return waiting, again


def admitted_entries(contest: Contest) -> list[Entry]:
    """Return the handed-in entries whose newest screening decision admits them, in the order of their ids."""
    return list(session().scalars(with_people().where(*admitted(contest)).order_by(Entry.id)))


class Admitted(NamedTuple):
    """An admitted entry by name."""

    id: int
    title: str
    code: str


def admitted_names(contest: Contest) -> list[Admitted]:
    """Return what ``admitted_entries`` does by name only, in the same order."""
    query = select(Entry.id, Entry.title, Entry.code).where(*admitted(contest)).order_by(Entry.id)
    return [Admitted(*row) for row in session().execute(query)]


def admitted(contest: Contest) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions that an entry of a contest was handed in, takes part and was admitted last."""
    handed_in = Entry.contest_id == contest.id, Entry.state.in_(EntryState.handed_in())
    return *handed_in, newest_outcome() == ScreeningOutcome.ADMITTED


def drafts_missing_in(contest: Contest) -> list[Entry]:
    """Return the contest's drafts for counting what is missing; their words are not to be shown."""
    query = select(Entry).where(Entry.contest_id == contest.id, Entry.state == EntryState.DRAFT).order_by(Entry.id)
    return list(session().scalars(query.options(joinedload(Entry.community))))
