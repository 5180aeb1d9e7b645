"""Entries of equal score: put in order by the steps of the rules, told with their figures, recomputed by anybody."""

from __future__ import annotations

import csv
import hashlib
import io
import json

import pytest

from creative_platform.api.serializers.managing import ranking as ranking_line
from creative_platform.contests import rules
from creative_platform.contests.models import ContestStaff, StaffRole
from creative_platform.core import clock
from creative_platform.core.db import transaction
from creative_platform.core.text import LocalizedText
from creative_platform.desk.views import TABLES
from creative_platform.judging import service as judging
from creative_platform.judging.models import Assignment, AssignmentState, Score, Scoresheet, SheetState
from creative_platform.results import queries, service
from creative_platform.results.service import QuotaRule
from scoring.__main__ import main
from scoring.judging import verify
from tests.factories.accounts import make_user
from tests.factories.entries import make_entry
from tests.factories.judging import admit, computed, given, seat

pytestmark = pytest.mark.database

WORKS = {  # craft (weight 2) and meaning by each of two jurors; the middle four have 6 points in the mean
    "Top": [(9, 9), (9, 9)],
    "Anar": [(7, 4), (7, 4)],
    "Bota": [(6, 6), (6, 6)],
    "Dala": [(5, 8), (7, 4)],
    "Erke": [(7, 4), (5, 8)],
    "Zere": [(1, 2), (2, 1)],
}


@pytest.fixture
def ranked(contest, organizer):
    """Return what gives a ranking under these steps, with the entries by title."""

    def ranking(*steps: str, works=WORKS, owner=None, method="mean"):
        with transaction() as s:
            stored = s.merge(contest)
            stored.tie_steps = list(steps)
            s.flush()
            stored.rules[-1].document = rules.document_of(stored)
        now, made = clock.now(), {}
        panel = [seat(contest, make_user()) for _ in range(2)]
        criteria = [one.id for one in contest.rounds[0].criteria]
        for title, sheets in works.items():
            made[title] = make_entry(contest, title=title, owner=owner if title == "Bota" else None)
            for juror, marks in zip(panel, sheets, strict=False):
                with transaction() as s:
                    row = Assignment(round_id=contest.rounds[0].id, juror_id=juror.id, entry_id=made[title].id)
                    row.assigned_at, row.state = now, AssignmentState.DONE
                    row.sheet = Scoresheet(state=SheetState.SUBMITTED, saved_at=now, submitted_at=now)
                    row.sheet.scores = [
                        Score(criterion_id=criterion, value=value)
                        for criterion, value in zip(criteria, marks, strict=True)
                        if value is not None
                    ]
                    s.add(row)
        admit(*made.values())
        judging.close_round(organizer.as_actor(), contest)
        return computed(contest, organizer, method), made

    return ranking


def places(result_set):
    return {row.entry.title: row.rank for row in result_set.rows}


def test_a_step_that_separates_some_leaves_the_others_to_the_next(ranked, contest):
    result_set, made = ranked("criterion:craft", "agreement", "lot")

    place = places(result_set)
    assert (place["Top"], place["Anar"], place["Zere"]) == (1, 2, 6)
    assert {place["Dala"], place["Erke"], place["Bota"]} == {3, 4, 5}
    (tie,) = result_set.ties
    assert (tie["score"], tie["place"], tie["shared"]) == (6.0, 2, [])
    ids = {entry.public_id: title for title, entry in made.items()}
    told = [
        (step["step"], {ids[e]: f for e, f in zip(step["entries"], step["figures"], strict=True)}, step["decided"])
        for step in tie["steps"]
    ]
    assert told[0] == ("criterion:craft", {"Anar": 7.0, "Bota": 6.0, "Dala": 6.0, "Erke": 6.0}, True)
    assert told[1] == ("agreement", {"Bota": 0.0, "Dala": 0.0, "Erke": 0.0}, False)
    lots = {t: hashlib.sha256(f"{contest.lot_seed}/{made[t].public_id}".encode()).hexdigest() for t in told[1][1]}
    assert told[2] == ("lot", lots, True)
    assert sorted(lots, key=lots.get) == sorted(lots, key=place.get)


