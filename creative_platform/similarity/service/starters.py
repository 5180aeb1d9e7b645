"""Starter material is read in a confined child; after the last of it the contest is compared again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import func, select

from creative_platform.confinement import isolation
from creative_platform.contests.models import Contest
from creative_platform.core import clock, queue
from creative_platform.core.db import locked, session, transaction
from creative_platform.core.errors import Unavailable
from creative_platform.core.queue import Claim
from creative_platform.similarity.models import Starter, StarterSketch
from creative_platform.similarity.rows import pack_terms
from creative_platform.similarity.service.comparing import STARTER_JOB, order_again


def compare_when_all_are_read(contest: Contest) -> None:
    """Queue the comparing of a contest, whose row is locked, unless some of its material is still to be read."""
    unread = select(func.count(Starter.id)).where(Starter.contest_id == contest.id, Starter.read_at.is_(None))
    if not session().scalar(unread):
        order_again(contest)


def sketch_starter(claim: Claim, starter_id: int, engine: Any) -> None:
    """Sketch starter material in a confined child; what gives no sketch keeps the reason."""
    starter = session().get(Starter, starter_id)
    if starter is None or starter.read_at:
        claim.finish()
        return
    if isolation.is_missed():
        queue.put_off(claim, STARTER_JOB, delay_s=isolation.LOOK_AGAIN_S, starter_id=starter_id)
        return
    body, kind = starter.body, engine.kind_of_name(starter.name)
    made = engine.sketch_file(
        lambda offset, length: body[offset : offset + length],
        len(body),
        kind=kind,
        name=starter.name,
        duration_s=0.0,
        require_isolation=isolation.is_required(),
    )
    if made.retry:
        raise Unavailable(detail=made.detail)
    with transaction():
        _store(starter_id, made.parts, made.reason)
        claim.finish()


def _store(starter_id: int, parts: Sequence[Any], reason: str) -> None:
    """Store what starter material gave, in the running transaction; the last one has its contest compared again."""
    s, its_contest = session(), select(Starter.contest_id).where(Starter.id == starter_id).scalar_subquery()
    contest = s.scalars(locked(select(Contest).where(Contest.id == its_contest))).one_or_none()
    starter = s.scalars(select(Starter).where(Starter.id == starter_id)).one_or_none()
    if contest is None or starter is None or starter.read_at:
        return
    for one in parts:
        row = StarterSketch(starter_id=starter.id, kind=one.kind, version=one.version, sketch=one.sketch)
        row.terms = pack_terms(one.rows.terms) if one.rows else None
        s.add(row)
    says_something = any(one.rows is None or one.rows.terms for one in parts)
    starter.read_at, starter.reason = clock.now(), reason or ("" if says_something else "nothing_to_compare")
    s.flush()
    compare_when_all_are_read(contest)


def give_up_starter(starter_id: int) -> None:
    """Say that starter material was tried three times in vain, in the transaction in which its job fails."""
    _store(starter_id, (), "inspection.storage")
