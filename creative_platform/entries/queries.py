"""Reads of entries; each list is scoped to who asks. Nothing here commits."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import BindParameter, ColumnElement, ScalarSelect, Select, and_, bindparam, func, or_, select, true
from sqlalchemy.orm import joinedload, selectinload

from creative_platform.accounts.models import User
from creative_platform.contests.models import Contest, Track
from creative_platform.core import clock, ids
from creative_platform.core.actor import Actor
from creative_platform.core.db import load, locked, session
from creative_platform.core.errors import NotFound
from creative_platform.core.text import search_text
from creative_platform.entries.conflicts import has_part
from creative_platform.entries.models import (
    Entry,
    EntryRevision,
    EntryState,
    Receipt,
    RevisionFile,
    ScreeningDecision,
    ScreeningOutcome,
    Team,
    TeamInvite,
    TeamMember,
)
from creative_platform.media.models import MediaAsset, MediaProxy
from creative_platform.media.queries import POSTER_NAMES, Picture, Pictured


def _with_people(*, one: bool = False) -> Select[Entry]:
    contest = joinedload(Entry.contest)
    return select(Entry).options(
        contest.joinedload(Contest.stages) if one else contest.selectinload(Contest.stages),
        joinedload(Entry.track).selectinload(Track.requirements),
        joinedload(Entry.team).selectinload(Team.members).joinedload(TeamMember.user),
        joinedload(Entry.community),
    )


def _of_person(user_id: int | BindParameter[int]) -> Select[int]:
    return select(TeamMember.team_id).where(TeamMember.user_id == user_id)


def entry_for_member(actor: Actor, public_id: str, *, lock: bool = False) -> Entry:
    """Return an entry of one of the actor's teams. Raises NotFound.

    With ``lock``, inside a verb, the entry's row is locked first, and all of it is read afresh after that.
    """
    mine = (Entry.public_id == public_id, Entry.team_id.in_(_of_person(actor.id)))
    query = _with_people(one=True).where(*mine)
    if lock:
        session().execute(locked(select(Entry.id).where(*mine)))
        query = query.execution_options(populate_existing=True)
    entry = session().scalars(query).unique().one_or_none()
    if entry is None:
        raise NotFound()
    return entry


def whole_entry_for_member(actor: Actor, public_id: str) -> Entry:
    """Return what ``entry_for_member`` does with all that its page shows of the contest. Raises NotFound."""
    entry = session().scalar(_own_entry(), {"public_id": public_id, "person": actor.id})
    if entry is None:
        raise NotFound()
    load(entry, "screenings")
    load(entry.contest, "stages", "fields", "tracks.requirements", "rounds")
    load(entry.team, "members.user")
    return entry


@cache
def _own_entry() -> Select[Entry]:
    mine = _of_person(bindparam("person"))
    query = select(Entry).where(Entry.public_id == bindparam("public_id"), Entry.team_id.in_(mine))
    whole = joinedload(Entry.contest), joinedload(Entry.track), joinedload(Entry.team), joinedload(Entry.community)
    return query.options(*whole)


def entry_in_contest(contest: Contest, public_id: str) -> Entry:
    """Return an entry of a contest, for its staff. Raises NotFound."""
    entry = session().scalar(_with_people().where(Entry.public_id == public_id, Entry.contest_id == contest.id))
    if entry is None:
        raise NotFound()
    return entry


def entries_of(actor: Actor, contest: Contest | None = None) -> list[Entry]:
    """Return the entries of the actor's teams, the last saved first."""
    contest_whole = joinedload(Entry.contest).options(
        selectinload(Contest.rounds),
        selectinload(Contest.fields),
        selectinload(Contest.tracks).selectinload(Track.requirements),
    )
    query = _with_people().options(contest_whole, selectinload(Entry.screenings))
    query = query.where(Entry.team_id.in_(_of_person(actor.id))).order_by(Entry.saved_at.desc(), Entry.id.desc())
    if contest is not None:
        query = query.where(Entry.contest_id == contest.id)
    return list(session().scalars(query))


def teams_of(actor: Actor, contest: Contest) -> list[Team]:
    """Return the actor's teams in a contest, oldest first."""
    query = select(Team).where(Team.contest_id == contest.id, Team.id.in_(_of_person(actor.id))).order_by(Team.id)
    return list(session().scalars(query.options(selectinload(Team.members).joinedload(TeamMember.user))))


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
        _with_people()
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
    return list(session().scalars(_with_people().where(*admitted(contest)).order_by(Entry.id)))


class Admitted(NamedTuple):
    """An admitted entry by name."""

    id: int
    title: str
    code: str


def admitted_names(contest: Contest) -> list[Admitted]:
    """Return what ``admitted_entries`` does by name only, in the same order."""
    query = select(Entry.id, Entry.title, Entry.code).where(*admitted(contest)).order_by(Entry.id)
    return [Admitted(*row) for row in session().execute(query)]


