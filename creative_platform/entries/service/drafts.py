"""Drafts: creating and saving them. Each verb is one transaction.

The deadline is decided on the locked row and nowhere else: by ``arrived_at`` (when the request's headers were
complete), against the stage's end or the entry's own extension.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from creative_platform.accounts import queries as accounts
from creative_platform.communities import queries as communities
from creative_platform.communities.models import Community
from creative_platform.contests.models import Contest, ContestState, StageKind
from creative_platform.contests.queries import stage as stage_of
from creative_platform.core import audit, clock, ids
from creative_platform.core.actor import Actor, Decision
from creative_platform.core.audit import contest_chain
from creative_platform.core.db import locked, transaction
from creative_platform.core.errors import Invalid, LimitReached, NotAllowed, NotFound, StaleVersion, TooEarly, TooLate
from creative_platform.core.text import N_, one_line, search_text, sort_key
from creative_platform.entries import policy, queries
from creative_platform.entries.answers import check_shape
from creative_platform.entries.models import Entry, EntryState, Team, TeamMember, TeamRole

STARTED_TIMES = 5


def refuse_outside_stage(contest: Contest, at: datetime) -> None:
    """Raise TooEarly or TooLate unless entries are open at that instant."""
    stage = stage_of(contest, StageKind.ENTRIES)
    if contest.state is not ContestState.PUBLISHED or stage is None or at < stage.starts_at:
        raise TooEarly(N_("Entries have not opened yet."))
    if at >= stage.ends_at:
        raise TooLate(N_("Entries closed before this arrived."), closed_at=stage.ends_at.isoformat())


def create_draft(
    actor: Actor,
    contest_id: int,
    *,
    arrived_at: datetime,
    track: str,
    title: str = "",
    team: str = "",
    community: str = "",
) -> Entry:
    """Start an entry of the actor's team (an existing one by its public id, or a new one of theirs alone).

    Raises TooEarly, TooLate, NotAllowed (eligibility), LimitReached, Invalid.
    """
    with transaction() as s:
        accounts.hold(actor.id)
        contest = lock_contest(s, contest_id)
        standing_team = _own_team(actor, contest, team) if team else None
        refuse_start(actor, contest, standing_team, arrived_at=arrived_at)
        wrong = check_shape(contest, {"track": track, "title": title})
        if wrong:
            raise Invalid(wrong)
        on_behalf = _own_community(communities.communities_of(actor), community)
        now, code = clock.now(), ids.short_code()
        behind = standing_team or _new_team(s, actor, contest, now)
        entry = Entry(
            code=code,
            contest_id=contest.id,
            track_id=next(t.id for t in contest.tracks if t.key == track),
            team_id=behind.id,
            community_id=on_behalf.id if on_behalf else None,
            title=one_line(title),
            language=actor.locale,
            created_at=now,
            saved_at=now,
            search_text=search_text(title, code),
            sort_key=sort_key(title),
        )
        s.add(entry)
        s.flush()
        audit.record(contest_chain(contest.public_id), actor, "entry.created", f"entry:{entry.public_id}")
        return entry


def refuse_start(actor: Actor, contest: Contest, team: Team | None = None, *, arrived_at: datetime) -> None:
    """Raise TooEarly, TooLate, NotAllowed or LimitReached when the actor may not start an entry at that instant."""
    refuse_outside_stage(contest, arrived_at)
    refuse_ineligible(actor, contest)
    refuse_over_limits(contest, actor.id, team)
    _refuse_endless_starts(contest, actor)


def refuse_ineligible(actor: Actor, contest: Contest) -> None:
    """Raise NotAllowed unless the published rules let the actor enter; ages are those of the day entries close."""
    if not actor.email_verified:
        raise NotAllowed(N_("Confirm your e-mail address first; the link is in your mailbox."))
    stage = stage_of(contest, StageKind.ENTRIES)
    close = (stage.ends_at if stage else clock.now()).astimezone(clock.zone(contest.timezone))
    policy.may_enter(
        contest,
        region=accounts.account_of(actor).region,
        in_community=any(community.confirmed_at for community in communities.communities_of(actor)),
        age=accounts.age_of(actor.id, close),
    ).enforce()


def _new_team(s: Session, actor: Actor, contest: Contest, now: datetime) -> Team:
    team = Team(contest_id=contest.id, name=actor.name, created_at=now)
    s.add(team)
    s.flush()
    s.add(TeamMember(team_id=team.id, user_id=actor.id, role=TeamRole.CAPTAIN, joined_at=now))
    s.flush()
    return team


def _own_team(actor: Actor, contest: Contest, public_id: str) -> Team:
    found = next((team for team in queries.teams_of(actor, contest) if team.public_id == public_id), None)
    if found is None:
        raise NotFound()
    return found


def _own_community(mine: list[Community], public_id: str) -> Community | None:
    if not public_id:
        return None
    found = next((community for community in mine if community.public_id == public_id), None)
    if found is None:
        raise Invalid({"community": N_("Choose one of your communities.")})
    return found


def _chosen_community(actor: Actor, entry: Entry, public_id: str) -> Community | None:
    """Return the community a member chooses: one of their own, or the one that somebody in the team chose before."""
    if not public_id:
        return None
    if public_id == entry.draft.community:
        return communities.community_by_public_id(public_id)
    return _own_community(communities.communities_of(actor), public_id)


def refuse_strange_community(entry: Entry) -> None:
    """Raise Invalid when nobody in the team belongs to the community on whose behalf the entry is made."""
    public_id = entry.draft.community
    if not public_id:
        return
    found = communities.community_by_public_id(public_id)
    theirs = communities.community_ids_of(member.user_id for member in entry.team.members)
    if not any(found.id in own for own in theirs.values()):
        raise Invalid({"community": N_("Nobody in the team belongs to this community any more: choose another.")})


def refuse_over_limits(contest: Contest, user_id: int, team: Team | None, *, more: int = 1) -> None:
    """Raise LimitReached when ``more`` entries are too many for the person, or one more for the team or its members."""
    if queries.standing_entries_of_person(contest.id, user_id) + more > contest.max_entries_person:
        raise LimitReached(
            N_("You have %(limit)d entries in this contest, the most there may be."), limit=contest.max_entries_person
        )
    if team and queries.standing_entries_of_team(team.id) >= contest.max_entries_team:
        raise LimitReached(
            N_("This team has %(limit)d entries in this contest, the most there may be."),
            limit=contest.max_entries_team,
        )
    others = [member.user_id for member in team.members if member.user_id != user_id] if team else []
    if any(queries.standing_entries_of_person(contest.id, other) >= contest.max_entries_person for other in others):
        raise LimitReached(
            N_("Somebody in this team has %(limit)d entries in this contest, the most a person may have."),
            limit=contest.max_entries_person,
        )


def _refuse_endless_starts(contest: Contest, actor: Actor) -> None:
    """Raise LimitReached when the person withdrew and started anew too often: each entry's files are kept."""
    limit = STARTED_TIMES * contest.max_entries_person
    if queries.started_entries_of_person(contest.id, actor.id) >= limit:
        raise LimitReached(
            N_(
                "You started %(limit)d entries in this contest, withdrawn ones included, the most there may be. Bring "
                "a withdrawn one back."
            ),
            limit=limit,
        )


