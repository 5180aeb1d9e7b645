"""Entries are compared when they are handed in; people judge what is found."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import delete, select

from creative_platform.contests.models import ContestStaff, StaffRole
from creative_platform.core import clock, db, queue
from creative_platform.core.db import transaction
from creative_platform.core.errors import Invalid, NotAllowed, NotFound
from creative_platform.core.queue import Job
from creative_platform.similarity import queries, service
from creative_platform.similarity.engine import comparing as engine
from creative_platform.similarity.models import Match, Verdict
from creative_platform.similarity.passages import side_by_side
from creative_platform.similarity.service.comparing import MOST_LOOKS
from creative_platform.similarity.sides import standing_verdict
from creative_platform.verdicts import service as verdicts
from creative_platform.verdicts.service import judging
from scoring.similarity import sketch_text
from tests.factories.accounts import make_user
from tests.factories.contests import make_contest
from tests.factories.entries import make_entry
from tests.factories.matches import make_match
from tests.fixtures.people import csrf_of
from tests.similarity.test_rows import keep_file, part_of

pytestmark = pytest.mark.database

STORY = (
    "A grandmother in a small village teaches three children to play the dombra, and on the night of the first snow "
    "they give a concert for the shepherds who came down from the winter pastures."
)
COPY = "We tell how a grandmother in a small village teaches three children to play the dombra, and what came of it."
OTHER = (
    "Robots made of old washing machines clean the banks of the river Irtysh while their builders race against time."
)


def told(contest, words: str, **given):
    entry = make_entry(contest, answers={"idea": words}, summary="", **given)
    with transaction():
        queue.enqueue(service.SKETCH_JOB, entry_id=entry.id)
    return entry


def matches() -> list[Match]:
    return list(db.session().scalars(select(Match).order_by(Match.id)))


def test_a_copied_passage_is_found_and_shown_side_by_side(app):
    contest = make_contest()
    first, other, copy = told(contest, STORY), told(contest, OTHER), told(contest, COPY)
    assert queue.work_off() == 3

    [match] = matches()
    assert {match.entry_a_id, match.entry_b_id} == {first.id, copy.id}
    assert (match.modality, match.probability > 0.5) == ("text", True)
    texts = {"answers.idea": STORY}.get, {"answers.idea": COPY}.get
    [pair] = side_by_side(*texts, match.evidence, match.discounted)
    shared = "".join(text for text, mark in pair.a.pieces if mark == "matched")
    assert "teaches three children to play the dombra" in shared
    assert "".join(text for text, _ in pair.a.pieces) == STORY
    assert other.id not in (match.entry_a_id, match.entry_b_id)


def test_earlier_contests_are_compared_too(app):
    told(make_contest(phase="over"), STORY)
    organizer = make_user()
    now = make_contest(organizer)
    told(now, STORY)
    queue.work_off()

    rows, total = queries.matches_in(organizer.as_actor(), now, page=1, per_page=10)
    assert (total, round(rows[0].probability, 1)) == (1, 1.0)


def test_of_two_that_are_compared_at_once_the_match_stands(app, monkeypatch):
    contest = make_contest()
    first, copy = told(contest, STORY), told(contest, COPY)
    slow, quick = db.session().scalars(select(Job.id).order_by(Job.id)).all()
    really = engine.find

    def find_slowly(*given):
        monkeypatch.setattr(engine, "find", really)
        found = really(*given)  # among what was there when this one began
        queue.work(quick)
        return found

    monkeypatch.setattr(engine, "find", find_slowly)
    queue.work(slow)

    assert [{match.entry_a_id, match.entry_b_id} for match in matches()] == [{first.id, copy.id}]


def test_what_was_sketched_while_a_contest_is_compared_stays_found(app, monkeypatch):
    contest, body = make_contest(), part_of(sketch_text(STORY), "")
    first, second = told(contest, OTHER), told(contest, "Other words.")
    keep_file(first, body)
    queue.work_off()
    assert matches() == []
    really = engine.find

    def find_slowly(*given):
        monkeypatch.setattr(engine, "find", really)
        found = really(*given)
        keep_file(second, body)
        with transaction():
            queue.enqueue(service.SKETCH_JOB, entry_id=second.id)
        queue.work(db.session().scalars(select(Job.id).order_by(Job.id.desc()).limit(1)).one())
        return found

    monkeypatch.setattr(engine, "find", find_slowly)
    with transaction():
        queue.enqueue(service.COMPARE_JOB, contest_id=contest.id, looks=MOST_LOOKS)
    queue.work(db.session().scalars(select(Job.id).order_by(Job.id.desc()).limit(1)).one())

    assert [{match.entry_a_id, match.entry_b_id} for match in matches()] == [{first.id, second.id}]


def test_a_verdict_needs_a_reason_and_can_be_taken_back(app):
    organizer = make_user()
    contest = make_contest(organizer)
    told(contest, STORY)
    told(contest, COPY)
    queue.work_off()
    [match] = matches()
    actor = organizer.as_actor()

    with pytest.raises(Invalid):
        verdicts.give_verdict(actor, contest, match.public_id, Verdict.SAME_WORK, reason=" ")
    verdicts.give_verdict(actor, contest, match.public_id, Verdict.SAME_WORK, reason="The same story")
    verdicts.give_verdict(actor, contest, match.public_id, Verdict.SHARED_MATERIAL, reason="Only one sentence")
    [match] = matches()
    assert standing_verdict(match, contest).verdict is Verdict.SHARED_MATERIAL
    verdicts.undo_verdict(actor, contest, match.public_id)

    db.session().expire_all()
    [match] = matches()
    assert standing_verdict(match, contest) is None
    assert [verdict.verdict for verdict in match.verdicts] == [Verdict.SAME_WORK, Verdict.SHARED_MATERIAL]


def test_others_cannot_judge(app):
    contest = make_contest()
    told(contest, STORY)
    told(contest, COPY)
    queue.work_off()

    with pytest.raises(NotAllowed):
        verdicts.give_verdict(make_user().as_actor(), contest, matches()[0].public_id, Verdict.UNRELATED, reason="x")


def test_what_organizers_handed_out_proves_nothing(app):
    contest = make_contest(body={"en": STORY})
    told(contest, STORY + " Ours begins in spring.")
    told(contest, STORY + " We add a drone show.")
    queue.work_off()

    assert matches() == []


def test_pages_show_the_match_to_staff_alone(app, sign_in):
    organizer, stranger = make_user(), make_user()
    contest = make_contest(organizer)
    told(contest, STORY)
    told(contest, COPY)
    queue.work_off()
    browser = sign_in(organizer)
    address = f"/manage/{contest.slug}/similarity"

    assert browser.get(address).status_code == 200
    page = browser.get(f"{address}/{matches()[0].public_id}")
    assert "<mark>" in page.text
    assert sign_in(stranger).get(address).status_code == 404


def test_nobody_speaks_over_a_verdict_that_they_did_not_see(app, sign_in):
    organizer, colleague = make_user(), make_user()
    contest = make_contest(organizer)
    with transaction():
        contest.staff.append(ContestStaff(user_id=colleague.id, role=StaffRole.ORGANIZER, since=clock.now()))
    match = make_match(make_entry(contest), make_entry(contest))
    browser, address = sign_in(organizer), f"/manage/{contest.slug}/similarity/{match.public_id}"

    def said() -> str:
        return re.search('name="said" value="(\\d+)"', browser.get(address).text)[1]

    def post(what: str, seen: str, **more: str):
        token = csrf_of(browser.get(address).text)
        return browser.post(f"{address}/{what}", data={"csrf_token": token, "said": seen, **more})

    before = said()
    verdicts.give_verdict(colleague.as_actor(), contest, match.public_id, Verdict.UNRELATED, reason="A common story")
    answer = post("verdict", before, verdict="same_work", reason="The same story, word for word")
    assert (answer.status_code, "The same story, word for word" in answer.text) == (409, True)
    assert post("verdict", "", verdict="same_work", reason="Not looked at").status_code == 409
    assert [verdict.reason for verdict in matches()[0].verdicts] == ["A common story"]

    seen = said()
    verdicts.give_verdict(colleague.as_actor(), contest, match.public_id, Verdict.SAME_WORK, reason="On second thought")
    post("undo", seen)
    assert standing_verdict(matches()[0], contest).reason == "On second thought"
    post("undo", said())
    db.session().expire_all()
    assert standing_verdict(matches()[0], contest) is None


def test_matches_of_one_entry_and_those_without_a_verdict(app, sign_in):
    organizer = make_user()
    contest = make_contest(organizer)
    first, second, third = (make_entry(contest) for _ in range(3))
    pair, other = make_match(first, second, probability=0.995), make_match(second, third, probability=0.4)
    browser, address = sign_in(organizer), f"/manage/{contest.slug}/similarity"

    def listed(asked: str) -> list[str]:
        return [match.public_id for match in (pair, other) if match.public_id in browser.get(address + asked).text]

    assert listed("") == [pair.public_id, other.public_id]
    assert listed(f"?entry={first.public_id}") == [pair.public_id]
    verdicts.give_verdict(organizer.as_actor(), contest, pair.public_id, Verdict.UNRELATED, reason="A common story")
    assert listed("?open=1") == [other.public_id]
    assert "No match of this kind" in browser.get(f"{address}?open=1&entry={first.public_id}&lang=en").text
    assert browser.get(f"{address}?entry={make_entry(make_contest()).public_id}").status_code == 404

    screened = browser.get(f"/manage/{contest.slug}/entries/{second.public_id}?lang=en").text
    assert f"/similarity?entry={second.public_id}" in screened
    assert "2 matches with other entries" in screened and "the most probable: 99 %" in screened
    alone = make_entry(contest)
    assert "similarity?entry" not in browser.get(f"/manage/{contest.slug}/entries/{alone.public_id}").text


def test_a_match_that_is_gone_meanwhile_is_not_found(app, monkeypatch):
    organizer = make_user()
    contest = make_contest(organizer)
    match = make_match(make_entry(contest), make_entry(contest))
    public_id, locked = match.public_id, judging.locked

    def compared_anew(query):
        db.session().execute(delete(Match))
        return locked(query)

    monkeypatch.setattr(judging, "locked", compared_anew)
    with pytest.raises(NotFound):
        verdicts.give_verdict(organizer.as_actor(), contest, public_id, Verdict.UNRELATED, reason="Seen")
    with pytest.raises(NotFound):
        verdicts.undo_verdict(organizer.as_actor(), contest, public_id)
