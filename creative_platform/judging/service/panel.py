"""The panel: invitations by link, seats. Each verb is one transaction."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from creative_platform.accounts import queries as accounts
from creative_platform.accounts.models import User
from creative_platform.accounts.text import normal_email
from creative_platform.contests import policy as contests
from creative_platform.contests import queries as contests_queries
from creative_platform.contests.models import Contest, Round, StageKind
from creative_platform.core import audit, clock, ids, links
from creative_platform.core.actor import Actor
from creative_platform.core.audit import contest_chain
from creative_platform.core.db import locked, transaction
from creative_platform.core.errors import Conflict, Invalid, NotFound, WrongState
from creative_platform.core.queue import Claim
from creative_platform.core.text import N_
from creative_platform.entries.service import OWNER_TYPE
from creative_platform.judging import policy, queries
from creative_platform.judging.models import Assignment, AssignmentState, ConflictOfInterest, Juror, JurorInvite
from creative_platform.media.service import end_addresses
from creative_platform.notices import service as notices

INVITE_DAYS = 21
INVITES_KEPT = timedelta(days=30)  # after their date
REMIND_AGAIN = timedelta(days=1)


def invite_juror(
    actor: Actor, contest: Contest, email: str, *, is_chair: bool = False, expert_tracks: list[str] | None = None
) -> str:
    """Mail somebody a link to a seat on the panel; it works once and for that address alone. Returns its secret."""
    contests.can_manage(actor, contest).enforce()
    policy.can_change_panel(contest).enforce()
    address = normal_email(email)
    if "@" not in address or len(address) > 254:
        raise Invalid({"email": N_("Give an e-mail address.")})
    known = {track.key for track in contest.tracks}
    if not set(expert_tracks or []) <= known:
        raise Invalid({"expert_tracks": N_("Choose one of the tracks.")})
    with transaction() as s:
        if any(juror.user.email == address for juror in queries.jurors_of(contest)):
            raise Conflict(N_("This person has a seat on the panel already."))
        now = clock.now()
        for old in queries.open_invites(contest):
            if old.email == address:
                old.revoked_at = now
        secret = ids.token()
        invite = JurorInvite(
            digest=ids.digest(secret),
            contest_id=contest.id,
            email=address,
            is_chair=is_chair,
            expert_tracks=sorted(expert_tracks or []),
            created_at=now,
            expires_at=now + timedelta(days=INVITE_DAYS),
        )
        s.add(invite)
        s.flush()
        audit.record(contest_chain(contest.public_id), actor, "juror.invited", f"juror_invite:{invite.public_id}")
        person = accounts.user_by_email(address)
        notices.enqueue(
            "judging.invited",
            to=person,
            email=address,
            locale=person.locale if person else actor.locale,
            contest=dict(contest.title),
            link=links.url(f"/jury/invites/{secret}"),
            days=INVITE_DAYS,
        )
        return secret


def usable_invite(secret: str) -> JurorInvite:
    """Return the invitation of a link that can still be used. Raises NotFound."""
    invite = queries.invite_by_secret(secret)
    if invite is None or invite.used_at or invite.revoked_at or invite.expires_at <= clock.now():
        raise NotFound(N_("This invitation was used, taken back or has expired. Ask the organizers for a new one."))
    return invite


def accept_invite(actor: Actor, secret: str, *, languages: list[str] | None = None) -> Juror:
    """Take the seat of an invitation. Raises NotFound when it is not for the actor's address."""
    with transaction() as s:
        person = accounts.hold(actor.id)
        found = usable_invite(secret)
        invite = s.scalars(locked(select(JurorInvite).where(JurorInvite.id == found.id))).one()
        mine = person.email == invite.email and actor.email_verified
        if invite.used_at or invite.revoked_at or not mine:
            raise NotFound(N_("This invitation is for another address. Sign in with the address it was sent to."))
        policy.can_change_panel(invite.contest).enforce()
        policy.can_judge(invite.contest, oversees=bool(contests.can_oversee(actor, invite.contest))).enforce()
        now = clock.now()
        invite.used_at = now
        seat = s.scalar(select(Juror).where(Juror.contest_id == invite.contest_id, Juror.user_id == actor.id))
        if seat is None:
            seat = Juror(contest_id=invite.contest_id, user_id=actor.id, joined_at=now)
            s.add(seat)
        seat.removed_at, seat.is_chair, seat.expert_tracks = None, invite.is_chair, list(invite.expert_tracks)
        seat.languages = sorted(languages or [])
        s.flush()
        chain = contest_chain(invite.contest.public_id)
        audit.record(chain, actor, "juror.joined", f"juror:{seat.public_id}", chair=seat.is_chair)
        return seat


