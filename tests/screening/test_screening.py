"""Organizers list entries, look at them and decide; the machine drops no entry."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from creative_platform.accounts.models import User
from creative_platform.contests.models import StaffRole
from creative_platform.core import clock, db
from creative_platform.core.errors import Invalid, NotAllowed, NotFound, TooLate
from creative_platform.core.text import LocalizedText
from creative_platform.entries import service as entries
from creative_platform.entries.models import Entry, EntryState, ScreeningDecision, ScreeningOutcome
from creative_platform.notices import rendering
from creative_platform.notices.models import OutboxMail
from creative_platform.screening import queries, service
from creative_platform.setup import service as setup
from tests.factories.accounts import make_user
from tests.factories.contests import make_contest
from tests.factories.entries import make_entry
from tests.fixtures.people import post

pytestmark = pytest.mark.database


@pytest.fixture
def owner(app):
    return make_user()


@pytest.fixture
def screened(app):
    organizer = make_user()
    contest = make_contest(organizer, phase="judging")
    return organizer.as_actor(), contest, make_entry(contest)


def test_screening_is_recorded_and_told(screened):
    actor, contest, entry = screened
    with pytest.raises(Invalid):
        service.screen_entry(actor, contest, entry.public_id, ScreeningOutcome.REFUSED)
    service.screen_entry(actor, contest, entry.public_id, ScreeningOutcome.REFUSED, reason="Too long")
    service.screen_entry(actor, contest, entry.public_id, ScreeningOutcome.ADMITTED)

    assert [e.id for e in queries.admitted_entries(contest)] == [entry.id]
    kinds = [mail.data["outcome"] for mail in db.session().scalars(select(OutboxMail).order_by(OutboxMail.id))]
    assert kinds == ["refused", "admitted"]


def test_asking_for_more_reopens_that_entry_alone(screened):
    actor, contest, entry = screened
    other = make_entry(contest)
    captain = entry.team.members[0].user.as_actor()
    rival = other.team.members[0].user.as_actor()
    until = clock.now() + timedelta(days=2)
    service.screen_entry(
        actor, contest, entry.public_id, ScreeningOutcome.NEEDS_INFORMATION, reason="Credits", reopen_until=until
    )

    entries.save_draft(captain, entry.public_id, 1, {"title": "With credits"}, arrived_at=until - timedelta(seconds=1))
    entries.submit_entry(captain, entry.public_id, arrived_at=until - timedelta(seconds=1))
    with pytest.raises(TooLate):
        entries.save_draft(rival, other.public_id, 1, {"title": "x"}, arrived_at=clock.now())
    with pytest.raises(TooLate):
        entries.save_draft(captain, entry.public_id, 2, {"title": "y"}, arrived_at=until)


def test_each_side_is_told_when_it_is_its_turn(hands, screened, sign_in):
    actor, contest, entry = screened
    until = clock.now() + timedelta(days=2)
    captain = entry.team.members[0].user
    team, office = sign_in(captain), sign_in(db.session().get_one(User, actor.id))
    seen = []

    def look() -> None:
        waiting, _ = queries.waiting_for_screening(contest)
        listed = entry.title in office.get(f"/manage/{contest.slug}/entries?screening=undecided").text
        assert listed is bool(waiting)
        seen.append((waiting, "ask you to mend" in team.get("/my").text))

    look()
    hands.forward(hours=1)
    service.screen_entry(
        actor, contest, entry.public_id, ScreeningOutcome.NEEDS_INFORMATION, reason="Credits", reopen_until=until
    )
    look()
    hands.forward(hours=1)
    entries.save_draft(captain.as_actor(), entry.public_id, 1, {"summary": "Credits"}, arrived_at=clock.now())
    entries.submit_entry(captain.as_actor(), entry.public_id, arrived_at=clock.now())
    look()
    service.screen_entry(actor, contest, entry.public_id, ScreeningOutcome.REFUSED, reason="Too late")
    look()

    assert seen == [(1, False), (0, True), (1, False), (0, False)]


def test_a_team_that_never_answers_is_decided_on_again(hands, screened):
    actor, contest, entry = screened
    hands.forward(hours=1)
    until = clock.now() + timedelta(days=2)
    service.screen_entry(
        actor, contest, entry.public_id, ScreeningOutcome.NEEDS_INFORMATION, reason="Credits", reopen_until=until
    )
    (mail,) = db.session().scalars(select(OutboxMail))
    assert "hand it in again until" in rendering.render(mail.kind, "en", mail.data).body
    assert queries.waiting_for_screening(contest) == (0, 0)
    hands.forward(days=2)
    assert queries.waiting_for_screening(contest) == (1, 0)


@pytest.mark.parametrize("decided", [ScreeningOutcome.ADMITTED, ScreeningOutcome.REFUSED])
def test_what_is_handed_in_after_the_decision_is_to_be_screened_again(app, sign_in, decided):
    organizer = make_user()
    contest = make_contest(organizer)
    entry, other = make_entry(contest, title="Kites"), make_entry(contest, title="Boats")
    captain, office, page = entry.team.members[0].user.as_actor(), sign_in(organizer), f"/manage/{contest.slug}/entries"
    for each in (entry, other):
        service.screen_entry(organizer.as_actor(), contest, each.public_id, decided, reason="So")

    def marked() -> tuple[bool, ...]:
        listed = office.get(page).text.count("handed in again since") == 1
        to_do = office.get(f"{page}?screening=undecided").text
        told = (
            "here is version 2, and the last decision is on version 1" in office.get(f"{page}/{entry.public_id}").text
        )
        step = "One was handed in again since you decided" in office.get(f"/manage/{contest.slug}").text
        return listed, "Kites" in to_do, "Boats" in to_do, told, step

    assert marked() == (False,) * 5
    entries.save_draft(captain, entry.public_id, 1, {"summary": "Another film"}, arrived_at=clock.now())
    assert marked() == (False,) * 5
    entries.submit_entry(captain, entry.public_id, arrived_at=clock.now())
    assert marked() == (True, True, False, True, False)  # the desk has its say once entries have closed
    admitted = [each.id for each in queries.admitted_entries(contest)]
    assert admitted == ([entry.id, other.id] if decided is ScreeningOutcome.ADMITTED else [])
    post(office, page, {"entry": [f"{entry.public_id}:2"]}, to=f"{page}/admit")
    assert marked() == (False,) * 5


def test_a_decision_is_on_the_version_that_was_looked_at(app, sign_in):
    organizer = make_user()
    contest = make_contest(organizer)
    both = [make_entry(contest) for _ in range(2)]
    office, page = sign_in(organizer), f"/manage/{contest.slug}/entries"
    one, several = (entry.public_id for entry in both)
    assert 'name="revision" value="1"' in office.get(f"{page}/{one}").text
    assert f'value="{several}:1"' in office.get(page).text
    for entry in both:  # in the meantime
        captain = entry.team.members[0].user.as_actor()
        entries.save_draft(captain, entry.public_id, 1, {"summary": "Another film"}, arrived_at=clock.now())
        entries.submit_entry(captain, entry.public_id, arrived_at=clock.now())
    for number in ("0", "3"):
        form = {"outcome": "admitted", "revision": number}
        assert post(office, page, form, to=f"{page}/{one}/screening").status_code == 404
        assert post(office, page, {"entry": [f"{several}:{number}"]}, to=f"{page}/admit").status_code == 404
    assert queries.waiting_for_screening(contest) == (2, 0)
    post(office, page, {"outcome": "admitted", "revision": "1"}, to=f"{page}/{one}/screening")
    post(office, page, {"entry": [f"{several}:1"]}, to=f"{page}/admit")

    assert [d.revision_number for d in db.session().scalars(select(ScreeningDecision))] == [1, 1]
    assert queries.waiting_for_screening(contest) == (2, 2)


def test_the_desk_says_what_was_handed_in_again(hands, sign_in):
    organizer = make_user()
    contest = make_contest(organizer)
    entry = make_entry(contest)
    captain = entry.team.members[0].user.as_actor()
    service.screen_entry(organizer.as_actor(), contest, entry.public_id, ScreeningOutcome.ADMITTED)
    entries.save_draft(captain, entry.public_id, 1, {"summary": "Another film"}, arrived_at=clock.now())
    entries.submit_entry(captain, entry.public_id, arrived_at=clock.now())
    hands.forward(days=21)
    browser = sign_in(organizer)

    page = browser.get(f"/manage/{contest.slug}").text
    assert "One entry waits for screening. One was handed in again since you decided on it." in page
    service.screen_entry(organizer.as_actor(), contest, entry.public_id, ScreeningOutcome.ADMITTED)
    assert "waits for screening" not in browser.get(f"/manage/{contest.slug}").text


def test_only_organizers_of_that_contest_screen(screened):
    _, contest, entry = screened
    other_organizer = make_user()
    make_contest(other_organizer)

    for person in (make_user(), other_organizer, entry.team.members[0].user):
        with pytest.raises(NotAllowed):
            service.screen_entry(person.as_actor(), contest, entry.public_id, ScreeningOutcome.ADMITTED)


def test_admitting_several_is_all_or_nothing(screened):
    """AC06."""
    actor, contest, entry = screened
    foreign = make_entry()

    with pytest.raises(NotFound):
        service.admit_entries(actor, contest, {entry.public_id: None, foreign.public_id: None})
    assert queries.admitted_entries(contest) == []


def test_an_auditor_is_shown_no_way_to_admit(screened, sign_in):
    actor, contest, _ = screened
    auditor = make_user()
    setup.add_staff(actor, contest.id, auditor, StaffRole.AUDITOR)
    pages = [
        sign_in(person).get(f"/manage/{contest.slug}/entries").text
        for person in (auditor, db.session().get_one(User, actor.id))
    ]
    assert [("Admit the ticked ones" in page, 'name="entry"' in page) for page in pages] == [(False,) * 2, (True,) * 2]


def test_admitting_says_how_many(screened, sign_in):
    actor, contest, entry = screened
    browser, page = sign_in(db.session().get_one(User, actor.id)), f"/manage/{contest.slug}/entries"
    for ticked, said in (
        ([], "Tick the entries to admit first."),
        ([entry.public_id], "One entry admitted."),
        ([entry.public_id, make_entry(contest).public_id], "2 entries admitted."),
        ([make_entry(contest, submitted=False).public_id], "Only entries that were handed in are screened."),
    ):
        assert post(browser, page, {"entry": ticked}, to=f"{page}/admit").status_code == 303
        assert said in browser.get(page).text


def test_a_disqualified_entry_is_out(screened):
    actor, contest, entry = screened
    service.screen_entry(actor, contest, entry.public_id, ScreeningOutcome.ADMITTED)
    service.disqualify_entry(actor, contest, entry.public_id, reason=LocalizedText(en="Not their work"))

    assert db.session().get_one(Entry, entry.id).state is EntryState.DISQUALIFIED
    assert queries.admitted_entries(contest) == []


def test_the_organizers_list_takes_the_same_queries(app, sign_in, count_queries):
    organizer = make_user()
    contest = make_contest(organizer)
    browser, numbers = sign_in(organizer), []
    for more in (1, 2):
        for n in range(more):
            make_entry(contest, title=f"Work {n}")
            make_entry(contest, submitted=False)
        browser.get(f"/manage/{contest.slug}/entries")
        with count_queries() as seen:
            assert browser.get(f"/manage/{contest.slug}/entries").status_code == 200
        numbers.append(len(seen))
    assert numbers[0] == numbers[1]


def test_search_finds_kazakh_letters_however_they_are_typed(app, sign_in):
    organizer = make_user()
    contest = make_contest(organizer)
    make_entry(contest, title="Әже әңгімесі")
    make_entry(contest, title="Robots")
    page = sign_in(organizer).get(f"/manage/{contest.slug}/entries?words=АЖЕ").text

    assert ("Әже әңгімесі" in page, "Robots" in page) == (True, False)


def test_search_finds_by_the_codes_that_people_hold(app, owner, sign_in):
    organizer = make_user()
    contest = make_contest(organizer)
    make_entry(contest, title="Robots")
    arrived = {"arrived_at": clock.now()}
    entry = entries.create_draft(owner.as_actor(), contest.id, track="story", title="Kites", **arrived)
    entries.save_draft(owner.as_actor(), entry.public_id, 1, {"answers": {"idea": "Wind"}}, **arrived)
    first = entries.submit_entry(owner.as_actor(), entry.public_id, **arrived).code
    entries.save_draft(owner.as_actor(), entry.public_id, 2, {"summary": "Longer"}, **arrived)
    second = entries.submit_entry(owner.as_actor(), entry.public_id, **arrived).code
    office, id_ = sign_in(organizer), entry.public_id

    def found(words: str) -> tuple[bool, bool]:
        page = office.get(f"/manage/{contest.slug}/entries", query_string={"words": words}).text
        return "Kites" in page, "Robots" in page

    for held in (first, second.replace("-", " ").lower(), f" {id_} ", entry.code, entry.code[:6], entry.code.lower()):
        assert found(held) == (True, False), held
    assert [found(words) for words in ("AAAA-AAAA-AAAA", " ", "robots kites")] == [
        (False,) * 2,
        (True,) * 2,
        (False,) * 2,
    ]


def test_what_drafts_lack_is_counted_and_whose_they_are_is_not_said(app, sign_in, count_queries):
    organizer = make_user()
    contest, other = make_contest(organizer), make_contest()
    browser, page = sign_in(organizer), f"/manage/{contest.slug}/entries/lacking?lang=en"
    make_entry(contest, title="Handed in", track="video")
    make_entry(other, title="Elsewhere", track="video", submitted=False)
    asked = []
    for number, more in ((1, 1), (3, 2)):
        for _ in range(more):
            make_entry(contest, title="Mine alone", track="video", submitted=False)
        db.session().rollback()
        browser.get(page)
        with count_queries() as seen:
            told = browser.get(page).text
        asked.append(len(seen))
        assert re.findall(r'<tr><th scope="row">(.*?)</th><td class="num">(\d+)</td>', told) == [
            ("Add the file.", str(number))
        ]
        assert [title in told for title in ("Handed in", "Elsewhere", "Mine alone")] == [False] * 3
    assert asked[0] == asked[1]
