"""``python -m scoring rank``: a ranking from score sheets."""

from __future__ import annotations

import argparse
import sys

from scoring.commands.files import INPUT_COLUMNS, add_score_files, read_score_files, whole_number
from scoring.commands.progress import Progress
from scoring.judging import DEFAULT_METHOD, METHODS, make_panel, rank
from scoring.judging.calibrated import calibrate, can_calibrate
from scoring.judging.explain import moves
from scoring.judging.tables import write_rows
from scoring.judging.ties import Tie

DESCRIPTION = f"""\
Ranks every entry of a contest from its score sheets, and says how sure the ranking is.

{INPUT_COLUMNS}
Output O (CSV, every entry of E once, best first):
     entry_id        the entry
     rank            place from 1; equal scores that no step of --ties separates share a place
     score           score by the method, on the scale of R; empty when nothing is known
     raw_mean        plain weighted mean of the sheets, for comparison; empty without a sheet
     reviews         sheets that count
     p_top10         probability of being among the best 10 (p_topK when --top is K)
     rank_lo rank_hi 90 % interval of the rank
     band            entries of one band, from 1 at the top, cannot be told apart
Output W of --reasons (CSV), for each entry whose place by the calibrated method is not the one by the plain mean:
     entry_id        the entry, best first; a line for each reason, the strongest first
     rank_by_mean    its place by the plain mean
     reason          in words: which jurors, by how many points, or which other entry moved and why
Steps of --ties, each for those that the steps before it left together:
     criterion:NAME  higher plain mean of the marks on that criterion of R
     median          higher median of the sheets' weighted means
     top-marks       larger share of marks that are the highest of the scale
     agreement       smaller standard deviation of the sheets
     chair           a person decides: they share the place; only as the last step
     lot             smallest SHA-256 of "SEED/entry_id", SEED as --lots says; only as the last step
Each tie is told on standard error, with the figures of every step.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``rank``."""
    add_score_files(parser)
    parser.add_argument("--out", required=True, metavar="O", help="where the ranking is written (CSV)")
    parser.add_argument("--method", choices=METHODS, default=DEFAULT_METHOD, help="default: %(default)s")
    parser.add_argument("--top", type=whole_number(1), default=10, metavar="K", help="size of the top (10)")
    parser.add_argument("--seed", type=whole_number(0), default=0, metavar="N", help="seed of the draws (0)")
    parser.add_argument("--ties", nargs="+", default=[], metavar="STEP", help="steps for equal scores, in order")
    parser.add_argument("--reasons", metavar="W", help="where the reasons for each change of order are written (CSV)")
    parser.add_argument("--lots", default="", metavar="SEED", help="seed of the lots, for the step lot")


def run(args: argparse.Namespace) -> int:
    """Rank and write; notes go to standard error. Return 0."""
    scores, entries, jurors, rubric = read_score_files(args)
    how = {"method": args.method, "top": args.top, "seed": args.seed, "steps": args.ties, "lots": args.lots}
    ranking = rank(scores, entries, jurors, rubric, **how, progress=Progress("ranking"))
    header = f"entry_id,rank,score,raw_mean,reviews,p_top{args.top},rank_lo,rank_hi,band".split(",")
    lines = (
        (e.entry_id, e.rank, e.score, e.raw_mean, e.reviews, e.p_top, e.rank_lo, e.rank_hi, e.band)
        for e in ranking.entries
    )
    write_rows(args.out, header, lines)
    if args.reasons:
        panel = make_panel(scores, entries, jurors, rubric)
        found = moves(panel, calibrate(panel)) if args.method == "calibrated" and can_calibrate(panel) else {}
        told = ((entry, one.by_mean, why.sentence()) for entry, one in found.items() for why in one.reasons)
        write_rows(args.reasons, ("entry_id", "rank_by_mean", "reason"), told)
    for note in [*ranking.notes, *map(_told, ranking.ties)]:
        sys.stderr.write(f"note: {note}\n")
    return 0


def _told(tie: Tie) -> str:
    said = [f"place {tie.place}: equal scores of {', '.join(sorted(tie.entries))}"]
    for taken in tie.steps:
        figures = ", ".join(f"{entry} {figure}" for entry, figure in zip(taken.entries, taken.figures, strict=False))
        said.append(
            f"{taken.step} {'decides' if taken.decided else 'does not decide'}" + (f" ({figures})" * bool(figures))
        )
    said += [f"{' and '.join(group)} share the place" for group in tie.shared]
    return "; ".join(said)
