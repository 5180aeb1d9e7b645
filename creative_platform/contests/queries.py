"""Reads of contests. Lists and whole contests load in a constant number of queries."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Select, bindparam, exists, func, select
from sqlalchemy.orm import aliased, selectinload

from creative_platform.accounts.models import User
from creative_platform.contests.models import (
    Contest,
    ContestStaff,
    ContestState,
    Round,
    RulesVersion,
    StaffRole,
    Stage,
    StageKind,
    Track,
)
from creative_platform.core import clock
from creative_platform.core.actor import Actor
from creative_platform.core.db import load, session
from creative_platform.rules.document import phase_by

PHASES = ("draft", "before", "open", "closed", "judging", "judged", "announced")

WHOLE = (
    selectinload(Contest.tracks).selectinload(Track.requirements),
    selectinload(Contest.fields),
    selectinload(Contest.stages),
    selectinload(Contest.rounds).selectinload(Round.criteria),
    selectinload(Contest.awards),
    selectinload(Contest.staff),
)


def stage(contest: Contest, kind: StageKind) -> Stage | None:
    """Return the contest's stage of that kind, or None while its dates are not set."""
    return next((stage for stage in contest.stages if stage.kind is kind), None)


def phase(contest: Contest, at: datetime) -> str:
    """Say where a contest stands at an instant: one of PHASES. Entries are taken while it is ``open``.

    ``closed`` is between the close and the judging, ``judged`` between the judging and the announcement. The timetable
    speaks here, but for ``announced``: that is when the results became public, whatever date was promised.
    """
    if contest.state is ContestState.DRAFT:
        return "draft"
    dates = {stage.kind.value: (stage.starts_at, stage.ends_at) for stage in contest.stages}
    return phase_by(dates, at, announced=contest.announced_at is not None)


def contest_by_slug(slug: str) -> Contest | None:
    """Return the contest of that slug, drafts too, or None. Callers decide who may know of a draft."""
    return session().scalar(_by_slug(), {"slug": slug})


@cache
def _by_slug() -> Select[Contest]:
    return select(Contest).where(Contest.slug == bindparam("slug"))


def contest_with(slug: str, *parts: str) -> Contest | None:
    """Return the contest of that slug with those of its parts, drafts too, or None; others load when asked for."""
    found = session().scalar(_by_slug(), {"slug": slug})
    if found is not None:
        load(found, *parts)
    return found


def whole_contest(slug: str) -> Contest | None:
    """Return a contest with everything that its rules say, or None."""
    return session().scalar(select(Contest).where(Contest.slug == slug).options(*WHOLE))


def published_contest(slug: str) -> Contest | None:
    """Return a contest that the public may know of, with everything that its rules say, or None."""
    found = whole_contest(slug)
    return found if found and found.state is not ContestState.DRAFT else None


def contest_for_staff(actor: Actor | None, slug: str) -> Contest | None:
    """Return the whole contest when the actor is its organizer or auditor; None otherwise."""
    if actor is None:
        return None
    found = whole_contest(slug)
    return found if found and any(staff.user_id == actor.id for staff in found.staff) else None


def is_staff(contest_id: Any) -> ColumnElement[bool]:
    """Return the condition that the person bound as ``person`` organizes or audits the contest with that id."""
    staff = select(ContestStaff.id).where(ContestStaff.contest_id == contest_id)
    return staff.where(ContestStaff.user_id == bindparam("person")).exists()


def contests_of_staff(actor: Actor, role: StaffRole | None = None) -> list[Contest]:
    """Return the contests of which the actor is organizer or auditor (or only the given role), newest first."""
    mine = select(ContestStaff.contest_id).where(ContestStaff.user_id == actor.id)
    if role is not None:
        mine = mine.where(ContestStaff.role == role)
    query = select(Contest).where(Contest.id.in_(mine)).order_by(Contest.created_at.desc(), Contest.id.desc())
    return list(session().scalars(query.options(selectinload(Contest.stages), selectinload(Contest.staff))))


