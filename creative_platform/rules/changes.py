"""What changed between two versions of the rules, in the reader's words."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from creative_platform.core.text import LOCALES, LocalizedText
from creative_platform.rules.comparison import ORDER, Difference, differences
from creative_platform.rules.document import Document, Path, is_words, thing_at
from creative_platform.rules.wording import (
    FIELD_KINDS,
    KINDS,
    LANGUAGES,
    file_kinds,
    moment,
    regions,
    size,
    span,
    tie_steps,
)
from creative_platform.web.languages import current_locale, format_number

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
    "max_entries_person": _l("Maximum entries per person"),
    "max_entries_team": _l("Maximum entries per team"),
    "max_team_size": _l("Maximum team size"),
    "delivery_window_h": _l("Hours in which committed files may follow"),
    "who": _l("Who may enter"),
    "regions": _l("Regions"),
    "members_only": _l("Only members of communities may enter"),
    "min_age": _l("Minimum age"),
    "max_age": _l("Maximum age"),
    "drafts_readable": _l("Organizers may read drafts"),
    "tracks": _l("Tracks"),
    "description": _l("Description"),
    "files": _l("Files"),
    "help": _l("Help"),
    "kinds": _l("Kinds of file"),
    "min_count": _l("Minimum number of files"),
    "max_count": _l("Maximum number of files"),
    "max_size_bytes": _l("Largest size of one file"),
    "min_duration_s": _l("Shortest length"),
    "max_duration_s": _l("Longest length"),
    "fields": _l("Questions"),
    "label": _l("Question"),
    "required": _l("An answer is needed"),
    "min_value": _l("Minimum"),
    "max_value": _l("Maximum"),
    "options": _l("Answers to choose from"),
    "blind": _l("Blind: the jury does not learn who made an entry"),
    "reviews_per_entry": _l("Jurors for each entry"),
    "draws_sha256": _l("SHA-256 of the seed of the drawings"),
    "tie_steps": _l("Equal scores"),
    "lots_sha256": _l("SHA-256 of the seed of the lots"),
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


@dataclass(frozen=True)
class Change:
    """A difference as the rules page tells it; ``lines`` only for long texts: (mark, line), mark one of `` +-``."""

    place: str
    before: str
    after: str
    lines: list[tuple[str, str]]


def changes(before: Document, after: Document) -> list[Change]:
    """Return every difference of two rules documents in the reader's words."""
    return [_change(difference, before, after) for difference in differences(before, after)]


def _change(difference: Difference, before: Document, after: Document) -> Change:
    path, was, now = difference.path, difference.before, difference.after
    lines: list[tuple[str, str]] = []
    if isinstance(was, str) and isinstance(now, str) and ("\n" in was or "\n" in now or len(was) + len(now) > 400):
        lines = [(line[0], line[2:]) for line in difference_lines(was, now)]
    return Change(_place(path, before, after), _said(path, was, before), _said(path, now, after), lines)


COMPARED_LINES_MOST = 1000


def difference_lines(was: str, now: str) -> list[str]:
    """Return the lines of two texts, each marked as kept, added or gone."""
    old, new = was.splitlines(), now.splitlines()
    if len(old) + len(new) > COMPARED_LINES_MOST:
        return [*(f"- {line}" for line in old), *(f"+ {line}" for line in new)]
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
        elif step in LANGUAGES and step in LOCALES:
            said[-1] = f"{said[-1]} ({LANGUAGES[step]})"
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
        return span(value)
    if name == "regions":
        return regions(value)
    if name == "tie_steps":
        return "; ".join(tie_steps(document["judging"]))
    if name == "kinds":
        return file_kinds(value)
    if name == "kind":
        return str(KINDS[value] if path == ("kind",) else FIELD_KINDS[value])
    if name == ORDER:
        things = [thing_at(document, (*path[:-1], f"#{key}")) for key in value]
        return ", ".join(_name_of(thing) for thing in things)
    if name == "track":
        return _name_of(thing_at(document, ("tracks", f"#{value}")))
    return format_number(value) if isinstance(value, float) else str(value)
