"""What a review buys, adaptive or uniform or pairwise: ``python -m tests.bench.judging.bench_economy``.

Adaptive gives the minimum to all by ``assign``, then N/20 a batch by ``next_reviews`` to 3.0 and 5.0 on average.
Uniform is by lot, as in the generators, and once more by ``assign``, which looks for experts. Gavel has the same views.
All ways of one seed have the same entries and jurors, so their differences are paired. The last lines of a case say how
many reviews by lot a peer needs for what the model finds: uniform, and as a whole system, model and assignment. With
``--ablation`` each method is measured on the sheets of each assignment instead, at the same number of reviews.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import defaultdict
from collections.abc import Callable
from itertools import combinations, product
from pathlib import Path

import numpy as np

from scoring.judging import assign, next_reviews
from scoring.judging.baselines import Plain, mean, zscore, zscore_shrunk
from scoring.judging.calibrated import calibrate
from scoring.judging.panel import Floats, Panel, make_panel
from scoring.judging.records import Scoresheet
from tests.bench.judging import linear, ordinal
from tests.bench.judging.contest import RUBRIC, WEIGHTS, Contest
from tests.bench.judging.crowd_bt import gavel
from tests.bench.judging.measures import fewer, interval, measure

CASES = {
    "A/typical": (linear.linear, linear.SCENARIOS["typical"]),
    "A/dirty": (linear.linear, linear.SCENARIOS["dirty"]),
    "B/ordinary": (ordinal.ordinal, ordinal.SCENARIOS["ordinary"]),
    "B/strangers": (ordinal.ordinal, ordinal.SCENARIOS["strangers"]),
}
UNIFORM = (3, 5, 10)
#: Average and minimum of reviews that adaptive is given.
ADAPTIVE = ((3, 1), (3, 2), (5, 2))
#: Reviews of the peers and Gavel's views; with the most, each juror has seen every entry of B and four in five of A.
VIEWS = (3, 5, 8, 10, 12, 16, 20, 24)
PEERS: dict[str, Callable[[Panel], Plain]] = {"z-score": zscore, "mean": mean}
#: Reviews of ours that peers must match, and the minimum and rivals of adaptive ones.
MATCHED, MINIMUM, RIVALS = (3, 5), 2, ("uniform at 10", "assigned at 10")

#: The ablation: assignments from the plainest on, methods from the peer's on.
BY_LOT, BY_EXPERTS, WHERE_IT_MATTERS = "by lot", "assigned", "adaptive"


def judged(contest: Contest, pairs: list[tuple[str, str]]) -> list[Scoresheet]:
    """Have the pairs of ids marked."""
    entry = {e.entry_id: i for i, e in enumerate(contest.entries)}
    juror = {j.juror_id: k for k, j in enumerate(contest.jurors)}
    return contest.sheets([(entry[e], juror[j]) for e, j in pairs])


def assigned(contest: Contest, reviews: int, seed: int) -> list[Scoresheet]:
    """Judge every entry so many times as ``assign`` has it, in an order by lot."""
    pairs = assign(contest.entries, contest.jurors, reviews=reviews, seed=seed).pairs
    return judged(contest, [pairs[k] for k in np.random.default_rng(seed).permutation(len(pairs))])


def adaptive(contest: Contest, average: float, minimum: int, seed: int) -> list[Scoresheet]:
    """Judge adaptively to so many reviews an entry on average, and everyone to the minimum first."""
    n = len(contest.entries)
    sheets = assigned(contest, minimum, seed)
    while len(sheets) < average * n:
        batch = min(max(1, n // 20), round(average * n) - len(sheets))
        chosen = next_reviews(sheets, contest.entries, contest.jurors, RUBRIC, per_batch=batch, min_reviews=minimum)
        sheets += judged(contest, [(one.entry_id, one.juror_id) for one in chosen])
    return sheets


def perceived(contest: Contest, seed: int) -> np.ndarray:
    """Return what each juror sees: the marks' weighted mean less the juror's own, ties by lot."""
    n, m = len(contest.entries), len(contest.jurors)
    rng = np.random.default_rng(seed)
    seen = np.array([[np.nan_to_num(contest.mark(i, j, 0), nan=5.0) @ WEIGHTS for j in range(m)] for i in range(n)])
    return seen - seen.mean(axis=0) + 1e-3 * rng.standard_normal((n, m))


def ways(case: str, seed: int) -> dict[str, float]:
    """Return p10 of each way in one contest."""
    make, setting = CASES[case]
    found: dict[str, float] = {}

    def note(way: str, contest: Contest, sheets: list[Scoresheet], scores: Callable[[Panel], Floats] = fitted) -> None:
        panel = make_panel(sheets, contest.entries, contest.jurors, RUBRIC)
        found[way] = measure(scores(panel), contest.truth)["p10"]

    for average, minimum in ADAPTIVE:
        contest = make(setting, average, seed, world=0)
        note(named(average, minimum), contest, adaptive(contest, average, minimum, seed))
    for count in VIEWS:
        contest = make(setting, count, seed, world=0)
        sheets = contest.sheets()
        if count in UNIFORM:
            note(f"uniform at {count}", contest, sheets)
        for peer, method in PEERS.items():
            note(f"{peer} at {count}", contest, sheets, lambda panel, by=method: by(panel).score)
    contest = make(setting, max(UNIFORM), seed, world=0)
    note(f"assigned at {max(UNIFORM)}", contest, assigned(contest, max(UNIFORM), seed))
    contest = make(setting, 1, seed, world=0)
    for count, score in gavel(perceived(contest, seed), VIEWS, seed).items():
        found[f"Gavel at {count} views"] = measure(score, contest.truth)["p10"]
    return found


def crossed(case: str, seed: int) -> dict[str, float]:
    """Return p10 of each method on the sheets of each assignment in one contest."""
    make, setting = CASES[case]
    found = {}
    for count, way in product(MATCHED, ASSIGNMENTS):
        contest = make(setting, count, seed, world=0)
        panel = make_panel(ASSIGNMENTS[way](contest, count, seed), contest.entries, contest.jurors, RUBRIC)
        for name, method in ABLATED.items():
            found[f"{name}, {way} at {count}"] = measure(method(panel), contest.truth)["p10"]
    return found


def fitted(panel: Panel) -> Floats:
    """Score by the calibrated model."""
    return calibrate(panel).quality


ASSIGNMENTS: dict[str, Callable[[Contest, int, int], list[Scoresheet]]] = {
    BY_LOT: lambda contest, _count, _seed: contest.sheets(),
    BY_EXPERTS: assigned,
    WHERE_IT_MATTERS: lambda contest, count, seed: adaptive(contest, count, MINIMUM, seed),
}
ABLATED: dict[str, Callable[[Panel], Floats]] = {
    "z-score": lambda panel: zscore(panel).score,
    "shrunk z-score": lambda panel: zscore_shrunk(panel).score,
    "model": fitted,
}


def apart(rows: dict[str, list[float]]) -> list[str]:
    """Say each combination's p10, what each assignment adds under each method, and what the model adds on each.

    The last lines part the whole, from the z-score by lot to the adaptive model, between model and assignment: what
    each adds is the mean of adding it first and last (Shapley), so that the two sum to the whole.
    """
    lines = [f"{way:28} p10 {'{:.3f} [{:.3f},{:.3f}]'.format(*interval(rows[way]))}" for way in rows]

    def add(what: str, values: Floats) -> None:
        lines.append(f"{what}: {'{:+.3f} [{:+.3f},{:+.3f}]'.format(*interval(values.tolist()))}")

    for count in MATCHED:
        cell = {key: np.array(rows[f"{key[0]}, {key[1]} at {count}"]) for key in product(ABLATED, ASSIGNMENTS)}
        for method, (less, more) in product(ABLATED, combinations(ASSIGNMENTS, 2)):
            add(f"{method} at {count}, {more} less {less}", cell[method, more] - cell[method, less])
        for peer, way in product([name for name in ABLATED if name != "model"], ASSIGNMENTS):
            add(f"model less {peer} at {count}, {way}", cell["model", way] - cell[peer, way])
        for peer in [name for name in ABLATED if name != "model"]:
            whole = cell["model", WHERE_IT_MATTERS] - cell[peer, BY_LOT]
            model = 0.5 * (whole + cell["model", BY_LOT] - cell[peer, WHERE_IT_MATTERS])
            add(f"whole over {peer} at {count}", whole)
            add(f"whole over {peer} at {count}, of it the model", model)
            add(f"whole over {peer} at {count}, of it the assignment", whole - model)
            add(f"whole over {peer} at {count}, assignment less model", whole - 2.0 * model)
    return lines


def named(average: int | str, minimum: int) -> str:
    """Call an adaptive way so."""
    return f"adaptive to {average}, minimum {minimum}"


def compared(rows: dict[str, list[float]]) -> list[str]:
    """Say each way's p10, how far adaptive is ahead of its rivals, and how many reviews or views the peers need."""
    lines = [f"{way:24} p10 {'{:.3f} [{:.3f},{:.3f}]'.format(*interval(rows[way]))}" for way in sorted(rows)]
    for way, rival in product((named(*one) for one in ADAPTIVE), RIVALS):
        ahead = interval([a - b for a, b in zip(rows[way], rows[rival], strict=True)])
        lines.append(f"{way} less {rival}: {'{:+.3f} [{:+.3f},{:+.3f}]'.format(*ahead)}")
    for peer, unit in (*((peer, "") for peer in PEERS), ("Gavel", " views")):
        curve = {count: rows[f"{peer} at {count}{unit}"] for count in VIEWS}
        for ours, count in product(("uniform at {}", named("{}", MINIMUM)), MATCHED):
            way = ours.format(count)
            lines.append(f"{peer} against {way}: {fewer(rows[way], curve, count)}")
    return lines


def main() -> None:
    """Print p10 of each way by case, by generator and for all, and write it as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=10, help="contests a case")
    parser.add_argument("--first", type=int, default=2000, help="the first seed")
    parser.add_argument("--ablation", action="store_true", help="every method on every assignment instead")
    parser.add_argument("--out", type=Path, default=Path("var/bench/judging-economy.json"))
    args = parser.parse_args()
    measured, told = (crossed, apart) if args.ablation else (ways, compared)
    found: dict[str, dict[str, list[float]]] = {}
    pooled: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for case in CASES:
        rows: dict[str, list[float]] = defaultdict(list)
        for seed in range(args.first, args.first + args.seeds):
            for way, value in measured(case, seed).items():
                rows[way].append(value)
                pooled[case[0]][way].append(value)
                pooled["all"][way].append(value)
        found[case] = dict(rows)
        sys.stdout.write("".join(f"{case:12} {line}\n" for line in told(rows)))
        sys.stdout.flush()
    for name in sorted(pooled):
        sys.stdout.write("".join(f"{name:12} {line}\n" for line in told(pooled[name])))
    args.out.parent.mkdir(parents=True, exist_ok=True)
    args.out.write_text(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
