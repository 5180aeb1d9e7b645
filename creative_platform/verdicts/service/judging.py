"""What people say of a match; an earlier verdict stays on record as undone."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from creative_platform.contests import policy as contests
from creative_platform.contests.models import Contest
from creative_platform.core import audit, clock
from creative_platform.core.actor import Actor
from creative_platform.core.audit import contest_chain
from creative_platform.core.db import locked, transaction
from creative_platform.core.errors import Invalid, WrongState
from creative_platform.core.text import N_
from creative_platform.similarity import queries
from creative_platform.similarity.models import Match, MatchVerdict, Verdict
from creative_platform.similarity.sides import standing_verdict, times_said


def give_verdict(
    actor: Actor, contest: Contest, match_public_id: str, verdict: Verdict, *, reason: str, said: int | None = None
) -> MatchVerdict:
    """Record what an organizer of that contest says of a match; an earlier verdict stays on record as undone.

    Of a match with an entry of another contest each side says its own. ``said`` is `times_said` when the organizer
    looked, None to judge whatever was said. Raises NotFound (also to who has a part in one of the two entries),
    NotAllowed, Invalid, WrongState when somebody spoke since.
    """
    contests.can_manage(actor, contest).enforce()
    if not reason.strip():
        raise Invalid({"reason": N_("Say in a sentence what you saw.")})
    with transaction() as s:
        match = _lock_match(s, actor, contest, match_public_id, said)
        before = standing_verdict(match, contest)
        if before:
            before.undone_at = clock.now()
        given = MatchVerdict(
            match_id=match.id,
            contest_id=contest.id,
            verdict=verdict,
            reason=reason.strip(),
            decided_by_id=actor.id,
            decided_at=clock.now(),
        )
        s.add(given)
        chain = contest_chain(contest.public_id)
        audit.record(chain, actor, "match.judged", f"match:{match.public_id}", verdict=verdict.value)
        return given


def _lock_match(s: Session, actor: Actor, contest: Contest, public_id: str, said: int | None) -> Match:
    """Return a match, locked before its verdicts are read: a new comparing may take it away."""
    s.scalars(locked(select(Match).where(Match.public_id == public_id))).all()
    match = queries.match_in(actor, contest, public_id)
    if said is not None and said != times_said(match, contest):
        raise WrongState(N_("Somebody gave or took back a verdict since you opened this page. Look at it first."))
    return match


def undo_verdict(actor: Actor, contest: Contest, match_public_id: str, *, said: int | None = None) -> None:
    """Take the contest's standing verdict back; it stays on record.

    ``said`` as for `give_verdict`. Raises NotFound, NotAllowed, WrongState when there is none or somebody spoke since.
    """
    contests.can_manage(actor, contest).enforce()
    with transaction() as s:
        match = _lock_match(s, actor, contest, match_public_id, said)
        standing = standing_verdict(match, contest)
        if standing is None:
            raise WrongState(N_("There is no verdict to take back."))
        standing.undone_at = clock.now()
        audit.record(contest_chain(contest.public_id), actor, "match.verdict_undone", f"match:{match.public_id}")
