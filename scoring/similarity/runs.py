"""Find the runs of equal n-grams that two sequences share, by where they begin and where they end."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

MAX_RUNS = 400_000
"""Runs looked for in two sequences; where there are more, the commonest n-grams are left out, which weigh least."""

NOTHING = -1
"""Stands for an n-gram that the other sequence does not hold, and for what is beside the first and the last."""


@dataclass(frozen=True, slots=True)
class Order:
    """The n-grams of a sequence sorted by what they are, then by the one beside each.

    Attributes
    ----------
    step : int
        -1 when the one before is beside, 1 for the one after.
    numbers : ndarray of shape (n_grams,)
        Each n-gram and the one beside it as one number, ascending.
    places : ndarray of shape (n_grams,), dtype int32
        Where in the sequence each is.
    """

    step: int
    numbers: np.ndarray
    places: np.ndarray


@dataclass(frozen=True)
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

    @cached_property
    def bounds(self) -> np.ndarray:
        """Give how many n-grams come before those of each term in an order, and how many there are."""
        return np.cumsum(np.bincount(self.places + 1, minlength=len(self.terms) + 1))

    @cached_property
    def padded(self) -> np.ndarray:
        """Give the weights, and 0 after the last."""
        return np.append(self.weights, 0.0)

    def places_in(self, other: "Weighed") -> np.ndarray:
        """Give where in the terms of another each of these is; `NOTHING` for one that it lacks or that weighs 0."""
        places = np.full(len(self.terms), NOTHING)
        own, others = self._both(other)
        places[own] = others
        places[self.rarity <= 0] = NOTHING
        return places

    def held_by(self, other: "Weighed") -> np.ndarray:
        """Tell of each n-gram whether another sequence holds it too and it weighs something."""
        held = np.zeros(len(self.terms), dtype=bool)
        held[self._both(other)[0]] = True
        held &= self.rarity > 0
        return held[self.places]

    def _both(self, other: "Weighed") -> tuple[np.ndarray, np.ndarray]:
        """Give where the terms that both hold are in each."""
        few, many = (self.terms, other.terms) if len(self.terms) < len(other.terms) else (other.terms, self.terms)
        if not len(few):
            return np.empty(0, dtype=np.intp), np.empty(0, dtype=np.intp)
        found = many.searchsorted(few)
        both = (many.take(found, mode="clip") == few).nonzero()[0]
        return (both, found[both]) if few is self.terms else (found[both], both)

    @cached_property
    def orders(self) -> tuple[Order, Order]:
        """Give the n-grams sorted with those before them, and with those after them."""
        beside = np.concatenate([[NOTHING], self.places, [NOTHING]])
        return self._order(-1, beside[:-2]), self._order(1, beside[2:])

    def numbers(self, terms: np.ndarray, beside: np.ndarray) -> np.ndarray:
        """Give places of terms, and of those beside them, as one number each."""
        return terms * (len(self.terms) + 1) + beside + 1

    def _order(self, step: int, beside: np.ndarray) -> Order:
        numbers = self.numbers(self.places, beside)
        places = np.argsort(numbers, kind="stable")
        return Order(step, numbers[places], places.astype(np.int32))


def common_runs(a: Weighed, b: Weighed) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Find the runs of n-grams that two sequences share, each as long as it can be.

    Parameters
    ----------
    a, b : Weighed
        An n-gram that weighs nothing in the first one belongs to no run.

    Returns
    -------
    tuple of ndarray of shape (n_runs,), dtype int64
        Where each begins in `a` and in `b`, and how many n-grams it has.

    Notes
    -----
    A run begins where two n-grams are equal and those before them are not, and ends likewise. Sorted by diagonal, each
    beginning stands where its end does. So two tables of n equal lines, which have n² pairs of equal lines, cost no
    more than the 2n runs that these form: O((n + runs) log n) in all.
    """
    where = np.append(a.places_in(b)[a.places], NOTHING)
    before, after = (_beside(b, order, where) for order in b.orders)
    if before.count > MAX_RUNS:
        where = _rarest(b, where)
        before, after = (_beside(b, order, where) for order in b.orders)
    begins, ends = before.pairs(), after.pairs()
    shift, start = np.divmod(begins, len(where))
    return start, start + shift - len(where), ends - begins + 1


def _rarest(b: Weighed, where: np.ndarray) -> np.ndarray:
    """Leave only the rarest n-grams, those that have no more than `MAX_RUNS` pairs in all, and so no more runs."""
    shared = np.flatnonzero(where != NOTHING)
    pairs = np.diff(b.bounds)[where[shared]]
    order = np.lexsort((shared, pairs))
    kept = shared[order[np.cumsum(pairs[order]) <= MAX_RUNS]]
    left = np.full_like(where, NOTHING)
    left[kept] = where[kept]
    return left


@dataclass(frozen=True, slots=True)
class _Edges:
    """The pairs of equal n-grams of which those beside them are not equal, as two ranges of an order for each in `a`.

    Attributes
    ----------
    order : Order
        Of the second sequence.
    first : ndarray
        The n-gram of the first sequence that each range belongs to.
    start, size : ndarray
        The ranges.
    length : int
        More than there are n-grams in the first sequence.
    """

    order: Order
    first: np.ndarray
    start: np.ndarray
    size: np.ndarray
    length: int

    @property
    def count(self) -> int:
        return int(self.size.sum())

    def pairs(self) -> np.ndarray:
        """Give each pair as one number, ascending: its diagonal, then its place in `a`."""
        ends = np.cumsum(self.size)
        second = self.order.places[np.arange(self.count) + np.repeat(self.start - ends + self.size, self.size)]
        first = np.repeat(self.first, self.size)
        pairs = (second - first + self.length) * self.length + first
        pairs.sort()
        return pairs


def _beside(b: Weighed, order: Order, where: np.ndarray) -> _Edges:
    shared = np.flatnonzero(where != NOTHING)
    term, beside = where[shared], where[shared + order.step]  # before the first one stands the NOTHING after the last
    numbers = b.numbers(term, beside)
    low, high = b.bounds[term], b.bounds[term + 1]
    same = np.searchsorted(order.numbers, numbers, "left")
    other = np.where(beside == NOTHING, same, np.searchsorted(order.numbers, numbers, "right"))
    first, start, size = ((shared, shared), (low, other), (same - low, high - other))
    return _Edges(order, np.concatenate(first), np.concatenate(start), np.concatenate(size), len(where))
