"""Records from CSV and JSON files, and results back to CSV; a bad row is named by file, line and column."""

from __future__ import annotations

import csv
import json
import math
import sys
from collections.abc import Container, Iterable, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path

from scoring.errors import BadRow, InvalidRubric, UnreadableFile
from scoring.judging.records import Entry, Juror, Rubric, Scoresheet

#: Columns of a sheet beside its criteria; digits of a capacity.
_OF_A_SHEET, _MOST_DIGITS = {"entry_id", "juror_id", "round"}, 9


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a table: its place and its cells, stripped of spaces around them."""

    file: str
    line: int
    cells: dict[str, str]

    def bad(self, column: str, reason: str) -> BadRow:
        """Make the error that names this row."""
        return BadRow(self.file, self.line, column, reason)

    def required(self, column: str) -> str:
        """Return a cell that must not be empty.

        Raises
        ------
        BadRow
            It is empty.
        """
        value = self.cells[column]
        if not value:
            raise self.bad(column, "is empty")
        return value

    def known(self, column: str, names: Container[str], where: str) -> str:
        """Return a cell that must be one of the names.

        Raises
        ------
        BadRow
            It is empty or another name.
        """
        value = self.required(column)
        if value not in names:
            raise self.bad(column, f"{value!r} is not in {where}")
        return value


def read_rows(path: str, required: Sequence[str]) -> Iterator[Row]:
    """Read a CSV file (UTF-8, comma, header row) row by row; empty lines are skipped.

    Parameters
    ----------
    path : str
        The file.
    required : sequence of str
        Columns that the header must have; others are kept too.

    Raises
    ------
    UnreadableFile
        The file is missing, is not UTF-8, or is not CSV.
    BadRow
        The header lacks a column or has one twice, or a row has more or fewer cells than the header.
    """
    try:
        with Path(path).open(encoding="utf-8-sig", newline="") as stream:
            reader = csv.reader(stream, strict=True)
            header = [name.strip() for name in next(reader, [])]
            _check_header(path, header, required)
            try:
                for cells in reader:
                    if not cells:
                        continue
                    if len(cells) != len(header):
                        raise BadRow(path, reader.line_num, "", f"has {len(cells)} cells, the header has {len(header)}")
                    stripped = (cell.strip() for cell in cells)
                    yield Row(path, reader.line_num, dict(zip(header, stripped, strict=True)))
            except csv.Error as error:
                raise BadRow(path, reader.line_num, "", _plainly(error)) from error
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise UnreadableFile(path, _plainly(error)) from error


def read_entries(path: str) -> list[Entry]:
    """Read ``entry_id,track,region,language[,organization]``.

    Raises
    ------
    UnreadableFile, BadRow
        As ``read_rows``; an id is empty or occurs twice.
    """
    entries: dict[str, Entry] = {}
    for row in read_rows(path, ["entry_id"]):
        entry_id = _new_id(row, "entry_id", entries)
        optional = {name: row.cells.get(name, "") for name in ("track", "region", "language", "organization")}
        entries[entry_id] = Entry(entry_id, **optional)
    return list(entries.values())


def read_jurors(path: str) -> list[Juror]:
    """Read ``juror_id,region,expert_tracks,languages[,organization,capacity]``; lists are separated by spaces.

    Raises
    ------
    UnreadableFile, BadRow
        As ``read_rows``; an id is empty or occurs twice; a capacity is no whole number from 0 up.
    """
    jurors: dict[str, Juror] = {}
    for row in read_rows(path, ["juror_id"]):
        juror_id = _new_id(row, "juror_id", jurors)
        jurors[juror_id] = Juror(
            juror_id,
            region=row.cells.get("region", ""),
            expert_tracks=tuple(row.cells.get("expert_tracks", "").split()),
            languages=tuple(row.cells.get("languages", "").split()),
            organization=row.cells.get("organization", ""),
            capacity=_capacity(row),
        )
    return list(jurors.values())


def read_rubric(path: str) -> Rubric:
    """Read ``{"weights": {criterion: w}, "scale": [lo, hi]}``.

    Raises
    ------
    UnreadableFile
        The file is missing or is not JSON of that form.
    InvalidRubric
        As ``Rubric``, or a criterion is called as a column that every sheet has.
    """
    try:
        document = json.loads(Path(path).read_text(encoding="utf-8-sig"))
        weights = {str(name): float(weight) for name, weight in document["weights"].items()}
        if clash := weights.keys() & _OF_A_SHEET:
            raise InvalidRubric(f"a criterion cannot be called {min(clash)!r}: the sheets have a column of that name")
        lo, hi = document["scale"]
        if isinstance(document["scale"], str):
            raise TypeError("the scale is no list")
        return Rubric(weights, (float(lo), float(hi)))
    except InvalidRubric:
        raise
    except KeyError as error:
        raise UnreadableFile(path, f"has no key {error}") from error
    except (OSError, ValueError, TypeError, AttributeError, OverflowError, RecursionError) as error:
        form = 'is not JSON of the form {"weights": {criterion: w}, "scale": [lo, hi]}'
        raise UnreadableFile(path, f"{form} ({_plainly(error)})") from error


def read_scores(path: str, rubric: Rubric, entry_ids: Container[str], juror_ids: Container[str]) -> list[Scoresheet]:
    """Read ``entry_id,juror_id,round,<criterion>…``; an empty cell is a missing mark.

    Columns that are no criterion of the rubric are ignored; a criterion without a column is an error.

    Raises
    ------
    UnreadableFile, BadRow
        As ``read_rows``; an unknown entry or juror; a mark that is no number or off the scale; a sheet given twice.
    """
    criteria = list(rubric.weights)
    sheets: list[Scoresheet] = []
    seen: dict[tuple[str, str, str], int] = {}
    for row in read_rows(path, ["entry_id", "juror_id", *criteria]):
        entry_id = row.known("entry_id", entry_ids, "the list of entries")
        juror_id = row.known("juror_id", juror_ids, "the list of jurors")
        key = (entry_id, juror_id, row.cells.get("round", "") or "1")
        if key in seen:
            raise row.bad("juror_id", f"{juror_id!r} already has a sheet for {entry_id!r} in line {seen[key]}")
        seen[key] = row.line
        sheets.append(Scoresheet(entry_id, juror_id, {name: _mark(row, name, rubric) for name in criteria}, key[2]))
    return sheets


def read_pairs(path: str) -> list[tuple[str, str]]:
    """Read the columns ``entry_id`` and ``juror_id`` in any order; return pairs (entry, juror).

    Raises
    ------
    UnreadableFile, BadRow
        As ``read_rows``; a cell is empty.
    """
    return [(row.required("entry_id"), row.required("juror_id")) for row in read_rows(path, ["entry_id", "juror_id"])]


def write_rows(path: str, header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Write a CSV file (UTF-8, LF), or to standard output where the path is "-"; None becomes an empty cell.

    Raises
    ------
    UnreadableFile
        The file cannot be written.
    """
    try:
        with nullcontext(sys.stdout) if path == "-" else Path(path).open("w", encoding="utf-8", newline="") as stream:
            writer = csv.writer(stream, lineterminator="\n")
            writer.writerow(header)
            writer.writerows([_cell(value) for value in row] for row in rows)
    except OSError as error:
        raise UnreadableFile(path, _plainly(error)) from error


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.6f}"
    return str(value)


