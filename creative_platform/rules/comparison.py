"""What changed between two versions of the rules, place by place. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from creative_platform.rules.document import Document, Path, by_key

ORDER = "order"
_SILENT = ("format", "contest")


@dataclass(frozen=True)
class Difference:
    """One place that is not the same. ``path`` leads there: names, ``#key`` for a thing of a list, a language last.

    ``before`` is None where a place is new, ``after`` where it is gone; a thing of a list comes and goes as a whole
    (then both are documents).
    """

    path: Path
    before: Any
    after: Any


def differences(before: Document, after: Document) -> list[Difference]:
    """Return every place in which two rules documents differ, in the order of the newer one."""
    return list(_compare((), _visible(before), _visible(after)))


def _visible(document: Document) -> Document:
    return {name: value for name, value in document.items() if name not in _SILENT}


def _compare(path: Path, before: Any, after: Any) -> Iterator[Difference]:
    if before == after:
        return
    if _is_list_of_things(before) and _is_list_of_things(after):
        yield from _compare_lists(path, before, after)
    elif isinstance(before, dict) and isinstance(after, dict):
        for name in dict.fromkeys([*after, *before]):
            yield from _compare((*path, name), before.get(name), after.get(name))
    else:
        yield Difference(path, before, after)


def _is_list_of_things(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, dict) and "key" in item for item in value)


def _compare_lists(path: Path, before: list[Document], after: list[Document]) -> Iterator[Difference]:
    was, now = by_key(before), by_key(after)
    for key in dict.fromkeys([*now, *was]):
        if key in was and key in now:
            yield from _compare((*path, f"#{key}"), was[key], now[key])
        else:
            yield Difference((*path, f"#{key}"), was.get(key), now.get(key))
    stayed = ([key for key in was if key in now], [key for key in now if key in was])
    if stayed[0] != stayed[1]:
        yield Difference((*path, ORDER), stayed[0], stayed[1])
