"""The order of a meeting: the same people outside together, nobody out more often than by rank."""

from __future__ import annotations

from itertools import permutations

from hypothesis import given, settings
from hypothesis import strategies as st

from creative_platform.deliberation.order import MOST_MOVED, goings_out, meeting_order

PEOPLE = st.frozensets(st.integers(0, 4), max_size=4)
OUTSIDE = st.lists(PEOPLE, max_size=9)


def test_entries_for_which_the_same_people_leave_come_together():
    ranked = ["a", "b", "c", "d", "e"]
    out = {"a": ["Aigul"], "c": ["Aigul"], "d": ["Aigul", "Bolat"]}

    order = meeting_order(ranked, out)

    assert [works for _, works in order] == [["a", "c"], ["d"], ["b", "e"]]
    assert goings_out([group for group, _ in order]) == 2
    assert goings_out([out.get(work, ()) for work in ranked]) == 3


def test_without_conflicts_the_order_is_by_rank():
    assert meeting_order([3, 1, 2], {}) == [(frozenset(), [3, 1, 2])]
    assert meeting_order([], {}) == []


@settings(max_examples=40, deadline=None)
@given(OUTSIDE)
def test_nobody_goes_out_more_often_than_by_rank(outside):
    ranked, out = list(range(len(outside))), dict(enumerate(outside))
    order = meeting_order(ranked, out)

    assert sorted(work for _, works in order for work in works) == ranked
    assert [works for _, works in order] == [sorted(works) for _, works in order]
    assert all(set(out[work]) == group for group, works in order for work in works)
    assert len({group for group, _ in order}) == len(order)
    assert goings_out([group for group, _ in order]) <= goings_out(outside)
    assert meeting_order(ranked, out) == order


@settings(max_examples=15, deadline=None)
@given(st.lists(PEOPLE, max_size=6, unique=True))
def test_it_comes_within_two_ways_of_the_fewest(groups):
    found = goings_out([group for group, _ in meeting_order(range(len(groups)), dict(enumerate(groups)))])

    assert found - min(map(goings_out, permutations(groups)), default=0) <= 2


def test_very_many_groups_stay_in_the_order_of_their_best_places():
    out = {work: [work % 41, work % 37] for work in range(MOST_MOVED + 1)}

    assert [works for _, works in meeting_order(range(len(out)), out)] == [[work] for work in out]
