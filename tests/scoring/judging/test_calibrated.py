"""The calibrated model finds what the simulation put in, and answers on the strangest panels."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import truncnorm

from scoring.judging import Entry, Juror, Rubric, Scoresheet, rank
from scoring.judging.calibrated import calibrate, can_calibrate, posterior_draws
from scoring.judging.calibrated.copies import voices
from scoring.judging.calibrated.design import complete, make_design, moments, solve
from scoring.judging.calibrated.fit import above_zero
from scoring.judging.calibrated.posterior import draw_above_zero
from scoring.judging.panel import make_panel
from scoring.judging.uncertainty import summarise

RUBRIC = Rubric({"idea": 1}, (0, 100))


def simulated(seed, n=150, m=20, reviews=6, severity=None, a=None, noise=None, favour=0.0, rough=1.0):
    rng = np.random.default_rng(seed)
    quality = rng.standard_normal(n)
    severity = 0.8 * rng.standard_normal(m) if severity is None else severity
    a, noise = np.ones(m) if a is None else a, np.full(m, 0.6) if noise is None else noise
    entries = [Entry(f"e{i:03}", track=f"t{i % 2}", region=f"r{i % 4}") for i in range(n)]
    jurors = [Juror(f"j{j:02}", region=f"r{j % 4}", expert_tracks=(f"t{j % 2}",)) for j in range(m)]
    sheets = []
    for i in range(n):
        for j in rng.permutation(m)[:reviews]:
            sd = noise[j] * (rough if i % 2 != j % 2 else 1.0)
            z = severity[j] + favour * (i % 4 == j % 4) + a[j] * quality[i] + sd * rng.standard_normal()
            sheets.append(Scoresheet(entries[i].entry_id, jurors[j].juror_id, {"idea": np.clip(50 + 12 * z, 0, 100)}))
    return make_panel(sheets, entries, jurors, RUBRIC), quality, severity


def test_calibrate_finds_severity_and_quality():
    panel, quality, severity = simulated(1)

    fit = calibrate(panel)

    assert np.corrcoef(fit.quality, quality)[0, 1] > 0.95
    assert np.corrcoef(fit.severity, severity)[0, 1] > 0.97
    assert (
        np.mean(np.abs(fit.severity - 12 * (severity - severity.mean()) - fit.severity.mean()) < 2 * fit.severity_sd)
        > 0.8
    )


def test_calibrate_tells_jurors_who_do_not_look_from_those_who_do():
    a = np.ones(20)
    a[:3] = 0.0
    panel, _, _ = simulated(2, a=a, noise=np.where(a == 0, 0.3, 0.6))

    fit = calibrate(panel)

    assert fit.discrimination[:3].max() < 0.3 < 0.7 < fit.discrimination[3:].min()
    assert fit.reliability[:3].max() < 0.3 < fit.reliability[3:].min()


def test_calibrate_finds_favour_for_the_own_region_and_rough_non_experts():
    panel, _, _ = simulated(3, favour=0.5, rough=2.0)

    fit = calibrate(panel)

    assert 3.5 < fit.own_region < 8.0
    assert 1.6 < fit.non_expert < 2.4


def test_calibrate_is_exact_for_given_jurors():
    """The sparse solution equals the dense normal equations, and its moments the inverse of their matrix."""
    panel, _, _ = simulated(4, n=12, m=5, reviews=3)
    design = make_design(panel)
    rng = np.random.default_rng(0)
    a, weight = rng.uniform(0.5, 1.5, 5), rng.uniform(0.5, 2.0, 36)
    rows = np.zeros((36, 17))
    rows[np.arange(36), design.juror] = 1.0
    rows[np.arange(36), 5 + design.entry] = a[design.juror]
    precision = rows.T @ (weight[:, None] * rows) + np.diag([1 / 0.3] * 5 + [1 / 0.7] * 12)
    mean, covariance = np.linalg.solve(precision, rows.T @ (weight * design.y)), np.linalg.inv(precision)

    system = solve(design, design.y, weight, a, np.zeros(5), 0.7, 0.3)
    second = moments(design, system)

    np.testing.assert_allclose(system.b_mean, mean[:5], atol=1e-10)
    np.testing.assert_allclose(system.quality(system.b_mean), mean[5:], atol=1e-10)
    np.testing.assert_allclose(second.b_var, np.diag(covariance)[:5], atol=1e-10)
    np.testing.assert_allclose(second.u_var, np.diag(covariance)[5:], atol=1e-10)
    np.testing.assert_allclose(second.cross, covariance[design.juror, 5 + design.entry], atol=1e-10)


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 2**32), st.integers(0, 35), st.integers(0, 5), st.floats(0.01, 4.0))
def test_with_jurors_held_fixed_no_mark_harms_and_no_shift_matters(seed, sheet, juror, step):
    """Whatever the discriminations and noises: a higher mark lifts its entry, a juror's shift moves nobody."""
    panel, _, _ = simulated(seed, n=12, m=6, reviews=3)
    design = make_design(panel)
    rng = np.random.default_rng(seed)
    weight, a, none = rng.uniform(0.1, 5.0, 36), rng.uniform(0.05, 2.5, 6), np.zeros(6)
    lam, flat = rng.uniform(0.1, 2.0), 1e9
    raised, shifted = design.y + step * (np.arange(36) == sheet), design.y + step * (design.juror == juror)

    before, after, moved = (solve(design, y, weight, a, none, lam, flat) for y in (design.y, raised, shifted))

    quality = before.quality(before.b_mean)
    assert (after.quality(after.b_mean) - quality)[design.entry[sheet]] > 0
    np.testing.assert_allclose(moved.quality(moved.b_mean), quality, atol=1e-6)
    # With the severities held fixed as well, nobody else moves.
    others = np.arange(12) != design.entry[sheet]
    np.testing.assert_array_equal(after.quality(before.b_mean)[others], quality[others])


