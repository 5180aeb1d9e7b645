"""An index of entries in memory: add, remove, find candidates, compare; nothing is ever fitted again."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import count
from typing import Any, Protocol

from scoring.similarity import audiosketch, codesketch, filesketch, imagesketch, textsketch, videosketch
from scoring.similarity.audiochannel import AudioChannel
from scoring.similarity.codesketch import CodeSketch
from scoring.similarity.comparison import Sketch, compare
from scoring.similarity.errors import DifferentVersions, DuplicateEntry, UnknownEntry
from scoring.similarity.filesketch import FileChannel
from scoring.similarity.findings import Finding, combined
from scoring.similarity.imagechannel import ImageChannel
from scoring.similarity.postings import SequencePostings
from scoring.similarity.statistics import TermStatistics
from scoring.similarity.videochannel import VideoChannel

VERSIONS = {
    "text": textsketch.SKETCH_VERSION,
    "code": codesketch.SKETCH_VERSION,
    "image": imagesketch.SKETCH_VERSION,
    "audio": audiosketch.SKETCH_VERSION,
    "video": videosketch.SKETCH_VERSION,
    "file": filesketch.SKETCH_VERSION,
}
"""The version of sketch that each channel takes."""


Key = tuple[str, str]
"""A part of an entry: its modality and its name."""

MAX_PAIRS = 60
"""Pairs of parts of two entries that a search compares exactly, the most promising ones."""


class Channel(Protocol):
    """What holds the sketches of one modality and finds those near one."""

    def add(self, slot: int, sketch: Any) -> None:
        """Hold a sketch under a free number."""

    def remove(self, slot: int) -> None:
        """Forget it."""

    def search(self, sketch: Any, limit: int) -> list[tuple[int, float]]:
        """Give slots and scores between 0 and 1, best first."""


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
    starters : iterable of CodeSketch, optional
        Starter projects that organizers hand out.

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

    def __init__(self, *, boilerplate: Iterable[str] = (), starters: Iterable[CodeSketch] = ()) -> None:
        self._statistics = {modality: TermStatistics(modality=modality) for modality in ("text", "code")}
        for text in boilerplate:
            self._statistics["text"].add_boilerplate(text)
        for starter in starters:
            self._statistics["code"].add_starter(starter)
        self._channels: dict[str, Channel] = {
            "text": SequencePostings(self._statistics["text"]),
            "code": SequencePostings(self._statistics["code"]),
            "image": ImageChannel(),
            "audio": AudioChannel(),
            "video": VideoChannel(),
            "file": FileChannel(),
        }
        self._entries: dict[str, dict[Key, tuple[int, Sketch]]] = {}
        self._owners: dict[int, tuple[str, Key]] = {}
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

    def statistics(self, modality: str = "text") -> TermStatistics:
        """Give the counts behind the weights of ``"text"`` or ``"code"``, to store with a report for repeating it."""
        return self._statistics[modality]

    def add(self, entry_id: str, sketch: Sketch, *, part: str = "") -> None:
        """Add a part of an entry: a form field, a file.

        Parameters
        ----------
        entry_id : str
        sketch : Sketch
            Of any modality.
        part : str, default=""
            Names the part within the entry; it comes back in the evidence.

        Raises
        ------
        DuplicateEntry
            When the entry already has a part of that name and modality.
        DifferentVersions
            When the sketch is of another version than this code makes.
        """
        key = (sketch.modality, part)
        if key in self._entries.get(entry_id, {}):
            raise DuplicateEntry(f"{entry_id}/{part}" if part else entry_id)
        if sketch.version != VERSIONS[sketch.modality]:
            raise DifferentVersions(sketch.version, VERSIONS[sketch.modality])
        slot = next(self._next)
        self._channels[sketch.modality].add(slot, sketch)
        self._owners[slot] = (entry_id, key)
        self._entries.setdefault(entry_id, {})[key] = (slot, sketch)

    def remove(self, entry_id: str) -> None:
        """Forget an entry, leaving no trace of it in postings or counts.

        Raises
        ------
        UnknownEntry
        """
        for slot, sketch in self._parts(entry_id).values():
            self._channels[sketch.modality].remove(slot)
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
        return [candidate for candidate, _ in self._candidates(entry_id, limit)]

    def _candidates(self, entry_id: str, limit: int) -> list[tuple[Candidate, list[tuple[Key, Key]]]]:
        """Give the candidates with the pairs of parts for which they are some, the best first."""
        found: dict[str, list[tuple[float, Key, Key]]] = {}
        certain: set[str] = set()
        for key, (_, sketch) in self._parts(entry_id).items():
            # Twice the number, because several parts of one entry may be found.
            for slot, score in self._channels[sketch.modality].search(sketch, 2 * limit):
                owner, other = self._owners[slot]
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
        return self._compare(a, b, pairs)

    def _compare(self, a: str, b: str, pairs: list[tuple[Key, Key]]) -> Finding:
        findings = []
        for key, other in pairs:
            (_, a_sketch), (_, b_sketch) = self._entries[a][key], self._entries[b][other]
            finding = compare(a_sketch, b_sketch, statistics=self._statistics.get(key[0]))
            findings.append(_placed(finding, key[1], other[1]))
        return combined(findings)

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
        self, entry_id: str, candidates: list[tuple[Candidate, list[tuple[Key, Key]]]], least: float
    ) -> list[tuple[str, Finding]]:
        findings = [(other.entry_id, self._compare(entry_id, other.entry_id, pairs)) for other, pairs in candidates]
        kept = [pair for pair in findings if pair[1].evidence and pair[1].probability >= least]
        return sorted(kept, key=lambda pair: (-pair[1].probability, -pair[1].strength, pair[0]))

    def _parts(self, entry_id: str) -> dict[Key, tuple[int, Sketch]]:
        try:
            return self._entries[entry_id]
        except KeyError:
            raise UnknownEntry(entry_id) from None


def _placed(finding: Finding, a_part: str, b_part: str) -> Finding:
    """Name the parts in the evidence, before the file a channel may have named within them."""
    evidence = tuple(
        replace(piece, a_part=_joined(a_part, piece.a_part), b_part=_joined(b_part, piece.b_part))
        for piece in finding.evidence
    )
    return replace(finding, evidence=evidence)


def _joined(part: str, inner: str) -> str:
    return f"{part}/{inner}" if part and inner else part or inner
