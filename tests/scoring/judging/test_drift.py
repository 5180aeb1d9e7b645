"""Whether severity moved along a juror's run: found where it did, rarely where it did not, never without an order."""

import numpy as np
import pytest

from scoring.judging import Entry, Juror, Rubric, Scoresheet
from scoring.judging.drift import juror_drifts
from scoring.judging.panel import make_panel
from tests.bench.judging.contest import RUBRIC
from tests.bench.judging.linear import TYPICAL, linear


def drifting(seed, points, share=0.25):
    """A typical contest in which some jurors move by so many points from the first sheet to the last."""
    contest, lot = linear(TYPICAL, 5, seed), np.random.default_rng(seed)
    panel = make_panel(contest.sheets(), contest.entries, contest.jurors, RUBRIC)
    count = len(panel.jurors)
    moved = np.where(lot.permutation(count) < share * count, points * lot.choice([-1.0, 1.0], count), 0.0)
    handed_in = lot.permutation(len(panel.total))
    for j in range(count):
        mine = handed_in[panel.juror[handed_in] == j]
        shift = moved[j] * np.linspace(-0.5, 0.5, len(mine))[:, None]
        panel.marks[mine] = np.clip(np.floor(panel.marks[mine] + shift + lot.random((len(mine), 5))), *panel.scale)
    panel.total[:] = panel.marks @ panel.weights
    order = [(panel.entries[panel.entry[s]].entry_id, panel.jurors[panel.juror[s]].juror_id) for s in handed_in]
    return panel, order, moved


def test_chance_is_rarely_taken_for_drift():
    found = [drift for seed in range(8) for drift in juror_drifts(*drifting(700 + seed, 0.0)[:2])]

    assert len(found) == 240
    assert np.mean([drift.sure for drift in found]) < 0.05


def test_jurors_who_move_are_found_in_their_direction():
    found, wrong, covered, moving = 0, 0, 0, 0
    for seed in range(6):
        panel, order, moved = drifting(700 + seed, 3.0)
        for drift, true in zip(juror_drifts(panel, order), moved, strict=True):
            if true:
                moving += 1
                found += drift.sure and drift.points * true > 0
                wrong += drift.sure and drift.points * true < 0
                covered += drift.lo <= true <= drift.hi

    assert moving == 48
    assert found >= 36
    assert wrong == 0


def test_intervals_hold_what_is_true_as_often_as_they_say():
    """Slopes as the model assumes them: normal, with half the spread of the sheets as their standard deviation."""
    held = []
    for seed in range(6):
        contest, lot = linear(TYPICAL, 5, 720 + seed), np.random.default_rng(seed)
        panel = make_panel(contest.sheets(), contest.entries, contest.jurors, RUBRIC)
        moved, handed_in = lot.normal(0, 0.5 * panel.total.std(), len(panel.jurors)), lot.permutation(len(panel.total))
        for j, slope in enumerate(moved):
            mine = handed_in[panel.juror[handed_in] == j]
            panel.marks[mine] += slope * np.linspace(-0.5, 0.5, len(mine))[:, None]
        panel.total[:] = panel.marks @ panel.weights
        order = [(panel.entries[panel.entry[s]].entry_id, panel.jurors[panel.juror[s]].juror_id) for s in handed_in]
        held += [d.lo <= true <= d.hi for d, true in zip(juror_drifts(panel, order), moved, strict=True)]

    assert 0.8 <= np.mean(held) <= 0.97


def test_the_other_way_round_it_is_the_same_drift_backwards():
    panel, order, _ = drifting(701, 3.0)
    there, back = juror_drifts(panel, order), juror_drifts(panel, order[::-1])

    assert [d.points for d in there] == pytest.approx([-d.points for d in back], abs=2e-6)


def test_a_short_run_an_unknown_order_and_equal_sheets_have_no_drift():
    entries, jurors = [Entry(f"e{i}") for i in range(6)], [Juror("long"), Juror("short"), Juror("none")]
    sheets = [Scoresheet(f"e{i}", "long", {"a": 1 + i}) for i in range(6)]
    sheets += [Scoresheet(f"e{i}", "short", {"a": 2 + i}) for i in range(4)]
    panel = make_panel(sheets, entries, jurors, Rubric({"a": 1}))
    order = [(s.entry_id, s.juror_id) for s in sheets]

    long, none, short = juror_drifts(panel, [*order, ("e0", "stranger")])
    assert (long is not None, none, short) == (True, None, None)
    assert long.lo < long.points < long.hi
    assert juror_drifts(panel, []) == (None, None, None)
    level = make_panel(
        [Scoresheet(s.entry_id, s.juror_id, {"a": 5}) for s in sheets], entries, jurors, Rubric({"a": 1})
    )
    assert juror_drifts(level, order) == (None, None, None)
