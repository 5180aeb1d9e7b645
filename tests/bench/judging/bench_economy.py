"""What a review buys, adaptive or uniform or pairwise: ``python -m tests.bench.judging.bench_economy``.

Adaptive gives two reviews to all, then N/20 a batch by ``next_reviews`` to 3.0 on average. Gavel gets the same views.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import defaultdict
from pathlib import Path

import numpy as np

from scoring.judging import next_reviews
from scoring.judging.baselines import zscore
from scoring.judging.calibrated import calibrate
from scoring.judging.panel import make_panel
from tests.bench.judging import linear, ordinal
from tests.bench.judging.contest import RUBRIC, WEIGHTS, Contest
from tests.bench.judging.crowd_bt import gavel
from tests.bench.judging.measures import interval, measure, needed, said

CASES = {
    "A/typical": (linear.linear, linear.SCENARIOS["typical"]),
    "A/dirty": (linear.linear, linear.SCENARIOS["dirty"]),
    "B/ordinary": (ordinal.ordinal, ordinal.SCENARIOS["ordinary"]),
    "B/strangers": (ordinal.ordinal, ordinal.SCENARIOS["strangers"]),
}


def adaptive(contest: Contest, average: float) -> np.ndarray:
    """Judge adaptively to so many reviews an entry on average; the first pairs are the contest's own."""
    n = len(contest.entries)
    sheets = contest.sheets()
    entry = {e.entry_id: i for i, e in enumerate(contest.entries)}
    juror = {j.juror_id: k for k, j in enumerate(contest.jurors)}
    while len(sheets) < average * n:
        batch = min(max(1, n // 20), round(average * n) - len(sheets))
        chosen = next_reviews(sheets, contest.entries, contest.jurors, RUBRIC, per_batch=batch)
        sheets += contest.sheets([(entry[r.entry_id], juror[r.juror_id]) for r in chosen])
    return calibrate(make_panel(sheets, contest.entries, contest.jurors, RUBRIC)).quality


def perceived(contest: Contest, seed: int) -> np.ndarray:
    """Return what each juror sees: the marks' weighted mean less the juror's own, ties by lot."""
    n, m = len(contest.entries), len(contest.jurors)
    rng = np.random.default_rng(seed)
    seen = np.array([[np.nan_to_num(contest.mark(i, j, 0), nan=5.0) @ WEIGHTS for j in range(m)] for i in range(n)])
    return seen - seen.mean(axis=0) + 1e-3 * rng.standard_normal((n, m))


def main() -> None:
    """Print p10 of each way and write it as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=10, help="contests a case")
    parser.add_argument("--out", type=Path, default=Path("var/bench/judging-economy.json"))
    args = parser.parse_args()
    found: dict[str, dict[str, list[float]]] = {}
    for name, (make, setting) in CASES.items():
        rows: dict[str, list[float]] = defaultdict(list)
        for seed in range(2000, 2000 + args.seeds):
            first = make(setting, 2, seed)
            rows["adaptive at 3.0"].append(measure(adaptive(first, 3.0), first.truth)["p10"])
            for count in (2, 3, 5, 10):
                contest = make(setting, count, seed)
                panel = make_panel(contest.sheets(), contest.entries, contest.jurors, RUBRIC)
                rows[f"uniform at {count}"].append(measure(calibrate(panel).quality, contest.truth)["p10"])
                rows[f"z-score at {count}"].append(measure(zscore(panel).score, contest.truth)["p10"])
                if count > 2:
                    views = gavel(perceived(contest, seed), count, seed)
                    rows[f"Gavel at {count} views"].append(measure(views, contest.truth)["p10"])
        found[name] = dict(rows)
        for way in sorted(rows):
            sys.stdout.write(f"{name:12} {way:18} p10 {'{:.3f} [{:.3f},{:.3f}]'.format(*interval(rows[way]))}\n")
        views = {count: float(np.mean(rows[f"Gavel at {count} views"])) for count in (3, 5, 10)}
        for count in (3, 5):
            same = needed(views, float(np.mean(rows[f"uniform at {count}"])))
            sys.stdout.write(f"{name:12} Gavel needs {said(same, 10)} views for what uniform finds at {count}\n")
        sys.stdout.flush()
    args.out.parent.mkdir(parents=True, exist_ok=True)
    args.out.write_text(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
