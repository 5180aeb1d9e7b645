"""From the description of a file in works.toml to its bytes."""

from __future__ import annotations

import zlib
from typing import Any

from creative_platform.demo.art import film, paper, poster, sound

SCENES = {"steppe": film.steppe, "city": film.city, "sea": film.sea, "felt": film.felt, "stage": film.stage}


def file_bytes(work: dict[str, Any], spec: dict[str, Any], longest_s: float) -> bytes:
    """Return the bytes of a file; films and recordings are cut to ``longest_s`` seconds."""
    family, _, kind = spec["draw"].partition(".")
    seed = int(spec.get("seed", zlib.crc32(work["title"].encode()) % 90))
    seconds = min(float(spec.get("seconds", 0)), longest_s)
    if family == "film":
        return film.encode(SCENES[kind](seed, spec), spec, seconds, seed)
    if family == "sound":
        return (sound.mp3 if kind == "mp3" else sound.ogg)(sound.piece(spec["tune"], seconds, seed))
    if family == "poster":
        return poster.picture(kind, spec)
    return paper.plan(work) if family == "paper" else paper.program(spec["folder"])
