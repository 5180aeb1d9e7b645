"""Sheets as arrays: the one form that every method reads."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from scoring.errors import DuplicateRecord, InvalidMark, UnknownReference
from scoring.judging.records import Entry, Juror, Rubric, Scoresheet

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

_Record = TypeVar("_Record", Entry, Juror)


@dataclass(frozen=True, slots=True)
class Panel:
    """Sheets of a contest as arrays, in an order that does not depend on the order of the input.

    N entries and J jurors are sorted by id, S sheets by entry, juror and round. Sheets without any mark on a criterion
    of positive weight are left out: they say nothing.

    Attributes
    ----------
    entries : tuple of Entry
        Length N.
    jurors : tuple of Juror
        Length J.
    criteria : tuple of str
        The C criteria of positive weight, in the rubric's order.
    weights : ndarray of shape (C,), float64
        Shares of the weights, summing to 1.
    scale : tuple of two floats
        Lowest and highest mark.
    entry, juror : ndarray of shape (S,), int64
        Index of each sheet's entry in ``entries`` and juror in ``jurors``.
    marks : ndarray of shape (S, C), float64
        Marks on the scale; NaN where missing.
    total : ndarray of shape (S,), float64
        Weighted mean of the marks that are there, on the scale.
    """

    entries: tuple[Entry, ...]
    jurors: tuple[Juror, ...]
    criteria: tuple[str, ...]
    weights: Floats
    scale: tuple[float, float]
    entry: Ints
    juror: Ints
    marks: Floats
    total: Floats

    @property
    def reviews(self) -> Ints:
        """Number of sheets of each entry: ndarray of shape (N,), int64."""
        return np.bincount(self.entry, minlength=len(self.entries)).astype(np.int64)

    @property
    def expert(self) -> Bools:
        """Whether each sheet's juror declared the entry's track: ndarray of shape (S,)."""
        return expertise(self.entries, self.jurors)[self.entry, self.juror]

    @property
    def own_region(self) -> Bools:
        """Whether each sheet's juror is of the entry's region: ndarray of shape (S,)."""
        return same_region(self.entries, self.jurors)[self.entry, self.juror]


def make_panel(
    scores: Iterable[Scoresheet], entries: Iterable[Entry], jurors: Iterable[Juror], rubric: Rubric
) -> Panel:
    """Check the records and put them into arrays.

    Parameters
    ----------
    scores, entries, jurors : iterables of records
        In any order.
    rubric : Rubric
        Criteria, weights and scale.

    Returns
    -------
    Panel

    Raises
    ------
    DuplicateRecord
        Two entries or jurors of one id, or two sheets of one juror for one entry in one round.
    UnknownReference
        A sheet names an entry, a juror or a criterion that is not there.
    InvalidMark
        A mark is not finite or lies outside the scale.

    Notes
    -----
    O(S log S + N log N + J log J).

    Examples
    --------
    >>> panel = make_panel([Scoresheet("e", "j", {"idea": 7})], [Entry("e")], [Juror("j")], Rubric({"idea": 1}))
    >>> panel.total.tolist()
    [7.0]
    """
    ordered_entries = by_id(entries, "entry_id", "entry")
    ordered_jurors = by_id(jurors, "juror_id", "juror")
    entry_index = {entry.entry_id: i for i, entry in enumerate(ordered_entries)}
    juror_index = {juror.juror_id: j for j, juror in enumerate(ordered_jurors)}
    criteria = tuple(name for name, share in rubric.shares.items() if share > 0)
    rows: list[tuple[int, int, str, list[float]]] = []
    for sheet in scores:
        where = f"a sheet ({sheet.entry_id}, {sheet.juror_id}, round {sheet.round})"
        if sheet.entry_id not in entry_index:
            raise UnknownReference("entry", sheet.entry_id, where)
        if sheet.juror_id not in juror_index:
            raise UnknownReference("juror", sheet.juror_id, where)
        marks = _marks(sheet, criteria, rubric)
        rows.append((entry_index[sheet.entry_id], juror_index[sheet.juror_id], sheet.round, marks))
    rows.sort(key=lambda row: row[:3])
    for before, after in zip(rows, rows[1:], strict=False):
        if before[:3] == after[:3]:
            entry_id, juror_id = ordered_entries[after[0]].entry_id, ordered_jurors[after[1]].juror_id
            raise DuplicateRecord(f"juror {juror_id!r} has two sheets for entry {entry_id!r} in round {after[2]!r}")
    weights = np.array([rubric.shares[name] for name in criteria])
    marks_array = np.array([row[3] for row in rows], dtype=np.float64).reshape(len(rows), len(criteria))
    there = ~np.isnan(marks_array)
    kept = there.any(axis=1)
    marks_array, there = marks_array[kept], there[kept]
    return Panel(
        entries=ordered_entries,
        jurors=ordered_jurors,
        criteria=criteria,
        weights=weights,
        scale=(float(rubric.scale[0]), float(rubric.scale[1])),
        entry=np.array([row[0] for row in rows], dtype=np.int64)[kept],
        juror=np.array([row[1] for row in rows], dtype=np.int64)[kept],
        marks=marks_array,
        total=np.where(there, marks_array, 0.0) @ weights / (there @ weights),
    )


def expertise(entries: Sequence[Entry], jurors: Sequence[Juror]) -> Bools:
    """Tell which juror declared which entry's track: ndarray of shape (N, J), bool. O(N J)."""
    tracks = sorted({entry.track for entry in entries})
    column = {track: t for t, track in enumerate(tracks)}
    declared = np.zeros((len(tracks), len(jurors)), dtype=bool)
    for j, juror in enumerate(jurors):
        for track in juror.expert_tracks:
            if track in column and track != "":
                declared[column[track], j] = True
    return declared[np.array([column[entry.track] for entry in entries], dtype=np.int64)]


