"""Reasons, sensitivity and quotas: what a protocol needs beside the ranking."""

from itertools import combinations

import numpy as np
import pytest

from scoring.errors import InvalidOption
from scoring.judging import Entry, Juror, Rubric, Scoresheet
from scoring.judging.baselines import mean
from scoring.judging.calibrated import calibrate, can_calibrate
from scoring.judging.explain import Parts, Reason, moves
from scoring.judging.panel import make_panel
from scoring.judging.quotas import Quota, QuotasImpossible, select
from scoring.judging.sensitivity import sensitivity

RUBRIC = Rubric({"idea": 2, "craft": 1}, (1, 100))


def contest(strict=15.0):
    rng = np.random.default_rng(9)
    entries = [Entry(f"e{i:02}") for i in range(24)]
    jurors = [Juror(name) for name in ("strict", "mild", "plain", "fair")]
    shift = {"strict": -strict, "mild": strict, "plain": 0.0, "fair": 0.0}
    sheets = []
    for i, entry in enumerate(entries):
        for k in range(3):
            juror = jurors[(i + k) % 4]
            marks = 50 + 1.2 * i + shift[juror.juror_id] + 2 * rng.standard_normal(2)
            sheets.append(Scoresheet(entry.entry_id, juror.juror_id, dict(zip(("idea", "craft"), marks, strict=True))))
    return sheets, entries, jurors


def test_a_move_names_strict_and_mild_jurors_with_their_points():
    sheets, entries, jurors = contest()
    panel = make_panel(sheets, entries, jurors, RUBRIC)
    judges = {e.entry_id: {s.juror_id for s in sheets if s.entry_id == e.entry_id} for e in entries}

    found = moves(panel, calibrate(panel))

    assert len(found) > 12
    assert [one.by_model for one in found.values()] == sorted(one.by_model for one in found.values())
    own = [(e, one, why) for e, one in found.items() for why in one.reasons if not why.entry]
    told = {why.kind for _, _, why in own}
    assert {"strict", "lenient"} <= told
    for entry, one, why in own:
        if why.kind in ("strict", "lenient"):
            assert why.kind == ("strict" if one.by_model < one.by_mean else "lenient")
            assert why.jurors == (("strict",) if why.kind == "strict" else ("mild",))
            assert why.jurors[0] in judges[entry]
            assert 10 < why.points < 20
    points = next(why.points for _, _, why in own if why.kind == "strict")
    assert Reason("strict", ("strict",), points).sentence() == (
        f"juror strict was {points} points stricter than the average juror"
    )


def mark(quality, bias):
    return float(np.clip(round(50 + 9 * quality + bias), 1, 100))


def test_every_move_has_a_reason_that_works_towards_it():
    rng = np.random.default_rng(3)
    kinds = set()
    for _ in range(20):
        n, m = int(rng.integers(3, 15)), int(rng.integers(2, 6))
        jurors = [Juror(f"j{k}") for k in range(m)]
        bias, slope = rng.normal(0, rng.choice([0.3, 15]), m), rng.choice([0.3, 1, 1], m)
        sheets = [
            Scoresheet(f"e{i}", f"j{k}", dict.fromkeys(("idea", "craft")[: 1 + (i > 1)], mark(z * slope[k], bias[k])))
            for i, z in enumerate(rng.standard_normal(n))
            for k in rng.permutation(m)[: int(rng.integers(1, m + 1))]
        ]
        panel = make_panel(sheets, [Entry(f"e{i}") for i in range(n)], jurors, RUBRIC)
        if not can_calibrate(panel):
            continue
        fit = calibrate(panel)
        for entry, one in moves(panel, fit).items():
            assert one.by_mean != one.by_model
            assert 1 <= len(one.reasons) <= 3
            for why in one.reasons:
                kinds.add(why.kind)
                rose = (one.by_model < one.by_mean) != bool(why.entry)
                assert why.entry != entry
                if why.kind in ("strict", "lenient"):
                    severe = [fit.severity[panel.jurors.index(Juror(name))] for name in why.jurors]
                    assert all((s < 0) == rose == (why.kind == "strict") for s in severe)
    assert kinds >= {"strict", "lenient", "less", "more", "narrow", "wide", "few", "known", "missing", "rare"}


def test_parts_of_a_move_add_up_to_the_scores():
    sheets, entries, jurors = contest()
    panel = make_panel(sheets[:-2], entries, jurors, RUBRIC)
    fit = calibrate(panel)
    parts, design = Parts.of(panel, fit), fit.design

    whole = np.interp(mean(panel).score, design.marks, design.knots) + parts.shift

    assert np.ptp(whole / fit.latent) < 1e-6


def test_sensitivity_lists_every_variation_and_its_changes():
    sheets, entries, jurors = contest(strict=18.0)
    ticks = []

    found = sensitivity(
        sheets, entries, jurors, RUBRIC, top=3, progress=lambda done, whole: ticks.append((done, whole))
    )

    assert [(v.kind, v.name) for v in found] == [
        ("juror", "fair"), ("juror", "mild"), ("juror", "plain"), ("juror", "strict"),
        ("weight", "idea+"), ("weight", "idea-"), ("criterion", "idea"),
        ("weight", "craft+"), ("weight", "craft-"), ("criterion", "craft"),
        ("method", "mean"), ("method", "trimmed"), ("method", "zscore"), ("method", "zscore-shrunk"),
        ("method", "bradley-terry"),
    ]  # fmt: skip
    assert ticks[-1] == (15, 15)
    assert all(len(v.enters) == len(v.leaves) for v in found)
    assert next(v for v in found if v.name == "mean").enters
    assert sensitivity([], entries, jurors, RUBRIC) == ()


