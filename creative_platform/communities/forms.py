"""Forms about communities."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import RadioField, SelectField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired

from creative_platform.accounts.models import Settlement
from creative_platform.accounts.regions import region_choices
from creative_platform.communities.models import CommunityKind
from creative_platform.communities.service import DESCRIPTION_MOST, NAME_MOST, CommunityText
from creative_platform.web.fields import BaseForm, localized, localized_data
from creative_platform.web.languages import current_locale

KIND_NAMES = {
    CommunityKind.STUDENT_ASSEMBLY: _l("Student assembly"),
    CommunityKind.CREATIVE_COLLECTIVE: _l("Creative collective"),
    CommunityKind.YOUTH_ORGANISATION: _l("Youth organisation"),
    CommunityKind.DIGITAL_COMMUNITY: _l("Digital community"),
    CommunityKind.REPRESENTATION: _l("Regional representation"),
}
SETTLEMENT_NAMES = {
    Settlement.CITY: _l("City"),
    Settlement.SINGLE_INDUSTRY_TOWN: _l("Single-industry town"),
    Settlement.SMALL_TOWN: _l("Small town"),
    Settlement.VILLAGE: _l("Village"),
}


class CommunityForm(BaseForm):
    """What a coordinator writes about a community."""

    kind = RadioField(
        _l("Kind"),
        validators=[InputRequired(_l("Please choose."))],
        choices=[SelectChoice(kind.value, name) for kind, name in KIND_NAMES.items()],
    )
    name = localized(_l("Name of the community"), most=NAME_MOST, required=True)
    description = localized(_l("Description"), most=DESCRIPTION_MOST, multiline=True)
    region = SelectField(_l("Region"))
    settlement = SelectField(_l("Kind of place"))

    def __init__(self, *given: Any, **more: Any) -> None:
        super().__init__(*given, **more)
        not_said = SelectChoice("", _l("Not said"))
        self.region.choices = [not_said, *(SelectChoice(*pair) for pair in region_choices(current_locale()))]
        places = (SelectChoice(kind.value, name) for kind, name in SETTLEMENT_NAMES.items())
        self.settlement.choices = [not_said, *places]

    def text(self) -> CommunityText:
        """Return what was typed."""
        return CommunityText(
            kind=self.kind.data,
            name=localized_data(self.name.data),
            description=localized_data(self.description.data),
            region=self.region.data,
            settlement=self.settlement.data,
        )