def same_region(entries: Sequence[Entry], jurors: Sequence[Juror]) -> Bools:
    """Tell which juror is of which entry's region; unknown regions never match. Shape (N, J), bool. O(N J)."""
    return _same([entry.region for entry in entries], [juror.region for juror in jurors])


def same_organization(entries: Sequence[Entry], jurors: Sequence[Juror]) -> Bools:
    """Tell which juror is of which entry's organization; unknown ones never match. Shape (N, J), bool. O(N J)."""
    return _same([entry.organization for entry in entries], [juror.organization for juror in jurors])


def codes(names: Sequence[str]) -> Ints:
    """Number the distinct names from 0 in sorted order; the empty name is -1. Shape (n,), int64."""
    order = {name: n for n, name in enumerate(sorted({name for name in names if name}))}
    return np.array([order.get(name, -1) for name in names], dtype=np.int64)


def _same(left: Sequence[str], right: Sequence[str]) -> Bools:
    numbers = codes([*left, *right])
    a, b = numbers[: len(left)], numbers[len(left) :]
    return (a[:, None] == b[None, :]) & (a >= 0)[:, None]


def by_id(records: Iterable[_Record], key: str, kind: str) -> tuple[_Record, ...]:
    """Sort records by the id under ``key``.

    Raises
    ------
    DuplicateRecord
        Two records have one id; the message calls them ``kind``.
    """
    ordered = tuple(sorted(records, key=lambda record: str(getattr(record, key))))
    for before, after in zip(ordered, ordered[1:], strict=False):
        if getattr(before, key) == getattr(after, key):
            raise DuplicateRecord(f"the {kind} {getattr(after, key)!r} is listed twice")
    return ordered


def _marks(sheet: Scoresheet, criteria: Sequence[str], rubric: Rubric) -> list[float]:
    lo, hi = rubric.scale
    for name, mark in sheet.marks.items():
        if name not in rubric.weights:
            raise UnknownReference("criterion", name, f"a sheet ({sheet.entry_id}, {sheet.juror_id})")
        if mark is None:
            continue
        if mark != mark or abs(mark) == math.inf:  # math.isfinite fails on a whole number of hundreds of digits
            raise InvalidMark(sheet.entry_id, sheet.juror_id, name, f"{mark} is no mark; leave out what is missing")
        if not lo <= mark <= hi:
            raise InvalidMark(sheet.entry_id, sheet.juror_id, name, f"{mark} is outside the scale {lo:g} to {hi:g}")
    return [math.nan if (mark := sheet.marks.get(name)) is None else float(mark) for name in criteria]
