"""Forms of assigning."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import IntegerField
from wtforms.validators import InputRequired, NumberRange

from creative_platform.assigning.service import MOST_SHEETS
from creative_platform.web.fields import BaseForm


class TopUpForm(BaseForm):
    """How many further sheets are given."""

    count = IntegerField(
        _l("Further sheets"),
        validators=[
            InputRequired(_l("Give a number from 1 to 1,000.")),
            NumberRange(1, MOST_SHEETS, _l("Give a number from 1 to 1,000.")),
        ],
        description=_l("Altogether, not for each entry. A tenth of the number of entries is a good step."),
    )
