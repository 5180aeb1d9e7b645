"""In which order a meeting takes entries, so that people leave the room for their conflicts as seldom as possible.

Pure; people and entries are whatever the caller can hash. Everybody is in the room at the beginning.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Mapping, Sequence
from typing import TypeVar

Work = TypeVar("Work", bound=Hashable)
Group = frozenset[Hashable]
MOST_MOVED = 80  # groups; more would take the page seconds, and stay in the order of their best places
LONGEST_RUN = 3  # of groups that are moved together; longer ones gain nothing that was worth their time


def meeting_order(ranked: Sequence[Work], out: Mapping[Work, Collection[Hashable]]) -> list[tuple[Group, list[Work]]]:
    """Return the entries in the order of a meeting: groups with the same people outside, the best placed first in each.

    ``ranked`` are the entries, best first; ``out`` says who must be outside for one, nobody for those not in it. It
    begins with the order by rank: entries join the best placed one with the same people outside, and then groups are
    moved as long as a move spares somebody a way, or spares nobody one but has better placed entries earlier. No step
    adds a way, so that nobody goes out more often in all than by rank. A move is one of O(g^2) for g groups. The fewest
    ways would be a shortest path through all groups, which takes too long to find for a page; tests hold how near this
    comes.
    """
    by_people: dict[Group, list[Work]] = {}
    for work in ranked:
        by_people.setdefault(frozenset(out.get(work, ())), []).append(work)
    groups = list(by_people)
    ways = [[len(after - before) for after in groups] for before in [*groups, frozenset[Hashable]()]]
    order = list(range(len(groups)))
    while len(groups) <= MOST_MOVED and (better := _best_move(order, ways)):
        order = better
    return [(groups[number], by_people[groups[number]]) for number in order]


def _best_move(order: list[int], ways: list[list[int]]) -> list[int] | None:
    """Return the order after the move of a few neighbours that spares most ways; None when no move helps.

    Groups are numbered by their best place. Of moves that spare as much, and of those that spare nothing, counts the
    one after which better placed groups come earlier. ``ways[a][b]`` is how many leave between two groups, with the
    room before the first entry as the last row.
    """
    count, best = len(order), (0, order)
    for start in range(count):
        for end in range(start + 1, min(start + LONGEST_RUN, count) + 1):
            run, rest = order[start:end], order[:start] + order[end:]
            saved = _between(rest, start, run, ways)
            for place in range(len(rest) + 1):
                cost = _between(rest, place, run, ways) - saved
                if cost <= best[0] and place != start:
                    best = min(best, (cost, rest[:place] + run + rest[place:]))
    return None if best[1] is order else best[1]


def _between(rest: list[int], place: int, run: list[int], ways: list[list[int]]) -> int:
    """Return how many ways it adds to put neighbours into an order at a place."""
    before = rest[place - 1] if place else -1
    if place == len(rest):
        return ways[before][run[0]]
    return ways[before][run[0]] + ways[run[-1]][rest[place]] - ways[before][rest[place]]
