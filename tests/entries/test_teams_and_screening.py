"""People join by link; organizers screen; the machine drops no entry."""

from __future__ import annotations

import threading
from datetime import date, timedelta

import pytest
from sqlalchemy import func, select

from creative_platform.accounts import service as accounts
from creative_platform.accounts.models import User
from creative_platform.contests import service as contests
from creative_platform.contests.models import StaffRole
from creative_platform.core import clock, db
from creative_platform.core.errors import Conflict, DomainError, Invalid, LimitReached, NotAllowed, NotFound, TooLate
from creative_platform.core.text import LocalizedText
from creative_platform.entries import queries, service
from creative_platform.entries.models import Entry, EntryState, ScreeningDecision, ScreeningOutcome, TeamMember
from creative_platform.notices import rendering
from creative_platform.notices.models import OutboxMail
from tests.factories.accounts import make_user
from tests.factories.contests import make_contest
from tests.factories.entries import make_entry, make_team
from tests.fixtures.people import post

pytestmark = pytest.mark.database


@pytest.fixture
def owner(app):
    return make_user()


def test_a_link_lets_one_person_in(owner):
    entry, friend, other = make_entry(owner=owner, submitted=False), make_user(), make_user()
    secret = service.invite_member(owner.as_actor(), entry.public_id)
    team = service.accept_invite(friend.as_actor(), secret, part="camera")

    assert [(m.user_id, m.part) for m in team.members] == [(owner.id, ""), (friend.id, "camera")]
    with pytest.raises(NotFound):
        service.accept_invite(other.as_actor(), secret)


def test_links_expire_and_can_be_taken_back(owner, hands):
    entry, friend = make_entry(make_contest(), owner=owner, submitted=False), make_user()
    old = service.invite_member(owner.as_actor(), entry.public_id)
    hands.forward(days=15)
    with pytest.raises(NotFound):
        service.accept_invite(friend.as_actor(), old)
    new = service.invite_member(owner.as_actor(), entry.public_id)
    service.revoke_invite(owner.as_actor(), entry.public_id, queries.open_invites(entry.team)[-1].public_id)
    with pytest.raises(NotFound):
        service.accept_invite(friend.as_actor(), new)


