"""What the rules say of equal scores: chosen from a closed set, published, frozen once the jury works."""

from __future__ import annotations

import hashlib
import json

import pytest

from creative_platform.contests import queries, rules
from creative_platform.contests.models import Contest
from creative_platform.contests.values import BY_CRITERION, TIE_STEPS, TieValues
from creative_platform.core import clock
from creative_platform.core.db import session, transaction
from creative_platform.core.errors import Conflict, Invalid
from creative_platform.core.text import LocalizedText
from creative_platform.setup import service
from creative_platform.setup.service.editing import Edit
from tests.factories.accounts import make_user
from tests.factories.contests import make_contest
from tests.setup.pages import fields_of, fill_in, fresh, setup

pytestmark = pytest.mark.database

NOTE = LocalizedText(en="The jury asked for it")
EVERY = ["criterion:craft", "median", "top-marks", "agreement", "lot"]


def save(organizer, contest: Contest, *steps: str) -> None:
    edit = Edit(fresh(contest.slug).version, NOTE)
    service.save_ties(organizer.as_actor(), contest.id, edit, TieValues(tie_steps=list(steps)))


@pytest.fixture
def organizer(app):
    return make_user()


def test_what_may_be_chosen_is_what_scoring_can_do():
    from scoring.judging import ties  # noqa: PLC0415 -- the web process never loads it

    assert set(TIE_STEPS) == {ties.MEDIAN, ties.TOP_MARKS, ties.AGREEMENT, ties.CHAIR, ties.LOT}
    assert ties.CRITERION == BY_CRITERION


def test_steps_are_published_with_the_rules_and_of_the_seed_its_hash_alone(organizer, client):
    contest = make_contest(organizer)
    seed = contest.lot_seed
    save(organizer, contest, *EVERY)

    newest = queries.current_rules(fresh(contest.slug))
    assert newest.number == 2
    judging = newest.document["judging"]
    assert judging["tie_steps"] == EVERY
    assert judging["lots_sha256"] == hashlib.sha256(seed.encode()).hexdigest()
    page, raw = (client.get(f"/contests/{contest.slug}/rules{rest}").text for rest in ("", "/2.json"))
    api = client.get(f"/api/v1/contests/{contest.slug}").text
    assert len(seed) == 32 and not [text for text in (page, raw, api) if seed in text]
    assert judging["lots_sha256"] in page
    assert judging["draws_sha256"] == hashlib.sha256(contest.draw_seed.encode()).hexdigest()
    assert judging["draws_sha256"] in page
    assert not [text for text in (page, raw, api) if contest.draw_seed in text]
    assert json.loads(api)["tie_steps"] == EVERY


def test_without_lots_no_seed_is_told_of_and_each_contest_has_its_own(organizer):
    first, second = make_contest(organizer), make_contest(organizer)
    save(organizer, first, "median")

    assert "lots_sha256" not in queries.current_rules(fresh(first.slug)).document["judging"]
    assert first.lot_seed != second.lot_seed


@pytest.mark.parametrize(
    ("steps", "said"),
    [
        (["median", "median"], "A step stands here twice."),
        (["lot", "median"], "Nothing can follow the chair's decision or lots."),
        (["chair", "lot"], "Nothing can follow the chair's decision or lots."),
        (["handed-in-first"], "Choose only from what is offered."),
        (["criterion:gone"], "There is no such criterion in this contest."),
        (["criterion:craft", "criterion:meaning", "median", "top-marks", "agreement", "lot", "chair"], "Choose only"),
    ],
)
def test_steps_that_cannot_be_are_refused(organizer, steps, said):
    contest = make_contest(organizer)

    with pytest.raises(Invalid) as refusal:
        save(organizer, contest, *steps)

    assert refusal.value.fields["tie_steps"][0].startswith(said)
    assert (fresh(contest.slug).tie_steps, queries.current_rules(contest).number) == ([], 1)


def test_a_criterion_that_a_step_names_cannot_go(organizer):
    contest = make_contest(organizer, published=False)
    save(organizer, contest, "criterion:craft")

    def remove():
        edit = Edit(fresh(contest.slug).version, None)
        service.remove_item(organizer.as_actor(), contest.id, edit, "rubric", "craft")

    with pytest.raises(Conflict) as refusal:
        remove()
    assert refusal.value.message.startswith("A step for equal scores names this criterion")
    assert [one.key for one in fresh(contest.slug).rounds[0].criteria] == ["craft", "meaning"]
    save(organizer, contest, "median")
    remove()
    assert [one.key for one in fresh(contest.slug).rounds[0].criteria] == ["meaning"]


