"""Runs of n-grams that two sequences share, and the passages these form."""

import numpy as np
import pytest

from scoring.similarity import runs
from scoring.similarity.alignment import align
from scoring.similarity.runs import Weighed, common_runs


def weighing(ids: np.ndarray, weights: np.ndarray) -> Weighed:
    """Weigh n-grams as given; equal ones weigh the same."""
    terms, first, places = np.unique(ids, return_index=True, return_inverse=True)
    return Weighed(ids, weights, float(weights.sum()), terms, weights[first], places)


def runs_of_all_pairs(a: np.ndarray, b: np.ndarray) -> set[tuple[int, int, int]]:
    """Follow every pair of equal n-grams that begins a run."""
    found = set()
    for i, j in np.argwhere(a[:, None] == b).tolist():
        if i and j and a[i - 1] == b[j - 1]:
            continue
        size = 1
        while max(i, j - len(b) + len(a)) + size < len(a) and a[i + size] == b[j + size]:
            size += 1
        found.add((i, j, size))
    return found


def as_rows(a: Weighed, b: Weighed) -> list[tuple[int, int, int]]:
    return [(int(i), int(j), int(size)) for i, j, size in zip(*common_runs(a, b), strict=True)]


@pytest.mark.parametrize("kinds", [1, 2, 4, 30, 1000])
def test_runs_are_those_of_all_pairs(kinds):
    dice = np.random.default_rng(kinds)
    for _ in range(30):
        a, b = (dice.integers(0, kinds, dice.integers(0, 60)) for _ in range(2))
        found = as_rows(weighing(a, np.ones(len(a))), weighing(b, np.ones(len(b))))

        assert len(found) == len(set(found))
        assert set(found) == runs_of_all_pairs(a, b)


def test_an_n_gram_that_weighs_nothing_ends_a_run():
    a, b = np.array([5, 6, 7, 8, 9]), np.array([1, 5, 6, 7, 8, 9])

    found = as_rows(weighing(a, np.array([1.0, 1, 0, 1, 1])), weighing(b, np.ones(6)))

    assert sorted(found) == [(0, 1, 2), (3, 4, 2)]


def test_of_too_many_runs_the_commonest_n_grams_are_left_out(monkeypatch):
    monkeypatch.setattr(runs, "MAX_RUNS", 50)
    dice = np.random.default_rng(7)
    noise = [dice.integers(0, 2, 400) for _ in range(2)]
    rare = np.arange(100, 120)
    a, b = np.concatenate([noise[0], rare]), np.concatenate([rare, noise[1]])

    assert as_rows(weighing(a, np.ones(len(a))), weighing(b, np.ones(len(b)))) == [(400, 0, 20)]


def test_common_terms_weigh_nothing_for_standing_next_to_rare_ones():
    common, weights = np.arange(1_000, 1_004), np.r_[np.ones(9), np.full(4, 0.02), np.ones(9)]
    a = weighing(np.r_[np.arange(9), common, np.arange(20, 29)], weights)
    b = weighing(np.r_[np.arange(40, 49), common, np.arange(60, 69)], weights)

    assert align(a, b, gram=8) == []
    assert align(a, a, gram=8)[0].weight == pytest.approx(weights.mean() * (len(a.ids) + 7))
