"""Read what a child says of a file as if an attacker had written it: types, ranges, fixed vocabularies, caps."""

import json
import re
from typing import Any

from creative_platform.confinement.answers import HUGE, Untrusted, name_of, picture, seconds, whole
from creative_platform.confinement.contract import Derived
from creative_platform.inspection.contract import CLEAN_TYPES, CONTENT_TYPES, NOTES, OUTPUTS, PEAK_BUCKETS, Limits

_CODEC = re.compile(r"[a-z0-9_-]{1,32}")
_LISTED = 10_000
_LISTED_NAME = 1100
_PREVIEW = 2200
_DOCUMENT = Limits().letters


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
        "duration_s": seconds(header.get("duration_s"), limits.duration_s),
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
    name = name_of(header, OUTPUTS)
    content_type = OUTPUTS[name]
    if content_type == "application/json":
        _check_json(name, body)
        return Derived(name, content_type, body)
    return picture(header, body, name, content_type)


def _check_json(name: str, body: bytes) -> None:
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        raise Untrusted("not JSON") from None
    if name == "peaks.json":
        _check_peaks(value)
        return
    key, kind = ("size_bytes", int) if name == "listing.json" else ("text", str)
    longest = _DOCUMENT if name == "text.json" else _PREVIEW
    if not isinstance(value, list) or len(value) > _LISTED:
        raise Untrusted("not a list")
    for item in value:
        if not isinstance(item, dict) or set(item) != {"name", key} or type(item[key]) is not kind:
            raise Untrusted("list item")
        if not isinstance(item["name"], str) or len(item["name"]) > _LISTED_NAME:
            raise Untrusted("listed name")
        if kind is str and len(item[key]) > longest:
            raise Untrusted("preview length")


def _check_peaks(value: Any) -> None:
    if not isinstance(value, dict) or set(value) != {"duration_s", "peaks"}:
        raise Untrusted("peaks")
    seconds(value["duration_s"], HUGE)
    peaks = value["peaks"]
    if not isinstance(peaks, list) or len(peaks) != PEAK_BUCKETS:
        raise Untrusted("number of peaks")
    for peak in peaks:
        whole(peak, 0, 255)


def _optional(header: dict[str, Any], key: str, low: int, high: int) -> int | None:
    value = header.get(key)
    return None if value is None else whole(value, low, high)
