"""What texts and source code have in common: sequences of terms, weighed by how common each term is."""

from typing import Protocol

import numpy as np

from scoring.similarity.alignment import MIN_PASSAGE, Passage, align, unit_weights
from scoring.similarity.findings import Evidence, Finding

MEASURES = ("containment_a", "containment_b", "longest", "shared", "verbatim")


class Sequence(Protocol):
    """A sketch that is a sequence of units (letters, tokens) read through overlapping n-grams."""

    @property
    def modality(self) -> str:
        """The channel."""

    @property
    def gram(self) -> int:
        """Units in one n-gram."""

    @property
    def digest(self) -> str:
        """SHA-256 of the original."""

    def ids(self) -> np.ndarray:
        """The number of each n-gram in order, int32 of shape (n_grams,)."""

    def terms(self) -> tuple[int, ...]:
        """The different numbers, ascending."""

    def units(self) -> int:
        """How many units there are."""


class Weights(Protocol):
    """Whatever weighs terms, such as `TermStatistics`."""

    def along(self, sketch: Sequence) -> np.ndarray:
        """The weight of each n-gram of a sequence in order, between 0 and 1."""


def total_weight(sketch: Sequence, statistics: Weights) -> float:
    """Give the weight of a whole sequence, in units that are not common."""
    weights = statistics.along(sketch)
    return min(float(sketch.units()), float(unit_weights(weights, sketch.gram).sum()))


def shared_passages(a: Sequence, b: Sequence, statistics: Weights) -> tuple[list[Passage], dict[str, float]]:
    """Give the passages two sequences share, heaviest first, and the measures of `Finding.measures`."""
    if min(a.units(), b.units()) < a.gram:
        return [], dict.fromkeys(MEASURES, 0.0)
    passages = align(a.ids(), b.ids(), statistics.along(a), gram=a.gram)
    if not passages:
        return [], dict.fromkeys(MEASURES, 0.0)
    shared = sum(passage.weight for passage in passages)
    measures = {
        "containment_a": min(1.0, shared / total_weight(a, statistics)),
        "containment_b": min(1.0, shared / total_weight(b, statistics)),
        "longest": passages[0].weight,
        "shared": shared,
        "verbatim": max(passage.verbatim for passage in passages),
    }
    return passages, {name: round(value, 6) for name, value in measures.items()}


def identical(modality: str, weight: float, a_span: tuple[float, ...], b_span: tuple[float, ...]) -> Finding:
    """Give the finding for two equal originals: certain, unless they hold too little to say anything."""
    if weight < MIN_PASSAGE:
        return Finding(0.0, modality, {modality: 0.0}, (), dict.fromkeys(MEASURES, 0.0))
    weight = round(weight, 6)
    measures = {"containment_a": 1.0, "containment_b": 1.0, "longest": weight, "shared": weight, "verbatim": weight}
    return Finding(1.0, modality, {modality: 1.0}, (Evidence("identical", a_span, b_span, weight),), measures)
