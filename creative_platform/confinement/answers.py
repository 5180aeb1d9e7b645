"""Read what a child says as if an attacker had written it: the parts that every task shares."""

import math
from collections.abc import Mapping
from typing import Any

from creative_platform.confinement.contract import Derived

_DATA_KEYS = frozenset({"suffix", "type", "limit", "limit_s", "limit_px", "limit_mpx", "ratio"})
_MAGIC = {"image/jpeg": (b"\xff\xd8\xff",), "image/webp": (b"RIFF",)}
HUGE = 1 << 53


class Untrusted(Exception):
    """The child answered something it never should."""


def whole(value: Any, low: int = 0, high: int = HUGE) -> int:
    """Return the value if it is a whole number in the range. Raises Untrusted."""
    if type(value) is not int or not low <= value <= high:
        raise Untrusted("not a whole number in range")
    return value


def line(value: Any, most: int = 300) -> str:
    """Return the value as one printable line for a log, shortened. Raises Untrusted when it is no text."""
    if not isinstance(value, str):
        raise Untrusted("not text")
    return "".join(letter if letter.isprintable() else "?" for letter in value[:most])


def seconds(value: Any, most: float) -> float | None:
    """Return the value if it is a number of seconds in the range, or None. Raises Untrusted."""
    if value is None:
        return None
    if type(value) not in (int, float) or not math.isfinite(value) or not 0 <= value <= most:
        raise Untrusted("duration")
    return float(value)


def refusal(header: dict[str, Any], reasons: Mapping[str, str]) -> tuple[str, dict[str, int | float | str], str]:
    """Return (reason, data, detail) of a refused frame."""
    reason = header.get("reason")
    if not isinstance(reason, str) or reason not in reasons:
        raise Untrusted("unknown reason")
    given = header.get("data")
    if not isinstance(given, dict) or not set(given) <= _DATA_KEYS:
        raise Untrusted("unknown data")
    data: dict[str, int | float | str] = {
        key: line(value, 64) if isinstance(value, str) else whole(value) for key, value in given.items()
    }
    try:
        reasons[reason] % data
    except (KeyError, TypeError, ValueError):
        raise Untrusted("numbers for the sentence are missing") from None
    return reason, data, line(header.get("detail"))


def name_of(header: dict[str, Any], outputs: Mapping[str, str]) -> str:
    """Return the name of a derived output, one of those known."""
    name = header.get("name")
    if not isinstance(name, str) or name not in outputs:
        raise Untrusted("unknown output")
    return name


def picture(header: dict[str, Any], body: bytes, name: str, content_type: str) -> Derived:
    """Return the checked picture of a derived frame."""
    if not body.startswith(_MAGIC[content_type]):
        raise Untrusted("not the picture it should be")
    width, height = whole(header.get("width"), 1, 4096), whole(header.get("height"), 1, 4096)
    return Derived(name, content_type, body, width, height)
