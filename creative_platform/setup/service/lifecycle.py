"""Starting, publishing and copying a contest."""

from __future__ import annotations

import calendar
import re
from datetime import datetime
from typing import Any

from sqlalchemy.exc import IntegrityError

from creative_platform.accounts.models import User
from creative_platform.accounts.queries import hold
from creative_platform.contests import policy, queries
from creative_platform.contests.models import (
    Award,
    Contest,
    ContestKind,
    ContestStaff,
    ContestState,
    Criterion,
    FormField,
    MediaRequirement,
    Round,
    RulesVersion,
    StaffRole,
    Stage,
    StageKind,
    Track,
)
from creative_platform.contests.values import (
    FOREVER,
    TITLE_MOST,
    AwardValues,
    CriterionValues,
    FieldValues,
    FileValues,
    LimitValues,
    TextValues,
    TieValues,
    TrackValues,
    Values,
    slug_of,
    slug_problem,
    text_problem,
    zone_exists,
)
from creative_platform.core import clock
from creative_platform.core.actor import Actor
from creative_platform.core.db import session, transaction
from creative_platform.core.errors import Conflict, Invalid, StaleVersion, WrongState
from creative_platform.core.text import N_, LocalizedText, search_text, sort_key
from creative_platform.setup import checklist
from creative_platform.setup.service.editing import contest_to_manage, publish_version, record
from creative_platform.setup.service.staff import tell_named

_TAKEN = N_("Another contest has this address.")


class NotComplete(Conflict):
    """Something that publishing needs is missing; ``data['missing']`` lists the parts."""

    code = "not_complete"
    message = N_("Some parts are still missing.")


def create_contest(
    actor: Actor,
    *,
    title: LocalizedText,
    slug: str = "",
    kind: ContestKind = ContestKind.CONTEST,
    timezone: str = "Asia/Almaty",
    organizer: User | None = None,
) -> Contest:
    """Start a draft contest with an empty rubric; its first organizer is ``organizer`` or the actor.

    Only an instance admin may name somebody else, who is told by mail. An empty ``slug`` is made of the title. Raises
    NotAllowed, Invalid.
    """
    with transaction():
        hold(organizer.id if organizer else actor.id)
        policy.can_create_contest(actor, queries.organizes_any(actor)).enforce()
        if organizer is not None and organizer.id != actor.id and not actor.is_admin:
            raise Invalid({"organizer": N_("Only administrators may name another organizer.")})
        address = slug or slug_of(title.in_("en"))
        _refuse_bad_start(address, title, timezone)
        contest = Contest(kind=kind, title=title, timezone=timezone)
        _store_new(actor, contest, address, organizer.id if organizer else actor.id)
        contest.rounds.append(Round(number=1))
        session().flush()
        if organizer is not None and organizer.id != actor.id:
            tell_named(organizer, contest, actor, StaffRole.ORGANIZER)
        return contest


def _refuse_bad_start(slug: str, title: LocalizedText, timezone: str) -> None:
    found = {
        "title": text_problem(title, TITLE_MOST, required=True),
        "slug": slug_problem(slug) or (_TAKEN if queries.contest_by_slug(slug) else None),
        "timezone": None if zone_exists(timezone) else N_("There is no such time zone. Write it like Asia/Almaty."),
    }
    problems = {name: sentence for name, sentence in found.items() if sentence}
    if problems:
        raise Invalid(dict(problems))


def _store_new(actor: Actor, contest: Contest, slug: str, organizer_id: int) -> None:
    s = session()
    contest.slug = slug
    contest.created_at = clock.now()
    contest.search_text = search_text(*contest.title.values())[:900]
    contest.sort_key = sort_key(contest.title.in_("kk"))
    contest.staff.append(ContestStaff(user_id=organizer_id, role=StaffRole.ORGANIZER, since=clock.now()))
    try:
        with s.begin_nested():
            s.add(contest)
            s.flush()
    except IntegrityError:
        if queries.contest_by_slug(slug) is None:
            raise
        raise Invalid({"slug": _TAKEN}) from None
    record(contest, actor, "contest.created")


