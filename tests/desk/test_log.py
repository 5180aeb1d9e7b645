"""The log in words: names and titles where the reader may see them, and nothing where they may not."""

from __future__ import annotations

import re

import pytest

from creative_platform.contests.models import ContestStaff, StaffRole
from creative_platform.core import audit, clock, queue
from creative_platform.core.db import transaction
from creative_platform.core.text import LocalizedText
from creative_platform.entries.models import Entry, ScreeningOutcome
from creative_platform.judging import service as judging
from creative_platform.judging.models import Assignment
from creative_platform.judging.service import SheetChanges
from creative_platform.results import service as results
from creative_platform.screening import service as screening
from creative_platform.setup import service as setup
from creative_platform.similarity.models import Verdict
from creative_platform.verdicts import service as verdicts
from tests.factories.accounts import make_user
from tests.factories.contests import make_contest
from tests.factories.entries import make_entry
from tests.factories.judging import seat
from tests.factories.matches import make_match

pytestmark = pytest.mark.database


@pytest.fixture
def organizer(app):
    return make_user(name="Olga Organizer")


@pytest.fixture
def contest(organizer):
    return make_contest(organizer, phase="judging", reviews_per_entry=1)


def lines(page: str) -> list[list[str]]:
    """What, about, by and when of each line, as words; what is folded away is left out."""
    body = re.sub(r"<details.*?</details>", "", page.split("<tbody>")[1].split("</tbody>")[0], flags=re.S)
    rows = [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, flags=re.S) for row in body.split("</tr>")[:-1]]
    return [[" ".join(re.sub(r"<[^>]+>", " ", cell).split()) for cell in row] for row in rows]


def read(browser, contest, locale: str = "en") -> str:
    return browser.get(f"/manage/{contest.slug}/audit?lang={locale}").text


def told(page: str) -> list[list[str]]:
    return [line[:3] for line in lines(page)]


def record(contest, actor, verb: str, subject: str, **data) -> None:
    audit.record(audit.contest_chain(contest.public_id), actor, verb, subject, **data)


def test_a_whole_road_in_words(contest, organizer, sign_in):
    actor, entry = organizer.as_actor(), make_entry(contest, title="The snow")
    juror = seat(contest, make_user(name="Jana Juror"))
    screening.screen_entry(actor, contest, entry.public_id, ScreeningOutcome.ADMITTED)
    judging.draw_assignments(actor, contest)
    queue.work_off()
    with transaction() as s:
        assignment = s.query(Assignment).one().public_id
    sheet = SheetChanges(version=0, scores={"craft": 9, "meaning": 9}, submit=True)
    judging.write_sheet(juror.user.as_actor(), assignment, sheet, arrived_at=clock.now())
    judging.close_round(actor, contest)
    results.compute_results(actor, contest, "mean")
    queue.work_off()
    said, prize = LocalizedText(en="Moving"), contest.awards[0].public_id
    results.decide(actor, contest, award=prize, entry=entry.public_id, reason=said)
    browser = sign_in(organizer)

    assert told(read(browser, contest)) == [
        ["Award decided", "Grand prix The snow", "Olga Organizer"],
        ["Ranking computed", "Results", "the system"],
        ["Ranking asked for", "Results", "Olga Organizer"],
        ["Round of the jury closed", "—", "Olga Organizer"],
        ["Scoresheet submitted", "The snow", "Jana Juror"],
        ["Entries drawn to jurors", "—", "Olga Organizer"],
        ["Entry screened admitted", "The snow", "Olga Organizer"],
    ]
    page = read(browser, contest, "ru")
    assert [line[0] for line in told(page)][3:5] == ["Тур жюри закрыт", "Оценочный лист сдан"]
    assert f'<a href="/manage/{contest.slug}/entries/{entry.public_id}" lang="{entry.language}">The snow</a>' in page
    assert f'<code>scoresheet.submitted</code><br><span class="hash">assignment:{assignment}</span>' in page
    newest = audit.events_about(audit.contest_chain(contest.public_id))[0]
    assert newest.hash in page
    for address in re.findall(r'href="(/manage/[^"?]+)"', page):
        assert (address, browser.get(address).status_code) == (address, 200)


