"""What the forms of the set-up pages share."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import DateTimeLocalField, FloatField, FormField, IntegerField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Optional, ValidationError
from wtforms.widgets import HiddenInput

from creative_platform.contests.models import Contest
from creative_platform.contests.values import Values
from creative_platform.core.errors import StaleVersion
from creative_platform.core.text import LocalizedText
from creative_platform.setup.service.editing import NOTE_MOST, Edit
from creative_platform.web.fields import BaseForm, localized, localized_data
from creative_platform.web.languages import format_number

WHOLE = _l("Write a whole number.")
NEEDED = _l("This is needed.")


def choices(table: dict[Any, Any]) -> list[SelectChoice]:
    """Return the choices of a select field from a table of value (or enum member) to label."""
    return [SelectChoice(getattr(member, "value", member), label) for member, label in table.items()]


class CommaFloatField(FloatField):
    """A number that may be written with a comma."""

    def _value(self) -> str:
        return str(self.raw_data[0]) if self.raw_data else format_number(self.data) if self.data is not None else ""

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read a comma as a point."""
        super().process_formdata([value.replace(",", ".") for value in valuelist])


class Between:
    """Want a finite number within limits. WTForms' own NumberRange breaks on integers of 400 digits."""

    def __init__(self, least: float, most: float) -> None:
        self.least, self.most = least, most

    def __call__(self, form: Any, field: Any) -> None:
        """Refuse what lies outside; what is no number was refused before."""
        if field.data is not None and not self.least <= field.data <= self.most:
            raise ValidationError(_("Write a number from %(least)s to %(most)s.", least=self.least, most=self.most))


def whole(label: Any, least: int, most: int, *, needed: bool = True, hint: Any = "") -> IntegerField:
    """Return a field of a whole number within limits."""
    first = InputRequired(NEEDED) if needed else Optional()
    return IntegerField(label, validators=[first, Between(least, most)], invalid_value_message=WHOLE, description=hint)


def moment(label: Any) -> DateTimeLocalField:
    """Return a field of a wall clock's date and time."""
    shapes = ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"]
    return DateTimeLocalField(
        label,
        format=shapes,
        validators=[InputRequired(NEEDED)],
        invalid_value_message=_l("Write a date and a time."),
    )


class EditForm(BaseForm):
    """An edit of a contest: carries the version that was read, and a note once the rules are published.

    A form of a part names its ``part`` and has a field for each of its values.
    """

    part: type[Values]
    version = IntegerField(widget=HiddenInput(), validators=[InputRequired(NEEDED), Between(1, 10**9)])
    theirs: list[tuple[Any, str]] = []
    note = localized(
        _l("What changes, and why"),
        most=NOTE_MOST,
        multiline=True,
        hint=_l("The rules are published: saving publishes the next version at once, with this note. All can read it."),
    )

    def suit(self, contest: Contest) -> None:
        """Carry the contest's version; drop the note while it is a draft."""
        if not self.is_submitted():
            self.version.data = contest.version
        if contest.published_at is None:
            del self.note

    def values(self) -> Any:
        """Return what was typed as values of the part."""
        return self.part(**self.typed())

    def typed(self) -> dict[str, Any]:
        """Return what was typed by the names of the part's values; a form adds those that it asks for differently."""
        return {
            each.name: localized_data(self[each.name].data)
            if isinstance(self[each.name], FormField)
            else self[each.name].data
            for each in fields(self.part)
            if each.name in self
        }

    @classmethod
    def of(cls, row: Any) -> dict[str, Any]:
        """Return what is stored, for the fields to show."""
        return cls.part.stored(row)

    def edit(self) -> Edit:
        """Return what the verb needs beside the values."""
        return Edit(self.version.data, localized_data(self.note.data) if self.note else None)

    def go_on_from(self, error: StaleVersion) -> None:
        """Keep what was typed on top of the stored version: saving again replaces it knowingly."""
        self.version.data = error.data["current"]
        self.version.raw_data = [str(error.data["current"])]
        self.theirs = [
            (field.label.text, _plain(field.object_data))
            for field in self
            if field is not self.note and field is not self.version and _differs(field)
        ]


def _differs(field: Any) -> bool:
    stored = field.object_data
    typed = localized_data(field.data) if isinstance(stored, LocalizedText) else field.data
    return stored is not None and typed != stored


def _plain(stored: Any) -> str:
    if isinstance(stored, LocalizedText):
        return " / ".join(stored.values())
    if isinstance(stored, bool):
        return _("yes") if stored else _("no")
    return ", ".join(map(str, stored)) if isinstance(stored, list) else str(stored)
