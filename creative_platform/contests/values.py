"""What an organizer may set, part by part, each with its limits. Nothing else can reach a row.

This is the one list of what a part consists of: forms ask for it, verbs store it, the rules document says it, a copied
contest takes it over. ``problems`` returns field name to sentence; ``apply`` writes the values onto a row. Text is in
three languages.
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
from creative_platform.contests.models import Contest, ContestKind, Criterion, FieldKind, FormField, StageKind
from creative_platform.core import clock
from creative_platform.core.text import N_, LocalizedText, search_text, sort_key
from creative_platform.media.models import MediaKind

TITLE_MOST, SUMMARY_MOST, BODY_MOST = 200, 500, 20_000
LABEL_MOST, HELP_MOST, TEXT_MOST = 500, 1000, 2000
AGE_MOST = 120
SIZE_MOST_BYTES = 2_000 * 1024 * 1024
DURATION_MOST_S = 24 * 3600
COUNT_MOST = 100
WINDOW_MOST_H = 14 * 24
NUMBER_MOST = 1_000_000_000
TEXT_ANSWER_MOST = 20_000
SCALE_MOST = 100
OPTIONS_MOST = 100
TIE_STEPS_MOST = 6
BY_CRITERION = "criterion:"  # before the key of the criterion whose mark decides
LAST_STEPS = ("chair", "lot")  # nothing is left to decide after them
TIE_STEPS = ("median", "top-marks", "agreement", *LAST_STEPS)  # docs/judging.md and scoring say what each compares
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


def _words(most: int, *, required: bool = False) -> Any:
    """Return a field for a text in three languages."""
    check = {"check": lambda texts: text_problem(texts, most, required=required)}
    return field(metadata=check) if required else field(default_factory=LocalizedText, metadata=check)


def _whole(least: int, most: int, **default: int | None) -> Any:
    """Return a field for a whole number within limits; it may be left out when None is its default."""
    optional = default.get("default", least) is None

    def check(value: Any) -> str | None:
        return None if value is None and optional or _within(value, least, most) else OUT_OF_RANGE

    return field(metadata={"check": check}, **default)  # type: ignore[call-overload]


def _within(value: Any, least: int, most: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= most


Problems = Iterator[tuple[str, str | None]]


@dataclass(frozen=True, kw_only=True)
class Values:
    """The values of one part, named as its row's columns, in the order in which the rules document says them."""

    def _more_checks(self) -> Problems:
        """Yield what the limits of single fields do not say."""
        return iter(())

    def _checks(self) -> Problems:
        for each in fields(self):
            if "check" in each.metadata:
                yield each.name, each.metadata["check"](getattr(self, each.name))
        yield from self._more_checks()
        values = self.stored(self)
        for name, least in values.items():
            most = values.get(name.replace("min_", "max_", 1)) if name.startswith("min_") else None
            yield name, LEAST_ABOVE_MOST if least is not None and most is not None and least > most else None

    def problems(self) -> dict[str, str]:
        """Return field name to sentence, the first of each; empty when all can be kept."""
        found: dict[str, str] = {}
        for name, sentence in self._checks():
            if sentence:
                found.setdefault(name, sentence)
        return found

    def apply(self, row: Any) -> None:
        """Write the values onto a row."""
        for name, value in self.stored(self).items():
            setattr(row, name, value)

    @classmethod
    def stored(cls, row: Any) -> dict[str, Any]:
        """Return what a row (or other values of this part) holds, by name."""
        return {each.name: getattr(row, each.name) for each in fields(cls)}


@dataclass(frozen=True, kw_only=True)
class TextValues(Values):
    """What the contest is called and about."""

    kind: ContestKind
    title: LocalizedText = _words(TITLE_MOST, required=True)
    summary: LocalizedText = _words(SUMMARY_MOST)
    body: LocalizedText = _words(BODY_MOST)

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
    """Who may enter how often, how long committed files may follow, and how entries are judged."""

    max_entries_person: int = _whole(1, COUNT_MOST)
    max_entries_team: int = _whole(1, COUNT_MOST)
    max_team_size: int = _whole(1, COUNT_MOST)
    delivery_window_h: int = _whole(0, WINDOW_MOST_H, default=48)
    min_age: int | None = _whole(0, AGE_MOST, default=None)
    max_age: int | None = _whole(0, AGE_MOST, default=None)
    allowed_regions: list[str] = field(default_factory=list)
    members_only: bool = False
    drafts_readable: bool = False
    blind: bool = True
    reviews_per_entry: int = _whole(1, COUNT_MOST, default=3)

    def _more_checks(self) -> Problems:
        if not set(self.allowed_regions) <= set(REGIONS):
            yield "allowed_regions", N_("There is no such region.")


