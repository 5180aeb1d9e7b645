"""How wide intervals will be: exact for the model, and about what a ranking says afterwards."""

from __future__ import annotations

import numpy as np
import pytest

from scoring.errors import InvalidOption
from scoring.judging import Entry, Juror, assign, rank
from scoring.judging.calibrated import calibrate
from scoring.judging.forecast import Components, predicted_widths, told_apart
from scoring.judging.panel import make_panel
from tests.bench.judging import linear, ordinal
from tests.bench.judging.contest import RUBRIC

PARTS = Components(quality=1.3, severity=0.4, noise=0.9, non_expert=1.5)


def test_it_is_the_posterior_variance_of_the_whole_model():
    entries = [Entry(f"e{n}", track="film" if n % 2 else "song") for n in range(12)]
    jurors = [Juror(f"j{n}", expert_tracks=("film",) if n < 3 else ()) for n in range(5)]
    pairs = assign(entries, jurors, reviews=3, seed=4).pairs
    precision = np.diag([1 / PARTS.quality] * 12 + [1 / PARTS.severity] * 5)
    for entry, juror in pairs:
        i, j = int(entry[1:]), int(juror[1:])
        weight = 1 / (PARTS.noise * (1.0 if i % 2 and j < 3 else PARTS.non_expert))
        for a, b in ((i, i), (12 + j, 12 + j), (i, 12 + j), (12 + j, i)):
            precision[a, b] += weight
    sd = np.sqrt(np.diag(np.linalg.inv(precision))[:12])
    found = predicted_widths(pairs, entries, jurors, PARTS)
    assert [found[f"e{n}"] for n in range(12)] == pytest.approx((2 * 1.6448536269514722 * sd).tolist(), rel=1e-9)


def test_more_sheets_make_it_narrower_and_strangers_who_share_nothing_wider():
    entries, jurors = [Entry(f"e{n:02}") for n in range(20)], [Juror(f"j{n}") for n in range(8)]
    widths = []
    for reviews in (1, 2, 3, 5, 8):
        pairs = assign(entries, jurors, reviews=reviews, seed=1).pairs
        widths.append(float(np.median(list(predicted_widths(pairs, entries, jurors, PARTS).values()))))
    assert widths == sorted(widths, reverse=True)
    apart = [(f"e{n:02}", f"j{n // 5 * 2 + k}") for n in range(20) for k in range(2)]
    assert np.median(list(predicted_widths(apart, entries, jurors, PARTS).values())) > widths[1]


def test_without_sheets_it_is_the_spread_of_the_entries():
    [width] = predicted_widths([], [Entry("a")], [Juror("x")], PARTS).values()
    assert width == pytest.approx(2 * 1.6448536269514722 * np.sqrt(PARTS.quality))
    assert predicted_widths([("a", "x")], [], [], PARTS) == {}
    assert told_apart(width, PARTS) == 0.0


@pytest.mark.parametrize("wrong", [{"level": 0.0}, {"level": 1.0}])
def test_nonsense_is_refused(wrong):
    with pytest.raises(InvalidOption):
        predicted_widths([], [Entry("a")], [], PARTS, **wrong)
    with pytest.raises(InvalidOption):
        predicted_widths([], [Entry("a")], [], Components(0.0, 1.0, 1.0))


@pytest.mark.parametrize("reviews", [3, 5, 8])
@pytest.mark.parametrize("made", ["linear", "ordinal"])
def test_it_foretells_the_intervals_of_the_ranking(made, reviews):
    """Learnt from the sheets within a quarter; assumed, without any, within two thirds on both generators."""
    contest = (
        linear.linear(linear.SCENARIOS["typical"], reviews, 1)
        if made == "linear"
        else ordinal.ordinal(ordinal.SCENARIOS["ordinary"], reviews, 1)
    )
    sheets = contest.sheets()
    pairs = [(sheet.entry_id, sheet.juror_id) for sheet in sheets]
    ranking = rank(sheets, contest.entries, contest.jurors, RUBRIC, method="calibrated", seed=1)
    told = np.median([e.score_hi - e.score_lo for e in ranking.entries if e.score_hi is not None])
    learnt = Components.of(calibrate(make_panel(sheets, contest.entries, contest.jurors, RUBRIC)))
    for parts, most in ((learnt, 1.25), (Components.assumed((1, 10)), 5 / 3)):
        width = np.median(list(predicted_widths(pairs, contest.entries, contest.jurors, parts).values()))
        assert 1 / most < width / told < most


def test_of_pairs_told_apart_in_simulation_it_foretells_the_share():
    rng = np.random.default_rng(2)
    parts, width = Components(quality=1.0, severity=0.1, noise=1.0), 2.0
    variance = (width / (2 * 1.6448536269514722)) ** 2
    means = np.sqrt(parts.quality - variance) * rng.standard_normal((100_000, 2))
    sure = np.abs(means[:, 0] - means[:, 1]) > 1.6448536269514722 * np.sqrt(2 * variance)
    assert told_apart(width, parts) == pytest.approx(sure.mean(), abs=0.006)