def test_the_snapshot_proves_the_lots_against_the_rules(ranked, contest, tmp_path, capsys):
    result_set, _made = ranked("lot")
    snapshot = json.loads(json.dumps(result_set.snapshot))

    assert snapshot["method"]["steps"] == ["lot"]
    published = contest.rules[-1].document["judging"]["lots_sha256"]
    assert hashlib.sha256(snapshot["method"]["lots"].encode()).hexdigest() == published
    assert verify(snapshot).identical
    (tmp_path / "ranking.json").write_text(json.dumps(snapshot), encoding="utf-8")
    assert main(["verify", str(tmp_path / "ranking.json")]) == 0
    snapshot["method"]["lots"] = "0" * 32
    (tmp_path / "ranking.json").write_text(json.dumps(snapshot), encoding="utf-8")
    assert main(["verify", str(tmp_path / "ranking.json")]) == 1
    assert "equal scores are put in another order" in capsys.readouterr().out


def test_the_seed_is_told_by_nothing_before_the_announcement(ranked, contest, organizer, sign_in):
    result_set, made = ranked("lot")
    given(contest, organizer, made, "Top")
    browser, manage, public = sign_in(organizer), f"/manage/{contest.slug}", f"/contests/{contest.slug}"
    pages = [f"{manage}{rest}" for rest in ("", "/setup/ties", "/results", "/results/protocol", "/audit")]
    pages += [f"{manage}/export/{table}.json" for table in TABLES] + [f"{public}/rules", f"{public}/rules/1.json"]
    answers = {page: browser.get(page) for page in pages}

    assert {page: answer.status_code for page, answer in answers.items()} == dict.fromkeys(pages, 200)
    assert [page for page, answer in answers.items() if contest.lot_seed in answer.text] == []
    assert contest.lot_seed not in json.dumps(ranking_line(result_set, queries.standing_decisions(contest)))
    assert browser.get(f"{public}/ranking.json").status_code == 404
    service.publish_results(organizer.as_actor(), contest)
    assert contest.lot_seed in browser.get(f"{public}/ranking.json").text


def test_the_ranking_tells_the_seed_of_the_drawings_whose_hash_the_rules_published(ranked, contest):
    result_set, _made = ranked("median")
    draws = result_set.snapshot["about"]["draws"]

    assert hashlib.sha256(draws["seed"].encode()).hexdigest() == contest.rules[-1].document["judging"]["draws_sha256"]
    assert draws["given"] == []
    assert contest.lot_seed not in json.dumps(result_set.snapshot)


def test_the_same_lots_come_at_every_computing(ranked, contest, organizer):
    first, _made = ranked("lot")

    assert places(computed(contest, organizer)) == places(first)


def test_without_steps_they_share_the_place_and_the_page_says_so(ranked, contest, organizer, sign_in):
    result_set, _made = ranked()

    assert [places(result_set)[title] for title in ("Anar", "Bota", "Dala", "Erke", "Zere")] == [2, 2, 2, 2, 6]
    assert result_set.snapshot["method"]["lots"] == ""
    page = sign_in(organizer).get(f"/manage/{contest.slug}/results").text
    assert "share place 2: the rules name no step for equal scores." in page
    assert "More entries share a place than the rules have awards for" in page
    assert page.count("Equal scores: shares the place") == 4


def test_a_place_shared_behind_the_awards_warns_of_nothing(ranked, contest, organizer, sign_in):
    """Three awards: two entries share place 2, and one is left for nobody."""
    ranked(works={"Top": [(9, 9)], "Anar": [(7, 4)], "Bota": [(6, 6)], "Zere": [(1, 2)], "Ayan": [(1, 2)]})
    page = sign_in(organizer).get(f"/manage/{contest.slug}/results").text

    assert "More entries share a place" not in page
    assert "1 tie behind the places with awards" in page


def test_the_chair_decides_by_an_award_with_a_reason(ranked, contest, organizer, sign_in):
    _result_set, made = ranked("median", "chair")
    page = sign_in(organizer).get(f"/manage/{contest.slug}/results").text

    assert "share place 2: the chair of the jury decides, with a reason." in page
    assert given(contest, organizer, made, "Bota", reason="The chair: it stays with one").entry_id == made["Bota"].id


