"""What texts and source code have in common: sequences of terms, weighed by how common each term is."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from scoring.similarity.alignment import GAP_COST, MAX_GAP, MIN_PASSAGE, MIN_RUN, Passage, align, unit_weights
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


@dataclass(frozen=True, slots=True)
class Weighed:
    """A sequence with the weights that one set of counts gives it.

    Attributes
    ----------
    ids : ndarray of shape (n_grams,), dtype int32
        The n-grams in order.
    weights : ndarray of shape (n_grams,)
        The weight of each, between 0 and 1; one that the sequence repeats, as tables do, counts once in all.
    total : float
        The weight of all of it, in units that are not common.
    terms : ndarray of shape (n_terms,)
        The different n-grams, ascending.
    rarity : ndarray of shape (n_terms,)
        How much each of these weighs, between 0 and 1.
    places : ndarray of shape (n_grams,)
        Where in `terms` each n-gram is.
    """

    ids: np.ndarray
    weights: np.ndarray
    total: float
    terms: np.ndarray
    rarity: np.ndarray
    places: np.ndarray


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
    if not len(a.terms) or not len(b.terms):
        return dict.fromkeys(MEASURES, 0.0)
    where = np.minimum(np.searchsorted(b.terms, a.terms), len(b.terms) - 1)
    held = (b.terms[where] == a.terms)[a.places] & (a.weights > 0)
    # What np.diff with both ends padded gives, at less cost.
    within = np.zeros(len(held) + 2, dtype=bool)
    within[1:-1] = held
    edges = np.flatnonzero(within[1:] != within[:-1])
    if not len(edges):
        return dict.fromkeys(MEASURES, 0.0)
    padded = np.append(a.weights, 0.0)
    runs = np.add.reduceat(padded, edges)[::2] + (gram - 1) * np.maximum.reduceat(padded, edges)[::2]
    heavy = np.flatnonzero(runs >= MIN_RUN)
    if not len(heavy):
        return dict.fromkeys(MEASURES, 0.0)
    runs, start, end = runs[heavy], edges[::2][heavy], edges[1::2][heavy] + gram - 1
    longest = current = float(runs[0])
    for run, gap in zip(runs[1:].tolist(), (start[1:] - end[:-1]).tolist(), strict=True):
        joined = 0.0 if gap > MAX_GAP else max(0.0, current - GAP_COST * max(0, gap))
        current = run + joined
        longest = max(longest, current)
    shared = float(runs.sum())
    shares = {"containment_a": min(1.0, shared / a.total), "containment_b": min(1.0, shared / b.total)}
    return shares | {"longest": longest, "shared": shared, "verbatim": float(runs.max())}


def shared_passages(a: Sequence, b: Sequence, statistics: Weights) -> tuple[list[Passage], dict[str, float]]:
    """Give the passages two sequences share, heaviest first, and the measures of `Finding.measures`."""
    if min(a.units(), b.units()) < a.gram:
        return [], dict.fromkeys(MEASURES, 0.0)
    passages = align(a.ids(), b.ids(), statistics.weighed(a).weights, gram=a.gram)
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
