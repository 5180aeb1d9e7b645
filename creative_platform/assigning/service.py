"""Repairs and top-ups: computed in a job, looked at, confirmed; what is given already never moves."""

from __future__ import annotations

from collections import Counter
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from creative_platform.assigning import policy
from creative_platform.contests import policy as contests
from creative_platform.contests.models import Contest, Round
from creative_platform.core import audit, clock, links, queue
from creative_platform.core.actor import Actor
from creative_platform.core.audit import contest_chain
from creative_platform.core.db import locked, transaction
from creative_platform.core.errors import Invalid, NotFound, WrongState
from creative_platform.core.queue import Claim
from creative_platform.core.text import N_
from creative_platform.entries.service import OWNER_TYPE
from creative_platform.judging import queries
from creative_platform.judging.models import Assignment, AssignmentRun, AssignmentState, RunKind, Scoresheet
from creative_platform.judging.service import LOOK_JOB, give, note_conflicts
from creative_platform.judging.situation import Situation, criteria_of, marks_in, situation_of, top_of
from creative_platform.media.service import end_addresses
from creative_platform.notices import service as notices

PROPOSE_JOB = "assigning.propose"
MOST_SHEETS = 1000  # of one top-up
SHEETS = (2, 3, 5, 8)  # an entry, of which a look tells
FAILED = N_("It could not be computed. Try again; if that does not help, whoever runs the platform sees why.")
NOBODY = N_("Nobody on the panel can take over: they have a conflict or as many entries as they take. Invite a juror.")
TOO_LITTLE = N_("The sheets that are in do not tell yet where more would help: wait for more of them.")
NO_ROOM = N_(
    "Nobody may judge more: every juror has a conflict, the entry already, as many entries as they take or far more "
    "than the others. Invite a juror."
)
NOT_ALL = N_("First every entry needs the jurors that the rules promise: draw what is missing.")


def propose_repair(actor: Actor, contest: Contest) -> AssignmentRun:
    """Queue a proposal of who takes over the assignments that were lost; nothing is given before it is confirmed.

    Raises NotAllowed, WrongState.
    """
    contests.can_manage(actor, contest).enforce()
    with transaction() as s:
        round_ = _open_round(s, contest)
        note_conflicts(contest)
        if not situation_of(contest, round_).lost:
            raise WrongState(N_("Nothing is lost: every juror has what they were given."))
        return _ask(s, actor, round_, RunKind.REPAIR, {})


def propose_top_up(actor: Actor, contest: Contest, count: int) -> AssignmentRun:
    """Queue a proposal of where so many further sheets tell most about who wins; every entry has its promised ones.

    Raises NotAllowed (also for who competes or judges: it tells of marks), Invalid, WrongState.
    """
    _may_top_up(actor, contest)
    if not 1 <= count <= MOST_SHEETS:
        raise Invalid({"count": N_("Give a number from 1 to 1,000.")})
    with transaction() as s:
        round_ = _open_round(s, contest)
        note_conflicts(contest)
        if situation_of(contest, round_).short():
            raise WrongState(NOT_ALL)
        return _ask(s, actor, round_, RunKind.TOP_UP, {"count": count})


def _may_top_up(actor: Actor, contest: Contest) -> None:
    contests.can_manage(actor, contest).enforce()
    policy.can_top_up(queries.entries_hidden_from(actor, contest), queries.seat_in(actor, contest)).enforce()


