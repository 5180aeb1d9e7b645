"""Whom quotas would bring in and put out, and what they cost; nobody learns of entries they have a part in."""

from __future__ import annotations

import hashlib
import json
import re

import pytest
from sqlalchemy import select, update

from creative_platform.contests.models import ContestStaff, FieldKind, FormField, StaffRole
from creative_platform.contests.queries import contest_by_slug
from creative_platform.core import audit, clock, db, queue, sweeping
from creative_platform.core.audit import AuditEvent, contest_chain
from creative_platform.core.db import transaction
from creative_platform.core.errors import Invalid, NotAllowed, WrongState
from creative_platform.entries.models import Entry
from creative_platform.judging import service as judging
from creative_platform.judging.models import Assignment, AssignmentState, Score, Scoresheet, SheetState
from creative_platform.results import queries, service
from creative_platform.results.models import ResultSet
from creative_platform.results.service import QuotaRule
from tests.factories.accounts import make_user
from tests.factories.contests import make_contest, text
from tests.factories.entries import make_entry
from tests.factories.judging import admit, computed, given, seat
from tests.fixtures.people import post

pytestmark = pytest.mark.database

CITY, VILLAGE = "KZ-75", "KZ-59"
WORKS = {  # title: mark, track, region, answer; three win by the rules
    "A": (10, "video", CITY, "old"),
    "B": (9, "video", CITY, "old"),
    "C": (8, "video", CITY, "young"),
    "D": (6, "story", CITY, "young"),
    "E": (5, "story", VILLAGE, "old"),
    "F": (3, "video", VILLAGE, "young"),
}


@pytest.fixture
def works(contest, organizer):
    """A judged contest that asks for an age group; its entries, by title."""
    options = [{"key": key, "title": {"en": key.title()}} for key in ("young", "old")]
    with transaction() as s:
        s.merge(contest).fields.append(FormField(key="age", kind=FieldKind.CHOICE, label=text("Age"), options=options))
    juror, now, made = seat(contest, make_user()), clock.now(), {}
    for title, (mark, track, region, age) in WORKS.items():
        owner = make_user(region=region)
        made[title] = make_entry(contest, owner=owner, title=title, track=track, answers={"age": age})
        with transaction() as s:
            row = Assignment(round_id=contest.rounds[0].id, juror_id=juror.id, entry_id=made[title].id, assigned_at=now)
            row.state = AssignmentState.DONE
            row.sheet = Scoresheet(state=SheetState.SUBMITTED, saved_at=now, submitted_at=now)
            row.sheet.scores = [Score(criterion_id=one.id, value=mark) for one in contest.rounds[0].criteria]
            s.add(row)
    admit(*made.values())
    judging.close_round(organizer.as_actor(), contest)
    return made


def rule(attribute: str, value: str, least: int | None = None, most: int | None = None) -> QuotaRule:
    return QuotaRule(attribute, value, least, most)


def chosen(contest, organizer, *rules, count=3):
    """Have it chosen, and return what was found with titles for ids."""
    service.ask_quotas(organizer.as_actor(), contest, count, rules)
    queue.work_off()
    result_set = queries.seen_by(organizer.as_actor(), contest).result_set
    titles = {row.entry.public_id: row.entry.title for row in result_set.rows}
    return json.loads(re.sub(r"\b[a-z2-7]{26}\b", lambda m: titles[m[0]], json.dumps(result_set.quotas["found"])))


def address(contest) -> str:
    return f"/manage/{contest.slug}/results/quotas"