def revoke_invite(actor: Actor, contest: Contest, public_id: str) -> None:
    """Take an invitation back."""
    contests.can_manage(actor, contest).enforce()
    with transaction() as s:
        wanted = (JurorInvite.public_id == public_id) & (JurorInvite.contest_id == contest.id)
        invite = s.scalar(locked(select(JurorInvite).where(wanted)))
        if invite is None:
            raise NotFound()
        invite.revoked_at = clock.now()


def remove_juror(actor: Actor, contest: Contest, public_id: str) -> None:
    """Take somebody off the panel: unfinished assignments end, submitted sheets stay on record and count."""
    contests.can_manage(actor, contest).enforce()
    policy.can_change_panel(contest).enforce()
    with transaction() as s:
        # A drawing that is being computed must not give them work once they are gone.
        s.scalars(locked(select(Round).where(Round.contest_id == contest.id))).all()
        seat = s.scalar(locked(select(Juror).where(Juror.public_id == public_id, Juror.contest_id == contest.id)))
        if seat is None or seat.removed_at:
            raise NotFound()
        _take_off(s, actor, seat)


def _take_off(s: Session, actor: Actor | None, seat: Juror) -> None:
    now = clock.now()
    seat.removed_at, seat.is_chair = now, False
    unfinished = (Assignment.juror_id == seat.id) & (Assignment.state == AssignmentState.ASSIGNED)
    for assignment in s.scalars(locked(select(Assignment).where(unfinished))):
        assignment.state, assignment.ended_at = AssignmentState.RECUSED, now
    end_addresses(OWNER_TYPE, s.scalars(select(Assignment.entry_id).where(Assignment.juror_id == seat.id)))
    audit.record(contest_chain(seat.contest.public_id), actor, "juror.removed", f"juror:{seat.public_id}")


def leave_panels(actor: Actor | None, person: User, addresses: Collection[str]) -> int:
    """End every seat of a person who is erased, and forget what they were invited by and why they stepped back.

    Sheets stay on record and count; after the announcement a seat stays as it was. Returns how many seats they had.
    """
    with transaction() as s:
        s.execute(delete(JurorInvite).where(JurorInvite.email.in_(addresses)))
        s.execute(update(ConflictOfInterest).where(ConflictOfInterest.user_id == person.id).values(reason=""))
        own = select(Juror.id).where(Juror.user_id == person.id)
        s.execute(update(Assignment).where(Assignment.juror_id.in_(own)).values(recusal_reason=""))
        seats = s.scalars(select(Juror).where(Juror.user_id == person.id).order_by(Juror.contest_id)).all()
        for seat in seats:
            s.scalars(locked(select(Round).where(Round.contest_id == seat.contest_id))).all()
            s.scalars(locked(select(Juror).where(Juror.id == seat.id))).one()
            if seat.removed_at is None and seat.contest.announced_at is None:
                _take_off(s, actor, seat)
        return len(seats)


def forget_reasons(entry_ids: Collection[int]) -> None:
    """Forget why people have conflicts with entries that are erased; that they have stays."""
    with transaction() as s:
        s.execute(update(ConflictOfInterest).where(ConflictOfInterest.entry_id.in_(entry_ids)).values(reason=""))


def remind_juror(actor: Actor, contest: Contest, public_id: str) -> None:
    """Mail a juror how many sheets they have left and until when; by an organizer or the chair, at most once a day.

    Raises NotAllowed, NotFound, WrongState.
    """
    with transaction() as s:
        policy.can_remind(actor, contest, queries.seat_in(actor, contest)).enforce()
        seat = s.scalar(locked(select(Juror).where(Juror.public_id == public_id, Juror.contest_id == contest.id)))
        if seat is None or seat.removed_at:
            raise NotFound()
        now, stage = clock.now(), contests_queries.stage(contest, StageKind.JUDGING)
        if stage is None or not policy.judging_is_open(contest, contest.rounds[0], now):
            raise WrongState(N_("No sheets are taken now: the judging has not begun or is over."))
        if not queries.unfinished_of(seat, queries.entries_hidden_from(actor, contest)):
            raise WrongState(N_("This juror has nothing left to judge."))
        if seat.reminded_at is not None and now - seat.reminded_at < REMIND_AGAIN:
            raise WrongState(N_("This juror was reminded less than a day ago."))
        seat.reminded_at = now
        notices.enqueue(
            "judging.reminder",
            to=seat.user,
            contest=dict(contest.title),
            left=queries.unfinished_of(seat),
            until=stage.ends_at.isoformat(),
            link=links.url("/jury"),
        )
        audit.record(contest_chain(contest.public_id), actor, "juror.reminded", f"juror:{seat.public_id}")


def sweep_old_rows(claim: Claim) -> None:
    """Forget invitations whose date passed a month ago."""
    with transaction() as s:
        s.execute(delete(JurorInvite).where(JurorInvite.expires_at < clock.now() - INVITES_KEPT))
        claim.finish()
