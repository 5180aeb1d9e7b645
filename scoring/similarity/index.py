"""An index of entries in memory: add, remove, find candidates, compare; nothing is ever fitted again."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import count

from scoring.similarity.comparison import Sketch, compare
from scoring.similarity.errors import DifferentVersions, DuplicateEntry, UnknownEntry
from scoring.similarity.filesketch import FileSketch
from scoring.similarity.findings import Finding, combined
from scoring.similarity.postings import TextPostings
from scoring.similarity.statistics import TermStatistics
from scoring.similarity.textsketch import SKETCH_VERSION, TextSketch


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


class SimilarityIndex:
    """Find entries that share material.

    Parameters
    ----------
    boilerplate : iterable of str, optional
        Texts that organizers hand out: labels of the form, its help texts, templates, examples. What entries share
        with them counts for nothing.

    Examples
    --------
    >>> from scoring.similarity import sketch_text
    >>> index = SimilarityIndex(boilerplate=["Describe your idea:"])
    >>> index.add("e1", sketch_text("Describe your idea: a shadow theatre tells the legends of our steppe village."))
    >>> index.add("e2", sketch_text("Describe your idea: robots that water school gardens in the dry summer months."))
    >>> index.add("e3", sketch_text("A shadow theatre tells the legends of our steppe village, with live music."))
    >>> [candidate.entry_id for candidate in index.candidates("e1", limit=1)]
    ['e3']
    >>> [(entry_id, finding.probability > 0.5) for entry_id, finding in index.search("e3")]
    [('e1', True)]
    >>> index.remove("e1")
    >>> index.search("e3")
    []
    """

    def __init__(self, *, boilerplate: Iterable[str] = ()) -> None:
        statistics = TermStatistics.over((), boilerplate=boilerplate)
        self._texts = TextPostings(statistics)
        self._files: dict[str, set[str]] = {}
        self._entries: dict[str, dict[str, Sketch]] = {}
        self._slots: dict[tuple[str, str], int] = {}
        self._owners: dict[int, str] = {}
        self._next = count()

    def __len__(self) -> int:
        """Give the number of entries."""
        return len(self._entries)

    def __contains__(self, entry_id: object) -> bool:
        """Tell whether the index holds an entry."""
        return entry_id in self._entries

    def __iter__(self) -> Iterator[str]:
        """Give the entries in the order they were added."""
        return iter(self._entries)

    @property
    def statistics(self) -> TermStatistics:
        """The counts behind the weights, to store with a report so that it can be repeated."""
        return self._texts.statistics

    def add(self, entry_id: str, sketch: Sketch, *, part: str = "") -> None:
        """Add a part of an entry: a form field, a file.

        Parameters
        ----------
        entry_id : str
        sketch : TextSketch or FileSketch
        part : str, default=""
            Names the part within the entry; it comes back in the evidence.

        Raises
        ------
        DuplicateEntry
            When the entry already has a part of that name and modality.
        DifferentVersions
            When the sketch is of another version than this code makes.
        """
        key = f"{sketch.modality}:{part}"
        if key in self._entries.get(entry_id, {}):
            raise DuplicateEntry(f"{entry_id}/{part}" if part else entry_id)
        if isinstance(sketch, TextSketch):
            if sketch.version != SKETCH_VERSION:
                raise DifferentVersions(sketch.version, SKETCH_VERSION)
            slot = next(self._next)
            self._texts.add(slot, sketch)
            self._slots[entry_id, key] = slot
            self._owners[slot] = entry_id
        else:
            self._files.setdefault(sketch.digest, set()).add(entry_id)
        self._entries.setdefault(entry_id, {})[key] = sketch

    def remove(self, entry_id: str) -> None:
        """Forget an entry, leaving no trace of it in postings or counts.

        Raises
        ------
        UnknownEntry
        """
        for key, sketch in self._parts(entry_id).items():
            if isinstance(sketch, FileSketch):
                owners = self._files.get(sketch.digest, set())
                owners.discard(entry_id)
                if not owners:
                    self._files.pop(sketch.digest, None)
            else:
                slot = self._slots.pop((entry_id, key))
                self._texts.remove(slot)
                del self._owners[slot]
        del self._entries[entry_id]

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
        best: dict[str, float] = {}
        for sketch in self._parts(entry_id).values():
            if isinstance(sketch, FileSketch):
                found = [(owner, 2.0) for owner in self._files.get(sketch.digest, ()) if sketch.size_bytes]
            else:
                # Twice the number, because several parts of one entry may be found.
                found = [(self._owners[slot], score) for slot, score in self._texts.search(sketch, 2 * limit)]
            for owner, score in found:
                if owner != entry_id:
                    best[owner] = max(best.get(owner, 0.0), score)
        ranked = sorted(best.items(), key=lambda item: (-item[1], item[0]))
        identical = sum(score > 1 for _, score in ranked)
        return [Candidate(owner, min(1.0, score)) for owner, score in ranked[: max(limit, identical)]]

    def compare(self, a: str, b: str) -> Finding:
        """Compare two entries of the index, every part of one with every part of the other.

        Raises
        ------
        UnknownEntry
        """
        findings = []
        for a_key, a_sketch in self._parts(a).items():
            for b_key, b_sketch in self._parts(b).items():
                if a_sketch.modality == b_sketch.modality:
                    finding = compare(a_sketch, b_sketch, statistics=self.statistics)
                    findings.append(_placed(finding, a_key.partition(":")[2], b_key.partition(":")[2]))
        return combined(findings)

    def search(self, entry_id: str, *, limit: int = 20, min_probability: float = 0.0) -> list[tuple[str, Finding]]:
        """Give the entries that share material with one, with the evidence, most probable first.

        Parameters
        ----------
        entry_id : str
        limit : int, default=20
            Candidates that are compared exactly.
        min_probability : float, default=0.0
            Findings below it are left out; findings without evidence always are.

        Raises
        ------
        UnknownEntry
        """
        others = [other.entry_id for other in self.candidates(entry_id, limit=limit)]
        findings = [(other, self.compare(entry_id, other)) for other in others]
        kept = [pair for pair in findings if pair[1].evidence and pair[1].probability >= min_probability]
        return sorted(kept, key=lambda pair: (-pair[1].probability, -pair[1].strength, pair[0]))

    def _parts(self, entry_id: str) -> dict[str, Sketch]:
        try:
            return self._entries[entry_id]
        except KeyError:
            raise UnknownEntry(entry_id) from None


def _placed(finding: Finding, a_part: str, b_part: str) -> Finding:
    evidence = tuple(replace(piece, a_part=a_part, b_part=b_part) for piece in finding.evidence)
    return replace(finding, evidence=evidence)
