"""What a contest needs before it can be published, and what is only wise. Pure over loaded rows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from creative_platform.contests.models import Contest, StageKind, Track
from creative_platform.contests.queries import stage
from creative_platform.core.text import LOCALES, N_


@dataclass(frozen=True)
class Check:
    """One line of the publishing checklist; ``part`` names the set-up page that mends it."""

    part: str
    label: str
    done: bool
    optional: bool = False


def checklist(contest: Contest, at: datetime) -> list[Check]:
    """Return what publishing needs and what is only wise, each with whether it is done."""
    entries, judging = stage(contest, StageKind.ENTRIES), stage(contest, StageKind.JUDGING)
    criteria = [criterion for round_ in contest.rounds for criterion in round_.criteria]
    in_all = all(locale in contest.title for locale in LOCALES)
    return [
        Check("text", N_("A title in at least one language"), bool(contest.title)),
        Check("text", N_("A title in all three languages"), in_all, optional=True),
        Check("text", N_("A text that says what the contest is about"), bool(contest.body), optional=True),
        Check("dates", N_("When entries open and close; the close lies ahead"), bool(entries and entries.ends_at > at)),
        Check("dates", N_("When the jury works"), judging is not None),
        Check("dates", N_("When the results are announced"), stage(contest, StageKind.ANNOUNCEMENT) is not None),
        Check("tracks", N_("At least one track"), len(contest.tracks) > 0),
        Check("form", N_("Questions of the entry form"), len(contest.fields) > 0, optional=True),
        Check("rubric", N_("At least one criterion"), len(criteria) > 0),
        Check("ties", N_("What decides between equal scores"), bool(contest.tie_steps), optional=True),
        Check("awards", N_("At least one award"), len(contest.awards) > 0),
    ]


def tracks_of_title_alone(contest: Contest) -> list[Track]:
    """Return the tracks that ask for nothing but a title and a few sentences: no file, and no question in the form."""
    return [] if contest.fields else [track for track in contest.tracks if not track.requirements]


def missing(contest: Contest, at: datetime) -> list[Check]:
    """Return what still keeps the contest from being published."""
    return [check for check in checklist(contest, at) if not (check.done or check.optional)]
