"""What holds for every panel: no NaN, no order of the input, the same bytes, certainty that copies cannot buy."""

import json
import math
from dataclasses import asdict

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scoring.judging import METHODS, Entry, Juror, Rubric, Scoresheet, assign, canonical_json, rank
from scoring.judging.calibrated import calibrate
from scoring.judging.panel import make_panel
from tests.bench.judging.contest import RUBRIC as CONTEST_RUBRIC
from tests.bench.judging.linear import Linear, linear

RUBRIC = Rubric({"idea": 2, "craft": 1}, (0, 5))
MARK = st.one_of(st.none(), st.integers(0, 5).map(float), st.floats(0, 5))


@st.composite
def panels(draw):
    n, m = draw(st.integers(1, 9)), draw(st.integers(1, 5))
    entries = [Entry(f"e{i}", draw(st.sampled_from("tu")), draw(st.sampled_from(["", "r"]))) for i in range(n)]
    jurors = [
        Juror(f"j{j}", draw(st.sampled_from(["", "r"])), tuple(draw(st.sets(st.sampled_from("tu"))))) for j in range(m)
    ]
    pairs = draw(st.sets(st.tuples(st.integers(0, n - 1), st.integers(0, m - 1))))
    sheets = [Scoresheet(f"e{i}", f"j{j}", {"idea": draw(MARK), "craft": draw(MARK)}) for i, j in sorted(pairs)]
    return sheets, entries, jurors


def as_bytes(ranking):
    return canonical_json([asdict(line) for line in ranking.entries])


@settings(deadline=None, max_examples=60)
@given(panels(), st.sampled_from(METHODS), st.randoms(use_true_random=False))
def test_rank_is_finite_complete_and_blind_to_the_order_of_the_input(panel, method, lot):
    sheets, entries, jurors = panel
    ranking = rank(sheets, entries, jurors, RUBRIC, method=method, top=2, seed=1)
    mixed = [lot.sample(part, len(part)) for part in panel]

    assert as_bytes(rank(*mixed, RUBRIC, method=method, top=2, seed=1)) == as_bytes(ranking)
    assert sorted(line.entry_id for line in ranking.entries) == [entry.entry_id for entry in entries]
    for line in json.loads(as_bytes(ranking)):
        assert all(math.isfinite(value) for value in line.values() if isinstance(value, int | float))
    assert sum(line.p_top for line in ranking.entries) == pytest.approx(min(2, len(entries)), abs=1e-4)
    assert [line.band for line in ranking.entries] == sorted(line.band for line in ranking.entries)


def lowered(setting, reviews, seed):
    """Raise one mark by one step in a whole contest; tell whether the entry's place got worse in the full fit."""
    contest = linear(setting, reviews, seed)
    panel = make_panel(contest.sheets(), contest.entries, contest.jurors, CONTEST_RUBRIC)
    rng = np.random.default_rng(seed)
    sheet, criterion = int(rng.integers(len(panel.total))), int(rng.integers(panel.marks.shape[1]))
    if not panel.marks[sheet, criterion] < panel.scale[1]:
        return None
    place = [0, 0]
    for step in (0, 1):
        panel.marks[sheet, criterion] += step
        panel.total[:] = panel.marks @ panel.weights
        quality = np.round(calibrate(panel).quality, 6)
        place[step] = int((quality > quality[panel.entry[sheet]]).sum())
    return place[1] > place[0]


def test_raising_a_mark_does_not_lower_the_entry_in_the_full_fit():
    found = [lowered(Linear(entries=40, jurors=10), 4, seed) for seed in range(30)]

    assert not any(found)


@pytest.mark.parametrize("seed", [1397, 1404, 1458, 2764, 2994])
def test_a_juror_who_seems_to_mark_in_reverse_counts_for_little_and_never_against(seed):
    """In these panels a careless juror's marks fall with quality by chance: taken at that, more would be less."""
    assert lowered(Linear(entries=40, jurors=10), 4, seed) is False


def test_nine_copies_of_a_juror_buy_neither_certainty_nor_places():
    """Ten names, one voice: intervals must not shrink as they would for ten jurors, and the order hardly moves."""
    contest = linear(Linear(entries=60, jurors=8, careless=0.0), 3, 5)
    sheets, first = contest.sheets(), contest.jurors[0]
    copies = [Juror(f"copy{n}", first.region, first.expert_tracks) for n in range(9)]
    more = [
        Scoresheet(s.entry_id, copy.juror_id, s.marks)
        for s in sheets
        if s.juror_id == first.juror_id
        for copy in copies
    ]

    before = rank(sheets, contest.entries, contest.jurors, CONTEST_RUBRIC, seed=1)
    after = rank([*sheets, *more], contest.entries, [*contest.jurors, *copies], CONTEST_RUBRIC, seed=1)

    def width(ranking):
        return np.mean([line.rank_hi - line.rank_lo for line in ranking.entries])

    places = {line.entry_id: line.rank for line in before.entries}
    assert width(after) > 0.9 * width(before)
    assert np.mean([abs(line.rank - places[line.entry_id]) for line in after.entries]) < 1.5


@settings(deadline=None, max_examples=100)
@given(st.integers(1, 25), st.integers(2, 9), st.integers(1, 3), st.integers(0, 2**32))
def test_assign_is_within_one_and_complete_whenever_only_numbers_count(n, m, reviews, seed):
    if reviews > m:
        return
    plan = assign([Entry(f"e{i}") for i in range(n)], [Juror(f"j{j}") for j in range(m)], reviews=reviews, seed=seed)

    assert len(plan.pairs) == n * reviews
    assert max(plan.loads.values()) - min(plan.loads.values()) <= 1
