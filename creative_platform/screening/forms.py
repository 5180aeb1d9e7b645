"""The form of a decision."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import DateTimeLocalField, IntegerField, RadioField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, Optional

from creative_platform.entries.models import ScreeningOutcome
from creative_platform.web.fields import BaseForm


class ScreeningForm(BaseForm):
    """What an organizer decides about the eligibility of the version of an entry that they looked at."""

    revision = IntegerField(validators=[Optional()])
    outcome = RadioField(
        _l("Decision"),
        choices=[
            SelectChoice(ScreeningOutcome.ADMITTED.value, _l("Admit: it goes to the jury")),
            SelectChoice(ScreeningOutcome.NEEDS_INFORMATION.value, _l("Ask the team to mend something")),
            SelectChoice(ScreeningOutcome.REFUSED.value, _l("Refuse: it does not meet the rules")),
        ],
        validators=[InputRequired(_l("Choose a decision."))],
    )
    reason = TextAreaField(_l("Reason"), validators=[Length(max=4000)], description=_l("The team reads it."))
    reopen_until = DateTimeLocalField(
        _l("The team can change the entry until"),
        format=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"],
        validators=[Optional()],
    )