def test_select_is_the_best_choice_that_keeps_the_quotas():
    for seed in range(15):
        rng = np.random.default_rng(seed)
        names = [f"e{i}" for i in range(9)]
        scores = {name: float(np.round(rng.uniform(1, 10), 3)) for name in names}
        where = {name: {"region": str(rng.choice(["a", "b"])), "track": str(rng.choice(["t", "u"]))} for name in names}
        quotas = [Quota("region", "a", 1, 2), Quota("track", "u", 2)]

        def keeps(team, where=where, quotas=quotas):
            held = [sum(where[e][q.attribute] == q.value for e in team) for q in quotas]
            return all(q.least <= n <= (q.most or 99) for q, n in zip(quotas, held, strict=True))

        teams = [team for team in combinations(names, 4) if keeps(team)]
        if not teams:
            with pytest.raises(QuotasImpossible):
                select(scores, where, 4, quotas)
            continue
        best = max(sum(scores[e] for e in team) for team in teams)

        found = select(scores, where, 4, quotas)

        assert keeps(found.chosen)
        assert sum(scores[e] for e in found.chosen) == pytest.approx(best)
        assert found.price == pytest.approx(sum(scores[e] for e in found.free) - best, abs=1e-5)
        assert set(found.free) - set(found.leaves) | set(found.enters) == set(found.chosen)


def test_select_takes_equal_scores_by_their_places():
    """Whoever lost a tie by the rules' steps does not win it by an id."""
    scores = dict.fromkeys("abcdef", 7.0) | {"top": 9.0}
    places = {"top": 1, "f": 2, "e": 3, "d": 4, "c": 5, "b": 6, "a": 7}
    where = {name: {"region": "x" if name in "abe" else "y"} for name in scores}

    assert select(scores, where, 3, [], places).chosen == ("top", "f", "e")
    within = select(scores, where, 4, [Quota("region", "x", 2)], places)
    assert (within.chosen, within.price) == (("top", "f", "e", "b"), 0.0)
    assert select(scores, where, 4, [Quota("region", "y", 0, 1)], places).chosen == ("top", "e", "b", "a")


def test_sensitivity_breaks_ties_as_the_ranking_does():
    sheets = [Scoresheet(e, "j", {"idea": i, "craft": c}) for e, i, c in (("a", 4, 8), ("b", 8, 4))]
    given = (sheets, [Entry("a"), Entry("b")], [Juror("j")], Rubric({"idea": 1, "craft": 1}))

    leaves = {v.name: v.leaves for v in sensitivity(*given, method="mean", top=1, steps=["criterion:idea"])}
    assert leaves["craft+"] == ("b",)
    assert leaves["idea+"] == leaves["zscore"] == ()


def test_select_finds_the_last_tick_where_the_solver_would_stop_at_its_usual_gap():
    """Sixty entries under four kinds of quotas: HiGHS left to itself stops 0.0068 points below the best choice."""
    rng = np.random.default_rng(5)
    kinds, names = {"track": 4, "region": 5, "age": 6, "school": 7}, [f"e{i:02}" for i in range(60)]
    scores = dict(zip(names, np.sort(np.round(rng.normal(7, 0.05, 60), 6))[::-1].tolist(), strict=True))
    values = {kind: rng.integers(0, n, 60) for kind, n in kinds.items()}
    where = {name: {kind: str(values[kind][i]) for kind in kinds} for i, name in enumerate(names)}
    quotas = []
    for kind, n in kinds.items():
        for value in range(n):
            least = min(int((values[kind] == value).sum()), max(0, round(20 / n) + int(rng.integers(-1, 1))))
            quotas.append(Quota(kind, str(value), least, max(least, round(20 / n) + int(rng.integers(0, 2)))))

    found = select(scores, where, 20, quotas)

    assert sum(scores[name] for name in found.chosen) == pytest.approx(140.604675, abs=1e-9)


def test_select_decides_equal_sums_by_places():
    for seed in range(40):
        rng = np.random.default_rng(seed)
        names = [f"e{i:02}" for i in range(10)]
        scores = dict(zip(names, sorted(rng.choice([5.0, 5.000001, 6.0], 10).tolist(), reverse=True), strict=True))
        where = {name: {"a": str(rng.integers(3)), "b": str(rng.integers(3))} for name in names}
        quotas = [Quota(kind, str(value), 1, 2) for kind in "ab" for value in range(3)]

        def order(team, scores=scores, names=names):
            return -round(sum(scores[e] for e in team), 6), sum(names.index(e) for e in team)

        def keeps(team, where=where, quotas=quotas):
            return all(q.least <= sum(where[e][q.attribute] == q.value for e in team) <= q.most for q in quotas)

        teams = [team for team in combinations(names, 4) if keeps(team)]
        if teams:
            assert order(select(scores, where, 4, quotas).chosen) == min(map(order, teams))


def test_select_refuses_what_cannot_be():
    where = {"a": {"region": "x"}, "b": {"region": "y"}}
    with pytest.raises(QuotasImpossible, match="2 winners with region x are asked for, 1 entered"):
        select({"a": 1.0, "b": 2.0}, where, 2, [Quota("region", "x", 2)])
    with pytest.raises(InvalidOption, match="3 winners"):
        select({"a": 1.0, "b": 2.0}, where, 3, [])
    with pytest.raises(QuotasImpossible, match="no 2 entries"):
        select({"a": 1.0, "b": 2.0}, where, 2, [Quota("region", "x", 0, 0)])
