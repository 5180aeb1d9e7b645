"""An index of entries in memory: add, remove, find candidates, compare; nothing is ever fitted again."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import count
from typing import Any, Protocol

from scoring.similarity import (
    audiosketch,
    codesketch,
    filesketch,
    imagesketch,
    textsketch,
    translationsketch,
    videosketch,
)
from scoring.similarity.audiochannel import AudioChannel
from scoring.similarity.codesketch import CodeSketch
from scoring.similarity.comparison import Sketch
from scoring.similarity.errors import DifferentVersions, DuplicateEntry, UnknownEntry
from scoring.similarity.filesketch import FileChannel
from scoring.similarity.findings import Finding
from scoring.similarity.imagechannel import ImageChannel
from scoring.similarity.postings import SequencePostings
from scoring.similarity.searching import EntrySearch, Key
from scoring.similarity.translationchannel import TranslationChannel
from scoring.similarity.translationsketch import TranslationSketch
from scoring.similarity.videochannel import VideoChannel

VERSIONS = {
    "text": textsketch.SKETCH_VERSION,
    "code": codesketch.SKETCH_VERSION,
    "image": imagesketch.SKETCH_VERSION,
    "audio": audiosketch.SKETCH_VERSION,
    "video": videosketch.SKETCH_VERSION,
    "file": filesketch.SKETCH_VERSION,
    "translation": translationsketch.SKETCH_VERSION,
}
"""The version of sketch that each channel takes."""

SETTLED_FOR = 8
"""When more than one entry of so many asks, laying all terms out in order costs less than it saves."""


class Channel(Protocol):
    """What holds the sketches of one modality and finds those near one."""

    def add(self, slot: int, sketch: Any) -> None:
        """Hold a sketch under a free number."""

    def remove(self, slot: int) -> None:
        """Forget it."""

    def search(self, sketch: Any, limit: int) -> list[tuple[int, float]]:
        """Give slots and scores between 0 and 1, best first."""


class SimilarityIndex(EntrySearch):
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
        super().__init__(boilerplate, starters)
        self._postings = {modality: SequencePostings(counts) for modality, counts in self._statistics.items()}
        self._translations = TranslationChannel()
        self._channels: dict[str, Channel] = {
            **self._postings,
            "image": ImageChannel(),
            "audio": AudioChannel(),
            "video": VideoChannel(),
            "file": FileChannel(),
            "translation": self._translations,
        }
        self._entries: dict[str, dict[Key, Sketch]] = {}
        self._slots: dict[str, list[int]] = {}
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
        self._entries.setdefault(entry_id, {})[key] = sketch
        self._slots.setdefault(entry_id, []).append(slot)

    def remove(self, entry_id: str) -> None:
        """Forget an entry, leaving no trace of it in postings or counts.

        Raises
        ------
        UnknownEntry
        """
        self._parts(entry_id)
        for slot in self._slots.pop(entry_id):
            _, (modality, _) = self._owners.pop(slot)
            self._channels[modality].remove(slot)
        del self._entries[entry_id]

    def search_all(
        self, entry_ids: Iterable[str], *, limit: int = 20, min_probability: float = 0.0
    ) -> Iterator[tuple[str, list[tuple[str, Finding]]]]:
        """Search for one entry after the other, as every index does."""
        asked = list(entry_ids)
        if SETTLED_FOR * len(asked) > len(self):
            for postings in self._postings.values():
                postings.settle()
        return super().search_all(asked, limit=limit, min_probability=min_probability)

    def _parts(self, entry_id: str) -> Mapping[Key, Sketch]:
        try:
            return self._entries[entry_id]
        except KeyError:
            raise UnknownEntry(entry_id) from None

    def sketch(self, entry_id: str, key: Key) -> Sketch:
        """Give a part of an entry, of its passages those that count: what all texts of its language have is a form."""
        sketch = self._entries[entry_id][key]
        return self._translations.counted(sketch) if isinstance(sketch, TranslationSketch) else sketch

    def _near(self, sketch: Sketch, limit: int) -> Iterator[tuple[str, Key, float]]:
        for slot, score in self._channels[sketch.modality].search(sketch, limit):
            yield (*self._owners[slot], score)

    def _expect(self, parts: Iterable[tuple[str, Key]]) -> None:
        """Do nothing: all of it is in memory."""
