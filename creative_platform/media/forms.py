"""The upload form that works without JavaScript."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField, FileRequired

from creative_platform.web.fields import BaseForm


class PlainUploadForm(BaseForm):
    """One file, sent through the application."""

    file = FileField(_l("File"), validators=[FileRequired(_l("Choose a file."))])
