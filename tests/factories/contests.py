"""Rows of contests, made directly."""

from __future__ import annotations

import itertools
from datetime import timedelta
from typing import Any

from creative_platform.accounts.models import User
from creative_platform.contests import rules
from creative_platform.contests.models import (
    Award,
    Contest,
    ContestStaff,
    ContestState,
    Criterion,
    FieldKind,
    FormField,
    MediaRequirement,
    Round,
    RulesVersion,
    StaffRole,
    Stage,
    StageKind,
    Track,
)
from creative_platform.core import clock
from creative_platform.core.db import transaction
from creative_platform.core.text import LocalizedText, search_text, sort_key
from tests.factories.accounts import make_user

_numbers = itertools.count(1)


def text(words: str) -> LocalizedText:
    """The same words in three languages, marked."""
    return LocalizedText(kk=f"{words} (kk)", ru=f"{words} (ru)", en=words)


def make_contest(
    organizer: User | None = None, *, published: bool = True, phase: str = "open", **given: Any
) -> Contest:
    """Store a contest with two tracks, two fields, three stages, a rubric of two criteria and two awards.

    ``phase`` is before, open, judging or over, as of now.
    """
    n = next(_numbers)
    now = clock.now()
    start = {"before": 1, "open": -10, "judging": -31, "over": -60}[phase]
    contest = Contest(
        **{
            "slug": f"contest-{n}",
            "title": text(f"Contest {n}"),
            "summary": text("What it is about"),
            "body": text("**Everything** about it"),
            "state": ContestState.PUBLISHED if published else ContestState.DRAFT,
            "created_at": now,
            "published_at": now if published else None,
            "max_entries_person": 3,
            "max_entries_team": 3,
            "search_text": search_text(f"Contest {n}"),
            "sort_key": sort_key(f"Contest {n}"),
            **given,
        }
    )
    opens = now + timedelta(days=start)
    person = organizer or make_user(name=f"Organizer {n}")
    with transaction() as s:
        s.add(contest)
        s.flush()
        contest.staff.append(ContestStaff(user_id=person.id, role=StaffRole.ORGANIZER, since=now))
        for kind, first, last in (
            (StageKind.ENTRIES, 0, 30),
            (StageKind.JUDGING, 30, 45),
            (StageKind.ANNOUNCEMENT, 46, 400),
        ):
            contest.stages.append(
                Stage(kind=kind, starts_at=opens + timedelta(days=first), ends_at=opens + timedelta(days=last))
            )
        _add_tracks(contest)
        contest.fields.append(
            FormField(key="idea", kind=FieldKind.LONG_TEXT, label=text("The idea"), max_value=2000, required=True)
        )
        contest.fields.append(FormField(key="link", kind=FieldKind.LINK, label=text("A link"), position=1))
        rubric = Round(number=1, title=text("Round 1"))
        rubric.criteria.append(
            Criterion(key="craft", title=text("Craft"), weight=2, anchors={"1": {"en": "weak"}, "10": {"en": "superb"}})
        )
        rubric.criteria.append(Criterion(key="meaning", title=text("Meaning"), weight=1, position=1))
        contest.rounds.append(rubric)
        contest.awards.append(Award(title=text("Grand prix")))
        contest.awards.append(Award(title=text("First place"), quantity=2, position=1))
        s.flush()
        if published:
            document = rules.document_of(contest)
            contest.rules.append(
                RulesVersion(
                    number=1,
                    document=document,
                    sha256=rules.sha256_of(document),
                    published_at=now,
                    published_by_id=person.id,
                )
            )
    return contest


def _add_tracks(contest: Contest) -> None:
    video = Track(key="video", title=text("Video"))
    video.requirements.append(MediaRequirement(key="film", title=text("The film"), kinds=["video"], max_duration_s=600))
    contest.tracks.append(video)
    story = Track(key="story", title=text("Story"), position=1)
    story.requirements.append(
        MediaRequirement(key="pages", title=text("Pages"), kinds=["pdf", "image"], min_count=0, max_count=3)
    )
    contest.tracks.append(story)
