"""The next step of a juror, by what is assigned to them."""

from __future__ import annotations

from datetime import datetime

from flask_babel import gettext as _
from flask_babel import ngettext

from creative_platform.contests import queries as contests
from creative_platform.contests.models import StageKind
from creative_platform.desk.steps import NextStep
from creative_platform.judging import policy as judging_policy
from creative_platform.judging.models import Assignment, AssignmentState


def juror_step(rows: list[Assignment], now: datetime) -> NextStep:
    """Return what a juror with these assignments does next."""
    undone = [row for row in rows if row.state is AssignmentState.ASSIGNED and row.round.closed_at is None]
    waiting = [row for row in undone if judging_policy.judging_is_open(row.juror.contest, row.round, now)]
    stages = {row.id: contests.stage(row.juror.contest, StageKind.JUDGING) for row in undone}
    if waiting:
        done = any(row.juror_id == waiting[0].juror_id and row.state is AssignmentState.DONE for row in rows)
        said = ngettext("One entry waits for you.", "%(num)d entries wait for you.", len(waiting))
        stage = stages[waiting[0].id]
        label = _("Go on") if done else _("Begin")
        return NextStep(said, label, f"/jury/{waiting[0].public_id}", stage.ends_at if stage else None)
    if any(stage is not None and now < stage.starts_at for stage in stages.values()):
        said = _("Judging has not begun: you can look at the entries already.")
        return NextStep(said, _("Look"), f"/jury/{undone[0].public_id}")
    if undone:
        said = ngettext(
            "The time for judging is over; one entry is left.",
            "The time for judging is over; %(num)d entries are left.",
            len(undone),
        )
        return NextStep(said)
    return NextStep(_("All your entries are judged.") if rows else _("No entries were given to you yet."))
