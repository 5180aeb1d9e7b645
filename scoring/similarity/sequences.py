"""What texts and source code have in common: sequences of terms, weighed by how common each term is."""

from collections.abc import Callable
from typing import Protocol

import numpy as np

from scoring.similarity.alignment import GAP_COST, MAX_GAP, MIN_PASSAGE, MIN_RUN, Passage, align, unit_weights
from scoring.similarity.findings import Evidence, Finding
from scoring.similarity.runs import Weighed

SHARES = ("containment_a", "containment_b")
MEASURES = (*SHARES, "longest", "shared", "verbatim")


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
    """Whatever weighs sequences, such as `TermStatistics`."""

    def weighed(self, sketch: Sequence) -> Weighed:
        """Give a sequence with its weights."""


def total_weight(sketch: Sequence, statistics: Weights) -> float:
    """Give the weight of a whole sequence, in units that are not common."""
    return statistics.weighed(sketch).total


def weighed(sketch: Sequence, weigh: Callable[[np.ndarray], np.ndarray]) -> Weighed:
    """Give a sequence with the weights that a function gives its different n-grams."""
    ids = sketch.ids()
    terms, places, counts = np.unique(ids, return_inverse=True, return_counts=True)
    rarity = weigh(terms)
    weights = (rarity / counts)[places]
    total = min(float(sketch.units()), float(unit_weights(weights, sketch.gram).sum()))
    return Weighed(ids, weights, total, terms, rarity, places)


def ceiling(a: Weighed, b: Weighed, gram: int) -> dict[str, float]:
    """Estimate from above, without aligning them, the measures of two sequences.

    Notes
    -----
    A run of n-grams that both hold lies within a stretch of those that the other holds anywhere. It weighs at most
    what the stretch does, and `gram` - 1 times its heaviest n-gram for the units at its end; passages join
    stretches over gaps. Only runs that overlap within one stretch can weigh more than that together. One pass over the
    n-grams, about a tenth of what aligning costs.
    """
    # What np.diff with both ends padded gives, at less cost.
    within = np.zeros(len(a.ids) + 2, dtype=bool)
    within[1:-1] = a.held_by(b)
    edges = (within[1:] != within[:-1]).nonzero()[0]
    if not len(edges):
        return dict.fromkeys(MEASURES, 0.0)
    runs = np.add.reduceat(a.padded, edges)[::2] + (gram - 1) * np.maximum.reduceat(a.padded, edges)[::2]
    heavy = (runs >= MIN_RUN).nonzero()[0]
    if not len(heavy):
        return dict.fromkeys(MEASURES, 0.0)
    runs, start, end = runs[heavy], edges[::2][heavy], edges[1::2][heavy] + gram - 1
    longest = current = float(runs[0])
    for run, gap in zip(runs[1:].tolist(), (start[1:] - end[:-1]).tolist(), strict=True):
        joined = current - GAP_COST * gap if gap > 0 else current
        current = run + joined if gap <= MAX_GAP and joined > 0 else run
        if current > longest:
            longest = current
    shared = float(runs.sum())
    shares = {"containment_a": min(1.0, shared / a.total), "containment_b": min(1.0, shared / b.total)}
    return shares | {"longest": longest, "shared": shared, "verbatim": float(runs.max())}


def shared_passages(a: Sequence, b: Sequence, statistics: Weights) -> tuple[list[Passage], dict[str, float]]:
    """Give the passages two sequences share, heaviest first, and the measures of `Finding.measures`."""
    if min(a.units(), b.units()) < a.gram:
        return [], dict.fromkeys(MEASURES, 0.0)
    passages = align(statistics.weighed(a), statistics.weighed(b), gram=a.gram)
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
