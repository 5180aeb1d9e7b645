"""Which copies there are, what they are called, what they may cost. Standard library only."""

from dataclasses import dataclass

from creative_platform.confinement.contract import Derived, Usage
from creative_platform.inspection.contract import Limits

RECIPE = 1  # raised when copies are made in another way: `flask media rebuild` then makes them anew

CLEAN, LIGHT, PAGES = "clean", "light", "pages"

LIGHT_AUDIO_BITS_A_SECOND = 96_000  # sound that needs no more than this is light as it is
MOST_PAGES = 20

TYPES: dict[str, frozenset[str]] = {
    CLEAN: frozenset({"video/mp4", "audio/mp4", "audio/flac"}),
    LIGHT: frozenset({"video/mp4", "audio/mp4"}),
    PAGES: frozenset(),
}
SHEET = {"sheet.jpg": "image/jpeg", "sheet.webp": "image/webp"}
PAGE_NAMES = tuple(f"page-{number:02d}.webp" for number in range(1, MOST_PAGES + 1))
OUTPUTS: dict[str, dict[str, str]] = {
    CLEAN: {},
    LIGHT: SHEET,
    PAGES: dict.fromkeys(PAGE_NAMES, "image/webp"),
}

# Processor seconds for each second of a recording: HEVC of 4K takes 3 and 2.
_CPU_S_A_SECOND = {CLEAN: 5, LIGHT: 3, PAGES: 0}
_MOST_CPU_S = 4 * 3600
_LEAST_BYTES_A_SECOND = 25_000  # 200 kbit/s; what has less is still and costs a tenth of the above
_BYTES_A_SECOND = {CLEAN: 1_300_000, LIGHT: 60_000, PAGES: 0}


@dataclass(frozen=True, slots=True)
class Wanted:
    """One copy of one file, with what its check found."""

    copy: str
    suffix: str
    duration_s: float = 0.0


def copies_for(kind: str, size_bytes: int, duration_s: float, *, playable: bool) -> tuple[str, ...]:
    """Return the copies that a file of that kind has, beside what its check made."""
    if kind == "pdf":
        return (PAGES,)
    if kind not in ("video", "audio"):
        return ()
    heavy = kind == "video" or size_bytes * 8 > LIGHT_AUDIO_BITS_A_SECOND * duration_s
    return (*(() if playable else (CLEAN,)), *((LIGHT,) if heavy else ()))


def limits_for(wanted: Wanted, size_bytes: int) -> Limits:
    """Return what making a copy may cost: generous, and in proportion to the length.

    A length that so few bytes cannot fill does not count: a small file of hours of black must not hold the queue.
    """
    counted_s = min(wanted.duration_s, size_bytes / _LEAST_BYTES_A_SECOND)
    cpu_s = min(_MOST_CPU_S, 60 + int(counted_s * _CPU_S_A_SECOND[wanted.copy]))
    return Limits(
        cpu_s=cpu_s,
        wall_s=120.0 + cpu_s * 3,
        scratch_bytes=min(4 << 30, (64 << 20) + int(wanted.duration_s * _BYTES_A_SECOND[wanted.copy])),
    )


@dataclass(frozen=True, slots=True)
class Rendition:
    """One copy, made or not; ``content_type`` is empty when it consists of its small outputs alone."""

    made: bool
    reason: str = ""
    detail: str = ""
    retry: bool = False
    content_type: str = ""
    size_bytes: int = 0
    sha256: str = ""
    width: int | None = None
    height: int | None = None
    derived: tuple[Derived, ...] = ()
    usage: Usage = Usage()
