"""What can be wrong with the input of the library: one class a reason, each carrying its data."""

from __future__ import annotations

from collections.abc import Sequence


class ScoringError(Exception):
    """Base of every error that the library raises on purpose; its text is a sentence for a person."""

    exit_code = 2


class BadRow(ScoringError):
    """A cell of an input file cannot be used.

    Attributes
    ----------
    file : str
        Name of the file as it was given.
    line : int
        Line in the file, counted from 1; the header is line 1.
    column : str
        Name of the column, or "" when the whole row is meant.
    """

    def __init__(self, file: str, line: int, column: str, reason: str) -> None:
        where = f"{file}, line {line}" + (f", column {column}" if column else "")
        super().__init__(f"{where}: {reason}")
        self.file, self.line, self.column, self.reason = file, line, column, reason


class UnreadableFile(ScoringError):
    """A file is missing, is not UTF-8, or is not what it is named to be."""

    def __init__(self, file: str, reason: str) -> None:
        super().__init__(f"{file}: {reason}")
        self.file, self.reason = file, reason


class InvalidRubric(ScoringError):
    """Weights or scale of a rubric define no score."""


class DuplicateRecord(ScoringError):
    """An identifier, or a sheet of one juror for one entry in one round, occurs twice."""


class UnknownReference(ScoringError):
    """A sheet, an assignment or a conflict names an entry or a juror that was not given."""

    def __init__(self, kind: str, name: str, where: str) -> None:
        super().__init__(f"{where} names the {kind} {name!r}, which is not in the list")
        self.kind, self.name, self.where = kind, name, where


class InvalidMark(ScoringError):
    """A mark is no finite number or lies outside the scale."""

    def __init__(self, entry_id: str, juror_id: str, criterion: str, reason: str) -> None:
        super().__init__(f"juror {juror_id!r}, entry {entry_id!r}, criterion {criterion!r}: {reason}")
        self.entry_id, self.juror_id, self.criterion, self.reason = entry_id, juror_id, criterion, reason


class InvalidOption(ScoringError):
    """An argument such as the method, the number of reviews or the size of the top is out of range."""


class Infeasible(ScoringError):
    """No assignment gives every entry its reviews.

    Attributes
    ----------
    entries, jurors : tuple of str
        The bottleneck: these entries may be reviewed by these jurors alone, and they are too few.
    needed, available : int
        Reviews that the bottleneck's entries need, and the most that can be given to them.
    """

    exit_code = 3

    def __init__(self, entries: Sequence[str], jurors: Sequence[str], needed: int, available: int) -> None:
        self.entries, self.jurors, self.needed, self.available = tuple(entries), tuple(jurors), needed, available
        able = (
            f"{_listed('juror', 'jurors', self.jurors)} can give {available} of them"
            if jurors
            else "no juror can give any"
        )
        super().__init__(
            f"cannot be done: {_listed('entry', 'entries', self.entries)} need{'s' if len(entries) == 1 else ''} "
            f"{needed} review{'' if needed == 1 else 's'}, but {able} (the others are in conflict or at capacity)"
        )


class NotASnapshot(ScoringError):
    """A document is not a result snapshot that this version can read."""


class NotAnOpening(ScoringError):
    """A document does not open the conflicts that a snapshot commits to: it is of another kind, or damaged."""


def _listed(one: str, many: str, names: Sequence[str], limit: int = 8) -> str:
    """Name up to ``limit`` of the names and count the rest."""
    shown = ", ".join(names[:limit])
    rest = f" and {len(names) - limit} more" if len(names) > limit else ""
    return f"{one if len(names) == 1 else many} {shown}{rest}"
