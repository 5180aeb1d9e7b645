"""What an organizer may set, part by part, each with its limits. Nothing else can reach a row.

``problems`` returns field name to sentence; ``apply`` writes the values onto a row. Text is in three languages.
"""

from __future__ import annotations

import math
import re
import unicodedata
import zoneinfo
from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from typing import Any

from creative_platform.accounts.regions import REGIONS
from creative_platform.contests.models import (
    Award,
    Contest,
    ContestKind,
    Criterion,
    FieldKind,
    FormField,
    MediaRequirement,
    StageKind,
    Track,
)
from creative_platform.core import clock
from creative_platform.core.text import N_, LocalizedText, search_text, sort_key
from creative_platform.media.models import MediaKind

TITLE_MOST, SUMMARY_MOST, BODY_MOST = 200, 500, 20_000
SIZE_MOST_BYTES = 2_000 * 1024 * 1024
DURATION_MOST_S = 24 * 3600
COUNT_MOST = 100
NUMBER_MOST = 1_000_000_000
TEXT_ANSWER_MOST = 20_000
SCALE_MOST = 100
OPTIONS_MOST = 100
FIRST_YEAR, LAST_YEAR = 2000, 2100
FOREVER = datetime(2200, 1, 1, tzinfo=UTC)

RESERVED_SLUGS = frozenset({"new", "preview", "archive", "open", "past", "feed"})
_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")

TOO_LONG = N_("This is too long.")
IN_ONE_LANGUAGE = N_("Write this in at least one language.")
OUT_OF_RANGE = N_("This number is out of range.")
LEAST_ABOVE_MOST = N_("The least is above the most.")
UNREADABLE = N_("This holds characters that cannot be stored.")

_LETTERS = "абвгдеёжзийклмнопрстуфхцчшщыэюяәғқңөұүһі"
_SOUNDS = "a b v g d e e zh z i i k l m n o p r s t u f kh ts ch sh shch y e yu ya a g q n o u u h i"
_LATIN = dict(zip(_LETTERS, _SOUNDS.split(), strict=True))


def slug_of(words: str) -> str:
    """Return an address made of words: Latin letters, digits, hyphens; empty when nothing is left."""
    latin = "".join(_LATIN.get(ch, ch) for ch in words.casefold())
    plain = unicodedata.normalize("NFKD", latin).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:60].strip("-")


def slug_problem(slug: str) -> str | None:
    """Return why an address cannot be used, or None."""
    if not 3 <= len(slug) <= 60 or not _SLUG.fullmatch(slug):
        return N_("Use 3 to 60 small Latin letters, digits and single hyphens.")
    return N_("This address is kept for the platform itself.") if slug in RESERVED_SLUGS else None


def text_problem(texts: LocalizedText, most: int, *, required: bool = False) -> str | None:
    """Return why a text in three languages cannot be kept, or None."""
    if required and not texts:
        return IN_ONE_LANGUAGE
    for said in texts.values():
        if len(said) > most:
            return TOO_LONG
        if any(unicodedata.category(ch) in ("Cc", "Cs") and ch not in "\n\t\r" for ch in said):
            return UNREADABLE
    return None


