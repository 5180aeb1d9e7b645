"""Repairs: computed in a job, looked at, confirmed; what is given already never moves."""

from __future__ import annotations

import secrets
from collections import Counter
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from creative_platform.contests import policy as contests
from creative_platform.contests.models import Contest, Round
from creative_platform.core import audit, clock, queue
from creative_platform.core.actor import Actor
from creative_platform.core.audit import contest_chain
from creative_platform.core.db import locked, transaction
from creative_platform.core.errors import NotFound, WrongState
from creative_platform.core.queue import Claim
from creative_platform.core.text import N_
from creative_platform.judging import queries
from creative_platform.judging.models import AssignmentRun, RunKind
from creative_platform.judging.service import give, note_conflicts
from creative_platform.judging.situation import Situation, situation_of

PROPOSE_JOB = "assigning.propose"
FAILED = N_("It could not be computed. Try again; if that does not help, whoever runs the platform sees why.")


def propose_repair(actor: Actor, contest: Contest) -> AssignmentRun:
    """Queue a proposal of who takes over the reviews that were lost; nothing is given before it is confirmed.

    Raises NotAllowed, WrongState.
    """
    contests.can_manage(actor, contest).enforce()
    with transaction() as s:
        round_ = _open_round(s, contest)
        note_conflicts(contest)
        if not situation_of(contest, round_).lost:
            raise WrongState(N_("Nothing is lost: every juror has what they were given."))
        return _ask(s, actor, round_, RunKind.REPAIR, {})


def _ask(s: Session, actor: Actor, round_: Round, kind: RunKind, inputs: dict[str, Any]) -> AssignmentRun:
    run = AssignmentRun(
        round_id=round_.id,
        kind=kind,
        seed=secrets.randbelow(2**31),
        inputs=inputs,
        made_at=clock.now(),
        made_by_id=actor.id,
    )
    s.add(run)
    s.flush()
    queue.enqueue(PROPOSE_JOB, run_id=run.id)
    return run


def _open_round(s: Session, contest: Contest) -> Round:
    round_ = s.scalars(locked(select(Round).where(Round.contest_id == contest.id).order_by(Round.number))).first()
    if round_ is None or round_.closed_at:
        raise WrongState(N_("The round is closed."))
    return round_


def propose(claim: Claim, run_id: int, engine: Any) -> None:
    """Compute a queued proposal and store it; nothing is locked while that is done."""
    with transaction() as s:
        run = s.scalars(select(AssignmentRun).where(AssignmentRun.id == run_id)).one()
        round_ = s.scalars(select(Round).where(Round.id == run.round_id)).one()
        now, seed = situation_of(round_.contest, round_), run.seed
    found = _repaired(now, seed, engine)
    with transaction() as s:
        run = s.scalars(locked(select(AssignmentRun).where(AssignmentRun.id == run_id))).one()
        run.inputs, run.finished_at = {**run.inputs, **found, "stamp": now.stamp}, clock.now()
        claim.finish()


def _repaired(now: Situation, seed: int, engine: Any) -> dict[str, Any]:
    has = Counter(row.entry for row in now.standing)
    wanted = {entry: has[entry] + len(rows) for entry, rows in now.lost.items()}
    plan = engine.plan(**now.for_engine(), reviews=wanted, seed=seed)
    added = [{"entry": entry, "juror": juror} for entry, juror in plan.added]
    lost = [{"entry": row.entry, "juror": row.juror} for rows in now.lost.values() for row in rows]
    return {**plan.inputs, "added": added, "lost": lost}


def give_up_proposing(run_id: int) -> None:
    """Have the page say that there will be no proposal."""
    with transaction() as s:
        run = s.scalars(locked(select(AssignmentRun).where(AssignmentRun.id == run_id))).one()
        run.problem, run.finished_at = FAILED, clock.now()


def confirm(actor: Actor, contest: Contest, public_id: str) -> AssignmentRun:
    """Give what was proposed, and mail the jurors who get work; a second click gives nothing more.

    Raises NotAllowed, NotFound, WrongState when the proposal is not the newest or no longer fits what is so now.
    """
    contests.can_manage(actor, contest).enforce()
    with transaction() as s:
        round_ = _open_round(s, contest)
        run = _run_of(s, round_, public_id)
        if run.given_at is not None:
            return run
        newest = queries.newest_run(round_, run.kind)
        if run.finished_at is None or run.problem or newest is not run:
            raise WrongState(N_("This is not the newest proposal: look at it again."))
        note_conflicts(contest)
        now = situation_of(contest, round_)
        if run.inputs["stamp"] != now.stamp:
            raise WrongState(N_("Something changed since this was computed: look at a new proposal."))
        run.given_at = clock.now()
        give(s, run, [(row["entry"], row["juror"]) for row in run.added], now)
        _record(actor, run, now)
        return run


def _run_of(s: Session, round_: Round, public_id: str) -> AssignmentRun:
    wanted = (AssignmentRun.public_id == public_id) & (AssignmentRun.round_id == round_.id)
    run = s.scalar(locked(select(AssignmentRun).where(wanted, AssignmentRun.kind != RunKind.DRAW)))
    if run is None:
        raise NotFound()
    return run


def _record(actor: Actor, run: AssignmentRun, now: Situation) -> None:
    entries = {work.id: work.public_id for work in now.works}
    jurors = {juror.id: juror.public_id for juror in now.jurors}
    given = [{**row, "entry": entries[row["entry"]], "juror": jurors[row["juror"]]} for row in run.added]
    about = f"assignment_run:{run.public_id}"
    audit.record(contest_chain(now.contest.public_id), actor, "assignments.repaired", about, seed=run.seed, given=given)
