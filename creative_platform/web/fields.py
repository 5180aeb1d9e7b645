"""Form parts that rooms share: the base form, text in three languages, local times."""

from __future__ import annotations

import unicodedata
from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import Form, FormField, SelectMultipleField, StringField, TextAreaField
from wtforms.validators import Length
from wtforms.widgets import CheckboxInput, ListWidget

from creative_platform.core import clock
from creative_platform.core.errors import Invalid
from creative_platform.core.text import LOCALES, LocalizedText, legible, one_line
from creative_platform.web.languages import current_locale


def clean(text: Any) -> Any:
    """Trim and normalise typed text (NFC); control characters other than line breaks are dropped."""
    if not isinstance(text, str):
        return text
    return unicodedata.normalize("NFC", legible(text.replace("\r\n", "\n"), keep="\n\t")).strip()


def clean_line(text: Any) -> Any:
    """Clean the text of a field of one line: what a program sends into it gets no second one either."""
    return one_line(clean(text)) if isinstance(text, str) else text


class BaseForm(FlaskForm):
    """A form whose text is cleaned and whose errors can come from a verb as well."""

    class Meta:
        """Clean every text field. The application checks the token of every POST itself (web/cookies.py)."""

        csrf = False

        def bind_field(self, form: Any, unbound_field: Any, options: dict[str, Any]) -> Any:
            """Add the cleaning filter to text fields."""
            if issubclass(unbound_field.field_class, StringField) and "password" not in options.get("name", ""):
                cleaned = clean if issubclass(unbound_field.field_class, TextAreaField) else clean_line
                options["filters"] = [cleaned, *unbound_field.kwargs.get("filters", [])]
                unbound_field.kwargs.pop("filters", None)
            return unbound_field.bind(form=form, **options)

    def add_errors(self, error: Invalid, translate: Any) -> None:
        """Show a verb's refusals beside their fields (unknown names go to the form as a whole)."""
        for name, sentences in error.fields.items():
            said = [translate(sentence) for sentence in sentences]
            target = self._fields.get(name)
            if isinstance(target, FormField):
                target = target.form[current_locale()]
            if target is None:
                self.form_errors.extend(said)
            else:
                target.errors = [*target.errors, *said]


class MultiCheckboxField(SelectMultipleField):
    """Several ticks of a list."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()

    def __init__(self, *given: Any, **more: Any) -> None:
        # WTForms has a sentence of its own, but not in Russian.
        super().__init__(*given, invalid_choice_message=_l("Choose only from what is offered."), **more)


def localized(
    label: Any, *, most: int = 200, multiline: bool = False, required: bool = False, hint: Any = ""
) -> FormField:
    """Return a field with one input a language; ``data`` is a dict that LocalizedText accepts."""
    kind = TextAreaField if multiline else StringField
    cleaned = clean if multiline else clean_line
    limit = Length(max=most, message=_l("At most %(max)d characters."))

    class Localized(Form):
        """Three languages of one text."""

        kk = kind("Қазақша", validators=[limit], filters=[cleaned])
        ru = kind("Русский", validators=[limit], filters=[cleaned])
        en = kind("English", validators=[limit], filters=[cleaned])

        def validate(self, extra_validators: Any = None) -> bool:
            """One language is enough, but one there must be; who wrote none is led to their own."""
            valid = super().validate(extra_validators)
            if required and not any((self._fields[key].data or "").strip() for key in LOCALES):
                own = self._fields[current_locale()]
                own.errors = [*own.errors, _l("Write this in at least one language.")]
                return False
            return valid

    return FormField(Localized, label=label, description=hint)


def localized_data(data: dict[str, str] | None) -> LocalizedText:
    """Return what was typed in a ``localized`` field."""
    return LocalizedText({k: v for k, v in (data or {}).items() if k in LOCALES and v})


def instant(local: datetime, zone_name: str) -> datetime:
    """Return the instant at which wall clocks of that zone show ``local`` (naive)."""
    return local.replace(tzinfo=clock.zone(zone_name))
