"""Methods without a model have defined answers on the smallest and strangest panels."""

import math

import numpy as np
import pytest

from scoring.errors import DuplicateRecord, InvalidMark, InvalidOption, InvalidRubric, UnknownReference
from scoring.judging import METHODS, Entry, Juror, Rubric, Scoresheet, rank

RUBRIC = Rubric({"idea": 3, "craft": 1}, (1, 10))


def sheets(*rows):
    return [Scoresheet(entry, juror, {"idea": idea, "craft": craft}) for entry, juror, idea, craft in rows]


def ranked(rows, entries, jurors, method, **options):
    lines = rank(sheets(*rows), map(Entry, entries), map(Juror, jurors), RUBRIC, method=method, **options).entries
    return [(line.entry_id, line.rank, line.score) for line in lines]


def test_mean_weights_criteria_and_leaves_out_missing_marks():
    rows = [("a", "x", 8, 4), ("b", "x", 6, None)]

    assert ranked(rows, "ab", "x", "mean") == [("a", 1, 7.0), ("b", 2, 6.0)]


def test_trimmed_leaves_out_extremes_from_four_sheets_on():
    rows = [("a", j, m, m) for j, m in zip("wxyz", (1, 5, 6, 10), strict=True)] + [("b", "w", 1, 1), ("b", "x", 9, 9)]

    assert ranked(rows, "ab", "wxyz", "trimmed") == [("a", 1, 5.5), ("b", 2, 5.0)]


def test_sum_adds_the_sheets_up():
    rows = [("a", "x", 4, 4), ("a", "y", 3, 3), ("b", "x", 6, 6)]

    assert ranked(rows, "ab", "xy", "sum") == [("a", 1, 7.0), ("b", 2, 6.0)]


def test_zscore_takes_a_strict_juror_for_strict():
    # By the mean b wins (8 against 7); among the strict juror's entries a is the best.
    rows = [("a", "strict", 7, 7), ("c", "strict", 1, 1), ("b", "mild", 8, 8), ("d", "mild", 10, 10)]

    assert [line[0] for line in ranked(rows, "abcd", ["strict", "mild"], "mean")] == ["d", "b", "a", "c"]
    assert ranked(rows, "abcd", ["strict", "mild"], "zscore")[:2] == [
        ("a", 1, pytest.approx(9.854102)),
        ("d", 1, pytest.approx(9.854102)),
    ]


def test_zscore_of_a_juror_with_one_sheet_or_one_value_is_the_middle():
    rows = [("a", "x", 3, 3), ("b", "y", 9, 9), ("a", "y", 9, 9)]

    assert [score for _, _, score in ranked(rows, "ab", "xy", "zscore")] == [7.0, 7.0]


@pytest.mark.parametrize("method", METHODS)
def test_rank_of_equal_entries_is_shared_with_equal_chances(method):
    rows = [(entry, juror, 5, 5) for entry in "abcd" for juror in "xy"]

    lines = rank(sheets(*rows), map(Entry, "abcd"), map(Juror, "xy"), RUBRIC, method=method, top=1).entries

    assert [line.rank for line in lines] == [1, 1, 1, 1]
    assert {line.band for line in lines} == {1}
    assert all(0.15 < line.p_top < 0.35 for line in lines)


@pytest.mark.parametrize("method", METHODS)
def test_rank_of_one_entry_by_one_juror(method):
    (line,) = rank(sheets(("a", "x", 5, 5)), [Entry("a")], [Juror("x")], RUBRIC, method=method).entries

    assert (line.rank, line.score, line.raw_mean, line.reviews, line.p_top, line.rank_lo, line.rank_hi, line.band) == (
        1, 5.0, 5.0, 1, 1.0, 1, 1, 1,
    )  # fmt: skip


@pytest.mark.parametrize("method", METHODS)
def test_rank_without_any_sheet_or_entry(method):
    lines = rank([], map(Entry, "ab"), [Juror("x")], RUBRIC, method=method).entries

    assert [(line.entry_id, line.rank, line.reviews, line.raw_mean) for line in lines] == [
        ("a", 1, 0, None),
        ("b", 1, 0, None),
    ]
    assert rank([], [], [], RUBRIC, method=method).entries == ()


@pytest.mark.parametrize("method", METHODS)
def test_rank_has_no_nan_and_every_entry_once(method):
    rng = np.random.default_rng(5)
    rows = [(f"e{i}", f"j{j}", float(rng.integers(1, 11)), None) for i in range(12) for j in rng.permutation(5)[:2]]

    lines = rank(sheets(*rows), [Entry(f"e{i}") for i in range(14)], [Juror(f"j{j}") for j in range(5)], RUBRIC,
                 method=method).entries  # fmt: skip

    assert sorted(line.entry_id for line in lines) == sorted(f"e{i}" for i in range(14))
    assert [line.rank for line in lines] == sorted(line.rank for line in lines)
    for line in lines:
        assert math.isfinite(line.p_top + line.score_lo + line.score_hi + (line.score or 0))
        assert 1 <= line.rank_lo <= line.rank_hi <= 14


