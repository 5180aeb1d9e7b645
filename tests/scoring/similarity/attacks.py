"""Ways to hide that a text was taken over, with random strength; for tests and benchmarks."""

import random
import re
from collections.abc import Callable

KK_LETTERS = "аәбвгғдеёжзийкқлмнңоөпрстуұүфхһцчшщъыіьэюя"
KK_LATIN = "a ä b v g ğ d e ö j z i i k q l m n ñ o ö p r s t u ū ü f h h ts ch ş ş _ y ı _ e iu ia"
RU_LETTERS = "абвгдеёжзийклмнопрстуфхцчшщъыьэюя"
RU_LATIN = "a b v g d e e zh z i i k l m n o p r s t u f kh ts ch sh shch ie y _ e iu ia"
KK_2021 = dict(zip(KK_LETTERS, KK_LATIN.split(), strict=True))
KK_2018 = KK_2021 | {
    "ә": "á",
    "ғ": "ǵ",
    "ң": "ń",
    "ө": "ó",
    "ұ": "u",
    "ү": "ú",
    "у": "ý",
    "ш": "sh",
    "ы": "y",
    "і": "i",
}
RU_PASSPORT = dict(zip(RU_LETTERS, RU_LATIN.split(), strict=True))
RU_BGN = RU_PASSPORT | {"ё": "yo", "й": "y", "ъ": "_", "ь": "'", "ю": "yu", "я": "ya", "х": "h"}
LOOKS = dict(zip("аеорсухікАВЕКМНОРСТХ", "aeopcyxikABEKMHOPCTX", strict=True))
INVISIBLE = "\u200b\u200c\u200d\u2060\ufeff\u00ad"


def sentences(text: str) -> list[str]:
    """Split at the ends of sentences."""
    return [piece for piece in re.split(r"(?<=[.!?])\s+", text) if piece]


def written_with(text: str, table: dict[str, str]) -> str:
    """Write Cyrillic letters by a table of transliteration, keeping capitals."""
    written = []
    for char in text:
        out = table.get(char.lower(), char).replace("_", "")
        written.append(out.capitalize() if char.isupper() and char.lower() in table else out)
    return "".join(written)


def lookalike(text: str, rng: random.Random) -> str:
    """Exchange letters for their look-alikes of the other script."""
    both = LOOKS | {latin: cyrillic for cyrillic, latin in LOOKS.items()}
    share = rng.uniform(0.2, 0.8)
    return "".join(both.get(char, char) if rng.random() < share else char for char in text)


def invisible(text: str, rng: random.Random) -> str:
    """Strew characters that show nothing."""
    share = rng.uniform(0.1, 0.6)
    return "".join(char + (rng.choice(INVISIBLE) if rng.random() < share else "") for char in text)


def reordered(text: str, rng: random.Random) -> str:
    """Move sentences about."""
    pieces = sentences(text)
    rng.shuffle(pieces)
    return " ".join(pieces)


def dropped(text: str, rng: random.Random) -> str:
    """Leave out up to a fifth of the words."""
    share = rng.uniform(0.05, 0.2)
    return " ".join(word for word in text.split() if rng.random() > share)


def substituted(text: str, rng: random.Random, words: list[str]) -> str:
    """Exchange up to a third of the words for others."""
    share = rng.uniform(0.1, 0.33)
    return " ".join(rng.choice(words) if rng.random() < share else word for word in text.split())


def shouted(text: str, _: random.Random) -> str:
    """Change case and punctuation only."""
    return re.sub(r"[.,:;—–-]", " ", text).upper().replace("  ", " … ")


def excerpted(text: str, rng: random.Random, host: str) -> str:
    """Put two sentences into another text."""
    own, other = sentences(text), sentences(host)
    start = rng.randrange(max(1, len(own) - 1))
    place = rng.randrange(len(other) + 1)
    return " ".join([*other[:place], *own[start : start + 2], *other[place:]])


def attacks(language: str, words: list[str], host: str) -> dict[str, Callable[[str, random.Random], str]]:
    """Give every attack that makes sense for a language, by name."""
    table: dict[str, Callable[[str, random.Random], str]] = {
        "invisible": invisible,
        "reorder": reordered,
        "drop": dropped,
        "shout": shouted,
        "substitute": lambda text, rng: substituted(text, rng, words),
        "excerpt": lambda text, rng: excerpted(text, rng, host),
    }
    if language != "en":
        table["lookalike"] = lookalike
        for name, letters in (
            (("kk2021", KK_2021), ("kk2018", KK_2018))
            if language == "kk"
            else (
                ("passport", RU_PASSPORT),
                ("bgn", RU_BGN),
            )
        ):
            table[name] = lambda text, _, letters=letters: written_with(text, letters)
    return table