def test_no_discrimination_is_below_zero_and_what_is_left_is_the_truncated_normal():
    mean, var = np.array([2.0, 0.5, 0.0, -0.7, -6.0, -60.0]), np.array([0.04, 0.25, 0.09, 0.16, 1.0, 1.0])
    a, a_var = above_zero(mean, var)
    sd = np.sqrt(var)
    reference = truncnorm(-mean / sd, np.inf, loc=mean, scale=sd)

    np.testing.assert_allclose(a[:5], reference.mean()[:5], rtol=1e-9)
    np.testing.assert_allclose(a_var[:5], reference.var()[:5], rtol=1e-6)
    assert 0 <= a[5] < 0.05
    rng = np.random.default_rng(1)
    drawn = np.array([draw_above_zero(mean, sd, rng) for _ in range(20_000)])
    assert drawn.min() >= 0
    assert np.isfinite(drawn).all()
    np.testing.assert_allclose(drawn.mean(axis=0)[:5], a[:5], rtol=0.03)


def test_a_raised_mark_has_a_higher_normal_score_and_no_other_has():
    panel, _, _ = simulated(9, n=12, m=6, reviews=3)
    panel.total[:] = np.round(panel.total / 5)
    before = make_design(panel)
    panel.total[4] += 1

    after = make_design(panel)

    gain = (after.y - before.y) - np.median(after.y - before.y)
    assert gain[4] == gain.max() > 0.05
    assert np.delete(gain, 4).max() < 0.05


def test_posterior_intervals_cover_the_truth_as_often_as_they_say():
    inside, brier = [], []
    for seed in range(6):
        panel, quality, _ = simulated(100 + seed, n=100, m=15, reviews=4)
        certainty = summarise(posterior_draws(calibrate(panel), 500, 1), 10)
        rank_of = (-quality).argsort().argsort() + 1
        inside.append(((certainty.rank_lo <= rank_of) & (rank_of <= certainty.rank_hi)).mean())
        brier.append(((certainty.p_top - (rank_of <= 10)) ** 2).mean())

    assert 0.86 < np.mean(inside) < 0.95
    assert np.mean(brier) < 0.05


