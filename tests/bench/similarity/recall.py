"""What the recall benchmarks share: queries, thresholds, tables. Each runs its peers on the very same queries.

Every query asks all references of its contest. A negative is answered by the reference of another group that it is
most like; the threshold of a method is what 1 in 100 negatives pass, and an attack is found when its own source is
above it. Two halves stand apart: *seen* are the sources the shipped calibration was fitted on, attacked by one
generator; *held out* are others, attacked by a generator written in another way. Intervals are Wilson's, 95 %.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic, TypeVar

import numpy as np

from scoring.similarity import SimilarityIndex, Sketch
from scoring.similarity.findings import Finding

OURS = "ours"
LIMIT = 20
"""Candidates that a search compares."""

TOLD_FROM = 0.3
"""Probability from which the platform tells a match."""

COPIED = 0.05
"""Share of copies in the contest whose false alerts are expected: of real ones nobody knows it."""

T = TypeVar("T")
Score = Callable[[T], np.ndarray]
"""What a peer says of one query: a score for each reference."""

Span = tuple[float, float]


@dataclass(frozen=True)
class Reference(Generic[T]):
    """What is asked about; references and queries of one group are never called unrelated."""

    group: str
    content: T


@dataclass(frozen=True)
class Query(Generic[T]):
    """What asks.

    Attributes
    ----------
    attack : str
        Empty for a negative.
    kind : str
        Of a negative: where it comes from.
    source : int
        Of an attack: its reference.
    placed : Span, optional
        Where in the query the borrowed part stands, in the unit of the evidence.
    moved : callable, optional
        Gives the place in the source of a place in the query.
    akin : frozenset of int
        References that share material with it, as a rule tells that no method has a part in.
    """

    group: str
    content: T
    attack: str = ""
    kind: str = "found"
    source: int = -1
    placed: Span | None = None
    moved: Callable[[float], float] | None = None
    akin: frozenset[int] = frozenset()


@dataclass
class Row:
    """The answers to one query, by method: the score that counts, and for an attack whether its source is the first."""

    attack: str
    kind: str
    scores: dict[str, float] = field(default_factory=dict)
    first: dict[str, bool] = field(default_factory=dict)
    overlap: float | None = None
    offset: float | None = None


class Contest(Generic[T]):
    """References in an index of ours and in the peers'."""

    def __init__(
        self,
        references: Sequence[Reference[T]],
        sketched: Callable[[T], Sketch],
        peers: dict[str, Score[T]],
        index: SimilarityIndex | None = None,
        limit: int = LIMIT,
    ) -> None:
        self.references, self.sketched, self.peers, self.limit = references, sketched, peers, limit
        self.index = SimilarityIndex() if index is None else index  # an empty one is false
        for number, one in enumerate(references):
            self.index.add(str(number), sketched(one.content))

    def asked(self, query: Query[T], itself: int = -1) -> Row:
        """Ask all methods; `itself` is the reference that the query is, which stays out of what it finds."""
        row = Row(query.attack, query.kind)
        # A reference that asks is in the index already, and a contest does not hold an entry twice.
        name = "asked" if itself < 0 else str(itself)
        if itself < 0:
            self.index.add(name, self.sketched(query.content))
        found = {int(number): finding for number, finding in self.index.search(name, limit=self.limit)}
        if itself < 0:
            self.index.remove(name)
        told = np.zeros(len(self.references))
        for number, finding in found.items():
            told[number] = finding.probability
        others = np.array([one.group != query.group for one in self.references])
        others[list(query.akin)] = False
        for method, scores in ((OURS, told), *((name, peer(query.content)) for name, peer in self.peers.items())):
            if query.attack:
                row.scores[method] = float(scores[query.source])
                # Of equal ones the search names the first by its evidence; peers have nothing to tell them apart.
                leader = next(iter(found), -1) if method == OURS else int(np.argmax(scores))
                row.first[method] = leader == query.source
            else:
                row.scores[method] = float(scores[others].max(initial=0.0))
        if query.attack and query.source in found:
            row.overlap, row.offset = _place(query, found[query.source])
        return row


