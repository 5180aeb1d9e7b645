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
from creative_platform.core.text import N_, LocalizedText
from creative_platform.results import policy, queries
from creative_platform.results.models import Decision
from creative_platform.screening import queries as screening


def decide(actor: Actor, contest: Contest, *, award: str, entry: str, reason: LocalizedText) -> Decision:
    """Give an award to an entry; awards and entries come as public ids.

    Who has a part in an entry decides on no award for which it competes: that a place is taken would tell of it.
    Raises NotFound, NotAllowed, WrongState, Invalid, LimitReached, Conflict.
    """
    contests.can_manage(actor, contest).enforce()
    if not reason:
        raise Invalid({"reason": N_("Give the reason; it stands in the protocol.")})
    with transaction() as s:
        s.scalars(locked(select(Contest).where(Contest.id == contest.id))).one()
        seen = queries.seen_by(actor, contest)
        allowed = policy.can_decide(seen)
        if not allowed or seen.result_set is None:
            raise WrongState(allowed.reason)
        prize = s.scalar(select(Award).where(Award.public_id == award, Award.contest_id == contest.id))
        chosen = next((e for e in screening.admitted_entries(contest) if e.public_id == entry), None)
        if prize is None or chosen is None:
            raise NotFound()
        if chosen.id in seen.kept:
            raise NotAllowed(N_("You have a part in this entry: somebody else decides on it."))
        if prize.id not in seen.left:
            raise NotAllowed(N_("An entry in which you have a part competes for this award: somebody else decides."))
        if prize.track_id is not None and prize.track_id != chosen.track_id:
            raise Invalid({"award": N_("This award belongs to another track.")})
        if any(d.award_id == prize.id and d.entry_id == chosen.id for d in seen.decisions):
            raise Conflict(N_("This entry has this award already."))
        if seen.left[prize.id] <= 0:
            raise LimitReached(N_("This award is given as often as the rules allow."), limit=prize.quantity)
        decision = Decision(
            contest_id=contest.id,
            award_id=prize.id,
            entry_id=chosen.id,
            result_set_id=seen.result_set.id,
            reason=reason,
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
        if decision is None or decision.award_id not in queries.seen_by(actor, contest).left:
            raise NotFound()
        decision.revoked_at = clock.now()
        audit.record(contest_chain(contest.public_id), actor, "award.revoked", f"decision:{public_id}")
