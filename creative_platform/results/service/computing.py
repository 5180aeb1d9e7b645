"""Computing a ranking from the submitted sheets of a closed round."""

from __future__ import annotations

import random
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from creative_platform.contests import policy as contests
from creative_platform.contests.models import Contest
from creative_platform.contests.queries import staff_of
from creative_platform.core import audit, clock, queue
from creative_platform.core.actor import Actor
from creative_platform.core.audit import contest_chain
from creative_platform.core.db import locked, transaction
from creative_platform.core.errors import Invalid, WrongState
from creative_platform.core.queue import Claim
from creative_platform.core.text import N_
from creative_platform.judging import queries as judging
from creative_platform.judging.models import Assignment, AssignmentState, SheetState
from creative_platform.judging.pace import pace_of, readings_in
from creative_platform.judging.situation import top_of
from creative_platform.results import policy, queries
from creative_platform.results.models import ResultRow, ResultSet
from creative_platform.screening import queries as screening

COMPUTE_JOB = "results.compute"
EXPLAIN_JOB = "results.explain"
NO_EXPLANATION: dict[str, Any] = {"failed": True}
METHODS = ("calibrated", "mean", "sum", "trimmed", "zscore", "zscore-shrunk", "bradley-terry")


def compute_results(actor: Actor, contest: Contest, method: str) -> None:
    """Queue the computing of a ranking. Raises NotAllowed, WrongState, Invalid."""
    contests.can_manage(actor, contest).enforce()
    if method not in METHODS:
        raise Invalid({"method": N_("Choose one of the methods.")})
    with transaction():
        allowed = policy.can_compute(contest, queries.publication_of(contest))
        if not allowed:
            raise WrongState(allowed.reason)
        audit.record(
            contest_chain(contest.public_id), actor, "results.asked", f"contest:{contest.public_id}", method=method
        )
        queue.enqueue(COMPUTE_JOB, contest_id=contest.id, method=method)


def counting(assignments: list[Assignment]) -> list[Assignment]:
    """Return the assignments whose sheets count: submitted, not abstained, not recused."""
    return [
        a
        for a in assignments
        if a.state is not AssignmentState.RECUSED
        and a.sheet is not None
        and a.sheet.state is SheetState.SUBMITTED
        and not a.sheet.abstained
    ]


def compute(claim: Claim, contest_id: int, method: str, engine: Any) -> None:
    """Compute a ranking and store it with the snapshot that determines it.

    For staff and chairs who have a part in entries one more is computed as if these did not exist: of a score that
    leans on others (z-score, the calibrated model) they could tell how their own work stands.
    """
    with transaction() as s:
        contest = s.scalars(locked(select(Contest).where(Contest.id == contest_id))).one()
        if not policy.can_compute(contest, queries.publication_of(contest)):
            claim.finish()  # published while this waited: the ranking that was published stays the newest
            return
        chairs = [juror.user for juror in judging.jurors_of(contest) if juror.is_chair]
        readers = [*(member.user for member in staff_of(contest)), *chairs]
        kept = {frozenset(queries.kept_from(person.as_actor(), contest)) for person in readers}
        result_set = _rank(s, contest, method, engine, frozenset())
        for without in kept - {frozenset()}:
            _rank(s, contest, method, engine, without)
        chain = contest_chain(contest.public_id)
        audit.record(chain, None, "results.computed", f"result_set:{result_set.public_id}", sha256=result_set.sha256)
        claim.finish()


