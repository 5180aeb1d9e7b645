"""What people decide: an award, an entry, a reason."""

from __future__ import annotations

from sqlalchemy import select

from creative_platform.contests import policy as contests
from creative_platform.contests.models import Award, Contest
from creative_platform.core import audit, clock
from creative_platform.core.actor import Actor
from creative_platform.core.audit import contest_chain
from creative_platform.core.db import locked, transaction
from creative_platform.core.errors import Conflict, Invalid, LimitReached, NotAllowed, NotFound, WrongState
from creative_platform.core.text import N_
from creative_platform.entries import queries as entries
from creative_platform.judging import queries as judging
from creative_platform.results import policy, queries
from creative_platform.results.models import Decision


def decide(actor: Actor, contest: Contest, *, award: str, entry: str, reason: str) -> Decision:
    """Give an award to an entry; awards and entries come as public ids.

    Raises NotFound, NotAllowed (own entry, conflict), WrongState, Invalid, LimitReached, Conflict.
    """
    contests.can_manage(actor, contest).enforce()
    if not reason.strip():
        raise Invalid({"reason": N_("Give the reason; it stands in the protocol.")})
    with transaction() as s:
        s.scalars(locked(select(Contest).where(Contest.id == contest.id))).one()
        result_set = queries.newest_result_set(contest)
        allowed = policy.can_decide(result_set, queries.publication_of(contest))
        if not allowed or result_set is None:
            raise WrongState(allowed.reason)
        prize = s.scalar(select(Award).where(Award.public_id == award, Award.contest_id == contest.id))
        chosen = next((e for e in entries.admitted_entries(contest) if e.public_id == entry), None)
        if prize is None or chosen is None:
            raise NotFound()
        if chosen.id in judging.entries_hidden_from(actor, contest):
            raise NotAllowed(N_("You have a part in this entry: somebody else decides on it."))
        if prize.track_id is not None and prize.track_id != chosen.track_id:
            raise Invalid({"award": N_("This award belongs to another track.")})
        standing = queries.standing_decisions(contest)
        if any(d.award_id == prize.id and d.entry_id == chosen.id for d in standing):
            raise Conflict(N_("This entry has this award already."))
        if policy.places_left(prize, standing) <= 0:
            raise LimitReached(N_("This award is given as often as the rules allow."), limit=prize.quantity)
        decision = Decision(
            contest_id=contest.id,
            award_id=prize.id,
            entry_id=chosen.id,
            result_set_id=result_set.id,
            reason=reason.strip(),
            decided_by_id=actor.id,
            decided_at=clock.now(),
        )
        s.add(decision)
        s.flush()
        audit.record(
            contest_chain(contest.public_id),
            actor,
            "award.decided",
            f"decision:{decision.public_id}",
            award=prize.public_id,
            entry=chosen.public_id,
        )
        return decision


def revoke_decision(actor: Actor, contest: Contest, public_id: str) -> None:
    """Take a decision back before the publication; it stays in the protocol."""
    contests.can_manage(actor, contest).enforce()
    with transaction() as s:
        s.scalars(locked(select(Contest).where(Contest.id == contest.id))).one()
        if queries.publication_of(contest) is not None:
            raise WrongState(N_("The results are published."))
        wanted = (Decision.public_id == public_id) & (Decision.contest_id == contest.id)
        decision = s.scalar(locked(select(Decision).where(wanted, Decision.revoked_at.is_(None))))
        if decision is None or decision.entry_id in judging.entries_hidden_from(actor, contest):
            raise NotFound()
        decision.revoked_at = clock.now()
        audit.record(contest_chain(contest.public_id), actor, "award.revoked", f"decision:{public_id}")
