"""Groups of entries: connected, but no long chains."""

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.errors import InvalidOption
from scoring.similarity.clusters import clusters

names = st.sampled_from("abcdefgh")
found = st.dictionaries(st.tuples(names, names), st.floats(0, 1), max_size=20)


def test_a_chain_of_different_borrowings_falls_apart():
    chain = {(f"e{n}", f"e{n + 1}"): 0.9 for n in range(9)}

    groups = clusters(chain)

    assert max(len(group) for group in groups) <= 4
    assert len(groups) >= 3


def test_copies_of_one_work_stay_together():
    ring = dict.fromkeys(combinations("abcdefgh", 2), 0.95)

    assert clusters(ring) == [tuple("abcdefgh")]


def test_nothing_found_is_no_group():
    assert clusters({}) == []
    assert clusters({("a", "b"): 0.49, ("c", "c"): 1.0}) == []


@pytest.mark.parametrize("threshold", [0, -1, 1.1])
def test_threshold_is_a_probability(threshold):
    with pytest.raises(InvalidOption):
        clusters({}, threshold=threshold)


@given(found, st.randoms())
def test_groups_are_disjoint_and_independent_of_order(pairs, dice):
    groups = clusters(pairs)
    shuffled = list(pairs.items())
    dice.shuffle(shuffled)

    members = [name for group in groups for name in group]
    assert len(members) == len(set(members))
    assert all(len(group) > 1 for group in groups)
    assert clusters(dict(shuffled)) == groups
