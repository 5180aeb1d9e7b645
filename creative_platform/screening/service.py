"""Screening: people decide whether an entry takes part; the machine drops no entry. Each verb is one transaction."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from creative_platform.contests import policy as contests
from creative_platform.contests.models import Contest
from creative_platform.core import audit, clock, queue
from creative_platform.core.actor import Actor, Decision
from creative_platform.core.audit import contest_chain
from creative_platform.core.db import locked, transaction
from creative_platform.core.errors import Invalid, NotAllowed, NotFound, WrongState
from creative_platform.core.text import N_, LocalizedText
from creative_platform.entries import conflicts
from creative_platform.entries.models import Entry, EntryState, ScreeningDecision, ScreeningOutcome
from creative_platform.entries.service.drafts import lock_contest
from creative_platform.entries.service.submission import OWNER_TYPE, SUBMITTED_JOB, tell_team
from creative_platform.media.models import CopiesWanted
from creative_platform.media.service import end_addresses, want_copies
from creative_platform.screening import policy


def screen_entry(
    actor: Actor,
    contest: Contest,
    entry_public_id: str,
    outcome: ScreeningOutcome,
    *,
    reason: str = "",
    reopen_until: datetime | None = None,
    revision: int | None = None,
) -> ScreeningDecision:
    """Record what an organizer decided; refusing and asking need a reason, asking re-opens the entry until a time.

    ``revision`` is the number of the version they looked at, the newest one unless given. Raises NotFound, Invalid,
    WrongState.
    """
    contests.can_manage(actor, contest).enforce()
    with transaction() as s:
        entry = _lock(s, actor, contest, entry_public_id)
        _refuse_state(entry, policy.can_screen_entry(entry, outcome))
        _refuse_incomplete(outcome, reason, reopen_until)
        decision = ScreeningDecision(
            entry_id=entry.id,
            revision_number=_number_of(entry, revision),
            outcome=outcome,
            reason=reason.strip(),
            decided_by_id=actor.id,
            decided_at=clock.now(),
        )
        s.add(decision)
        if outcome is ScreeningOutcome.ADMITTED:
            want_copies([file.asset_id for file in entry.revisions[-1].files], CopiesWanted.ALL)
        asks = outcome is ScreeningOutcome.NEEDS_INFORMATION
        entry.reopened_until = reopen_until if asks else None
        audit.record(
            contest_chain(contest.public_id),
            actor,
            "entry.screened",
            f"entry:{entry.public_id}",
            outcome=outcome.value,
            revision=decision.revision_number,
            reopened_until=reopen_until.isoformat() if asks and reopen_until else None,
        )
        until = reopen_until.isoformat() if asks and reopen_until else ""
        tell_team(entry, "entries.screened", outcome=outcome.value, reason_text=reason, title=entry.title, until=until)
        return decision


def _lock(s: Session, actor: Actor, contest: Contest, public_id: str) -> Entry:
    lock_contest(s, contest.id)
    found = s.scalar(locked(select(Entry).where(Entry.public_id == public_id, Entry.contest_id == contest.id)))
    if found is None:
        raise NotFound()
    if conflicts.has_part_in(actor, found.id):
        raise NotAllowed(N_("You have a part in this entry: somebody else decides on it."))
    return found


def _number_of(entry: Entry, looked_at: int | None) -> int:
    newest = entry.revisions[-1].number
    if looked_at is not None and not 1 <= looked_at <= newest:
        raise NotFound()
    return looked_at or newest


def _refuse_state(entry: Entry, allowed: Decision) -> None:
    if not allowed:
        raise WrongState(allowed.reason, state=entry.state.value)


def _refuse_incomplete(outcome: ScreeningOutcome, reason: str, reopen_until: datetime | None) -> None:
    if outcome is not ScreeningOutcome.ADMITTED and not reason.strip():
        raise Invalid({"reason": N_("Say why; the team will read it.")})
    if outcome is ScreeningOutcome.NEEDS_INFORMATION:
        if reopen_until is None:
            raise Invalid({"reopen_until": N_("Say until when the team can change the entry.")})
        if reopen_until <= clock.now():
            raise Invalid({"reopen_until": N_("Choose a time that is still to come.")})


def disqualify_entry(
    actor: Actor, contest: Contest, entry_public_id: str, *, reason: LocalizedText, amends: bool = False
) -> Entry:
    """Take an entry out of the contest for a reason that the team reads; scores stay on record.

    ``amends`` is for the verb that amends published results with it. Raises NotFound, NotAllowed, WrongState, Invalid.
    """
    contests.can_manage(actor, contest).enforce()
    with transaction() as s:
        entry = _lock(s, actor, contest, entry_public_id)
        _refuse_state(entry, policy.can_disqualify_entry(entry, amends=amends))
        if not reason:
            raise Invalid({"reason": N_("Say why; the team will read it.")})
        entry.state, entry.disqualified_reason = EntryState.DISQUALIFIED, reason
        queue.enqueue(SUBMITTED_JOB, entry_id=entry.id)
        audit.record(contest_chain(contest.public_id), actor, "entry.disqualified", f"entry:{entry.public_id}")
        end_addresses(OWNER_TYPE, [entry.id])
        tell_team(entry, "entries.disqualified", reason_text=dict(reason), title=entry.title)
        return entry


def admit_entries(actor: Actor, contest: Contest, versions: Mapping[str, int | None]) -> None:
    """Admit several entries; when one of them is not the contest's or was not handed in, none is.

    ``versions`` has by public id the number of the version that was looked at, None for the newest.
    """
    contests.can_manage(actor, contest).enforce()
    with transaction() as s:
        lock_contest(s, contest.id)
        chosen = (Entry.contest_id == contest.id) & Entry.public_id.in_(versions)
        s.scalars(locked(select(Entry).where(chosen).order_by(Entry.id))).all()  # all before the first link of the log
        for public_id, number in versions.items():
            screen_entry(actor, contest, public_id, ScreeningOutcome.ADMITTED, revision=number)
