"""Search among entries, wherever their sketches are held: candidates by each modality, compared exactly."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from scoring.similarity.codesketch import CodeSketch
from scoring.similarity.comparison import Sketch, compare, may_reach
from scoring.similarity.findings import Finding, combined
from scoring.similarity.statistics import TermStatistics

Key = tuple[str, str]
"""A part of an entry: its modality and its name."""

Pairs = list[tuple[Key, Key]]
"""Parts of two entries that may share something, the most promising pair first."""

MAX_PAIRS = 60
"""Pairs of parts of two entries that a search compares exactly, the most promising ones."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """An entry worth an exact comparison.

    Attributes
    ----------
    entry_id : str
    score : float
        Between 0 and 1, for ranking only; it is no probability.
    """

    entry_id: str
    score: float


class EntrySearch(ABC):
    """What every index of entries does; one says where the sketches are, and which are near one."""

    def __init__(self, boilerplate: Iterable[str], starters: Iterable[CodeSketch]) -> None:
        self._statistics = {modality: TermStatistics(modality=modality) for modality in ("text", "code")}
        for text in boilerplate:
            self._statistics["text"].add_boilerplate(text)
        for starter in starters:
            self._statistics["code"].add_starter(starter)

    def statistics(self, modality: str = "text") -> TermStatistics:
        """Give the counts behind the weights of ``"text"`` or ``"code"``, to store with a report for repeating it."""
        return self._statistics[modality]

    @abstractmethod
    def _parts(self, entry_id: str) -> Mapping[Key, Sketch]:
        """Give the sketches of an entry. Raises UnknownEntry."""

    @abstractmethod
    def sketch(self, entry_id: str, key: Key) -> Sketch | None:
        """Give a part of an entry that is being compared; None when what is stored of it cannot be read."""

    @abstractmethod
    def _near(self, sketch: Sketch, limit: int) -> Iterable[tuple[str, Key, float]]:
        """Give the parts of entries near a sketch, with scores between 0 and 1, best first."""

    @abstractmethod
    def _expect(self, parts: Iterable[tuple[str, Key]]) -> None:
        """Make ready to compare parts of entries."""

    def candidates(self, entry_id: str, *, limit: int = 20) -> list[Candidate]:
        """Give other entries that may share material with one, best first, ties by identifier.

        Parameters
        ----------
        entry_id : str
        limit : int, default=20
            Candidates at most. Entries with an identical file are always among them.

        Raises
        ------
        UnknownEntry
        """
        return [candidate for candidate, _ in self._candidates(entry_id, limit)]

    def _candidates(self, entry_id: str, limit: int) -> list[tuple[Candidate, Pairs]]:
        """Give the candidates with the pairs of parts for which they are some, the best first."""
        found: dict[str, list[tuple[float, Key, Key]]] = {}
        certain: set[str] = set()
        for key, sketch in self._parts(entry_id).items():
            # Twice the number, because several parts of one entry may be found.
            for owner, other, score in self._near(sketch, 2 * limit):
                if owner == entry_id:
                    continue
                found.setdefault(owner, []).append((score, key, other))
                if sketch.modality == "file":
                    certain.add(owner)
        ranked = []
        for owner, pairs in found.items():
            pairs.sort(key=lambda one: (-one[0], one[1:]))
            ranked.append((Candidate(owner, pairs[0][0]), [pair[1:] for pair in pairs[:MAX_PAIRS]]))
        ranked.sort(key=lambda one: (one[0].entry_id not in certain, -one[0].score, one[0].entry_id))
        return ranked[: max(limit, len(certain))]

    def compare(self, a: str, b: str) -> Finding:
        """Compare two entries of the index, every part of one with every part of the other.

        Raises
        ------
        UnknownEntry
        """
        pairs = [(key, other) for key in self._parts(a) for other in self._parts(b) if key[0] == other[0]]
        self._expect([*((a, key) for key, _ in pairs), *((b, other) for _, other in pairs)])
        return self._compare(a, b, pairs)

    def _compare(self, a: str, b: str, pairs: Pairs) -> Finding:
        findings = []
        for key, other in pairs:
            a_sketch, b_sketch = self.sketch(a, key), self.sketch(b, other)
            if a_sketch is None or b_sketch is None:
                continue
            finding = compare(a_sketch, b_sketch, statistics=self._statistics.get(key[0]))
            findings.append(_placed(finding, key[1], other[1]))
        return combined(findings)

    def _may_reach(self, a: str, b: str, pairs: Pairs, least: float) -> bool:
        """Tell whether one of the pairs may reach a probability: then all of them are compared."""
        for key, other in pairs:
            a_sketch, b_sketch = self.sketch(a, key), self.sketch(b, other)
            if a_sketch is None or b_sketch is None:
                continue
            if may_reach(a_sketch, b_sketch, least, self._statistics.get(key[0])):
                return True
        return False

    def search(self, entry_id: str, *, limit: int = 20, min_probability: float = 0.0) -> list[tuple[str, Finding]]:
        """Give the entries that share material with one, with the evidence, most probable first.

        Parameters
        ----------
        entry_id : str
        limit : int, default=20
            Candidates that are compared exactly, in the parts for which they are candidates.
        min_probability : float, default=0.0
            Findings below it are left out; findings without evidence always are.

        Raises
        ------
        UnknownEntry
        """
        return self._found(entry_id, self._candidates(entry_id, limit), min_probability)

    def search_all(
        self, entry_ids: Iterable[str], *, limit: int = 20, min_probability: float = 0.0
    ) -> Iterator[tuple[str, list[tuple[str, Finding]]]]:
        """Search for one entry after the other as `search` does, but never compare two of them twice.

        Yields
        ------
        (str, list of (str, Finding))
            The entry that asked and what it found; a pair stands with the one that asked first.

        Raises
        ------
        UnknownEntry
        """
        compared: set[tuple[str, str]] = set()
        for entry_id in entry_ids:
            every = self._candidates(entry_id, limit)
            fresh = [one for one in every if (one[0].entry_id, entry_id) not in compared]
            compared.update((entry_id, other.entry_id) for other, _ in fresh)
            yield entry_id, self._found(entry_id, fresh, min_probability)

    def _found(
        self, entry_id: str, candidates: list[tuple[Candidate, Pairs]], least: float
    ) -> list[tuple[str, Finding]]:
        owned = [(entry_id, key) for _, pairs in candidates for key, _ in pairs]
        self._expect([*owned, *((other.entry_id, key) for other, pairs in candidates for _, key in pairs)])
        findings = [
            (other.entry_id, self._compare(entry_id, other.entry_id, pairs))
            for other, pairs in candidates
            if not least or self._may_reach(entry_id, other.entry_id, pairs, least)
        ]
        kept = [pair for pair in findings if pair[1].evidence and pair[1].probability >= least]
        return sorted(kept, key=lambda pair: (-pair[1].probability, -pair[1].strength, pair[0]))


def _placed(finding: Finding, a_part: str, b_part: str) -> Finding:
    """Name the parts in the evidence, before the file a channel may have named within them."""
    evidence = tuple(
        replace(piece, a_part=_joined(a_part, piece.a_part), b_part=_joined(b_part, piece.b_part))
        for piece in finding.evidence
    )
    return replace(finding, evidence=evidence)


def _joined(part: str, inner: str) -> str:
    return f"{part}/{inner}" if part and inner else part or inner
