"""``python -m scoring rank``: a ranking from score sheets."""

from __future__ import annotations

import argparse
import sys

from scoring.commands.files import INPUT_COLUMNS, add_score_files, read_score_files, whole_number
from scoring.commands.progress import Progress
from scoring.judging import DEFAULT_METHOD, METHODS, rank
from scoring.judging.tables import write_rows

DESCRIPTION = f"""\
Ranks every entry of a contest from its score sheets, and says how sure the ranking is.

{INPUT_COLUMNS}
Output O (CSV, every entry of E once, best first):
     entry_id        the entry
     rank            place from 1; equal scores share a place
     score           score by the method, on the scale of R; empty when nothing is known
     raw_mean        plain weighted mean of the sheets, for comparison; empty without a sheet
     reviews         sheets that count
     p_top10         probability of being among the best 10 (p_topK when --top is K)
     rank_lo rank_hi 90 % interval of the rank
     band            entries of one band, from 1 at the top, cannot be told apart
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``rank``."""
    add_score_files(parser)
    parser.add_argument("--out", required=True, metavar="O", help="where the ranking is written (CSV)")
    parser.add_argument("--method", choices=METHODS, default=DEFAULT_METHOD, help="default: %(default)s")
    parser.add_argument("--top", type=whole_number(1), default=10, metavar="K", help="size of the top (10)")
    parser.add_argument("--seed", type=whole_number(0), default=0, metavar="N", help="seed of the draws (0)")


def run(args: argparse.Namespace) -> int:
    """Rank and write; notes go to standard error. Return 0."""
    scores, entries, jurors, rubric = read_score_files(args)
    ranking = rank(
        scores, entries, jurors, rubric, method=args.method, top=args.top, seed=args.seed, progress=Progress("ranking")
    )
    header = f"entry_id,rank,score,raw_mean,reviews,p_top{args.top},rank_lo,rank_hi,band".split(",")
    lines = (
        (e.entry_id, e.rank, e.score, e.raw_mean, e.reviews, e.p_top, e.rank_lo, e.rank_hi, e.band)
        for e in ranking.entries
    )
    write_rows(args.out, header, lines)
    for note in ranking.notes:
        sys.stderr.write(f"note: {note}\n")
    return 0
