"""Conflicts of interest that people declare themselves."""

from __future__ import annotations

from sqlalchemy import select

from creative_platform.contests import policy as contests
from creative_platform.contests.models import Contest
from creative_platform.core import audit, clock
from creative_platform.core.actor import Actor
from creative_platform.core.audit import contest_chain
from creative_platform.core.db import locked, session, transaction
from creative_platform.core.errors import Invalid, NotFound, WrongState
from creative_platform.core.text import N_, storable
from creative_platform.entries.models import Entry, EntryState
from creative_platform.judging.models import ConflictOfInterest, ConflictSource
from creative_platform.judging.service.assignments import end_conflicting

REASON_MOST = 4000


def declare_conflict(actor: Actor, contest: Contest, *, entry: str, reason: str) -> None:
    """Note that the actor, an organizer or auditor, must decide nothing of an entry: its results are kept from them.

    If they are a juror of it, too, their sheet counts no longer, and a ranking with it is to be computed anew.
    ``entry`` is a public id. It cannot be taken back. Raises NotAllowed, NotFound, Invalid, WrongState after the
    announcement.
    """
    contests.can_oversee(actor, contest).enforce()
    said = checked_reason(reason, N_("Say in a sentence what the conflict is."))
    with transaction() as s:
        held = s.scalars(locked(select(Contest).where(Contest.id == contest.id))).one()
        if held.announced_at is not None:
            raise WrongState(N_("The results are published."))
        wanted = (Entry.public_id == entry) & (Entry.contest_id == contest.id) & Entry.state.in_(EntryState.handed_in())
        found = s.scalar(select(Entry).where(wanted))
        if found is None:
            raise NotFound()
        if note_declared(actor, found.id, said):
            audit.record(contest_chain(contest.public_id), actor, "conflict.declared", f"entry:{found.public_id}")
            end_conflicting(s, held)


def checked_reason(reason: str, wanted: str) -> str:
    """Return a reason as it is stored. Raises Invalid with the sentence ``wanted`` for none and one of no use."""
    said = reason.strip()
    if not said or len(said) > REASON_MOST or not storable(said):
        raise Invalid({"reason": wanted})
    return said


def note_declared(actor: Actor, entry_id: int, reason: str) -> bool:
    """Store a declared conflict in the running transaction; returns whether it is new."""
    known = select(ConflictOfInterest.id).where(
        ConflictOfInterest.entry_id == entry_id,
        ConflictOfInterest.user_id == actor.id,
        ConflictOfInterest.source == ConflictSource.DECLARED,
    )
    if session().scalar(known):
        return False
    session().add(
        ConflictOfInterest(
            entry_id=entry_id,
            user_id=actor.id,
            source=ConflictSource.DECLARED,
            reason=reason,
            noted_at=clock.now(),
        )
    )
    return True