def _within(value: Any, least: int, most: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= most


Problems = Iterator[tuple[str, str | None]]


@dataclass(frozen=True, kw_only=True)
class Values:
    """The values of one part; a subclass names them and their limits."""

    def _checks(self) -> Problems:
        raise NotImplementedError

    def problems(self) -> dict[str, str]:
        """Return field name to sentence; empty when all can be kept."""
        found: dict[str, str] = {}
        for name, sentence in self._checks():
            if sentence and name not in found:
                found[name] = sentence
        return found

    def apply(self, row: Any) -> None:
        """Write the values onto a row."""
        for each in fields(self):
            setattr(row, each.name, getattr(self, each.name))


@dataclass(frozen=True, kw_only=True)
class TextValues(Values):
    """What the contest is called and about."""

    kind: ContestKind
    title: LocalizedText
    summary: LocalizedText = field(default_factory=LocalizedText)
    body: LocalizedText = field(default_factory=LocalizedText)

    def _checks(self) -> Problems:
        yield "title", text_problem(self.title, TITLE_MOST, required=True)
        yield "summary", text_problem(self.summary, SUMMARY_MOST)
        yield "body", text_problem(self.body, BODY_MOST)

    def apply(self, row: Contest) -> None:
        """Write the texts and what they are searched and sorted by."""
        super().apply(row)
        row.search_text = search_text(*self.title.values())[:900]
        row.sort_key = sort_key(self.title.in_("kk"))


@dataclass(frozen=True, kw_only=True)
class DateValues:
    """When the stages are, as instants, and in which zone they are told."""

    timezone: str
    entries_start: datetime
    entries_end: datetime
    judging_start: datetime
    judging_end: datetime
    announcement_start: datetime

    def problems(self) -> dict[str, str]:
        """Return field name to sentence; empty when the dates are in order."""
        found: dict[str, str] = {}
        if not zone_exists(self.timezone):
            found["timezone"] = N_("There is no such time zone. Write it like Asia/Almaty.")
        order = ("entries_start", "entries_end", "judging_start", "judging_end", "announcement_start")
        for first, second in zip(order, order[1:], strict=False):
            earlier, later = getattr(self, first), getattr(self, second)
            touching = second in ("judging_start", "announcement_start")
            if earlier > later or (earlier == later and not touching):
                found.setdefault(second, N_("This must come after the moment above it."))
        for name in order:
            if not FIRST_YEAR <= getattr(self, name).year <= LAST_YEAR:
                found[name] = N_("This year is out of range.")
        return found

    def spans(self) -> dict[StageKind, tuple[datetime, datetime]]:
        """Return from when to when each stage is; the announcement lasts to the end of time."""
        return {
            StageKind.ENTRIES: (self.entries_start, self.entries_end),
            StageKind.JUDGING: (self.judging_start, self.judging_end),
            StageKind.ANNOUNCEMENT: (self.announcement_start, FOREVER),
        }


def zone_exists(name: str) -> bool:
    """Say whether the tzdata package knows the zone."""
    try:
        return len(name) <= 60 and bool(clock.zone(name))
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        return False


@dataclass(frozen=True, kw_only=True)
class LimitValues(Values):
    """Who may enter how often, and how entries are judged."""

    max_entries_person: int
    max_entries_team: int
    max_team_size: int
    min_age: int | None = None
    max_age: int | None = None
    allowed_regions: list[str] = field(default_factory=list)
    members_only: bool = False
    drafts_readable: bool = False
    blind: bool = True
    reviews_per_entry: int = 3

    def _checks(self) -> Problems:
        for name in ("max_entries_person", "max_entries_team", "max_team_size", "reviews_per_entry"):
            yield name, None if _within(getattr(self, name), 1, COUNT_MOST) else OUT_OF_RANGE
        for name in ("min_age", "max_age"):
            age = getattr(self, name)
            yield name, None if age is None or _within(age, 0, 120) else OUT_OF_RANGE
        if self.min_age is not None and self.max_age is not None and self.min_age > self.max_age:
            yield "min_age", LEAST_ABOVE_MOST
        if not set(self.allowed_regions) <= set(REGIONS):
            yield "allowed_regions", N_("There is no such region.")


@dataclass(frozen=True, kw_only=True)
class TrackValues(Values):
    """A track's name and what it is for."""

    title: LocalizedText
    description: LocalizedText = field(default_factory=LocalizedText)

    def _checks(self) -> Problems:
        yield "title", text_problem(self.title, TITLE_MOST, required=True)
        yield "description", text_problem(self.description, 2000)

    new_row = Track


@dataclass(frozen=True, kw_only=True)
class FileValues(Values):
    """What files a track asks for under one heading. Without kinds or counts in order nothing could be handed in."""

    title: LocalizedText
    help: LocalizedText = field(default_factory=LocalizedText)
    kinds: list[str]
    min_count: int = 1
    max_count: int = 1
    max_size_bytes: int
    min_duration_s: int | None = None
    max_duration_s: int | None = None

    def _checks(self) -> Problems:
        yield "title", text_problem(self.title, TITLE_MOST, required=True)
        yield "help", text_problem(self.help, 1000)
        if not self.kinds or not set(self.kinds) <= {kind.value for kind in MediaKind}:
            yield "kinds", N_("Choose at least one kind of file.")
        yield "min_count", None if _within(self.min_count, 0, COUNT_MOST) else OUT_OF_RANGE
        yield "max_count", None if _within(self.max_count, 1, COUNT_MOST) else OUT_OF_RANGE
        yield "min_count", LEAST_ABOVE_MOST if self.min_count > self.max_count else None
        yield "max_size_bytes", None if _within(self.max_size_bytes, 1024, SIZE_MOST_BYTES) else OUT_OF_RANGE
        for name in ("min_duration_s", "max_duration_s"):
            span = getattr(self, name)
            yield name, None if span is None or _within(span, 1, DURATION_MOST_S) else OUT_OF_RANGE
        if self.min_duration_s is not None and self.max_duration_s is not None:
            yield "min_duration_s", LEAST_ABOVE_MOST if self.min_duration_s > self.max_duration_s else None

    new_row = MediaRequirement


@dataclass(frozen=True, kw_only=True)
class FieldValues(Values):
    """A question of the entry form. ``min_value``/``max_value``: characters of a text, size of a number.

    ``options``: of a choice, each ``{"key": …, "title": LocalizedText}``.
    """

    kind: FieldKind
    label: LocalizedText
    help: LocalizedText = field(default_factory=LocalizedText)
    required: bool = False
    min_value: int | None = None
    max_value: int | None = None
    options: list[dict[str, Any]] = field(default_factory=list)

    def _checks(self) -> Problems:
        yield "label", text_problem(self.label, 500, required=True)
        yield "help", text_problem(self.help, 1000)
        least, most = (-NUMBER_MOST, NUMBER_MOST) if self.kind is FieldKind.NUMBER else (0, TEXT_ANSWER_MOST)
        for name in ("min_value", "max_value"):
            value = getattr(self, name)
            yield name, None if value is None or _within(value, least, most) else OUT_OF_RANGE
        if self.min_value is not None and self.max_value is not None and self.min_value > self.max_value:
            yield "min_value", LEAST_ABOVE_MOST
        if self.kind is FieldKind.CHOICE:
            yield "options", None if 2 <= len(self.options) <= OPTIONS_MOST else N_("Give two to 100 answers.")
        keys = [option["key"] for option in self.options]
        yield "options", N_("Two answers are the same.") if len(keys) != len(set(keys)) else None
        for option in self.options:
            yield "options", text_problem(LocalizedText(option["title"]), TITLE_MOST, required=True)

    def apply(self, row: FormField) -> None:
        """Write the values; limits and answers only where the kind has them."""
        super().apply(row)
        if self.kind not in (FieldKind.SHORT_TEXT, FieldKind.LONG_TEXT, FieldKind.NUMBER):
            row.min_value = row.max_value = None
        row.options = [
            {"key": option["key"], "title": dict(LocalizedText(option["title"]))}
            for option in (self.options if self.kind is FieldKind.CHOICE else [])
        ]

    new_row = FormField


@dataclass(frozen=True, kw_only=True)
class CriterionValues(Values):
    """A criterion: its weight beside the others, its scale, what each level means (value to text)."""

    title: LocalizedText
    help: LocalizedText = field(default_factory=LocalizedText)
    weight: float = 1.0
    scale_min: int = 1
    scale_max: int = 10
    anchors: dict[str, LocalizedText] = field(default_factory=dict)

    def _checks(self) -> Problems:
        yield "title", text_problem(self.title, TITLE_MOST, required=True)
        yield "help", text_problem(self.help, 2000)
        sane = isinstance(self.weight, int | float) and math.isfinite(self.weight) and 0.01 <= self.weight <= 100
        yield "weight", None if sane else OUT_OF_RANGE
        for name in ("scale_min", "scale_max"):
            yield name, None if _within(getattr(self, name), 0, SCALE_MOST) else OUT_OF_RANGE
        yield "scale_min", LEAST_ABOVE_MOST if self.scale_min >= self.scale_max else None
        for level, words in self.anchors.items():
            if not (level.isascii() and level.isdigit() and self.scale_min <= int(level[:6]) <= self.scale_max):
                yield "anchors", N_("A level lies outside the scale.")
            yield "anchors", text_problem(words, 500, required=True)

    def apply(self, row: Criterion) -> None:
        """Write the values."""
        super().apply(row)
        row.weight = float(self.weight)
        row.anchors = {level: dict(words) for level, words in sorted(self.anchors.items(), key=lambda a: int(a[0]))}

    new_row = Criterion


@dataclass(frozen=True, kw_only=True)
class AwardValues(Values):
    """What can be won, how many times, in one track or in all (``track_id`` None)."""

    title: LocalizedText
    description: LocalizedText = field(default_factory=LocalizedText)
    quantity: int = 1
    track_id: int | None = None

    def _checks(self) -> Problems:
        yield "title", text_problem(self.title, TITLE_MOST, required=True)
        yield "description", text_problem(self.description, 2000)
        yield "quantity", None if _within(self.quantity, 1, COUNT_MOST) else OUT_OF_RANGE

    new_row = Award