def plain(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


def sheets_of(entry):
    return select(Scoresheet.id).join(Assignment).where(Assignment.entry_id == entry.id)


def test_a_quota_that_costs_nothing_among_equals_is_not_said_to_change_nothing(works, contest, organizer, sign_in):
    with transaction() as s:
        s.execute(update(Score).where(Score.scoresheet_id.in_(sheets_of(works["E"]))).values(value=8))
    third = [row.entry.title for row in computed(contest, organizer).rows][2]  # a lot tells C and E apart
    other = rule("region", VILLAGE, least=1) if third == "C" else rule("region", VILLAGE, most=0)
    found = chosen(contest, organizer, other, rule("region", CITY, least=1))

    assert (third in found["chosen"], third in found["free"], found["price"]) == (False, True, 0)
    page = plain(sign_in(organizer).get(address(contest)).text)
    assert "— without it other entries would win, with as many points in sum" in page
    assert page.count("dropping it alone changes nothing") == 1


def test_an_entry_without_a_sheet_is_not_chosen_and_its_place_is_called_a_guess(works, contest, organizer, sign_in):
    with transaction() as s:
        s.execute(update(Scoresheet).where(Scoresheet.id.in_(sheets_of(works["E"]))).values(state=SheetState.DRAFT))
    [row] = [row for row in computed(contest, organizer, "calibrated").rows if row.entry.title == "E"]
    assert (row.reviews, row.score is None) == (0, False)

    found = chosen(contest, organizer, rule("region", VILLAGE, least=1))
    assert "F" in found["chosen"]
    assert (
        "One entry has no sheet: its place is a guess" in sign_in(organizer).get(f"/manage/{contest.slug}/results").text
    )


def test_a_quota_brings_in_the_best_of_its_kind_and_has_its_price(works, contest, organizer, sign_in):
    computed(contest, organizer)
    found = chosen(contest, organizer, rule("region", VILLAGE, least=1), rule("track", "video", most=2))

    assert (found["chosen"], found["free"], found["price"]) == (["A", "B", "E"], ["A", "B", "C"], 3.0)
    assert [(one["kind"], one["brings"], one["drops"], one["price"], one["entries"]) for one in found["limits"]] == [
        ("least", ["E"], [], 1.0, 2),  # without it D comes in
        ("most", [], [], 0.0, 4),
    ]
    page = plain(sign_in(organizer).get(address(contest)).text)
    assert "The quotas change 1 winner. They cost 3.00 points in sum, 1.00 a winner." in page
    assert "Place 5 · 5.00 · Story Region “North Kazakhstan region”: at least 1" in page
    assert "Track “Video”: at most 2 — dropping it alone changes nothing" in page
    assert page.count("comes in") == page.count("falls out") == 1


def test_who_comes_in_whichever_quota_is_dropped_stands_with_those_it_helps_to_keep(works, contest, organizer):
    computed(contest, organizer)
    found = chosen(contest, organizer, rule("track", "story", least=1), rule("answer.age", "young", least=2))

    assert (found["chosen"], found["free"], found["price"]) == (["A", "C", "D"], ["A", "B", "C"], 3.0)
    told = [(one["attribute"], one["brings"], one["drops"], one["price"]) for one in found["limits"]]
    assert told == [("track", ["D"], [], 0.0), ("answer.age", ["D"], ["B"], 1.0)]


def test_quotas_go_by_track_region_and_questions_with_choices(works, contest, organizer, sign_in):
    computed(contest, organizer)
    assert chosen(contest, organizer, rule("track", "story", least=2))["chosen"] == ["A", "D", "E"]
    assert chosen(contest, organizer, rule("region", CITY, most=1))["chosen"] == ["A", "E", "F"]
    assert chosen(contest, organizer, rule("answer.age", "young", least=3))["chosen"] == ["C", "D", "F"]
    form = sign_in(organizer).get(address(contest)).text
    assert set(re.findall(r'name="least-([^"]+)"', form)) == {
        "track-video", "track-story", f"region-{CITY}", f"region-{VILLAGE}", "answer.age-young", "answer.age-old",
    }  # fmt: skip


def test_a_second_choice_replaces_the_first_and_both_stand_in_the_log(works, contest, organizer):
    computed(contest, organizer)
    chosen(contest, organizer, rule("track", "story", least=1))
    found = chosen(contest, organizer, rule("track", "story", most=0), count=2)

    stored = queries.newest_result_set(contest).quotas
    assert (found["chosen"], stored["count"]) == (["A", "B"], 2)
    assert stored["rules"] == [{"attribute": "track", "value": "story", "least": None, "most": 0}]
    assert stored["among"] == {works[title].public_id: {"track": WORKS[title][1]} for title in WORKS}
    named = select(AuditEvent).where(AuditEvent.chain == contest_chain(contest.public_id)).order_by(AuditEvent.id)
    links = db.session().scalars(named.where(AuditEvent.verb.like("%quotas%")))
    told = [(link.verb, link.actor_public_id is None, link.data["count"]) for link in links]
    assert told == [
        ("results.quotas_asked", False, 3),
        ("results.quotas_computed", True, 3),
        ("results.quotas_asked", False, 2),
        ("results.quotas_computed", True, 2),
    ]
    last = db.session().scalars(named.where(AuditEvent.verb == "results.quotas_computed")).all()[-1]
    assert last.data["sha256"] == hashlib.sha256(audit.canonical(stored)).hexdigest()


def test_what_was_kept_gives_the_same_choice_again(works, contest, organizer):
    from creative_platform.results import engine  # noqa: PLC0415 -- as the worker loads it

    ranking = computed(contest, organizer)
    chosen(contest, organizer, rule("region", VILLAGE, least=1), rule("track", "story", most=0))
    with transaction() as s:
        s.execute(update(Entry).values(answers={}))
    kept = queries.newest_result_set(contest).quotas
    scores = {row.entry.public_id: row.score for row in ranking.rows}
    places = {row.entry.public_id: row.rank for row in ranking.rows}
    assert engine.choose(scores, kept["among"], kept["count"], kept["rules"], places) == kept["found"]


@pytest.mark.parametrize(
    ("rules", "named"),
    [
        ([("region", VILLAGE, 3, None), ("track", "story", 1, None)], [("region", "least", 3, 2)]),
        ([("track", "video", None, 0), ("track", "story", None, 3)], [("track", "most", 0, 4)]),
        (
            [("track", "story", 2, None), ("answer.age", "old", None, 3), ("track", "video", 2, None)],
            [("track", "least", 2, 2), ("track", "least", 2, 4)],
        ),
        (
            [("region", VILLAGE, 2, None), ("answer.age", "old", 0, 0)],
            [("region", "least", 2, 2), ("answer.age", "most", 0, 3)],
        ),
    ],
)
def test_quotas_that_cannot_be_kept_are_named_and_stay_typed(works, contest, organizer, sign_in, rules, named):
    computed(contest, organizer)
    found = chosen(contest, organizer, *(rule(*one) for one in rules))

    limits = [(one["attribute"], one["kind"], one["number"], one["entries"]) for one in found["impossible"]]
    assert limits == named
    page = sign_in(organizer).get(address(contest)).text
    assert "With 3 winners these quotas cannot be kept" in page
    said = "What cannot be kept:" if len(named) == 1 else "What cannot be kept together:"
    assert said in page
    for attribute, value, least, most in rules:
        for name, number in (("least", least), ("most", most)):
            typed = re.search(rf'<input[^>]*name="{name}-{attribute}-{value}"[^>]*>', page)[0]
            assert f'value="{"" if number is None else number}"' in typed


def test_what_is_typed_wrongly_is_said_and_not_lost(works, contest, organizer, sign_in):
    computed(contest, organizer)
    browser = sign_in(organizer)
    for typed, said in (
        ({"count": "x"}, "Write a whole number."),
        ({"count": ""}, "This is needed."),
        ({"count": "7"}, "as many as there are entries that were judged"),
        ({"count": "0"}, "as many as there are entries that were judged"),
        ({"count": "3", "least-track-video": "-1"}, "Write a number from 0 to 10000."),
        ({"count": "3", "least-track-video": "9" * 400}, "Write a number from 0 to 10000."),
        ({"count": "3", "least-track-video": "2", "most-track-video": "1"}, "“At most” is below “at least”."),
    ):
        answer = post(browser, address(contest), {**typed, f"most-region-{CITY}": "2"})
        assert (answer.status_code, said in answer.text) == (422, True), typed
        for name, value in {**typed, f"most-region-{CITY}": "2"}.items():
            assert f'value="{value}"' in re.search(rf'<input[^>]*name="{name}"[^>]*>', answer.text)[0]
    assert queries.newest_result_set(contest).quotas == {}

    typed = {"count": "3", f"most-region-{CITY}": "2", "least-track-music": "3"}  # no such row: nothing of it is a rule
    assert post(browser, address(contest), typed).status_code == 303
    assert queries.newest_result_set(contest).quotas["rules"] == [
        {"attribute": "region", "value": CITY, "least": None, "most": 2}
    ]


def test_a_page_says_where_it_stands(works, contest, organizer, sign_in):
    browser = sign_in(organizer)
    assert "Compute the ranking first" in browser.get(address(contest)).text
    computed(contest, organizer)
    empty = browser.get(address(contest)).text
    assert "No quotas were tried yet" in empty
    assert 'value="3"' in re.search(r'<input[^>]*name="count"[^>]*>', empty)[0]  # what the awards give
    assert address(contest) in browser.get(f"/manage/{contest.slug}/results").text

    service.ask_quotas(organizer.as_actor(), contest, 2, [])
    assert "The choice is being computed" in browser.get(address(contest)).text
    queue.work_off()
    assert "No quota was set: both lists are the same." in browser.get(address(contest)).text
    chosen(contest, organizer, rule("track", "video", least=1))
    assert "The quotas cost nothing" in browser.get(address(contest)).text


def test_of_two_who_ask_at_once_the_later_choice_stands(works, contest, organizer, beside, monkeypatch):
    from creative_platform.results import engine  # noqa: PLC0415 -- as the worker loads it

    computed(contest, organizer)
    actor, slug, choose, second = organizer.as_actor(), contest.slug, engine.choose, []

    def while_another_asks(*asked):
        if not second:
            second.append(beside(lambda: service.ask_quotas(actor, contest_by_slug(slug), 1, [])))
            second[0].join(30)
        return choose(*asked)

    monkeypatch.setattr(engine, "choose", while_another_asks)
    service.ask_quotas(actor, contest, 3, [rule("track", "story", least=1)])
    service.ask_quotas(actor, contest, 3, [rule("track", "story", least=1)])
    queue.work_off()
    assert second[0].raised is None
    db.session().rollback()
    stored = queries.newest_result_set(contest_by_slug(slug)).quotas
    assert (stored["count"], len(stored["found"]["chosen"])) == (1, 1)
    done = db.session().scalars(select(queue.Job.state).where(queue.Job.name == service.QUOTAS_JOB)).all()
    assert set(done) == {queue.JobState.DONE}
    computed_once = select(AuditEvent.id).where(AuditEvent.verb == "results.quotas_computed")
    assert len(db.session().scalars(computed_once).all()) == 1


def test_who_has_a_part_in_an_entry_gets_a_choice_in_which_it_does_not_exist(works, contest, organizer, sign_in):
    member = works["A"].team.members[0].user
    with transaction() as s:
        s.add(ContestStaff(contest_id=contest.id, user_id=member.id, role=StaffRole.ORGANIZER, since=clock.now()))
    computed(contest, organizer)
    whole = chosen(contest, organizer, rule("track", "story", least=1))
    assert whole["chosen"] == ["A", "B", "D"]
    browser = sign_in(member)
    before = browser.get(address(contest)).text
    assert "No quotas were tried yet" in before  # not even that others tried some
    assert "3 entries" in plain(before)  # of four in this track

    found = chosen(contest, member, rule("track", "story", least=1))
    assert (found["chosen"], found["free"]) == (["B", "C", "D"], ["B", "C", "D"])
    own = db.session().query(ResultSet).filter(ResultSet.left_out != "").one()
    assert works["A"].public_id not in json.dumps(own.quotas)
    page = browser.get(address(contest)).text
    assert "One entry is not shown because you have a part in it" in page
    assert not re.search(r"<h3[^>]*>A</h3>", page)
    assert queries.newest_result_set(contest).quotas["found"]["chosen"][0] == works["A"].public_id  # and stays


def test_a_table_of_it_can_be_taken_away(works, contest, organizer, sign_in):
    browser, table = sign_in(organizer), f"/manage/{contest.slug}/export/quotas.csv"
    heading = "rank,code,title,track,score,with_quotas,without_quotas,because_of"
    assert browser.get(table).text.lstrip("\ufeff").splitlines() == [heading]
    computed(contest, organizer)
    chosen(contest, organizer, rule("region", VILLAGE, least=1), rule("track", "video", most=2))
    rows = browser.get(table).text.lstrip("\ufeff").splitlines()
    assert [re.sub(r"[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}", "CODE", row) for row in rows] == [
        heading,
        "1,CODE,A,video,10.0,1,1,",
        "2,CODE,B,video,9.0,1,1,",
        "3,CODE,C,video,8.0,0,1,",
        "5,CODE,E,story,5.0,1,0,region KZ-59: least 1",
    ]


def test_who_no_longer_takes_part_is_not_chosen(works, contest, organizer, sign_in):
    computed(contest, organizer)
    chosen(contest, organizer, rule("track", "story", least=1))
    assert "Entries came or went" not in sign_in(organizer).get(address(contest)).text
    with transaction() as s:
        s.execute(update(Entry).where(Entry.id == works["A"].id).values(state="withdrawn", withdrawn_at=clock.now()))
    assert "Entries came or went" in sign_in(organizer).get(address(contest)).text
    assert chosen(contest, organizer)["chosen"] == ["B", "C", "D"]


def test_nobody_else_sees_or_asks(works, contest, organizer, sign_in):
    computed(contest, organizer)
    auditor, chair = make_user(), make_user()
    seat(contest, chair, is_chair=True)
    with transaction() as s:
        s.add(ContestStaff(contest_id=contest.id, user_id=auditor.id, role=StaffRole.AUDITOR, since=clock.now()))
    rival = make_user()
    make_contest(rival)
    author = works["B"].team.members[0].user
    for person in (rival, chair, author, make_user()):
        browser = sign_in(person)
        assert browser.get(address(contest)).status_code == 404
        assert post(browser, "/account", {"count": "1"}, to=address(contest)).status_code == 404
        with pytest.raises(NotAllowed):
            service.ask_quotas(person.as_actor(), contest, 1, [])
    browser = sign_in(auditor)
    page = browser.get(address(contest))
    assert (page.status_code, "least-track" in page.text) == (200, False)
    assert post(browser, "/account", {"count": "1"}, to=address(contest)).status_code == 403
    assert queries.newest_result_set(contest).quotas == {}


def test_it_advises_until_the_publication(works, contest, organizer, sign_in):
    with pytest.raises(WrongState):
        service.ask_quotas(organizer.as_actor(), contest, 1, [])
    computed(contest, organizer)
    with pytest.raises(Invalid):
        service.ask_quotas(organizer.as_actor(), contest, 1, [rule("track", "story", least=2, most=1)])
    chosen(contest, organizer, rule("track", "story", least=1))
    assert queries.standing_decisions(contest) == []
    given(contest, organizer, {"first": works["B"]})
    service.publish_results(organizer.as_actor(), contest)
    with pytest.raises(WrongState):
        service.ask_quotas(organizer.as_actor(), contest, 1, [])
    page = sign_in(organizer).get(address(contest)).text
    assert "With quotas" in page
    assert "least-track" not in page


def test_what_cannot_be_computed_is_said(works, contest, organizer, sign_in, monkeypatch):
    from creative_platform.results import engine  # noqa: PLC0415 -- as the worker loads it

    computed(contest, organizer)
    monkeypatch.setattr(engine, "choose", lambda *asked: 1 / 0)
    service.ask_quotas(organizer.as_actor(), contest, 1, [rule("track", "story", least=1)])
    browser = sign_in(organizer)
    for _ in range(4):
        queue.work_off()
        with transaction() as s:
            s.execute(update(queue.Job).values(due_at=clock.now()))
        sweeping.hand_over_again()
    page = browser.get(address(contest)).text
    assert "The choice could not be computed." in page
    assert 'value="1"' in re.search(r'<input[^>]*name="least-track-story"[^>]*>', page)[0]


def test_a_question_that_was_taken_out_since_is_called_by_its_key(works, contest, organizer, sign_in):
    computed(contest, organizer)
    chosen(contest, organizer, rule("answer.age", "young", least=2))
    with transaction() as s:
        s.delete(s.scalars(select(FormField).where(FormField.key == "age")).one())
    db.session().expire_all()
    answer = sign_in(organizer).get(address(contest))
    assert answer.status_code == 200
    assert "age “young”: at least 2" in plain(answer.text)
