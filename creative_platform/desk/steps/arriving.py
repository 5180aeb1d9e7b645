"""The next step of somebody who has no entry to tend to: where their work is."""

from __future__ import annotations

from datetime import datetime

from flask_babel import gettext as _

from creative_platform.contests import queries as contests
from creative_platform.core.actor import Actor
from creative_platform.desk.steps import NextStep
from creative_platform.desk.steps.juror import juror_step
from creative_platform.judging import queries as judging


def first_step(actor: Actor, now: datetime) -> NextStep:
    """Lead to judging, organizing or administration, whichever is theirs; everybody else to a first entry."""
    desks = judging.desks_of(actor)
    if desks:
        step = juror_step(desks, now)
        return NextStep(step.sentence, step.label or _("Jury"), step.url or "/jury")
    if contests.contests_of_staff(actor):
        return NextStep(_("Your contests stand on a page of their own."), _("Contests I run"), "/manage")
    if actor.is_admin:
        return NextStep(_("You look after the platform: its people, jobs and mail."), _("Administration"), "/admin")
    return NextStep(_("Choose a contest and start your entry."), _("Open calls"), "/contests")