def _ask(s: Session, actor: Actor, round_: Round, kind: RunKind, inputs: dict[str, Any]) -> AssignmentRun:
    run = AssignmentRun(
        round_id=round_.id,
        kind=kind,
        seed=queries.seed_of_next_run(round_),
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
        now, kind, seed, count = situation_of(round_.contest, round_), run.kind, run.seed, run.inputs.get("count", 0)
        marks = marks_in(round_, now.works) if kind is RunKind.TOP_UP else []
        criteria, top = criteria_of(round_), top_of(round_.contest)
    if kind is RunKind.REPAIR:
        found = _repaired(now, seed, engine)
        problem = "" if found["added"] else NOBODY
    elif now.short():
        found, problem = {}, NOT_ALL
    else:
        given = {"marks": marks, "criteria": criteria, "count": count, "top": top, "seed": seed}
        chosen = engine.top_up(**now.for_engine(), **given)
        found = {"added": chosen or [], "top": top}
        problem = "" if chosen else TOO_LITTLE if chosen is None and now.has_room() else NO_ROOM
    with transaction() as s:
        run = s.scalars(locked(select(AssignmentRun).where(AssignmentRun.id == run_id))).one()
        run.inputs, run.problem, run.finished_at = {**run.inputs, **found, "stamp": now.stamp}, problem, clock.now()
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
        run = _run_of(s, actor, round_, public_id)
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
        queue.enqueue(LOOK_JOB, round_id=round_.id, person_id=actor.id)
        return run


def _run_of(s: Session, actor: Actor, round_: Round, public_id: str) -> AssignmentRun:
    wanted = (AssignmentRun.public_id == public_id) & (AssignmentRun.round_id == round_.id)
    run = s.scalar(locked(select(AssignmentRun).where(wanted)))
    if run is None or run.kind not in (RunKind.REPAIR, RunKind.TOP_UP):
        raise NotFound()
    if run.kind is RunKind.TOP_UP:
        _may_top_up(actor, round_.contest)
    return run


def _record(actor: Actor, run: AssignmentRun, now: Situation) -> None:
    entries = {work.id: work.public_id for work in now.works}
    jurors = {juror.id: juror.public_id for juror in now.jurors}
    given = [{**row, "entry": entries[row["entry"]], "juror": jurors[row["juror"]]} for row in run.added]
    verb = "assignments.repaired" if run.kind is RunKind.REPAIR else "assignments.topped_up"
    about = f"assignment_run:{run.public_id}"
    audit.record(contest_chain(now.contest.public_id), actor, verb, about, seed=run.seed, given=given)


def take_back(actor: Actor, contest: Contest, public_id: str) -> AssignmentRun:
    """Undo a top-up of which no sheet was begun: its assignments go, and the jurors are told by mail.

    Raises NotAllowed, NotFound, WrongState.
    """
    contests.can_manage(actor, contest).enforce()
    with transaction() as s:
        round_ = _open_round(s, contest)
        run = _run_of(s, actor, round_, public_id)
        if run.kind is not RunKind.TOP_UP or run.given_at is None:
            raise NotFound()
        if run.taken_back_at is not None:
            return run
        rows = s.scalars(locked(select(Assignment).where(Assignment.run_id == run.id).order_by(Assignment.id))).all()
        begun = s.scalar(select(Scoresheet.id).where(Scoresheet.assignment_id.in_([row.id for row in rows])).limit(1))
        if begun is not None or any(row.state is not AssignmentState.ASSIGNED for row in rows):
            raise WrongState(N_("A juror has begun one of these sheets or stepped back: it cannot be undone any more."))
        run.taken_back_at = clock.now()
        end_addresses(OWNER_TYPE, sorted({row.entry_id for row in rows}))
        taken = Counter(row.juror_id for row in rows)
        for row in rows:
            s.delete(row)
        s.flush()
        for juror in queries.jurors_of(contest):
            if taken[juror.id]:
                notices.enqueue(
                    "assigning.taken_back",
                    to=juror.user,
                    contest=dict(contest.title),
                    taken=taken[juror.id],
                    link=links.url("/jury"),
                )
        about_run = f"assignment_run:{run.public_id}"
        audit.record(contest_chain(contest.public_id), actor, "assignments.taken_back", about_run, count=len(rows))
        return run


def ask_look(actor: Actor, contest: Contest) -> None:
    """Queue a look at what sheets will tell and whether the jury hangs together, unless one is on its way.

    Raises NotAllowed, WrongState.
    """
    contests.can_manage(actor, contest).enforce()
    with transaction() as s:
        round_ = s.scalars(locked(select(Round).where(Round.contest_id == contest.id).order_by(Round.number))).first()
        now = situation_of(contest, round_) if round_ is not None else None
        if round_ is None or now is None or not now.works:
            raise WrongState(N_("No entry has been admitted yet: screen the entries first."))
        if not now.jurors:
            raise WrongState(N_("Nobody sits on the panel yet: invite jurors first."))
        if not queue.waiting_count(LOOK_JOB, round_id=round_.id):
            queue.enqueue(LOOK_JOB, round_id=round_.id, person_id=actor.id)


def look(claim: Claim, round_id: int, person_id: int, engine: Any) -> None:
    """Compute what sheets will tell and store it in place of an older look; nothing is locked meanwhile."""
    with transaction() as s:
        round_ = s.scalars(select(Round).where(Round.id == round_id)).one()
        now, criteria = situation_of(round_.contest, round_), criteria_of(round_)
        marks, promised = marks_in(round_, now.works), round_.contest.reviews_per_entry
    if not (now.works and now.jurors and criteria):
        claim.finish()
        return
    found = engine.outlook(
        **now.for_engine(),
        panel=[juror.id for juror in now.jurors],
        reviews=sorted({*SHEETS, promised}),
        marks=marks,
        criteria=criteria,
        seed=round_id,
    )
    _keep(round_id, person_id, inputs={**found, "stamp": now.stamp}, problem="", claim=claim)


def give_up_looking(round_id: int, person_id: int) -> None:
    """Have the page say that it could not be computed."""
    _keep(round_id, person_id, inputs={}, problem=FAILED)


def _keep(round_id: int, person_id: int, *, inputs: dict[str, Any], problem: str, claim: Claim | None = None) -> None:
    with transaction() as s:
        round_ = s.scalars(locked(select(Round).where(Round.id == round_id))).one()
        run = queries.newest_run(round_, RunKind.LOOK)
        if run is None:
            run = AssignmentRun(round_id=round_id, kind=RunKind.LOOK, seed=round_id, made_by_id=person_id)
            s.add(run)
        run.inputs, run.problem, run.made_at, run.finished_at = inputs, problem, clock.now(), clock.now()
        run.made_by_id = person_id
        if claim is not None:
            claim.finish()
