"""Forms of entries: starting one, the contest's own questions."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import (
    BooleanField,
    HiddenField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.fields import Field
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, Optional

from creative_platform.communities.models import Community
from creative_platform.contests.models import Contest, FieldKind, FormField
from creative_platform.entries.answers import LONG_TEXT_MOST, SHORT_TEXT_MOST, SUMMARY_MOST, TITLE_MOST
from creative_platform.entries.models import Entry
from creative_platform.web.fields import BaseForm

LANGUAGES = [SelectChoice("kk", "Қазақша"), SelectChoice("ru", "Русский"), SelectChoice("en", "English")]


class StartForm(BaseForm):
    """What is asked before a draft exists."""

    track = RadioField(_l("Track"), validators=[InputRequired(_l("Choose one of the tracks."))])
    title = StringField(
        _l("Title of the work"), validators=[Length(max=TITLE_MOST)], description=_l("You can change it later.")
    )
    team = SelectField(_l("Team"), validators=[Optional()])
    community = SelectField(_l("On behalf of"), validators=[Optional()])

    def offer(self, contest: Contest, teams: list[Any], communities: list[Any], locale: str) -> None:
        """Fill in what there is to choose from."""
        self.track.choices = [SelectChoice(track.key, track.title.in_(locale)) for track in contest.tracks]
        if len(contest.tracks) == 1 and not self.is_submitted():
            self.track.data = contest.tracks[0].key
        self.team.choices = [SelectChoice("", _("Just me"))] + [
            SelectChoice(team.public_id, team.name) for team in teams
        ]
        self.community.choices = [SelectChoice("", _("Nobody but the team"))] + [
            SelectChoice(c.public_id, c.name.in_(locale)) for c in communities
        ]


def entry_form(entry: Entry, locale: str, communities: list[Community]) -> BaseForm:
    """Return the form of one entry: its own fields and the contest's questions as ``answers.<key>``.

    ``communities`` are those on whose behalf the reader may enter it.
    """

    class EntryForm(BaseForm):
        """Everything but the files."""

        version = HiddenField()
        title = StringField(_l("Title of the work"), validators=[Length(max=TITLE_MOST)])
        summary = TextAreaField(
            _l("In a few sentences"),
            validators=[Length(max=SUMMARY_MOST)],
            description=_l("The public and the jury read it."),
        )
        language = SelectField(_l("Language of the work"), choices=LANGUAGES)
        track = SelectField(_l("Track"))
        community = SelectField(_l("On behalf of"))

    for question in entry.contest.fields:
        setattr(EntryForm, f"answers.{question.key}", _field(question, locale))
    draft = entry.draft
    data = {"version": entry.version, "title": draft.title, "summary": draft.summary, "language": draft.language}
    data |= {"track": draft.track.key, "community": draft.community or ""}
    answers = {f"answers.{key}": value for key, value in draft.answers.items()}
    form = EntryForm(data={**data, **answers})
    form["track"].choices = [SelectChoice(track.key, track.title.in_(locale)) for track in entry.contest.tracks]
    form["community"].choices = [SelectChoice("", _("Nobody but the team"))]
    form["community"].choices += [SelectChoice(c.public_id, c.name.in_(locale)) for c in communities]
    return form


def _field(question: FormField, locale: str) -> Field:
    label, hint = question.label.in_(locale), question.help.in_(locale)
    most = question.max_value
    match question.kind:
        case FieldKind.LONG_TEXT:
            return TextAreaField(label, validators=[Length(max=most or LONG_TEXT_MOST)], description=hint)
        case FieldKind.CHOICE:
            options = [SelectChoice(str(o.get("key")), question.said(o.get("key"), locale)) for o in question.options]
            return SelectField(
                label, choices=[SelectChoice("", "—"), *options], description=hint, validate_choice=False
            )
        case FieldKind.CONSENT:
            return BooleanField(label, description=hint)
        case FieldKind.NUMBER:
            return StringField(label, description=hint, render_kw={"inputmode": "numeric"})
        case FieldKind.LINK:
            return StringField(label, description=hint, render_kw={"inputmode": "url"})
        case _:
            return StringField(label, validators=[Length(max=most or SHORT_TEXT_MOST)], description=hint)


def typed_changes(form: BaseForm) -> dict[str, Any]:
    """Return what was typed as the changes that ``save_draft`` takes."""
    changes: dict[str, Any] = {
        name: form[name].data or "" for name in ("title", "summary", "language", "track", "community")
    }
    changes["answers"] = {
        name.removeprefix("answers."): field.data for name, field in form._fields.items() if name.startswith("answers.")
    }
    return changes
