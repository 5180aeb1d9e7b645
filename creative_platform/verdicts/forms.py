"""What a person says of a match, and what organizers handed out."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField
from wtforms import RadioField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length

from creative_platform.similarity.models import Verdict
from creative_platform.web.fields import BaseForm


class VerdictForm(BaseForm):
    """A verdict and its reason."""

    verdict = RadioField(
        _l("What is it?"),
        choices=[
            SelectChoice(Verdict.SAME_WORK.value, _l("The same work")),
            SelectChoice(Verdict.SHARED_MATERIAL.value, _l("Shared material")),
            SelectChoice(Verdict.UNRELATED.value, _l("Unrelated")),
        ],
        validators=[InputRequired(_l("Choose one."))],
    )
    reason = TextAreaField(
        _l("What you saw"), validators=[InputRequired(_l("Say in a sentence what you saw.")), Length(max=4000)]
    )


class StarterForm(BaseForm):
    """A file or a text that was handed out to everybody."""

    file = FileField(_l("File"))
    words = TextAreaField(_l("Or its words"), validators=[Length(max=100_000)])
