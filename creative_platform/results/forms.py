"""Forms of results."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import SelectField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired

from creative_platform.contests.models import Award
from creative_platform.entries.models import Entry
from creative_platform.results.models import ResultRow
from creative_platform.web.fields import BaseForm, localized

METHOD_NAMES = {  # docs/judging.md and the organizers' guides call them the same
    "mean": _l("Plain mean"),
    "trimmed": _l("Trimmed mean"),
    "zscore": _l("z-score"),
    "zscore-shrunk": _l("Shrunk z-score"),
    "calibrated": _l("Calibrated ranking"),
}
METHOD_WORDS = {
    "mean": _l("every sheet counts the same"),
    "trimmed": _l("without the highest and the lowest sheet"),
    "zscore": _l("corrected for strict and mild jurors"),
    "zscore-shrunk": _l("the same, careful with few sheets"),
    "calibrated": _l("by strictness, consistency and expertise of each juror"),
}


class ComputeForm(BaseForm):
    """How to rank."""

    method = SelectField(
        _l("Method"),
        choices=[SelectChoice(method, name) for method, name in METHOD_NAMES.items()],
        description=_l("The rules say which one counts. The plain mean is always shown beside it."),
    )


class DecideForm(BaseForm):
    """Which entry gets which award, and why."""

    award = SelectField(_l("Award"), validators=[InputRequired(_l("Choose an award."))])
    entry = SelectField(_l("Entry"), validators=[InputRequired(_l("Choose an entry."))])
    reason = localized(
        _l("Reason"),
        most=4000,
        multiline=True,
        required=True,
        hint=_l("It stands in the protocol and beside the award. One language is enough."),
    )

    def offer(self, awards: list[Award], rows: list[ResultRow], locale: str) -> None:
        """Fill in what there is to choose from."""
        self.award.choices = [SelectChoice(a.public_id, a.title.in_(locale)) for a in awards]
        self.entry.choices = [SelectChoice(r.entry.public_id, f"{r.rank}. {r.entry.title}") for r in rows]


class AmendForm(BaseForm):
    """Which entry is taken out of published results, and why."""

    entry = SelectField(_l("Entry"), validators=[InputRequired(_l("Choose an entry."))])
    reason = localized(
        _l("Reason"),
        most=4000,
        multiline=True,
        required=True,
        hint=_l("Everybody reads it on the winners page: say what was found, name no persons."),
    )

    def offer(self, entries: list[Entry]) -> None:
        """Fill in what there is to choose from."""
        self.entry.choices = [SelectChoice("", _l("choose"))]
        self.entry.choices += [SelectChoice(entry.public_id, f"{entry.title} ({entry.code})") for entry in entries]


class GiveAnewForm(BaseForm):
    """Who gets an award that an amendment left vacant, and why."""

    award = SelectField(_l("Award"), validators=[InputRequired(_l("Choose an award."))])
    winner = SelectField(_l("Entry"), validators=[InputRequired(_l("Choose an entry."))])
    why = localized(
        _l("Reason"),
        most=4000,
        multiline=True,
        required=True,
        hint=_l("Everybody reads it on the winners page."),
    )

    def offer(self, awards: list[Award], entries: list[Entry], locale: str) -> None:
        """Fill in what there is to choose from."""
        self.award.choices = [SelectChoice(award.public_id, award.title.in_(locale)) for award in awards]
        self.winner.choices = [SelectChoice("", _l("choose"))]
        self.winner.choices += [SelectChoice(entry.public_id, f"{entry.title} ({entry.code})") for entry in entries]
