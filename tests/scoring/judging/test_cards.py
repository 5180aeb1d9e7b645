"""Juror cards and agreement: published reference values, and what a chair needs to see."""

import numpy as np
import pytest

from scoring.judging import Entry, Juror, Rubric, Scoresheet
from scoring.judging.agreement import alpha_interval, criteria_agreement, krippendorff_alpha
from scoring.judging.cards import juror_cards
from scoring.judging.panel import make_panel
from tests.bench.judging.contest import RUBRIC
from tests.bench.judging.linear import TYPICAL, linear

# Krippendorff (2011), Computing Krippendorff's alpha-reliability, section C: four observers, twelve units.
OBSERVERS = [
    [1, 2, 3, 3, 2, 1, 4, 1, 2, None, None, None],
    [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, None, 3],
    [None, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, None],
    [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, None],
]


def test_alpha_equals_the_published_value():
    values = np.array(OBSERVERS, dtype=float)
    units = np.tile(np.arange(12), (4, 1))

    assert krippendorff_alpha(units.ravel(), values.ravel()) == pytest.approx(0.849, abs=5e-4)


def test_alpha_equals_the_coincidences_of_all_pairs():
    rng = np.random.default_rng(1)
    unit = rng.integers(0, 12, 40)
    values = rng.integers(1, 6, 40) + 0.0
    size = np.bincount(unit, minlength=12)
    kept = size[unit] >= 2
    u, v = unit[kept], values[kept]
    pairs = (v[:, None] - v[None, :]) ** 2
    observed = (pairs * (u[:, None] == u[None, :]) / (size[u] - 1)[:, None]).sum() / len(v)
    expected = pairs.sum() / (len(v) * (len(v) - 1))

    assert krippendorff_alpha(unit, values) == pytest.approx(1 - observed / expected, abs=1e-12)


def test_alpha_is_undefined_without_pairs_or_differences():
    assert krippendorff_alpha(np.array([0, 1]), np.array([1.0, 2.0])) is None
    assert krippendorff_alpha(np.array([0, 0]), np.array([2.0, 2.0])) is None
    assert krippendorff_alpha(np.array([0, 0]), np.array([2.0, np.nan])) is None
    assert krippendorff_alpha(np.array([], dtype=int), np.array([])) is None
    assert alpha_interval(np.array([0, 1]), np.array([1.0, 2.0]), 0) is None


def test_alpha_of_one_entry_cannot_be_told_however_its_marks_are():
    """Within one unit observed and expected disagreement are the same sum: 0 would say "as by lot" of any marks."""
    for values in ([9.0, 9.5, 9.0], [1.0, 10.0, 5.0]):
        assert krippendorff_alpha(np.zeros(3, dtype=int), np.array(values)) is None
        alone = np.array([0, 0, 0, 1])  # a second entry of one sheet is no second unit
        assert krippendorff_alpha(alone, np.array([*values, 7.0])) is None
        assert alpha_interval(alone, np.array([*values, 7.0]), 0) is None
    one_juror = [Scoresheet(entry, "j", {"idea": mark}) for entry, mark in (("a", 9), ("b", 4))]
    panel = make_panel(one_juror, [Entry("a"), Entry("b")], [Juror("j")], Rubric({"idea": 1}))
    assert criteria_agreement(panel) == {"": None, "idea": None}


def test_the_interval_of_two_entries_is_too_wide_to_conclude_from():
    unit, values = np.array([0, 0, 1, 1]), np.array([8.0, 9.0, 4.0, 6.0])
    assert krippendorff_alpha(unit, values) == pytest.approx(1 - (5 / 2) / (2 * 14.75 / 3))
    low, high = alpha_interval(unit, values, 0)
    assert high - low >= 1.0  # the page says from here on that nothing follows from it


def test_criteria_agreement_holds_alpha_in_its_interval():
    contest = linear(TYPICAL, 4, 3)
    found = criteria_agreement(make_panel(contest.sheets(), contest.entries, contest.jurors, RUBRIC))

    assert list(found) == ["", "idea", "craft", "feeling", "form", "benefit"]
    assert all(low < alpha < high for alpha, low, high in found.values())


