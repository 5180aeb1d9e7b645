"""Reads of entries; each list is scoped to who asks. Nothing here commits."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import cache

from sqlalchemy import BindParameter, Select, bindparam, func, select
from sqlalchemy.orm import joinedload, selectinload

from creative_platform.accounts.models import User
from creative_platform.contests.models import Contest, Track
from creative_platform.core import ids
from creative_platform.core.actor import Actor
from creative_platform.core.db import load, locked, session
from creative_platform.core.errors import NotFound
from creative_platform.entries.models import (
    Entry,
    EntryRevision,
    EntryState,
    Receipt,
    RevisionFile,
    ScreeningDecision,
    Team,
    TeamInvite,
    TeamMember,
)
from creative_platform.media.models import MediaAsset, MediaProxy
from creative_platform.media.queries import POSTER_NAMES, Picture, Pictured


def with_people(*, one: bool = False) -> Select[Entry]:
    """Return the query of entries with what lists and pages show of them; ``one`` is for a single entry."""
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
    query = with_people(one=True).where(*mine)
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


def entries_of(actor: Actor, contest: Contest | None = None) -> list[Entry]:
    """Return the entries of the actor's teams, the last saved first."""
    contest_whole = joinedload(Entry.contest).options(
        selectinload(Contest.rounds),
        selectinload(Contest.fields),
        selectinload(Contest.tracks).selectinload(Track.requirements),
    )
    query = with_people().options(contest_whole, selectinload(Entry.screenings))
    query = query.where(Entry.team_id.in_(_of_person(actor.id))).order_by(Entry.saved_at.desc(), Entry.id.desc())
    if contest is not None:
        query = query.where(Entry.contest_id == contest.id)
    return list(session().scalars(query))


def teams_of(actor: Actor, contest: Contest) -> list[Team]:
    """Return the actor's teams in a contest, oldest first."""
    query = select(Team).where(Team.contest_id == contest.id, Team.id.in_(_of_person(actor.id))).order_by(Team.id)
    return list(session().scalars(query.options(selectinload(Team.members).joinedload(TeamMember.user))))


def handed_in_names(contest: Contest) -> list[Entry]:
    """Return the entries that were handed in and take part, admitted or not, in alphabetical order."""
    wanted = Entry.contest_id == contest.id, Entry.state.in_(EntryState.handed_in())
    return list(session().scalars(select(Entry).where(*wanted).order_by(Entry.sort_key, Entry.id)))


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
        entry_id: [Credited(people[m["person"]], m["part"] or "") for m in team if m["person"] in people]
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
