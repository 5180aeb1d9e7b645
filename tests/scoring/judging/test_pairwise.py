"""Duels between the statistically tied."""

import numpy as np
import pytest

from scoring.errors import InvalidOption, UnknownReference
from scoring.judging import Entry, Juror, Rubric, Scoresheet, pairwise, rank
from scoring.judging.pairwise import JOINTLY, Comparison, bradley_terry, score_by_duels
from scoring.judging.panel import make_panel

RUBRIC = Rubric({"idea": 1}, (1, 10))


def given(rows, entries="abcd", **options):
    """Rank by the duels of sheets (entry, juror, mark)."""
    sheets = [Scoresheet(e, j, {"idea": mark}) for e, j, mark in rows]
    jurors = [Juror(j) for j in sorted({j for _, j, _ in rows})]
    return rank(sheets, [Entry(e) for e in entries], jurors, RUBRIC, method="bradley-terry", **options)


def places(ranking):
    return {line.entry_id: line.rank for line in ranking.entries}


def test_duels_rank_by_strength_and_share_places():
    duels = [
        Comparison("a", "b", "a"),
        Comparison("b", "a", None),
        Comparison("c", "d", "d"),
        Comparison("d", "c", None),
    ]

    found = bradley_terry("abcde", duels)

    assert [(line.entry_id, line.rank, line.duels) for line in found] == [
        ("a", 1, 2), ("d", 1, 2), ("e", 3, 0), ("b", 4, 2), ("c", 4, 2),
    ]  # fmt: skip
    assert found[0].strength == -found[-1].strength > 0
    assert {line.band for line in found} == {1}


def test_duels_of_a_clear_winner_open_a_band_of_its_own():
    duels = [Comparison("a", other, "a") for other in "bcd" for _ in range(12)]

    found = bradley_terry("abcd", duels)

    assert (found[0].entry_id, found[0].rank_lo, found[0].rank_hi) == ("a", 1, 1)
    assert [line.band for line in found] == [1, 2, 2, 2]


def test_duels_do_not_depend_on_their_order_and_recover_strengths():
    rng = np.random.default_rng(3)
    true = np.linspace(-2, 2, 8)
    duels = []
    for _ in range(400):
        a, b = rng.choice(8, 2, replace=False)
        won = a if rng.random() < 1 / (1 + np.exp(true[b] - true[a])) else b
        duels.append(Comparison(f"e{a}", f"e{b}", f"e{won}"))
    names = [f"e{i}" for i in range(8)]

    forward = bradley_terry(names, duels)

    assert forward == bradley_terry(names[::-1], duels[::-1])
    strength = {line.entry_id: line.strength for line in forward}
    assert np.corrcoef([strength[name] for name in names], true)[0, 1] > 0.95


def test_duels_refuse_what_is_no_duel():
    assert bradley_terry([], []) == ()
    with pytest.raises(UnknownReference, match="'z'"):
        bradley_terry("ab", [Comparison("a", "z", "a")])
    for duel in (Comparison("a", "a", "a"), Comparison("a", "b", "c")):
        with pytest.raises(InvalidOption, match="cannot be won"):
            bradley_terry("abc", [duel])


def test_sheets_are_duels_within_each_juror():
    """The strict juror's order counts as much as the mild one's; by the mean b and d would lead."""
    rows = [("a", "strict", 3), ("c", "strict", 1), ("b", "mild", 8), ("d", "mild", 10)]

    ranking = given(rows)

    assert places(ranking) == {"a": 1, "d": 1, "b": 3, "c": 3}
    assert {line.entry_id: line.raw_mean for line in ranking.entries} == {"a": 3, "b": 8, "c": 1, "d": 10}
    assert ranking.notes == (
        "the jurors fall into 2 groups without a shared entry, so nothing tells strict jurors from weak entries: how "
        "entries of different groups compare is less sure",
    )


def test_sheets_give_what_the_same_duels_give():
    rows = [("a", "x", 9), ("b", "x", 7), ("c", "x", 7), ("b", "y", 4), ("d", "y", 5)]
    duels = [("a", "b", "a"), ("a", "c", "a"), ("b", "c", None), ("b", "d", "d")]
    strength = {line.entry_id: line.strength for line in bradley_terry("abcd", [Comparison(*duel) for duel in duels])}
    middle, spread = np.mean([m for *_, m in rows]), np.std([m for *_, m in rows])

    for line in given(rows).entries:
        expected = middle + spread * strength[line.entry_id] / np.sqrt(pairwise.PRIOR_VARIANCE)
        assert line.score == pytest.approx(expected, abs=3e-6)


