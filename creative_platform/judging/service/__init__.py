"""The verbs of judging: panel, assignments, sheets."""

from creative_platform.judging.service.assignments import (
    DRAW_JOB,
    LOOK_JOB,
    draw,
    draw_assignments,
    give,
    note_conflicts,
)
from creative_platform.judging.service.declaring import declare_conflict
from creative_platform.judging.service.panel import (
    accept_invite,
    forget_reasons,
    invite_juror,
    leave_panels,
    remind_juror,
    remove_juror,
    revoke_invite,
    sweep_old_rows,
    usable_invite,
)
from creative_platform.judging.service.rounds import close_round, reopen_round
from creative_platform.judging.service.sheets import (
    SheetChanges,
    note_opened,
    recuse,
    sheet_state,
    stands_as_submitted,
    write_sheet,
)

__all__ = [
    "DRAW_JOB",
    "LOOK_JOB",
    "SheetChanges",
    "accept_invite",
    "close_round",
    "declare_conflict",
    "draw",
    "draw_assignments",
    "forget_reasons",
    "give",
    "invite_juror",
    "leave_panels",
    "note_conflicts",
    "note_opened",
    "recuse",
    "remind_juror",
    "remove_juror",
    "reopen_round",
    "revoke_invite",
    "sheet_state",
    "stands_as_submitted",
    "sweep_old_rows",
    "usable_invite",
    "write_sheet",
]
