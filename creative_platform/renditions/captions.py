"""Captions (SubRip or WebVTT) read as if an attacker had written them, and written anew as plain WebVTT.

Only times and words stay: no styles, positions, regions, notes, tags or invisible characters. Linear in the length.
"""

import html
import re
import unicodedata
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from creative_platform.core.text import N_, PARTED, masked, unhidden

MOST_BYTES = 1_000_000
MOST_CUES = 5_000
MOST_LETTERS = 500
MOST_MARKED_UP = 4_000  # letters of a line with its tags; Python reads no number of more than 4,300 digits
MOST_LINES = 5

REASONS: dict[str, str] = {
    "captions.too_large": N_("Captions may have at most 1 MB. Is this the right file?"),
    "captions.not_text": N_(
        "The captions cannot be read as text. Save them as .srt or .vtt in UTF-8 and send them again."
    ),
    "captions.none": N_("There are no captions with times in this file. Send captions as .srt or .vtt."),
    "captions.too_many": N_("There are more than %(most)d captions in this file. Is this the right file?"),
    "captions.order": N_(
        "Caption %(number)d does not come after the one before it, or ends before it begins. Put the times in order "
        "and send the file again."
    ),
    "captions.too_long": N_("Caption %(number)d is longer than %(most)d letters. Divide it and send the file again."),
}
_TIME = r"(?:(\d{1,2}):)?([0-5]?\d):([0-5]?\d)[.,](\d{1,3})"
_TIMES = re.compile(rf"\s*{_TIME}\s*-->\s*{_TIME}(?:\s.*)?")
_TAGS = re.compile(r"</?[A-Za-z0-9][^<>]*>|\{\\[^{}]*\}")
_INVISIBLE = frozenset({"Cc", "Cf", "Co", "Cs", "Zl", "Zp"})


class RefusedCaptions(Exception):
    """The file holds no captions that can be shown: a reason of REASONS and its numbers."""

    def __init__(self, reason: str, **data: int) -> None:
        super().__init__(reason)
        self.reason = reason
        self.data = data


@dataclass(frozen=True, slots=True)
class Cue:
    """Words and when they are shown, in milliseconds."""

    start_ms: int
    end_ms: int
    words: str


def web_vtt(body: bytes) -> str:
    """Return the captions of a .srt or .vtt file as WebVTT of our own writing. Raises RefusedCaptions."""
    if len(body) > MOST_BYTES:
        raise RefusedCaptions("captions.too_large")
    cues = _cues(_text_of(body))
    if not cues:
        raise RefusedCaptions("captions.none")
    return written(cues)


def written(cues: list[Cue]) -> str:
    """Return cues as WebVTT."""
    blocks = [
        f"{_clock(cue.start_ms)} --> {_clock(cue.end_ms)}\n{html.escape(cue.words, quote=False)}\n" for cue in cues
    ]
    return "WEBVTT\n\n" + "\n".join(blocks)


def masked_captions(text: str, words: Collection[str]) -> str:
    """Return WebVTT of our own writing with these words struck out, also where one goes on in the next caption."""
    blocks = [block.partition("\n") for block in text.split("\n\n")]
    said = masked(PARTED.join(html.unescape(words_said) for _, _, words_said in blocks), words).split(PARTED)
    kept = (
        times + end + html.escape(words_said, quote=False)
        for (times, end, _), words_said in zip(blocks, said, strict=True)
    )
    return "\n\n".join(kept)


def _text_of(body: bytes) -> str:
    encoding = "utf-16" if body[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        text = body.decode(encoding)
    except UnicodeDecodeError:
        raise RefusedCaptions("captions.not_text") from None
    if "\0" in text:
        raise RefusedCaptions("captions.not_text")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _cues(text: str) -> list[Cue]:
    cues: list[Cue] = []
    lines = iter(text.split("\n"))
    for line in lines:
        if line.startswith(("NOTE", "STYLE", "REGION")):
            _block(lines)
        elif "-->" in line and (times := _TIMES.fullmatch(line)):
            found = times.groups()
            cue = Cue(_milliseconds(*found[:4]), _milliseconds(*found[4:]), _words(_block(lines), len(cues) + 1))
            if cue.end_ms <= cue.start_ms or (cues and cue.start_ms < cues[-1].start_ms):
                raise RefusedCaptions("captions.order", number=len(cues) + 1)
            if cue.words:
                cues.append(cue)
            if len(cues) > MOST_CUES:
                raise RefusedCaptions("captions.too_many", most=MOST_CUES)
    return cues


def _block(lines: Iterator[str]) -> list[str]:
    """Return the lines up to the next empty one."""
    found = []
    for line in lines:
        if not line.strip():
            break
        found.append(line)
    return found


def _words(lines: list[str], number: int) -> str:
    plain = []
    for line in lines:
        if len(line) > MOST_MARKED_UP:
            raise RefusedCaptions("captions.too_long", number=number, most=MOST_LETTERS)
        bare = html.unescape(_TAGS.sub("", line))
        seen = "".join(letter for letter in unhidden(bare) if unicodedata.category(letter) not in _INVISIBLE).strip()
        if seen:
            plain.append(seen)
    words = unicodedata.normalize("NFC", "\n".join(plain[:MOST_LINES]))
    if len(plain) > MOST_LINES or len(words) > MOST_LETTERS:
        raise RefusedCaptions("captions.too_long", number=number, most=MOST_LETTERS)
    return words


def _milliseconds(hours: str | None, minutes: str, seconds: str, part: str) -> int:
    return ((int(hours or 0) * 60 + int(minutes)) * 60 + int(seconds)) * 1000 + int(part.ljust(3, "0"))


def _clock(milliseconds: int) -> str:
    seconds, rest = divmod(milliseconds, 1000)
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}.{rest:03d}"