def _check_header(path: str, header: list[str], required: Sequence[str]) -> None:
    for name in required:
        if name not in header:
            raise BadRow(path, 1, name, f"the header has no such column; it has {', '.join(header) or 'nothing'}")
    for name in header:
        if name and header.count(name) > 1:
            raise BadRow(path, 1, name, "the header has this column twice")


def _new_id(row: Row, column: str, known: Container[str]) -> str:
    value = row.required(column)
    if value in known:
        raise row.bad(column, f"{value!r} is listed twice")
    return value


def _capacity(row: Row) -> int | None:
    text = row.cells.get("capacity", "")
    if not text:
        return None
    if not text.isascii() or not text.isdigit() or len(text) > _MOST_DIGITS:
        raise row.bad("capacity", f"{text[:20]!r} is no whole number from 0 up of at most {_MOST_DIGITS} digits")
    return int(text)


def _mark(row: Row, column: str, rubric: Rubric) -> float | None:
    text = row.cells[column]
    if not text:
        return None
    try:
        if "_" in text:  # float would read 1_0 as ten
            raise ValueError
        mark = float(text)
    except ValueError:
        raise row.bad(column, f"{text!r} is no number") from None
    if not math.isfinite(mark):
        raise row.bad(column, f"{text!r} is no mark; leave the cell empty when the mark is missing")
    lo, hi = rubric.scale
    if not lo <= mark <= hi:
        raise row.bad(column, f"{text} is outside the scale {lo:g} to {hi:g}")
    return mark


def _plainly(error: Exception) -> str:
    if isinstance(error, UnicodeDecodeError):
        return "is not UTF-8 text"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return str(error) or type(error).__name__
