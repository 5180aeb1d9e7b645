"""What jurors and participants read of matches: a hint on what they judge, names struck out; and no oracle."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from creative_platform.core import clock, db, queue
from creative_platform.core.db import transaction
from creative_platform.entries import service as entry_service
from creative_platform.judging import service as judging
from creative_platform.judging.models import Assignment
from creative_platform.similarity import jurors as for_jurors
from creative_platform.similarity import service
from creative_platform.similarity.models import Verdict
from creative_platform.similarity.showing import Place, Side
from creative_platform.verdicts import service as verdicts
from tests.factories.accounts import make_user
from tests.factories.contests import make_contest
from tests.factories.entries import make_entry
from tests.factories.judging import draw, seat
from tests.factories.matches import make_match
from tests.fixtures.people import without_tokens

pytestmark = pytest.mark.database

SHARED = "Three children play the dombra in the first snow, as Zxaigerim Testova told it, and nobody claps"
MARKS = ("Zxaigerim", "Testova", "zx-author@", "Team of")


@pytest.fixture
def contest(organizer):
    return make_contest(organizer, phase="judging", reviews_per_entry=1)


@pytest.fixture
def author(app):
    return make_user(name="Zxaigerim Testova", email="zx-author@example.test")


@pytest.fixture
def pair(contest, author):
    first = make_entry(contest, owner=author, title="By Zxaigerim Testova", summary="", answers={"idea": SHARED})
    second = make_entry(contest, title="Second work", summary="", answers={"idea": f"{SHARED}. Zxonly in the second."})
    return first, second


@pytest.fixture
def match(pair):
    # The highlight ends in the middle of the name: cut before striking out, half of it would stay.
    end = SHARED.index(" Testova")
    piece = {"kind": "passage", "a_span": [0, end], "b_span": [0, end], "weight": 40.0, "transformation": ["script"]}
    return make_match(*pair, {**piece, "a_part": "answers.idea", "b_part": "answers.idea"})


def assignment(entry, juror) -> Assignment:
    query = select(Assignment).where(Assignment.entry_id == entry.id)
    return next(found for found in db.session().scalars(query) if found.juror.user_id == juror.id)


@pytest.fixture
def juror(contest, organizer, pair, match):
    person = make_user(name="Juror")
    seat(contest, person)
    draw(contest, organizer, *pair)
    return person


@pytest.mark.parametrize("lang", ["kk", "ru", "en"])
def test_a_juror_of_both_sees_both_without_names(pair, juror, sign_in, lang):
    browser = sign_in(juror)
    for entry in pair:
        address = f"/jury/{assignment(entry, juror).public_id}"
        assert f'href="{address}/shared"' in browser.get(address).text
        page = browser.get(f"{address}/shared?lang={lang}").text
        assert [mark for mark in MARKS if mark.lower() in page.lower()] == []
        assert page.count("<mark>Three children play the dombra") == 2
        assert "Second work" in page
        assert "Zxonly in the second" in page
        assert [word for word in ("plagiar", "плагиат", "көшірме жасаған") if word in page.lower()] == []


def test_of_an_entry_that_somebody_else_judges_nothing_is_shown(contest, organizer, pair, match, sign_in):
    first, second = pair
    jurors = [make_user(name=f"Juror {n}") for n in range(2)]
    for person in jurors:
        seat(contest, person)
    draw(contest, organizer, *pair)
    for person in jurors:
        for entry in (first, second):
            held = [a for a in db.session().scalars(select(Assignment)) if a.juror.user_id == person.id]
            if [a.entry_id for a in held] != [entry.id]:
                continue
            page = sign_in(person).get(f"/jury/{held[0].public_id}/shared").text
            assert "With an entry that you do not judge" in page
            assert page.count("<mark>") == 1
            hidden = ("Zxonly in the second", "Second work") if entry is first else (first.public_id, first.code)
            assert [word for word in hidden if word in page] == []
            # Only the first one's author is called so: struck out beside the second, it would tell whose the other is.
            assert ("Zxaigerim" in page) is (entry is second)


def test_the_workspace_counts_matches_and_lays_none_out(pair, juror, sign_in, monkeypatch):
    """Evidence may be a book: to strike names out of it takes a second, and jurors open each entry many times."""
    laid = []
    really = for_jurors.shown
    monkeypatch.setattr(for_jurors, "shown", lambda *told: laid.append(told) or really(*told))
    browser, address = sign_in(juror), f"/jury/{assignment(pair[0], juror).public_id}"
    assert f"{address}/shared" in browser.get(address).text
    assert laid == []
    actor = juror.as_actor()
    for entry in pair:
        assert for_jurors.count_for_juror(actor, entry.id) == len(for_jurors.shared_for_juror(actor, entry.id)) == 1
    browser.get(f"{address}/shared")
    assert len(laid) == 1


def test_a_match_with_an_entry_of_their_own_is_neither_shown_nor_counted(pair, match, juror):
    own = make_entry(owner=juror, answers={"idea": SHARED})
    make_match(pair[0], own, match.evidence[0])

    shown, count = (
        ask(juror.as_actor(), pair[0].id) for ask in (for_jurors.shared_for_juror, for_jurors.count_for_juror)
    )

    assert (len(shown), count) == (1, 1)


def test_of_a_side_that_is_hidden_not_even_the_place_is_known(app):
    """AC23: files in archives are called by what their authors like."""
    assert Side().place("an id/Zxaigerim/app.py", [3, 9]) == Place(None, "", [])


def test_who_does_not_judge_the_entry_gets_404(contest, organizer, pair, juror, author, sign_in):
    address = f"/jury/{assignment(pair[0], juror).public_id}/shared"
    other = make_user()
    seat(make_contest(phase="judging"), other)
    seat(contest, colleague := make_user())
    for person in (other, colleague, author, organizer):
        assert sign_in(person).get(address).status_code == 404
    judging.recuse(juror.as_actor(), address.split("/")[2], reason="A pupil of mine")
    assert sign_in(juror).get(address).status_code == 404


def test_what_people_called_unrelated_and_what_is_doubtful_is_not_told(contest, organizer, pair, match, juror, sign_in):
    browser, address = sign_in(juror), f"/jury/{assignment(pair[0], juror).public_id}"
    verdicts.give_verdict(organizer.as_actor(), contest, match.public_id, Verdict.UNRELATED, reason="A common story")
    assert f"{address}/shared" not in browser.get(address).text
    assert "<mark>" not in browser.get(f"{address}/shared").text

    verdicts.undo_verdict(organizer.as_actor(), contest, match.public_id)
    assert f"{address}/shared" in browser.get(address).text
    with transaction() as s:
        s.merge(match).probability = 0.4
    assert f"{address}/shared" not in browser.get(address).text


def test_a_draft_reads_the_same_whatever_others_have(app, sign_in):
    """No message, status or job of a participant depends on what others drafted or handed in."""
    contest = make_contest()
    words, said = "The very same words about a bakery whose oven is lit once a year. " * 3, []
    for has_twin in (False, True):
        if has_twin:
            make_entry(contest, submitted=False, answers={"idea": words})
            twin = make_entry(contest, answers={"idea": words})
            with transaction():
                queue.enqueue(service.SKETCH_JOB, entry_id=twin.id)
            queue.work_off()
        person = make_user(name="Same Name", email=f"same{has_twin:d}@example.test")
        entry = make_entry(contest, owner=person, submitted=False, answers={"idea": words}, title="Same title")
        browser = sign_in(person)
        pages = [browser.get(f"/my/entries/{entry.public_id}")]
        entry_service.submit_entry(person.as_actor(), entry.public_id, arrived_at=clock.now())
        queue.work_off()
        pages += [browser.get(f"/my/entries/{entry.public_id}"), browser.get("/my")]
        below = f"/manage/{contest.slug}/similarity"
        pages += [browser.get(address) for address in (below, f"{below}/report", f"{below}/report.json")]
        own = (entry.public_id, entry.code, person.email, person.public_id, entry.team.public_id)
        said.append([(page.status_code, _plain(page.text, own)) for page in pages])
    assert said[0] == said[1]
    assert [status for status, _ in said[0]] == [200, 200, 200, 404, 404, 404]


def _plain(text: str, own: tuple[str, ...]) -> str:
    """Return a page without what is everybody's own: ids, times, tokens."""
    text = without_tokens(text)
    for word in own:
        text = text.replace(word, "…")
    return "\n".join(line for line in text.splitlines() if not any(char.isdigit() for char in line))
