"""Choosing winners under quotas: what that would change and cost. It advises; people decide."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from creative_platform.contests import policy as contests
from creative_platform.contests.models import Contest
from creative_platform.core import audit, clock, ids, queue
from creative_platform.core.actor import Actor
from creative_platform.core.audit import contest_chain
from creative_platform.core.db import locked, transaction
from creative_platform.core.errors import Invalid, WrongState
from creative_platform.core.queue import Claim
from creative_platform.core.text import N_
from creative_platform.results import policy, queries
from creative_platform.results.models import ResultSet

QUOTAS_JOB = "results.quotas"
TOO_MANY = N_("At least one wins, and at most as many as there are entries that were judged.")
NOT_CHOSEN: dict[str, Any] = {"failed": True}


@dataclass(frozen=True)
class QuotaRule:
    """At least and at most so many winners with a value of an attribute (queries.quota_attributes); None: no limit."""

    attribute: str
    value: str
    least: int | None
    most: int | None

    @property
    def holds_together(self) -> bool:
        """Whether some number is within both limits."""
        return (self.least or 0) >= 0 and (self.most is None or self.most >= (self.least or 0))


def ask_quotas(actor: Actor, contest: Contest, count: int, rules: Sequence[QuotaRule]) -> None:
    """Queue a choice of winners on the ranking that the actor sees; it replaces the one before.

    Kept with the ranking is what determines the choice, so that nothing depends on what changes while it waits.
    Raises NotAllowed, WrongState, Invalid.
    """
    contests.can_manage(actor, contest).enforce()
    with transaction() as s:
        s.scalars(locked(select(Contest).where(Contest.id == contest.id))).one()
        seen = queries.seen_by(actor, contest)
        allowed = policy.can_decide(seen)
        if not allowed or seen.result_set is None:
            raise WrongState(allowed.reason)
        known = queries.quota_attributes(contest, seen)
        if not 1 <= count <= len(known):
            raise Invalid({"count": TOO_MANY})
        if not all(rule.holds_together for rule in rules):
            raise Invalid({"rules": N_("“At most” is below “at least”.")})
        asked_by = {rule.attribute for rule in rules}
        seen.result_set.quotas = {
            "id": ids.public_id(),
            "count": count,
            "rules": [asdict(rule) for rule in rules],
            "among": {entry: {a: v for a, v in values.items() if a in asked_by} for entry, values in known.items()},
        }
        _record(
            actor, contest.public_id, "results.quotas_asked", seen.result_set, rules=seen.result_set.quotas["rules"]
        )
        queue.enqueue(QUOTAS_JOB, result_set_id=seen.result_set.id)


def choose(claim: Claim, result_set_id: int, engine: Any) -> None:
    """Store who would win under the quotas that were asked last; nothing is locked while that is computed."""
    with transaction() as s:
        result_set = _held(s, result_set_id)
        asked = result_set.quotas
        rows = {row.entry.public_id: row for row in result_set.rows if row.entry.public_id in asked["among"]}
        scores, places = {e: row.score for e, row in rows.items()}, {e: row.rank for e, row in rows.items()}
    found = {} if "found" in asked else engine.choose(scores, asked["among"], asked["count"], asked["rules"], places)
    with transaction() as s:
        result_set = _held(s, result_set_id)
        if result_set.quotas == asked and "found" not in asked:  # else somebody asked anew, and that has its own job
            result_set.quotas = {**asked, "found": found, "computed_at": clock.now().isoformat()}
            contest = s.get_one(Contest, result_set.contest_id)
            sha256 = hashlib.sha256(audit.canonical(result_set.quotas)).hexdigest()
            _record(None, contest.public_id, "results.quotas_computed", result_set, sha256=sha256)
        claim.finish()


def give_up_choosing(result_set_id: int) -> None:
    """Have the page say that nothing could be computed; what was asked stays."""
    with transaction() as s:
        result_set = _held(s, result_set_id)
        if "found" not in result_set.quotas:
            result_set.quotas = {**result_set.quotas, "found": NOT_CHOSEN}


def _held(s: Session, result_set_id: int) -> ResultSet:
    query = select(ResultSet).where(ResultSet.id == result_set_id)
    return s.scalars(locked(query).execution_options(populate_existing=True)).one()


def _record(actor: Actor | None, contest: str, verb: str, result_set: ResultSet, **more: Any) -> None:
    asked = result_set.quotas
    about = {"choice": asked["id"], "count": asked["count"], **more}
    audit.record(contest_chain(contest), actor, verb, f"result_set:{result_set.public_id}", **about)
