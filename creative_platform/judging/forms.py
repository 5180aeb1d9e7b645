"""Forms of judging."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length

from creative_platform.contests.models import Contest
from creative_platform.core.errors import Invalid
from creative_platform.core.text import N_
from creative_platform.entries.models import Entry
from creative_platform.judging.service import SheetChanges
from creative_platform.web.fields import BaseForm, MultiCheckboxField, clean


class InviteForm(BaseForm):
    """Whom to invite to the panel."""

    email = StringField(
        _l("E-mail address"), validators=[InputRequired(_l("Give an e-mail address.")), Length(max=254)]
    )
    is_chair = BooleanField(_l("Chairs the panel"))
    expert_tracks = MultiCheckboxField(_l("Knows these tracks well"))

    def offer(self, contest: Contest, locale: str) -> None:
        """Fill in the contest's tracks."""
        self.expert_tracks.choices = [SelectChoice(t.key, t.title.in_(locale)) for t in contest.tracks]


class ReopenForm(BaseForm):
    """Why a closed round is opened again."""

    reason = TextAreaField(
        _l("Reason"),
        validators=[InputRequired(_l("Say in a few sentences why the round is opened again.")), Length(max=4000)],
        description=_l("Every juror gets it by mail, and it stands in the protocol."),
    )


class DeclareForm(BaseForm):
    """With which entry somebody of the staff has a conflict of interest, and what it is."""

    entry = SelectField(_l("Entry"), validators=[InputRequired(_l("Choose an entry."))])
    reason = TextAreaField(
        _l("What the conflict is"),
        validators=[InputRequired(_l("Say in a sentence what the conflict is.")), Length(max=4000)],
    )

    def offer(self, entries: list[Entry]) -> None:
        """Fill in what there is to choose from."""
        self.entry.choices = [SelectChoice("", _l("choose"))]
        self.entry.choices += [SelectChoice(entry.public_id, f"{entry.title} ({entry.code})") for entry in entries]


def typed_sheet(form: Mapping[str, str], *, submit: bool) -> SheetChanges:
    """Return what a juror typed into the form that works without JavaScript."""
    scores = {key.removeprefix("scores."): _mark(value) for key, value in form.items() if key.startswith("scores.")}
    return SheetChanges(
        version=_number(form.get("version", "")),
        scores=scores,
        comment=clean(form.get("comment", "")),
        abstain="abstain" in form,
        abstention_reason=clean(form.get("abstention_reason", "")),
        reason=clean(form.get("reason", "")),
        submit=submit,
    )


def sent_sheet(body: Any) -> SheetChanges:
    """Return what autosave or the API sent. Raises Invalid."""
    if not isinstance(body, dict):
        raise Invalid({"body": N_("Send a JSON object.")})
    known = {"version", "scores", "comment", "abstain", "abstention_reason", "reason", "action"}
    wrong = {name: N_("There is no such field.") for name in body if name not in known}
    if not isinstance(body.get("version"), int) or isinstance(body.get("version"), bool):
        wrong["version"] = N_("Send the version you read.")
    if not isinstance(body.get("scores", {}), dict):
        wrong["scores"] = N_("Marks come as criteria with numbers.")
    for name in ("comment", "abstention_reason", "reason"):
        if not isinstance(body.get(name, ""), str):
            wrong[name] = N_("Write text here.")
    if not isinstance(body.get("abstain", False), bool):
        wrong["abstain"] = N_("Tick or leave empty.")
    if body.get("action", "save") not in ("save", "submit"):
        wrong["action"] = N_("Save or submit.")
    if wrong:
        raise Invalid(wrong)
    return SheetChanges(
        version=body["version"],
        scores={key: None if value == "" else value for key, value in body.get("scores", {}).items()},
        comment=body.get("comment", ""),
        abstain=body.get("abstain", False),
        abstention_reason=body.get("abstention_reason", ""),
        reason=body.get("reason", ""),
        submit=body.get("action") == "submit",
    )


def _mark(value: str) -> Any:
    if value == "":
        return None
    digits = value.removeprefix("-")
    return int(value) if digits.isascii() and digits.isdigit() and len(digits) < 6 else value


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else -1
