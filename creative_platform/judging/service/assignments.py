"""Handing out work: conflicts found, assignments drawn from a seed."""

from __future__ import annotations

import random
from collections import Counter
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from creative_platform.contests import policy as contests
from creative_platform.contests import queries as contests_queries
from creative_platform.contests.models import Contest, Round, StageKind
from creative_platform.core import audit, clock, links, queue
from creative_platform.core.actor import Actor
from creative_platform.core.audit import contest_chain
from creative_platform.core.db import locked, transaction
from creative_platform.core.errors import WrongState
from creative_platform.core.queue import Claim
from creative_platform.core.text import N_
from creative_platform.entries.service import OWNER_TYPE
from creative_platform.judging import policy, queries
from creative_platform.judging.models import (
    Assignment,
    AssignmentRun,
    AssignmentState,
    ConflictOfInterest,
    Juror,
)
from creative_platform.judging.situation import Situation, situation_of
from creative_platform.media.service import end_addresses
from creative_platform.notices import service as notices
from creative_platform.screening import queries as screening

DRAW_JOB = "judging.draw_assignments"
LOOK_JOB = "assigning.look"  # of the room above


def note_conflicts(contest: Contest) -> int:
    """Note the conflicts of jurors and staff that follow from own entries and communities; returns how many are new.

    A noted one stays when its cause is gone: nobody leaves a community in order to look. Assignments that turn out to
    be in conflict end, and their sheets no longer count: somebody may have joined a team or a community after the
    drawing.
    """
    with transaction() as s:
        known = {(c.entry_id, c.user_id, c.source) for c in queries.conflicts_in(contest)}
        judges = [juror.user_id for juror in queries.jurors_of(contest)]
        overseers = [member.user_id for member in contests_queries.staff_of(contest)]
        found = queries.conflicts_now(dict.fromkeys([*judges, *overseers]), screening.admitted_entries(contest))
        new = [(*pair, source) for pair, source in found.items() if (*pair, source) not in known]
        for entry_id, user_id, source in new:
            s.add(ConflictOfInterest(entry_id=entry_id, user_id=user_id, source=source, noted_at=clock.now()))
        s.flush()
        end_conflicting(s, contest)
        return len(new)


def end_conflicting(s: Session, contest: Contest) -> None:
    """End assignments in conflict, in the caller's transaction; in a closed round the ranking stands no longer then."""
    in_conflict = (ConflictOfInterest.entry_id == Assignment.entry_id) & (ConflictOfInterest.user_id == Juror.user_id)
    query = select(Assignment).join(Juror).join(ConflictOfInterest, in_conflict)
    query = query.where(Juror.contest_id == contest.id, Assignment.state != AssignmentState.RECUSED)
    for assignment in s.scalars(locked(query)).unique():
        if assignment.round.closed_at and assignment.state is AssignmentState.DONE:
            assignment.round.sheet_ended_at = clock.now()
        assignment.state, assignment.ended_at = AssignmentState.RECUSED, clock.now()
        end_addresses(OWNER_TYPE, [assignment.entry_id])
        audit.record(contest_chain(contest.public_id), None, "assignment.recused", f"assignment:{assignment.public_id}")


def draw_assignments(actor: Actor, contest: Contest, *, before_close: bool = False) -> AssignmentRun:
    """Queue a drawing of what is missing: nothing that stands is moved. Its seed is kept, so it can be repeated.

    ``before_close`` says that the actor knows: entries are still taken, and later ones need another drawing.
    """
    contests.can_manage(actor, contest).enforce()
    with transaction() as s:
        round_ = s.scalars(locked(select(Round).where(Round.contest_id == contest.id).order_by(Round.number))).first()
        if round_ is None or round_.closed_at:
            raise WrongState(N_("The round is closed."))
        allowed = policy.can_draw(contest, clock.now(), before_close=before_close)
        if not allowed:
            raise WrongState(allowed.reason, code="entries_open")
        if not screening.admitted_entries(contest):
            raise WrongState(N_("No entry has been admitted yet: screen the entries first."))
        if not queries.jurors_of(contest):
            raise WrongState(N_("Nobody sits on the panel yet: invite jurors first."))
        note_conflicts(contest)
        run = AssignmentRun(
            round_id=round_.id,
            seed=queries.seed_of_next_run(round_),
            inputs={},
            made_at=clock.now(),
            made_by_id=actor.id,
        )
        s.add(run)
        s.flush()
        chain = contest_chain(contest.public_id)
        audit.record(chain, actor, "assignments.drawn", f"assignment_run:{run.public_id}", seed=run.seed)
        queue.enqueue(DRAW_JOB, run_id=run.id)
        return run


def draw(claim: Claim, run_id: int, engine: Any) -> None:
    """Compute a queued drawing, store it and tell the jurors; entries that lack some are kept in its inputs."""
    with transaction() as s:
        run = s.scalars(locked(select(AssignmentRun).where(AssignmentRun.id == run_id))).one()
        # Two drawings of a round must not both give what is missing, and none may give after the close.
        round_ = s.scalars(locked(select(Round).where(Round.id == run.round_id))).one()
        contest = round_.contest
        if run.finished_at is not None or round_.closed_at is not None:
            run.problem = run.problem or ("" if run.finished_at else N_("The round is closed."))
            run.finished_at = run.finished_at or clock.now()
            claim.finish()
            return
        note_conflicts(contest)  # somebody may have taken a seat since the drawing was asked for
        now = situation_of(contest, round_)
        plan = engine.plan(**now.for_engine(), reviews=contest.reviews_per_entry, seed=run.seed)
        run.inputs, run.finished_at, run.given_at = plan.inputs, clock.now(), clock.now()
        give(s, run, plan.added, now)
        queue.enqueue(LOOK_JOB, round_id=round_.id, person_id=run.made_by_id)
        claim.finish()


def give(s: Session, run: AssignmentRun, pairs: list[tuple[int, int]], now: Situation) -> None:
    """Store assignments (entry id, juror id) and mail each juror who got some how many, and when sheets are taken."""
    _store_pairs(s, run, pairs, {work.id: work.public_id for work in now.works})
    at, stage = clock.now(), contests_queries.stage(now.contest, StageKind.JUDGING)
    given = Counter(juror_id for _, juror_id in pairs)
    waiting = given + Counter(row.juror for row in now.given if row.waits)
    for juror in now.jurors:
        if given[juror.id]:
            notices.enqueue(
                "judging.assigned",
                to=juror.user,
                contest=dict(now.contest.title),
                given=given[juror.id],
                waiting=waiting[juror.id],
                since=stage.starts_at.isoformat() if stage and at < stage.starts_at else "",
                until=stage.ends_at.isoformat() if stage and at < stage.ends_at else "",
                link=links.url("/jury"),
            )


def _store_pairs(s: Session, run: AssignmentRun, pairs: list[tuple[int, int]], public_ids: dict[int, str]) -> None:
    """Add assignments, each juror's in an order of their own: neither ids nor times tell who handed in first."""
    for entry_id, juror_id in sorted(pairs):
        lot = random.Random(f"{run.seed}/{juror_id}/{public_ids[entry_id]}")  # nosec B311 # noqa: S311 -- repeatable, not secret
        s.add(
            Assignment(
                round_id=run.round_id,
                juror_id=juror_id,
                entry_id=entry_id,
                run_id=run.id,
                position=lot.randrange(2**30),
                assigned_at=clock.now(),
            )
        )
