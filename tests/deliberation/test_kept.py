"""Who has a part in an entry learns nothing of it at the meeting: no title, no minutes, nobody who stepped out."""

from __future__ import annotations

import re

import pytest

from creative_platform.contests.models import ContestStaff, StaffRole
from creative_platform.core import audit, clock
from creative_platform.core.db import transaction
from creative_platform.core.errors import NotAllowed, NotFound
from creative_platform.deliberation import service
from creative_platform.judging import queries as judging
from creative_platform.judging import service as judging_service
from creative_platform.judging.models import Scoresheet
from creative_platform.results import service as results
from tests.factories.accounts import make_user
from tests.factories.contests import make_contest
from tests.factories.entries import make_entry
from tests.factories.judging import MARKS, admit, declare, give_marks, given, ranked, seat

pytestmark = pytest.mark.database

SECRET = "zx-said-of-the-kept-one"


@pytest.fixture
def world(contest, organizer):
    """A ranked contest with a chair and an organizer who both have a part in the entry "second", and a meeting."""
    chair, partial = make_user(name="Chair Person"), make_user(name="Partial Organizer")
    seat(contest, chair, is_chair=True)
    with transaction() as s:
        role = ContestStaff(contest_id=contest.id, user_id=partial.id, role=StaffRole.ORGANIZER, since=clock.now())
        s.add(role)
    works = {title: make_entry(contest, title=f"The {title} work") for title in MARKS}
    admit(*works.values())
    for person in (chair, partial):
        declare(works["second"], person)
    give_marks(contest, works)
    juror = next(one.user for one in judging.jurors_of(contest) if not one.is_chair)
    with transaction() as s:
        s.merge(juror).name = "Outgoing Juror"
        for sheet in s.query(Scoresheet):
            sheet.comment = f"of entry {sheet.assignment.entry_id} only"
    declare(works["second"], juror)
    judging_service.close_round(organizer.as_actor(), contest)
    ranked(contest, *works.values())
    ranked(contest, works["first"], works["third"], without=[works["second"]])
    service.open_meeting(organizer.as_actor(), contest, present=panel(contest))
    note = {"text": SECRET, "discussed": True, "version": 0}
    service.keep_minutes(organizer.as_actor(), contest, entry=works["second"].public_id, **note)
    return contest, works, {"chair": chair, "partial": partial}


def panel(contest) -> list[str]:
    return [juror.public_id for juror in judging.jurors_of(contest)]


def read(browser, contest, works) -> dict[str, str]:
    below = f"/manage/{contest.slug}"
    paths = [f"{below}/deliberation", f"{below}/export/deliberation.csv", f"{below}/results/protocol"]
    paths += [f"{below}/deliberation/{works[title].public_id}" for title in ("first", "third")]
    answers = {path: browser.get(path) for path in paths}
    assert {path for path, answer in answers.items() if answer.status_code != 200} <= {f"{below}/results/protocol"}
    return {path: answer.text for path, answer in answers.items()}


def test_a_kept_entry_is_nowhere_not_even_once_results_are_public(world, organizer, sign_in):
    contest, works, people = world
    own, browsers = works["second"].public_id, {role: sign_in(person) for role, person in people.items()}
    for role, person in people.items():
        with pytest.raises(NotFound):
            actor = person.as_actor()
            service.keep_minutes(actor, contest, entry=own, text="Mine is best", discussed=True, version=1)
        with pytest.raises(NotAllowed):
            service.close_meeting(person.as_actor(), contest)
        assert "somebody else closes the meeting" in browsers[role].get(f"/manage/{contest.slug}/deliberation").text
    for closed in (False, True):
        if closed:
            service.close_meeting(organizer.as_actor(), contest)
            for person in people.values():
                with pytest.raises(NotAllowed):
                    service.reopen_meeting(person.as_actor(), contest, reason="Mine was not praised.")
        for browser in browsers.values():
            pages = read(browser, contest, works)
            leaks = ("The second work", SECRET, own, works["second"].code, f"of entry {works['second'].id} only")
            assert [(path, word) for path, text in pages.items() for word in leaks if word in text] == []
            assert not any(re.search(r"(Steps? out|Was outside): [^<]*Outgoing", text) for text in pages.values())
            assert browser.get(f"/manage/{contest.slug}/deliberation/{own}").status_code == 404
    given(contest, organizer, works)
    results.publish_results(organizer.as_actor(), contest)

    other = sign_in(organizer)

    links = audit.events_about(audit.contest_chain(contest.public_id))
    assert [own in f"{link.subject} {link.data}" for link in links if link.verb == "deliberation.minuted"] == [False]
    for browser in browsers.values():
        assert [path for path, text in read(browser, contest, works).items() if SECRET in text] == []
    assert SECRET in other.get(f"/manage/{contest.slug}/results/protocol").text
    assert SECRET in other.get(f"/manage/{contest.slug}/deliberation").text


