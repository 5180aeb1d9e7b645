"""What goes in: entries, jurors, sheets and the rubric, as plain records that name people by public ids only."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from scoring.errors import InvalidRubric

#: No weight, and no end of a scale, is further from 0: sums and squares of what is within stay exact enough.
LARGEST = 1e9


@dataclass(frozen=True, slots=True)
class Entry:
    """A work handed in to the contest.

    Attributes
    ----------
    entry_id : str
        Public id.
    track, region, language, organization : str
        Where it belongs; "" when unknown. An entry and a juror of one organization are in conflict.
    """

    entry_id: str
    track: str = ""
    region: str = ""
    language: str = ""
    organization: str = ""


@dataclass(frozen=True, slots=True)
class Juror:
    """A member of the jury.

    Attributes
    ----------
    juror_id : str
        Public id.
    region, organization : str
        Where the juror belongs; "" when unknown.
    expert_tracks, languages : tuple of str
        Tracks of declared expertise; languages understood, empty for "any".
    capacity : int or None
        The most entries the juror can be given; None for no limit.
    """

    juror_id: str
    region: str = ""
    expert_tracks: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    organization: str = ""
    capacity: int | None = None


@dataclass(frozen=True, slots=True)
class Scoresheet:
    """One juror's evaluation of one entry in one round.

    Attributes
    ----------
    entry_id, juror_id : str
        Public ids.
    marks : mapping of str to float or None
        Criterion to mark on the rubric's scale; None, or no key, when the mark is missing.
    round : str
        Name of the round.
    """

    entry_id: str
    juror_id: str
    marks: Mapping[str, float | None]
    round: str = "1"


@dataclass(frozen=True, slots=True)
class Rubric:
    """Criteria with their weights, and the scale that all marks are given on.

    Attributes
    ----------
    weights : mapping of str to float
        Criterion to weight, each from 0 to 10^9, at least one > 0; only their proportions matter.
    scale : tuple of two floats
        Lowest and highest mark, from -10^9 to 10^9.

    Raises
    ------
    InvalidRubric
        No criterion, a weight or a scale that is out of range, weights that sum to zero, an empty scale.

    Examples
    --------
    >>> Rubric({"idea": 3, "craft": 1}, (1, 10)).shares
    {'idea': 0.75, 'craft': 0.25}
    """

    weights: Mapping[str, float]
    scale: tuple[float, float] = (1.0, 10.0)
    shares: dict[str, float] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if not self.weights:
            raise InvalidRubric("the rubric has no criterion")
        for name, weight in self.weights.items():
            if not 0 <= weight <= LARGEST:
                said = f"it must be a number from 0 to {LARGEST:.0f}"
                raise InvalidRubric(f"the weight of criterion {name!r} is {weight}; {said}")
        total = math.fsum(self.weights.values())
        if total <= 0:
            raise InvalidRubric("the weights sum to zero, so no mark would count")
        lo, hi = self.scale
        if not -LARGEST <= lo < hi <= LARGEST:
            raise InvalidRubric(f"the scale is empty, or not between {-LARGEST:.0f} and {LARGEST:.0f}")
        object.__setattr__(self, "shares", {name: weight / total for name, weight in self.weights.items()})
