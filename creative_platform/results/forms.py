"""Forms of results."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import IntegerField, SelectField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Optional, ValidationError

from creative_platform.contests.models import Award
from creative_platform.entries.models import Entry
from creative_platform.results.models import ResultRow
from creative_platform.results.service import QuotaRule
from creative_platform.web.fields import BaseForm, localized

METHOD_NAMES = {  # as in docs/judging.md and the organizers' guides; the first is chosen where nothing was computed
    "calibrated": _l("Calibrated ranking"),
    "mean": _l("Plain mean"),
    "sum": _l("Sum of points"),
    "trimmed": _l("Trimmed mean"),
    "zscore": _l("z-score"),
    "zscore-shrunk": _l("Shrunk z-score"),
    "bradley-terry": _l("Duels (Bradley–Terry)"),
}
METHOD_WORDS = {
    "calibrated": _l("by strictness and consistency of each juror"),
    "mean": _l("every sheet counts the same"),
    "sum": _l("the points of all sheets added up: fair only where every entry has equally many"),
    "trimmed": _l("without the highest and the lowest sheet, from four an entry on"),
    "zscore": _l("corrected for strict and mild jurors"),
    "zscore-shrunk": _l("the same, careful with few sheets"),
    "bradley-terry": _l("who was above whom on the sheets of each juror: only the order counts"),
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


@dataclass(frozen=True)
class QuotaGroup:
    """What quotas can be set by: an attribute, its title, and its values with title and number of entries."""

    attribute: str
    title: str
    values: list[tuple[str, str, int]]

    def names(self, value: str) -> tuple[str, str]:
        """Return the names of the two fields of a value."""
        return f"least-{self.attribute}-{value}", f"most-{self.attribute}-{value}"


def _within(form: Any, field: IntegerField) -> None:
    """Refuse a number that no contest has; what is no number was refused before."""
    if field.data is not None and not 0 <= field.data <= MOST_WINNERS:
        raise ValidationError(_("Write a number from %(least)s to %(most)s.", least=0, most=MOST_WINNERS))


MOST_WINNERS = 10_000
WHOLE = _l("Write a whole number.")


class QuotasForm(BaseForm):
    """How many win, and at least and at most how many of what."""

    groups: Sequence[QuotaGroup] = ()
    count = IntegerField(
        _l("How many win"),
        validators=[InputRequired(_l("This is needed.")), _within],
        invalid_value_message=WHOLE,
        description=_l("In all awards together."),
    )

    def validate(self, extra_validators: Any = None) -> bool:
        """Refuse limits between which there is no number."""
        valid = super().validate(extra_validators)
        for group in self.groups:
            for value, _title, _entries in group.values:
                least, most = (self[name] for name in group.names(value))
                if least.data is not None and most.data is not None and most.data < least.data:
                    most.errors = [*most.errors, _("“At most” is below “at least”.")]
                    valid = False
        return valid

    def rules(self) -> list[QuotaRule]:
        """Return what was typed; an empty row is no rule."""
        typed = [
            QuotaRule(group.attribute, value, *(self[name].data for name in group.names(value)))
            for group in self.groups
            for value, _title, _entries in group.values
        ]
        return [rule for rule in typed if rule.least is not None or rule.most is not None]

    def has_rules(self, group: QuotaGroup) -> bool:
        """Say whether anything stands in the rows of a group."""
        return any(self[name]._value() for value, _title, _entries in group.values for name in group.names(value))


def quotas_form(groups: Sequence[QuotaGroup], count: int, rules: Sequence[Mapping[str, Any]]) -> QuotasForm:
    """Return a form with a row for each value, filled with rules as they are kept."""
    given = {(rule["attribute"], rule["value"]): (rule["least"], rule["most"]) for rule in rules}

    class Offered(QuotasForm):
        """With the rows that this ranking has."""

    data: dict[str, int | None] = {"count": count}
    Offered.groups = groups
    for group in groups:
        for value, title, _entries in group.values:
            names = group.names(value)
            data |= dict(zip(names, given.get((group.attribute, value), (None, None)), strict=True))
            for name, limit in zip(names, (_("at least"), _("at most")), strict=True):
                rules_of_it = {"validators": [Optional(), _within], "invalid_value_message": WHOLE}
                setattr(Offered, name, IntegerField(f"{title}, {limit}", **rules_of_it))
    return Offered(data=data)
