"""Verbs of communities."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import ColumnElement, delete, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from creative_platform.accounts.models import Settlement
from creative_platform.accounts.queries import hold
from creative_platform.accounts.regions import REGIONS
from creative_platform.accounts.service import throttle
from creative_platform.communities.models import (
    Community,
    CommunityInvite,
    CommunityKind,
    CommunityMember,
    MemberRole,
)
from creative_platform.communities.policy import can_coordinate
from creative_platform.communities.queries import invite_behind, live_invites
from creative_platform.core import audit, clock, ids, links
from creative_platform.core.actor import Actor
from creative_platform.core.db import locked, transaction
from creative_platform.core.errors import Conflict, Invalid, LimitReached, NotFound
from creative_platform.core.queue import Claim
from creative_platform.core.text import LOCALES, N_, LocalizedText, search_text, sort_key

INVITE_LIVES = timedelta(days=14)
INVITES_KEPT = timedelta(days=30)  # after their date
MOST_INVITES = 20
MOST_A_DAY = 10
NAME_MOST, DESCRIPTION_MOST = 150, 4000


class LastCoordinator(Conflict):
    """A community keeps at least one coordinator."""

    code = "last_coordinator"
    message = N_("This is the last coordinator. Make another member a coordinator first.")


class DeadInvite(Conflict):
    """The link does not let anybody join any more."""

    code = "dead_invite"
    message = N_("This invitation no longer works. Ask a coordinator for a new link.")


@dataclass(frozen=True)
class CommunityText:
    """What a coordinator writes about a community."""

    kind: str
    name: LocalizedText
    description: LocalizedText
    region: str = ""
    settlement: str = ""


def create_community(actor: Actor, given: CommunityText) -> Community:
    """Make a community whose coordinator is the actor. Raises Invalid, Throttled."""
    _check(given)
    throttle(f"community:{actor.id}", limit=MOST_A_DAY, per_s=86400)
    with transaction() as s:
        hold(actor.id)
        now = clock.now()
        community = Community(created_at=now)
        _write(community, given)
        community.members.append(CommunityMember(user_id=actor.id, role=MemberRole.COORDINATOR, joined_at=now))
        s.add(community)
        s.flush()
        audit.record(audit.ACCOUNTS, actor, "community.created", _subject(community))
        return community


def edit_community(actor: Actor, public_id: str, given: CommunityText) -> None:
    """Store what a coordinator wrote; another name or kind is to be confirmed anew.

    Raises Invalid, NotFound, NotAllowed.
    """
    _check(given)
    with transaction():
        community, _ = _coordinated(actor, public_id)
        before = community.kind, dict(community.name)
        _write(community, given)
        if (community.kind, dict(community.name)) != before:
            community.confirmed_at = None  # what was confirmed had another name
        audit.record(audit.ACCOUNTS, actor, "community.edited", _subject(community))


def confirm_community(actor: Actor, public_id: str, *, confirmed: bool) -> None:
    """Say, as an admin, that a community is what its name says, or take that back. Raises NotFound."""
    if not actor.is_admin:
        raise NotFound()
    with transaction():
        community = _locked(public_id)
        if (community.confirmed_at is not None) is confirmed:
            return
        community.confirmed_at = clock.now() if confirmed else None
        verb = "community.confirmed" if confirmed else "community.doubted"
        audit.record(audit.ACCOUNTS, actor, verb, _subject(community))


def _check(given: CommunityText) -> None:
    wrong: dict[str, str | list[str]] = {}
    if given.kind not in list(CommunityKind):
        wrong["kind"] = N_("Choose a kind of the list.")
    if not given.name:
        wrong["name"] = N_("Write the name in at least one language.")
    if any(len(given.name.get(key, "")) > NAME_MOST for key in LOCALES):
        wrong["name"] = N_("A name has at most 150 characters.")
    if any(len(given.description.get(key, "")) > DESCRIPTION_MOST for key in LOCALES):
        wrong["description"] = N_("A description has at most 4,000 characters.")
    if given.region and given.region not in REGIONS:
        wrong["region"] = N_("Choose a region of the list.")
    if given.settlement and given.settlement not in list(Settlement):
        wrong["settlement"] = N_("Choose a kind of place of the list.")
    if wrong:
        raise Invalid(wrong)


def _write(community: Community, given: CommunityText) -> None:
    community.kind, community.name = CommunityKind(given.kind), given.name
    community.description, community.region = given.description, given.region
    community.settlement = Settlement(given.settlement) if given.settlement else None
    community.search_text = search_text(*given.name.values())[:900]
    community.sort_key = sort_key(given.name.in_("kk"))


def create_invite(actor: Actor, public_id: str) -> str:
    """Return a new link by which people join as members for 14 days; its secret is not stored.

    Raises NotFound, NotAllowed, LimitReached.
    """
    with transaction() as s:
        community, _ = _coordinated(actor, public_id)
        if len(live_invites(community)) >= MOST_INVITES:
            raise LimitReached(N_("There are 20 links already. Revoke one first."), limit=MOST_INVITES)
        secret, now = ids.token(), clock.now()
        s.add(
            CommunityInvite(
                digest=ids.digest(secret),
                community_id=community.id,
                created_at=now,
                expires_at=now + INVITE_LIVES,
            )
        )
        audit.record(audit.ACCOUNTS, actor, "community.invite_made", _subject(community))
        return links.url(f"/communities/join/{secret}")


def revoke_invites(actor: Actor, public_id: str) -> int:
    """End all links of a community; returns how many. Raises NotFound, NotAllowed."""
    with transaction():
        community, _ = _coordinated(actor, public_id)
        ended = live_invites(community)
        for invite in ended:
            invite.revoked_at = clock.now()
        audit.record(audit.ACCOUNTS, actor, "community.invites_revoked", _subject(community), count=len(ended))
        return len(ended)


def join(actor: Actor, secret: str) -> Community:
    """Make the actor a member by a link; who is one already stays what they are. Raises DeadInvite, Throttled."""
    throttle(f"join:{actor.id}", limit=20, per_s=3600)
    with transaction() as s:
        hold(actor.id)
        invite = invite_behind(secret)
        if invite is None:
            raise DeadInvite()
        community = _locked(invite.community.public_id)
        own = select(CommunityMember.id).where(
            CommunityMember.community_id == community.id, CommunityMember.user_id == actor.id
        )
        if s.scalar(own) is None:
            s.add(CommunityMember(community_id=community.id, user_id=actor.id, joined_at=clock.now()))
            audit.record(audit.ACCOUNTS, actor, "community.joined", _subject(community))
        return community


def leave(actor: Actor, public_id: str) -> None:
    """End the actor's own membership. Raises NotFound, LastCoordinator."""
    with transaction() as s:
        community = _locked(public_id)
        place = _place(community, actor.id)
        _keep_a_coordinator(community, place)
        s.delete(place)
        audit.record(audit.ACCOUNTS, actor, "community.left", _subject(community))


