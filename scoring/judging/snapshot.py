"""Result snapshots: everything that determines a result in one document that anyone can recompute."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from importlib.metadata import version
from platform import python_version
from typing import Any

from scoring.errors import NotASnapshot, ScoringError
from scoring.judging.panel import make_panel
from scoring.judging.ranking import KNOWN_VERSIONS, METHOD_VERSION, Ranking, places, rank
from scoring.judging.records import Entry, Juror, Rubric, Scoresheet
from scoring.judging.ties import break_ties

FORMAT = "scoring/result/1"
#: Numbers are the same within this; places must be the same where scores differ by more.
TOLERANCE = 1e-6
_SHOWN = 20

Pair = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Verification:
    """What recomputing a snapshot gave.

    Attributes
    ----------
    identical : bool
        No difference was found.
    digest : str
        SHA-256 of the document as it is now, 64 hexadecimal digits.
    differences : tuple of str
        One sentence each.
    """

    identical: bool
    digest: str
    differences: tuple[str, ...]


def canonical_json(document: object) -> bytes:
    """Write a document as JSON in one way only: keys sorted, no spaces, UTF-8, whole numbers without a fraction.

    Parameters
    ----------
    document : object
        Mappings with string keys, sequences, strings, numbers, booleans, None.

    Returns
    -------
    bytes

    Raises
    ------
    ValueError
        A number is not finite.
    TypeError
        Something else is inside.

    References
    ----------
    In the spirit of RFC 8785, JSON Canonicalization Scheme; keys are sorted by code point.

    Examples
    --------
    >>> canonical_json({"b": 1.0, "a": [0.5, None]})
    b'{"a":[0.5,null],"b":1}'
    """
    plain = _plain(document)
    text = json.dumps(plain, sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return text.encode("utf-8")


def digest(document: Mapping[str, object]) -> str:
    """Return the SHA-256 of a document's canonical JSON without its own ``sha256``: 64 hexadecimal digits."""
    return hashlib.sha256(canonical_json({k: v for k, v in document.items() if k != "sha256"})).hexdigest()


def make_snapshot(
    ranking: Ranking,
    scores: Iterable[Scoresheet],
    entries: Iterable[Entry],
    jurors: Iterable[Juror],
    rubric: Rubric,
    *,
    assignments: Iterable[Pair] = (),
    conflicts: Iterable[Pair] = (),
    conflicts_sha256: str | None = None,
    previous: str | None = None,
    about: Mapping[str, object] | None = None,
) -> dict[str, Any]:
    """Put a ranking and all that determines it into one document with its digest.

    People appear by public id, region and tracks alone, so that a person can be erased and the snapshot still verifies.

    Parameters
    ----------
    ranking : Ranking
        What ``rank`` returned for the following four.
    scores, entries, jurors, rubric
        The arguments of ``rank``.
    assignments, conflicts : iterables of (entry_id, juror_id)
        On record beside the sheets; they do not enter the computation.
    conflicts_sha256 : str, optional
        Digest of the opening of the conflicts (``scoring.judging.conflicts``), for a snapshot that commits to them
        without telling them: it stands in place of ``conflicts``.
    previous : str, optional
        Digest of the snapshot before this one.
    about : mapping, optional
        The caller's own data (contest, rules' hash, time); covered by the digest.

    Returns
    -------
    dict
        Ready for ``canonical_json``; the key ``sha256`` holds the digest of the rest.
    """
    document: dict[str, Any] = {
        "format": FORMAT,
        "about": dict(about or {}),
        "previous": previous,
        "method": {
            "name": ranking.method,
            "version": ranking.version,
            "top": ranking.top,
            "seed": ranking.seed,
            "steps": ranking.steps,
            "lots": ranking.lots,
        },
        "libraries": {"python": python_version(), "numpy": version("numpy"), "scipy": version("scipy")},
        "rubric": {"weights": dict(rubric.weights), "scale": list(rubric.scale)},
        "entries": [[e.entry_id, e.track, e.region] for e in sorted(entries, key=lambda e: e.entry_id)],
        "jurors": [[j.juror_id, j.region, sorted(j.expert_tracks)] for j in sorted(jurors, key=lambda j: j.juror_id)],
        "scores": [
            [s.entry_id, s.juror_id, s.round, {name: mark for name, mark in s.marks.items() if mark is not None}]
            for s in sorted(scores, key=lambda s: (s.entry_id, s.juror_id, s.round))
        ],
        "assignments": sorted(map(list, assignments)),
        **(
            {"conflicts": sorted(map(list, conflicts))}
            if conflicts_sha256 is None
            else {"conflicts_sha256": conflicts_sha256}
        ),
        "result": [asdict(line) for line in ranking.entries],
        "ties": [asdict(tie) for tie in ranking.ties],
    }
    document = json.loads(canonical_json(document))
    document["sha256"] = digest(document)
    return document