def test_only_the_order_of_a_jurors_marks_counts():
    rng = np.random.default_rng(4)
    rows = [(f"e{i}", f"j{j}", float(rng.integers(2, 8))) for i in range(20) for j in rng.permutation(6)[:3]]
    bent = [(e, j, m**1.1 + (j == "j1")) for e, j, m in rows]
    entries = [f"e{i}" for i in range(20)]

    assert places(given(rows, entries)) == places(given(bent, entries))


def test_no_score_leaves_the_scale_however_much_jurors_agree():
    names = [f"e{number:02}" for number in range(40)]
    rows = [(name, f"j{juror}", 1.0 + 9 * place / 39) for place, name in enumerate(names) for juror in range(30)]

    ranking = given(rows, entries=names)

    assert [line.entry_id for line in ranking.entries] == names[::-1]
    assert {line.rank for line in ranking.entries} == set(range(1, 41))
    scores = [line.score for line in ranking.entries]
    assert 1 <= min(scores) < max(scores) <= 10


def test_duels_have_answers_where_nothing_can_be_compared():
    once = given([("a", "x", 9), ("b", "y", 2)], "abc").entries
    assert [(line.entry_id, line.rank, line.score) for line in once] == [("a", 1, 5.5), ("b", 1, 5.5), ("c", 3, None)]

    twice = [Scoresheet("a", "x", {"idea": m}, r) for m, r in ((3, "1"), (9, "2"))]
    (line,) = rank(twice, [Entry("a")], [Juror("x")], RUBRIC, method="bradley-terry").entries
    assert (line.rank, line.score, line.reviews) == (1, 6.0, 2)

    of_one_juror = given([(e, "x", m) for e, m in zip("abcd", (2, 4, 4, 9), strict=True)])
    assert places(of_one_juror) == {"d": 1, "b": 2, "c": 2, "a": 4}


def test_a_juror_with_hundreds_of_sheets_puts_each_against_a_hundred():
    names = [f"e{i:03}" for i in range(401)]
    panel = make_panel(
        [Scoresheet(e, "x", {"idea": 1 + 9 * n / 400}) for n, e in enumerate(names)],
        map(Entry, names),
        [Juror("x")],
        RUBRIC,
    )

    met = pairwise._wins(panel)

    assert met.nnz == 401 * 100
    assert (met + met.T).sum(axis=1) == pytest.approx(np.full(401, 100 * 4 / 101))
    # Of an even number the opposite one is met once: all pairs of four.
    assert (given([(e, "x", 5) for e in "abcd"])).entries[0].score == 5.0
    four = make_panel([Scoresheet(e, "x", {"idea": 5}) for e in "abcd"], map(Entry, "abcd"), [Juror("x")], RUBRIC)
    assert pairwise._wins(four).toarray().tolist() == (0.5 * (1 - np.eye(4))).tolist()


def test_draws_of_very_many_entries_are_about_as_wide(monkeypatch):
    rng = np.random.default_rng(6)
    names = [f"e{i:02}" for i in range(60)]
    sheets = [
        Scoresheet(e, f"j{j}", {"idea": float(rng.integers(1, 11))}) for e in names for j in rng.permutation(9)[:4]
    ]
    panel = make_panel(sheets, map(Entry, names), [Juror(f"j{j}") for j in range(9)], RUBRIC)
    jointly = score_by_duels(panel, 2000, 1).draws.std(axis=0)
    assert JOINTLY > 60
    monkeypatch.setattr(pairwise, "JOINTLY", 10)

    assert score_by_duels(panel, 2000, 1).draws.std(axis=0) == pytest.approx(jointly, rel=0.1)


def test_duels_of_ten_thousand_entries_take_seconds():
    rng = np.random.default_rng(7)
    names = [f"e{i:05}" for i in range(10_000)]
    quality = rng.standard_normal(10_000)
    sheets = [
        Scoresheet(e, f"j{j}", {"idea": float(np.clip(np.rint(5.5 + 2 * (quality[i] + rng.standard_normal())), 1, 10))})
        for i, e in enumerate(names)
        for j in rng.integers(0, 500, 3)
    ]
    sheets = list({(s.entry_id, s.juror_id): s for s in sheets}.values())
    panel = make_panel(sheets, map(Entry, names), [Juror(f"j{j}") for j in range(500)], RUBRIC)

    score = score_by_duels(panel).score

    assert np.isfinite(score).all()
    assert np.corrcoef(score, quality)[0, 1] > 0.65
