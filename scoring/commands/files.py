"""Options that several subcommands share, and reading the files they name."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from scoring.errors import UnreadableFile
from scoring.judging.records import Entry, Juror, Rubric, Scoresheet
from scoring.judging.tables import read_entries, read_jurors, read_pairs, read_rubric, read_scores

INPUT_COLUMNS = """\
Input files (CSV: UTF-8, commas, a header row; other columns are ignored):
  S  entry_id        the entry, as in E
     juror_id        the juror, as in J
     round           name of the round; empty means 1
     <criterion>     one column for each criterion of R: the mark; an empty cell is a missing mark
  E  entry_id        every entry to rank, once
     track           track; jurors who list it under expert_tracks are its experts
     region          region; a juror of the same region is an own-region juror
     language        language of the entry
     organization    (optional) community; a juror of the same one is in conflict
  J  juror_id        every juror, once
     region          region
     expert_tracks   tracks of declared expertise, separated by spaces
     languages       languages understood, separated by spaces; empty means any
     organization    (optional) community
     capacity        (optional) the most entries the juror can be given; empty means no limit
  R  JSON            {"weights": {criterion: weight}, "scale": [lowest, highest]}
"""


def add_score_files(parser: argparse.ArgumentParser) -> None:
    """Add --scores, --entries, --jurors and --rubric."""
    parser.add_argument("--scores", required=True, metavar="S", help="sheets (CSV)")
    parser.add_argument("--entries", required=True, metavar="E", help="entries (CSV)")
    parser.add_argument("--jurors", required=True, metavar="J", help="jurors (CSV)")
    parser.add_argument("--rubric", required=True, metavar="R", help="criteria, weights and scale (JSON)")


def read_score_files(args: argparse.Namespace) -> tuple[list[Scoresheet], list[Entry], list[Juror], Rubric]:
    """Read the files that ``add_score_files`` asks for.

    Raises
    ------
    BadRow, UnreadableFile, InvalidRubric
        As the readers of ``scoring.judging.tables``.
    """
    rubric = read_rubric(args.rubric)
    entries = read_entries(args.entries)
    jurors = read_jurors(args.jurors)
    entry_ids = {entry.entry_id for entry in entries}
    juror_ids = {juror.juror_id for juror in jurors}
    return read_scores(args.scores, rubric, entry_ids, juror_ids), entries, jurors, rubric


def read_conflicts(path: str | None, entries: Iterable[Entry], jurors: Iterable[Juror]) -> list[tuple[str, str]]:
    """Read pairs (entry, juror) that must not be, none without a path; a name in no list is told on standard error.

    It may be somebody who is not in this round; it may be a slip that leaves a conflict unkept.

    Raises
    ------
    UnreadableFile, BadRow
        As ``read_pairs``.
    """
    pairs = read_pairs(path) if path else []
    known = {entry.entry_id for entry in entries}, {juror.juror_id for juror in jurors}
    lost = [pair for pair in pairs if pair[0] not in known[0] or pair[1] not in known[1]]
    if lost:
        first = f"entry {lost[0][0]!r}, juror {lost[0][1]!r}"
        sys.stderr.write(f"note: {len(lost)} of {len(pairs)} conflicts name nobody in the lists, first {first}\n")
    return pairs


def on_one_line(text: str) -> str:
    """Escape what would move the cursor or begin a line, so that a document cannot put a verdict of its own on it."""
    return "".join(letter if letter.isprintable() else letter.encode("unicode_escape").decode() for letter in text)


def whole_number(lowest: int) -> Callable[[str], int]:
    """Return an argparse type for whole numbers from ``lowest`` up."""

    def parse(text: str) -> int:
        value = int(text)
        if value < lowest:
            raise argparse.ArgumentTypeError(f"{text} is below {lowest}")
        return value

    parse.__name__ = "whole number"  # argparse names the type by it: invalid whole number value: 'x'
    return parse


def read_json(path: str) -> Any:
    """Return what a JSON file holds; one in which a key stands twice is refused, as other readers see its other value.

    Raises
    ------
    UnreadableFile
        The file cannot be read, or is no such JSON.
    """
    try:
        return json.loads(Path(path).read_bytes(), object_pairs_hook=_once)
    except OSError as error:
        raise UnreadableFile(path, error.strerror or "cannot be read") from error
    except (ValueError, RecursionError) as error:
        raise UnreadableFile(path, "is not JSON") from error


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands twice")
    return found