def test_the_chair_of_a_blind_contest_reads_no_author_and_no_names_before_the_meeting(app, organizer, sign_in):
    contest = make_contest(organizer, phase="judging", blind=True)
    author = make_user(name="Zxauthor")
    works = {title: make_entry(contest, title=f"{title} by Zxauthor", owner=author) for title in MARKS}
    admit(*works.values())
    chair = make_user(name="Chair Person")
    seat(contest, chair, is_chair=True)
    give_marks(contest, works)
    juror = next(one for one in judging.jurors_of(contest) if not one.is_chair)
    with transaction() as s:
        s.merge(juror.user).name = "Outgoing Juror"
    declare(works["first"], juror.user)
    judging_service.close_round(organizer.as_actor(), contest)
    found = ranked(contest, *works.values())
    why = {"kind": "few", "jurors": [], "points": None, "entry": works["second"].public_id}
    with transaction() as s:
        moved = {works["first"].public_id: {"by_mean": 2, "reasons": [why]}}
        s.merge(found).explanation = {**found.explanation, "moved": moved}
    paths = [f"/manage/{contest.slug}/deliberation{end}" for end in ("", f"/{works['first'].public_id}")]
    browser = sign_in(chair)

    before = [browser.get(path).text for path in (*paths, f"/manage/{contest.slug}/export/deliberation.csv")]
    service.open_meeting(organizer.as_actor(), contest, present=panel(contest))
    during = [browser.get(path).text for path in paths]
    note = {"text": "Moving.", "discussed": True, "version": 0}
    service.keep_minutes(chair.as_actor(), contest, entry=works["first"].public_id, **note)

    told = ("Zxauthor", author.email, works["first"].code)
    assert [word for text in before + during for word in told if word in text] == []
    assert ["Outgoing Juror" in text for text in before[1:]] == [False, False]  # the first lists who is present
    assert ["1 juror" in text for text in before[:2]] == [True, True]
    assert ["Outgoing Juror" in text for text in during] == [True, True]


def test_the_chair_of_a_blind_contest_lets_nobody_in_and_reads_the_protocol_once_results_are_public(
    app, organizer, sign_in
):
    contest = make_contest(organizer, phase="judging", blind=True)
    works = {title: make_entry(contest, title=f"{title} work") for title in MARKS}
    admit(*works.values())
    chair = make_user()
    seat(contest, chair, is_chair=True)
    give_marks(contest, works)
    judging_service.close_round(organizer.as_actor(), contest)
    ranked(contest, *works.values())
    browser, meeting, present = sign_in(chair), f"/manage/{contest.slug}/deliberation", panel(contest)

    def refused(verb, **given) -> None:
        with pytest.raises(NotAllowed):
            verb(chair.as_actor(), contest, **given)

    refused(service.open_meeting, present=present)
    assert "an organizer opens the meeting" in (text := browser.get(meeting).text) and 'name="present"' not in text
    service.open_meeting(organizer.as_actor(), contest, present=present[:1])
    refused(service.set_attendance, present=present, version=1)
    service.close_meeting(chair.as_actor(), contest)
    refused(service.reopen_meeting, reason="Somebody was not heard.")
    protocol = f"/manage/{contest.slug}/results/protocol"
    assert (browser.get(protocol).status_code, protocol in browser.get(meeting).text) == (404, False)
    given(contest, organizer, works)
    results.publish_results(organizer.as_actor(), contest)
    assert (browser.get(protocol).status_code, protocol in browser.get(meeting).text) == (200, True)
