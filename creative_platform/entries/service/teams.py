"""Teams: invitations by link, joining, leaving. Each verb is one transaction."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from creative_platform.accounts.queries import hold
from creative_platform.contests.models import Contest
from creative_platform.core import audit, clock, ids
from creative_platform.core.actor import Actor
from creative_platform.core.audit import contest_chain
from creative_platform.core.db import locked, transaction
from creative_platform.core.errors import Conflict, LimitReached, NotAllowed, NotFound
from creative_platform.core.queue import Claim
from creative_platform.core.text import N_
from creative_platform.entries import policy, queries
from creative_platform.entries.models import Entry, Team, TeamInvite, TeamMember, TeamRole
from creative_platform.entries.service.drafts import (
    refuse_ineligible,
    refuse_outside_stage,
    refuse_over_limits,
)

INVITE_DAYS = 14
INVITES_KEPT = timedelta(days=30)  # after their date
MOST_OPEN_INVITES = 20


def invite_member(actor: Actor, entry_public_id: str) -> str:
    """Make a link by which one person joins the entry's team; returns its secret, shown once."""
    with transaction() as s:
        entry = queries.entry_for_member(actor, entry_public_id, lock=True)
        policy.can_invite_member(actor, entry, clock.arrival()).enforce()
        if len(queries.open_invites(entry.team)) >= MOST_OPEN_INVITES:
            raise LimitReached(N_("There are too many open links; take some back first."), limit=MOST_OPEN_INVITES)
        secret = ids.token()
        now = clock.now()
        s.add(
            TeamInvite(
                digest=ids.digest(secret),
                team_id=entry.team_id,
                created_at=now,
                expires_at=now + timedelta(days=INVITE_DAYS),
            )
        )
        audit.record(contest_chain(entry.contest.public_id), actor, "team.invited", f"team:{entry.team.public_id}")
        return secret


def usable_invite(secret: str) -> TeamInvite:
    """Return the invite of a link that can still be used. Raises NotFound."""
    invite = queries.invite_by_secret(secret)
    if invite is None or invite.used_at or invite.revoked_at or invite.expires_at <= clock.now():
        raise NotFound(N_("This link was used, taken back or has expired. Ask for a new one."))
    return invite


def accept_invite(actor: Actor, secret: str, *, part: str = "") -> Team:
    """Join the team of a link; joining confirms the credit. Raises NotFound, LimitReached, Conflict."""
    with transaction() as s:
        hold(actor.id)
        found = usable_invite(secret)
        contest = s.scalars(locked(select(Contest).where(Contest.id == found.team.contest_id))).one()
        team = s.scalars(locked(select(Team).where(Team.id == found.team_id))).one()
        invite = s.scalars(locked(select(TeamInvite).where(TeamInvite.id == found.id))).one()
        if invite.used_at or invite.revoked_at:
            raise NotFound(N_("This link was used, taken back or has expired. Ask for a new one."))
        if any(member.user_id == actor.id for member in team.members):
            raise Conflict(N_("You are in this team already."))
        _refuse_ineligible(s, actor, contest, team)
        if len(team.members) >= contest.max_team_size:
            raise LimitReached(N_("The team is full: %(limit)d people."), limit=contest.max_team_size)
        refuse_over_limits(contest, actor.id, None, more=queries.standing_entries_of_team(team.id))
        now = clock.now()
        invite.used_at, invite.used_by_id = now, actor.id
        s.add(TeamMember(team_id=team.id, user_id=actor.id, part=part.strip()[:120], joined_at=now))
        audit.record(contest_chain(contest.public_id), actor, "team.joined", f"team:{team.public_id}")
        return team


def _refuse_ineligible(s: Session, actor: Actor, contest: Contest, team: Team) -> None:
    """Who joins must be in time and meet the rules that who starts an entry meets."""
    now = clock.arrival()
    of_team = list(s.scalars(select(Entry).where(Entry.team_id == team.id)))
    if not any(policy.is_open(entry, now) for entry in of_team):
        refuse_outside_stage(contest, now)
    refuse_ineligible(actor, contest)


def revoke_invite(actor: Actor, entry_public_id: str, invite_public_id: str) -> None:
    """Take an open link back."""
    with transaction() as s:
        entry = queries.entry_for_member(actor, entry_public_id, lock=True)
        if not policy.is_captain(actor, entry):
            raise NotAllowed(N_("Only the team's captain takes links back."))
        wanted = (TeamInvite.public_id == invite_public_id) & (TeamInvite.team_id == entry.team_id)
        invite = s.scalar(locked(select(TeamInvite).where(wanted)))
        if invite is None:
            raise NotFound()
        invite.revoked_at = clock.now()


def remove_member(actor: Actor, entry_public_id: str, user_public_id: str) -> None:
    """Take a person out of the team: the captain anybody else, everybody themselves; the captain stays."""
    with transaction() as s:
        entry = queries.entry_for_member(actor, entry_public_id, lock=True)
        policy.can_edit_entry(actor, entry, clock.arrival()).enforce()
        member = next((m for m in entry.team.members if m.user.public_id == user_public_id), None)
        if member is None:
            raise NotFound()
        if member.role is TeamRole.CAPTAIN:
            raise Conflict(N_("The captain stays with the team. Withdraw the entry instead."))
        if member.user_id != actor.id and not policy.is_captain(actor, entry):
            raise NotAllowed(N_("Only the team's captain takes others out of the team."))
        s.execute(delete(TeamMember).where(TeamMember.id == member.id))
        s.expire(entry.team)
        audit.record(
            contest_chain(entry.contest.public_id),
            actor,
            "team.left",
            f"team:{entry.team.public_id}",
            person=user_public_id,
        )


def name_part(actor: Actor, entry_public_id: str, part: str) -> Entry:
    """Say what the actor did in the work; it stands beside their name."""
    with transaction():
        entry = queries.entry_for_member(actor, entry_public_id, lock=True)
        policy.can_edit_entry(actor, entry, clock.arrival()).enforce()
        member = policy.member_of(actor, entry)
        if member is None:
            raise NotFound()
        member.part = part.strip()[:120]
        return entry


def sweep_old_rows(claim: Claim) -> None:
    """Forget invitations whose date passed a month ago."""
    with transaction() as s:
        s.execute(delete(TeamInvite).where(TeamInvite.expires_at < clock.now() - INVITES_KEPT))
        claim.finish()
