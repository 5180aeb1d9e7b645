"""What may be announced: files that a field takes, and no more than it is worth keeping."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import Any

from sqlalchemy import BigInteger, Select, bindparam, case, cast, func, select

from creative_platform.core import clock
from creative_platform.core.db import session
from creative_platform.core.errors import Invalid, LimitReached
from creative_platform.core.text import N_, one_line
from creative_platform.media import owners
from creative_platform.media.models import AssetState, MediaAsset
from creative_platform.media.storage import MIB, UNTYPED
from creative_platform.uploads.models import Upload

# For each file that a field takes: how often its greatest size is kept, and how many may be begun in 24 hours.
KEPT_TIMES = 5
BEGUN_TIMES_A_DAY = 50
_SHA256 = re.compile(r"[0-9a-f]{64}\Z")


@dataclass(frozen=True)
class Planned:
    """What a client announces before it sends bytes; ``fingerprint`` lets a picked-again file resume.

    ``bytes_per_s`` is what its line carries, as far as it knows: parts are cut accordingly.
    """

    owner_type: str
    owner_public_id: str
    field: str
    filename: str
    size_bytes: int
    content_type: str = UNTYPED
    sha256: str | None = None
    fingerprint: str = ""
    bytes_per_s: int | None = None


def refuse_impossible(planned: Planned, limits: owners.FieldLimits) -> None:
    wrong: dict[str, str] = {}
    if planned.size_bytes <= 0:
        wrong["size_bytes"] = N_("The file is empty.")
    elif planned.size_bytes > limits.max_size_bytes:
        wrong["size_bytes"] = N_("The file is too large.")
    if not one_line(planned.filename) or len(planned.filename) > 255:
        wrong["filename"] = N_("Give the file a name of at most 255 characters.")
    if planned.sha256 is not None and not is_sha256(planned.sha256):
        wrong["sha256"] = N_("A SHA-256 is 64 hexadecimal digits.")
    if wrong:
        raise Invalid(wrong, limit_bytes=limits.max_size_bytes)


def is_sha256(text: str) -> bool:
    return _SHA256.match(text) is not None


def place_for(planned: Planned, owner_id: int, limits: owners.FieldLimits) -> int:
    """Return how many files stand in the field already.

    Raises LimitReached when there are as many as it takes, when the store would keep more than the field is worth, or
    when the day saw too many uploads. Everything whose bytes were not erased yet counts by its declared size: what is
    under way, what was handed in earlier, and what was removed or not accepted until a job has erased it.
    """
    given: dict[str, Any] = {"owner_type": planned.owner_type, "owner": owner_id, "field": planned.field}
    given["since"] = clock.now() - timedelta(days=1)
    begun, kept, standing, refused = session().execute(_held_by_field(), given).one()
    if begun >= BEGUN_TIMES_A_DAY * limits.max_count:
        raise _too_many_begun(begun)
    limit = KEPT_TIMES * limits.max_count * limits.max_size_bytes
    if kept + planned.size_bytes > limit:
        raise LimitReached(
            N_(
                "%(kept)d of %(limit)d MB are kept for these files: this one of %(size)d MB does not fit. What was "
                "handed in stays kept; what you remove makes room after a few minutes."
            ),
            kept=-(-kept // MIB),
            limit=limit // MIB,
            size=-(-planned.size_bytes // MIB),
        )
    if standing - refused >= limits.max_count:
        raise LimitReached(
            N_("There are %(limit)d files here, the most there may be. Remove one first."), limit=limits.max_count
        )
    return int(standing)


@cache
def _held_by_field() -> Select[int, int, int, int]:
    """Return the query of a field's uploads of 24 hours, bytes kept, files that stand, and refused ones of these."""
    stands = MediaAsset.removed_at.is_(None)
    bytes_kept = func.coalesce(func.sum(case((MediaAsset.storage_key.is_not(None), MediaAsset.size_bytes))), 0)
    return (
        select(
            func.count(case((Upload.created_at > bindparam("since"), 1))),
            cast(bytes_kept, BigInteger),
            func.count(case((stands, 1))),
            func.count(case((stands & (MediaAsset.state == AssetState.REJECTED), 1))),
        )
        .outerjoin_from(MediaAsset, Upload)
        .where(
            MediaAsset.owner_type == bindparam("owner_type"),
            MediaAsset.owner_id == bindparam("owner"),
            MediaAsset.field == bindparam("field"),
        )
    )


def _too_many_begun(limit: int) -> LimitReached:
    return LimitReached(
        N_("In 24 hours %(limit)d files were begun here, the most there may be. Go on tomorrow."), limit=limit
    )


def note_wrong_bytes(asset: MediaAsset) -> None:
    """Count that other bytes came than were committed, in the caller's transaction: each time the team gets mail."""
    asset.details = {**asset.details, "wrong": {"on": _today(), "times": _wrong_today(asset) + 1}}


def refuse_endless_tries(asset: MediaAsset) -> None:
    """Raise LimitReached when other bytes than were committed came too often today."""
    if _wrong_today(asset) >= BEGUN_TIMES_A_DAY:
        raise _too_many_begun(BEGUN_TIMES_A_DAY)


def _wrong_today(asset: MediaAsset) -> int:
    wrong = asset.details.get("wrong", {})
    return int(wrong["times"]) if wrong.get("on") == _today() else 0


def _today() -> str:
    return clock.now().date().isoformat()
