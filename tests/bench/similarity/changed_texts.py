"""Ways to hide a text that was taken over, for the seen half; the held-out half has those of the tests."""

from __future__ import annotations

import unicodedata

import numpy as np

from tests.scoring.similarity.attacks import sentences

KK_LETTERS = "аәбвгғдеёжзийкқлмнңоөпрстуұүфхһцчшщъыіьэюя"
RU_LETTERS = "абвгдеёжзийклмнопрстуфхцчшщъыьэюя"


def _table(letters: str, written: str) -> dict[str, str]:
    return dict(zip(letters, written.split(" "), strict=True))


KK_2017 = _table(
    KK_LETTERS,
    "a a' b v g g' d e io j z i i' k q l m n n' o o' p r s t y' u u' f h h c c' s' s'c' _ y i _ e i'y' i'a",
)
KK_CHAT = _table(
    KK_LETTERS, "a a b v g g d e yo zh z i i k k l m n n o o p r s t u u u f h h c ch sh sh _ y i _ e yu ya"
)
RU_SCIENTIFIC = _table(RU_LETTERS, "a b v g d e ë ž z i j k l m n o p r s t u f x c č š šč ʺ y ʹ è ju ja")
RU_CHAT = _table(RU_LETTERS, "a b v g d e jo j z i j k l m n o p r s t u f h c ch sh sch _ y _ e ju ja")
TRANSLITERATIONS = {
    "kk": {"translit kk 2017": KK_2017, "translit kk chat": KK_CHAT},
    "ru": {"translit ru science": RU_SCIENTIFIC, "translit ru chat": RU_CHAT},
}
PAIRS = str.maketrans("аеорсухіАВЕКМНОРСТХaeopcyxiABEKMHOPCTX", "aeopcyxiABEKMHOPCTXаеорсухіАВЕКМНОРСТХ")
HIDDEN = "\u200b\u200d\u2060\u00ad"


def spelled(text: str, table: dict[str, str]) -> str:
    """Write by a table; a word in capitals stays in capitals."""
    words = []
    for word in text.split(" "):
        low = "".join(table.get(char, char).replace("_", "") for char in word.lower())
        words.append(
            low.upper() if word.isupper() and len(word) > 1 else low.capitalize() if word[:1].isupper() else low
        )
    return " ".join(words)


def zero_width(text: str, dice: np.random.Generator) -> str:
    """Put one hidden character behind every second to fifth letter."""
    step, char = int(dice.integers(2, 6)), str(dice.choice(list(HIDDEN)))
    return "".join(one + (char if place % step == 0 else "") for place, one in enumerate(text))


def look_alike(text: str, dice: np.random.Generator) -> str:
    """Exchange some letters of the alphabet, wherever they stand, and take the accents of others apart."""
    chosen = {one for one in PAIRS if dice.random() < 0.6}
    swapped = "".join(one.translate(PAIRS) if ord(one) in chosen else one for one in text)
    return unicodedata.normalize("NFD", swapped) if dice.random() < 0.3 else swapped


def moved(text: str, dice: np.random.Generator) -> str:
    """Turn the order of the sentences round, or begin in the middle."""
    parts = sentences(text)
    start = int(dice.integers(1, max(2, len(parts))))
    return " ".join(parts[::-1] if dice.random() < 0.5 else parts[start:] + parts[:start])


def exchanged(text: str, words: list[str], dice: np.random.Generator, low: float = 0.15, high: float = 0.35) -> str:
    """Exchange that share of the words, at once and not word by word."""
    parts = text.split()
    for place in dice.permutation(len(parts))[: round(len(parts) * dice.uniform(low, high))].tolist():
        parts[place] = str(dice.choice(words))
    return " ".join(parts)


def thinned(text: str, dice: np.random.Generator) -> str:
    """Drop a tenth to a fifth of the words."""
    parts = text.split()
    gone = set(dice.permutation(len(parts))[: round(len(parts) * dice.uniform(0.1, 0.2))].tolist())
    return " ".join(word for place, word in enumerate(parts) if place not in gone)


def excerpt(text: str, host: str, dice: np.random.Generator) -> tuple[str, tuple[int, int]]:
    """Put two sentences that stand together into another text; give also where they are."""
    own, other = sentences(text), sentences(host)
    start, place = int(dice.integers(max(1, len(own) - 1))), int(dice.integers(len(other) + 1))
    before, part = " ".join(other[:place]), " ".join(own[start : start + 2])
    begin = len(before) + bool(before)
    return " ".join(filter(None, [before, part, *other[place:]])), (begin, begin + len(part))


def half_mix(text: str, host: str, dice: np.random.Generator) -> str:
    """Take half of the sentences, each between two of another text."""
    own, other = sentences(text), sentences(host)
    kept = own[: max(1, len(own) // 2)] if dice.random() < 0.5 else own[-max(1, len(own) // 2) :]
    added = other[: max(1, len(other) // 2)]
    places = range(max(len(kept), len(added)))
    return " ".join(one for place in places for one in (*added[place : place + 1], *kept[place : place + 1]))
