"""What becomes of teams and entries when one of their people is erased. Inside that verb."""

from __future__ import annotations

from sqlalchemy import Text, cast, delete, select, update
from sqlalchemy.orm import Session

from creative_platform.accounts.models import User
from creative_platform.core import audit, clock
from creative_platform.core.actor import Actor
from creative_platform.core.audit import contest_chain
from creative_platform.core.db import locked, transaction
from creative_platform.core.text import ERASED, LocalizedText
from creative_platform.entries.models import (
    Entry,
    EntryRevision,
    EntryState,
    RevisionFile,
    ScreeningDecision,
    Team,
    TeamInvite,
    TeamMember,
    TeamRole,
)
from creative_platform.entries.revisions import emptied
from creative_platform.entries.service.drafts import lock_contest


def erase_parts_of(actor: Actor | None, person: User) -> tuple[list[Entry], int]:
    """Take a person out of every team; returns the entries that nobody is left of, erased, and how many teams stay.

    Where others are left the work is theirs: the first of them becomes captain if the person was, and what the person
    wrote of their part goes. Files are the caller's to erase.
    """
    erased: list[Entry] = []
    left = 0
    with transaction() as s:
        mine = select(Team).join(TeamMember).where(TeamMember.user_id == person.id).order_by(Team.contest_id, Team.id)
        for team in s.scalars(mine).all():
            lock_contest(s, team.contest_id)
            entries = s.scalars(locked(select(Entry).where(Entry.team_id == team.id).order_by(Entry.id))).all()
            others = _leave(s, team, person)
            chain = contest_chain(team.contest.public_id)
            audit.record(chain, actor, "team.left", f"team:{team.public_id}", person=person.public_id)
            if others:
                left += 1
                continue
            _empty_team(s, team)
            for entry in entries:
                _empty(s, entry)
                audit.record(chain, actor, "entry.erased", f"entry:{entry.public_id}")
            erased += entries
        s.execute(update(TeamInvite).where(TeamInvite.used_by_id == person.id).values(used_by_id=None))
        _strike_out_parts(s, person)
    return erased, left


def _leave(s: Session, team: Team, person: User) -> list[TeamMember]:
    """Take somebody out of a team and return who is left; a team is called after its captain."""
    place = next(member for member in team.members if member.user_id == person.id)
    others = [member for member in team.members if member is not place]
    if others and place.role is TeamRole.CAPTAIN:
        others[0].role, team.name = TeamRole.CAPTAIN, others[0].user.name
    s.execute(delete(TeamMember).where(TeamMember.id == place.id))
    s.flush()
    s.expire(team, ["members"])
    return others


def _empty_team(s: Session, team: Team) -> None:
    team.name = ERASED
    s.execute(delete(TeamInvite).where(TeamInvite.team_id == team.id))


def _empty(s: Session, entry: Entry) -> None:
    """Take the words out of an entry and of all its versions, and the entry out of the contest.

    Receipts and digests stay: they name nobody, and without the salts they tell nothing.
    """
    if entry.state is not EntryState.DISQUALIFIED:
        entry.state, entry.withdrawn_at = EntryState.WITHDRAWN, entry.withdrawn_at or clock.now()
    entry.title, entry.summary, entry.search_text, entry.sort_key = ERASED, "", "", ""
    entry.answers, entry.edits, entry.disqualified_reason, entry.community_id = {}, {}, LocalizedText(), None
    entry.version += 1
    for revision in s.scalars(locked(select(EntryRevision).where(EntryRevision.entry_id == entry.id))):
        revision.document, revision.salt = emptied(revision.document), ""
        s.execute(delete(RevisionFile).where(RevisionFile.revision_id == revision.id))
    s.execute(update(ScreeningDecision).where(ScreeningDecision.entry_id == entry.id).values(reason=""))


def _strike_out_parts(s: Session, person: User) -> None:
    """Take what a person wrote of their part out of the versions of other people's entries."""
    naming = cast(EntryRevision.document, Text).contains(person.public_id)
    for revision in s.scalars(locked(select(EntryRevision).where(naming))):
        team = [
            {**member, "part": None} if member["person"] == person.public_id else member
            for member in revision.document["team"]
        ]
        revision.document = {**revision.document, "team": team}