def test_a_draft_is_told_without_title_and_name_unless_the_rules_open_drafts(contest, organizer, sign_in):
    author, friend = make_user(name="Alua Author"), make_user(name="Farid Friend")
    draft = make_entry(contest, owner=author, submitted=False, title="ZX-TITLE")
    record(contest, author.as_actor(), "entry.created", f"entry:{draft.public_id}")
    record(contest, author.as_actor(), "team.left", f"team:{draft.team.public_id}", person=friend.public_id)
    browser = sign_in(organizer)

    hidden = read(browser, contest)
    assert told(hidden) == [
        ["Left a team", "an unfinished draft", "a participant"],
        ["Draft begun", "an unfinished draft", "a participant"],
    ]
    assert [word for word in ("ZX-TITLE", "Alua Author", "Farid Friend") if word in hidden] == []

    with transaction() as s:
        s.merge(contest).drafts_readable = True
    assert told(read(browser, contest)) == [
        ["Left a team", "ZX-TITLE Farid Friend", "Alua Author"],
        ["Draft begun", "ZX-TITLE", "Alua Author"],
    ]


def test_a_revived_entry_is_a_draft_again(contest, organizer, sign_in):
    author = make_user(name="Alua Author")
    entry = make_entry(contest, owner=author, title="ZX-TITLE")
    record(contest, author.as_actor(), "entry.submitted", f"entry:{entry.public_id}", revision=1)
    browser = sign_in(organizer)
    assert told(read(browser, contest)) == [["Entry handed in", "ZX-TITLE", "Alua Author"]]

    with transaction() as s:
        found = s.merge(entry)
        found.state, found.submitted_at = "draft", None
    assert told(read(browser, contest)) == [["Entry handed in", "an unfinished draft", "a participant"]]


def test_a_match_of_the_readers_own_entry_is_told_without_titles(contest, organizer, sign_in):
    colleague = make_user(name="Kanat Colleague")
    with transaction():
        contest.staff.append(ContestStaff(user_id=colleague.id, role=StaffRole.ORGANIZER, since=clock.now()))
    own, other = make_entry(contest, owner=organizer, title="ZX-OWN"), make_entry(contest, title="ZX-OTHER")
    match = make_match(own, other)
    verdicts.give_verdict(colleague.as_actor(), contest, match.public_id, Verdict.UNRELATED, reason="looked")

    mine, theirs = (read(sign_in(person), contest) for person in (organizer, colleague))

    said = ["Verdict given on a similarity", "an entry that is not shown to you", "Kanat Colleague"]
    assert told(mine) == [said]
    assert [word for word in ("ZX-OWN", "ZX-OTHER") if word in mine] == []
    assert [line[1] for line in told(theirs)] == ["ZX-OWN ZX-OTHER"]


def test_of_an_entry_of_another_contest_only_the_contest_is_told(contest, organizer, sign_in):
    elsewhere = make_contest(make_user(), phase="judging")
    own, foreign = make_entry(contest, title="Ours"), make_entry(elsewhere, title="ZX-FOREIGN")
    match = make_match(own, foreign)
    verdicts.give_verdict(organizer.as_actor(), contest, match.public_id, Verdict.UNRELATED, reason="looked")

    page = read(sign_in(organizer), contest)

    assert [line[1] for line in told(page)] == [f"Ours an entry of the contest “{elsewhere.title['en']}”"]
    assert "ZX-FOREIGN" not in page


def test_people_of_staff_and_panel_are_named(contest, organizer, sign_in):
    auditor, juror = make_user(name="Aida Auditor"), seat(contest, make_user(name="Jana Juror"))
    setup.add_staff(organizer.as_actor(), contest.id, auditor, StaffRole.AUDITOR)
    judging.invite_juror(organizer.as_actor(), contest, "new@example.test")
    judging.remove_juror(organizer.as_actor(), contest, juror.public_id)

    assert [line[:2] for line in told(read(sign_in(auditor), contest))] == [
        ["Juror taken off the panel", "Jana Juror"],
        ["Juror invited", "new@example.test"],
        ["Person added to the staff", "Aida Auditor"],
    ]


def test_the_log_asks_as_often_for_three_lines_of_a_kind_as_for_one(contest, organizer, sign_in, count_queries):
    browser, counts = sign_in(organizer), []
    for number in (1, 2, 3):
        pair: list[Entry] = [make_entry(contest, title=f"{side}{number}") for side in "ab"]
        seat(contest, make_user(name=f"Juror {number}"))
        match = make_match(*pair)
        record(contest, make_user().as_actor(), "entry.submitted", f"entry:{pair[0].public_id}")
        record(contest, make_user().as_actor(), "team.joined", f"team:{pair[1].team.public_id}")
        record(contest, organizer.as_actor(), "match.judged", f"match:{match.public_id}")
        with count_queries() as statements:
            assert len(told(read(browser, contest))) == 3 * number
        counts.append(len(statements))

    assert counts[0] == counts[2]
