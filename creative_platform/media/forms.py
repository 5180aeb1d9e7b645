"""The form of captions."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField, FileRequired
from wtforms import SelectField
from wtforms.fields.choices import SelectChoice

from creative_platform.web.fields import BaseForm
from creative_platform.web.languages import LOCALE_NAMES


class CaptionsForm(BaseForm):
    """Captions of a film in one language."""

    captions = FileField(_l("Captions (.srt or .vtt)"), validators=[FileRequired(_l("Choose a file."))])
    language = SelectField(_l("Language of the captions"), choices=[SelectChoice(*pair) for pair in LOCALE_NAMES])