def leave_all(actor: Actor | None, user_id: int, public_id: str) -> int:
    """End every membership of a person who is erased; returns how many.

    What they coordinated alone, with nobody else in it, goes too, unless an entry was made on its behalf. Raises
    LastCoordinator where others are members.
    """
    with transaction() as s:
        mine = select(Community).join(CommunityMember).where(CommunityMember.user_id == user_id)
        communities = s.scalars(locked(mine.order_by(Community.id)).with_for_update(of=Community, key_share=True)).all()
        for community in communities:
            place = _place(community, user_id)
            others = s.scalar(select(func.count()).where(_others(community, place)))
            if others:
                _keep_a_coordinator(community, place)
            s.delete(place)
            s.flush()
            s.expire(community)
            told = {"member": public_id}
            audit.record(audit.ACCOUNTS, actor, "community.member_removed", _subject(community), **told)
            if not others:
                _delete_if_unused(s, community)
    return len(communities)


def _others(community: Community, place: CommunityMember) -> ColumnElement[bool]:
    return (CommunityMember.community_id == community.id) & (CommunityMember.id != place.id)


def _delete_if_unused(s: Session, community: Community) -> None:
    try:
        with s.begin_nested():
            s.execute(delete(CommunityInvite).where(CommunityInvite.community_id == community.id))
            s.execute(delete(Community).where(Community.id == community.id))
    except IntegrityError:  # an entry names it
        return
    s.expunge(community)


def remove_member(actor: Actor, public_id: str, user_public_id: str) -> None:
    """End somebody's membership, by a coordinator. Raises NotFound, NotAllowed, LastCoordinator."""
    with transaction() as s:
        community, members = _coordinated(actor, public_id)
        place = _named(members, user_public_id)
        _keep_a_coordinator(community, place)
        s.delete(place)
        audit.record(audit.ACCOUNTS, actor, "community.member_removed", _subject(community), member=user_public_id)


def set_role(actor: Actor, public_id: str, user_public_id: str, role: MemberRole) -> None:
    """Make a member a coordinator, or a coordinator a member. Raises NotFound, NotAllowed, LastCoordinator."""
    with transaction():
        community, members = _coordinated(actor, public_id)
        place = _named(members, user_public_id)
        if role is MemberRole.MEMBER:
            _keep_a_coordinator(community, place)
        place.role = role
        audit.record(
            audit.ACCOUNTS,
            actor,
            "community.role_set",
            _subject(community),
            member=user_public_id,
            role=role.value,
        )


def _subject(community: Community) -> str:
    return f"community:{community.public_id}"


def _locked(public_id: str) -> Community:
    """Return the locked row of a community; every change of members takes this lock first."""
    with transaction() as s:
        community = s.scalar(locked(select(Community).where(Community.public_id == public_id)))
        if community is None:
            raise NotFound()
        return community


def _coordinated(actor: Actor, public_id: str) -> tuple[Community, list[CommunityMember]]:
    """Return the locked community and its members if the actor coordinates it. Raises NotFound, NotAllowed."""
    with transaction() as s:
        community = _locked(public_id)
        members = list(
            s.scalars(
                select(CommunityMember)
                .where(CommunityMember.community_id == community.id)
                .execution_options(populate_existing=True)
            )
        )
        can_coordinate(next((m for m in members if m.user_id == actor.id), None)).enforce()
        return community, members


def _place(community: Community, user_id: int) -> CommunityMember:
    with transaction() as s:
        place = s.scalar(
            locked(
                select(CommunityMember).where(
                    CommunityMember.community_id == community.id, CommunityMember.user_id == user_id
                )
            )
        )
        if place is None:
            raise NotFound()
        return place


def _named(members: list[CommunityMember], user_public_id: str) -> CommunityMember:
    place = next((member for member in members if member.user.public_id == user_public_id), None)
    if place is None:
        raise NotFound()
    return place


def _keep_a_coordinator(community: Community, place: CommunityMember) -> None:
    if place.role is not MemberRole.COORDINATOR:
        return
    with transaction() as s:
        others = select(func.count()).where(
            CommunityMember.community_id == community.id,
            CommunityMember.role == MemberRole.COORDINATOR,
            CommunityMember.id != place.id,
        )
        if not s.scalar(others):
            raise LastCoordinator()


def sweep_old_rows(claim: Claim) -> None:
    """Forget invitations whose date passed a month ago."""
    with transaction() as s:
        s.execute(delete(CommunityInvite).where(CommunityInvite.expires_at < clock.now() - INVITES_KEPT))
        claim.finish()
