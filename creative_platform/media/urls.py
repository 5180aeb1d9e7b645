"""Signed addresses of files, and what pages need to show them.

Only what we wrote ourselves (pictures, clean copies) is shown inline; originals are downloads of an opaque type.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

from creative_platform.core.text import masked
from creative_platform.media.copies import state_of
from creative_platform.media.models import CLEAN, VIRUS, AssetState, MediaAsset, MediaCaptions, MediaKind, MediaProxy
from creative_platform.media.queries import Picture, Pictured
from creative_platform.media.storage import UNTYPED, storage
from creative_platform.renditions.contract import LIGHT, PAGE_NAMES, PAGES

PICTURE_TTL_S = 300
LONGEST_PLAY_TTL_S = 6 * 3600


@dataclass(frozen=True)
class Poster:
    """A picture with its size reserved: ``src`` is JPEG, ``sources`` better formats as (mime, url)."""

    src: str
    width: int
    height: int
    alt: str = ""
    sources: list[tuple[str, str]] = field(default_factory=list)


def proxy(asset: MediaAsset, *names: str) -> MediaProxy | None:
    """Return the first of these derived copies that the file has."""
    return next((p for name in names for p in asset.proxies if p.name == name), None)


def _picture_url(found: MediaProxy | Picture, name: str) -> str:
    return storage().view_url(
        found.storage_key or "", content_type=found.content_type, filename=name, inline=True, ttl_s=PICTURE_TTL_S
    )


def poster(assets: Sequence[MediaAsset | Pictured], *, large: bool = False) -> Poster | None:
    """Return the picture of an entry's files: of the first one that has one."""
    stems = ("view", "poster", "thumb") if large else ("poster", "thumb", "view")
    for asset in assets:
        pictures: dict[str, MediaProxy | Picture] = {}
        for found in asset.proxies:
            pictures.setdefault(found.name, found)
        for stem in stems:
            jpeg = pictures.get(f"{stem}.jpg")
            if jpeg is not None:
                webp = pictures.get(f"{stem}.webp")
                sources = [("image/webp", _picture_url(webp, f"{stem}.webp"))] if webp else []
                src = _picture_url(jpeg, f"{stem}.jpg")
                return Poster(src, jpeg.width or 640, jpeg.height or 480, sources=sources)
    return None


def play_ttl_s(asset: MediaAsset) -> int:
    """Return how many seconds a player's address lasts: the piece and an hour, at most six; Chromium re-uses it."""
    if asset.kind not in (MediaKind.VIDEO, MediaKind.AUDIO):
        return PICTURE_TTL_S
    return min(LONGEST_PLAY_TTL_S, int(asset.duration_s or 0) + 3600)


def copy_url(asset: MediaAsset, copy: str, name: str) -> str:
    """Return an address of a copy, shown inline under a name of our making; empty when there is none."""
    found = proxy(asset, copy)
    if found is None or found.storage_key is None:
        return ""
    return storage().view_url(
        found.storage_key,
        content_type=found.content_type,
        filename=f"{name}.{_extension(found.content_type)}",
        inline=True,
        ttl_s=play_ttl_s(asset),
    )


def clean_url(asset: MediaAsset, name: str) -> str:
    """Return an address of the clean copy; empty when there is none."""
    return copy_url(asset, CLEAN, name)


def has_original(asset: MediaAsset) -> bool:
    """Say whether the original can be had: its bytes are here, were not erased, and no virus was found in them."""
    here = asset.storage_key is not None and asset.state not in (AssetState.PLANNED, AssetState.UPLOADING)
    return here and asset.reason != VIRUS


def original_url(asset: MediaAsset) -> str:
    """Return an address of the original under its own name: a download of an opaque type, for its team and staff.

    Empty when it cannot be had.
    """
    if not has_original(asset):
        return ""
    return storage().view_url(
        str(asset.storage_key),
        content_type=UNTYPED,
        filename=asset.filename,
        inline=False,
        ttl_s=PICTURE_TTL_S,
    )


_EXTENSIONS = {"quicktime": "mov", "mpeg": "mp3", "x-matroska": "mkv", "jpeg": "jpg", "plain": "txt"}


def _extension(content_type: str) -> str:
    subtype = content_type.split("/")[-1]
    return _EXTENSIONS.get(subtype, subtype)


