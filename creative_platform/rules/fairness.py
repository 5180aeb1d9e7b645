"""What published rules may still become: milder, never stricter, for people who are already at work. Pure.

Before entries open, everything may change (as a new version). From then on nobody's deadline comes nearer, nothing new
is demanded and nothing promised is taken back; once the jury works, what it judges by stands still.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime

from creative_platform.core.text import N_
from creative_platform.rules.document import Document, by_key, instant, phase_of

Refusals = dict[str, str]

_ENTRIES_OPEN = N_("Entries are open: this can no longer be taken away or made stricter.")
_JURY_WORKS = N_("The jury has begun: this can no longer change.")
_ANNOUNCED = N_("The results are announced: these rules stay as they are.")
FAR = 10**12


def refusals(before: Document, after: Document, at: datetime, *, announced: bool) -> Refusals:
    """Return what keeps ``after`` from replacing the published ``before`` now: field name to sentence.

    ``announced`` says whether the results are public.
    """
    now = phase_of(before, at, announced=announced)
    if now == "before":
        return {}
    found: Refusals = dict(_stricter(before, after))
    found.update(_moved(before, after, at, now))
    if now in ("judging", "judged", "announced") and before["judging"] != after["judging"]:
        found["rubric"] = _JURY_WORKS
    if now == "announced":
        found.update({name: _ANNOUNCED for name in after if name not in _WORDS and after[name] != before[name]})
    return found


_WORDS = ("title", "summary", "body")


def _moved(before: Document, after: Document, at: datetime, now: str) -> Iterator[tuple[str, str]]:
    """Yield which dates may not move as they were moved."""
    for kind, old in before["stages"].items():
        new = after["stages"].get(kind, {})
        for end, field in (("starts_at", f"{kind}_start"), ("ends_at", f"{kind}_end")):
            if end not in old or old[end] == new.get(end):
                continue
            if instant(old[end]) <= at and not _may_reopen(kind, end, now):
                yield field, N_("This moment has passed; it cannot be moved.")
            elif end not in new or instant(new[end]) <= at:
                yield field, N_("The new moment must lie ahead.")
            elif (kind, end) == ("entries", "ends_at") and instant(new[end]) < instant(old[end]):
                yield field, N_("Entries are open: the close can move later, never earlier.")


def _may_reopen(kind: str, end: str, now: str) -> bool:
    """A date that has passed may be set anew until what follows begins: a power cut in the last hour, a slow jury."""
    moves = {"closed": ["entries ends_at"], "judged": ["judging ends_at", "announcement starts_at"]}
    return f"{kind} {end}" in moves.get(now, ())


def _stricter(before: Document, after: Document) -> Iterator[tuple[str, str]]:
    """Yield the fields in which ``after`` asks more or gives less than ``before``."""
    for name in before["limits"]:
        if after["limits"][name] < before["limits"][name]:
            yield name, _ENTRIES_OPEN
    yield from _stricter_who(before["who"], after["who"])
    if after["drafts_readable"] and not before["drafts_readable"]:
        yield "drafts_readable", N_("Entries are open: drafts stay private, as entrants were told.")
    if before["judging"]["blind"] and not after["judging"]["blind"]:
        yield "blind", _ENTRIES_OPEN
    yield from _fewer(before["awards"], after["awards"], lambda old, new: new["quantity"] < old["quantity"], "awards")
    yield from _fewer(before["fields"], after["fields"], _stricter_field, "fields")
    if any(field["required"] for key, field in by_key(after["fields"]).items() if key not in by_key(before["fields"])):
        yield "required", N_("Entries are open: a new question can only be optional.")
    yield from _fewer(before["tracks"], after["tracks"], _stricter_track, "tracks")


def _fewer(
    before: list[Document], after: list[Document], stricter: Callable[[Document, Document], bool], field: str
) -> Iterator[tuple[str, str]]:
    now = by_key(after)
    for key, old in by_key(before).items():
        if key not in now or stricter(old, now[key]):
            yield field, _ENTRIES_OPEN
            return


def _stricter_who(before: Document, after: Document) -> Iterator[tuple[str, str]]:
    if after["regions"] and (not before["regions"] or set(before["regions"]) - set(after["regions"])):
        yield "allowed_regions", _ENTRIES_OPEN
    if after["members_only"] and not before["members_only"]:
        yield "members_only", _ENTRIES_OPEN
    if _higher(before["min_age"], after["min_age"]):
        yield "min_age", _ENTRIES_OPEN
    if _lower(before["max_age"], after["max_age"]):
        yield "max_age", _ENTRIES_OPEN


def _higher(old: int | None, new: int | None) -> bool:
    return (new if new is not None else -FAR) > (old if old is not None else -FAR)


def _lower(old: int | None, new: int | None) -> bool:
    return (new if new is not None else FAR) < (old if old is not None else FAR)


def _stricter_field(old: Document, new: Document) -> bool:
    offered = {option["key"] for option in new["options"]}
    return (
        old["kind"] != new["kind"]
        or (new["required"] and not old["required"])
        or _higher(old["min_value"], new["min_value"])
        or _lower(old["max_value"], new["max_value"])
        or any(option["key"] not in offered for option in old["options"])
    )


def _stricter_track(old: Document, new: Document) -> bool:
    now, was = by_key(new["files"]), by_key(old["files"])
    if any(key not in now or _stricter_file(asked, now[key]) for key, asked in was.items()):
        return True
    return any(asked["min_count"] > 0 for key, asked in now.items() if key not in was)


def _stricter_file(old: Document, new: Document) -> bool:
    return (
        bool(set(old["kinds"]) - set(new["kinds"]))
        or new["min_count"] > old["min_count"]
        or new["max_count"] < old["max_count"]
        or new["max_size_bytes"] < old["max_size_bytes"]
        or _higher(old["min_duration_s"], new["min_duration_s"])
        or _lower(old["max_duration_s"], new["max_duration_s"])
    )