def organizes_any(actor: Actor) -> bool:
    """Say whether the actor is an organizer of some contest."""
    query = exists().where(ContestStaff.user_id == actor.id, ContestStaff.role == StaffRole.ORGANIZER)
    return bool(session().scalar(select(query)))


def organizers_of(contest: Contest) -> list[User]:
    """Return the people who organize a contest, longest first."""
    query = select(User).join(ContestStaff, ContestStaff.user_id == User.id).order_by(ContestStaff.id)
    return list(
        session().scalars(query.where(ContestStaff.contest_id == contest.id, ContestStaff.role == StaffRole.ORGANIZER))
    )


def staff_of(contest: Contest) -> list[ContestStaff]:
    """Return a contest's staff with their people loaded."""
    query = select(ContestStaff).where(ContestStaff.contest_id == contest.id).order_by(ContestStaff.id)
    return list(session().scalars(query.options(selectinload(ContestStaff.user))))


def _in_list(query: Select[Any], page: int, per_page: int) -> tuple[list[Contest], int]:
    total = session().scalar(select(func.count()).select_from(query.order_by(None).subquery())) or 0
    rows = query.options(selectinload(Contest.stages), selectinload(Contest.tracks)).limit(per_page)
    return list(session().scalars(rows.offset((page - 1) * per_page))), total


def _published_with_entries_stage() -> tuple[Select[Any], Any]:
    entries = aliased(Stage)
    query = select(Contest).join(entries, (entries.contest_id == Contest.id) & (entries.kind == StageKind.ENTRIES))
    return query.where(Contest.state == ContestState.PUBLISHED), entries


def open_contests(page: int = 1, per_page: int = 24, at: datetime | None = None) -> tuple[list[Contest], int]:
    """Return one page of the contests that take entries now, the nearest close first, and how many there are."""
    now = at or clock.now()
    query, entries = _published_with_entries_stage()
    query = query.where(entries.starts_at <= now, entries.ends_at > now)
    return _in_list(query.order_by(entries.ends_at, Contest.id), page, per_page)


def upcoming_contests(page: int = 1, per_page: int = 24, at: datetime | None = None) -> tuple[list[Contest], int]:
    """Return one page of the published contests that have not opened, the nearest opening first, and how many."""
    query, entries = _published_with_entries_stage()
    query = query.where(entries.starts_at > (at or clock.now()))
    return _in_list(query.order_by(entries.starts_at, Contest.id), page, per_page)


def closed_contests(page: int = 1, per_page: int = 24, at: datetime | None = None) -> tuple[list[Contest], int]:
    """Return one page of the contests whose entries stage is over, the latest close first, and how many."""
    query, entries = _published_with_entries_stage()
    query = query.where(entries.ends_at <= (at or clock.now()))
    return _in_list(query.order_by(entries.ends_at.desc(), Contest.id.desc()), page, per_page)


def track_by_key(contest: Contest, key: str) -> Track | None:
    """Return the contest's track of that key, or None."""
    return next((track for track in contest.tracks if track.key == key), None)


def rules_versions(contest: Contest) -> list[RulesVersion]:
    """Return all published versions of a contest's rules, newest first."""
    query = select(RulesVersion).where(RulesVersion.contest_id == contest.id).order_by(RulesVersion.number.desc())
    return list(session().scalars(query))


def rules_numbered(public_id: str, number: int) -> RulesVersion | None:
    """Return a version of the rules of the contest with that public id, whoever asks; for checking the log."""
    query = select(RulesVersion).join(Contest, RulesVersion.contest_id == Contest.id)
    return session().scalar(query.where(Contest.public_id == public_id, RulesVersion.number == number))


def current_rules(contest: Contest) -> RulesVersion | None:
    """Return the rules that hold now, or None for a draft."""
    query = select(RulesVersion).where(RulesVersion.contest_id == contest.id).order_by(RulesVersion.number.desc())
    return session().scalar(query.limit(1))