def _place(query: Query[Any], finding: Finding) -> tuple[float | None, float | None]:
    """Give the share of the borrowed part and of the evidence that they have in common, and the error of the place."""
    if not finding.evidence:
        return None, None
    overlap = offset = None
    if query.placed:
        steps = np.linspace(0, max(query.placed[1], *(piece.a_span[1] for piece in finding.evidence)), 2_000)
        true = (steps >= query.placed[0]) & (steps < query.placed[1])
        told = np.zeros(len(steps), dtype=bool)
        for piece in finding.evidence:
            told |= (steps >= piece.a_span[0]) & (steps < piece.a_span[1])
        overlap = float((true & told).sum() / max(1, (true | told).sum()))
    if query.moved:
        best = finding.evidence[0]
        offset = abs(query.moved(sum(best.a_span) / 2) - sum(best.b_span) / 2)
    return overlap, offset


def wilson(hits: int, total: int) -> tuple[float, float]:
    """Give the 95 % interval of a share."""
    if not total:
        return 0.0, 1.0
    share, z = hits / total, 1.96
    middle = (share + z * z / 2 / total) / (1 + z * z / total)
    reach = z * math.sqrt(share * (1 - share) / total + z * z / 4 / total / total) / (1 + z * z / total)
    return max(0.0, middle - reach), min(1.0, middle + reach)


def threshold(rows: Iterable[Row], method: str) -> float:
    """Give the score that 1 in 100 negatives pass, at most."""
    scores = np.sort([row.scores[method] for row in rows])
    return float(scores[math.ceil(0.99 * len(scores)) - 1])


def calibration_error(rows: Iterable[Row]) -> float:
    """Give the expected calibration error in ten bins, of one pair a query: its source, or the likest unrelated one."""
    pairs = np.array([(row.scores[OURS], bool(row.attack)) for row in rows])
    bins = np.minimum((pairs[:, 0] * 10).astype(int), 9)
    parts = [pairs[bins == number] for number in range(10)]
    return sum(abs(part[:, 0].mean() - part[:, 1].mean()) * len(part) / len(pairs) for part in parts if len(part))


def false_alerts(rows: Sequence[Row]) -> tuple[float, float]:
    """Give the false alerts in a thousand entries, `COPIED` of which are copies: expected, and observed.

    What is expected is the doubt that the probabilities of all alerts leave, as a contest's report tells it.
    """
    every = {True: 1000 * COPIED, False: 1000 * (1 - COPIED)}
    asked = {copied: [row.scores[OURS] for row in rows if bool(row.attack) is copied] for copied in every}
    told = {copied: [score for score in scores if score >= TOLD_FROM] for copied, scores in asked.items()}
    expected = sum(every[one] * sum(1 - score for score in told[one]) / max(1, len(asked[one])) for one in every)
    return expected, every[False] * len(told[False]) / max(1, len(asked[False]))


def _share(values: Sequence[float]) -> str:
    return f"{np.mean(values):4.2f}" if values else "   -"