def verify(document: Mapping[str, Any], previous: Mapping[str, Any] | None = None) -> Verification:
    """Recompute a snapshot and compare.

    The order must be the same wherever scores differ by more than 1e-6, and every number within 1e-6: the last bits of
    a sum depend on the machine. Ties are broken again from the scores that the document shows, exactly, and scores that
    are equal when computed again must be shown as equal. A snapshot of before there were tie-break steps has no ties.
    The digest must be exact.

    Parameters
    ----------
    document : mapping
        A snapshot, as read from JSON.
    previous : mapping, optional
        The snapshot before it, to check the chain.

    Returns
    -------
    Verification

    Raises
    ------
    NotASnapshot
        The document is of another kind, or of a version of the method that this library does not have.
    """
    if not isinstance(document, Mapping) or document.get("format") != FORMAT:
        raise NotASnapshot(f"the document is no result snapshot of the format {FORMAT}")
    differences = []
    try:
        now = digest(document)
        if document.get("sha256") != now:
            differences.append(f"the digest is {now}, the document says {document.get('sha256')}")
        if previous is not None and document.get("previous") != digest(previous):
            differences.append(f"the snapshot before has the digest {digest(previous)}, not {document.get('previous')}")
        method = document["method"]
        if method["version"] not in KNOWN_VERSIONS:
            raise NotASnapshot(f"computed by version {method['version']} of the methods; this is {METHOD_VERSION}")
        differences += _recompute(document)
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError, RecursionError) as error:
        raise NotASnapshot(f"the snapshot is damaged: {type(error).__name__} {error}") from error
    return Verification(not differences, now, tuple(differences))


def _recompute(document: Mapping[str, Any]) -> list[str]:
    try:
        ranking = _rank_again(document)
        ours = {line.entry_id: asdict(line) for line in ranking.entries}
        theirs = {line["entry_id"]: line for line in document["result"]}
        if theirs.keys() != ours.keys() or len(theirs) != len(document["result"]):
            return ["the result does not hold every entry once"]
        shown = {name: theirs[name]["score"] if _near(theirs[name]["score"], ours[name]["score"]) else line["score"]
                 for name, line in ours.items()}  # fmt: skip
        ties = break_ties(shown, make_panel(*recorded(document)), ranking.steps, ranking.lots)
    except ScoringError as error:
        return [f"what it records cannot be ranked: {error}"]
    found = _compare(document["result"], ours, places(shown, ties))
    found += _torn_apart({name: line["score"] for name, line in ours.items()}, shown)
    if "steps" in document["method"] and _plain([asdict(tie) for tie in ties]) != document["ties"]:
        found.append("equal scores are put in another order, or the figures of a tie-break step differ")
    return found[:_SHOWN] + ([f"and {len(found) - _SHOWN} more"] if len(found) > _SHOWN else [])


def recorded(document: Mapping[str, Any]) -> tuple[list[Scoresheet], list[Entry], list[Juror], Rubric]:
    """Return what a snapshot was computed from.

    Parameters
    ----------
    document : mapping
        A snapshot, as ``make_snapshot`` returned it or as read from JSON.

    Returns
    -------
    tuple of (list of Scoresheet, list of Entry, list of Juror, Rubric)
        The first four arguments of ``rank``.

    Raises
    ------
    KeyError, TypeError, ValueError
        The document is no snapshot.
    """
    lo, hi = document["rubric"]["scale"]
    return (
        [Scoresheet(entry, juror, marks, round_) for entry, juror, round_, marks in document["scores"]],
        [Entry(entry, track=track, region=region) for entry, track, region in document["entries"]],
        [Juror(juror, region=region, expert_tracks=tuple(tracks)) for juror, region, tracks in document["jurors"]],
        Rubric(document["rubric"]["weights"], (lo, hi)),
    )


def _rank_again(document: Mapping[str, Any]) -> Ranking:
    method = document["method"]
    about = {key: method[key] for key in ("top", "seed", "version")} | {"method": method["name"]}
    return rank(*recorded(document), **about, steps=method.get("steps", []), lots=method.get("lots", ""))


def _compare(listed: list[dict[str, Any]], ours: dict[str, dict[str, Any]], place_of: dict[str, int]) -> list[str]:
    found, theirs = [], {line["entry_id"]: line for line in listed}
    for name in sorted(ours):
        for key, value in (ours[name] | {"rank": place_of[name]}).items():
            if not _near(theirs[name].get(key), value):
                found.append(f"entry {name}: {key} is {value}, the snapshot says {theirs[name].get(key)}")
        if more := theirs[name].keys() - ours[name].keys():
            found.append(f"entry {name}: nothing computes {', '.join(sorted(more))}, which the snapshot says")
    for before, after in zip(listed, listed[1:], strict=False):
        if place_of[after["entry_id"]] < place_of[before["entry_id"]]:
            found.append(f"entry {after['entry_id']} is better than {before['entry_id']}, the snapshot has it behind")
    return found


def _torn_apart(ours: dict[str, float | None], shown: dict[str, float | None]) -> list[str]:
    """Name entries whose scores are equal and shown as different: within the tolerance, but no steps would decide."""
    first: dict[float | None, str] = {}
    found = []
    for name in sorted(ours):
        other = first.setdefault(ours[name], name)
        if shown[name] != shown[other]:
            found.append(f"entries {other} and {name} have equal scores, the snapshot shows different ones")
    return found


def _near(recorded: object, computed: object) -> bool:
    if isinstance(recorded, int | float) and isinstance(computed, int | float):
        return math.isclose(recorded, computed, rel_tol=0.0, abs_tol=1.5 * TOLERANCE)
    return recorded == computed


def _plain(value: object) -> object:
    """Copy with tuples as lists and whole floats as integers."""
    if isinstance(value, bool) or value is None or isinstance(value, str | int):
        return value
    if isinstance(value, float):
        return int(value) if value.is_integer() else value
    if isinstance(value, Mapping):
        if not all(isinstance(key, str) for key in value):
            raise TypeError("the keys of a document are strings")
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    raise TypeError(f"{type(value).__name__} has no canonical form")
