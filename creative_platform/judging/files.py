"""Jurors see clean copies of the files they judge; never originals."""

from __future__ import annotations

from sqlalchemy import select

from creative_platform.core.actor import Actor
from creative_platform.core.db import session
from creative_platform.entries.models import Entry, EntryState
from creative_platform.entries.queries import names_behind
from creative_platform.judging.models import Assignment, AssignmentState, Juror
from creative_platform.media import owners


def let_jurors_see() -> None:
    """Tell media who may see the files of entries besides their teams and the staff."""
    owners.also_let("entry", "judging", _may)
    owners.also_strike_out("entry", "judging", _names)


def _may(actor: Actor | None, act: owners.Act, entry_id: int) -> bool:
    if actor is None or act != "see":
        return False
    query = (
        select(Assignment.id)
        .join(Juror)
        .join(Entry)
        .where(
            Assignment.entry_id == entry_id,
            Entry.state.in_(EntryState.handed_in()),
            Assignment.state != AssignmentState.RECUSED,
            Juror.user_id == actor.id,
            Juror.removed_at.is_(None),
        )
    )
    return session().scalar(query.limit(1)) is not None


def _names(entry_id: int) -> set[str]:
    """Return whom nobody may find named while a blind contest is judged."""
    entry = session().get(Entry, entry_id)
    if entry is None or not entry.contest.blind or entry.contest.announced_at is not None:
        return set()
    return names_behind([entry_id])[entry_id]
