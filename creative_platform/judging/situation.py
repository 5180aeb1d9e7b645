"""What is known of a round when work is handed out: who judges, what takes part, who has what, who must not."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

from sqlalchemy import select

from creative_platform.contests.models import Contest, Criterion, Round, Track
from creative_platform.core import ids
from creative_platform.core.audit import canonical
from creative_platform.core.db import session
from creative_platform.entries.models import Entry, EntryState
from creative_platform.judging import queries
from creative_platform.judging.models import (
    Assignment,
    AssignmentRun,
    AssignmentState,
    ConflictOfInterest,
    Juror,
    RunKind,
    Score,
    Scoresheet,
    SheetState,
)
from creative_platform.screening import queries as screening

Pair = tuple[int, int]  # entry, juror
TOP = 10  # when the rules name no awards


class Work(NamedTuple):
    """An admitted entry as the lot knows it."""

    id: int
    public_id: str
    track: str
    language: str
    community_id: int | None


class Given(NamedTuple):
    """An assignment of the round: ``left`` says that its juror left the panel, ``waits`` that a sheet is to come."""

    entry: int
    juror: int
    state: AssignmentState
    left: bool
    waits: bool
    extra: bool


@dataclass(frozen=True)
class Situation:
    """A round as it stands; pairs are (entry id, juror id)."""

    contest: Contest
    jurors: list[Juror]
    works: list[Work]
    given: list[Given]
    conflicts: list[Pair]

    @cached_property
    def standing(self) -> list[Given]:
        """Assignments that count or will: not recused."""
        return [row for row in self.given if row.state is not AssignmentState.RECUSED]

    @cached_property
    def lost(self) -> dict[int, list[Given]]:
        """Reviews that admitted entries lost and nobody took over, by entry id: a juror left or is in conflict.

        An entry has as many as its rules promise, and what a top-up gave it beside; more than that it never gets back.
        """
        has, extra = Counter(row.entry for row in self.standing), Counter(row.entry for row in self.given if row.extra)
        found: dict[int, list[Given]] = {}
        for row in self.given:
            if row.state is AssignmentState.RECUSED:
                found.setdefault(row.entry, []).append(row)
        missing = {w.id: self.contest.reviews_per_entry + extra[w.id] - has[w.id] for w in self.works}
        return {id_: rows[-missing[id_] :] for id_, rows in sorted(found.items()) if missing.get(id_, 0) > 0}

    def short(self) -> list[int]:
        """Return the ids of admitted entries with fewer jurors than the rules promise."""
        has = Counter(row.entry for row in self.standing)
        return [work.id for work in self.works if has[work.id] < self.contest.reviews_per_entry]

    def has_room(self) -> bool:
        """Return whether a juror may take one more entry: below what they take, without a conflict, not theirs yet."""
        load, given = Counter(row.juror for row in self.standing), self.for_engine()
        barred = {*given["conflicts"], *given["existing"]}
        free = [j for j, _, _, most in given["jurors"] if most is None or load[j] < most]
        return any((work.id, juror_id) not in barred for work in self.works for juror_id in free)

    def for_engine(self) -> dict[str, Any]:
        """Return the arguments that every computing takes. Who left keeps what is done and gets nothing."""
        gone = Counter(row.juror for row in self.standing if row.left)
        given_up = [(row.entry, row.juror) for row in self.given if row.state is AssignmentState.RECUSED]
        return {
            "entries": [(w.id, w.track, w.language, str(w.community_id or "")) for w in self.works],
            "jurors": [
                *((j.id, tuple(j.expert_tracks), tuple(j.languages), j.capacity) for j in self.jurors),
                *((juror_id, (), (), done) for juror_id, done in gone.items()),
            ],
            "conflicts": self.conflicts + given_up,
            "existing": [(row.entry, row.juror) for row in self.standing],
        }

    @property
    def stamp(self) -> str:
        """A digest of all that decides who may get what: a proposal stands while it stays the same."""
        return ids.digest(canonical([self.for_engine(), self.contest.reviews_per_entry]).decode())


def situation_of(contest: Contest, round_: Round) -> Situation:
    """Return how a round stands now."""
    jurors = queries.jurors_of(contest)
    works = select(Entry.id, Entry.public_id, Track.key, Entry.language, Entry.community_id).join(Entry.track)
    works = works.where(*screening.admitted(contest)).order_by(Entry.id)
    told = Assignment.entry_id, Assignment.juror_id, Assignment.state, Juror.removed_at.is_not(None)
    waits = (Assignment.state == AssignmentState.ASSIGNED) & Entry.state.in_(EntryState.handed_in())
    given = select(*told, waits, AssignmentRun.kind).join(Assignment.juror).join(Assignment.entry)
    given = given.outerjoin(AssignmentRun, AssignmentRun.id == Assignment.run_id)
    given = given.where(Assignment.round_id == round_.id).order_by(Assignment.id)
    seats = {juror.user_id: juror.id for juror in jurors}
    noted = select(ConflictOfInterest.entry_id, ConflictOfInterest.user_id).join(ConflictOfInterest.entry)
    noted = noted.where(Entry.contest_id == contest.id).order_by(ConflictOfInterest.id)
    return Situation(
        contest,
        jurors,
        [Work(*row) for row in session().execute(works)],
        [
            Given(e, j, state, left, w, kind is RunKind.TOP_UP)
            for e, j, state, left, w, kind in session().execute(given)
        ],
        [(entry, seats[user]) for entry, user in session().execute(noted) if user in seats],
    )


def marks_in(round_: Round, works: list[Work]) -> list[tuple[int, int, dict[str, int]]]:
    """Return the sheets that count of these entries: entry id, juror id, mark by criterion."""
    query = select(Assignment.entry_id, Assignment.juror_id, Criterion.key, Score.value).select_from(Assignment)
    query = query.join(Scoresheet).join(Score).join(Criterion).where(Assignment.round_id == round_.id)
    query = query.where(Assignment.state == AssignmentState.DONE, Scoresheet.state == SheetState.SUBMITTED)
    query = query.where(Scoresheet.abstained.is_(False)).order_by(Assignment.id, Score.id)
    taking_part, found = {work.id for work in works}, dict[Pair, dict[str, int]]()
    for entry, juror, key, value in session().execute(query):
        if entry in taking_part:
            found.setdefault((entry, juror), {})[key] = value
    return [(entry, juror, given) for (entry, juror), given in found.items()]


def criteria_of(round_: Round) -> list[tuple[str, float, int, int]]:
    """Return a round's criteria: key, weight, lowest and highest mark."""
    return [(one.key, one.weight, one.scale_min, one.scale_max) for one in round_.criteria]


def top_of(contest: Contest) -> int:
    """Return how many entries win: as many as there are awards to give."""
    return sum(award.quantity for award in contest.awards) or TOP
