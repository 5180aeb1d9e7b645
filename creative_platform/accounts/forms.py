"""Forms about people; the verbs decide, the forms ask."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import DateField, PasswordField, RadioField, SelectField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length
from wtforms.widgets import EmailInput

from creative_platform.accounts.models import Settlement
from creative_platform.accounts.regions import region_choices
from creative_platform.accounts.service import SCOPES
from creative_platform.web.fields import BaseForm, MultiCheckboxField
from creative_platform.web.languages import LOCALE_NAMES, current_locale

NOT_SAID = SelectChoice("", _l("Not said"))
NEEDED = InputRequired(_l("Please fill this in."))
SETTLEMENT_NAMES = {
    Settlement.CITY: _l("City"),
    Settlement.SINGLE_INDUSTRY_TOWN: _l("Single-industry town"),
    Settlement.SMALL_TOWN: _l("Small town"),
    Settlement.VILLAGE: _l("Village"),
}
_PASSWORD_HINT = _l("At least 10 characters. Words that do not belong together are strong and easy to remember.")


def _email(label: Any, **more: Any) -> StringField:
    limit = Length(max=254, message=_l("At most %(max)d characters."))
    return StringField(label, validators=[NEEDED, limit], widget=EmailInput(), **more)


class ProfileForm(BaseForm):
    """Name, language, place."""

    name = StringField(
        _l("Name"),
        validators=[NEEDED, Length(max=120, message=_l("At most %(max)d characters."))],
        description=_l("As it should stand on certificates."),
    )
    locale = RadioField(_l("Language"), validators=[NEEDED], choices=[SelectChoice(*pair) for pair in LOCALE_NAMES])
    region = SelectField(_l("Region"))
    settlement = SelectField(_l("Kind of place"), description=_l("It helps organizers see who was reached."))

    def __init__(self, *given: Any, **more: Any) -> None:
        super().__init__(*given, **more)
        self.region.choices = [NOT_SAID, *(SelectChoice(*pair) for pair in region_choices(current_locale()))]
        self.settlement.choices = [NOT_SAID, *(SelectChoice(k.value, name) for k, name in SETTLEMENT_NAMES.items())]


class RegistrationForm(ProfileForm):
    """A new account."""

    email = _email(_l("E-mail"), description=_l("We send a letter with a link to this address."))
    password = PasswordField(_l("Password"), validators=[NEEDED], description=_PASSWORD_HINT)


class LoginForm(BaseForm):
    """Address and password."""

    email = _email(_l("E-mail"))
    password = PasswordField(_l("Password"), validators=[NEEDED])


class PasswordForm(BaseForm):
    """The password of somebody who just followed a link."""

    password = PasswordField(_l("Password"), validators=[NEEDED])


class NewPasswordForm(BaseForm):
    """A new password."""

    password = PasswordField(_l("New password"), validators=[NEEDED], description=_PASSWORD_HINT)


class ChangePasswordForm(NewPasswordForm):
    """The present and a new password."""

    current_password = PasswordField(_l("Present password"), validators=[NEEDED])


class ForgottenForm(BaseForm):
    """Where to send the link."""

    email = _email(_l("E-mail"))


class BirthDateForm(BaseForm):
    """A birth date."""

    value = DateField(_l("Birth date"), validators=[NEEDED])


class EmailForm(BaseForm):
    """A new address, and the password."""

    email = _email(_l("New e-mail"))
    password = PasswordField(_l("Password"), validators=[NEEDED])


class ApiTokenForm(BaseForm):
    """A token's name and what it may do."""

    name = StringField(
        _l("What is it for?"),
        validators=[NEEDED, Length(max=80, message=_l("At most %(max)d characters."))],
    )
    scopes = MultiCheckboxField(
        _l("What may it do?"), validators=[InputRequired(_l("Choose at least one thing the token may do."))]
    )

    def __init__(self, *given: Any, **more: Any) -> None:
        super().__init__(*given, **more)
        self.scopes.choices = [SelectChoice(scope, f"{_(said)} ({scope})") for scope, said in SCOPES.items()]
