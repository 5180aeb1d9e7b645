"""What media must know of the files of entries: who may do what, what a track takes, what follows from a check."""

from __future__ import annotations

from functools import cache
from typing import Any

from sqlalchemy import Executable, Integer, Select, bindparam, func, inspect, select
from sqlalchemy.orm import joinedload
from sqlalchemy.orm.util import identity_key

from creative_platform.contests import policy as contests
from creative_platform.contests.models import Contest, MediaRequirement, Round, Stage, StageKind
from creative_platform.core import clock, queue
from creative_platform.core.actor import Actor
from creative_platform.core.db import kept_locked, load, session
from creative_platform.entries import policy, service
from creative_platform.entries.models import Entry, RevisionFile, TeamMember
from creative_platform.media import owners
from creative_platform.media.models import NOT_DELIVERED, AssetState, MediaAsset

_BESIDE = (joinedload(Entry.contest, innerjoin=True), joinedload(Entry.team, innerjoin=True))


def register_owner() -> None:
    """Register entries as owners of files."""
    entries = owners.Owner(_find, _hold, _lock, _may, _limits, _on_changed, _keeps, _deadlines)
    owners.register(service.OWNER_TYPE, entries)


def _find(public_id: str) -> int | None:
    return session().scalar(_named(), {"public_id": public_id})


@cache
def _named() -> Select[int]:
    return select(Entry.id).where(Entry.public_id == bindparam("public_id"))


def _hold(entry_id: int) -> None:
    session().execute(_row(), {"entry": entry_id}).one()


def _lock(entry_id: int) -> object:
    """Return the locked entry: whoever keeps it is answered what follows without another load."""
    return session().scalars(_held_with_contest_and_team(), {"entry": entry_id}).one()


@kept_locked()
def _row() -> Select[int]:
    return select(Entry.id).where(Entry.id == bindparam("entry"))


@cache
def _with_contest_and_team() -> Select[Entry]:
    return select(Entry).options(*_BESIDE).where(Entry.id == bindparam("entry"))


@kept_locked(of=Entry)
def _held_with_contest_and_team() -> Select[Entry]:
    return _with_contest_and_team()


def _known(entry_id: int) -> Entry | None:
    """Return the entry when it is loaded."""
    held = session().identity_map.get(identity_key(Entry, entry_id))
    return held if isinstance(held, Entry) and not inspect(held).expired else None


def _loaded(entry_id: int) -> Entry | None:
    return _known(entry_id) or session().scalars(_with_contest_and_team(), {"entry": entry_id}).one_or_none()


def _may(actor: Actor | None, act: owners.Act, entry_id: int) -> bool:
    if actor is None:
        return False
    known = _known(entry_id)
    if act in ("write", "deliver"):
        standing = _standing_of(known, actor) if known else _standing_in(entry_id, actor)
        if standing is None:
            return False
        at = clock.arrival()
        return standing.can_deliver(at) if act == "deliver" else bool(standing.can_edit(at))
    if _is_on_team(known, actor) if known else _standing_in(entry_id, actor) is not None:
        return True
    entry = known or _loaded(entry_id)
    if entry is None or not contests.can_oversee(actor, entry.contest):
        return False
    return entry.submitted_at is not None or entry.contest.drafts_readable


def _is_on_team(entry: Entry, actor: Actor) -> bool:
    load(entry.team, "members")
    return policy.member_of(actor, entry) is not None


def _standing_of(entry: Entry, actor: Actor) -> policy.Standing | None:
    """Return what decides when the actor's team may change an entry; None when it is not theirs."""
    if not _is_on_team(entry, actor):
        return None
    load(entry.contest, "stages", "rounds")
    return policy.standing_of(entry)


def _standing_in(entry_id: int, actor: Actor) -> policy.Standing | None:
    """Return the same of an entry that is not loaded, by one statement: a fifth of what loading it costs."""
    row = session().execute(_standing(), {"entry": entry_id, "person": actor.id}).one_or_none()
    return policy.Standing(*row) if row else None


@cache
def _standing() -> Executable:
    judged = select(func.min(Round.closed_at)).where(Round.contest_id == Entry.contest_id).scalar_subquery()
    times = (Stage.starts_at, Stage.ends_at, Entry.reopened_until, judged, Entry.deliver_until)
    its_stage = (Stage.contest_id == Entry.contest_id) & (Stage.kind == StageKind.ENTRIES)
    mine = select(TeamMember.id).where(TeamMember.team_id == Entry.team_id, TeamMember.user_id == bindparam("person"))
    found = select(Entry.state, *times, Contest.delivery_window_h).join_from(Entry, Contest)
    return found.outerjoin(Stage, its_stage).where(Entry.id == bindparam("entry"), mine.exists())


def _limits(entry_id: int, field: str) -> owners.FieldLimits | None:
    asked = {"entry": entry_id, "key": field, "track": None}
    wanted = session().execute(_asked_for(), asked).one_or_none()
    if wanted and "track" in wanted.edits and (entry := _loaded(entry_id)):
        wanted = session().execute(_asked_for(), {**asked, "track": entry.draft.track.id}).one_or_none()
    if wanted is None or wanted.kinds is None:
        return None
    return owners.FieldLimits(
        kinds=tuple(wanted.kinds),
        max_count=wanted.max_count,
        max_size_bytes=wanted.max_size_bytes,
        min_duration_s=wanted.min_duration_s,
        max_duration_s=wanted.max_duration_s or owners.LONGEST_S,
    )


@cache
def _asked_for() -> Select[Any]:
    """Return the query of an entry's edits and what its track asks for in a field, or another track does."""
    asked, track = MediaRequirement, func.coalesce(bindparam("track", type_=Integer), Entry.track_id)
    told = (asked.kinds, asked.max_count, asked.max_size_bytes, asked.min_duration_s, asked.max_duration_s)
    of_field = (asked.track_id == track) & (asked.key == bindparam("key"))
    return select(Entry.edits, *told).outerjoin_from(Entry, asked, of_field).where(Entry.id == bindparam("entry"))


def _deadlines(entry_id: int) -> owners.Deadlines:
    entry = session().get_one(Entry, entry_id)
    return owners.Deadlines(policy.closes_at(entry), policy.delivers_until(entry))


def _on_changed(asset: MediaAsset) -> None:
    if asset.committed_at:
        service.settle_delivery(asset)
    if asset.state is AssetState.REJECTED and asset.reason != NOT_DELIVERED:
        service.tell_of_refused_file(asset)
    service.sign_pending_verifications(asset.owner_id)
    if asset.state is AssetState.READY and _keeps(asset):
        entry = session().get_one(Entry, asset.owner_id)
        queue.enqueue(service.CHECKED_JOB, turn=f"contest:{entry.contest_id}", asset_id=asset.id)


def _keeps(asset: MediaAsset) -> bool:
    """A revision that was handed in, and its receipt, name their files for ever."""
    return session().scalar(select(RevisionFile.id).where(RevisionFile.asset_id == asset.id).limit(1)) is not None
