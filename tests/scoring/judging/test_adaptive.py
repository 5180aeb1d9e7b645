"""The next reviews: the minimum first, then the cut; nobody in conflict, nobody overloaded."""

from collections import Counter

import pytest

from scoring.errors import InvalidOption
from scoring.judging import Entry, Juror, Rubric, Scoresheet, next_reviews
from tests.bench.judging.contest import RUBRIC
from tests.bench.judging.linear import TYPICAL, linear


def test_next_brings_everyone_to_the_minimum_first():
    contest = linear(TYPICAL, 1, 1)

    chosen = next_reviews(contest.sheets(), contest.entries, contest.jurors, RUBRIC, per_batch=200, min_reviews=2)

    assert sorted(review.entry_id for review in chosen) == [entry.entry_id for entry in contest.entries]
    assert all("below the minimum" in review.reason for review in chosen)


def test_next_asks_about_entries_near_the_cut():
    contest = linear(TYPICAL, 4, 2)

    chosen = next_reviews(contest.sheets(), contest.entries, contest.jurors, RUBRIC, per_batch=20)

    places = [int(review.reason.split("place ")[1].split(",")[0]) for review in chosen]
    assert max(places) <= 60
    assert sum(place <= 25 for place in places) >= 15
    assert all(review.gain > 0 for review in chosen)


def test_next_keeps_conflicts_loads_and_pairs_that_exist():
    contest = linear(TYPICAL, 2, 3)
    done = {(contest.entries[e].entry_id, contest.jurors[j].juror_id) for e, j in contest.pairs}
    conflicts = {(e.entry_id, j.juror_id) for n, e in enumerate(contest.entries) for j in contest.jurors[n % 3 :: 3]}

    chosen = next_reviews(contest.sheets(), contest.entries, contest.jurors, RUBRIC, per_batch=120, conflicts=conflicts)

    pairs = [(review.entry_id, review.juror_id) for review in chosen]
    assert len(set(pairs)) == 120
    assert not set(pairs) & (done | conflicts)
    load = Counter(juror for _, juror in [*done, *pairs])
    assert max(load.values()) <= 1.6 * (400 + 120) / 30 + 1


def test_next_takes_pending_reviews_for_given():
    entries, jurors = [Entry("a"), Entry("b")], [Juror("x"), Juror("y")]
    options = {"rubric": Rubric({"idea": 1}), "per_batch": 9, "min_reviews": 1}

    chosen = next_reviews([], entries, jurors, **options, pending=[("a", "x")])

    assert chosen[0].entry_id == "b"
    assert {(review.entry_id, review.juror_id) for review in chosen} == {("a", "y"), ("b", "x"), ("b", "y")}


def test_next_stops_when_nobody_is_free():
    sheets = [Scoresheet("a", "x", {"idea": 5})]

    assert next_reviews(sheets, [Entry("a")], [Juror("x")], Rubric({"idea": 1}), per_batch=3) == ()
    assert next_reviews([], [], [], Rubric({"idea": 1}), per_batch=3) == ()
    with pytest.raises(InvalidOption, match="per_batch"):
        next_reviews(sheets, [Entry("a")], [Juror("x")], Rubric({"idea": 1}), per_batch=0)


def test_next_does_not_depend_on_the_order_of_the_input():
    contest = linear(TYPICAL, 3, 4)
    sheets = contest.sheets()

    forward = next_reviews(sheets, contest.entries, contest.jurors, RUBRIC, per_batch=15)

    assert forward == next_reviews(sheets[::-1], contest.entries[::-1], contest.jurors[::-1], RUBRIC, per_batch=15)