def told(
    name: str, rows: list[Row], *, within: float = 0.5, uncovered: Sequence[str] = (), aside: Sequence[str] = ()
) -> dict[str, Any]:
    """Print the table of one half and give it as data.

    Attacks that are `uncovered` are shown but stay out of the calibration error; kinds that are `aside` are shown but
    are no negatives.
    """
    say = sys.stdout.write
    unrelated = [row for row in rows if not row.attack]
    negatives = [row for row in unrelated if row.kind not in aside]
    methods = list(rows[0].scores)
    kinds = {kind: [row for row in unrelated if row.kind == kind] for kind in sorted({row.kind for row in unrelated})}
    limits = {method: threshold(negatives, method) for method in methods}
    say(f"{name}: {len(negatives)} negatives ({', '.join(f'{len(rest)} {kind}' for kind, rest in kinds.items())})\n")
    for kind, rest in kinds.items():
        alerts = sum(row.scores[OURS] >= 0.5 for row in rest)
        say(f"  {kind}: 1 % pass {threshold(rest, OURS):.3f}, alerts from .5 {_counted(alerts, len(rest))}\n")
    say("  1 % of all pass " + ", ".join(f"{method} {limit:.3f}" for method, limit in limits.items()) + "\n")
    say(f"  {'attack':24}{'ours at 1 %':>29}{'at .5':>7}{'first':>7}{'IoU':>6}{'place':>7}")
    say("".join(f"{method:>18}" for method in methods[1:]) + "\n")
    found: dict[str, Any] = {"negatives": {kind: len(rest) for kind, rest in kinds.items()}, "thresholds": limits}
    found["thresholds_by_kind"] = {kind: threshold(rest, OURS) for kind, rest in kinds.items()}
    found["alerts"] = {kind: sum(row.scores[OURS] >= 0.5 for row in rest) for kind, rest in kinds.items()}
    found["recall"] = {}
    for attack in sorted({row.attack for row in rows if row.attack}):
        chosen = [row for row in rows if row.attack == attack]
        found["recall"][attack] = one = _recall(chosen, limits, found["thresholds_by_kind"], within)
        say(f"  {attack:24}{_counted(one['found'][OURS], len(chosen)):>29}{one['at_half']:7}{_share(one['first']):>7}")
        say(f"{_share(one['overlap']):>6}{_share(one['placed']):>7}")
        say("".join(f"{one['found'][method]:11} of {len(chosen):3}" for method in methods[1:]) + "\n")
        for key in ("first", "overlap", "placed"):
            one[key] = [int(sum(one[key])), len(one[key])]
    covered = [row for row in rows if row.attack not in uncovered and row.kind not in aside]
    found["ece"] = calibration_error(covered)
    expected, observed = found["false_alerts"] = false_alerts(covered)
    say(f"  calibration error {found['ece']:.3f}\n")
    say(f"  false alerts from {TOLD_FROM} in 1,000 entries, {COPIED:.0%} copies: ")
    say(f"expected {expected:.1f}, observed {observed:.1f}\n")
    return found


def _recall(rows: list[Row], limits: dict[str, float], by_kind: dict[str, float], within: float) -> dict[str, Any]:
    """Count what was found of one attack; `first`, `overlap` and `placed` are counted among what we found."""
    hits = [row for row in rows if row.scores[OURS] > limits[OURS]]
    return {
        "asked": len(rows),
        "found": {method: sum(row.scores[method] > limit for row in rows) for method, limit in limits.items()},
        "found_by_kind": {kind: sum(row.scores[OURS] > limit for row in rows) for kind, limit in by_kind.items()},
        "at_half": sum(row.scores[OURS] >= 0.5 for row in rows),
        "first": [row.first[OURS] for row in hits],
        "overlap": [row.overlap >= 0.8 for row in hits if row.overlap is not None],
        "placed": [row.offset <= within for row in hits if row.offset is not None],
    }


def _counted(hits: int, total: int) -> str:
    low, high = wilson(hits, total)
    return f"{hits:4} of {total:4}  ({low:.3f}-{high:.3f})"


def options(name: str, about: str | None, *, pairs: bool = False, translation: bool = False) -> argparse.Namespace:
    """Read the command line that these benchmarks have in common, some with a file for the pairs of the calibration."""
    parser = argparse.ArgumentParser(description=about)
    parser.add_argument("--corpus", type=Path, default=os.environ.get("CORPUS"), help="folder of material (CORPUS)")
    parser.add_argument("--quick", action="store_true", help="a small sample, in about a minute")
    parser.add_argument("--out", type=Path, default=Path(f"var/bench/similarity-{name}.json"))
    if pairs:
        parser.add_argument("--pairs", type=Path, help="write the measures of the pairs to fit on here, and end")
    if translation:
        parser.add_argument("--translation", action="store_true", help="find translations too (optional package)")
    return parser.parse_args()


def write(path: Path, found: dict[str, Any]) -> None:
    """Write the figures as JSON."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(found, indent=1))
