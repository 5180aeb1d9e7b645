"""Forms of the lists: tracks, files, questions, criteria, awards."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, SelectField, StringField
from wtforms.validators import InputRequired, Length

from creative_platform.contests import values
from creative_platform.contests.forms.base import (
    NEEDED,
    Between,
    CommaFloatField,
    EditForm,
    MultiCheckboxField,
    choices,
    whole,
)
from creative_platform.contests.models import Award, Criterion, FieldKind, FormField, MediaRequirement, Track
from creative_platform.contests.wording import FIELD_KINDS, FILE_KINDS
from creative_platform.core.text import LOCALES, LocalizedText
from creative_platform.web.fields import localized, localized_data

MEGABYTE = 1024 * 1024
MOST = values.NUMBER_MOST


class TrackForm(EditForm):
    """A track."""

    title = localized(_l("Title"), most=values.TITLE_MOST, required=True)
    description = localized(_l("Description"), most=2000, multiline=True)

    def values(self) -> values.TrackValues:
        """Return what was typed."""
        return values.TrackValues(
            title=localized_data(self.title.data), description=localized_data(self.description.data)
        )

    @staticmethod
    def of(row: Track) -> dict[str, Any]:
        """Return the stored values."""
        return {"title": row.title, "description": row.description}


class FileForm(EditForm):
    """What files a track asks for under one heading."""

    title = localized(_l("What it is"), most=values.TITLE_MOST, required=True, hint=_l("Like: the film, the poster."))
    help = localized(_l("Help"), most=1000, multiline=True)
    kinds = MultiCheckboxField(_l("Kinds of file"), choices=choices(FILE_KINDS))
    min_count = whole(_l("Least number of files"), 0, values.COUNT_MOST, hint=_l("0: they may be left out."))
    max_count = whole(_l("Most files"), 1, values.COUNT_MOST)
    max_size_mb = whole(_l("Largest size of one file, in MB"), 1, values.SIZE_MOST_BYTES // MEGABYTE)
    min_duration_s = whole(_l("Shortest length, in seconds"), 1, values.DURATION_MOST_S, needed=False)
    max_duration_s = whole(
        _l("Longest length, in seconds"), 1, values.DURATION_MOST_S, needed=False, hint=_l("600 are 10 minutes.")
    )

    def values(self) -> values.FileValues:
        """Return what was typed."""
        names = ("kinds", "min_count", "max_count", "min_duration_s", "max_duration_s")
        return values.FileValues(
            title=localized_data(self.title.data),
            help=localized_data(self.help.data),
            max_size_bytes=self.max_size_mb.data * MEGABYTE,
            **{name: self[name].data for name in names},
        )

    @staticmethod
    def of(row: MediaRequirement) -> dict[str, Any]:
        """Return the stored values."""
        names = ("title", "help", "kinds", "min_count", "max_count", "min_duration_s", "max_duration_s")
        stored = {name: getattr(row, name) for name in names}
        return {**stored, "max_size_mb": max(1, row.max_size_bytes // MEGABYTE)}


class QuestionForm(EditForm):
    """A question of the entry form."""

    kind = SelectField(_l("Kind of answer"), choices=choices(FIELD_KINDS))
    label = localized(_l("Question"), most=500, required=True)
    help = localized(_l("Help"), most=1000, multiline=True)
    required = BooleanField(_l("An answer is needed"))
    min_value = whole(
        _l("Least"),
        -values.NUMBER_MOST,
        values.NUMBER_MOST,
        needed=False,
        hint=_l("Characters of a text, or a number."),
    )
    max_value = whole(_l("Most"), -values.NUMBER_MOST, values.NUMBER_MOST, needed=False)
    options = localized(
        _l("Answers to choose from"),
        most=10_000,
        multiline=True,
        hint=_l("For a choice: one a line, in the same order in every language."),
    )
    known: Sequence[dict[str, Any]] = ()

    def validate(self, extra_validators: Any = None) -> bool:
        """Want as many answers in one language as in another."""
        good: bool = super().validate(extra_validators)
        counts = {len(_lines(text)) for text in localized_data(self.options.data).values()}
        if len(counts) > 1:
            first = next(iter(self.options.form))
            first.errors = [*first.errors, _l("Give the same number of answers in every language.")]
        return good and len(counts) < 2

    def values(self) -> values.FieldValues:
        """Return what was typed."""
        names = ("required", "min_value", "max_value")
        return values.FieldValues(
            kind=FieldKind(self.kind.data),
            label=localized_data(self.label.data),
            help=localized_data(self.help.data),
            options=options_of(localized_data(self.options.data), self.known),
            **{name: self[name].data for name in names},
        )

    @staticmethod
    def of(row: FormField) -> dict[str, Any]:
        """Return the stored values."""
        names = ("label", "help", "required", "min_value", "max_value")
        in_lines = {
            locale: "\n".join(option["title"].get(locale, "") for option in row.options).strip() for locale in LOCALES
        }
        stored = {name: getattr(row, name) for name in names}
        return {**stored, "kind": row.kind.value, "options": LocalizedText(in_lines)}


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def options_of(texts: LocalizedText, known: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the answers that lines of text name; one that was there before keeps its key."""
    by_locale = {locale: _lines(text) for locale, text in texts.items()}
    number = max((len(lines) for lines in by_locale.values()), default=0)
    found: list[dict[str, Any]] = []
    for n in range(number):
        title = LocalizedText({locale: lines[n] for locale, lines in by_locale.items() if n < len(lines)})
        before = (old["key"] for old in known if set(old["title"].items()) & set(title.items()))
        key = next(before, None) or values.slug_of(title.in_("en"))[:40].strip("-") or f"answer-{n + 1}"
        found.append({"key": key, "title": title})
    return found


