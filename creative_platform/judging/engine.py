"""The room's door to scoring.judging; loaded by the worker and the command line alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from creative_platform.core.text import N_
from scoring.errors import Infeasible
from scoring.judging import Entry, Juror, assign

EntryRow = tuple[int, str, str, str]
JurorRow = tuple[int, tuple[str, ...], tuple[str, ...], int | None]
Pair = tuple[int, int]


@dataclass(frozen=True)
class Plan:
    """What a drawing gave: pairs to add, what it was made of, and why it could not be done.

    ``inputs`` name what is ``short`` (ids of entries and jurors, reviews needed and available) and, as ``notes`` of a
    code and numbers, what could not be kept.
    """

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
    except Infeasible as error:
        short = {
            "entries": [int(i) for i in error.entries],
            "jurors": [int(i) for i in error.jurors],
            "needed": error.needed,
            "available": error.available,
        }
        return Plan([], inputs | {"short": short}, N_("Some entries cannot get as many jurors as the rules ask for."))
    added = [(int(entry_id), int(juror_id)) for entry_id, juror_id in drawn.added]
    notes = [{"code": note.code, **note.numbers} for note in drawn.notes]
    found = {"groups": drawn.groups, "second_eigenvalue": round(drawn.second_eigenvalue, 4), "notes": notes}
    return Plan(added, inputs | found, "")
