"""What the menu of every page asks of whoever is signed in; read with their sign-in."""

from __future__ import annotations

from sqlalchemy import ColumnElement, exists

from creative_platform.accounts.models import User
from creative_platform.contests.models import ContestStaff
from creative_platform.judging.models import Juror


def judges() -> ColumnElement[bool]:
    """Return the condition that a person has a seat on some panel."""
    return exists().where(Juror.user_id == User.id, Juror.removed_at.is_(None))


def runs_contests() -> ColumnElement[bool]:
    """Return the condition that a person organizes or audits some contest."""
    return exists().where(ContestStaff.user_id == User.id)
