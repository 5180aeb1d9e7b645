"""Duels between the statistically tied."""

import numpy as np
import pytest

from scoring.errors import InvalidOption, UnknownReference
from scoring.judging.pairwise import Comparison, bradley_terry


def test_duels_rank_by_strength_and_share_places():
    duels = [
        Comparison("a", "b", "a"),
        Comparison("b", "a", None),
        Comparison("c", "d", "d"),
        Comparison("d", "c", None),
    ]

    found = bradley_terry("abcde", duels)

    assert [(line.entry_id, line.rank, line.duels) for line in found] == [
        ("a", 1, 2), ("d", 1, 2), ("e", 3, 0), ("b", 4, 2), ("c", 4, 2),
    ]  # fmt: skip
    assert found[0].strength == -found[-1].strength > 0
    assert {line.band for line in found} == {1}


def test_duels_of_a_clear_winner_open_a_band_of_its_own():
    duels = [Comparison("a", other, "a") for other in "bcd" for _ in range(12)]

    found = bradley_terry("abcd", duels)

    assert (found[0].entry_id, found[0].rank_lo, found[0].rank_hi) == ("a", 1, 1)
    assert [line.band for line in found] == [1, 2, 2, 2]


def test_duels_do_not_depend_on_their_order_and_recover_strengths():
    rng = np.random.default_rng(3)
    true = np.linspace(-2, 2, 8)
    duels = []
    for _ in range(400):
        a, b = rng.choice(8, 2, replace=False)
        won = a if rng.random() < 1 / (1 + np.exp(true[b] - true[a])) else b
        duels.append(Comparison(f"e{a}", f"e{b}", f"e{won}"))
    names = [f"e{i}" for i in range(8)]

    forward = bradley_terry(names, duels)

    assert forward == bradley_terry(names[::-1], duels[::-1])
    strength = {line.entry_id: line.strength for line in forward}
    assert np.corrcoef([strength[name] for name in names], true)[0, 1] > 0.95


def test_duels_refuse_what_is_no_duel():
    assert bradley_terry([], []) == ()
    with pytest.raises(UnknownReference, match="'z'"):
        bradley_terry("ab", [Comparison("a", "z", "a")])
    for duel in (Comparison("a", "a", "a"), Comparison("a", "b", "c")):
        with pytest.raises(InvalidOption, match="cannot be won"):
            bradley_terry("abc", [duel])
