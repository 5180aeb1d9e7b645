"""The jury of the demo: seats, assignments, scores, and the winners of the finished contest."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

from creative_platform.contests.models import Contest
from creative_platform.core import clock, queue
from creative_platform.core.text import LocalizedText
from creative_platform.deliberation import service as deliberation
from creative_platform.demo.people import Person
from creative_platform.judging import queries
from creative_platform.judging import service as judging
from creative_platform.judging.models import Assignment
from creative_platform.results import service as results
from creative_platform.screening import queries as screening
from creative_platform.screening import service as screening_verbs

PANEL = ("chair", "juror", "juror3")
COMMENTS = {
    "kk": ("Ойы анық, соңы есте қалады.", "Ырғағын сәл жинақтаса, одан да күшті болар еді."),
    "ru": ("Точная мысль и живой финал.", "Видно, что автор знает это место."),
    "en": ("A clear thought, simply told.", "The middle could be shorter."),
}


def admit_all(contest: Contest, organizer: Person) -> None:
    """Admit every entry that was handed in."""
    handed_in, _ = screening.entries_in(contest, screening.EntryFilter(), page=1, per_page=100, drafts=False)
    screening_verbs.admit_entries(organizer.actor, contest, dict.fromkeys(entry.public_id for entry in handed_in))


def seat_panel(contest: Contest, people: dict[str, Person]) -> None:
    """Invite the three jurors, who take their seats, and draw who looks at what."""
    organizer = people["organizer"].actor
    for key in PANEL:
        person = people[key]
        secret = judging.invite_juror(organizer, contest, person.user.email, is_chair=key == "chair")
        judging.accept_invite(person.actor, secret, languages=["kk", "ru", "en"])
    judging.draw_assignments(organizer, contest)
    queue.work_off()


def score(contest: Contest, people: dict[str, Person], *, part: float, marks: dict[str, list[int]]) -> int:
    """Let each juror submit sheets for that part of their assignments; ``marks`` by title, else made from a seed."""
    done = 0
    for seat, key in enumerate(PANEL):
        person = people[key]
        mine = queries.assignments_of(person.actor, contest)
        for number, assignment in enumerate(mine[: round(len(mine) * part)]):
            changes = _sheet(contest, assignment, person, seat, number, marks)
            judging.write_sheet(person.actor, assignment.public_id, changes, arrived_at=clock.now())
            done += 1
        if part < 1 and key == "juror":  # one sheet is begun and not yet submitted
            opened = mine[round(len(mine) * part)]
            first = contest.rounds[0].criteria[0].key
            judging.write_sheet(
                person.actor, opened.public_id, judging.SheetChanges(0, {first: 7}), arrived_at=clock.now()
            )
    return done


def _sheet(
    contest: Contest, assignment: Assignment, person: Person, seat: int, number: int, marks: dict[str, list[int]]
) -> judging.SheetChanges:
    rng = random.Random(f"{assignment.entry.title}/{seat}")  # nosec B311 # noqa: S311 -- made-up marks, the same each time
    quality = random.Random(assignment.entry.title).uniform(5.5, 9)  # nosec B311 # noqa: S311 -- as above
    given = marks.get(assignment.entry.title)
    scores = {}
    for criterion in contest.rounds[0].criteria:
        middle = given[seat] if given else quality - (0.9 if seat == 1 else 0)
        scores[criterion.key] = max(1, min(10, round(middle + rng.uniform(-1, 1))))
    comments = COMMENTS[person.user.locale]
    comment = comments[number % len(comments)] if number % 2 == 0 else ""
    return judging.SheetChanges(0, scores, comment=comment, submit=True)


def rank(contest: Contest, organizer: Person) -> None:
    """Close the round and compute the ranking by the method that the form offers first."""
    judging.close_round(organizer.actor, contest)
    results.compute_results(organizer.actor, contest, "calibrated")
    queue.work_off()


def meet(contest: Contest, people: dict[str, Person], works: list[dict[str, Any]], wait: Callable[[int], None]) -> None:
    """Let an organizer open a meeting of the whole panel and the chair write down what was said, then close it.

    ``wait`` lets so many minutes pass.
    """
    organizer, chair = people["organizer"], people["chair"]
    deliberation.open_meeting(organizer.actor, contest, present=[seat.public_id for seat in queries.jurors_of(contest)])
    by_title = {entry.title: entry.public_id for entry in screening.admitted_entries(contest)}
    for work in works:
        if "minutes" in work and work["title"] in by_title:
            wait(8)
            said = {"text": work["minutes"], "discussed": True, "version": 0}
            deliberation.keep_minutes(chair.actor, contest, entry=by_title[work["title"]], **said)
    wait(5)
    deliberation.close_meeting(chair.actor, contest)


def announce(contest: Contest, organizer: Person, works: list[dict[str, Any]]) -> None:
    """Decide with a reason each, publish; certificates are drawn."""
    by_title = {entry.title: entry.public_id for entry in screening.admitted_entries(contest)}
    for work in works:
        if "award" in work and work["title"] in by_title:
            award = contest.awards[work["award"]].public_id
            reason = LocalizedText(work["reason"])
            results.decide(organizer.actor, contest, award=award, entry=by_title[work["title"]], reason=reason)
    results.publish_results(organizer.actor, contest)
    queue.work_off()
