"""Reads of files; each is asked with an owner that the caller has the right to see."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from typing import NamedTuple

from sqlalchemy import Select, bindparam, select
from sqlalchemy.orm import joinedload, selectinload

from creative_platform.core.db import session
from creative_platform.inspection.contract import OUTPUTS
from creative_platform.media.models import AssetState, MediaAsset, MediaCaptions

# What `urls.poster` chooses from; a file may have many further pictures.
POSTER_NAMES = tuple(name for name, content_type in OUTPUTS.items() if content_type.startswith("image/"))


class Picture(NamedTuple):
    """What `urls.poster` needs of a derived picture."""

    name: str
    storage_key: str | None
    content_type: str
    width: int | None
    height: int | None


@dataclass(frozen=True)
class Pictured:
    """A file of a list, of which only its pictures are shown."""

    proxies: list[Picture] = field(default_factory=list)


def assets_of(owner_type: str, owner_id: int) -> list[MediaAsset]:
    """Return an owner's files that were not removed, in the order of its fields and positions."""
    return assets_of_many(owner_type, [owner_id]).get(owner_id, [])


def assets_of_many(owner_type: str, owner_ids: Iterable[int]) -> dict[int, list[MediaAsset]]:
    """Return the files of many owners with their derived copies, by owner id, in one query."""
    found: dict[int, list[MediaAsset]] = {}
    given = {"owner_type": owner_type, "owner_ids": list(owner_ids)}
    for asset in session().scalars(_assets_of_many(), given).unique():
        found.setdefault(asset.owner_id, []).append(asset)
    return found


@cache
def _assets_of_many() -> Select[MediaAsset]:
    return (
        select(MediaAsset)
        .where(
            MediaAsset.owner_type == bindparam("owner_type"),
            MediaAsset.owner_id.in_(bindparam("owner_ids", expanding=True)),
            MediaAsset.removed_at.is_(None),
            MediaAsset.state != AssetState.ERASED,
        )
        .options(joinedload(MediaAsset.proxies))
        .order_by(MediaAsset.owner_id, MediaAsset.field, MediaAsset.position, MediaAsset.id)
    )


def assets_by_id(asset_ids: Iterable[int]) -> dict[int, MediaAsset]:
    """Return files by id with their derived copies, removed ones included (a submitted revision keeps them)."""
    query = select(MediaAsset).where(MediaAsset.id.in_(list(asset_ids))).options(selectinload(MediaAsset.proxies))
    return {asset.id: asset for asset in session().scalars(query)}


def captions_text(asset: MediaAsset, language: str) -> str | None:
    """Return a film's captions in a language as WebVTT; None when it has none."""
    of_language = (MediaCaptions.asset_id == asset.id, MediaCaptions.language == language)
    return session().scalar(select(MediaCaptions.text).where(*of_language))


def asset_by_public_id(public_id: str) -> MediaAsset | None:
    """Return a file with its derived copies; the caller asks whether the actor may see it."""
    query = select(MediaAsset).where(MediaAsset.public_id == public_id, MediaAsset.state != AssetState.ERASED)
    return session().scalar(query.options(selectinload(MediaAsset.proxies)))
