"""Which copies a file has, which it lacks, and how that stands; pure over loaded files."""

from __future__ import annotations

from creative_platform.media.models import AssetState, CopiesWanted, MediaAsset
from creative_platform.renditions.contract import CLEAN, PAGE_NAMES, PAGES, RECIPE, copies_for

__all__ = ["RECIPE", "marker", "missing_copies"]


def marker(copy: str) -> str:
    """Return the name of the row that says that a copy is there."""
    return PAGE_NAMES[0] if copy == PAGES else copy


def needs_rendition(asset: MediaAsset) -> bool:
    """Say whether browsers may not play what the check could make of the file."""
    return "needs_rendition" in asset.details.get("notes", [])


def missing_copies(asset: MediaAsset) -> list[str]:
    """Return the copies that are wanted of a file and not there, or there by an older recipe."""
    if asset.state is not AssetState.READY or asset.storage_key is None or asset.kind is None:
        return []
    playable = not needs_rendition(asset)
    wanted = copies_for(asset.kind.value, asset.size_bytes, asset.duration_s or 0.0, playable=playable)
    if asset.copies_wanted is CopiesWanted.PLAYABLE:
        wanted = tuple(copy for copy in wanted if copy == CLEAN)
    elif asset.copies_wanted is CopiesWanted.NONE:
        return []
    there = {proxy.name for proxy in asset.proxies if proxy.recipe == RECIPE}
    return [copy for copy in wanted if marker(copy) not in there]
