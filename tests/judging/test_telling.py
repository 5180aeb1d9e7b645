"""What jurors are written when a draw gives them entries."""

from __future__ import annotations

from collections import Counter

import pytest
from sqlalchemy import select

from creative_platform.contests.models import StageKind
from creative_platform.contests.queries import stage
from creative_platform.core import clock, db, queue
from creative_platform.core.queue import LeaseLost
from creative_platform.judging import engine, queries, service
from creative_platform.judging.models import Assignment
from tests.factories.accounts import make_user
from tests.factories.contests import make_contest
from tests.factories.entries import make_entry
from tests.factories.judging import admit, draw, seat
from tests.fixtures.letters import letter, mails_to

pytestmark = pytest.mark.database


def told(person) -> list[str]:
    return [letter(mail).body for mail in mails_to(person.email) if mail.kind == "judging.assigned"]


def test_a_juror_is_told_once_what_a_draw_gave_them_and_until_when(contest, organizer, jurors):
    draw(contest, organizer, *(make_entry(contest) for _ in range(3)))
    assert Counter(a.juror.user_id for a in queries.assignments_in(contest.rounds[0])) == {j.id: 2 for j in jurors}
    ends_at = stage(contest, StageKind.JUDGING).ends_at.astimezone(clock.zone(contest.timezone))
    for juror in jurors:
        [said] = told(juror)
        assert "You were given 2 entries of “Contest" in said
        assert "With what you had before" not in said
        assert f"Sheets are taken until {ends_at.day} " in said
        assert "http://localhost/jury\n" in said

    service.draw_assignments(organizer.as_actor(), contest)
    queue.work_off()
    assert [len(told(juror)) for juror in jurors] == [1, 1, 1]  # that draw gave nothing

    draw(contest, organizer, make_entry(contest))
    again = [said for juror in jurors for said in told(juror)[1:]]
    assert len(again) == 2
    assert ["You were given 1 entry of" in said for said in again] == [True, True]
    assert ["With what you had before, 3 entries wait for you." in said for said in again] == [True, True]


def test_drawn_before_the_judging_the_letter_says_from_when_in_the_jurors_language(app):
    organizer, juror = make_user(), make_user(locale="ru")
    contest = make_contest(organizer, phase="open", reviews_per_entry=1)
    seat(contest, juror)
    admit(make_entry(contest), make_entry(contest))
    service.draw_assignments(organizer.as_actor(), contest, before_close=True)
    queue.work_off()

    [mail] = mails_to(juror.email)
    judging, text = stage(contest, StageKind.JUDGING), letter(mail)
    assert text.subject == f"Вам на оценку 2 работы: {contest.title['ru']}"
    assert (mail.data["since"], mail.data["until"]) == (judging.starts_at.isoformat(), judging.ends_at.isoformat())
    assert "Посмотреть их можно уже сейчас. Листы принимаются с " in text.body


def test_after_the_end_of_the_judging_no_letter_promises_a_time(hands, contest, organizer, jurors):
    admit(make_entry(contest))
    hands.at(stage(contest, StageKind.JUDGING).ends_at)
    draw(contest, organizer)

    said = [text for juror in jurors for text in told(juror)]
    assert (len(said), "taken" in "".join(said)) == (2, False)


class Interrupted:
    """A worker that lost its hold when it was done."""

    def finish(self) -> None:
        raise LeaseLost()


def test_letters_stand_with_their_assignments_or_not_at_all(contest, organizer, jurors):
    admit(make_entry(contest))
    run = service.draw_assignments(organizer.as_actor(), contest)
    with pytest.raises(LeaseLost):
        service.draw(Interrupted(), run.id, engine)
    assert [told(juror) for juror in jurors] == [[], [], []]

    queue.work_off()
    queue.enqueue(service.DRAW_JOB, run_id=run.id)  # sent once more by the sweep
    queue.work_off()
    assert sorted(len(told(juror)) for juror in jurors) == [0, 1, 1]
    assert len(list(db.session().scalars(select(Assignment)))) == 2
