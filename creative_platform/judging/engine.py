"""The room's door to scoring.judging; loaded by the worker and the command line alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from scoring.judging import Entry, Juror, assign

EntryRow = tuple[int, str, str, str]
JurorRow = tuple[int, tuple[str, ...], tuple[str, ...], int | None]
Pair = tuple[int, int]


@dataclass(frozen=True)
class Plan:
    """What a drawing gave: pairs to add, and what it was made of.

    ``inputs`` name as ``short`` the entries that lack jurors (id, how many, ids of the jurors without a conflict), and
    as ``notes`` of a code and numbers what else could not be kept.
    """

    added: list[Pair]
    inputs: dict[str, Any]


def plan(
    *,
    entries: list[EntryRow],
    jurors: list[JurorRow],
    conflicts: list[Pair],
    existing: list[Pair],
    reviews: int | Mapping[int, int],
    seed: int,
) -> Plan:
    """Draw what is missing for every entry, as far as there are jurors; pairs are (entry id, juror id).

    ``reviews`` is how many an entry has in the end: the same for all, or by entry id and no more for all others.
    """
    drawn = assign(
        [Entry(str(i), track=track, language=language, organization=group) for i, track, language, group in entries],
        [Juror(str(i), expert_tracks=e, languages=langs, capacity=most) for i, e, langs, most in jurors],
        reviews=reviews if isinstance(reviews, int) else {str(i): n for i, n in reviews.items()},
        conflicts=[(str(e), str(j)) for e, j in conflicts],
        existing=[(str(e), str(j)) for e, j in existing],
        seed=seed,
        partial=True,
    )
    barred = set(conflicts)
    short = [
        {
            "entry": int(entry_id),
            "lacking": lacking,
            "free": [juror for juror, *_ in jurors if (int(entry_id), juror) not in barred],
        }
        for entry_id, lacking in drawn.short.items()
    ]
    inputs = {
        "entries": len(entries),
        "jurors": len(jurors),
        "conflicts": len(conflicts),
        "reviews": reviews if isinstance(reviews, int) else len(drawn.added) + sum(drawn.short.values()),
        "groups": drawn.groups,
        "second_eigenvalue": round(drawn.second_eigenvalue, 4),
        "notes": [{"code": note.code, **note.numbers} for note in drawn.notes],
        "short": short,
    }
    return Plan([(int(entry_id), int(juror_id)) for entry_id, juror_id in drawn.added], inputs)