class CriterionForm(EditForm):
    """A criterion of the rubric."""

    title = localized(_l("Criterion"), most=values.TITLE_MOST, required=True)
    help = localized(_l("What to look at"), most=2000, multiline=True)
    weight = CommaFloatField(
        _l("Weight"),
        validators=[
            InputRequired(NEEDED),
            Between(0.01, 100),
        ],
        invalid_value_message=_l("Write a number."),
        description=_l("Beside the others: 2 counts twice as much as 1."),
    )
    scale_min = whole(_l("Lowest mark"), 0, values.SCALE_MOST)
    scale_max = whole(_l("Highest mark"), 1, values.SCALE_MOST)
    anchors = localized(
        _l("What marks mean"),
        most=20_000,
        multiline=True,
        hint=_l("One mark a line with a colon after it, like “10: I will remember it for years”."),
    )

    def validate(self, extra_validators: Any = None) -> bool:
        """Want a mark and a colon on each line."""
        good: bool = super().validate(extra_validators)
        for each in self.anchors.form:
            if any(not _level(line) for line in _lines(each.data or "")):
                each.errors = [*each.errors, _l("Begin each line with a mark and a colon.")]
                good = False
        return good

    def values(self) -> values.CriterionValues:
        """Return what was typed."""
        levels: dict[str, dict[str, str]] = {}
        for locale, text in localized_data(self.anchors.data).items():
            for line in _lines(text):
                levels.setdefault(_level(line), {})[locale] = line.split(":", 1)[1].strip()
        return values.CriterionValues(
            title=localized_data(self.title.data),
            help=localized_data(self.help.data),
            weight=self.weight.data,
            scale_min=self.scale_min.data,
            scale_max=self.scale_max.data,
            anchors={level: LocalizedText(words) for level, words in levels.items()},
        )

    @staticmethod
    def of(row: Criterion) -> dict[str, Any]:
        """Return the stored values."""
        names = ("title", "help", "weight", "scale_min", "scale_max")
        levels = sorted(row.anchors.items(), key=lambda item: int(item[0]))
        in_lines = {
            locale: "\n".join(f"{level}: {words[locale]}" for level, words in levels if words.get(locale))
            for locale in LOCALES
        }
        return {**{name: getattr(row, name) for name in names}, "anchors": LocalizedText(in_lines)}


def _level(line: str) -> str:
    """Return the mark before the colon without leading zeros, or an empty string."""
    mark, colon, words = line.partition(":")
    mark = mark.strip()
    good = colon and words.strip() and mark.isascii() and mark.isdigit() and len(mark) <= 4
    return str(int(mark)) if good else ""


class AwardForm(EditForm):
    """What can be won."""

    title = localized(_l("Title"), most=values.TITLE_MOST, required=True)
    description = localized(_l("Description"), most=2000, multiline=True)
    quantity = whole(_l("How many times it is given"), 1, values.COUNT_MOST)
    track = SelectField(_l("Track"), description=_l("An award of one track goes only to its entries."))

    def values(self) -> values.AwardValues:
        """Return what was typed."""
        return values.AwardValues(
            title=localized_data(self.title.data),
            description=localized_data(self.description.data),
            quantity=self.quantity.data,
            track_id=int(self.track.data) if self.track.data else None,
        )

    @staticmethod
    def of(row: Award) -> dict[str, Any]:
        """Return the stored values."""
        names = ("title", "description", "quantity")
        return {**{name: getattr(row, name) for name in names}, "track": str(row.track_id or "")}


class ListForm(EditForm):
    """One change of a list: which thing moves up, down or goes."""

    up = StringField(validators=[Length(max=60)])
    down = StringField(validators=[Length(max=60)])
    remove = StringField(validators=[Length(max=60)])