def test_cards_flag_careless_jurors_and_hardly_anyone_else():
    true, false, careless = 0, 0, 0
    for seed in range(8):
        contest = linear(TYPICAL, 5, 40 + seed)
        cards = juror_cards(make_panel(contest.sheets(), contest.entries, contest.jurors, RUBRIC))
        flagged = np.array(["hardly-discriminates" in card.flags for card in cards])
        careless += contest.careless.sum()
        true, false = true + (flagged & contest.careless).sum(), false + (flagged & ~contest.careless).sum()

    assert careless >= 8
    assert true == careless
    assert false <= 2


def test_cards_count_sheets_values_and_missing_marks():
    sheets = [Scoresheet(f"e{i}", "x", {"a": 1 + i % 2, "b": None if i == 0 else 2}) for i in range(6)]
    sheets.append(Scoresheet("e0", "y", {"a": 9}))
    panel = make_panel(
        sheets, [Entry(f"e{i}") for i in range(6)], [Juror("x"), Juror("y"), Juror("z")], Rubric({"a": 1, "b": 1})
    )

    x, y, z = juror_cards(panel)

    assert (x.sheets, x.missing, x.values_used, "few-values" in x.flags) == (6, 1, 2, True)
    assert (y.sheets, y.missing, y.values_used) == (1, 1, 1)
    assert "few-sheets" in y.flags
    assert x.severity_lo < x.severity < x.severity_hi
    assert x.severity < y.severity
    assert (z.sheets, z.severity, z.reliability, z.own_region_effect, z.flags) == (0, None, None, None, ("few-sheets",))


def test_cards_show_favour_for_the_own_region():
    rng = np.random.default_rng(2)
    entries = [Entry(f"e{i:02}", region="r" if i % 3 == 0 else "s") for i in range(60)]
    jurors = [Juror("friend", region="r"), *(Juror(f"j{k}", region="t") for k in range(5))]
    quality = rng.standard_normal(60)
    sheets = [
        Scoresheet(e.entry_id, j.juror_id,
                   {"a": float(np.clip(50 + 10 * quality[i] + 12 * (e.region == j.region) + 4 * rng.standard_normal(),
                                       0, 100))})
        for i, e in enumerate(entries) for j in jurors
    ]  # fmt: skip

    friend, *others = juror_cards(make_panel(sheets, entries, jurors, Rubric({"a": 1}, (0, 100))))

    assert friend.own_region_effect > 6
    assert "own-region" in friend.flags
    assert {card.own_region_effect for card in others} == {None}


def test_cards_ask_nobody_about_a_favour_that_nobody_did():
    rng = np.random.default_rng(5)
    surprises, flagged = [], 0
    for _ in range(40):
        entries = [Entry(f"e{i}", region=f"r{rng.integers(5)}") for i in range(18)]
        jurors = [Juror(f"j{j}", region=f"r{j}") for j in range(3)]
        quality, severity = rng.standard_normal(18), 0.6 * rng.standard_normal(3)
        sheets = [
            Scoresheet(e.entry_id, j.juror_id, {"a": float(quality[n] + severity[m] + 0.8 * rng.standard_normal())})
            for n, e in enumerate(entries) for m, j in enumerate(jurors)
        ]  # fmt: skip
        for card in juror_cards(make_panel(sheets, entries, jurors, Rubric({"a": 1}, (-10, 10)))):
            if card.own_region_effect is not None:
                surprises.append(card.own_region_effect / card.own_region_sd)
                flagged += "own-region" in card.flags

    assert len(surprises) > 100
    # Without the uncertainty of average, severities and qualities it was 1.8.
    assert np.std(surprises) < 1.1
    assert flagged < 0.06 * len(surprises)


def test_one_sheet_of_the_own_region_says_little():
    entries, jurors = [Entry("e", region="r")], [Juror("x", region="r"), Juror("y", region="s")]
    sheets = [Scoresheet("e", "x", {"a": 8}), Scoresheet("e", "y", {"a": 5})]

    x, y = juror_cards(make_panel(sheets, entries, jurors, Rubric({"a": 1})))

    assert 0 < x.own_region_effect < 2 * x.own_region_sd
    assert x.flags == ("few-sheets",)
    assert y.own_region_effect is None
