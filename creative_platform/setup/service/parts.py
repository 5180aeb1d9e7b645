"""Editing what the rules say: texts, dates, limits, and the lists of tracks, files, questions, criteria and awards."""

from __future__ import annotations

import secrets
from typing import Any

from sqlalchemy.exc import IntegrityError

from creative_platform.contests.models import (
    Award,
    Contest,
    Criterion,
    FormField,
    MediaRequirement,
    Round,
    Stage,
    Track,
)
from creative_platform.contests.queries import stage
from creative_platform.contests.values import (
    BY_CRITERION,
    AwardValues,
    CriterionValues,
    DateValues,
    FieldValues,
    FileValues,
    LimitValues,
    TextValues,
    TieValues,
    TrackValues,
    slug_of,
)
from creative_platform.core.actor import Actor
from creative_platform.core.db import session
from creative_platform.core.errors import Conflict, Invalid, LimitReached, NotFound
from creative_platform.core.text import N_, LocalizedText
from creative_platform.setup.service.editing import Edit, editing

ITEMS_MOST = 50
RESERVED_KEYS = {"new", "change", "files"}  # they name pages

Item = Track | MediaRequirement | FormField | Criterion | Award


class InUse(Conflict):
    """Something else refers to the thing that was to go."""

    code = "in_use"
    message = N_("This is in use and cannot be removed: entries, scores, awards or decisions refer to it.")


def _refuse(problems: dict[str, str]) -> None:
    if problems:
        raise Invalid(dict(problems))


def save_text(actor: Actor, contest_id: int, edit: Edit, values: TextValues) -> None:
    """Change title, summary, text and kind."""
    _refuse(values.problems())
    with editing(actor, contest_id, edit, "text") as contest:
        values.apply(contest)


def save_limits(actor: Actor, contest_id: int, edit: Edit, values: LimitValues) -> None:
    """Change who may enter how often, and how entries are judged."""
    _refuse(values.problems())
    with editing(actor, contest_id, edit, "limits") as contest:
        values.apply(contest)


def save_ties(actor: Actor, contest_id: int, edit: Edit, values: TieValues) -> None:
    """Change by which steps entries of equal score are put in order."""
    _refuse(values.problems())
    with editing(actor, contest_id, edit, "ties") as contest:
        known = {_tie_step_of(criterion) for criterion in rubric_of(contest).criteria}
        if any(step.startswith(BY_CRITERION) and step not in known for step in values.tie_steps):
            raise Invalid({"tie_steps": N_("There is no such criterion in this contest.")})
        values.apply(contest)


def _tie_step_of(criterion: Criterion) -> str:
    return f"{BY_CRITERION}{criterion.key}"


def save_dates(actor: Actor, contest_id: int, edit: Edit, values: DateValues) -> None:
    """Change the stages and the zone in which they are told."""
    _refuse(values.problems())
    with editing(actor, contest_id, edit, "dates") as contest:
        contest.timezone = values.timezone
        for kind, (starts_at, ends_at) in values.spans().items():
            row = stage(contest, kind)
            if row is None:
                contest.stages.append(Stage(kind=kind, starts_at=starts_at, ends_at=ends_at))
            else:
                row.starts_at, row.ends_at = starts_at, ends_at


def add_track(actor: Actor, contest_id: int, edit: Edit, values: TrackValues) -> Track:
    """Add a track at the end of the list."""
    _refuse(values.problems())
    with editing(actor, contest_id, edit, "tracks") as contest:
        return _add(contest.tracks, Track(), values, values.title)


def save_track(actor: Actor, contest_id: int, edit: Edit, key: str, values: TrackValues) -> None:
    """Change a track's words."""
    _refuse(values.problems())
    with editing(actor, contest_id, edit, "tracks") as contest:
        values.apply(thing_of(contest.tracks, key))


def add_file(actor: Actor, contest_id: int, edit: Edit, track_key: str, values: FileValues) -> MediaRequirement:
    """Add files that a track asks for."""
    _refuse(values.problems())
    with editing(actor, contest_id, edit, "tracks") as contest:
        track: Track = thing_of(contest.tracks, track_key)
        return _add(track.requirements, MediaRequirement(), values, values.title)


def save_file(actor: Actor, contest_id: int, edit: Edit, track_key: str, key: str, values: FileValues) -> None:
    """Change what files a track asks for under one heading."""
    _refuse(values.problems())
    with editing(actor, contest_id, edit, "tracks") as contest:
        values.apply(thing_of(thing_of(contest.tracks, track_key).requirements, key))


def add_field(actor: Actor, contest_id: int, edit: Edit, values: FieldValues) -> FormField:
    """Add a question to the entry form."""
    _refuse(values.problems())
    with editing(actor, contest_id, edit, "form") as contest:
        return _add(contest.fields, FormField(), values, values.label)


