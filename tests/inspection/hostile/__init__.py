"""A kit of hostile files in nine categories, made here, each with its verdict. All payloads are harmless."""

from __future__ import annotations

from tests.inspection.hostile import (
    archives,
    bombs,
    corrupt,
    documents,
    fonts,
    markup,
    playlists,
    polyglots,
    privacy,
)
from tests.inspection.hostile.item import Hostile

KIT: dict[str, Hostile] = {
    f"{module.__name__.rsplit('.', 1)[1]}: {name}": item
    for module in (polyglots, bombs, archives, markup, playlists, corrupt, documents, privacy, fonts)
    for name, item in module.FILES.items()
}
