"""The rules in words: kinds, lines of lists, places and values of the rules document, in the reader's language."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from creative_platform.accounts.regions import region_name
from creative_platform.contests.comparison import ORDER, Difference, Document, Path, is_words, thing_at
from creative_platform.contests.models import (
    Award,
    ContestKind,
    Criterion,
    FieldKind,
    FormField,
    MediaRequirement,
    StaffRole,
    Track,
)
from creative_platform.core.text import LOCALES, LocalizedText
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
_STEPS = {
    "slug": _l("Address"),
    "kind": _l("Kind"),
    "title": _l("Title"),
    "summary": _l("Summary"),
    "body": _l("Text"),
    "timezone": _l("Time zone"),
    "stages": _l("Dates"),
    "entries": _l("Entries"),
    "judging": _l("Judging"),
    "announcement": _l("Announcement"),
    "starts_at": _l("from"),
    "ends_at": _l("until"),
    "limits": _l("Limits"),
    "max_entries_person": _l("Most entries a person"),
    "max_entries_team": _l("Most entries a team"),
    "max_team_size": _l("Most people in a team"),
    "who": _l("Who may enter"),
    "regions": _l("Regions"),
    "members_only": _l("Only members of communities may enter"),
    "min_age": _l("Least age"),
    "max_age": _l("Most age"),
    "drafts_readable": _l("Organizers may read drafts"),
    "tracks": _l("Tracks"),
    "description": _l("Description"),
    "files": _l("Files"),
    "help": _l("Help"),
    "kinds": _l("Kinds of file"),
    "min_count": _l("Least number of files"),
    "max_count": _l("Most files"),
    "max_size_bytes": _l("Largest size of one file"),
    "min_duration_s": _l("Shortest length"),
    "max_duration_s": _l("Longest length"),
    "fields": _l("Questions"),
    "label": _l("Question"),
    "required": _l("An answer is needed"),
    "min_value": _l("Least"),
    "max_value": _l("Most"),
    "options": _l("Answers to choose from"),
    "blind": _l("Blind: the jury does not learn who made an entry"),
    "reviews_per_entry": _l("Reviews an entry"),
    "rounds": _l("Rounds"),
    "criteria": _l("Criteria"),
    "weight": _l("Weight"),
    "scale_min": _l("Lowest mark"),
    "scale_max": _l("Highest mark"),
    "anchors": _l("What marks mean"),
    "awards": _l("Awards"),
    "quantity": _l("How many times it is given"),
    "track": _l("Track"),
    ORDER: _l("Order"),
}
_LANGUAGES = dict(LOCALE_NAMES)


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
        parts.append(_("at least %(span)s", span=_span(given["min_duration_s"])))
    if given["max_duration_s"]:
        parts.append(_("at most %(span)s", span=_span(given["max_duration_s"])))
    return " · ".join(parts)


_FILE_NAMES = ("kinds", "min_count", "max_count", "max_size_bytes", "min_duration_s", "max_duration_s")


def _span(seconds: int) -> str:
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
    return ngettext("given once, %(where)s", "given %(num)d times, %(where)s", item.quantity, where=where)


@dataclass(frozen=True)
class Change:
    """A difference as the rules page tells it; ``lines`` only for long texts: (mark, line), mark one of `` +-``."""

    place: str
    before: str
    after: str
    lines: list[tuple[str, str]]


def change(difference: Difference, before: Document, after: Document) -> Change:
    """Return a difference in the reader's words."""
    path, was, now = difference.path, difference.before, difference.after
    lines: list[tuple[str, str]] = []
    if isinstance(was, str) and isinstance(now, str) and ("\n" in was or "\n" in now or len(was) + len(now) > 400):
        lines = [(line[0], line[2:]) for line in difference_lines(was, now)]
    return Change(_place(path, before, after), _said(path, was, before), _said(path, now, after), lines)


def difference_lines(was: str, now: str) -> list[str]:
    """Return the lines of two texts, each marked as kept, added or gone."""
    old, new = was.splitlines(), now.splitlines()
    lines: list[str] = []
    for kind, a0, a1, b0, b1 in difflib.SequenceMatcher(None, old, new).get_opcodes():
        if kind == "equal":
            lines += [f"  {line}" for line in old[a0:a1]]
            continue
        lines += [f"- {line}" for line in old[a0:a1]]
        lines += [f"+ {line}" for line in new[b0:b1]]
    return lines


def _place(path: Path, before: Document, after: Document) -> str:
    said: list[str] = []
    for n, step in enumerate(path):
        if step.startswith("#"):
            thing = thing_at(after, path[: n + 1]) or thing_at(before, path[: n + 1])
            said.append(_name_of(thing) or step[1:])
        elif step in _LANGUAGES and step in LOCALES:
            said[-1] = f"{said[-1]} ({_LANGUAGES[step]})"
        else:
            said.append(str(_STEPS.get(step, step)))
    return " › ".join(said)


def _name_of(thing: Any) -> str:
    if not isinstance(thing, dict):
        return ""
    return LocalizedText(thing.get("title") or thing.get("label") or {}).in_(current_locale())


def _said(path: Path, value: Any, document: Document) -> str:
    name = path[-1]
    if value is None or value == "" or value == [] or value == {}:
        return ""
    if is_words(value):
        return LocalizedText(value).in_(current_locale())
    if isinstance(value, dict):
        return _name_of(value) or ", ".join(_said((*path, key), value[key], document) for key in value)
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if name in ("starts_at", "ends_at"):
        return moment(value, document["timezone"])
    return _value(path, value, document)


def _value(path: Path, value: Any, document: Document) -> str:
    name = path[-1]
    if name == "max_size_bytes":
        return size(value)
    if name in ("min_duration_s", "max_duration_s"):
        return _span(value)
    if name == "regions":
        return regions(value)
    if name == "kinds":
        return ", ".join(str(FILE_KINDS[MediaKind(kind)]) for kind in value)
    if name == "kind":
        return str(KINDS[ContestKind(value)] if path == ("kind",) else FIELD_KINDS[FieldKind(value)])
    if name == ORDER:
        things = [thing_at(document, (*path[:-1], f"#{key}")) for key in value]
        return ", ".join(_name_of(thing) for thing in things)
    if name == "track":
        return _name_of(thing_at(document, ("tracks", f"#{value}")))
    return f"{value:g}" if isinstance(value, float) else str(value)


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
        span = f"{'' if least is None else least}–{'' if most is None else most}"
        said.append(span if kind is FieldKind.NUMBER else _("%(span)s characters", span=span))
    return ", ".join(said)
