"""The room's door to scoring.judging; loaded by the worker and the command line alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from scoring.errors import ScoringError
from scoring.judging import Entry, Juror, assign

EntryRow = tuple[int, str, str, str]
JurorRow = tuple[int, tuple[str, ...], tuple[str, ...], int | None]
Pair = tuple[int, int]


@dataclass(frozen=True)
class Plan:
    """What a drawing gave: pairs to add, what it was made of, and what could not be done in words."""

    added: list[Pair]
    inputs: dict[str, Any]
    problem: str


def plan(
    *,
    entries: list[EntryRow],
    jurors: list[JurorRow],
    conflicts: list[Pair],
    existing: list[Pair],
    reviews: int,
    seed: int,
) -> Plan:
    """Draw what is missing for every entry; pairs are (entry id, juror id)."""
    inputs = {"entries": len(entries), "jurors": len(jurors), "conflicts": len(conflicts), "reviews": reviews}
    try:
        drawn = assign(
            [
                Entry(str(i), track=track, language=language, organization=group)
                for i, track, language, group in entries
            ],
            [Juror(str(i), expert_tracks=e, languages=langs, capacity=most) for i, e, langs, most in jurors],
            reviews=reviews,
            conflicts=[(str(e), str(j)) for e, j in conflicts],
            existing=[(str(e), str(j)) for e, j in existing],
            seed=seed,
        )
    except ScoringError as error:
        return Plan([], inputs, str(error))
    added = [(int(entry_id), int(juror_id)) for entry_id, juror_id in drawn.added]
    found = {"groups": drawn.groups, "second_eigenvalue": round(drawn.second_eigenvalue, 4), "notes": list(drawn.notes)}
    return Plan(added, inputs | found, "")