def lock_contest(s: Session, contest_id: int) -> Contest:
    """Return the contest, its row locked and read afresh: before the entry's, wherever its state decides.

    Raises NotFound when it was erased meanwhile.
    """
    contest = s.scalar(locked(select(Contest).where(Contest.id == contest_id)))
    if contest is None:
        raise NotFound()
    return contest


def save_draft(
    actor: Actor, public_id: str, version: int, changes: Mapping[str, Any], *, arrived_at: datetime
) -> Entry:
    """Store some fields of an entry; ``version`` is the one the writer read.

    ``answers`` are merged key by key. What is saved of an entry that is handed in waits to be handed in again. Raises
    NotFound, TooLate, NotAllowed, StaleVersion, Invalid.
    """
    with transaction():
        entry = queries.entry_for_member(actor, public_id, lock=True)
        refuse_closed(policy.can_edit_entry(actor, entry, arrived_at), entry, arrived_at)
        if version != entry.version:
            raise StaleVersion(version=entry.version, current=current_state(entry))
        wrong = check_shape(entry.contest, changes)
        if wrong:
            raise Invalid(wrong)
        changes = {**changes, **({"title": one_line(changes["title"])} if "title" in changes else {})}
        if entry.state in EntryState.handed_in():
            _set_aside(actor, entry, changes)
        else:
            apply_changes(actor, entry, changes)
        entry.version += 1
        entry.saved_at = clock.now()
        return entry


def refuse_closed(allowed: Decision, entry: Entry, arrived_at: datetime) -> None:
    """Turn a refusal for being late into TooLate, so that a caller can tell it from a lack of rights."""
    if not allowed and not policy.is_open(entry, arrived_at):
        end = policy.closes_at(entry)
        raise TooLate(
            N_("Entries closed before this arrived."),
            closed_at=end.isoformat() if end else None,
            arrived_at=arrived_at.isoformat(),
        )
    allowed.enforce()


def _set_aside(actor: Actor, entry: Entry, changes: Mapping[str, Any]) -> None:
    _chosen_community(actor, entry, changes.get("community") or "")
    answers = {**entry.edits.get("answers", {}), **changes.get("answers", {})}
    entry.edits = {**entry.edits, **changes, **({"answers": answers} if answers else {})}


def apply_changes(actor: Actor, entry: Entry, changes: Mapping[str, Any]) -> None:
    """Make changes what the entry says, in the caller's transaction."""
    for name in ("title", "summary", "language"):
        if name in changes:
            setattr(entry, name, changes[name])
    if "track" in changes:
        entry.track = next(track for track in entry.contest.tracks if track.key == changes["track"])
    if "community" in changes:
        entry.community = _chosen_community(actor, entry, changes["community"] or "")
    if "answers" in changes:
        entry.answers = {**entry.answers, **changes["answers"]}
    if "title" in changes:
        entry.search_text, entry.sort_key = search_text(entry.title, entry.code), sort_key(entry.title)


def current_state(entry: Entry) -> dict[str, Any]:
    """Return what an entry holds now, as a writer compares it."""
    draft = entry.draft
    return {
        "version": entry.version,
        "title": draft.title,
        "summary": draft.summary,
        "language": draft.language,
        "answers": draft.answers,
    }
