"""``python -m scoring verify``: recompute a published result."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from scoring.commands.files import on_one_line, read_json
from scoring.errors import UnreadableFile
from scoring.judging.conflicts import check_conflicts
from scoring.judging.snapshot import verify

DESCRIPTION = """\
Recomputes a published result snapshot. Exit code 0 when it is identical: the SHA-256 exactly, the order wherever
scores differ by more than 1e-6, every number within 1e-6 (the last bits of a sum depend on the machine). Otherwise exit
code 1, and each difference is named.

A published ranking holds no conflicts of interest, which would tell who its jurors are, but the SHA-256 of an opening:
the conflicts and a salt, which staff and the chair of the jury can hand to whoever may know. With --conflicts the
opening must fit, name nobody else than the snapshot, and no sheet may be of a juror in conflict with its entry.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``verify``."""
    parser.add_argument("snapshot", metavar="SNAPSHOT.json", help="the snapshot (JSON)")
    parser.add_argument("--previous", metavar="JSON", help="the snapshot before it, to check the chain")
    parser.add_argument("--conflicts", metavar="JSON", help="the opening of its conflicts, to check them")


def run(args: argparse.Namespace) -> int:
    """Verify; the verdict goes to standard output. Return 0 or 1."""
    previous = read_json(args.previous) if args.previous is not None else None
    checked = args.conflicts is not None  # an empty name, of a variable that was not set, is no leave to skip the check
    opening: Any = read_json(args.conflicts) if checked else None
    document = read_json(args.snapshot)
    if isinstance(document, dict) and {"payload", "signature"} <= document.keys():
        said = "this is a signed document around a ranking: `flask --app wsgi results verify FILE` checks both"
        raise UnreadableFile(args.snapshot, said)
    verdict = verify(document, previous)
    unfit = check_conflicts(document, opening) if checked else ()
    for difference in verdict.differences + unfit:
        sys.stdout.write(f"different: {on_one_line(difference)}\n")
    if verdict.identical:
        sys.stdout.write(
            f"identical: order where scores differ by more than 1e-6, numbers within 1e-6; SHA-256 {verdict.digest}\n"
        )
    if checked and not unfit:
        count = len(opening["conflicts"])
        sys.stdout.write(f"conflicts: as the snapshot commits to, {count} in all, and no sheet is in conflict\n")
    return 0 if verdict.identical and not unfit else 1
