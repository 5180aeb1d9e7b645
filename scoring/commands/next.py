"""``python -m scoring next``: the reviews worth most."""

from __future__ import annotations

import argparse

from scoring.commands.files import INPUT_COLUMNS, add_score_files, read_conflicts, read_score_files, whole_number
from scoring.judging.adaptive import next_reviews
from scoring.judging.tables import read_pairs, write_rows

DESCRIPTION = f"""\
Chooses the next reviews: first every entry gets the minimum, then each review goes where it most lowers the error of
the top, to a reliable, expert, not overloaded juror without a conflict.

{INPUT_COLUMNS}\
  C  juror_id        juror who must not review ...
     entry_id        ... this entry; a juror of the entry's own organization never does
  P  entry_id        reviews that are asked for already
     juror_id        and not yet in S

Output O (CSV, in the order of choice; fewer than --per-batch when nobody is free):
     entry_id        the entry
     juror_id        the juror to ask
     gain            by how much it is expected to lower the error of the top (squared error of the chance to be in it)
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``next``."""
    add_score_files(parser)
    parser.add_argument("--per-batch", required=True, type=whole_number(1), metavar="N", help="reviews to choose")
    parser.add_argument("--top", type=whole_number(1), default=10, metavar="K", help="size of the top (10)")
    parser.add_argument(
        "--min-reviews", type=whole_number(0), default=2, metavar="R", help="reviews that every entry gets first (2)"
    )
    parser.add_argument("--conflicts", metavar="C", help="pairs that must not be (CSV)")
    parser.add_argument("--pending", metavar="P", help="reviews asked for already (CSV)")
    parser.add_argument("--out", metavar="O", default="-", help="where they are written (CSV); - is the terminal")


def run(args: argparse.Namespace) -> int:
    """Choose and write. Return 0."""
    scores, entries, jurors, rubric = read_score_files(args)
    chosen = next_reviews(
        scores,
        entries,
        jurors,
        rubric,
        per_batch=args.per_batch,
        top=args.top,
        min_reviews=args.min_reviews,
        conflicts=read_conflicts(args.conflicts, entries, jurors),
        pending=read_pairs(args.pending) if args.pending else (),
    )
    write_rows(args.out, ["entry_id", "juror_id", "gain"], ((r.entry_id, r.juror_id, r.gain) for r in chosen))
    return 0
