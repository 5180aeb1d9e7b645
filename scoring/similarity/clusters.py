"""Groups of entries that share material with each other."""

from collections.abc import Iterable, Mapping

import numpy as np
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial.distance import squareform

from scoring.errors import InvalidOption

MAX_LINKED = 2_000
"""Entries of one component that are linked by average; a larger one is left whole, for the table is quadratic."""


def clusters(pairs: Mapping[tuple[str, str], float], *, threshold: float = 0.5) -> list[tuple[str, ...]]:
    """Group entries by the probabilities of their pairs.

    Parameters
    ----------
    pairs : mapping of (str, str) to float
        Probability of each pair that was found; a pair that is not named counts as 0. The order within a pair and
        among the pairs does not matter; of a pair named both ways the greater value counts.
    threshold : float in (0, 1], default=0.5
        Pairs from here on connect; within what is connected, two groups are one only while the mean probability over
        all their pairs is at least half of it, so that a chain a-b-c-d of different borrowings falls apart.

    Returns
    -------
    list of tuple of str
        Groups of at least two entries, the largest first, then by name; the names of a group ascend.

    Raises
    ------
    InvalidOption
        When the threshold is not in (0, 1].

    Notes
    -----
    Linear in the pairs for the components, quadratic in the entries of one component for the linkage.

    Examples
    --------
    >>> clusters({("a", "b"): 0.9, ("b", "c"): 0.8, ("a", "c"): 0.9, ("x", "y"): 0.7, ("p", "q"): 0.1})
    [('a', 'b', 'c'), ('x', 'y')]
    """
    if not 0 < threshold <= 1:
        raise InvalidOption(f"The threshold is {threshold}, not within (0, 1].")
    names = sorted({name for pair in pairs for name in pair})
    place = {name: number for number, name in enumerate(names)}
    strength: dict[tuple[int, int], float] = {}
    for (a, b), probability in pairs.items():
        if a != b:
            key = (min(place[a], place[b]), max(place[a], place[b]))
            strength[key] = max(strength.get(key, 0.0), float(probability))
    groups: list[tuple[str, ...]] = []
    for members in _components(strength, len(names), threshold):
        groups.extend(tuple(names[member] for member in group) for group in _unchained(members, strength, threshold))
    return sorted(groups, key=lambda group: (-len(group), group))


def _components(strength: Mapping[tuple[int, int], float], size: int, threshold: float) -> Iterable[list[int]]:
    near = [key for key, probability in strength.items() if probability >= threshold]
    if not near:
        return []
    rows, columns = np.array(near).T
    _, labels = connected_components(
        coo_array((np.ones(len(near)), (rows, columns)), shape=(size, size)), directed=False
    )
    found: dict[int, list[int]] = {}
    for member, label in enumerate(labels.tolist()):
        found.setdefault(label, []).append(member)
    return [members for members in found.values() if len(members) > 1]


def _unchained(members: list[int], strength: Mapping[tuple[int, int], float], threshold: float) -> Iterable[list[int]]:
    """Cut a component by average linkage."""
    if not 2 < len(members) <= MAX_LINKED:
        return [members]
    distance = np.ones((len(members), len(members)))
    np.fill_diagonal(distance, 0.0)
    for i, a in enumerate(members):
        for j in range(i + 1, len(members)):
            distance[i, j] = distance[j, i] = 1 - strength.get((a, members[j]), 0.0)
    labels = fcluster(linkage(squareform(distance), "average"), 1 - threshold / 2, "distance")
    groups = [
        [member for member, one in zip(members, labels, strict=True) if one == label] for label in np.unique(labels)
    ]
    return [group for group in groups if len(group) > 1]