def test_a_missing_mark_makes_nobody_the_last(ranked):
    result_set, _made = ranked("criterion:meaning", works={"Anar": [(6, None)], "Bota": [(6, 6)], "Dala": [(5, 8)]})

    assert set(places(result_set).values()) == {1}
    assert result_set.ties[0]["steps"][0]["decided"] is False
    assert None in result_set.ties[0]["steps"][0]["figures"]


def test_marks_are_told_on_the_scale_on_which_they_were_given(ranked, contest):
    with transaction() as s:
        s.merge(contest.rounds[0].criteria[1]).scale_max = 4
    result_set, made = ranked("criterion:meaning", works={"Anar": [(7, 1)], "Bota": [(4, 3)]})

    taken = result_set.ties[0]["steps"][0]
    told = dict(zip(taken["entries"], taken["figures"], strict=True))
    assert told == {made["Anar"].public_id: 1.0, made["Bota"].public_id: 3.0}
    assert places(result_set) == {"Bota": 1, "Anar": 2}
    assert verify(json.loads(json.dumps(result_set.snapshot))).identical


LANGUAGES = {
    "en": ("Equal scores", "higher mean mark for “Craft”", "decides", "7.00"),
    "ru": ("Равные баллы", "выше средняя оценка за «Craft (ru)»", "решает", "7,00"),
    "kk": ("Тең балдар", "«Craft (kk)» бойынша орташа бағасы жоғары", "шешеді", "7,00"),
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_ranking_protocol_and_winners_tell_the_steps(ranked, contest, organizer, sign_in, client, language):
    _result_set, made = ranked("criterion:craft", "lot")
    given(contest, organizer, made, "Anar")
    browser = sign_in(organizer)
    staff = [browser.get(f"/manage/{contest.slug}/results{rest}?lang={language}").text for rest in ("", "/protocol")]
    service.publish_results(organizer.as_actor(), contest)
    pages = [*staff, client.get(f"/contests/{contest.slug}/winners?lang={language}").text]

    assert [[words for words in LANGUAGES[language] if words not in page] for page in pages] == [[], [], []]


def test_winners_say_nothing_of_ties_that_no_award_hangs_on(ranked, contest, organizer, client):
    _result_set, made = ranked("criterion:craft")
    given(contest, organizer, made, "Top")
    service.publish_results(organizer.as_actor(), contest)

    assert "Equal scores" not in client.get(f"/contests/{contest.slug}/winners").text


def test_who_was_taken_out_later_is_not_named_and_what_was_announced_stays(ranked, contest, organizer, client):
    result_set, made = ranked("criterion:craft", "lot")
    given(contest, organizer, made, "Anar")
    before = json.loads(service.publish_results(organizer.as_actor(), contest).document)["ranking"]
    reason = LocalizedText(en="Not their own work")
    amended = service.amend_results(organizer.as_actor(), contest, entry=made["Bota"].public_id, reason=reason)

    page = client.get(f"/contests/{contest.slug}/winners").text
    assert ("Bota" in page, "an entry that was taken out" in page, "Dala" in page) == (False, True, True)
    assert json.loads(amended.document)["ranking"] == before
    assert verify(before).identical
    assert before["ties"][0]["entries"] == result_set.ties[0]["entries"]


def test_who_has_a_part_in_an_entry_gets_ties_in_which_it_does_not_exist(ranked, contest, sign_in):
    colleague = make_user()
    with transaction() as s:
        s.add(ContestStaff(contest_id=contest.id, user_id=colleague.id, role=StaffRole.ORGANIZER, since=clock.now()))
    _result_set, made = ranked("criterion:craft", "lot", owner=colleague)

    kept = queries.seen_by(colleague.as_actor(), contest).result_set
    assert made["Bota"].public_id not in json.dumps(kept.ties)
    assert len(kept.ties[0]["entries"]) == 3
    whole = queries.newest_result_set(contest)
    order = [e for e in whole.ties[0]["entries"] if e != made["Bota"].public_id]
    assert kept.ties[0]["entries"] == order, "lots of the others are the same"
    page = sign_in(colleague).get(f"/manage/{contest.slug}/results").text
    assert ("Bota" in page, "Equal scores" in page) == (False, True)


@pytest.mark.parametrize(
    ("language", "said"), [("en", "7.00 (decides)"), ("ru", "7,00 (решает)"), ("kk", "7,00 (шешеді)")]
)
def test_exports_tell_the_steps_of_each_entry(ranked, contest, organizer, sign_in, language, said):
    ranked("criterion:craft", "agreement")
    browser, address = sign_in(organizer), f"/manage/{contest.slug}/export/results"
    browser.get(f"/?lang={language}")
    rows = {
        row["title"]: row for row in csv.DictReader(io.StringIO(browser.get(f"{address}.csv").text.lstrip("\ufeff")))
    }

    step = LANGUAGES[language][1]
    assert rows["Anar"]["tie"] == f"{step}: {said}"
    assert rows["Bota"]["tie"].count(";") == 2
    assert (rows["Top"]["tie"], rows["Zere"]["tie"]) == ("", "")
    same = {row["title"]: row["tie"] for row in json.loads(browser.get(f"{address}.json").text)}
    assert {title: row["tie"] or None for title, row in rows.items()} == {t: told or None for t, told in same.items()}
    assert browser.get(f"{address}.xlsx").status_code == 200


def test_quotas_take_equal_scores_by_their_places(ranked, contest, organizer):
    from creative_platform.core import queue  # noqa: PLC0415 -- as the worker does

    result_set, made = ranked("criterion:craft", "lot")
    service.ask_quotas(organizer.as_actor(), contest, 3, [QuotaRule("track", "video", None, 3)])
    queue.work_off()
    found = queries.newest_result_set(contest).quotas["found"]

    best = [row.entry.public_id for row in result_set.rows[:3]]
    assert [found["chosen"], found["free"]] == [best, best]
    assert best[:2] == [made["Top"].public_id, made["Anar"].public_id]


def test_titles_in_a_tie_are_text_and_never_markup(ranked, contest, organizer, sign_in, client):
    with transaction() as s:
        s.merge(contest.rounds[0].criteria[0]).title = LocalizedText(en="<b>100 %(x)s</b>")
    works = {"<i>One</i>": [(7, 4)], "<i>Two</i>": [(6, 6)], "<i>Three</i>": [(6, 6)]}
    _result_set, made = ranked("criterion:craft", works=works)
    given(contest, organizer, made, "<i>One</i>")
    browser, manage = sign_in(organizer), f"/manage/{contest.slug}"
    pages = [browser.get(f"{manage}{rest}").text for rest in ("/setup", "/results", "/results/protocol")]
    service.publish_results(organizer.as_actor(), contest)
    pages += [client.get(f"/contests/{contest.slug}/{page}").text for page in ("winners", "rules")]

    assert ["&lt;b&gt;100 %(x)s&lt;/b&gt;" in page for page in pages] == [True] * 5
    assert [("<b>100" in page, "<i>" in page) for page in pages] == [(False, False)] * 5
    assert "&lt;i&gt;Two&lt;/i&gt;, &lt;i&gt;Three&lt;/i&gt; share place 2" in pages[1] or (
        "&lt;i&gt;Three&lt;/i&gt;, &lt;i&gt;Two&lt;/i&gt; share place 2" in pages[1]
    )


def test_winners_cost_as_much_for_a_large_tie_as_for_a_small_one(ranked, contest, organizer, client, count_queries):
    result_set, made = ranked("criterion:craft")
    given(contest, organizer, made, "Anar")
    service.publish_results(organizer.as_actor(), contest)

    def cost(ties):
        with transaction() as s:
            s.merge(result_set).ties = ties
        client.get(f"/contests/{contest.slug}/winners")
        with count_queries() as seen:
            client.get(f"/contests/{contest.slug}/winners")
        return len(seen)

    large = result_set.ties
    small = [{**large[0], "entries": large[0]["entries"][:2], "shared": []}]
    assert cost(large) == cost(small) <= cost([]) + 4
