"""Fonts, whose programs no part of the platform should ever run."""

from __future__ import annotations

from tests.inspection.hostile.item import Hostile

_TABLES = (12).to_bytes(2) + bytes(6) + b"glyf" + bytes(300)

FILES = {
    "truetype": Hostile(lambda: b"\0\1\0\0" + _TABLES, ".ttf", "media.type_not_allowed"),
    "opentype": Hostile(lambda: b"OTTO" + _TABLES, ".otf", "media.type_not_allowed"),
    "web font called a picture": Hostile(lambda: b"wOFF" + _TABLES, ".png", "media.type_mismatch"),
    "web font called a film": Hostile(lambda: b"wOF2" + _TABLES, ".mp4", "media.type_mismatch"),
}