def handed_in_names(contest: Contest) -> list[Entry]:
    """Return the entries that were handed in and take part, admitted or not, in alphabetical order."""
    wanted = Entry.contest_id == contest.id, Entry.state.in_(EntryState.handed_in())
    return list(session().scalars(select(Entry).where(*wanted).order_by(Entry.sort_key, Entry.id)))


def admitted(contest: Contest) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions that an entry of a contest was handed in, takes part and was admitted last."""
    handed_in = Entry.contest_id == contest.id, Entry.state.in_(EntryState.handed_in())
    return *handed_in, newest_outcome() == ScreeningOutcome.ADMITTED


def screening_of(entry: Entry) -> ScreeningDecision | None:
    """Return the newest screening decision of an entry."""
    return entry.screenings[-1] if entry.screenings else None


def counts_in(contest: Contest) -> dict[str, int]:
    """Return how many entries a contest has, by state."""
    return counts_by_contest([contest])[contest.id]


def counts_by_contest(contests: Collection[Contest]) -> dict[int, dict[str, int]]:
    """Return by contest id how many entries each of these contests has, by state."""
    found = {contest.id: {state.value: 0 for state in EntryState} for contest in contests}
    query = select(Entry.contest_id, Entry.state, func.count()).where(Entry.contest_id.in_(found))
    for contest_id, state, count in session().execute(query.group_by(Entry.contest_id, Entry.state)):
        found[contest_id][state.value] = count
    return found


def drafts_missing_in(contest: Contest) -> list[Entry]:
    """Return the contest's drafts for counting what is missing; their words are not to be shown."""
    query = select(Entry).where(Entry.contest_id == contest.id, Entry.state == EntryState.DRAFT).order_by(Entry.id)
    return list(session().scalars(query.options(joinedload(Entry.community))))


def current_revision(entry: Entry) -> EntryRevision | None:
    """Return the revision that counts: the newest one that was submitted."""
    return session().scalar(_current_revision(), {"entry": entry.id})


@cache
def _current_revision() -> Select[EntryRevision]:
    query = select(EntryRevision).where(EntryRevision.entry_id == bindparam("entry"))
    return query.order_by(EntryRevision.number.desc()).limit(1)


def files_of(revision: EntryRevision) -> list[MediaAsset]:
    """Return the files of a revision with their derived copies, removed ones included: a revision keeps them."""
    return list(session().scalars(_files_of(), {"revision": revision.id}).unique())


@cache
def _files_of() -> Select[MediaAsset]:
    query = select(MediaAsset).join(RevisionFile, RevisionFile.asset_id == MediaAsset.id)
    query = query.where(RevisionFile.revision_id == bindparam("revision"))
    return query.order_by(RevisionFile.id).options(joinedload(MediaAsset.proxies))


def current_revisions(entry_ids: Iterable[int]) -> dict[int, EntryRevision]:
    """Return the newest revision of each of these entries, by entry id, in one query."""
    query = select(EntryRevision).where(EntryRevision.id.in_(_newest_revisions(entry_ids)))
    rows = session().scalars(query.options(joinedload(EntryRevision.files))).unique()
    return {revision.entry_id: revision for revision in rows}


def _newest_revisions(entry_ids: Iterable[int]) -> Select[int]:
    wanted = EntryRevision.entry_id.in_(list(entry_ids))
    return select(func.max(EntryRevision.id)).where(wanted).group_by(EntryRevision.entry_id)


def receipt_of(revision: EntryRevision) -> Receipt | None:
    """Return the receipt of a revision."""
    return session().scalar(select(Receipt).where(Receipt.revision_id == revision.id))


def receipts_of(entry: Entry) -> list[Receipt]:
    """Return the receipts of an entry, the newest first."""
    query = select(Receipt).join(EntryRevision).where(EntryRevision.entry_id == entry.id)
    return list(session().scalars(query.options(joinedload(Receipt.revision)).order_by(EntryRevision.number.desc())))


def receipt_by_code(code: str) -> Receipt | None:
    """Return the receipt with that code, as people type it."""
    query = select(Receipt).where(Receipt.code == ids.typed_code(code))
    return session().scalar(query.options(joinedload(Receipt.revision).joinedload(EntryRevision.entry)))


def invite_by_secret(secret: str) -> TeamInvite | None:
    """Return the team invite whose link holds this secret."""
    return session().scalar(select(TeamInvite).where(TeamInvite.digest == ids.digest(secret)))


def open_invites(team: Team) -> list[TeamInvite]:
    """Return a team's invites that were neither used nor revoked."""
    return list(session().scalars(_open_invites(), {"team": team.id}))


