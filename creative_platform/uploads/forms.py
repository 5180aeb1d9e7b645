"""Forms of files: the file itself, sent without JavaScript; the promise of one."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField, FileRequired
from wtforms import TextAreaField
from wtforms.validators import InputRequired, Length

from creative_platform.web.fields import BaseForm


class PlainUploadForm(BaseForm):
    """One file, sent through the application."""

    file = FileField(_l("File"), validators=[FileRequired(_l("Choose a file."))])


class CommitForm(BaseForm):
    """What a program for checksums printed of a file; blanks stay as they are: two of them stand before a name."""

    line = TextAreaField(_l("SHA-256, size in bytes, name"), validators=[InputRequired(), Length(max=600)])
