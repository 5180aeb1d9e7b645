"""Who may read or write a file is decided by the room that owns the file's owner; rooms register here at install.

``read`` gives the original, ``see`` gives derived and clean copies (no metadata, no names), ``write`` adds and removes.
An owner nobody registered is 404.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from creative_platform.core.actor import Actor
from creative_platform.core.errors import NotAllowed, NotFound
from creative_platform.core.text import N_
from creative_platform.media.models import MediaAsset

Act = Literal["read", "see", "write"]
May = Callable[[Actor | None, Act, int], bool]


@dataclass(frozen=True)
class FieldLimits:
    """What one field of an owner takes; sizes in bytes, durations in seconds."""

    kinds: tuple[str, ...]
    max_count: int
    max_size_bytes: int
    min_duration_s: int | None = None
    max_duration_s: int | None = None


@dataclass(frozen=True)
class Owner:
    """What a room says about the files of its rows.

    ``find`` turns a public id into a row id (None when there is none); ``lock`` holds the owner's row for the rest of
    the transaction, so that counts are true; ``limits`` answers None for an unknown field; ``on_checked`` runs in the
    transaction in which a file's check is stored; ``keeps`` says whether something proven for ever refers to a file,
    which then is never erased.
    """

    find: Callable[[str], int | None]
    lock: Callable[[int], None]
    may: May
    limits: Callable[[int, str], FieldLimits | None]
    on_checked: Callable[[MediaAsset], None]
    keeps: Callable[[MediaAsset], bool]


_owners: dict[str, Owner] = {}
_further_readers: dict[str, dict[str, May]] = {}


def register(owner_type: str, owner: Owner) -> None:
    """Say who owns files of that type; done once at install."""
    _owners[owner_type] = owner


def also_let(owner_type: str, name: str, may: May) -> None:
    """Let a higher room open files to more readers (jurors, the public); ``name`` makes registering twice harmless."""
    _further_readers.setdefault(owner_type, {})[name] = may


def owner(owner_type: str) -> Owner:
    """Return what is registered for that type. Raises NotFound."""
    if owner_type not in _owners:
        raise NotFound()
    return _owners[owner_type]


def may(actor: Actor | None, act: Act, owner_type: str, owner_id: int) -> bool:
    """Say whether the actor may do that with the owner's files; unknown owners allow nothing."""
    if owner_type not in _owners:
        return False
    if _owners[owner_type].may(actor, act, owner_id):
        return True
    further = _further_readers.get(owner_type, {}).values() if act != "write" else ()
    return any(reader(actor, act, owner_id) for reader in further)


def enforce(actor: Actor | None, act: Act, owner_type: str, owner_id: int) -> None:
    """Raise NotFound unless the actor may; who may read but not write is told so."""
    if may(actor, act, owner_type, owner_id):
        return
    if act == "write" and may(actor, "read", owner_type, owner_id):
        raise NotAllowed(N_("Files can no longer be changed here."))
    raise NotFound()
