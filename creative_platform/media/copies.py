"""Which copies a file has, which it lacks, and how that stands; pure over loaded files."""

from __future__ import annotations

import enum

from creative_platform.inspection import contract as inspection
from creative_platform.media.models import AssetState, CopiesWanted, MediaAsset, MediaProxy
from creative_platform.renditions.contract import CLEAN, OUTPUTS, PAGE_NAMES, PAGES, RECIPE, SHEET, copies_for

# What may be looked at by name: all that we wrote ourselves from decoded pictures and sound.
VIEWABLE = frozenset({CLEAN, "light", *SHEET, *PAGE_NAMES})


OUTDATED = 0  # the recipe of copies that are made anew, because others of the same making were deleted


class CopyState(enum.StrEnum):
    """How a copy stands: there; this file has none; made later; being made; could not be made."""

    MADE = "made"
    NONE = "none"
    LATER = "later"
    WAITING = "waiting"
    FAILED = "failed"


def marker(copy: str) -> str:
    """Return the name of the row that says that a copy is there."""
    return PAGE_NAMES[0] if copy == PAGES else copy


def needs_rendition(asset: MediaAsset) -> bool:
    """Say whether browsers may not play what the check could make of the file."""
    return "needs_rendition" in asset.details.get("notes", [])


def made_by_check(asset: MediaAsset) -> list[MediaProxy]:
    """Return the copies that the check of a file made: pictures, listings, and the clean copy unless it was encoded."""
    names = {*inspection.OUTPUTS, *(() if needs_rendition(asset) else (CLEAN,))}
    return [proxy for proxy in asset.proxies if proxy.name in names]


def made_together(asset: MediaAsset) -> list[list[MediaProxy]]:
    """Return a file's copies in the groups in which they are made."""
    by_check = made_by_check(asset)
    others = [proxy for proxy in asset.proxies if proxy not in by_check]
    return [by_check, *([p for p in others if p.name in {copy, *names}] for copy, names in OUTPUTS.items())]


def is_outdated(asset: MediaAsset) -> bool:
    """Say whether the check of a file would make its copies in another way by now."""
    return all(proxy.recipe != inspection.RECIPE for proxy in made_by_check(asset))


def missing_copies(asset: MediaAsset) -> list[str]:
    """Return the copies that are wanted of a file and not there, or there by an older recipe."""
    if asset.state is not AssetState.READY or asset.storage_key is None:
        return []
    there = {proxy.name for proxy in asset.proxies if proxy.recipe == RECIPE}
    return [copy for copy in _copies_of(asset) if _is_wanted(asset, copy) and marker(copy) not in there]


def state_of(asset: MediaAsset, copy: str) -> CopyState:
    """Return how a copy of a file stands, for the page that shows it."""
    if any(proxy.name == marker(copy) for proxy in asset.proxies):
        return CopyState.MADE
    if asset.state is not AssetState.READY:
        return CopyState.NONE
    if copy not in _copies_of(asset):
        return CopyState.WAITING if copy == CLEAN and _is_made_anew(asset) else CopyState.NONE
    if not _is_wanted(asset, copy):
        return CopyState.LATER
    return CopyState.FAILED if copy in asset.details.get("unmade", {}) else CopyState.WAITING


def _is_made_anew(asset: MediaAsset) -> bool:
    """Say whether of what the check made something was deleted, so that it makes all of it again."""
    return any(proxy.recipe == OUTDATED for proxy in made_by_check(asset))


def _copies_of(asset: MediaAsset) -> tuple[str, ...]:
    if asset.kind is None:
        return ()
    playable = not needs_rendition(asset)
    return copies_for(asset.kind.value, asset.size_bytes, asset.duration_s or 0.0, playable=playable)


def _is_wanted(asset: MediaAsset, copy: str) -> bool:
    return asset.copies_wanted.covers(CopiesWanted.PLAYABLE if copy == CLEAN else CopiesWanted.ALL)


def ending_of(filename: str) -> str:
    """Return the ending of a file's name with its dot, as decoders are told it; empty when it has none."""
    return filename[filename.rfind(".") :][:10] if "." in filename else ""
