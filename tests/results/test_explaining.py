"""Why places are as they are, and what would change who wins."""

from __future__ import annotations

import json
import re

import pytest
from sqlalchemy import update

from creative_platform.contests.models import ContestStaff, StaffRole
from creative_platform.core import clock, db, queue, sweeping
from creative_platform.core.db import transaction
from creative_platform.judging import queries as judging_queries
from creative_platform.judging import service as judging
from creative_platform.judging.models import Assignment, AssignmentState, Score, Scoresheet, SheetState
from creative_platform.results import queries, words
from creative_platform.results import service as results
from creative_platform.results.models import ResultSet
from tests.factories.accounts import make_user
from tests.factories.entries import make_entry
from tests.factories.judging import admit, computed, seat

pytestmark = pytest.mark.database

QUALITY = [9, 8, 8, 8, 7, 6, 6, 5]
STRICTNESS = [4, 0, 0, -1]  # of four jurors; each entry is judged by two of them


@pytest.fixture
def judged(contest, organizer):
    """A closed contest in which one juror is much stricter than the others; its entries, the best first."""
    made = [make_entry(contest, title=f"Work {n}") for n in range(len(QUALITY))]
    admit(*made)
    panel = [seat(contest, make_user()) for _ in STRICTNESS]
    for n, (entry, quality) in enumerate(zip(made, QUALITY, strict=True)):
        for k in (n % 4, (n + 1 + n // 4) % 4):
            _mark(contest, entry, panel[k], max(1, quality - STRICTNESS[k]))
    judging.close_round(organizer.as_actor(), contest)
    return made


def _mark(contest, entry, juror, value):
    now = clock.now()
    with transaction() as s:
        row = Assignment(round_id=contest.rounds[0].id, juror_id=juror.id, entry_id=entry.id, assigned_at=now)
        row.state = AssignmentState.DONE
        row.sheet = Scoresheet(state=SheetState.SUBMITTED, saved_at=now, submitted_at=now)
        row.sheet.scores = [Score(criterion_id=one.id, value=value) for one in contest.rounds[0].criteria]
        s.add(row)


def test_a_place_that_is_not_the_one_by_the_mean_has_its_reason(judged, contest, organizer, sign_in):
    found = computed(contest, organizer, "calibrated")
    moved = found.explanation["moved"]
    raw = sorted((row.raw_mean for row in found.rows), reverse=True)
    for row in found.rows:
        if row.entry.public_id in moved:
            assert moved[row.entry.public_id]["by_mean"] == raw.index(row.raw_mean) + 1
    strict = [why for one in moved.values() for why in one["reasons"] if why["kind"] == "strict"]
    assert {len(why["jurors"]) for why in strict} == {1}

    page = sign_in(organizer).get(f"/manage/{contest.slug}/results").text
    assert page.count("By the plain mean: place") == len(moved)
    table = json.loads(sign_in(organizer).get(f"/manage/{contest.slug}/export/results.json").text)
    told = {row["code"]: (row["rank_by_mean"], row["reasons"]) for row in table if row["rank_by_mean"]}
    assert {code: by_mean for code, (by_mean, _) in told.items()} == {
        row.entry.code: moved[row.entry.public_id]["by_mean"] for row in found.rows if row.entry.public_id in moved
    }
    said = f"strict {' '.join(strict[0]['jurors'])} {strict[0]['points']:g}"
    assert [reasons for _, reasons in told.values() if said in reasons] != []
    assert f"Juror {strict[0]['jurors'][0]} is {strict[0]['points']} points stricter than the others." in page


def test_every_other_ranking_that_gives_other_winners_is_listed(judged, contest, organizer, sign_in):
    found = computed(contest, organizer, "mean").explanation
    criteria = len(contest.rounds[0].criteria)
    assert found["tried"] == len(STRICTNESS) + 3 * criteria + len(results.METHODS) - 2  # itself, and sums
    assert found["top"] == sum(award.quantity for award in contest.awards)
    by_model = next(one for one in found["variations"] if one["name"] == "calibrated")
    assert (by_model["kind"], len(by_model["enters"]), len(by_model["leaves"])) == ("method", 1, 1)

    page = sign_in(organizer).get(f"/manage/{contest.slug}/results").text
    titles = {entry.public_id: entry.title for entry in judged}
    comes, falls = titles[by_model["enters"][0]], titles[by_model["leaves"][0]]
    assert f"by the method “Calibrated ranking”: in comes {comes}; out falls {falls}" in page

    below, codes = f"/manage/{contest.slug}/export", {entry.public_id: entry.code for entry in judged}
    rows = json.loads(sign_in(organizer).get(f"{below}/sensitivity.json").text)
    assert len(rows) == len(found["variations"])
    assert {"kind": "method", "name": "calibrated", "comes_in": codes[by_model["enters"][0]],
            "falls_out": codes[by_model["leaves"][0]]} in rows  # fmt: skip
    for form, start in (("csv", b"\xef\xbb\xbfkind,name,comes_in,falls_out"), ("xlsx", b"PK")):
        assert sign_in(organizer).get(f"{below}/sensitivity.{form}").data.startswith(start)
    assert sign_in(judged[0].team.members[0].user).get(f"{below}/sensitivity.csv").status_code == 404


def test_what_is_kept_from_somebody_is_in_no_explanation_they_see(judged, contest, organizer):
    member = judged[0].team.members[0].user
    with transaction() as s:
        s.add(ContestStaff(contest_id=contest.id, user_id=member.id, role=StaffRole.ORGANIZER, since=clock.now()))
    computed(contest, organizer, "calibrated")
    kept = queries.seen_by(member.as_actor(), contest).result_set
    whole = db.session().query(ResultSet).filter_by(left_out="").one()
    assert judged[0].public_id in json.dumps(whole.explanation) + json.dumps([r.entry.public_id for r in whole.rows])
    assert kept.explanation["tried"] > 0
    assert judged[0].public_id not in json.dumps(kept.explanation)


OF_JURORS = ("strict", "lenient", "less", "more", "narrow", "wide")


@pytest.mark.parametrize("kind", [*OF_JURORS, "few", "vague", "known", "rare", "missing", "unjudged"])
@pytest.mark.parametrize("locale", ["kk", "ru", "en"])
def test_every_reason_has_words(app, kind, locale):
    told = {"kind": kind, "jurors": ["j1", "j2"], "points": 1.2, "entry": ""}
    with app.test_request_context(f"/?lang={locale}"):
        own, other = words.reasons_said({"reasons": [told, told | {"entry": "e1"}]}, {"e1": "The Well"})
    assert own.endswith(".")
    assert ("j1, j2" in own) == (kind in OF_JURORS)
    assert other.endswith(own)
    assert "The Well" in other


def test_what_is_said_of_an_entry_that_the_reader_does_not_see_is_left_out(app):
    told = {"kind": "few", "jurors": [], "points": None}
    with app.test_request_context("/?lang=en"):
        assert words.reasons_said({"reasons": [told | {"entry": "e1"}, told | {"entry": ""}]}, {"e2": "The Well"}) == [
            "Few sheets: the score stays closer to the middle."
        ]
        assert words.reasons_said({"reasons": [told | {"entry": "e1"}]}, {}) == ["Other entries moved."]
        assert words.reasons_said(None, {}) == []


def test_staff_and_the_chair_see_how_each_juror_marks_and_nobody_else_does(judged, contest, organizer, sign_in):
    found = computed(contest, organizer, "calibrated")
    panel = judging_queries.jurors_of(contest)
    strict, chair = panel[0], panel[-1]
    with transaction() as s:
        s.merge(chair).is_chair = True
    address = f"/manage/{contest.slug}/results/jurors"
    for reader in (organizer, chair.user):
        page = sign_in(reader).get(address).text.split("<tbody>")[1]
        names = [juror.user.name for juror in panel]
        assert sorted(names, key=page.index)[0] == strict.user.name
        assert page.count('class="span"') == len(panel)

    known_as = next(name for name, public_id in found.jurors.items() if public_id == strict.public_id)
    card = next(card for card in found.explanation["cards"] if card["juror_id"] == known_as)
    assert card["severity_hi"] < 0
    assert set(found.explanation["agreement"]) == {"", *(one.key for one in contest.rounds[0].criteria)}
    for other in (strict.user, judged[0].team.members[0].user, make_user()):
        assert sign_in(other).get(address).status_code == 404
    assert strict.public_id not in json.dumps(found.snapshot)


def test_a_chair_with_an_entry_reads_cards_in_which_it_does_not_count(judged, contest, organizer, sign_in):
    member = judged[0].team.members[0].user
    seat(contest, member, is_chair=True)
    computed(contest, organizer, "calibrated")
    kept = queries.newest_result_set(contest, queries.kept_from(member.as_actor(), contest))
    whole = queries.newest_result_set(contest)
    sheets = [sum(card["sheets"] for card in one.explanation["cards"]) for one in (whole, kept)]
    assert sheets[0] - sheets[1] == 2
    for announced_at in (None, clock.now()):
        with transaction() as s:
            s.merge(contest).announced_at = announced_at
        page = sign_in(member).get(f"/manage/{contest.slug}/results/jurors").text
        assert "Entries in which you have a part are left out." in page
        assert not re.search(r"\bj\d\b", page)  # in the published ranking these names stand beside marks


def test_what_cannot_be_explained_is_said(judged, contest, organizer, sign_in, monkeypatch):
    from creative_platform.results import engine  # noqa: PLC0415 -- as the worker loads it

    monkeypatch.setattr(engine, "explain", lambda snapshot: 1 / 0)
    results.compute_results(organizer.as_actor(), contest, "mean")
    browser = sign_in(organizer)
    for _ in range(4):
        queue.work_off()
        with transaction() as s:
            s.execute(update(queue.Job).values(due_at=clock.now()))
        sweeping.hand_over_again()
    assert "The cards could not be computed" in browser.get(f"/manage/{contest.slug}/results/jurors").text
    assert browser.get(f"/manage/{contest.slug}/results").status_code == 200


@pytest.mark.parametrize("locale", ["kk", "ru", "en"])
def test_every_flag_asks_something(app, locale):
    flags = ("few-sheets", "few-values", "hardly-discriminates", "noisy", "own-region")
    home = {"own_region_effect": 1.5}
    sooner = {"sooner": [{"entry": "e", "took_s": 40, "lasts_s": 360}], "with_media": 3}
    drifts = [
        {"points": points, "lo": points - 1, "hi": points + 1, "sure": abs(points) > 1} for points in (2, -2, 0.5)
    ]
    with app.test_request_context(f"/?lang={locale}"):
        asked = [words.questions_of({"flags": flags, "drift": drift, "pace": sooner, **home}) for drift in drifts]
        none = words.questions_of({"flags": [], "drift": None, "pace": {"sooner": [], "with_media": 0}, **home})
    assert ([len(one) for one in asked], none) == ([7, 7, 6], [])
    assert len(set(asked[0]) | set(asked[1])) == 8
