"""A round ends, and may be opened again for a reason while nothing is announced."""

from __future__ import annotations

from sqlalchemy import select

from creative_platform.contests import holds
from creative_platform.contests import policy as contests
from creative_platform.contests import queries as contests_queries
from creative_platform.contests.models import Contest, Round, StageKind
from creative_platform.core import audit, clock, links
from creative_platform.core.actor import Actor
from creative_platform.core.audit import contest_chain
from creative_platform.core.db import locked, transaction
from creative_platform.core.errors import WrongState
from creative_platform.core.text import N_
from creative_platform.entries.models import Entry
from creative_platform.judging import policy, queries
from creative_platform.judging.models import RoundReopening
from creative_platform.judging.service.assignments import note_conflicts
from creative_platform.judging.service.declaring import checked_reason
from creative_platform.notices import service as notices


def close_round(actor: Actor, contest: Contest) -> Round:
    """End the judging: no sheet changes any more, results can be computed."""
    contests.can_manage(actor, contest).enforce()
    with transaction() as s:
        round_ = s.scalars(locked(select(Round).where(Round.contest_id == contest.id).order_by(Round.number))).first()
        if round_ is None or round_.closed_at:
            raise WrongState(N_("The round is closed."))
        # Who is handing an entry in at this moment finishes before: what the jury judged stands still afterwards.
        s.scalars(locked(select(Entry).where(Entry.contest_id == contest.id).order_by(Entry.id))).all()
        note_conflicts(contest)
        if not queries.has_counting_sheets(round_, queries.entries_hidden_from(actor, contest)):
            raise WrongState(N_("No sheet with marks was submitted yet: without one there is no ranking."))
        round_.closed_at = clock.now()
        audit.record(contest_chain(contest.public_id), actor, "round.closed", f"round:{round_.public_id}")
        return round_


def reopen_round(actor: Actor, contest: Contest, *, reason: str) -> Round:
    """Open the closed round again before the announcement: sheets change again, and every juror is told why.

    Rankings that were computed stand no longer; awards that were decided are decided anew. Raises NotAllowed (also for
    who has a part in an entry: they could have marks changed), WrongState, Invalid.
    """
    contests.can_manage(actor, contest).enforce()
    said = checked_reason(reason, N_("Say in a few sentences why the round is opened again."))
    with transaction() as s:
        held = s.scalars(locked(select(Contest).where(Contest.id == contest.id))).one()
        policy.can_reopen(queries.entries_hidden_from(actor, held)).enforce()
        round_ = s.scalars(locked(select(Round).where(Round.contest_id == contest.id).order_by(Round.number))).first()
        if round_ is None or round_.closed_at is None:
            raise WrongState(N_("The round is open."))
        if held.announced_at is not None:
            raise WrongState(N_("The results are published."))
        if not (going_on := holds.may_go_on(held)):
            raise WrongState(going_on.reason)
        now, stage = clock.now(), contests_queries.stage(contest, StageKind.JUDGING)
        if stage is None or stage.ends_at <= now:
            raise WrongState(N_("The time for judging is over: move its end in the dates first."))
        s.add(
            RoundReopening(
                round_id=round_.id, closed_at=round_.closed_at, reopened_at=now, reopened_by_id=actor.id, reason=said
            )
        )
        round_.closed_at = None
        for seat in queries.jurors_of(contest):
            notices.enqueue(
                "judging.reopened",
                to=seat.user,
                contest=dict(contest.title),
                reason_text=said,
                until=stage.ends_at.isoformat(),
                link=links.url("/jury"),
            )
        audit.record(contest_chain(contest.public_id), actor, "round.reopened", f"round:{round_.public_id}")
        return round_
