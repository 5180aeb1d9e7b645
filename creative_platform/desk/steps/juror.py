"""The next step of a juror, by what lies on their desks."""

from __future__ import annotations

from datetime import datetime

from flask_babel import gettext as _
from flask_babel import ngettext

from creative_platform.contests import queries as contests
from creative_platform.contests.models import StageKind
from creative_platform.desk.steps import NextStep
from creative_platform.judging.policy import judging_begins, judging_is_open
from creative_platform.judging.queries import Desk


def juror_step(desks: list[Desk], now: datetime) -> NextStep:
    """Return what a juror with these desks does next."""
    undone = [desk for desk in desks if desk.left]
    waiting = [desk for desk in undone if desk.round and judging_is_open(desk.seat.contest, desk.round, now)]
    if waiting:
        first = waiting[0]
        left = sum(desk.left for desk in waiting)
        said = ngettext("One entry waits for you.", "%(num)d entries wait for you.", left)
        stage = contests.stage(first.seat.contest, StageKind.JUDGING)
        label = _("Go on") if first.done else _("Begin")
        return NextStep(said, label, f"/jury/{first.first}", stage.ends_at if stage else None)
    begins = [moment for desk in undone if (moment := judging_begins(desk.seat.contest, now))]
    if begins:
        said = _("Judging has not begun: you can look at the entries already.")
        return NextStep(said, _("Look"), f"/jury/{undone[0].first}", begins=min(begins))
    if undone:
        left = sum(desk.left for desk in undone)
        said = ngettext(
            "The time for judging is over; one entry is left.",
            "The time for judging is over; %(num)d entries are left.",
            left,
        )
        return NextStep(said)
    if any(desk.total for desk in desks):
        return NextStep(_("All your entries are judged."))
    return NextStep(_("No entries were given to you yet."))


def until_changed(desks: list[Desk], now: datetime) -> dict[int, datetime]:
    """Return by seat until when the sheets can be changed of those who judged all that they were given."""
    done = [desk for desk in desks if desk.total and desk.done == desk.total]
    taken = [desk for desk in done if desk.round and judging_is_open(desk.seat.contest, desk.round, now)]
    stages = [(desk.seat.id, contests.stage(desk.seat.contest, StageKind.JUDGING)) for desk in taken]
    return {seat_id: stage.ends_at for seat_id, stage in stages if stage}
