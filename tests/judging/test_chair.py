"""What the chair of a panel sees: who is how far; never a mark, never an author, nothing of an entry of their own."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select

from creative_platform.core import clock, db, queue
from creative_platform.core.db import transaction
from creative_platform.core.errors import NotAllowed, NotFound, WrongState
from creative_platform.judging import queries, service
from creative_platform.judging.models import Assignment, ConflictOfInterest
from creative_platform.notices.models import OutboxMail
from tests.factories.accounts import make_user
from tests.factories.contests import make_contest
from tests.factories.entries import make_entry
from tests.factories.judging import admit, draw, full, seat
from tests.fixtures.people import post, without_tokens

pytestmark = pytest.mark.database


@pytest.fixture
def contest(organizer):
    return make_contest(organizer, phase="judging", reviews_per_entry=2, slug="panel")


@pytest.fixture
def chair(contest):
    person = make_user(name="The Chair")
    seat(contest, person, is_chair=True)
    return person


@pytest.fixture
def jurors(contest, chair):
    people = [make_user(name=f"Juror {n}") for n in "AB"]
    for person in people:
        seat(contest, person)
    return people


def submit(person, title: str, comment: str = "") -> Assignment:
    mine = queries.assignments_of(person.as_actor())
    assignment = next(a for a in mine if a.entry.title == title)
    service.write_sheet(person.as_actor(), assignment.public_id, full(comment=comment), arrived_at=clock.now())
    return assignment


def reminders() -> list[OutboxMail]:
    return list(db.session().scalars(select(OutboxMail).where(OutboxMail.kind == "judging.reminder")))


@pytest.fixture
def judged(contest, organizer, chair, jurors):
    """Two works, each with two of three jurors; one juror has finished one."""
    author = make_user(name="ZX-Author Aman", email="zx-author@example.test")
    works = [make_entry(contest, owner=author, title=f"Work {n} of ZX-Author Aman") for n in range(2)]
    draw(contest, organizer, *works)
    return author, works


def who_judges(work) -> list:
    rows = db.session().scalars(select(Assignment).where(Assignment.entry_id == work.id).order_by(Assignment.id))
    return [row.juror.user for row in rows]


def test_a_chair_sees_who_is_how_far_and_no_mark_and_no_author(contest, chair, judged, sign_in):
    author, works = judged
    judge = who_judges(works[0])[0]
    submit(judge, works[0].title, comment="ZX-COMMENT")
    page = sign_in(chair).get("/jury/panels/panel").text

    assert "sheets submitted: <b>1 of 4</b>" in page
    assert "Work 0 of ▮▮▮" in page
    for secret in ("ZX-COMMENT", "ZX-Author", "zx-author@", works[0].public_id, works[0].code, author.public_id):
        assert secret not in page


def test_comments_open_with_the_close_and_marks_never(contest, organizer, chair, judged, sign_in):
    _, works = judged
    submit(who_judges(works[0])[0], works[0].title, comment="ZX-COMMENT")
    service.close_round(organizer.as_actor(), contest)
    page = sign_in(chair).get("/jury/panels/panel").text

    assert "ZX-COMMENT" in page
    assert 'data-label="Score"' not in page and "craft" not in page.lower()


def test_the_page_is_the_chairs_alone(contest, organizer, chair, jurors, sign_in):
    make_contest(make_user(), slug="elsewhere")
    assert sign_in(chair).get("/jury/panels/panel").status_code == 200
    assert sign_in(chair).get("/jury/panels/elsewhere").status_code == 404
    for person in (jurors[0], organizer, make_user()):
        assert sign_in(person).get("/jury/panels/panel").status_code == 404
    assert "/jury/panels/panel" in sign_in(chair).get("/jury").text
    assert "/jury/panels/panel" not in sign_in(jurors[0]).get("/jury").text


def test_an_entry_of_the_chairs_own_is_in_no_count(hands, contest, organizer, chair, jurors, sign_in):
    """AC12, for the chair."""
    own, other = make_entry(contest, owner=chair, title="Chair's own"), make_entry(contest, title="Another")
    draw(contest, organizer, own, other)
    browser = sign_in(chair)
    before = without_tokens(browser.get("/jury/panels/panel").text)
    for judge in who_judges(own):
        submit(judge, "Chair's own", comment="ZX-COMMENT")

    assert "Chair&#39;s own" not in before
    assert without_tokens(browser.get("/jury/panels/panel").text) == before


def test_who_stepped_back_from_what_is_told_only_in_open_contests(contest, chair, judged, sign_in):
    _, works = judged
    judge = next(person for person in who_judges(works[1]) if person.id != chair.id)
    mine = next(a for a in queries.assignments_of(judge.as_actor()) if a.entry_id == works[1].id)
    service.recuse(judge.as_actor(), mine.public_id, reason="<b>ZX-PUPIL</b>, 100% дәл")
    browser = sign_in(chair)
    blind = browser.get("/jury/panels/panel").text
    assert ("Who stepped back" in blind, "ZX-PUPIL" in blind) == (False, False)
    assert re.findall(r'data-label="recused">(\d+)<', blind).count("1") == 1

    with transaction() as s:
        s.merge(contest).blind = False
    assert "&lt;b&gt;ZX-PUPIL&lt;/b&gt;, 100% дәл" in browser.get("/jury/panels/panel").text


@pytest.mark.parametrize("by", ["chair", "organizer"])
def test_a_slow_juror_is_reminded_once_a_day(hands, contest, organizer, chair, judged, sign_in, by):
    actor = {"chair": chair, "organizer": organizer}[by].as_actor()
    slow = next(juror for juror in queries.jurors_of(contest) if not juror.is_chair)
    service.remind_juror(actor, contest, slow.public_id)
    with pytest.raises(WrongState):
        service.remind_juror(actor, contest, slow.public_id)
    hands.forward(days=1)
    service.remind_juror(actor, contest, slow.public_id)

    left = len(queries.assignments_of(slow.user.as_actor()))
    assert [(mail.to_email, mail.data["left"]) for mail in reminders()] == [(slow.user.email, left)] * 2


@pytest.mark.parametrize("by", ["chair", "organizer"])
def test_the_page_says_why_nobody_is_reminded_again(contest, organizer, chair, judged, sign_in, by):
    slow = next(juror for juror in queries.jurors_of(contest) if not juror.is_chair)
    person, back, act = {
        "chair": (chair, "/jury/panels/panel", f"/jury/panels/panel/{slow.public_id}/remind"),
        "organizer": (organizer, "/manage/panel/progress", f"/manage/panel/jury/{slow.public_id}/remind"),
    }[by]
    browser = sign_in(person)
    for said in ("The reminder is on its way.", "This juror was reminded less than a day ago."):
        answer = post(browser, back, {}, to=act)
        assert (answer.status_code, answer.headers["Location"]) == (303, back)
        assert said in browser.get(back).text


def test_nobody_else_reminds(contest, jurors, judged):
    slow = queries.jurors_of(contest)[0]
    with pytest.raises(NotAllowed):
        service.remind_juror(jurors[0].as_actor(), contest, slow.public_id)
    elsewhere = make_user()
    other = make_contest(elsewhere, phase="judging")
    with pytest.raises(NotFound):
        service.remind_juror(elsewhere.as_actor(), other, slow.public_id)
    assert reminders() == []


def test_who_is_done_or_has_no_time_left_is_not_reminded(hands, contest, organizer, chair, judged):
    slow = next(juror for juror in queries.jurors_of(contest) if not juror.is_chair)
    for assignment in queries.assignments_of(slow.user.as_actor()):
        submit(slow.user, assignment.entry.title)
    with pytest.raises(WrongState, match="wrong_state"):
        service.remind_juror(chair.as_actor(), contest, slow.public_id)
    late = next(juror for juror in queries.jurors_of(contest) if queries.unfinished_of(juror))
    hands.forward(days=100)
    with pytest.raises(WrongState):
        service.remind_juror(chair.as_actor(), contest, late.public_id)
    assert reminders() == []


def test_finished_sheets_of_a_removed_juror_count_in_the_next_draw(contest, organizer, chair, jurors):
    work = make_entry(contest, title="Work")
    draw(contest, organizer, work)
    first, second = who_judges(work)
    submit(first, "Work")
    gone = next(juror for juror in queries.jurors_of(contest) if juror.user_id == first.id)
    service.remove_juror(organizer.as_actor(), contest, gone.public_id)
    service.draw_assignments(organizer.as_actor(), contest)
    queue.work_off()
    assert who_judges(work) == [first, second]

    vanished = next(juror for juror in queries.jurors_of(contest) if juror.user_id == second.id)
    service.remove_juror(organizer.as_actor(), contest, vanished.public_id)
    service.draw_assignments(organizer.as_actor(), contest)
    queue.work_off()
    rest = next(juror.user for juror in queries.jurors_of(contest))
    assert who_judges(work) == [first, second, rest]


def test_the_queue_goes_on_from_where_one_is(contest, organizer, chair, jurors, sign_in):
    works = [make_entry(contest, title=f"Work {n}") for n in range(6)]
    draw(contest, organizer, *works)
    queue_of = queries.assignments_of(jurors[0].as_actor())
    browser = sign_in(jurors[0])
    marks = {"scores.craft": "8", "scores.meaning": "5", "version": "0", "action": "submit"}
    answer = post(browser, f"/jury/{queue_of[1].public_id}", marks)
    assert answer.headers["Location"].endswith(queue_of[2].public_id)
    answer = post(browser, f"/jury/{queue_of[-1].public_id}", marks)
    assert answer.headers["Location"].endswith(queue_of[0].public_id)


def test_a_jurors_first_page_knows_the_time(hands, contest, organizer, chair, jurors, sign_in):
    draw(contest, organizer, make_entry(contest, title="Work"))
    judge = who_judges(db.session().scalars(select(Assignment)).first().entry)[0]
    browser = sign_in(judge)
    assert "One entry waits for you." in browser.get("/jury").text
    hands.forward(days=20)
    assert "The time for judging is over; one entry is left." in sign_in(judge).get("/jury").text


def test_conflicts_of_the_staff_are_noted_at_the_draw(contest, organizer, chair):
    own = make_entry(contest, owner=organizer, title="Organizer's own")
    admit(own)
    service.note_conflicts(contest)

    assert [c.user_id for c in db.session().scalars(select(ConflictOfInterest))] == [organizer.id]