def _rank(s: Session, contest: Contest, method: str, engine: Any, without: frozenset[int]) -> ResultSet:
    """Store the ranking of the admitted entries but these.

    Jurors stand in the snapshot under names of its own (j1, j2 …, in random order) and nothing else of theirs does:
    everybody can recompute, only staff and the chair can tell who gave which mark. The pattern of conflicts would tell
    it of a known jury: the snapshot holds their hash, with a salt of its own that stays with the row.
    """
    round_ = contest.rounds[0]
    known = {entry.id: entry for entry in screening.admitted_entries(contest) if entry.id not in without}
    sheets = [a for a in counting(judging.assignments_in(round_)) if a.entry_id in known]
    before = queries.result_sets_of(contest, without)
    names = _names_of([a.juror_id for a in sheets])
    people = {a.juror.user_id: names[a.juror_id] for a in sheets}
    done = engine.compute(
        sheets=[
            (known[a.entry_id].public_id, names[a.juror_id], {m.criterion.key: m.value for m in _sheet(a).scores})
            for a in sheets
        ],
        entries=[(entry.public_id, entry.track.key, entry.language) for entry in known.values()],
        jurors=sorted(names.values()),
        weights={criterion.key: criterion.weight for criterion in round_.criteria},
        scales={criterion.key: (criterion.scale_min, criterion.scale_max) for criterion in round_.criteria},
        method=method,
        seed=contest.id,
        top=top_of(contest),
        steps=contest.tie_steps,
        lots=contest.lot_seed if "lot" in contest.tie_steps else "",
        conflicts=_conflicts(contest, {i: entry.public_id for i, entry in known.items()}, people),
        salt=f"{random.SystemRandom().getrandbits(256):064x}",
        previous=before[0].sha256 if before else None,
        about={
            "contest": contest.public_id,
            "round": round_.number,
            "rules_sha256": contest.rules[-1].sha256,
            "draws": {"seed": contest.draw_seed, "given": judging.seeds_of_runs(round_)},
        },
    )
    result_set = ResultSet(
        contest_id=contest.id,
        round_id=round_.id,
        left_out=queries.left_out_key(without),
        method=method,
        snapshot=done.snapshot,
        sha256=done.snapshot["sha256"],
        opening=done.opening,
        jurors={names[a.juror_id]: a.juror.public_id for a in sheets},
        ties=done.ties,
        computed_at=clock.now(),
    )
    by_public_id = {entry.public_id: entry.id for entry in known.values()}
    result_set.rows = [ResultRow(entry_id=by_public_id[row.pop("entry")], **row) for row in done.rows]
    s.add(result_set)
    s.flush()
    queue.enqueue(EXPLAIN_JOB, turn=f"contest:{contest.id}", result_set_id=result_set.id)
    return result_set


def explain(claim: Claim, result_set_id: int, engine: Any) -> None:
    """Store why the places of a ranking are as they are; nothing is locked while that is computed."""
    with transaction() as s:
        row = s.scalars(select(ResultSet).where(ResultSet.id == result_set_id)).one()
        snapshot, names = row.snapshot, {public_id: name for name, public_id in row.jurors.items()}
        readings, homes = readings_in(row.round_id), queries.homes_of(row)
    ranked = {entry_id for entry_id, *_ in snapshot["entries"]}
    known = [(names[one.juror], one) for one in readings if one.juror in names and one.entry in ranked]
    found = engine.explain(snapshot, order=[(one.entry, name) for name, one in known], homes=homes)
    for card in found["cards"]:
        card["pace"] = pace_of([one for name, one in known if name == card["juror_id"]])
    with transaction() as s:
        s.execute(update(ResultSet).where(ResultSet.id == result_set_id).values(explanation=found))
        claim.finish()


def give_up_explaining(result_set_id: int) -> None:
    """Have the pages say that there will be no explanation."""
    with transaction() as s:
        s.execute(update(ResultSet).where(ResultSet.id == result_set_id).values(explanation=NO_EXPLANATION))


def _sheet(assignment: Assignment) -> Any:
    return assignment.sheet


def _conflicts(contest: Contest, works: dict[int, str], people: dict[int, str]) -> list[tuple[str, str]]:
    """Return the conflicts of these people with these entries, by the names that both are given here."""
    noted = ((one.entry_id, one.user_id) for one in judging.conflicts_in(contest))
    return [(works[entry], people[user]) for entry, user in noted if entry in works and user in people]


def _names_of(juror_ids: list[int]) -> dict[int, str]:
    shuffled = sorted(set(juror_ids))
    random.SystemRandom().shuffle(shuffled)
    return {juror_id: f"j{number}" for number, juror_id in enumerate(shuffled, start=1)}
