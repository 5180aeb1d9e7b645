"""What media must know of the files of entries: who may do what, what a track takes, what follows from a check."""

from __future__ import annotations

from functools import cache

from sqlalchemy import Select, bindparam, inspect, select
from sqlalchemy.orm import joinedload
from sqlalchemy.orm.util import identity_key

from creative_platform.contests import policy as contests
from creative_platform.core import clock, queue
from creative_platform.core.actor import Actor
from creative_platform.core.db import load, locked, session
from creative_platform.entries import policy, service
from creative_platform.entries.models import Entry, RevisionFile
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
    session().execute(locked(_row()), {"entry": entry_id}).one()


def _lock(entry_id: int) -> object:
    """Return the locked entry: whoever keeps it is answered what follows without another load."""
    query = locked(_with_contest_and_team()).with_for_update(of=Entry, key_share=True)
    return session().scalars(query, {"entry": entry_id}).one()


@cache
def _row() -> Select[int]:
    return select(Entry.id).where(Entry.id == bindparam("entry"))


@cache
def _with_contest_and_team() -> Select[Entry]:
    return select(Entry).options(*_BESIDE).where(Entry.id == bindparam("entry"))


def _loaded(entry_id: int) -> Entry | None:
    held = session().identity_map.get(identity_key(Entry, entry_id))
    if isinstance(held, Entry) and not inspect(held).expired:
        return held
    return session().scalars(_with_contest_and_team(), {"entry": entry_id}).one_or_none()


def _may(actor: Actor | None, act: owners.Act, entry_id: int) -> bool:
    entry = _loaded(entry_id)
    if actor is None or entry is None:
        return False
    load(entry.team, "members")
    if act in ("write", "deliver"):
        load(entry.contest, "stages", "rounds")
    if policy.member_of(actor, entry) is not None:
        if act == "deliver":
            return policy.can_deliver(actor, entry, clock.arrival())
        return act != "write" or bool(policy.can_edit_entry(actor, entry, clock.arrival()))
    if act in ("write", "deliver") or not contests.can_oversee(actor, entry.contest):
        return False
    return entry.submitted_at is not None or entry.contest.drafts_readable


def _limits(entry_id: int, field: str) -> owners.FieldLimits | None:
    entry = session().get(Entry, entry_id)
    if entry is None:
        return None
    track = entry.draft.track
    load(track, "requirements")
    wanted = next((asked for asked in track.requirements if asked.key == field), None)
    if wanted is None:
        return None
    return owners.FieldLimits(
        kinds=tuple(wanted.kinds),
        max_count=wanted.max_count,
        max_size_bytes=wanted.max_size_bytes,
        min_duration_s=wanted.min_duration_s,
        max_duration_s=wanted.max_duration_s or owners.LONGEST_S,
    )


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
