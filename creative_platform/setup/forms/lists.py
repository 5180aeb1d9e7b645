"""Forms of the lists: tracks, files, questions, criteria, awards."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, SelectField, StringField
from wtforms.validators import InputRequired, Length

from creative_platform.contests import values
from creative_platform.contests.models import Award, Criterion, FieldKind, FormField, MediaRequirement
from creative_platform.core.text import LOCALES, LocalizedText
from creative_platform.rules.wording import FIELD_KINDS, FILE_KINDS
from creative_platform.setup.forms.base import (
    NEEDED,
    Between,
    CommaFloatField,
    EditForm,
    choices,
    whole,
)
from creative_platform.web.fields import MultiCheckboxField, localized, localized_data

MEGABYTE = 1024 * 1024
MOST = values.NUMBER_MOST


class TrackForm(EditForm):
    """A track."""

    part = values.TrackValues
    title = localized(_l("Title"), most=values.TITLE_MOST, required=True)
    description = localized(_l("Description"), most=values.TEXT_MOST, multiline=True)


class FileForm(EditForm):
    """What files a track asks for under one heading."""

    part = values.FileValues
    title = localized(_l("What it is"), most=values.TITLE_MOST, required=True, hint=_l("Like: the film, the poster."))
    help = localized(_l("Help"), most=values.HELP_MOST, multiline=True)
    kinds = MultiCheckboxField(_l("Kinds of file"), choices=choices(FILE_KINDS))
    min_count = whole(_l("Minimum number of files"), 0, values.COUNT_MOST, hint=_l("0: they may be left out."))
    max_count = whole(_l("Maximum number of files"), 1, values.COUNT_MOST)
    max_size_mb = whole(_l("Largest size of one file, in MB"), 1, values.SIZE_MOST_BYTES // MEGABYTE)
    min_duration_s = whole(_l("Shortest length, in seconds"), 1, values.DURATION_MOST_S, needed=False)
    max_duration_s = whole(
        _l("Longest length, in seconds"), 1, values.DURATION_MOST_S, needed=False, hint=_l("600 are 10 minutes.")
    )

    def typed(self) -> dict[str, Any]:
        """Return what was typed; sizes are typed in MB."""
        return {**super().typed(), "max_size_bytes": self.max_size_mb.data * MEGABYTE}

    @classmethod
    def of(cls, row: MediaRequirement) -> dict[str, Any]:
        """Return the stored values."""
        return {**super().of(row), "max_size_mb": max(1, row.max_size_bytes // MEGABYTE)}


class QuestionForm(EditForm):
    """A question of the entry form."""

    part = values.FieldValues
    kind = SelectField(_l("Kind of answer"), choices=choices(FIELD_KINDS))
    label = localized(_l("Question"), most=values.LABEL_MOST, required=True)
    help = localized(_l("Help"), most=values.HELP_MOST, multiline=True)
    required = BooleanField(_l("An answer is needed"))
    min_value = whole(_l("Minimum"), -MOST, MOST, needed=False, hint=_l("Characters of a text, or a number."))
    max_value = whole(_l("Maximum"), -MOST, MOST, needed=False)
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

    def typed(self) -> dict[str, Any]:
        """Return what was typed; answers are typed one a line."""
        options = options_of(localized_data(self.options.data), self.known)
        return {**super().typed(), "kind": FieldKind(self.kind.data), "options": options}

    @classmethod
    def of(cls, row: FormField) -> dict[str, Any]:
        """Return the stored values."""
        in_lines = {
            locale: "\n".join(option["title"].get(locale, "") for option in row.options).strip() for locale in LOCALES
        }
        return {**super().of(row), "options": LocalizedText(in_lines)}


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

    part = values.CriterionValues
    title = localized(_l("Criterion"), most=values.TITLE_MOST, required=True)
    help = localized(_l("What to look at"), most=values.TEXT_MOST, multiline=True)
    weight = CommaFloatField(
        _l("Weight"),
        validators=[InputRequired(NEEDED), Between(0.01, 100)],
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

    def typed(self) -> dict[str, Any]:
        """Return what was typed; the meanings of marks are typed one a line."""
        levels: dict[str, dict[str, str]] = {}
        for locale, text in localized_data(self.anchors.data).items():
            for line in _lines(text):
                levels.setdefault(_level(line), {})[locale] = line.split(":", 1)[1].strip()
        return {**super().typed(), "anchors": {level: LocalizedText(words) for level, words in levels.items()}}

    @classmethod
    def of(cls, row: Criterion) -> dict[str, Any]:
        """Return the stored values."""
        levels = sorted(row.anchors.items(), key=lambda item: int(item[0]))
        in_lines = {
            locale: "\n".join(f"{level}: {words[locale]}" for level, words in levels if words.get(locale))
            for locale in LOCALES
        }
        return {**super().of(row), "anchors": LocalizedText(in_lines)}


def _level(line: str) -> str:
    """Return the mark before the colon without leading zeros, or an empty string."""
    mark, colon, words = line.partition(":")
    mark = mark.strip()
    good = colon and words.strip() and mark.isascii() and mark.isdigit() and len(mark) <= 4
    return str(int(mark)) if good else ""


class AwardForm(EditForm):
    """What can be won."""

    part = values.AwardValues
    title = localized(_l("Title"), most=values.TITLE_MOST, required=True)
    description = localized(_l("Description"), most=values.TEXT_MOST, multiline=True)
    quantity = whole(_l("How many times it is given"), 1, values.COUNT_MOST)
    track = SelectField(_l("Track"), description=_l("An award of one track goes only to its entries."))

    def typed(self) -> dict[str, Any]:
        """Return what was typed."""
        return {**super().typed(), "track_id": int(self.track.data) if self.track.data else None}

    @classmethod
    def of(cls, row: Award) -> dict[str, Any]:
        """Return the stored values."""
        return {**super().of(row), "track": str(row.track_id or "")}


class ListForm(EditForm):
    """One change of a list: which thing moves up, down or goes."""

    up = StringField(validators=[Length(max=60)])
    down = StringField(validators=[Length(max=60)])
    remove = StringField(validators=[Length(max=60)])
