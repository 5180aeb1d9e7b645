"""The rules in words: kinds, lines of lists, values of the rules document, in the reader's language."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from creative_platform.accounts.regions import region_name
from creative_platform.contests.comparison import Document, is_words
from creative_platform.contests.models import (
    Award,
    Contest,
    ContestKind,
    Criterion,
    FieldKind,
    FormField,
    MediaRequirement,
    StaffRole,
    StageKind,
    Track,
)
from creative_platform.contests.queries import stage
from creative_platform.core.text import LocalizedText
from creative_platform.media.models import MediaKind
from creative_platform.web.languages import LOCALE_NAMES, current_locale, format_span, format_when

KINDS = {
    ContestKind.CONTEST: _l("Contest"),
    ContestKind.HACKATHON: _l("Hackathon"),
    ContestKind.CAMPAIGN: _l("Campaign"),
    ContestKind.GRANT_CALL: _l("Grant call"),
}
FIELD_KINDS = {
    FieldKind.SHORT_TEXT: _l("Short text"),
    FieldKind.LONG_TEXT: _l("Long text"),
    FieldKind.CHOICE: _l("Choice"),
    FieldKind.NUMBER: _l("Number"),
    FieldKind.LINK: _l("Link"),
    FieldKind.CONSENT: _l("Consent"),
}
FILE_KINDS = {
    MediaKind.VIDEO: _l("Video"),
    MediaKind.AUDIO: _l("Sound"),
    MediaKind.IMAGE: _l("Picture"),
    MediaKind.PDF: _l("PDF"),
    MediaKind.ZIP: _l("ZIP archive"),
}
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
    "awards": _l("Awards"),
    "staff": _l("Staff"),
}
LANGUAGES = dict(LOCALE_NAMES)


def size(size_bytes: int) -> str:
    """Say a size in MB."""
    return _("%(num)s MB", num=f"{size_bytes / 1024 / 1024:.4g}")


def count_span(least: int, most: int) -> str:
    """Say how many files: ``1``, ``1–3``, ``0–3``."""
    return str(most) if least == most else f"{least}–{most}"


def file_line(asked: MediaRequirement | Document) -> str:
    """Say what is asked for under one heading of a track: kinds, how many, how large, how long."""
    given = asked if isinstance(asked, dict) else {name: getattr(asked, name) for name in _FILE_NAMES}
    kinds = ", ".join(str(FILE_KINDS[MediaKind(kind)]) for kind in given["kinds"])
    number = ngettext(
        "%(span)s file", "%(span)s files", given["max_count"], span=count_span(given["min_count"], given["max_count"])
    )
    parts = [kinds, number, _("up to %(size)s each", size=size(given["max_size_bytes"]))]
    if given["min_duration_s"]:
        parts.append(_("at least %(span)s", span=span(given["min_duration_s"])))
    if given["max_duration_s"]:
        parts.append(_("at most %(span)s", span=span(given["max_duration_s"])))
    return " · ".join(parts)


_FILE_NAMES = ("kinds", "min_count", "max_count", "max_size_bytes", "min_duration_s", "max_duration_s")


def span(seconds: int) -> str:
    whole_minutes, rest = divmod(seconds, 60)
    if rest:
        return _("%(min)d:%(sec)s min", min=whole_minutes, sec=f"{rest:02}")
    return format_span(seconds)


def item_line(item: Track | MediaRequirement | FormField | Criterion | Award) -> str:
    """Say the second line of a thing in a set-up list."""
    if isinstance(item, Track):
        return "; ".join(asked.title.in_(current_locale()) for asked in item.requirements)
    if isinstance(item, MediaRequirement):
        return file_line(item)
    if isinstance(item, FormField):
        return f"{FIELD_KINDS[item.kind]} · {_('needed') if item.required else _('optional')}"
    if isinstance(item, Criterion):
        return _(
            "weight %(weight)s, marks %(least)s to %(most)s",
            weight=f"{item.weight:g}",
            least=item.scale_min,
            most=item.scale_max,
        )
    where = item.track.title.in_(current_locale()) if item.track else _("all tracks")
    return ngettext("%(num)d winner, %(where)s", "%(num)d winners, %(where)s", item.quantity, where=where)


def localized_document(value: Any) -> Any:
    """Return a rules document whose texts are LocalizedTexts, for a template to choose the language."""
    if is_words(value):
        return LocalizedText(value)
    if isinstance(value, dict):
        return {name: localized_document(part) for name, part in value.items()}
    if isinstance(value, list):
        return [localized_document(part) for part in value]
    return value


def moment(text: str, zone_name: str) -> str:
    """Say an instant of a rules document as wall clock with offset."""
    return format_when(datetime.fromisoformat(text), zone_name)


def regions(codes: list[str]) -> str:
    """Name regions."""
    return ", ".join(region_name(code, current_locale()) for code in codes)


def marks(anchors: dict[str, Any]) -> list[str]:
    """Return the marks that have a meaning, in order."""
    return sorted(anchors, key=int)


def question_line(question: Document) -> str:
    """Say what a question of a rules document takes."""
    kind = FieldKind(question["kind"])
    said = [str(FIELD_KINDS[kind]), _("needed") if question["required"] else _("optional")]
    least, most = question["min_value"], question["max_value"]
    if least is not None or most is not None:
        said.append(_between(least, most) if kind is FieldKind.NUMBER else _characters(least, most))
    return ", ".join(said)


def _between(least: int | None, most: int | None) -> str:
    if least is None:
        return _("at most %(span)s", span=most)
    return _("at least %(span)s", span=least) if most is None else f"{least}–{most}"


def _characters(least: int | None, most: int | None) -> str:
    if least is None or most is None:
        return _("%(span)s characters", span=_between(least, most))
    return ngettext("%(span)s character", "%(span)s characters", most, span=f"{least}–{most}")


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
    if part == "awards":
        return ", ".join(award.title.in_(locale) for award in contest.awards)
    return ngettext("%(num)d person", "%(num)d people", len(contest.staff))


def _ages(contest: Contest) -> list[str]:
    if contest.min_age is None and contest.max_age is None:
        return []
    return [_("age %(span)s", span=_between(contest.min_age, contest.max_age))]
