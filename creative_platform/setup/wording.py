"""The set-up pages in words: the parts of a contest and what each holds now."""

from __future__ import annotations

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from creative_platform.contests.models import Contest, StaffRole, StageKind
from creative_platform.contests.queries import stage
from creative_platform.rules.wording import LANGUAGES, between, regions, tie_step
from creative_platform.web.languages import current_locale, format_when

ROLES = {
    StaffRole.ORGANIZER: _l("Organizer: sets up, screens, decides, announces"),
    StaffRole.AUDITOR: _l("Auditor: sees everything, changes nothing"),
}


PARTS = {
    "text": _l("Title and text"),
    "dates": _l("Dates"),
    "limits": _l("Who may enter"),
    "tracks": _l("Tracks and files"),
    "form": _l("Entry form"),
    "rubric": _l("Rubric"),
    "ties": _l("Equal scores"),
    "awards": _l("Awards"),
    "staff": _l("Staff"),
}


def part_line(contest: Contest, part: str) -> str:
    """Say in a line what a part of a contest holds now; empty when nothing."""
    locale = current_locale()
    if part == "text":
        return ", ".join(LANGUAGES[code] for code in contest.title)
    if part == "dates":
        entries = stage(contest, StageKind.ENTRIES)
        zone = contest.timezone
        return f"{format_when(entries.starts_at, zone)} – {format_when(entries.ends_at, zone)}" if entries else ""
    if part == "limits":
        return ", ".join([regions(contest.allowed_regions) or _("all regions"), *_ages(contest)])
    if part == "tracks":
        return ", ".join(track.title.in_(locale) for track in contest.tracks)
    if part == "form":
        return ngettext("%(num)d question", "%(num)d questions", len(contest.fields)) if contest.fields else ""
    if part == "rubric":
        return ", ".join(c.title.in_(locale) for round_ in contest.rounds for c in round_.criteria)
    if part == "ties":
        return "; ".join(tie_step(step, tie_titles(contest)) for step in contest.tie_steps) or _("they share the place")
    if part == "awards":
        return ", ".join(award.title.in_(locale) for award in contest.awards)
    return ngettext("%(num)d person", "%(num)d people", len(contest.staff))


def tie_titles(contest: Contest) -> dict[str, str]:
    """Return the titles of the criteria by key, as steps for equal scores name them."""
    return {c.key: c.title.in_(current_locale()) for round_ in contest.rounds for c in round_.criteria}


def _ages(contest: Contest) -> list[str]:
    if contest.min_age is None and contest.max_age is None:
        return []
    return [_("age %(span)s", span=between(contest.min_age, contest.max_age))]
