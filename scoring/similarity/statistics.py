"""How common a term is: what every entry of a contest shares says nothing about two of them."""

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import repeat
from pathlib import Path
from typing import Any

import numpy as np

from scoring.similarity.laid import LaidOut, laid_out
from scoring.similarity.runs import Weighed
from scoring.similarity.sequences import Sequence, weighed
from scoring.similarity.textsketch import sketch_text

COMMON_SHARE = 0.2
"""A term in more than this share of a contest's texts is taken for its boilerplate …"""

COMMON_LEAST = 8
"""… but only from this many texts on: with two entries everything they share is in all of them."""

FLOOR = 0.02
"""Weight of a term taken for boilerplate; not 0, so that two whole texts which are nothing else still compare."""

REMEMBERED = 1_000_000
"""N-grams whose weights and orders are kept from one comparison to the next, some 60 MB."""

PRIOR = 50
"""Texts of ordinary language that stand behind a contest's own, so that a small contest has sensible weights."""


@dataclass
class TermStatistics:
    """Counts of a contest (or of an organisation's whole history) from which terms get their weights.

    Attributes
    ----------
    documents : int
        Different texts counted; the same text twice counts once.
    frequencies : Counter
        Term → number of different texts that hold it.
    boilerplate : set of int
        Terms of the form's labels, templates and starter files; they weigh exactly 0.
    digests : Counter
        How often each text was counted.
    modality : str
        ``"text"`` or ``"code"``: which ordinary language stands behind the counts.

    Examples
    --------
    >>> statistics = TermStatistics()
    >>> statistics.add_boilerplate("О проекте. Цели и задачи проекта:")
    >>> statistics.add(sketch_text("О проекте. Цели и задачи проекта: театр теней"))
    >>> statistics.documents
    1
    """

    documents: int = 0
    frequencies: Counter[int] = field(default_factory=Counter)
    boilerplate: set[int] = field(default_factory=set)
    digests: Counter[str] = field(default_factory=Counter)
    modality: str = "text"
    _weighed: dict[tuple[str, int], Weighed] = field(default_factory=dict, init=False, repr=False, compare=False)
    _remembered: int = field(default=0, init=False, repr=False, compare=False)  # n-grams of what is weighed
    _laid: LaidOut | None = field(default=None, init=False, repr=False, compare=False)

    def add(self, sketch: Sequence) -> None:
        """Count a text; linear in its length, nothing is fitted again."""
        self._forget()
        self.digests[sketch.digest] += 1
        if self.digests[sketch.digest] == 1:
            self.documents += 1
            self.frequencies.update(sketch.terms())

    def remove(self, sketch: Sequence) -> None:
        """Take a text out again, leaving no trace of it; one that was never counted changes nothing."""
        if sketch.digest not in self.digests:
            return
        self._forget()
        self.digests[sketch.digest] -= 1
        if self.digests[sketch.digest]:
            return
        del self.digests[sketch.digest]
        self.documents -= 1
        self.frequencies.subtract(sketch.terms())
        for term in sketch.terms():
            if self.frequencies[term] <= 0:
                del self.frequencies[term]

    def add_boilerplate(self, text: str) -> None:
        """Give a text that organizers hand out (form labels, template, example); its terms weigh nothing."""
        self._forget()
        self.boilerplate.update(sketch_text(text).terms())

    def add_starter(self, sketch: Sequence) -> None:
        """Give a sketch of what organizers hand out (a starter project); its terms weigh nothing."""
        self._forget()
        self.boilerplate.update(sketch.terms())

    def weights(self, ids: np.ndarray) -> np.ndarray:
        """Weigh terms.

        Parameters
        ----------
        ids : ndarray of shape (n,), dtype int32
            Terms, in any order, with repetitions.

        Returns
        -------
        ndarray of shape (n,), dtype float64
            Between 0 and 1: 1 for a term that no other text holds, `FLOOR` for boilerplate guessed from the
            contest, 0 for boilerplate that was given.

        Notes
        -----
        The inverse document frequency log((N + P) / (df - 1 + P·r)) with a prior of P texts of ordinary language, in
        a share r of which the term occurs; df - 1 (never below 1) because the two texts compared count once. It is
        divided by its largest value and squared: a shared term counts on both sides, as in the cosine of two tf-idf
        vectors.
        """
        unique, places = np.unique(ids, return_inverse=True)
        return self._rarity(unique)[places]

    def _rarity(self, terms: np.ndarray) -> np.ndarray:
        """Weigh different terms."""
        numbers = terms.tolist()
        if self._laid is None:
            seen = np.fromiter(map(self.frequencies.get, numbers, repeat(0)), np.float64, len(numbers))
        else:
            seen = self._laid.of(terms)
        usual = ordinary_rates(self.modality).of(terms)
        total = self.documents + PRIOR
        weight = np.log((total + 1) / (np.maximum(seen - 1, 1) + PRIOR * usual)) / np.log(total + 1)
        weight = np.clip(weight, 0.0, 1.0) ** 2
        common = (seen >= COMMON_LEAST) & (seen > COMMON_SHARE * self.documents)
        weight = np.where(common, FLOOR, np.clip(weight, FLOOR, 1.0))
        if self.boilerplate:
            weight[[place for place, term in enumerate(numbers) if term in self.boilerplate]] = 0.0
        return weight

    def weighed(self, sketch: Sequence) -> Weighed:
        """Give a sequence with its weights.

        The latest answers are kept until the counts change: a search compares one entry with many.
        """
        key = (sketch.digest, sketch.units())
        if key not in self._weighed:
            if self._remembered > REMEMBERED:
                self._forget()
            self._weighed[key] = weighed(sketch, self._rarity)
            self._remembered += len(self._weighed[key].ids)
        return self._weighed[key]

    def settle(self) -> None:
        """Make ready to weigh many sequences before the counts change again."""
        self._laid = laid_out(self.frequencies)

    def _forget(self) -> None:
        self._weighed.clear()
        self._remembered = 0
        self._laid = None

    def to_json(self) -> dict[str, Any]:
        """Give plain data; keys are strings because JSON knows no other."""
        return {
            "documents": self.documents,
            "frequencies": {str(term): count for term, count in sorted(self.frequencies.items())},
            "boilerplate": sorted(self.boilerplate),
            "digests": dict(sorted(self.digests.items())),
            "modality": self.modality,
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "TermStatistics":
        """Restore what `to_json` gave."""
        counts = Counter({int(term): count for term, count in data["frequencies"].items()})
        return cls(data["documents"], counts, set(data["boilerplate"]), Counter(data["digests"]), data["modality"])

    @classmethod
    def over(cls, sketches: Iterable[Sequence], *, boilerplate: Iterable[str] = ()) -> "TermStatistics":
        """Count several texts at once; the order does not matter."""
        statistics = cls()
        for text in boilerplate:
            statistics.add_boilerplate(text)
        for sketch in sketches:
            statistics.add(sketch)
        return statistics


@lru_cache(maxsize=8)
def ordinary_rates(modality: str) -> LaidOut:
    """Give the share of ordinary texts (Kazakh, Russian, English) or source files that hold a term."""
    stored = Path(__file__).parent / "data" / f"ordinary_{modality}.json"
    table = json.loads(stored.read_text(encoding="utf-8"))
    return laid_out({int(term): rate for term, rate in table["rates"].items()})
