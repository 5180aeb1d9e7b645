"""Conflicts of interest that a snapshot commits to without telling them.

Of a known jury the pattern of conflicts tells who is behind which name of a published ranking. So the ranking holds the
SHA-256 of an opening in their place: the conflicts, and a salt without which few jurors times few entries could be
guessed by trying. Whoever is given the opening can check that these were the conflicts when the ranking was computed.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from itertools import pairwise
from typing import Any

from scoring.errors import InvalidOption, NotAnOpening, NotASnapshot
from scoring.judging.snapshot import Pair, canonical_json

OPENING_FORMAT = "scoring/conflicts/1"
#: 256 bits as hexadecimal digits: as many as the digest has, so that the salt is no weaker than it.
SALT = re.compile(r"[0-9a-f]{64}")
_KEYS = ("conflicts", "format", "salt")
_SHOWN = 20


def seal_conflicts(conflicts: Iterable[Pair], salt: str) -> dict[str, Any]:
    """Return the opening of the conflicts: the document whose ``opening_digest`` a snapshot holds in their place.

    Parameters
    ----------
    conflicts : iterable of (entry_id, juror_id)
        By the names of the snapshot, in any order; one that is given twice counts once.
    salt : str
        64 hexadecimal digits in lower case, by lot and for this snapshot alone.

    Returns
    -------
    dict
        ``format``, ``salt``, and ``conflicts`` sorted.

    Raises
    ------
    InvalidOption
        The salt is of another form.

    Examples
    --------
    >>> seal_conflicts([("b", "j2"), ("a", "j1")], "0" * 64)["conflicts"]
    [['a', 'j1'], ['b', 'j2']]
    """
    if not SALT.fullmatch(salt):
        raise InvalidOption("the salt of conflicts is 64 hexadecimal digits in lower case")
    return {"format": OPENING_FORMAT, "salt": salt, "conflicts": [list(pair) for pair in sorted(set(conflicts))]}


def opening_digest(opening: Mapping[str, Any]) -> str:
    """Return the SHA-256 of an opening's canonical JSON: 64 hexadecimal digits.

    Raises
    ------
    NotAnOpening
        The document is of another kind, or holds something else besides.
    """
    _check(opening)
    try:
        return hashlib.sha256(canonical_json(opening)).hexdigest()
    except UnicodeEncodeError as error:
        raise NotAnOpening("the opening of the conflicts is damaged: a name is no text") from error


def check_conflicts(document: Mapping[str, Any], opening: Mapping[str, Any]) -> tuple[str, ...]:
    """Tell what does not fit between a snapshot and the opening of its conflicts.

    The opening must be what the snapshot commits to, name nobody but its entries and jurors (a name beside theirs could
    hide who is meant), and no sheet may be of a juror for an entry with which they are in conflict.

    Parameters
    ----------
    document : mapping
        A snapshot that ``verify`` could read.
    opening : mapping
        As ``seal_conflicts`` returned it, or as read from JSON.

    Returns
    -------
    tuple of str
        One sentence each; empty when all fits.

    Raises
    ------
    NotAnOpening
        As ``opening_digest``.
    NotASnapshot
        The snapshot cannot be read.

    Notes
    -----
    O(S + number of conflicts).
    """
    now = opening_digest(opening)
    try:
        said = document.get("conflicts_sha256")
        if said is None:
            return ("the snapshot commits to no conflicts: there is nothing that the opening could fit",)
        found = [] if said == now else [f"the digest of the conflicts is {now}, the snapshot says {said}"]
        entries, jurors = ({row[0] for row in document[key]} for key in ("entries", "jurors"))
        judged = {(entry, juror) for entry, juror, *_ in document["scores"]}
    except (KeyError, IndexError, TypeError, ValueError, AttributeError, RecursionError) as error:
        raise NotASnapshot(f"the snapshot is damaged: {type(error).__name__} {error}") from error
    for entry, juror in opening["conflicts"]:
        if entry not in entries or juror not in jurors:
            found.append(f"the conflicts name entry {entry}, juror {juror}: one of them is not in the snapshot")
        elif (entry, juror) in judged:
            found.append(f"juror {juror} judged entry {entry}, with which they are in conflict")
    return tuple(found[:_SHOWN] + ([f"and {len(found) - _SHOWN} more"] if len(found) > _SHOWN else []))


def _check(opening: object) -> None:
    if not isinstance(opening, Mapping) or opening.get("format") != OPENING_FORMAT:
        raise NotAnOpening(f"the document is no opening of conflicts of the format {OPENING_FORMAT}")
    if tuple(sorted(opening)) != _KEYS:
        raise NotAnOpening("the opening of the conflicts holds something else than its format, salt and conflicts")
    salt, pairs = opening["salt"], opening["conflicts"]
    if not isinstance(salt, str) or not SALT.fullmatch(salt):
        raise NotAnOpening("the salt of the conflicts is not 64 hexadecimal digits in lower case")
    if not isinstance(pairs, list) or not all(_is_pair(pair) for pair in pairs):
        raise NotAnOpening("the conflicts of the opening are no list of an entry's and a juror's name each")
    if not all(before < after for before, after in pairwise(pairs)):
        raise NotAnOpening("the conflicts of the opening are not sorted, or one stands there twice")


def _is_pair(pair: object) -> bool:
    return isinstance(pair, list) and len(pair) == 2 and all(isinstance(name, str) for name in pair)
