"""How much of the true top each method finds, on both generators: ``python -m tests.bench.judging.bench_recovery``.

Each figure is the mean over contests with its 95 % bootstrap interval; the gain over the z-score is paired. Contests of
different numbers of reviews have the same entries and jurors. The oracle, of generator A alone, knows severity, scale
use, noise and favour of every juror: about the most that can be found. Peers are measured at 12 reviews too, to say how
many they need for what the calibrated model finds at 3 and 5.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import defaultdict
from pathlib import Path

import numpy as np

from scoring.judging.baselines import BASELINES
from scoring.judging.calibrated import calibrate, posterior_draws
from scoring.judging.pairwise import score_by_duels
from scoring.judging.panel import Panel, make_panel
from scoring.judging.ranking import DRAWS
from scoring.judging.uncertainty import summarise
from tests.bench.judging import linear, ordinal
from tests.bench.judging.contest import RUBRIC, Contest
from tests.bench.judging.measures import fewer, interval, measure

PEERS = ("mean", "trimmed", "zscore", "zscore-shrunk", "bradley-terry")
METHODS = ("calibrated", *PEERS, "oracle")
GENERATORS = {"A": (linear.linear, linear.SCENARIOS), "B": (ordinal.ordinal, ordinal.SCENARIOS)}
REVIEWS = (2, 3, 5, 8)
#: Reviews at which peers alone are measured, and those of the model that they must match.
PEERS_ALSO, MATCHED = 12, (3, 5)


def score(method: str, panel: Panel, contest: Contest) -> np.ndarray | None:
    """Return the scores of one method; None for an oracle that the generator does not have."""
    if method == "calibrated":
        return calibrate(panel).quality
    if method == "oracle":
        return contest.oracle(panel) if contest.oracle else None
    if method == "bradley-terry":
        return score_by_duels(panel).score
    return BASELINES[method](panel).score


def certainty(panel: Panel, contest: Contest) -> dict[str, float]:
    """Return coverage of the 90 % rank intervals and the Brier score of the top 10."""
    found = summarise(posterior_draws(calibrate(panel), DRAWS, 1), 10)
    rank_of = (-contest.truth).argsort().argsort() + 1
    inside = (found.rank_lo <= rank_of) & (rank_of <= found.rank_hi)
    return {"coverage": float(inside.mean()), "brier": float(((found.p_top - (rank_of <= 10)) ** 2).mean())}


def run(seeds: int, reviews: tuple[int, ...], only: str | None) -> dict[str, dict[str, list[float]]]:
    """Simulate and measure; keys are ``generator/scenario/reviews/method``."""
    found: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for letter, (make, scenarios) in GENERATORS.items():
        for world, (name, setting) in enumerate(scenarios.items()):
            if only and only not in f"{letter}/{name}":
                continue
            for count in (*reviews, PEERS_ALSO):
                for seed in range(1000, 1000 + seeds):
                    contest = make(setting, count, seed, world)
                    panel = make_panel(contest.sheets(), contest.entries, contest.jurors, RUBRIC)
                    for method in PEERS if count == PEERS_ALSO else METHODS:
                        scores = score(method, panel, contest)
                        for key, value in measure(scores, contest.truth).items() if scores is not None else ():
                            found[f"{letter}/{name}/{count}/{method}"][key].append(value)
                    if count != PEERS_ALSO:
                        for key, value in certainty(panel, contest).items():
                            found[f"{letter}/{name}/{count}/calibrated"][key].append(value)
            line = [f"{letter}/{name:9}"]
            for count in reviews:
                shown = (found.get(f"{letter}/{name}/{count}/{m}") for m in METHODS)
                cell = (f"{np.mean(measured['p10']):.3f}" for measured in shown if measured)
                line.append(f"r={count} " + " ".join(cell))
            sys.stdout.write("  ".join(line) + "\n")
            sys.stdout.flush()
    return found


def table(found: dict[str, dict[str, list[float]]], reviews: tuple[int, ...]) -> list[str]:
    """Pool the scenarios of each generator."""
    lines = []
    for letter in GENERATORS:
        for count in reviews:
            for method in METHODS:
                pooled: dict[str, list[float]] = defaultdict(list)
                gain: list[float] = []
                for key, values in found.items():
                    if key.startswith(f"{letter}/") and key.endswith(f"/{count}/{method}"):
                        other = found[key.removesuffix(method) + "zscore"]["p10"]
                        gain += [a - b for a, b in zip(values["p10"], other, strict=True)]
                        for name, numbers in values.items():
                            pooled[name] += numbers
                if pooled:
                    cells = [
                        f"{k} {m:.3f} [{lo:.3f},{hi:.3f}]" for k, v in pooled.items() for m, lo, hi in [interval(v)]
                    ]
                    mean, lo, hi = interval(gain)
                    lines.append(
                        f"{letter} r={count} {method:13} {'  '.join(cells)}  p10-z {mean:+.3f} [{lo:+.3f},{hi:+.3f}]"
                    )
    return lines


def economy(found: dict[str, dict[str, list[float]]]) -> list[str]:
    """Say how many reviews each peer needs for what the calibrated model finds, and the oracle, by generator."""
    curves: dict[tuple[str, str], dict[int, list[float]]] = defaultdict(lambda: defaultdict(list))
    for key, values in found.items():
        letter, _, count, method = key.split("/")
        curves[letter, method][int(count)] += values["p10"]
    return [
        f"{letter} {ours:10} {peer:13} {fewer(curves[letter, ours][count], curves[letter, peer], count)}"
        for letter in GENERATORS
        for ours in ("calibrated", "oracle")
        for peer in PEERS
        for count in MATCHED
        if count in curves[letter, ours]
    ]


def main() -> None:
    """Print the table and write it as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=20, help="contests a scenario and number of reviews")
    parser.add_argument("--reviews", type=int, nargs="+", default=list(REVIEWS))
    parser.add_argument("--only", help="part of a scenario's name, such as B/ceiling")
    parser.add_argument("--out", type=Path, default=Path("var/bench/judging-recovery.json"))
    args = parser.parse_args()
    found = run(args.seeds, tuple(args.reviews), args.only)
    sys.stdout.write("\n".join([*table(found, tuple(args.reviews)), *economy(found)]) + "\n")
    args.out.parent.mkdir(parents=True, exist_ok=True)
    args.out.write_text(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
