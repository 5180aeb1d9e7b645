"""Read the child's answers as if an attacker had written them: types, ranges, fixed vocabularies, caps."""

import json
import math
import re
from typing import Any

from creative_platform.inspection.contract import (
    CLEAN_TYPES,
    CONTENT_TYPES,
    NOTES,
    OUTPUTS,
    PEAK_BUCKETS,
    Derived,
    Limits,
)
from creative_platform.inspection.reasons import REASONS

_CODEC = re.compile(r"[a-z0-9_-]{1,32}")
_DATA_KEYS = frozenset({"suffix", "type", "limit", "limit_s", "limit_px", "limit_mpx", "ratio"})
_MAGIC = {"image/jpeg": (b"\xff\xd8\xff",), "image/webp": (b"RIFF",)}
_HUGE = 1 << 53
_LISTED = 10_000
_LISTED_NAME = 1100
_PREVIEW = 2200


class Untrusted(Exception):
    """The child answered something it never should."""


def whole(value: Any, low: int = 0, high: int = _HUGE) -> int:
    """Return the value if it is a whole number in the range. Raises Untrusted."""
    if type(value) is not int or not low <= value <= high:
        raise Untrusted("not a whole number in range")
    return value


def line(value: Any, most: int = 300) -> str:
    """Return the value as one printable line for a log, shortened. Raises Untrusted when it is no text."""
    if not isinstance(value, str):
        raise Untrusted("not text")
    return "".join(letter if letter.isprintable() else "?" for letter in value[:most])


def refusal(header: dict[str, Any]) -> tuple[str, dict[str, int | float | str], str]:
    """Return (reason, data, detail) of a refused frame."""
    reason = header.get("reason")
    if not isinstance(reason, str) or reason not in REASONS:
        raise Untrusted("unknown reason")
    given = header.get("data")
    if not isinstance(given, dict) or not set(given) <= _DATA_KEYS:
        raise Untrusted("unknown data")
    data: dict[str, int | float | str] = {
        key: line(value, 64) if isinstance(value, str) else whole(value) for key, value in given.items()
    }
    try:
        REASONS[reason] % data
    except (KeyError, TypeError, ValueError):
        raise Untrusted("numbers for the sentence are missing") from None
    return reason, data, line(header.get("detail"))


def facts(header: dict[str, Any], limits: Limits, kinds: tuple[str, ...]) -> dict[str, Any]:
    """Return the checked facts of an accepted frame, as keyword arguments of Inspection."""
    kind = header.get("kind")
    if kind not in CONTENT_TYPES or kind not in kinds:
        raise Untrusted("unknown kind")
    if header.get("content_type") not in CONTENT_TYPES[kind]:
        raise Untrusted("unknown content type")
    codecs, notes = header.get("codecs", []), header.get("notes", [])
    if not isinstance(codecs, list) or len(codecs) > limits.streams:
        raise Untrusted("codecs")
    if not all(isinstance(name, str) and _CODEC.fullmatch(name) for name in codecs):
        raise Untrusted("codec name")
    if not isinstance(notes, list) or not all(isinstance(note, str) and note in NOTES for note in notes):
        raise Untrusted("notes")
    return {
        "kind": kind,
        "content_type": header["content_type"],
        "codecs": tuple(codecs),
        "notes": tuple(sorted(set(notes))),
        "duration_s": _seconds(header.get("duration_s"), limits.duration_s),
        "width": _optional(header, "width", 1, 1 << 16),
        "height": _optional(header, "height", 1, 1 << 16),
        "pages": _optional(header, "pages", 1, 1 << 24),
        "entries": _optional(header, "entries", 0, limits.entries),
        "frames": _optional(header, "frames", 1, limits.frames),
        "trailing_bytes": whole(header.get("trailing_bytes", 0)),
    }


def clean_type(header: dict[str, Any], kind: str) -> str | None:
    """Return the content type of the clean copy, None when none was made."""
    clean = header.get("clean")
    if clean is None:
        return None
    if not isinstance(clean, dict) or clean.get("content_type") not in CLEAN_TYPES[kind]:
        raise Untrusted("clean copy type")
    return str(clean["content_type"])


def derived(header: dict[str, Any], body: bytes) -> Derived:
    """Return the checked output of a derived frame; its type follows from its name."""
    name = header.get("name")
    if not isinstance(name, str) or name not in OUTPUTS:
        raise Untrusted("unknown output")
    content_type = OUTPUTS[name]
    if content_type == "application/json":
        _check_json(name, body)
        return Derived(name, content_type, body)
    if not body.startswith(_MAGIC[content_type]):
        raise Untrusted("not the picture it should be")
    width, height = whole(header.get("width"), 1, 4096), whole(header.get("height"), 1, 4096)
    return Derived(name, content_type, body, width, height)


def _check_json(name: str, body: bytes) -> None:
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        raise Untrusted("not JSON") from None
    if name == "peaks.json":
        _check_peaks(value)
        return
    key, kind = ("size_bytes", int) if name == "listing.json" else ("text", str)
    if not isinstance(value, list) or len(value) > _LISTED:
        raise Untrusted("not a list")
    for item in value:
        if not isinstance(item, dict) or set(item) != {"name", key} or type(item[key]) is not kind:
            raise Untrusted("list item")
        if not isinstance(item["name"], str) or len(item["name"]) > _LISTED_NAME:
            raise Untrusted("listed name")
        if kind is str and len(item[key]) > _PREVIEW:
            raise Untrusted("preview length")


def _check_peaks(value: Any) -> None:
    if not isinstance(value, dict) or set(value) != {"duration_s", "peaks"}:
        raise Untrusted("peaks")
    _seconds(value["duration_s"], _HUGE)
    peaks = value["peaks"]
    if not isinstance(peaks, list) or len(peaks) != PEAK_BUCKETS:
        raise Untrusted("number of peaks")
    for peak in peaks:
        whole(peak, 0, 255)


def _seconds(value: Any, most: float) -> float | None:
    if value is None:
        return None
    if type(value) not in (int, float) or not math.isfinite(value) or not 0 <= value <= most:
        raise Untrusted("duration")
    return float(value)


def _optional(header: dict[str, Any], key: str, low: int, high: int) -> int | None:
    value = header.get(key)
    return None if value is None else whole(value, low, high)
