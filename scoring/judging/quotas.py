"""Choose winners under quotas, and show what the quotas cost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp

from scoring.errors import InvalidOption, ScoringError

#: Scores are compared to the sixth decimal, as in the ranking.
_TICKS_A_POINT = 1_000_000


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
    Exact to the sixth decimal of a score, by HiGHS. Of choices with the same sum of scores it is the one whose places
    are the best in sum; those that share a place stand in the order of their ids.

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
    # Whole numbers, so that neither the solver's gap nor its tolerances can take a worse choice for as good. The places
    # of all winners together weigh less than one tick of a score.
    cost = np.round((value[0] - value) * _TICKS_A_POINT) * (count * len(names)) + np.arange(len(names))
    answer = milp(
        cost,
        constraints=LinearConstraint(np.array(rows), low, high),
        bounds=Bounds(0, 1),
        integrality=1,
        options={"mip_rel_gap": 0.0},
    )
    if answer.x is None:
        raise QuotasImpossible(f"no {count} entries keep all {len(quotas)} quotas together")
    chosen = tuple(name for name, taken in zip(names, answer.x, strict=True) if taken > 0.5)
    price = float(value[:count].sum() - sum(scores[name] for name in chosen))
    return Selection(
        chosen,
        free,
        tuple(name for name in chosen if name not in free),
        tuple(name for name in free if name not in chosen),
        round(max(price, 0.0), 6) + 0.0,
    )
