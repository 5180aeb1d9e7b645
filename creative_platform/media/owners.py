"""Who may read or write a file is decided by the room that owns the file's owner; rooms register here at install.

``read`` gives the original, ``see`` gives derived and clean copies (no metadata, no names), ``write`` adds and removes,
``deliver`` sends the bytes of a file that was committed before the close. An owner nobody registered is 404.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, NamedTuple

from creative_platform.core import clock
from creative_platform.core.actor import Actor
from creative_platform.core.errors import NotAllowed, NotFound, TooLate
from creative_platform.core.text import N_
from creative_platform.media.models import MediaAsset

Act = Literal["read", "see", "write", "deliver"]
May = Callable[[Actor | None, Act, int], bool]


LONGEST_S = 2 * 3600  # where organizers do not say how long a recording may be


@dataclass(frozen=True)
class FieldLimits:
    """What one field of an owner takes; sizes in bytes, durations in seconds."""

    kinds: tuple[str, ...]
    max_count: int
    max_size_bytes: int
    min_duration_s: int | None = None
    max_duration_s: int = LONGEST_S


class Deadlines(NamedTuple):
    """When writing ends, and when the bytes of committed files must be here: None when commitments are not taken."""

    closes_at: datetime | None
    deliver_until: datetime | None


@dataclass(frozen=True)
class Owner:
    """What a room says about the files of its rows.

    ``find`` turns a public id into a row id (None when there is none); ``hold`` locks the owner's row for the rest of
    the transaction, so that counts are true; ``lock`` does too and gives what spares loading while it is kept;
    ``limits`` answers None for an unknown field; ``on_changed`` runs in the transaction in which a file was received,
    its check is stored or its delivery ends; ``keeps`` says whether something proven for ever refers to a file, which
    then is never erased.
    """

    find: Callable[[str], int | None]
    hold: Callable[[int], None]
    lock: Callable[[int], object]
    may: May
    limits: Callable[[int, str], FieldLimits | None]
    on_changed: Callable[[MediaAsset], None]
    keeps: Callable[[MediaAsset], bool]
    deadlines: Callable[[int], Deadlines]


_owners: dict[str, Owner] = {}
_further_readers: dict[str, dict[str, May]] = {}
_struck_out: dict[str, dict[str, Callable[[int], Collection[str]]]] = {}


def register(owner_type: str, owner: Owner) -> None:
    """Say who owns files of that type; done once at install."""
    _owners[owner_type] = owner


def also_let(owner_type: str, name: str, may: May) -> None:
    """Let a higher room open files to more readers (jurors, the public); ``name`` makes registering twice harmless."""
    _further_readers.setdefault(owner_type, {})[name] = may


def also_strike_out(owner_type: str, name: str, words: Callable[[int], Collection[str]]) -> None:
    """Let a higher room say which words nobody but the team and the staff may read in the texts of an owner's files."""
    _struck_out.setdefault(owner_type, {})[name] = words


def struck_out(actor: Actor | None, owner_type: str, owner_id: int) -> set[str]:
    """Return the words that the actor must not read in the texts of the owner's files."""
    if _owners[owner_type].may(actor, "read", owner_id):
        return set()
    return {word for words in _struck_out.get(owner_type, {}).values() for word in words(owner_id)}


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
    further = _further_readers.get(owner_type, {}).values() if act in ("read", "see") else ()
    return any(reader(actor, act, owner_id) for reader in further)


def enforce(actor: Actor | None, act: Act, owner_type: str, owner_id: int) -> None:
    """Raise NotFound unless the actor may; who may read but not write is told so."""
    if may(actor, act, owner_type, owner_id):
        return
    if act == "write" and may(actor, "read", owner_type, owner_id):
        raise NotAllowed(N_("Files can no longer be changed here."))
    raise NotFound()


def enforce_sending(actor: Actor, asset: MediaAsset) -> None:
    """Let who may write send the bytes of a file, and after the close who may deliver what was committed before it."""
    whose = (asset.owner_type, asset.owner_id)
    if asset.committed_at is not None and may(actor, "deliver", *whose):
        return
    until = owner(asset.owner_type).deadlines(asset.owner_id).deliver_until if asset.committed_at else None
    if until is not None and until <= clock.arrival() and may(actor, "read", *whose):
        raise TooLate(N_("The time in which this file could be delivered is over."))
    enforce(actor, "write", *whose)