def save_field(actor: Actor, contest_id: int, edit: Edit, key: str, values: FieldValues) -> None:
    """Change a question of the entry form."""
    _refuse(values.problems())
    with editing(actor, contest_id, edit, "form") as contest:
        values.apply(thing_of(contest.fields, key))


def add_criterion(actor: Actor, contest_id: int, edit: Edit, values: CriterionValues) -> Criterion:
    """Add a criterion to the rubric of the first round."""
    _refuse(values.problems())
    with editing(actor, contest_id, edit, "rubric") as contest:
        return _add(rubric_of(contest).criteria, Criterion(), values, values.title)


def save_criterion(actor: Actor, contest_id: int, edit: Edit, key: str, values: CriterionValues) -> None:
    """Change a criterion of the first round."""
    _refuse(values.problems())
    with editing(actor, contest_id, edit, "rubric") as contest:
        values.apply(thing_of(rubric_of(contest).criteria, key))


def add_award(actor: Actor, contest_id: int, edit: Edit, values: AwardValues) -> Award:
    """Add an award."""
    _refuse(values.problems())
    with editing(actor, contest_id, edit, "awards") as contest:
        _refuse(_foreign_track(contest, values))
        return _add(contest.awards, Award(), values, None)


def save_award(actor: Actor, contest_id: int, edit: Edit, key: str, values: AwardValues) -> None:
    """Change an award (``key`` is its public id)."""
    _refuse(values.problems())
    with editing(actor, contest_id, edit, "awards") as contest:
        _refuse(_foreign_track(contest, values))
        values.apply(thing_of(contest.awards, key))


def _foreign_track(contest: Contest, values: AwardValues) -> dict[str, str]:
    if values.track_id is None or any(track.id == values.track_id for track in contest.tracks):
        return {}
    return {"track": N_("There is no such track in this contest.")}


def rubric_of(contest: Contest) -> Round:
    """Return the contest's first round."""
    return next(round_ for round_ in contest.rounds if round_.number == 1)


def move_item(actor: Actor, contest_id: int, edit: Edit, part: str, key: str, *, up: bool) -> None:
    """Move a thing of a list one place up or down; at the end of the list nothing happens. ``part``: see `_items`."""
    with editing(actor, contest_id, edit, part) as contest:
        items = list(_items(contest, part))
        here = items.index(thing_of(items, key))
        there = here - 1 if up else here + 1
        if 0 <= there < len(items):
            items[here], items[there] = items[there], items[here]
        _number(items)


def remove_item(actor: Actor, contest_id: int, edit: Edit, part: str, key: str) -> None:
    """Take a thing out of its list. Raises InUse when rows of entries, judging or results, or a step refer to it."""
    with editing(actor, contest_id, edit, part) as contest:
        items = _items(contest, part)
        gone = thing_of(items, key)
        if isinstance(gone, Criterion) and _tie_step_of(gone) in contest.tie_steps:
            raise InUse(N_("A step for equal scores names this criterion: take it out of those steps first."))
        _number([item for item in items if item is not gone])
        s = session()
        try:
            with s.begin_nested():
                s.delete(gone)
                s.flush()
        except IntegrityError:
            raise InUse() from None


def _items(contest: Contest, part: str) -> list[Any]:
    """Return a list by the name of its part: tracks, form, rubric, awards, or ``files:<track key>``."""
    if part.startswith("files:"):
        return list(thing_of(contest.tracks, part.removeprefix("files:")).requirements)
    lists: dict[str, list[Any]] = {
        "tracks": contest.tracks,
        "form": contest.fields,
        "rubric": rubric_of(contest).criteria,
        "awards": contest.awards,
    }
    if part not in lists:
        raise NotFound()
    return lists[part]


def key_of(item: Item) -> str:
    """Return what names an item within its list."""
    return item.public_id if isinstance(item, Award) else item.key


def thing_of(items: list[Any], key: str) -> Any:
    """Return the item of that key. Raises NotFound."""
    found = next((item for item in items if key_of(item) == key), None)
    if found is None:
        raise NotFound()
    return found


def _number(items: list[Any]) -> None:
    for position, item in enumerate(items):
        item.position = position


def _add(items: list[Any], row: Any, values: Any, title: LocalizedText | None) -> Any:
    if len(items) >= ITEMS_MOST:
        raise LimitReached(N_("A list holds at most %(limit)s things."), limit=ITEMS_MOST)
    values.apply(row)
    row.position = len(items)
    if title is not None:
        row.key = _free_key(slug_of(title.in_("en"))[:30].strip("-"), RESERVED_KEYS | {item.key for item in items})
    items.append(row)
    session().flush()
    return row


def _free_key(wanted: str, taken: set[str]) -> str:
    key = wanted or f"x-{secrets.token_hex(3)}"
    number = 1
    while key in taken:
        number += 1
        key = f"{wanted or 'x'}-{number}"
    return key
