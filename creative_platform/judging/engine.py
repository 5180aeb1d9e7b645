"""The room's door to scoring.judging; loaded by the worker and the command line alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from statistics import median
from typing import Any

from creative_platform.core import ids
from scoring.errors import Infeasible
from scoring.judging import Entry, Juror, Rubric, Scoresheet, assign, next_reviews
from scoring.judging.calibrated import calibrate, can_calibrate
from scoring.judging.forecast import Components, predicted_widths, told_apart
from scoring.judging.panel import make_panel

EntryRow = tuple[int, str, str, str]
JurorRow = tuple[int, tuple[str, ...], tuple[str, ...], int | None]
Pair = tuple[int, int]
Marks = tuple[int, int, Mapping[str, int]]  # entry, juror, by criterion
CriterionRow = tuple[str, float, int, int]  # key, weight, lowest and highest mark

#: Of fewer sheets nothing is learnt.
LEAST_SHEETS = 20


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
        _works(entries),
        _people(jurors),
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


def outlook(
    *,
    entries: list[EntryRow],
    jurors: list[JurorRow],
    conflicts: list[Pair],
    existing: list[Pair],
    panel: list[int],
    reviews: Sequence[int],
    marks: Sequence[Marks],
    criteria: Sequence[CriterionRow],
    seed: int,
) -> dict[str, Any]:
    """Return what sheets will tell, and whether the jury hangs together, as plain data.

    ``designs`` say for each number of sheets an entry what a draw among the ``panel`` would give: ``width`` of the 90 %
    interval of the middle entry's score in points, ``apart`` the share of pairs of entries that could be told apart,
    loads, and where jurors are too few. ``components`` are the variances that this stands on, ``sheets`` of how many
    sheets they were learnt (0: assumed). ``parts`` are the groups of jurors that shared entries connect now.
    """
    works, people, barred = _works(entries), _people(jurors), [(str(e), str(j)) for e, j in conflicts]
    scale = (float(criteria[0][2]), float(criteria[0][3]))
    sheets = _sheets(marks, criteria)
    found = make_panel(sheets, works, people, _rubric(criteria)) if len(sheets) >= LEAST_SHEETS else None
    learnt = found is not None and can_calibrate(found)
    components = Components.of(calibrate(found)) if found is not None and learnt else Components.assumed(scale)
    seated = [person for person in people if int(person.juror_id) in set(panel)]
    now = assign(works, people, reviews={}, conflicts=barred, existing=[(str(e), str(j)) for e, j in existing])
    return {
        "scale": scale,
        "sheets": len(sheets) if learnt else 0,
        "components": asdict(components),
        "designs": [_design(works, seated, barred, count, components, seed) for count in reviews],
        "parts": [[int(juror) for juror in part] for part in now.parts],
        "links": [[int(entry), int(juror)] for entry, juror in now.links],
        "second_eigenvalue": round(now.second_eigenvalue, 4),
    }


def _design(
    works: list[Entry], seated: list[Juror], barred: list[tuple[str, str]], count: int, parts: Components, seed: int
) -> dict[str, Any]:
    drawn = assign(works, seated, reviews=count, conflicts=barred, seed=seed, partial=True)
    width = median(predicted_widths(drawn.pairs, works, seated, parts).values())
    loads = list(drawn.loads.values())
    return {
        "reviews": count,
        "width": round(width, 4),
        "apart": round(told_apart(width, parts), 4),
        "least": min(loads),
        "most": max(loads),
        "lacking": sum(drawn.short.values()),
        "bottleneck": _bottleneck(works, seated, barred, count, seed) if drawn.short else None,
    }


def _bottleneck(
    works: list[Entry], seated: list[Juror], barred: list[tuple[str, str]], count: int, seed: int
) -> dict[str, Any]:
    """Name entries that only these jurors may judge, who are too few or have no time for them."""
    try:
        assign(works, seated, reviews=count, conflicts=barred, seed=seed)
    except Infeasible as why:
        names = {"entries": [int(e) for e in why.entries], "jurors": [int(j) for j in why.jurors]}
        return names | {"needed": why.needed, "available": why.available}
    return {}


def top_up(
    *,
    entries: list[EntryRow],
    jurors: list[JurorRow],
    conflicts: list[Pair],
    existing: list[Pair],
    marks: Sequence[Marks],
    criteria: Sequence[CriterionRow],
    count: int,
    top: int,
    seed: int,
) -> list[dict[str, Any]] | None:
    """Choose further reviews where they most lower the error about who is in the top; None while marks say nothing.

    They are fewer than asked for, or none, where nobody may take more.

    Each names entry and juror, the ``gain``, and why: the ``reviews`` that the entry has already, its ``place`` now,
    the juror's ``load`` and whether the track is theirs. Ties go by lot of the seed, not by who handed in first.
    """
    lot = {id_: ids.digest(f"{seed}/{id_}") for id_, *_ in entries}
    works = [Entry(lot[i], track=track, language=lang, organization=group) for i, track, lang, group in entries]
    people, known = _people(jurors), {name: id_ for id_, name in lot.items()}
    sheets = [replace(s, entry_id=lot[int(s.entry_id)]) for s in _sheets(marks, criteria) if int(s.entry_id) in lot]
    if len(sheets) < LEAST_SHEETS or not can_calibrate(make_panel(sheets, works, people, _rubric(criteria))):
        return None
    chosen = next_reviews(
        sheets,
        works,
        people,
        _rubric(criteria),
        per_batch=count,
        top=top,
        min_reviews=0,
        conflicts=[(lot[e], str(j)) for e, j in conflicts if e in lot],
        pending=[(lot[e], str(j)) for e, j in existing if e in lot],
    )
    return [
        {
            "entry": known[one.entry_id],
            "juror": int(one.juror_id),
            "gain": one.gain,
            "reviews": one.reviews,
            "place": one.place,
            "load": one.load,
            "expert": one.expert,
        }
        for one in chosen
    ]


def _works(entries: list[EntryRow]) -> list[Entry]:
    return [Entry(str(i), track=track, language=language, organization=group) for i, track, language, group in entries]


def _people(jurors: list[JurorRow]) -> list[Juror]:
    return [Juror(str(i), expert_tracks=e, languages=langs, capacity=most) for i, e, langs, most in jurors]


def _rubric(criteria: Sequence[CriterionRow]) -> Rubric:
    return Rubric({key: weight for key, weight, *_ in criteria}, (criteria[0][2], criteria[0][3]))


def _sheets(marks: Sequence[Marks], criteria: Sequence[CriterionRow]) -> list[Scoresheet]:
    scales, onto = {key: (lo, hi) for key, _, lo, hi in criteria}, (criteria[0][2], criteria[0][3])
    return [
        Scoresheet(str(e), str(j), {key: stretched(value, scales[key], onto) for key, value in given.items()})
        for e, j, given in marks
    ]


def stretched(value: float, scale: tuple[int, int], onto: tuple[int, int]) -> float:
    """Return a mark of one scale as one of another: criteria may have scales of their own, and weigh alike."""
    if scale == onto:
        return value
    share = (value - scale[0]) / (scale[1] - scale[0])
    return onto[0] + share * (onto[1] - onto[0])
