"""Forms of results."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import SelectField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length

from creative_platform.contests.models import Award
from creative_platform.results.models import ResultRow
from creative_platform.web.fields import BaseForm

METHOD_NAMES = {
    "mean": _l("Mean of the sheets"),
    "zscore": _l("Mean corrected for strict and mild jurors (z-score)"),
    "zscore-shrunk": _l("z-score, careful with few sheets"),
    "trimmed": _l("Mean without the highest and the lowest sheet"),
    "calibrated": _l("Calibrated model: strictness, consistency and expertise of each juror"),
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
    reason = TextAreaField(
        _l("Reason"),
        validators=[InputRequired(_l("Give the reason; it stands in the protocol.")), Length(max=4000)],
        description=_l("It stands in the protocol and beside the award."),
    )

    def offer(self, awards: list[Award], rows: list[ResultRow], locale: str) -> None:
        """Fill in what there is to choose from."""
        self.award.choices = [SelectChoice(a.public_id, a.title.in_(locale)) for a in awards]
        self.entry.choices = [SelectChoice(r.entry.public_id, f"{r.rank}. {r.entry.title}") for r in rows]
