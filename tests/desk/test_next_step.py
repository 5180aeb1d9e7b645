"""The first pages say what to do now, to each role."""

from __future__ import annotations

import re

import pytest

from creative_platform.contests.models import StageKind
from creative_platform.contests.queries import stage
from creative_platform.core import clock
from creative_platform.core.db import transaction
from creative_platform.judging import queries as judging
from creative_platform.judging import service as judging_service
from creative_platform.judging.models import Assignment
from tests.factories.accounts import make_user
from tests.factories.contests import make_contest
from tests.factories.entries import make_entry
from tests.factories.judging import admit, draw, full, give_marks, seat

pytestmark = pytest.mark.database


def step(browser, path: str) -> tuple[str, str]:
    """Return the sentence and where its button leads."""
    hero = re.search(r'class="hero.*?</section>', browser.get(path, headers={"Accept-Language": "en"}).text, re.S)
    assert hero
    sentence, button = re.search(r"<h1[^>]*>(.*?)</h1>", hero[0], re.S), re.search(r'href="([^"]+)"', hero[0])
    assert sentence
    return sentence[1].strip(), button[1] if button else ""


def test_who_entered_nothing_is_led_to_the_work_they_have(app, sign_in):
    organizer, juror, visitor = make_user(), make_user(), make_user()
    contest = make_contest(organizer, phase="judging")
    entry = make_entry(contest)
    chosen = seat(contest, juror)
    assert step(sign_in(juror), "/my") == ("No entries were given to you yet.", "/jury")
    with transaction() as s:
        given = Assignment(
            round_id=contest.rounds[0].id, juror_id=chosen.id, entry_id=entry.id, assigned_at=clock.now()
        )
        s.add(given)

    assert step(sign_in(juror), "/my") == ("One entry waits for you.", f"/jury/{given.public_id}")
    assert step(sign_in(organizer), "/my") == ("Your contests stand on a page of their own.", "/manage")
    assert step(sign_in(visitor), "/my") == ("Choose a contest and start your entry.", "/contests")
    assert step(sign_in(entry.team.members[0].user), "/my")[1] not in ("/jury", "/manage")


def test_an_organizer_is_told_when_the_jury_is_done_and_when_the_round_is_closed(app, sign_in):
    organizer = make_user()
    contest = make_contest(organizer, phase="judging")
    entries = {title: make_entry(contest, title=title) for title in ("first", "second", "third")}
    admit(*entries.values())
    give_marks(contest, entries)
    browser, page, progress = sign_in(organizer), f"/manage/{contest.slug}", f"/manage/{contest.slug}/progress"
    lacking = "Every sheet is in, but 3 entries have fewer jurors than the rules promise."
    assert step(browser, page) == (lacking, f"{page}/jury")
    with transaction() as s:
        s.merge(contest).reviews_per_entry = 2
    assert step(browser, page) == ("Every sheet is in: close the round.", progress)
    assert f'href="{page}/results"' not in browser.get(progress).text

    late = seat(contest, make_user())
    with transaction() as s:
        s.add(
            Assignment(
                round_id=contest.rounds[0].id,
                juror_id=late.id,
                entry_id=entries["first"].id,
                assigned_at=clock.now(),
            )
        )
    assert step(browser, page) == ("The jury is at work: 6 of 7 sheets.", progress)
    assert "judging</span>" in browser.get(page).text

    judging_service.close_round(organizer.as_actor(), contest)
    assert step(browser, page) == ("The round is closed: compute the ranking and decide.", f"{page}/results")
    assert "judging</span>" not in browser.get(page).text
    assert f'href="{page}/results"' in browser.get(progress).text


def test_a_juror_who_is_done_reads_that_sheets_can_change_until_the_round_closes(contest, organizer, jurors, sign_in):
    draw(contest, organizer, make_entry(contest), make_entry(contest), make_entry(contest))
    browser, actor = sign_in(jurors[0]), jurors[0].as_actor()
    ends_at = stage(contest, StageKind.JUDGING).ends_at.astimezone(clock.zone(contest.timezone))
    judge_all, change = "Everything you were given is judged. Thank you.", f"Until {ends_at.day} "
    first, second = judging.assignments_of(actor)
    judging_service.write_sheet(actor, first.public_id, full(), arrived_at=clock.now())
    page = browser.get("/jury").text
    assert (judge_all in page, change in page, '<details class="more">' in page) == (False, False, True)

    judging_service.write_sheet(actor, second.public_id, full(), arrived_at=clock.now())
    page = browser.get("/jury").text
    assert (judge_all in page, change in page, '<details class="more" open>' in page) == (True, True, True)

    judging_service.close_round(organizer.as_actor(), contest)
    page = browser.get("/jury").text
    assert (judge_all in page, change in page) == (True, False)
