"""What the menu of every page asks, in one statement."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import exists, select

from creative_platform.contests.models import ContestStaff
from creative_platform.core.actor import Actor
from creative_platform.core.db import session
from creative_platform.judging.models import Juror


class Tasks(NamedTuple):
    """What a person does besides entering: a seat on some panel, some contest to organize or audit."""

    judges: bool
    runs_contests: bool


def tasks_of(actor: Actor) -> Tasks:
    """Return what the actor does, on any contest."""
    judges = exists().where(Juror.user_id == actor.id, Juror.removed_at.is_(None))
    runs_contests = exists().where(ContestStaff.user_id == actor.id)
    found = session().execute(select(judges, runs_contests)).one()
    return Tasks(bool(found[0]), bool(found[1]))
