"""Contests of the demo: set up part by part as an organizer does, then published."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from creative_platform.contests import queries
from creative_platform.contests.models import Contest, ContestKind, FieldKind, StaffRole
from creative_platform.contests.values import (
    BY_CRITERION,
    AwardValues,
    CriterionValues,
    DateValues,
    FieldValues,
    FileValues,
    LimitValues,
    TextValues,
    TieValues,
    TrackValues,
)
from creative_platform.core.text import LocalizedText
from creative_platform.demo.people import Person
from creative_platform.setup import service as setup
from creative_platform.setup.service.editing import Edit

MIB = 1024 * 1024


def make_contest(told: dict[str, Any], texts: dict[str, Any], people: dict[str, Person], now: datetime) -> Contest:
    """Create, fill in and publish a contest whose days are relative to ``now``."""
    organizer = people["organizer"].actor
    contest = setup.create_contest(
        people["admin"].actor,
        title=LocalizedText(told["title"]),
        slug=told["slug"],
        kind=ContestKind(told["kind"]),
        organizer=people["organizer"].user,
    )

    def edit() -> Edit:
        return Edit(contest.version)

    words = {name: LocalizedText(told[name]) for name in ("title", "summary", "body")}
    setup.save_text(organizer, contest.id, edit(), TextValues(kind=contest.kind, **words))
    setup.save_dates(organizer, contest.id, edit(), _dates(told["days"], now))
    limits = LimitValues(
        max_entries_person=4, max_entries_team=2, max_team_size=6, reviews_per_entry=told["reviews"], blind=True
    )
    setup.save_limits(organizer, contest.id, edit(), limits)
    for key in told["tracks"]:
        _add_track(contest, people["organizer"], texts["tracks"][key])
    for field in texts["fields"]:
        values = {**field, "kind": FieldKind(field["kind"]), **_localized(field, "label", "help")}
        setup.add_field(organizer, contest.id, edit(), FieldValues(**values))
    rubric = []
    for criterion in texts["criteria"]:
        anchors = {level: LocalizedText(said) for level, said in criterion["anchors"].items()}
        values = {**criterion, "anchors": anchors, **_localized(criterion, "title", "help")}
        rubric.append(setup.add_criterion(organizer, contest.id, edit(), CriterionValues(**values)))
    ties = TieValues(tie_steps=[f"{BY_CRITERION}{rubric[0].key}", "median", "lot"])
    setup.save_ties(organizer, contest.id, edit(), ties)
    for award in texts["awards"]:
        values = {**award, **_localized(award, "title", "description")}
        setup.add_award(organizer, contest.id, edit(), AwardValues(**values))
    setup.add_staff(organizer, contest.id, people["auditor"].user, StaffRole.AUDITOR)
    setup.publish_contest(organizer, contest.id)
    return whole(told["slug"])


def whole(slug: str) -> Contest:
    """Return a contest as it is stored now."""
    found = queries.whole_contest(slug)
    if found is None:
        raise LookupError(slug)
    return found


def _localized(told: dict[str, Any], *names: str) -> dict[str, LocalizedText]:
    return {name: LocalizedText(told[name]) for name in names if name in told}


def _dates(days: dict[str, float], now: datetime) -> DateValues:
    """Return the dates of a contest: whole hours, the opening at nine and the close at eighteen in Almaty."""
    hour = {"entries_start": 4, "entries_end": 13, "judging_start": 13, "judging_end": 13, "announcement": 9}
    at = {
        name: (now + timedelta(days=days[name])).replace(hour=utc_hour, minute=0, second=0, microsecond=0)
        for name, utc_hour in hour.items()
    }
    return DateValues(timezone="Asia/Almaty", announcement_start=at.pop("announcement"), **at)


def _add_track(contest: Contest, organizer: Person, told: dict[str, Any]) -> None:
    track = setup.add_track(
        organizer.actor, contest.id, Edit(contest.version), TrackValues(**_localized(told, "title", "description"))
    )
    for file in told["files"]:
        values = {name: file[name] for name in ("kinds", "min_count", "max_count", "max_duration_s") if name in file}
        values |= _localized(file, "title", "help")
        setup.add_file(
            organizer.actor,
            contest.id,
            Edit(contest.version),
            track.key,
            FileValues(max_size_bytes=file["max_mb"] * MIB, **values),
        )
