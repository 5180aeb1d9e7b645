"""Forms of the parts of a contest: start, texts, dates, limits, equal scores, staff."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, ValidationError

from creative_platform.contests import values
from creative_platform.contests.models import Contest, ContestKind, StaffRole, StageKind
from creative_platform.contests.queries import stage
from creative_platform.core import clock
from creative_platform.rules.wording import KINDS, tie_step
from creative_platform.setup.forms.base import NEEDED, EditForm, choices, moment, whole
from creative_platform.setup.wording import ROLES, tie_titles
from creative_platform.web.fields import BaseForm, MultiCheckboxField, instant, localized

ZONES = (
    "Asia/Almaty", "Asia/Tashkent", "Asia/Bishkek", "Asia/Dushanbe", "Asia/Baku", "Asia/Tbilisi", "Asia/Yerevan",
    "Asia/Shanghai", "Asia/Seoul", "Europe/Istanbul", "Europe/Moscow", "Europe/Berlin", "Europe/London", "UTC",
)  # fmt: skip


class NewContestForm(BaseForm):
    """The start of a contest."""

    title = localized(_l("Title"), most=values.TITLE_MOST, required=True, hint=_l("One language is enough to begin."))
    kind = SelectField(_l("Kind"), choices=choices(KINDS))
    slug = StringField(
        _l("Address"),
        validators=[Length(max=60)],
        description=_l("The last part of its web address, like steppe-stories-2027. Empty: made of the title."),
    )
    timezone = StringField(
        _l("Time zone"), validators=[InputRequired(NEEDED), Length(max=60)], description=_l("Deadlines are told in it.")
    )
    organizer = StringField(
        _l("E-mail of the organizer"),
        validators=[Length(max=254)],
        description=_l("A person with an account here, who is told by mail. Empty: you."),
    )


class CopyForm(BaseForm):
    """The start of next year's contest."""

    slug = StringField(_l("Address of the new contest"), validators=[Length(max=60)])


class TextForm(EditForm):
    """What the contest is called and about."""

    part = values.TextValues
    kind = SelectField(_l("Kind"), choices=choices(KINDS))
    title = localized(_l("Title"), most=values.TITLE_MOST, required=True)
    summary = localized(_l("Summary"), most=values.SUMMARY_MOST, multiline=True, hint=_l("Two sentences for lists."))
    body = localized(
        _l("Text"),
        most=values.BODY_MOST,
        multiline=True,
        hint=_l("Markdown: **bold**, *italic*, # heading, - list, [words](https://address). Pictures are left out."),
    )

    def typed(self) -> dict[str, Any]:
        """Return what was typed."""
        return {**super().typed(), "kind": ContestKind(self.kind.data)}


MOMENTS = ("entries_start", "entries_end", "judging_start", "judging_end", "announcement_start")


class DatesForm(EditForm):
    """The stages, typed as the wall clocks of the contest's zone show them."""

    timezone = StringField(
        _l("Time zone"),
        validators=[InputRequired(NEEDED), Length(max=60)],
        description=_l("All times on this page are wall clock of this zone, like Asia/Almaty."),
    )
    entries_start = moment(_l("Entries open"))
    entries_end = moment(_l("Entries close"))
    judging_start = moment(_l("The jury begins"))
    judging_end = moment(_l("The jury ends"))
    announcement_start = moment(_l("Results are announced"))

    def validate_timezone(self, field: Any) -> None:
        """Take zones that exist."""
        if not values.zone_exists(field.data):
            raise ValidationError(_l("There is no such time zone. Write it like Asia/Almaty."))

    def _is_a_moment(self, field: Any) -> None:
        if field.data is None:
            return
        if not values.FIRST_YEAR <= field.data.year < values.LAST_YEAR:
            raise ValidationError(_l("This year is out of range."))
        if values.zone_exists(self.timezone.data) and not exists(field.data, self.timezone.data):
            raise ValidationError(_l("Clocks are put forward at this moment: the time does not exist."))

    validate_entries_start = validate_entries_end = validate_judging_start = _is_a_moment
    validate_judging_end = validate_announcement_start = _is_a_moment

    def values(self) -> values.DateValues:
        """Return what was typed, as instants."""
        zone = self.timezone.data
        return values.DateValues(timezone=zone, **{name: instant(self._typed(name), zone) for name in MOMENTS})

    def _typed(self, name: str) -> datetime:
        """Return what was typed; a stored moment that was left as shown keeps its seconds."""
        typed: datetime = self[name].data
        stored: datetime | None = self[name].object_data
        left = stored is not None and stored.replace(second=0, microsecond=0) == typed
        return stored if stored is not None and left and self.timezone.data == self.timezone.object_data else typed

    @classmethod
    def of(cls, row: Contest) -> dict[str, Any]:
        """Return the stored values as wall clock."""
        zone = clock.zone(row.timezone)
        found: dict[str, Any] = {"timezone": row.timezone}
        for name in MOMENTS:
            kind, end = name.split("_")
            found_stage = stage(row, StageKind(kind))
            if found_stage is not None:
                at = found_stage.starts_at if end == "start" else found_stage.ends_at
                found[name] = at.astimezone(zone).replace(tzinfo=None)
        return found