def publish_contest(actor: Actor, contest_id: int, *, version: int | None = None) -> RulesVersion:
    """Make a draft contest public under version 1 of its rules.

    ``version``, when given, is the one the organizer looked at. Raises NotComplete with the checklist, WrongState,
    StaleVersion, NotFound, NotAllowed.
    """
    with transaction():
        contest = contest_to_manage(actor, contest_id)
        if version is not None and contest.version != version:
            raise StaleVersion(current=contest.version)
        if contest.state is not ContestState.DRAFT:
            raise WrongState(N_("This contest is published already."), state=contest.state.value)
        now = clock.now()
        if missing := checklist.missing(contest, now):
            raise NotComplete(missing=[check.part for check in missing])
        contest.state, contest.published_at = ContestState.PUBLISHED, now
        contest.version += 1
        return publish_version(actor, contest, LocalizedText())


def copy_contest(actor: Actor, contest_id: int, *, slug: str = "") -> Contest:
    """Start next year's contest as a draft with the same parts, its dates a year later by the wall clock.

    The actor, an organizer of the old one, is its only organizer. Raises Invalid (``slug``), NotFound, NotAllowed.
    """
    with transaction():
        hold(actor.id)
        old = contest_to_manage(actor, contest_id)
        address = slug or next_slug(old.slug)
        title = LocalizedText({locale: _next_year_in(words) for locale, words in old.title.items()})
        _refuse_bad_start(address, title, old.timezone)
        told = {**TextValues.stored(old), "title": title, **LimitValues.stored(old), **TieValues.stored(old)}
        new = Contest(copied_from_id=old.id, timezone=old.timezone, **told)
        _copy_stages(old, new)
        tracks = {track.id: _copy_track(track, new) for track in old.tracks}
        for field in old.fields:
            new.fields.append(FormField(**_listed(FieldValues, field)))
        for round_ in old.rounds:
            rubric = Round(number=round_.number, title=round_.title)
            rubric.criteria = [Criterion(**_listed(CriterionValues, criterion)) for criterion in round_.criteria]
            new.rounds.append(rubric)
        for award in old.awards:
            told = {**AwardValues.stored(award), "track_id": None, "track": tracks.get(award.track_id or 0)}
            new.awards.append(Award(position=award.position, **told))
        _store_new(actor, new, address, actor.id)
        return new


def _listed(values: type[Values], row: Track | MediaRequirement | FormField | Criterion) -> dict[str, Any]:
    return {"key": row.key, "position": row.position, **values.stored(row)}


def _copy_track(track: Track, new: Contest) -> Track:
    copy = Track(**_listed(TrackValues, track))
    copy.requirements = [MediaRequirement(**_listed(FileValues, asked)) for asked in track.requirements]
    new.tracks.append(copy)
    return copy


def _copy_stages(old: Contest, new: Contest) -> None:
    for stage in old.stages:
        forever = stage.kind is StageKind.ANNOUNCEMENT
        ends = FOREVER if forever else year_later(stage.ends_at, old.timezone)
        new.stages.append(Stage(kind=stage.kind, starts_at=year_later(stage.starts_at, old.timezone), ends_at=ends))


def year_later(at: datetime, zone_name: str) -> datetime:
    """Return the instant at which that zone's wall clocks show the same a year later (29 February: the 28th)."""
    local = at.astimezone(clock.zone(zone_name))
    last = calendar.monthrange(local.year + 1, local.month)[1]
    return local.replace(year=local.year + 1, day=min(local.day, last))


def _next_year_in(words: str) -> str:
    return re.sub(r"\b(20\d\d)\b", lambda found: str(int(found[1]) + 1), words)[:TITLE_MOST]


def next_slug(slug: str) -> str:
    """Return a free address for next year's contest: the year in it grows, or a number is added."""
    stem = re.sub(r"(?<!\d)(20\d\d)(?!\d)", lambda found: str(int(found[1]) + 1), slug)
    address, number = stem, 1
    while queries.contest_by_slug(address):
        number += 1
        address = f"{stem[:55].strip('-')}-{number}"
    return address
