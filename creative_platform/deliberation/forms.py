"""Forms of the jury's meeting."""

from __future__ import annotations

from collections.abc import Iterable

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, IntegerField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, NumberRange
from wtforms.widgets import HiddenInput

from creative_platform.deliberation.service import REASON_MOST, TEXT_MOST
from creative_platform.judging.models import Juror
from creative_platform.web.fields import BaseForm, MultiCheckboxField


class VersionedForm(BaseForm):
    """A form that carries the version that was read, so that a second window overwrites nothing unseen."""

    version = IntegerField(widget=HiddenInput(), validators=[InputRequired(), NumberRange(0, 10**8)])

    def go_on_from(self, version: int) -> None:
        """Keep what was typed on top of a newer version: sending it again replaces that knowingly."""
        self.version.data = version
        self.version.raw_data = [str(version)]


class PresentForm(VersionedForm):
    """Who of the panel is present."""

    present = MultiCheckboxField(_l("Who is present"), validators=[InputRequired(_l("Tick at least one juror."))])

    def offer(self, panel: Iterable[Juror]) -> None:
        """Fill in who sits on the panel."""
        self.present.choices = [
            SelectChoice(one.public_id, f"{one.user.name}, {_('chair')}" if one.is_chair else one.user.name)
            for one in panel
        ]


class MinutesForm(VersionedForm):
    """What was said of an entry."""

    text = TextAreaField(
        _l("What was said"),
        validators=[Length(max=TEXT_MOST, message=_l("At most %(max)d characters."))],
        description=_l(
            "It stands in the protocol. Name no other entry here: somebody who has a part in that one may read this."
        ),
    )
    discussed = BooleanField(_l("The jury is done with this entry"))


class ReopenForm(BaseForm):
    """Why a closed meeting is opened again."""

    reason = TextAreaField(
        _l("Reason"),
        validators=[
            InputRequired(_l("Say in a few sentences why the meeting is opened again.")),
            Length(max=REASON_MOST, message=_l("At most %(max)d characters.")),
        ],
        description=_l("It stands in the protocol. Name no entry here: somebody who has a part in it may read this."),
    )