def test_rank_refuses_bad_input():
    one = sheets(("a", "x", 5, 5))
    entries, jurors = [Entry("a")], [Juror("x")]
    with pytest.raises(InvalidOption, match="known are calibrated, mean"):
        rank(one, entries, jurors, RUBRIC, method="median")
    with pytest.raises(InvalidOption, match="at least one entry"):
        rank(one, entries, jurors, RUBRIC, top=0)
    with pytest.raises(UnknownReference, match="the juror 'x'"):
        rank(one, entries, [], RUBRIC)
    with pytest.raises(UnknownReference, match="the entry 'a'"):
        rank(one, [], jurors, RUBRIC)
    with pytest.raises(DuplicateRecord, match="two sheets for entry 'a'"):
        rank(one * 2, entries, jurors, RUBRIC)
    with pytest.raises(DuplicateRecord, match="'a' is listed twice"):
        rank(one, entries * 2, jurors, RUBRIC)
    with pytest.raises(InvalidMark, match="nan is no mark"):
        rank(sheets(("a", "x", math.nan, 5)), entries, jurors, RUBRIC)
    with pytest.raises(InvalidMark, match="outside the scale 1 to 10"):
        rank(sheets(("a", "x", 11, 5)), entries, jurors, RUBRIC)
    with pytest.raises(InvalidMark, match="outside the scale 1 to 10"):
        rank(sheets(("a", "x", 10**400, 5)), entries, jurors, RUBRIC)


def test_rubric_refuses_what_defines_no_score():
    for weights, scale in [({}, (1, 10)), ({"a": 0}, (1, 10)), ({"a": -1}, (1, 10)), ({"a": math.inf}, (1, 10)),
                           ({"a": 1}, (5, 5)), ({"a": 1}, (1, math.nan)), ({"a": 1e308, "b": 1e308}, (1, 10)),
                           ({"a": 10**400}, (1, 10)), ({"a": 1}, (-1.7e308, 1.7e308)),
                           ({"a": 1}, (1, 10**400))]:  # fmt: skip
        with pytest.raises(InvalidRubric):
            Rubric(weights, scale)


def two_panels(lot, strictness):
    """Twelve entries in two panels of three jurors that share none; the second is stricter by so many points."""
    quality, rows = lot.normal(0, 1.2, 12), []
    for entry in range(12):
        for juror in range(3):
            mark = 6 + quality[entry] + lot.normal(0, 0.8) - strictness * (entry >= 6)
            rows.append((f"e{entry:02d}", f"{'ab'[entry >= 6]}{juror}", min(10, max(1, mark)), min(10, max(1, mark))))
    return quality, rows


@pytest.mark.parametrize("method", ["mean", "sum", "trimmed", "zscore", "zscore-shrunk"])
def test_rank_intervals_across_panels_cover_what_nothing_can_tell(method):
    lot, jurors = np.random.default_rng(5), [f"{panel}{n}" for panel in "ab" for n in range(3)]
    covered = {2: [], 3: []}
    for _ in range(25):
        quality, rows = two_panels(lot, lot.normal(0, 2))
        place = {f"e{n:02d}": int((quality > quality[n]).sum()) + 1 for n in range(12)}
        for version, found in covered.items():
            names = [f"e{n:02d}" for n in range(12)]
            ranking = rank(sheets(*rows), map(Entry, names), map(Juror, jurors), RUBRIC, method=method, version=version)
            found += [line.rank_lo <= place[line.entry_id] <= line.rank_hi for line in ranking.entries]
    assert np.mean(covered[3]) >= 0.88 > np.mean(covered[2])


def test_a_connected_jury_is_ranked_as_before():
    _, rows = two_panels(np.random.default_rng(1), 1)
    link = [*rows, ("e00", "b0", 6, 6)]
    names, jurors = [f"e{n:02d}" for n in range(12)], [f"{panel}{n}" for panel in "ab" for n in range(3)]
    for method in METHODS:
        before, now = (
            rank(sheets(*link), map(Entry, names), map(Juror, jurors), RUBRIC, method=method, version=v) for v in (2, 3)
        )
        assert before.entries == now.entries
    with pytest.raises(InvalidOption, match="unknown version 1"):
        rank(sheets(*link), map(Entry, names), map(Juror, jurors), RUBRIC, version=1)
