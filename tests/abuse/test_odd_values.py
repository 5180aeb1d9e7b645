"""Values that no form of ours sends: odd digits, halves of characters, NUL, marks off the scale. Never a 500."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from sqlalchemy import select

from creative_platform.core import db, queue
from creative_platform.entries.models import Entry
from creative_platform.judging import service as judging
from creative_platform.judging.models import Assignment, Score
from tests.factories.accounts import make_user
from tests.factories.contests import make_contest
from tests.factories.entries import make_entry
from tests.factories.judging import admit, seat
from tests.fixtures.people import csrf_of, post

pytestmark = pytest.mark.database
HALF, NUL = "\ud800", "a\0b"
OUTCOMES = ("", "admitted", "refused", "undecided", "zx")


def sent(browser, page: str, body):
    """Send JSON as our own pages do."""
    token = csrf_of(browser.get(page).text)
    return browser.patch(page, json=body, headers={"X-Requested-With": "fetch", "X-CSRFToken": token})


@pytest.fixture
def owner(app):
    return make_user()


@pytest.fixture
def draft(owner):
    return make_entry(owner=owner, submitted=False, title="Before")


@pytest.mark.parametrize("text", [HALF, NUL])
@pytest.mark.parametrize("name", ["title", "summary", "answers"])
def test_a_draft_takes_no_text_that_cannot_be_stored(draft, owner, sign_in, name, text):
    browser, page = sign_in(owner), f"/my/entries/{draft.public_id}"
    answer = sent(browser, page, {"version": draft.version, name: {"idea": text} if name == "answers" else text})

    assert (answer.status_code, browser.get(page).status_code) == (422, 200)
    assert db.session().scalars(select(Entry.title)).one() == "Before"


def test_a_name_is_one_line_that_turns_nothing_around(owner, sign_in):
    sent = post(
        sign_in(owner),
        "/account",
        {"name": "Eve\n\nGrand\u2028Prix \u202eevE", "locale": "en", "region": "KZ-75", "settlement": ""},
    )

    db.session().expire_all()
    assert (sent.status_code, owner.name) == (303, "Eve Grand Prix evE")


@pytest.mark.parametrize("version", ["²", "9" * 5000, "-1", ""])
def test_a_version_that_is_no_number_is_a_stale_one(draft, owner, sign_in, version):
    page = f"/my/entries/{draft.public_id}"
    answer = post(sign_in(owner), page, {"version": version, "title": "After", "language": "en"})
    assert answer.status_code == 409


@pytest.fixture
def assignment(app) -> Assignment:
    organizer, juror = make_user(), make_user(name="Juror")
    contest = make_contest(organizer, phase="judging", reviews_per_entry=1)
    seat(contest, juror)
    admit(make_entry(contest))
    judging.draw_assignments(organizer.as_actor(), contest)
    queue.work_off()
    return db.session().scalars(select(Assignment)).one()


@pytest.mark.parametrize("mark", ["²", "٣", "11", "0", "-1", "1e1", "NaN", "9" * 9])
def test_the_form_takes_no_mark_off_the_scale(assignment, sign_in, mark):
    """AC33."""
    browser = sign_in(assignment.juror.user)
    answer = post(browser, f"/jury/{assignment.public_id}", {"version": "0", "scores.craft": mark, "action": "save"})
    assert (answer.status_code, list(db.session().scalars(select(Score)))) == (422, [])


@pytest.mark.parametrize("mark", [11, -1, 0, 5.5, 1e309, True, "9", [9], {"a": 1}])
def test_autosave_takes_no_mark_off_the_scale(assignment, sign_in, mark):
    """AC33: nor a criterion of elsewhere, nor a weight."""
    browser, page = sign_in(assignment.juror.user), f"/jury/{assignment.public_id}"
    bodies = [
        {"version": 0, "scores": {"craft": mark}},
        {"version": 0, "scores": {"elsewhere": 5}},
        {"version": 0, "scores": {"craft": 5}, "weight": 100},
        {"version": 0, "scores": {"craft": 5}, "comment": HALF},
        {"version": 0, "scores": {"craft": 5}, "comment": NUL},
    ]
    assert [sent(browser, page, body).status_code for body in bodies] == [422] * len(bodies)
    assert list(db.session().scalars(select(Score))) == []


@pytest.mark.parametrize("text", [NUL, "x" * 20_000])
def test_reasons_typed_into_plain_forms_never_break_a_page(assignment, draft, owner, sign_in, text):
    juror, team = sign_in(assignment.juror.user), sign_in(owner)
    page, mine = f"/jury/{assignment.public_id}", f"/my/entries/{draft.public_id}"
    answers = [
        post(juror, page, {"reason": text}, to=f"{page}/recuse"),
        post(team, mine, {"part": text}, to=f"{mine}/part"),
        post(team, mine, {"reason": text}, to=f"{mine}/withdraw"),
    ]
    assert [answer.status_code < 500 for answer in answers] == [True] * 3


@pytest.mark.parametrize("body", ["[" * 100_000, '{"version":' * 50_000])
def test_json_nested_without_end_is_malformed(assignment, draft, owner, sign_in, body):
    """AC82."""
    for person, page in ((owner, f"/my/entries/{draft.public_id}"), (None, f"/jury/{assignment.public_id}")):
        browser = sign_in(person or assignment.juror.user)
        headers = {"X-CSRFToken": csrf_of(browser.get(page).text), "Content-Type": "application/json"}
        assert (page, browser.patch(page, data=body, headers=headers).status_code) == (page, 400)


@pytest.mark.parametrize("odd", ["zx", "'\"--", "9" * 40, "ADMITTED", "undecided/../x"])
@pytest.mark.parametrize(
    "address",
    ["entries?screening", "entries?state", "entries?track", "entries?words", "entries?page", "similarity?modality",
     "audit?before"],
)  # fmt: skip
def test_a_list_is_not_broken_by_what_its_address_asks(assignment, sign_in, address, odd):
    contest = assignment.juror.contest
    answer = sign_in(contest.staff[0].user).get(f"/manage/{contest.slug}/{address}={quote(odd)}")

    assert answer.status_code == 200


def test_an_unknown_outcome_narrows_nothing(assignment, sign_in):
    contest = assignment.juror.contest
    browser = sign_in(contest.staff[0].user)
    title = assignment.entry.title

    shown = {o: title in browser.get(f"/manage/{contest.slug}/entries?screening={o}").text for o in OUTCOMES}

    assert shown == {"": True, "admitted": True, "refused": False, "undecided": False, "zx": True}