def test_parallel_joins_do_not_pass_the_team_size(migrated_app, owner):
    """AC42."""
    entry = make_entry(make_contest(max_team_size=3), owner=owner, submitted=False)
    secrets = [service.invite_member(owner.as_actor(), entry.public_id) for _ in range(8)]
    actors = [make_user().as_actor() for _ in secrets]
    db.session().rollback()
    outcomes = []

    def attempt(actor, secret) -> None:
        with migrated_app.app_context():
            try:
                service.accept_invite(actor, secret)
                outcomes.append("joined")
            except DomainError as error:
                outcomes.append(error.code)
            finally:
                db.session().close()

    threads = [threading.Thread(target=attempt, args=pair) for pair in zip(actors, secrets, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(outcomes) == ["joined"] * 2 + ["limit_reached"] * 6
    assert db.session().scalar(select(func.count(TeamMember.id))) == 3


def test_the_captain_stays_and_members_may_leave(owner):
    entry, friend = make_entry(owner=owner, submitted=False), make_user()
    service.accept_invite(friend.as_actor(), service.invite_member(owner.as_actor(), entry.public_id))
    with pytest.raises(Conflict):
        service.remove_member(friend.as_actor(), entry.public_id, owner.public_id)
    service.remove_member(friend.as_actor(), entry.public_id, friend.public_id)

    with pytest.raises(NotFound):
        queries.entry_for_member(friend.as_actor(), entry.public_id)


def test_a_full_team_invites_nobody(owner):
    entry = make_entry(make_contest(max_team_size=1), owner=owner, submitted=False)

    with pytest.raises((NotAllowed, LimitReached)):
        service.invite_member(owner.as_actor(), entry.public_id)


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

    service.save_draft(captain, entry.public_id, 1, {"title": "With credits"}, arrived_at=until - timedelta(seconds=1))
    service.submit_entry(captain, entry.public_id, arrived_at=until - timedelta(seconds=1))
    with pytest.raises(TooLate):
        service.save_draft(rival, other.public_id, 1, {"title": "x"}, arrived_at=clock.now())
    with pytest.raises(TooLate):
        service.save_draft(captain, entry.public_id, 2, {"title": "y"}, arrived_at=until)


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
    service.save_draft(captain.as_actor(), entry.public_id, 1, {"summary": "Credits"}, arrived_at=clock.now())
    service.submit_entry(captain.as_actor(), entry.public_id, arrived_at=clock.now())
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
    service.save_draft(captain, entry.public_id, 1, {"summary": "Another film"}, arrived_at=clock.now())
    assert marked() == (False,) * 5
    service.submit_entry(captain, entry.public_id, arrived_at=clock.now())
    assert marked() == (True, True, False, True, False)  # the desk has its say once entries have closed
    admitted = [each.id for each in queries.admitted_entries(contest)]
    assert admitted == ([entry.id, other.id] if decided is ScreeningOutcome.ADMITTED else [])
    post(office, page, {"entry": [f"{entry.public_id}:2"]}, to=f"{page}/admit")
    assert marked() == (False,) * 5


def test_a_decision_is_on_the_version_that_was_looked_at(app, sign_in):
    organizer = make_user()
    contest = make_contest(organizer)
    entries = [make_entry(contest) for _ in range(2)]
    office, page = sign_in(organizer), f"/manage/{contest.slug}/entries"
    one, several = (entry.public_id for entry in entries)
    assert 'name="revision" value="1"' in office.get(f"{page}/{one}").text
    assert f'value="{several}:1"' in office.get(page).text
    for entry in entries:  # in the meantime
        captain = entry.team.members[0].user.as_actor()
        service.save_draft(captain, entry.public_id, 1, {"summary": "Another film"}, arrived_at=clock.now())
        service.submit_entry(captain, entry.public_id, arrived_at=clock.now())
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
    service.save_draft(captain, entry.public_id, 1, {"summary": "Another film"}, arrived_at=clock.now())
    service.submit_entry(captain, entry.public_id, arrived_at=clock.now())
    hands.forward(days=21)
    browser = sign_in(organizer)

    page = browser.get(f"/manage/{contest.slug}").text
    assert "One entry waits for screening. One was handed in again since you decided on it." in page
    service.screen_entry(organizer.as_actor(), contest, entry.public_id, ScreeningOutcome.ADMITTED)
    assert "waits for screening" not in browser.get(f"/manage/{contest.slug}").text


def test_who_joins_is_told_what_the_rules_ask(owner, sign_in):
    entry, friend = make_entry(make_contest(min_age=14), owner=owner, submitted=False), make_user()
    secret = service.invite_member(owner.as_actor(), entry.public_id)
    browser = sign_in(friend)

    page = browser.get(f"/join/{secret}").text
    assert f'href="/account/birth-date?next=/join/{secret}"' in page
    assert 'name="part"' not in page
    accounts.save_birth_date(friend.as_actor(), date(2008, 1, 2))
    assert post(browser, f"/join/{secret}", {"part": "camera"}).location == f"/my/entries/{entry.public_id}"


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
    contests.add_staff(actor, contest.id, auditor, StaffRole.AUDITOR)
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
    entry = service.create_draft(owner.as_actor(), contest.id, track="story", title="Kites", **arrived)
    service.save_draft(owner.as_actor(), entry.public_id, 1, {"answers": {"idea": "Wind"}}, **arrived)
    first = service.submit_entry(owner.as_actor(), entry.public_id, **arrived).code
    service.save_draft(owner.as_actor(), entry.public_id, 2, {"summary": "Longer"}, **arrived)
    second = service.submit_entry(owner.as_actor(), entry.public_id, **arrived).code
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


def test_no_way_round_the_most_entries_of_a_person_leads_through_teams(owner):
    contest, friend = make_contest(max_entries_person=2, max_entries_team=2), make_user()
    make_entry(contest, owner=friend)
    shared = make_team(contest, owner)
    first, second = (make_entry(contest, team=shared, submitted=False) for _ in range(2))
    secret = service.invite_member(owner.as_actor(), first.public_id)

    with pytest.raises(LimitReached):  # one entry and the team's two are three
        service.accept_invite(friend.as_actor(), secret)
    service.withdraw_entry(owner.as_actor(), second.public_id)
    service.accept_invite(friend.as_actor(), secret)

    with pytest.raises(LimitReached):  # the friend has two; a new one of the team would be a third
        service.create_draft(owner.as_actor(), contest.id, track="story", team=shared.public_id, arrived_at=clock.now())
    with pytest.raises(LimitReached):
        service.revive_entry(owner.as_actor(), second.public_id, arrived_at=clock.now())
