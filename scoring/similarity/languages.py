"""Cut a text into passages and tell the language of each: Kazakh, Russian or English, by its letters."""

import re
from dataclasses import dataclass

from scoring.similarity.letters import INVISIBLE

KAZAKH, RUSSIAN, ENGLISH, UNKNOWN = "kk", "ru", "en", ""

LEAST_LETTERS = 15
"""A shorter sentence goes with its neighbour: by itself it says too little."""

MOST_CHARACTERS = 300
"""A longer sentence is cut, where a clause ends when it can be."""

_END = re.compile(r"(?<=[.!?…])[\"»”’)\]]*\s+|[\n\f\r\u2028\u2029]+")
_KAZAKH = frozenset("әғқңөұүһі")
_KAZAKH_SHARE = 0.03  # of the Cyrillic letters: Kazakh has 15 %, Russian with Kazakh names in it hardly 2 %
_ENOUGH = 25  # letters that tell a language; a shorter passage is asked for its neighbours'
_LATIN_KAZAKH = frozenset("äğıñöşūüáǵńóúýŋïçûâ")
_WORDS = {
    KAZAKH: frozenset(
        [
            "jáne",
            "jäne",
            "zhane",
            "jane",
            "men",
            "úshin",
            "üshin",
            "ushin",
            "bul",
            "bir",
            "bar",
            "jo",
            "joq",
            "nemese",
            "retinde",
            "emes",
            "osy",
            "onyń",
            "onyñ",
            "sol",
            "boıynsha",
            "boiynsha",
            "arqyly",
            "keıin",
            "keiin",
            "bolyp",
            "bolady",
            "dep",
            "ne",
            "da",
            "de",
            "ol",
            "olar",
        ]
    ),
    ENGLISH: frozenset(
        [
            "the",
            "of",
            "and",
            "to",
            "in",
            "is",
            "for",
            "a",
            "that",
            "with",
            "as",
            "on",
            "by",
            "are",
            "be",
            "this",
            "it",
            "from",
            "or",
            "an",
            "not",
            "which",
            "was",
            "at",
            "will",
            "can",
            "has",
            "have",
            "we",
            "you",
            "your",
            "our",
            "their",
            "they",
            "he",
            "she",
            "his",
            "her",
            "if",
            "when",
            "all",
        ]
    ),
}
_KAZAKH_ENDS: tuple[str, ...] = (
    "lar",
    "ler",
    "dar",
    "der",
    "tar",
    "ter",
    "ding",
    "dyń",
    "dıń",
    "nyń",
    "niń",
    "nıñ",
    "nyñ",
    "niñ",
    "nyng",
)
_KAZAKH_ENDS += ("ady", "edi", "ğan", "gen", "ǵan", "qan", "ken", "men", "pen", "ben", "syz", "siz", "ğa", "ǵa", "qa")


@dataclass(frozen=True, slots=True)
class Piece:
    """A passage: where it stands in the original, end excluded, and its language (`UNKNOWN` when nothing tells)."""

    start: int
    end: int
    language: str


def passages(text: str) -> list[Piece]:
    """Cut a text into passages, a sentence each, as far as it is long enough and not too long.

    Examples
    --------
    >>> text = "Біз ауылда ескі кітапхананы жаңғыртамыз. Мы обновляем библиотеку в селе. We do all of it together."
    >>> [(text[one.start : one.end][:9], one.language) for one in passages(text)]
    [('Біз ауылд', 'kk'), ('Мы обновл', 'ru'), ('We do all', 'en')]
    """
    spans = _joined(text, [span for whole in _sentences(text) for span in _shortened(text, *whole)])
    told = [language_of(text[start:end]) for start, end in spans]
    return [Piece(*span, language) for span, language in zip(spans, _resolved(told), strict=True)]


def language_of(text: str) -> str:
    """Tell the language of a passage by its letters, for the Latin script also by its commonest words.

    Examples
    --------
    >>> language_of("Bul jobanyń maqsaty – balalarǵa arnalǵan kitaphana ashý jáne oqý úıirmesin qurý.")
    'kk'
    >>> language_of("12:30")
    ''
    """
    low = [char for char in text.lower() if char.isalpha() and char not in INVISIBLE]
    cyrillic = [char for char in low if "\u0400" <= char <= "\u052f"]
    if 2 * len(cyrillic) >= len(low):
        share = sum(char in _KAZAKH for char in cyrillic) / max(1, len(cyrillic))
        if share >= _KAZAKH_SHARE:
            return KAZAKH
        return RUSSIAN if len(cyrillic) >= _ENOUGH else UNKNOWN
    words = re.findall(r"[^\W\d_]+(?:['’ʼ][^\W\d_]*)*", text.lower())
    kazakh = sum(word in _WORDS[KAZAKH] or word.endswith(_KAZAKH_ENDS) for word in words)
    kazakh += sum(any(char in _LATIN_KAZAKH for char in word) for word in words)
    kazakh += sum(word.count("q") - word.count("qu") for word in words) + sum("'" in word[:-2] for word in words) // 2
    english = 2 * sum(word in _WORDS[ENGLISH] for word in words) + sum("w" in word or "th" in word for word in words)
    if kazakh == english:
        return ENGLISH if len(low) >= _ENOUGH and not kazakh else UNKNOWN
    return KAZAKH if kazakh > english else ENGLISH


def is_latin(text: str) -> bool:
    """Tell whether most letters are Latin."""
    latin = sum("a" <= char <= "z" or "\u00c0" <= char <= "\u024f" for char in text.lower())
    return 2 * latin > sum(map(str.isalpha, text))


def _sentences(text: str) -> list[tuple[int, int]]:
    spans, start = [], 0
    for end, after in [*((found.start(), found.end()) for found in _END.finditer(text)), (len(text), len(text))]:
        if text[start:end].strip():
            spans.append((start, end))
        start = after
    return spans


def _shortened(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """Cut what is too long behind the last clause, else the last word, of its second half."""
    spans = []
    while end - start > MOST_CHARACTERS:
        half, most = start + MOST_CHARACTERS // 2, start + MOST_CHARACTERS
        cut = max(text.rfind(mark, half, most) for mark in ";,:—–") + 1 or text.rfind(" ", half, most) + 1 or most
        spans.append((start, cut))
        start = cut
    return [*spans, (start, end)]


def _joined(text: str, spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    kept: list[tuple[int, int]] = []
    short = False
    for start, end in spans:
        is_short = sum(map(str.isalnum, text[start:end])) < LEAST_LETTERS
        if kept and (short or is_short) and end - kept[-1][0] <= MOST_CHARACTERS:
            kept[-1] = (kept[-1][0], end)
            short = sum(map(str.isalnum, text[kept[-1][0] : end])) < LEAST_LETTERS
        else:
            kept.append((start, end))
            short = is_short
    return [span for span in kept if any(map(str.isalnum, text[slice(*span)]))]


def _resolved(told: list[str]) -> list[str]:
    """Give a passage of which nothing tells the language that of the one before it, else of the one after it."""
    for order in (range(1, len(told)), range(len(told) - 2, -1, -1)):
        for place in order:
            told[place] = told[place] or told[place - 1 if order.step == 1 else place + 1]
    return told
