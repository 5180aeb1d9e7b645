"""The things of a contest in words: tracks, files, questions, criteria, awards."""

from __future__ import annotations

from flask_babel import gettext as _
from flask_babel import ngettext

from creative_platform.contests.models import (
    Award,
    Criterion,
    FormField,
    MediaRequirement,
    Track,
)
from creative_platform.contests.values import FileValues
from creative_platform.rules.wording import FIELD_KINDS, file_line, needed_line
from creative_platform.web.languages import current_locale, format_number


def item_line(item: Track | MediaRequirement | FormField | Criterion | Award) -> str:
    """Say in a line what a thing asks for, weighs or is given for."""
    if isinstance(item, Track):
        return "; ".join(asked.title.in_(current_locale()) for asked in item.requirements)
    if isinstance(item, MediaRequirement):
        return file_line(FileValues.stored(item))
    if isinstance(item, FormField):
        return f"{FIELD_KINDS[item.kind]} · {needed_line(item.required)}"
    if isinstance(item, Criterion):
        return _(
            "weight %(weight)s, marks %(least)s to %(most)s",
            weight=format_number(item.weight),
            least=item.scale_min,
            most=item.scale_max,
        )
    where = item.track.title.in_(current_locale()) if item.track else _("all tracks")
    return ngettext("%(num)d winner, %(where)s", "%(num)d winners, %(where)s", item.quantity, where=where)
