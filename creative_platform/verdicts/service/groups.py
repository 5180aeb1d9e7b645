"""What people say at once of all matches among the entries of a group."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session

from creative_platform.contests.models import Contest
from creative_platform.core import audit, clock
from creative_platform.core.actor import Actor
from creative_platform.core.audit import contest_chain
from creative_platform.core.db import locked, transaction
from creative_platform.core.errors import Invalid, NotFound, WrongState
from creative_platform.core.ids import public_id
from creative_platform.core.text import N_
from creative_platform.entries.conflicts import entries_with_part
from creative_platform.similarity import queries
from creative_platform.similarity.models import Match, MatchVerdict, Verdict
from creative_platform.verdicts import policy
from creative_platform.verdicts.groups import group_of, groups_in, place_of

CHANGED = N_("Something of this group changed since you opened the page. Nothing was recorded; look at it first.")


def give_group_verdict(
    actor: Actor, contest: Contest, entry_public_id: str, verdict: Verdict, *, reason: str, said: str
) -> int:
    """Record what an organizer says of all matches of a group that have no verdict; returns how many.

    The group is that in which an entry stands. Each match keeps a verdict of its own, which can be taken back alone.
    ``said`` is the group's when the organizer looked. Raises NotAllowed (also to who has a part in an entry of the
    contest), Invalid, WrongState when the group is another one now, somebody spoke since, or all of it is judged.
    """
    if not reason.strip():
        raise Invalid({"reason": N_("Say in a sentence what you saw.")})
    with transaction() as s:
        _hold(s, contest)
        policy.can_judge_groups(actor, contest, entries_with_part(actor, contest)).enforce()
        groups = groups_in(actor, contest)
        number = place_of(groups, entry_public_id)
        if not number:
            raise WrongState(CHANGED)
        entries = groups[number - 1]
        among = queries.between(select(Match.id), [entry.id for entry in entries])
        s.execute(locked(among.order_by(Match.id))).all()
        group = group_of(actor, contest, entries)  # what was said is read once nobody else can speak
        if group.said != said or not group.undecided:
            raise WrongState(CHANGED)
        act, now = public_id(), clock.now()
        told = {"contest_id": contest.id, "verdict": verdict, "reason": reason.strip(), "decided_by_id": actor.id}
        s.add_all(
            MatchVerdict(match_id=match_id, decided_at=now, given_with=act, **told)
            for match_id, _public in group.undecided
        )
        named = [match for _id, match in group.undecided]
        _record(actor, contest, "match.group_judged", act, named, verdict=verdict.value)
        return len(named)


def _hold(s: Session, contest: Contest) -> None:
    """Lock the contest as its comparing does, before any match: two that lock many rows never wait for each other."""
    s.scalars(locked(select(Contest).where(Contest.id == contest.id))).one()


def _record(actor: Actor, contest: Contest, verb: str, act: str, matches: Collection[str], **more: str) -> None:
    chain = contest_chain(contest.public_id)
    audit.record(chain, actor, verb, f"match_group:{act}", count=len(matches), matches=list(matches), **more)


def undo_group_verdict(actor: Actor, contest: Contest, given_with: str, *, standing: int) -> int:
    """Take back what still stands of a verdict that was given to a group; it stays on record. Returns of how many.

    ``standing`` is of how many matches it stood when the organizer looked: it only falls. Raises NotFound, NotAllowed
    (as `give_group_verdict`), WrongState when somebody took some of it back since.
    """
    with transaction() as s:
        _hold(s, contest)
        policy.can_judge_groups(actor, contest, entries_with_part(actor, contest)).enforce()
        of_act = (MatchVerdict.contest_id == contest.id) & (MatchVerdict.given_with == given_with)
        judged = select(MatchVerdict.match_id).where(of_act)
        s.execute(locked(select(Match.id).where(Match.id.in_(judged)).order_by(Match.id))).all()
        named = {
            row.id: row.public_id for row in s.execute(select(Match.id, Match.public_id).where(Match.id.in_(judged)))
        }
        if not named:
            raise NotFound()
        query = select(MatchVerdict).where(of_act, MatchVerdict.undone_at.is_(None)).order_by(MatchVerdict.id)
        stands = s.scalars(query.execution_options(populate_existing=True)).all()
        if not stands or len(stands) != standing:
            raise WrongState(N_("Somebody took some of it back since you opened this page. Look at it first."))
        for one in stands:
            one.undone_at = clock.now()
        _record(actor, contest, "match.group_undone", given_with, [named[one.match_id] for one in stands])
        return len(stands)
