"""A jury at work: seats, admitted entries, drawn assignments, sheets and what is computed from them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from creative_platform.accounts.models import User
from creative_platform.contests.models import Contest
from creative_platform.core import clock, queue
from creative_platform.core.db import transaction
from creative_platform.core.text import LocalizedText
from creative_platform.entries.models import Entry, ScreeningDecision, ScreeningOutcome
from creative_platform.judging import service
from creative_platform.judging.models import (
    Assignment,
    AssignmentState,
    ConflictOfInterest,
    ConflictSource,
    Juror,
    Score,
    Scoresheet,
    SheetState,
)
from creative_platform.judging.service import SheetChanges
from creative_platform.results import queries as results
from creative_platform.results import service as results_service
from creative_platform.results.models import Decision, ResultRow, ResultSet
from tests.factories.accounts import make_user
from tests.factories.entries import make_entry

MARKS = {"first": 9, "second": 7, "third": 4}


def admit(*entries: Entry) -> None:
    """Admit entries, as if somebody had screened them."""
    with transaction() as s:
        for entry in entries:
            s.add(
                ScreeningDecision(
                    revision_number=1,
                    entry_id=entry.id,
                    outcome=ScreeningOutcome.ADMITTED,
                    decided_by_id=entry.team.members[0].user_id,
                    decided_at=clock.now(),
                )
            )


def seat(contest: Contest, user: User, **given: Any) -> Juror:
    """Give somebody a seat on the panel."""
    with transaction() as s:
        juror = Juror(contest_id=contest.id, user_id=user.id, joined_at=clock.now(), **given)
        s.add(juror)
    return juror


def declare(entry: Entry, user: User) -> None:
    """Note a conflict that somebody declared."""
    with transaction() as s:
        noted = ConflictOfInterest(entry_id=entry.id, user_id=user.id, source=ConflictSource.DECLARED)
        noted.noted_at = clock.now()
        s.add(noted)


def draw(contest: Contest, organizer: User, *entries: Entry) -> None:
    """Admit entries and hand out what is missing."""
    admit(*entries)
    service.draw_assignments(organizer.as_actor(), contest)
    queue.work_off()


def drawn(contest: Contest, organizer: User, count: int = 4) -> list[Entry]:
    """Admit some new entries and hand them out."""
    made = [make_entry(contest, title=f"Work {n}") for n in range(count)]
    draw(contest, organizer, *made)
    return made


def full(version: int = 0, *, submit: bool = True, **more: Any) -> SheetChanges:
    """A sheet with every mark."""
    return SheetChanges(version=version, scores={"craft": 8, "meaning": 5}, submit=submit, **more)


def give_marks(contest: Contest, entries: Mapping[str, Entry]) -> None:
    """Two jurors, one of them two points stricter, judge everything as MARKS says."""
    now = clock.now()
    for strictness in (0, 2):
        juror = seat(contest, make_user())
        for title, entry in entries.items():
            with transaction() as s:
                assignment = Assignment(
                    round_id=contest.rounds[0].id, juror_id=juror.id, entry_id=entry.id, assigned_at=now
                )
                assignment.state = AssignmentState.DONE
                sheet = Scoresheet(state=SheetState.SUBMITTED, saved_at=now, submitted_at=now)
                for criterion in contest.rounds[0].criteria:
                    sheet.scores.append(Score(criterion_id=criterion.id, value=MARKS[title] - strictness))
                assignment.sheet = sheet
                s.add(assignment)


def computed(contest: Contest, organizer: User, method: str = "mean") -> ResultSet:
    """Compute the ranking of a closed round."""
    results_service.compute_results(organizer.as_actor(), contest, method)
    queue.work_off()
    found = results.newest_result_set(contest)
    assert found is not None
    return found


def ranked(contest: Contest, *entries: Entry, without: Iterable[Entry] = ()) -> ResultSet:
    """Store a ranking of a closed round, best first, as if a job had computed it: a score less each place."""
    left_out = results.left_out_key(entry.id for entry in without)
    with transaction() as s:
        found = ResultSet(contest_id=contest.id, round_id=contest.rounds[0].id, method="mean", snapshot={}, sha256="0")
        found.left_out, found.computed_at = left_out, clock.now()
        found.rows = [
            ResultRow(entry_id=entry.id, rank=n, score=10.0 - n, raw_mean=10.0 - n, reviews=2, rank_lo=n, rank_hi=n)
            for n, entry in enumerate(entries, start=1)
        ]
        for row in found.rows:
            row.score_lo, row.score_hi, row.band = row.score, row.score, row.rank
        s.add(found)
    return found


def given(
    contest: Contest,
    organizer: User,
    entries: Mapping[str, Entry],
    title: str = "first",
    award: int = 0,
    reason: str = "Moving and precise",
) -> Decision:
    """Give an award of a computed contest to an entry."""
    return results_service.decide(
        organizer.as_actor(),
        contest,
        award=contest.awards[award].public_id,
        entry=entries[title].public_id,
        reason=LocalizedText(en=reason),
    )
