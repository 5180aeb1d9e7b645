"""``python -m scoring assign``: who reviews what."""

from __future__ import annotations

import argparse
import sys

from scoring.commands.files import INPUT_COLUMNS, read_conflicts, whole_number
from scoring.judging.assignment import assign
from scoring.judging.tables import read_entries, read_jurors, read_pairs, write_rows

DESCRIPTION = f"""\
Gives every entry its reviews by jurors without a conflict: loads within one of each other, at most one juror of an
organization and at least one expert an entry where feasible, jurors who understand the language, the jury connected
by shared entries. With --existing it is a repair or a top-up: no existing pair is moved.

{INPUT_COLUMNS}\
  C  juror_id        juror who must not review ...
     entry_id        ... this entry; a juror of the entry's own organization never does
  A  entry_id        (--existing) pairs assigned before; pairs with jurors or entries that are
     juror_id        not listed any more, or in conflict now, are dropped and replaced

Output A (CSV, sorted):
     entry_id        the entry
     juror_id        a juror of it; every entry has as many rows as --reviews says

Exit code 3 when it cannot be done, with the entries and jurors of the bottleneck.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``assign``."""
    parser.add_argument("--entries", required=True, metavar="E", help="entries (CSV)")
    parser.add_argument("--jurors", required=True, metavar="J", help="jurors (CSV)")
    parser.add_argument("--conflicts", metavar="C", help="pairs that must not be (CSV)")
    parser.add_argument("--existing", metavar="A", help="pairs assigned before, to keep (CSV)")
    parser.add_argument("--reviews", required=True, type=whole_number(1), metavar="R", help="jurors an entry")
    parser.add_argument("--out", required=True, metavar="A", help="where the assignment is written (CSV)")
    parser.add_argument("--seed", type=whole_number(0), default=0, metavar="N", help="seed of the lots (0)")
    parser.add_argument("--exact", action="store_true", help="look for the most reviews by experts (takes longer)")


def run(args: argparse.Namespace) -> int:
    """Assign and write; notes go to standard error. Return 0; ``Infeasible`` becomes 3."""
    entries, jurors = read_entries(args.entries), read_jurors(args.jurors)
    plan = assign(
        entries,
        jurors,
        reviews=args.reviews,
        conflicts=read_conflicts(args.conflicts, entries, jurors),
        existing=read_pairs(args.existing) if args.existing else (),
        seed=args.seed,
        exact=args.exact,
    )
    write_rows(args.out, ["entry_id", "juror_id"], plan.pairs)
    for note in plan.notes:
        sys.stderr.write(f"note: {note}\n")
    return 0
