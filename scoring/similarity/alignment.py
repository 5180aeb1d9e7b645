"""Find the passages two sequences of terms share, in order, with small gaps, heaviest first."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from scoring.similarity.runs import Weighed, common_runs

MOST_RUNS = 3_000
"""Exact runs kept for chaining, the heaviest ones."""

MAX_GAP = 80
"""Units (letters, tokens) that may lie between two runs of one passage, on either side."""

GAP_COST = 0.08
"""Weight a passage loses for each unit of a gap."""

SHIFT_COST = 0.04
"""Weight it loses for each unit by which the two gaps differ."""

MIN_RUN = 1.5
"""Weight below which an exact run is not looked at."""

MIN_PASSAGE = 5.0
"""Weight below which a passage is no evidence."""

_WINDOW = 128  # earlier runs a run may follow; with MAX_GAP units between them there are hardly ever more


@dataclass(frozen=True, slots=True)
class Passage:
    """A shared passage.

    Attributes
    ----------
    a_start, a_end, b_start, b_end : int
        Units of the two sequences (letters of a skeleton without its spaces, tokens of code), end excluded.
    weight : float
        Sum of the weights of the units both sides share, less the cost of gaps.
    verbatim : float
        Weight of its heaviest exact run.
    matched : int
        Units that lie in exact runs.
    """

    a_start: int
    a_end: int
    b_start: int
    b_end: int
    weight: float
    verbatim: float
    matched: int


def unit_weights(weights: np.ndarray, gram: int) -> np.ndarray:
    """Spread the weights of n-grams over the units (letters, tokens): each gets the mean of those that cover it.

    Parameters
    ----------
    weights : ndarray of shape (n_grams,)
    gram : int
        Units in one n-gram.

    Returns
    -------
    ndarray of shape (n_grams + gram - 1,), or (0,) when there is no n-gram
    """
    if not len(weights):
        return np.zeros(0)
    total = np.convolve(weights, np.ones(gram))
    count = np.convolve(np.ones(len(weights)), np.ones(gram))
    return total / count


def align(a: Weighed, b: Weighed, *, gram: int, most: int = 50) -> list[Passage]:
    """Find the shared passages of two texts.

    Parameters
    ----------
    a, b : Weighed
        The n-grams of the two texts; the weights of the first one count.
    gram : int
        Units (letters, tokens) in one n-gram.
    most : int, default=50
        Passages returned at most.

    Returns
    -------
    list of Passage
        In decreasing weight; no unit of either text lies in the exact runs of two passages.

    Notes
    -----
    Equal n-grams on one diagonal form exact runs; runs are chained as in local alignment with affine gaps, over a
    bounded window, so the cost is O(n log n) for the runs and O(runs) for the chains.

    References
    ----------
    Smith, Waterman (1981), Identification of common molecular subsequences; the chaining of seeds follows
    Li (2018), Minimap2, section 2.1.
    """
    runs = _heavy_runs(a, b, gram)
    if not len(runs):
        return []
    score, before = _chain(runs)
    return _extract(runs, score, before, len(a.ids) + gram - 1, len(b.ids) + gram - 1, most)


def _heavy_runs(a: Weighed, b: Weighed, gram: int) -> np.ndarray:
    """Give the exact runs that weigh enough: rows (i, j, units, weight), sorted by i, then j.

    A run weighs what its own n-grams weigh; rare ones that merely stand next to it say nothing.
    """
    a_start, b_start, grams = common_runs(a, b)
    total = np.cumsum(np.append(0.0, a.weights))
    size = grams + gram - 1
    weight = (total[a_start + grams] - total[a_start]) / grams * size
    heavy = weight >= MIN_RUN
    runs = np.column_stack([a_start[heavy], b_start[heavy], size[heavy], weight[heavy]])
    if len(runs) > MOST_RUNS:
        runs = runs[np.lexsort((runs[:, 1], runs[:, 0], -runs[:, 3]))[:MOST_RUNS]]
    return runs[np.lexsort((runs[:, 1], runs[:, 0]))]


def _chain(runs: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Give for each run the best weight of a passage that ends with it, and the run before it (-1 for none)."""
    start_a, start_b, size, weight = runs.T
    score = weight.copy()
    before = np.full(len(runs), -1)
    # Each run with those before it that are within the window.
    count = np.minimum(np.arange(len(runs)), _WINDOW)
    later = np.repeat(np.arange(len(runs)), count)
    earlier = np.arange(len(later)) - np.repeat(np.cumsum(count) - count, count) + later - count[later]
    gap_a = start_a[later] - start_a[earlier] - size[earlier]
    gap_b = start_b[later] - start_b[earlier] - size[earlier]
    overlap = np.maximum(0, np.maximum(-gap_a, -gap_b))
    gap = np.maximum(0, np.maximum(gap_a, gap_b))
    follows = np.flatnonzero(
        (start_a[earlier] < start_a[later])
        & (start_b[earlier] < start_b[later])
        & (overlap < size[later])
        & (gap <= MAX_GAP)
    )
    later, earlier = later[follows], earlier[follows]
    lost = GAP_COST * gap[follows] + SHIFT_COST * np.abs(gap_a - gap_b)[follows]
    lost += overlap[follows] * (weight / size)[later]
    places, first = np.unique(later, return_index=True)
    for place, (low, high) in zip(places.tolist(), pairwise([*first.tolist(), len(later)]), strict=True):
        gain = score[earlier[low:high]] - lost[low:high]
        best = int(np.argmax(gain))
        if gain[best] > 0:
            score[place] += gain[best]
            before[place] = earlier[low + best]
    return score, before


def _extract(
    runs: np.ndarray, score: np.ndarray, before: np.ndarray, a_size: int, b_size: int, most: int
) -> list[Passage]:
    """Take the heaviest chain, then the heaviest that uses other units, and so on."""
    a_used, b_used = np.zeros(a_size, dtype=bool), np.zeros(b_size, dtype=bool)
    passages: list[Passage] = []
    for end in np.lexsort((np.arange(len(runs)), -score)).tolist():
        if score[end] < MIN_PASSAGE or len(passages) >= most:
            break
        chain, place = [], end
        while place >= 0:
            start_a, start_b, size = (int(value) for value in runs[place, :3])
            taken = max(
                np.count_nonzero(used[start : start + size]) for used, start in ((a_used, start_a), (b_used, start_b))
            )
            if 2 * taken > size:
                break
            chain.append(place)
            place = int(before[place])
        if not chain:
            continue
        weight = float(score[end] - (score[place] if place >= 0 else 0.0))
        if weight < MIN_PASSAGE:
            continue
        passages.append(_passage(runs[chain[::-1]], weight, a_used, b_used))
    passages.sort(key=lambda one: (-one.weight, one.a_start, one.b_start))
    return passages


def _passage(chain: np.ndarray, weight: float, a_used: np.ndarray, b_used: np.ndarray) -> Passage:
    a_from, b_from = int(chain[0, 0]), int(chain[0, 1])
    a_to, b_to = int(chain[-1, 0] + chain[-1, 2]), int(chain[-1, 1] + chain[-1, 2])
    matched = np.zeros(a_to - a_from, dtype=bool)
    for start_a, start_b, size in chain[:, :3].astype(int).tolist():
        a_used[start_a : start_a + size] = True
        b_used[start_b : start_b + size] = True
        matched[start_a - a_from : start_a - a_from + size] = True
    return Passage(a_from, a_to, b_from, b_to, weight, float(chain[:, 3].max()), int(matched.sum()))