@cache
def _open_invites() -> Select[TeamInvite]:
    unused = (TeamInvite.used_at.is_(None)) & (TeamInvite.revoked_at.is_(None))
    return select(TeamInvite).where(TeamInvite.team_id == bindparam("team"), unused).order_by(TeamInvite.id)


def standing_entries_of_person(contest_id: int, user_id: int) -> int:
    """Return how many entries of a contest a person has a part in, withdrawn ones left out."""
    query = select(func.count(Entry.id)).where(
        Entry.contest_id == contest_id, Entry.state != EntryState.WITHDRAWN, Entry.team_id.in_(_of_person(user_id))
    )
    return session().scalar(query) or 0


def started_entries_of_person(contest_id: int, user_id: int) -> int:
    """Return how many entries of a contest a person ever had a part in, withdrawn ones included."""
    query = select(func.count(Entry.id)).where(Entry.contest_id == contest_id, Entry.team_id.in_(_of_person(user_id)))
    return session().scalar(query) or 0


def standing_entries_of_team(team_id: int) -> int:
    """Return how many entries a team has, withdrawn ones left out."""
    query = select(func.count(Entry.id)).where(Entry.team_id == team_id, Entry.state != EntryState.WITHDRAWN)
    return session().scalar(query) or 0


def people_of_entries(entry_ids: Iterable[int]) -> dict[int, set[int]]:
    """Return the user ids behind each entry, for finding conflicts."""
    query = (
        select(Entry.id, TeamMember.user_id)
        .join(Team, Entry.team_id == Team.id)
        .join(TeamMember, TeamMember.team_id == Team.id)
        .where(Entry.id.in_(list(entry_ids)))
    )
    found: dict[int, set[int]] = {}
    for entry_id, user_id in session().execute(query):
        found.setdefault(entry_id, set()).add(user_id)
    return found


def names_behind(entry_ids: Iterable[int]) -> dict[int, set[str]]:
    """Return the names and addresses of the people of each entry and the name of their team, by entry id."""
    found: dict[int, set[str]] = {}
    for entry_id, *names in session().execute(_names_behind(), {"entries": list(entry_ids)}):
        found.setdefault(entry_id, set()).update(names)
    return found


@cache
def _names_behind() -> Select[int, str, str, str]:
    query = select(Entry.id, Team.name, User.name, User.email).join(Entry.team).join(Team.members)
    return query.join(TeamMember.user).where(Entry.id.in_(bindparam("entries", expanding=True)))


@dataclass(frozen=True)
class Credited:
    """A person with their part in what was handed in."""

    user: User
    part: str


def credits_handed_in(entry_ids: Iterable[int]) -> dict[int, list[Credited]]:
    """Return who stands in each entry's newest submitted revision; who joined the team later does not."""
    query = select(EntryRevision.entry_id, EntryRevision.document)
    query = query.where(EntryRevision.id.in_(_newest_revisions(entry_ids)))
    return _credited({entry_id: document["team"] for entry_id, document in session().execute(query)})


def credits_in(revision: EntryRevision) -> list[Credited]:
    """Return who stands in a revision."""
    return _credited({revision.entry_id: revision.document["team"]})[revision.entry_id]


def _credited(teams: dict[int, list[dict[str, str]]]) -> dict[int, list[Credited]]:
    wanted = {member["person"] for team in teams.values() for member in team}
    people = {person.public_id: person for person in session().scalars(select(User).where(User.public_id.in_(wanted)))}
    return {
        entry_id: [Credited(people[m["person"]], m["part"]) for m in team if m["person"] in people]
        for entry_id, team in teams.items()
    }


def pictures_handed_in(entry_ids: Iterable[int]) -> dict[int, list[Pictured]]:
    """Return the pictures of the files of each entry's newest submitted revision, by entry id; a draft's are left out.

    Lists ask for many of them, so that one statement without objects gives them.
    """
    query = (
        select(EntryRevision.entry_id, RevisionFile.id, MediaProxy.name, MediaProxy.storage_key)
        .add_columns(MediaProxy.content_type, MediaProxy.width, MediaProxy.height)
        .join(RevisionFile, RevisionFile.revision_id == EntryRevision.id)
        .join(MediaProxy, MediaProxy.asset_id == RevisionFile.asset_id)
        .where(EntryRevision.id.in_(_newest_revisions(entry_ids)), MediaProxy.name.in_(POSTER_NAMES))
        .order_by(RevisionFile.id, MediaProxy.id)
    )
    files: dict[int, dict[int, Pictured]] = {}
    for entry_id, file_id, *picture in session().execute(query):
        files.setdefault(entry_id, {}).setdefault(file_id, Pictured()).proxies.append(Picture(*picture))
    return {entry_id: list(found.values()) for entry_id, found in files.items()}
