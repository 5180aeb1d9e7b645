"""Choose winners under quotas, and show what the quotas cost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp

from scoring.errors import InvalidOption, ScoringError
from scoring.judging.panel import Bools, Floats


class QuotasImpossible(ScoringError):
    """No choice of so many entries keeps every quota."""

    exit_code = 3


@dataclass(frozen=True, slots=True)
class Quota:
    """At least and at most so many winners with one value of one attribute.

    Attributes
    ----------
    attribute, value : str
        Such as ``region`` and ``KZ-75``.
    least : int
        From 0.
    most : int or None
        None for no limit.
    """

    attribute: str
    value: str
    least: int = 0
    most: int | None = None


@dataclass(frozen=True, slots=True)
class Selection:
    """Winners under quotas.

    Attributes
    ----------
    chosen, free : tuple of str
        Winners with and without quotas, best first.
    enters, leaves : tuple of str
        Who wins, and who does not, because of a quota.
    price : float
        Points of score that the quotas cost, summed over the winners; 0 or more.
    """

    chosen: tuple[str, ...]
    free: tuple[str, ...]
    enters: tuple[str, ...]
    leaves: tuple[str, ...]
    price: float


def select(
    scores: Mapping[str, float],
    attributes: Mapping[str, Mapping[str, str]],
    count: int,
    quotas: Sequence[Quota],
    places: Mapping[str, int] | None = None,
) -> Selection:
    """Choose the entries with the highest sum of scores that keep every quota.

    Parameters
    ----------
    scores : mapping of str to float
        Entry to score, in points.
    attributes : mapping of str to mapping
        Entry to its attributes, such as ``{"region": "KZ-75", "track": "video"}``.
    count : int
        How many win, from 0 to all.
    quotas : sequence of Quota
        All of them hold.
    places : mapping of str to int, optional
        Place of each entry, which tells equal scores apart as far as ties were broken.

    Returns
    -------
    Selection

    Raises
    ------
    InvalidOption
        ``count`` is below 0 or above the number of entries.
    QuotasImpossible
        No choice keeps every quota; says which quota alone already fails, if one does.

    Notes
    -----
    Exact, by HiGHS. Of choices with as many entries of each score it is the one whose places are the best in sum; those
    that share a place stand in the order of their ids.

    Examples
    --------
    >>> where = {"a": {"region": "city"}, "b": {"region": "city"}, "c": {"region": "village"}}
    >>> result = select({"a": 9.0, "b": 8.0, "c": 6.5}, where, 2, [Quota("region", "village", least=1)])
    >>> result.chosen, result.leaves, result.price
    (('a', 'c'), ('b',), 1.5)
    """
    place_of = places or {}
    names = sorted(scores, key=lambda name: (-scores[name], place_of.get(name, 0), name))
    if not 0 <= count <= len(names):
        raise InvalidOption(f"{count} winners cannot be chosen from {len(names)} entries")
    free = tuple(names[:count])
    if not names or not quotas:
        return Selection(free, free, (), (), 0.0)
    value = np.array([scores[name] for name in names])
    rows = [np.ones(len(names))]
    low, high = [float(count)], [float(count)]
    for quota in quotas:
        member = np.array([attributes.get(name, {}).get(quota.attribute) == quota.value for name in names], dtype=float)
        if member.sum() < quota.least:
            raise QuotasImpossible(
                f"{quota.least} winners with {quota.attribute} {quota.value} are asked for, {int(member.sum())} entered"
            )
        rows.append(member)
        low.append(float(quota.least))
        high.append(np.inf if quota.most is None else float(quota.most))
    limits = LinearConstraint(np.array(rows), low, high)
    # A whisper of a preference for the earlier name chooses among sums that are the same.
    cost = -value + 1e-9 * np.arange(len(names))
    answer = milp(cost, constraints=limits, bounds=Bounds(0, 1), integrality=1)
    if answer.x is None:
        raise QuotasImpossible(f"no {count} entries keep all {len(quotas)} quotas together")
    taken = _earliest(answer.x > 0.5, value, limits)
    chosen = tuple(name for name, is_in in zip(names, taken, strict=True) if is_in)
    price = float(value[:count].sum() - sum(scores[name] for name in chosen))
    return Selection(
        chosen,
        free,
        tuple(name for name in chosen if name not in free),
        tuple(name for name in free if name not in chosen),
        round(max(price, 0.0), 6) + 0.0,
    )


def _earliest(taken: Bools, value: Floats, limits: LinearConstraint) -> Bools:
    """Change entries for others of the same score that stand earlier, as far as the quotas allow."""
    groups = [value == score for score in np.unique(value)]
    open_groups = [group for group in groups if 0 < taken[group].sum() < group.sum()]
    if not open_groups:
        return taken
    free = np.any(open_groups, axis=0)
    counts = [float(taken[group].sum()) for group in open_groups]
    as_many = LinearConstraint(np.array(open_groups, dtype=float), counts, counts)
    bounds = Bounds(np.where(free, 0.0, taken), np.where(free, 1.0, taken))
    answer = milp(np.arange(len(value), dtype=float), constraints=[limits, as_many], bounds=bounds, integrality=1)
    return taken if answer.x is None else answer.x > 0.5
