"""The verbs of the jury's meeting: open, say who is present, take minutes, close, open again."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from creative_platform.contests.models import Contest, Round
from creative_platform.core import audit, clock, ids
from creative_platform.core.actor import Actor, Decision
from creative_platform.core.audit import AuditEvent, contest_chain
from creative_platform.core.db import locked, session, transaction
from creative_platform.core.errors import Invalid, NotFound, StaleVersion, WrongState
from creative_platform.core.text import N_, storable
from creative_platform.deliberation import policy, queries
from creative_platform.deliberation.models import Attendance, Deliberation, DeliberationReopening, Minutes
from creative_platform.entries.models import Entry
from creative_platform.judging import queries as judging
from creative_platform.judging.models import Juror
from creative_platform.results import queries as results
from creative_platform.screening import queries as screening

TEXT_MOST = 8000
REASON_MOST = 4000


def open_meeting(actor: Actor, contest: Contest, *, present: Collection[str]) -> Deliberation:
    """Open the jury's meeting; ``present`` are the public ids of the jurors who are there.

    Raises NotAllowed, WrongState, Invalid.
    """
    with transaction() as s:
        held = _held(s, actor, contest, policy.can_convene)
        allowed = policy.can_open(results.seen_by(actor, held), queries.meeting_of(held))
        if not allowed:
            raise WrongState(allowed.reason)
        round_ = s.scalars(select(Round).where(Round.contest_id == held.id).order_by(Round.number)).first()
        if round_ is None:
            raise WrongState(N_("Close the round first: until then sheets can change."))
        meeting = Deliberation(round_id=round_.id, opened_at=clock.now(), opened_by_id=actor.id)
        s.add(meeting)
        s.flush()
        _store_attendance(s, held, meeting, present)
        _record(actor, held, "deliberation.opened", meeting, present=sorted(set(present)))
        return meeting


def set_attendance(actor: Actor, contest: Contest, *, present: Collection[str], version: int) -> Deliberation:
    """Say who is present now; ``version`` is the one of the meeting that the actor read.

    Who left the panel since stays as they were. Raises NotAllowed, WrongState, StaleVersion, Invalid.
    """
    with transaction() as s:
        held = _held(s, actor, contest, policy.can_convene)
        meeting = _meeting_under_way(s, held)
        if version != meeting.version:
            raise StaleVersion(version=meeting.version)
        before = {one.juror.public_id for one in meeting.attendance}
        gone = {one.juror.public_id for one in meeting.attendance if one.juror.removed_at is not None}
        if before == {*present, *gone}:
            return meeting
        _store_attendance(s, held, meeting, present)
        meeting.version += 1
        _record(actor, held, "deliberation.attendance", meeting, present=sorted({*present, *gone}))
        return meeting


def keep_minutes(actor: Actor, contest: Contest, *, entry: str, text: str, discussed: bool, version: int) -> Minutes:
    """Write down what was said of an entry (public id), and whether the jury is done with it.

    ``version`` is the one that the actor read, 0 for none. Raises NotAllowed, NotFound (also for who has a part in the
    entry), WrongState, StaleVersion, Invalid.
    """
    said = text.strip()
    with transaction() as s:
        held = _held(s, actor, contest)
        meeting = _meeting_under_way(s, held)
        work = s.scalar(select(Entry).where(Entry.public_id == entry, *screening.admitted(held)))
        if work is None or work.id in results.with_part(actor, held):
            raise NotFound()
        if len(said) > TEXT_MOST or not storable(said):
            raise Invalid({"text": N_("This is too long.")})
        mine = (Minutes.deliberation_id == meeting.id) & (Minutes.entry_id == work.id)
        minutes = s.scalar(locked(select(Minutes).where(mine)))
        if version != (minutes.version if minutes else 0):
            raise StaleVersion(version=minutes.version if minutes else 0)
        if minutes is None:
            minutes = Minutes(deliberation_id=meeting.id, entry_id=work.id, text="", discussed=False, version=0)
        if (minutes.text, minutes.discussed) == (said, discussed) and minutes.version:
            return minutes
        minutes.text, minutes.discussed, minutes.version = said, discussed, minutes.version + 1
        minutes.saved_at, minutes.saved_by_id = clock.now(), actor.id
        s.add(minutes)
        s.flush()
        _record(actor, held, "deliberation.minuted", meeting)  # of which entry, staff with a part in it would read
        return minutes


def close_meeting(actor: Actor, contest: Contest) -> Deliberation:
    """Close the meeting: what was written stands, and the protocol tells it.

    Raises NotAllowed (also for who has a part in an entry), WrongState.
    """
    with transaction() as s:
        held = _held(s, actor, contest)
        policy.can_end(results.with_part(actor, held)).enforce()
        meeting = _meeting_under_way(s, held)
        meeting.closed_at, meeting.closed_by_id, meeting.salt = clock.now(), actor.id, ids.salt()
        meeting.outside = _outside(held, meeting)
        s.flush()
        _record(actor, held, "deliberation.closed", meeting, sha256=queries.digest_of(queries.record_of(meeting)))
        return meeting


def reopen_meeting(actor: Actor, contest: Contest, *, reason: str) -> Deliberation:
    """Open a closed meeting again before the announcement.

    Raises NotAllowed (also for who has a part in an entry), WrongState, Invalid.
    """
    said = reason.strip()
    if not said or len(said) > REASON_MOST or not storable(said):
        raise Invalid({"reason": N_("Say in a few sentences why the meeting is opened again.")})
    with transaction() as s:
        held = _held(s, actor, contest, policy.can_convene)
        policy.can_end(results.with_part(actor, held)).enforce()
        meeting = _locked_meeting(s, held)
        allowed = policy.can_reopen(held, meeting)
        if not allowed:
            raise WrongState(allowed.reason)
        facts = {"closed_at": meeting.closed_at, "reopened_at": clock.now(), "reopened_by_id": actor.id}
        record = queries.record_of(meeting)
        s.add(DeliberationReopening(deliberation_id=meeting.id, reason=said, record=record, **facts))
        meeting.closed_at = meeting.closed_by_id = None
        _record(actor, held, "deliberation.reopened", meeting)
        return meeting


def stands_as_closed(link: AuditEvent) -> bool:
    """Say whether what this closing recorded is kept unchanged: with the meeting, or with its opening again."""
    found = queries.meeting_by_public_id(link.subject.removeprefix("deliberation:"))
    if found is None:
        return False
    closings = select(func.count(AuditEvent.id)).where(AuditEvent.chain == link.chain, AuditEvent.verb == link.verb)
    closings = closings.where(AuditEvent.subject == link.subject, AuditEvent.number < link.number)
    records = [*(again.record for again in found.reopenings), *([] if found.is_open else [queries.record_of(found)])]
    number = session().scalar(closings) or 0
    return [queries.digest_of(record) for record in records[number : number + 1]] == [link.data["sha256"]]


def _held(
    s: Session,
    actor: Actor,
    contest: Contest,
    allows: Callable[[Actor, Contest, Juror | None], Decision] = policy.can_hold,
) -> Contest:
    """Lock a contest, whose state decides too, for somebody whom a policy lets hold its meeting. Raises NotAllowed."""
    held = s.scalars(locked(select(Contest).where(Contest.id == contest.id))).one()
    allows(actor, held, judging.seat_in(actor, held)).enforce()
    return held


def _locked_meeting(s: Session, contest: Contest) -> Deliberation:
    query = select(Deliberation).join(Round).where(Round.contest_id == contest.id)
    meeting = s.scalars(locked(query)).first()
    if meeting is None:
        raise WrongState(policy.can_write(None).reason)
    return meeting


def _meeting_under_way(s: Session, contest: Contest) -> Deliberation:
    meeting = _locked_meeting(s, contest)
    allowed = policy.can_write(meeting)
    if not allowed:
        raise WrongState(allowed.reason)
    return meeting


def _store_attendance(s: Session, contest: Contest, meeting: Deliberation, present: Collection[str]) -> None:
    """Store who is present; jurors who left the panel keep what is stored of them. Raises Invalid."""
    panel = {juror.public_id: juror.id for juror in judging.jurors_of(contest)}
    if not present or not set(present) <= panel.keys():
        raise Invalid({"present": N_("Choose who of the panel is present.")})
    here = {panel[public_id] for public_id in present}
    for one in list(meeting.attendance):
        if one.juror_id in panel.values() and one.juror_id not in here:
            meeting.attendance.remove(one)
    known = {one.juror_id for one in meeting.attendance}
    meeting.attendance += [Attendance(juror_id=juror_id) for juror_id in sorted(here - known)]
    s.flush()


def _outside(contest: Contest, meeting: Deliberation) -> dict[str, list[str]]:
    """Return who is out for which entry, by public ids, for the record: what is found later was not known then."""
    works, present = screening.admitted_entries(contest), [one.juror for one in meeting.attendance]
    out = queries.stepping_out(contest, present, works, ())
    return {work.public_id: sorted(juror.public_id for juror in out[work.id]) for work in works if out[work.id]}


def _record(actor: Actor, contest: Contest, verb: str, meeting: Deliberation, **more: Any) -> None:
    audit.record(contest_chain(contest.public_id), actor, verb, f"deliberation:{meeting.public_id}", **more)
