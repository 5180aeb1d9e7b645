"""Forms of erasing."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import PasswordField
from wtforms.validators import InputRequired

from creative_platform.web.fields import BaseForm


class EraseForm(BaseForm):
    """The password of somebody who wants to be erased."""

    password = PasswordField(_l("Password"), validators=[InputRequired(_l("Please fill this in."))])