def test_posterior_draws_are_the_same_for_a_seed():
    panel, _, _ = simulated(5, n=30, m=6, reviews=3)
    fit = calibrate(panel)

    assert posterior_draws(fit, 25, 3).tobytes() == posterior_draws(fit, 25, 3).tobytes()
    assert posterior_draws(fit, 25, 3).shape == (25, 30)
    assert posterior_draws(fit, 25, 3).tobytes() != posterior_draws(fit, 25, 4).tobytes()


def test_complete_predicts_missing_marks_from_the_sheet_and_counts_them_less():
    rng = np.random.default_rng(6)
    whole = rng.integers(2, 8, 200) + 0.0
    rubric = Rubric({"x": 1, "y": 1}, (0, 10))
    sheets = [
        Scoresheet(f"e{i:03}", "j", {"x": v, "y": None if i % 4 == 0 else v + 1 + 0.1 * rng.standard_normal()})
        for i, v in enumerate(whole)
    ]
    panel = make_panel(sheets, [Entry(f"e{i:03}") for i in range(200)], [Juror("j")], rubric)

    total, share = complete(panel)

    np.testing.assert_allclose(total[::4], whole[::4] + 0.5, atol=0.1)
    assert (share[::4] > 0).all()
    assert share[1] == 0


def test_calibrate_answers_on_strange_panels():
    one_sheet = [Scoresheet("a", "x", {"idea": 5}), Scoresheet("b", "y", {"idea": 7})]
    one_value = [Scoresheet(e, j, {"idea": v}) for j, v in (("x", 5), ("y", 9)) for e in "abc"]
    for sheets, names in ((one_sheet, "ab"), (one_value, "abc")):
        ranking = rank(sheets, map(Entry, names), map(Juror, "xyz"), RUBRIC)
        assert all(np.isfinite([line.score, line.p_top, line.score_lo]).all() for line in ranking.entries)
    assert {line.rank for line in ranking.entries} == {1}

    same = make_panel([Scoresheet("a", "x", {"idea": 5})], [Entry("a")], [Juror("x")], RUBRIC)
    assert not can_calibrate(same)
    with pytest.raises(ValueError, match="nothing to fit"):
        calibrate(same)


def test_rank_says_when_the_jury_falls_apart():
    sheets = [
        Scoresheet(e, j, {"idea": 5 + n}) for n, (e, j) in enumerate([("a", "w"), ("a", "x"), ("b", "y"), ("b", "z")])
    ]

    notes = rank(sheets, map(Entry, "ab"), map(Juror, "wxyz"), RUBRIC).notes

    assert notes[0].startswith("the jurors fall into 2 groups without a shared entry")


def test_voices_counts_copies_and_nobody_else():
    rng = np.random.default_rng(8)
    entries, jurors = (
        [Entry(f"e{i}") for i in range(12)],
        [Juror(name) for name in ("copy", "other", "source", "third")],
    )
    sheets = []
    for entry in entries:
        for name in ("other", "source", "third"):
            marks = {"x": float(rng.integers(1, 11)), "y": float(rng.integers(1, 11))}
            sheets.append(Scoresheet(entry.entry_id, name, marks))
            if name == "source" and entry.entry_id != "e0":
                sheets.append(Scoresheet(entry.entry_id, "copy", marks))
    panel = make_panel(sheets, entries, jurors, Rubric({"x": 1, "y": 1}))

    found = {}
    counts, voice = voices(panel)
    for sheet, count in enumerate(counts):
        found.setdefault(jurors[panel.juror[sheet]].juror_id, set()).add(count)

    assert found == {"copy": {2.0}, "source": {1.0, 2.0}, "other": {1.0}, "third": {1.0}}
    assert voice.tolist() == [0, 1, 0, 3]
