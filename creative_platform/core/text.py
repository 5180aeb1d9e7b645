"""Text in three languages: marks for translation, content by organizers, folding for search and order."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping
from itertools import permutations
from typing import Any

from sqlalchemy import JSON
from sqlalchemy.types import TypeDecorator

LOCALES = ("kk", "ru", "en")
ERASED = "—"  # stands where a name or title was, in every language


def N_(message: str) -> str:  # noqa: N802 -- the name gettext tools know for "mark, do not translate yet"
    """Mark a message for extraction; it is translated at the edge."""
    return message


class LocalizedText(dict[str, str]):
    """One text that organizers wrote in up to three languages; keys are locales, empty texts are left out."""

    def __init__(self, texts: Mapping[str, str] | None = None, **by_locale: str) -> None:
        given = {**(texts or {}), **by_locale}
        super().__init__({k: given[k].strip() for k in LOCALES if given.get(k) and given[k].strip()})

    def in_(self, locale: str) -> str:
        """Return the text in that language, or in the first language that has one, or an empty string."""
        for key in (locale, *LOCALES):
            if key in self:
                return self[key]
        return ""

    def locale_for(self, locale: str) -> str:
        """Return the language in which ``in_`` answers, for a ``lang`` attribute."""
        return next((key for key in (locale, *LOCALES) if key in self), locale)

    def __bool__(self) -> bool:
        return len(self) > 0


class LocalizedTextType(TypeDecorator[LocalizedText]):
    """A JSON column that holds a LocalizedText."""

    impl = JSON
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Any) -> dict[str, str]:
        return dict(LocalizedText(value or {}))

    def process_result_value(self, value: Any, dialect: Any) -> LocalizedText:
        return LocalizedText(value or {})


_FOLD = str.maketrans(
    {
        "ә": "а", "ғ": "г", "қ": "к", "ң": "н", "ө": "о", "ұ": "у", "ү": "у", "һ": "х", "і": "и", "ё": "е", "й": "и",
        "ı": "i", "ä": "a", "ö": "o", "ü": "u", "ū": "u", "ğ": "g", "ñ": "n", "ş": "s", "ç": "c",
    }
)  # fmt: skip

_KAZAKH_ORDER = "аәбвгғдеёжзийкқлмнңоөпрстуұүфхһцчшщъыіьэюя"
_RANK = {letter: format(i, "02x") for i, letter in enumerate(_KAZAKH_ORDER, start=0x80)}


def search_text(*parts: str | None) -> str:
    """Return the parts folded for searching: NFKC, casefold, Kazakh and Russian look-alikes merged, single spaces.

    Neither database can fold ``Ә``, so both store and search this column.
    """
    joined = " ".join(part for part in parts if part)
    folded = unicodedata.normalize("NFKC", joined).casefold().translate(_FOLD)
    return " ".join(folded.split())


def sort_key(text: str) -> str:
    """Return a key whose plain byte order is the order of the Kazakh alphabet (Russian letters in their places).

    Latin letters and digits sort before Cyrillic ones.
    """
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join("~" + _RANK[ch] if ch in _RANK else ch for ch in folded)[:400]


def storable(text: str) -> bool:
    """Say whether every database can hold the text: no NUL, no half of a character."""
    return "\0" not in text and not any("\ud800" <= ch <= "\udfff" for ch in text)


# Marks that turn the direction of all that follows: in a name they rewrite the sentence it stands in.
_TURNS = dict.fromkeys(map(ord, "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"))
_NO_LETTERS = ("Cc", "Cs", "Zl", "Zp")


def legible(text: str, *, keep: str = "") -> str:
    """Return the text without control characters and marks of direction; breaks not in ``keep`` become spaces."""
    told = text.translate(_TURNS)
    wrong = {ch for ch in set(told) if ch not in keep and unicodedata.category(ch) in _NO_LETTERS}
    return told.translate({ord(ch): " " if ch.isspace() else None for ch in wrong})


def one_line(text: str) -> str:
    """Return the text in one line, single spaces between its words: titles and names."""
    return " ".join(legible(text).split())


# What shows nothing (Unicode's Default_Ignorable_Code_Point); between letters it hides a name from a search.
_HIDDEN = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]+"
)


def unhidden(text: str) -> str:
    """Return the text (NFC) without characters that show nothing; those that join the parts of an emoji stay."""
    return unicodedata.normalize("NFC", _HIDDEN.sub(_emoji_joint, text))


def _emoji_joint(found: re.Match[str]) -> str:
    before = found.string[max(0, found.start() - 1) : found.start()]
    return found[0] if before and unicodedata.category(before) in ("So", "Sk") else ""


STRUCK_OUT = "▮▮▮"
PARTED = "\x1e"  # stands between texts that are masked as one, and stays
_DIVIDED = re.compile(rf"[-‐\r\n{PARTED}]")


def masked(text: str, words: Collection[str]) -> str:
    """Return the text (NFC) with these names struck out.

    In whatever case and order of their parts, however those are joined, with the endings that a full name takes; also
    where characters that show nothing, or ends of lines, stand between the letters.
    """
    if not words:
        return unicodedata.normalize("NFC", text)
    text = unhidden(text)
    kept, at = [], 0
    for start, end in _places(text, words):
        parts = 1 + text.count(PARTED, start, end)
        kept += [text[at:start], PARTED.join([STRUCK_OUT] * parts)]
        at = end
    return "".join([*kept, text[at:]])


def _places(text: str, words: Iterable[str]) -> list[tuple[int, int]]:
    """Return where the names begin and end, in order; places that overlap are one."""
    letters = _letters(_DIVIDED.sub("", text))
    found: list[tuple[int, int]] = []
    for word in words:
        named = unhidden(word).split()
        if len(" ".join(named)) <= 2 or not all(_letters(_DIVIDED.sub("", part)) in letters for part in named):
            continue  # most texts name nobody
        parts = [_spellings(part) for part in named]
        orders = permutations(parts) if len(parts) in (2, 3) else [parts]
        either = "|".join(r"[\s_.,\-]*".join(order) for order in orders)
        ending = r"[^\W_]*" if len(parts) > 1 else r"(?![^\W_])"
        found += (place.span() for place in re.finditer(rf"(?<![^\W_])(?:{either}){ending}", text, re.IGNORECASE))
    apart: list[tuple[int, int]] = []
    for start, end in sorted(found):
        if apart and start < apart[-1][1]:
            apart[-1] = (apart[-1][0], max(end, apart[-1][1]))
        else:
            apart.append((start, end))
    return apart


def _letters(text: str) -> str:
    """Return the text so that letters which the search below takes for one another are the same."""
    return text.replace("İ", "i").casefold().replace("ё", "е").replace("ı", "i")


def _spellings(part: str) -> str:
    """Return the pattern of a name's part; ``ё`` is often typed ``е``, and a line may end anywhere in it."""
    letters = ("[её]" if letter in "еёЕЁ" else re.escape(letter) for letter in part)
    return rf"(?:[-‐]?\r?[\n{PARTED}])?".join(letters)
