"""Have the texts of an entry read by the optional model: in a confined child, for C code parses them."""

from __future__ import annotations

import json
from collections.abc import Mapping

from creative_platform.similarity.engine.sketching import Sketched, sketch_file
from scoring.similarity.translationmodel import installed_name
from scoring.similarity.translationsketch import SKETCH_VERSION

__all__ = ["KIND", "VERSION", "installed_name", "sketch_texts"]

KIND = "translation"
VERSION = f"{SKETCH_VERSION}/{installed_name()}" if installed_name() else ""


def sketch_texts(texts: Mapping[str, str], *, require_isolation: bool = False) -> Sketched:
    """Sketch the texts of an entry by part. Never raises."""
    body = json.dumps(texts, ensure_ascii=False).encode("utf-8", "replace")
    return sketch_file(
        lambda offset, length: body[offset : offset + length],
        len(body),
        kind="texts",
        name="",
        duration_s=0.0,
        require_isolation=require_isolation,
        translations=True,
    )