@dataclass(frozen=True, kw_only=True)
class TieValues(Values):
    """By which steps, one after the other, entries of equal score are put in order; without any they share a place."""

    tie_steps: list[str] = field(default_factory=list)

    def _more_checks(self) -> Problems:
        steps = self.tie_steps
        known = all(step in TIE_STEPS or step.startswith(BY_CRITERION) for step in steps)
        yield "tie_steps", None if known and len(steps) <= TIE_STEPS_MOST else N_("Choose only from what is offered.")
        yield "tie_steps", N_("A step stands here twice.") if len(set(steps)) < len(steps) else None
        final = any(step in LAST_STEPS for step in steps[:-1])
        yield "tie_steps", N_("Nothing can follow the chair's decision or lots.") if final else None


@dataclass(frozen=True, kw_only=True)
class TrackValues(Values):
    """A track's name and what it is for."""

    title: LocalizedText = _words(TITLE_MOST, required=True)
    description: LocalizedText = _words(TEXT_MOST)


@dataclass(frozen=True, kw_only=True)
class FileValues(Values):
    """What files a track asks for under one heading. Without kinds or counts in order nothing could be handed in."""

    title: LocalizedText = _words(TITLE_MOST, required=True)
    help: LocalizedText = _words(HELP_MOST)
    kinds: list[str]
    min_count: int = _whole(0, COUNT_MOST, default=1)
    max_count: int = _whole(1, COUNT_MOST, default=1)
    max_size_bytes: int = _whole(1024, SIZE_MOST_BYTES)
    min_duration_s: int | None = _whole(1, DURATION_MOST_S, default=None)
    max_duration_s: int | None = _whole(1, DURATION_MOST_S, default=None)

    def _more_checks(self) -> Problems:
        if not self.kinds or not set(self.kinds) <= {kind.value for kind in MediaKind}:
            yield "kinds", N_("Choose at least one kind of file.")


@dataclass(frozen=True, kw_only=True)
class FieldValues(Values):
    """A question of the entry form. ``min_value``/``max_value``: characters of a text, size of a number.

    ``options``: of a choice, each ``{"key": …, "title": LocalizedText}``.
    """

    kind: FieldKind
    label: LocalizedText = _words(LABEL_MOST, required=True)
    help: LocalizedText = _words(HELP_MOST)
    required: bool = False
    min_value: int | None = _whole(-NUMBER_MOST, NUMBER_MOST, default=None)
    max_value: int | None = _whole(-NUMBER_MOST, NUMBER_MOST, default=None)
    options: list[dict[str, Any]] = field(default_factory=list)

    def _more_checks(self) -> Problems:
        if self.kind is not FieldKind.NUMBER:
            for name in ("min_value", "max_value"):
                value = getattr(self, name)
                yield name, None if value is None or _within(value, 0, TEXT_ANSWER_MOST) else OUT_OF_RANGE
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


@dataclass(frozen=True, kw_only=True)
class CriterionValues(Values):
    """A criterion: its weight beside the others, its scale, what each level means (value to text)."""

    title: LocalizedText = _words(TITLE_MOST, required=True)
    help: LocalizedText = _words(TEXT_MOST)
    weight: float = 1.0
    scale_min: int = _whole(0, SCALE_MOST, default=1)
    scale_max: int = _whole(0, SCALE_MOST, default=10)
    anchors: dict[str, LocalizedText] = field(default_factory=dict)

    def _more_checks(self) -> Problems:
        sane = isinstance(self.weight, int | float) and math.isfinite(self.weight) and 0.01 <= self.weight <= 100
        yield "weight", None if sane else OUT_OF_RANGE
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


@dataclass(frozen=True, kw_only=True)
class AwardValues(Values):
    """What can be won, how many times, in one track or in all (``track_id`` None)."""

    title: LocalizedText = _words(TITLE_MOST, required=True)
    description: LocalizedText = _words(TEXT_MOST)
    quantity: int = _whole(1, COUNT_MOST, default=1)
    track_id: int | None = None