def exists(local: datetime, zone_name: str) -> bool:
    """Say whether wall clocks of that zone ever show this."""
    at = instant(local, zone_name)
    return at.astimezone(clock.zone("UTC")).astimezone(clock.zone(zone_name)).replace(tzinfo=None) == local


class LimitsForm(EditForm):
    """Who may enter how often, how long committed files may follow, and how entries are judged."""

    part = values.LimitValues
    max_entries_person = whole(_l("Maximum entries per person"), 1, values.COUNT_MOST)
    max_entries_team = whole(_l("Maximum entries per team"), 1, values.COUNT_MOST)
    max_team_size = whole(_l("Maximum team size"), 1, values.COUNT_MOST)
    delivery_window_h = whole(
        _l("Hours in which committed files may follow"),
        0,
        values.WINDOW_MOST_H,
        hint=_l(
            "Before entries close, size and checksum of a file are enough; the file itself may follow for so long "
            "afterwards. 0: files must be here when entries close."
        ),
    )
    min_age = whole(
        _l("Minimum age"),
        0,
        values.AGE_MOST,
        needed=False,
        hint=_l("On the day entries close. Entrants are asked for their birth date only when an age is set."),
    )
    max_age = whole(_l("Maximum age"), 0, values.AGE_MOST, needed=False)
    allowed_regions = MultiCheckboxField(_l("Regions"), description=_l("None ticked: everybody may enter."))
    members_only = BooleanField(_l("Only members of communities may enter"))
    drafts_readable = BooleanField(
        _l("Organizers may read drafts"),
        description=_l("Otherwise they see only how many there are and what is missing. The rules say which it is."),
    )
    blind = BooleanField(_l("Blind: the jury does not learn who made an entry"))
    reviews_per_entry = whole(_l("Jurors for each entry"), 1, values.COUNT_MOST)


class TiesForm(EditForm):
    """By which steps entries of equal score are put in order."""

    part = values.TieValues
    step_1 = SelectField(_l("Step %(number)d", number=1))
    step_2 = SelectField(_l("Step %(number)d", number=2))
    step_3 = SelectField(_l("Step %(number)d", number=3))
    step_4 = SelectField(_l("Step %(number)d", number=4))
    step_5 = SelectField(_l("Step %(number)d", number=5))
    step_6 = SelectField(_l("Step %(number)d", number=6))

    def suit(self, contest: Contest) -> None:
        """Offer the criteria of this contest beside what every contest has."""
        super().suit(contest)
        titles = tie_titles(contest)
        steps = [*(f"{values.BY_CRITERION}{key}" for key in titles), *values.TIE_STEPS]
        for field in self.steps():
            field.choices = choices({"": _l("no further step"), **{step: tie_step(step, titles) for step in steps}})

    def steps(self) -> list[Any]:
        """Return the fields of the steps, in order."""
        return [self[f"step_{n}"] for n in range(1, values.TIE_STEPS_MOST + 1)]

    def typed(self) -> dict[str, Any]:
        """Return what was chosen; gaps are closed."""
        return {"tie_steps": [field.data for field in self.steps() if field.data]}

    @classmethod
    def of(cls, row: Contest) -> dict[str, Any]:
        """Return the stored steps."""
        return {f"step_{n}": step for n, step in enumerate(row.tie_steps, start=1)}


class StaffForm(BaseForm):
    """A person who is to work for the contest."""

    email = StringField(_l("E-mail"), validators=[InputRequired(NEEDED), Length(max=254)])
    role = RadioField(_l("Role"), choices=choices(ROLES), default=StaffRole.ORGANIZER.value)


class ReasonForm(BaseForm):
    """An instance admin's reason to become an organizer."""

    reason = TextAreaField(_l("Reason"), validators=[InputRequired(NEEDED), Length(max=1000)])