@pytest.mark.parametrize(("phase", "may"), [("before", True), ("open", True), ("judging", False), ("over", False)])
def test_once_the_jury_works_the_steps_stand_still(organizer, phase, may):
    contest = make_contest(organizer, phase=phase, tie_steps=["median"])
    if may:
        save(organizer, contest, "lot")
    else:
        with pytest.raises(Invalid) as refusal:
            save(organizer, contest, "lot")
        assert refusal.value.fields == {"rubric": ["The jury has begun: this can no longer change."]}

    session().expire_all()
    assert fresh(contest.slug).tie_steps == (["lot"] if may else ["median"])


def test_a_copy_takes_the_steps_and_draws_a_seed_of_its_own(organizer):
    contest = make_contest(organizer, tie_steps=["criterion:craft", "lot"])
    copy = service.copy_contest(organizer.as_actor(), contest.id)

    assert copy.tie_steps == ["criterion:craft", "lot"]
    assert copy.lot_seed != contest.lot_seed


def test_the_page_offers_the_criteria_closes_gaps_and_keeps_what_was_wrong(organizer, sign_in):
    contest = make_contest(organizer, published=False)
    browser, address = sign_in(organizer), setup(contest.slug, "/ties")
    assert "they share the place" in browser.get(setup(contest.slug)).text
    shown = browser.get(address).text
    assert "higher mean mark for “Craft”" in shown and "higher mean mark for “Meaning”" in shown

    wrong = fill_in(browser, address, step_1="lot", step_2="median")
    assert (wrong.status_code, "Nothing can follow the chair&#39;s decision or lots." in wrong.text) == (422, True)
    assert fields_of(wrong.text)["step_1"] == "lot"
    assert fill_in(browser, address, step_1="the-youngest").status_code == 422
    assert fresh(contest.slug).tie_steps == []

    saved = fill_in(browser, address, step_2="criterion:meaning", step_4="agreement", step_6="chair")
    assert (saved.status_code, fresh(contest.slug).tie_steps) == (303, ["criterion:meaning", "agreement", "chair"])
    hub = browser.get(setup(contest.slug)).text
    assert "higher mean mark for “Meaning”; jurors closer to each other; the chair of the jury decides" in hub


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", ["Equal scores", "higher mean mark for “Craft”", "lots", "SHA-256 of the seed:"]),
        ("ru", ["Равные баллы", "выше средняя оценка за «Craft (ru)»", "жребий", "SHA-256 начального числа:"]),
        ("kk", ["Тең балдар", "«Craft (kk)» бойынша орташа бағасы жоғары", "жеребе", "Бастапқы санның SHA-256 мәні:"]),
    ],
)
def test_everybody_reads_the_steps_in_their_language(organizer, client, language, said):
    contest = make_contest(organizer)
    address = f"/contests/{contest.slug}/rules"
    shared = {"en": "share the place", "ru": "делят место", "kk": "орынды бөліседі"}[language]
    assert shared in client.get(f"{address}?lang={language}").text
    save(organizer, contest, "criterion:craft", "lot")

    page = client.get(f"{address}?lang={language}").text
    assert [words for words in said if words not in page] == []
    assert "criterion:craft" not in page


def test_rules_of_before_there_were_steps_say_nothing_of_them(organizer, client):
    contest = make_contest(organizer)
    with transaction() as s:
        version = s.merge(queries.current_rules(contest))
        document = json.loads(json.dumps(version.document))
        del document["judging"]["tie_steps"]
        version.document, version.sha256 = document, rules.sha256_of(document)
    address = f"/contests/{contest.slug}/rules"
    assert "Equal scores" not in client.get(address).text
    save(organizer, contest, "median", "lot")

    page = client.get(address).text
    assert "<h3>Judging › Equal scores</h3>" in page
    assert "<ins>higher median of the sheets; lots</ins>" in page
    lots_sha256 = queries.current_rules(fresh(contest.slug)).document["judging"]["lots_sha256"]
    assert f"<ins>{lots_sha256}</ins>" in page


def test_announced_rules_are_shown_and_not_asked_for(organizer, sign_in):
    contest = make_contest(organizer, phase="over", announced_at=clock.now(), tie_steps=["median"])
    page = sign_in(organizer).get(setup(contest.slug, "/ties")).text

    assert ("these rules stay as they are" in page, 'name="step_1"' in page) == (True, False)