@dataclass(frozen=True)
class Version:
    """One of the qualities in which a recording can be had; ``href`` leads to a fresh address of it."""

    light: bool
    url: str
    href: str
    mime: str
    size_bytes: int


@dataclass(frozen=True)
class Sight:
    """A picture behind an address that does not end, with its size reserved."""

    href: str
    width: int
    height: int


@dataclass(frozen=True)
class Shown:
    """A file as a page shows it: what ``player`` in macros/media.html takes.

    ``url`` is for what the page loads at once and ends; each ``href`` is for what people press later and does not.
    """

    kind: str
    title: str
    url: str
    mime: str
    versions: list[Version]
    poster: Poster | None
    peaks: list[float]
    names: list[tuple[str, int]]
    preview: list[dict[str, Any]]
    goes_on: bool
    sheet: Sight | None
    pages: list[Sight]
    page_count: int
    states: dict[str, str]
    captions: list[tuple[str, str]]
    download_href: str
    href: str
    size_bytes: int
    duration_s: float | None
    state: AssetState
    reason: str


def shown(
    asset: MediaAsset,
    *,
    name: str,
    original: bool,
    light_first: bool,
    href: str,
    struck_out: Collection[str] = (),
) -> Shown:
    """Return how a page shows a file; ``name`` stands for its own name unless ``original`` lets that be seen.

    ``href`` is the address of its clean copy here. ``struck_out`` are words that the listing and the texts of an
    archive or of a document must not show.
    """
    peaks = proxy(asset, "peaks.json")
    listing = proxy(asset, "listing.json")
    preview = proxy(asset, "preview.json", "text.json")
    versions = _versions(asset, name, href, light_first)
    return Shown(
        kind=asset.kind.value if asset.kind else "other",
        title=asset.filename if original else name,
        url=versions[0].url if versions else "",
        mime=versions[0].mime if versions else "",
        versions=versions,
        poster=poster([asset], large=True),
        peaks=_peaks(peaks.data if peaks else {}),
        names=[(masked(path, struck_out), size) for path, size in _names(listing.data if listing else {})],
        preview=[
            {**item, "name": masked(item["name"], struck_out), "text": masked(item["text"], struck_out)}
            for item in (preview.data if preview else {}).get("items", [])
        ],
        goes_on="text_cut" in asset.details.get("notes", []),
        sheet=next(iter(_sights(asset, href, ["sheet.jpg"])), None),
        pages=_sights(asset, href, PAGE_NAMES),
        page_count=asset.details.get("pages") or 0,
        states={copy: state_of(asset, copy).value for copy in (CLEAN, LIGHT, PAGES)},
        captions=[(found.language, f"{href}/captions/{found.language}.vtt") for found in _captions(asset)],
        download_href=f"{href}/original" if original and has_original(asset) else "",
        href=versions[0].href if versions else href,
        size_bytes=asset.size_bytes,
        duration_s=asset.duration_s,
        state=asset.state,
        reason=asset.reason,
    )


def _captions(asset: MediaAsset) -> list[MediaCaptions]:
    return asset.captions if asset.kind is MediaKind.VIDEO else []


def _versions(asset: MediaAsset, name: str, href: str, light_first: bool) -> list[Version]:
    """Return the qualities there are, the one to begin with first; a light copy that saves nothing is not offered."""
    clean, light = proxy(asset, CLEAN), proxy(asset, LIGHT)
    if clean and light and light.size_bytes * 5 > clean.size_bytes * 4:
        light = None
    found = [
        Version(
            copy is light,
            copy_url(asset, copy.name, name),
            f"{href}?copy={LIGHT}" if copy is light else href,
            copy.content_type,
            copy.size_bytes,
        )
        for copy in (clean, light)
        if copy is not None
    ]
    return found[::-1] if light_first else found


def _sights(asset: MediaAsset, href: str, names: Sequence[str]) -> list[Sight]:
    there = {found.name: found for found in asset.proxies}
    return [
        Sight(f"{href}?copy={name}", there[name].width or 1, there[name].height or 1) for name in names if name in there
    ]


def _peaks(data: dict[str, Any]) -> list[float]:
    return [value / 255 for value in data.get("peaks", [])]


def _names(data: dict[str, Any]) -> list[tuple[str, int]]:
    return [(item["name"], item["size_bytes"]) for item in data.get("items", [])]
