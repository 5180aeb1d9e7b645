"""The script skeleton: one spelling for what a reader would call the same text.

Kazakh and Russian are written in Cyrillic and, increasingly or to fool a checker, in several Latin alphabets. The
skeleton writes every word by its coarse sound in plain Latin letters, so that "жаңа", "jańa", "zhana" and "жaңa" with
a Latin *a* inside become equal, and it remembers where in the original each letter stood.
"""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from scoring.similarity.letters import (
    AMBIGUOUS,
    APOSTROPHES,
    CYRILLIC_SOUND,
    DIGIT_LOOKS,
    DIGRAPHS,
    GREEK_LOOKS,
    INVISIBLE,
    LATIN_SOUND,
    TO_CYRILLIC,
    TO_CYRILLIC_CAPITAL,
    TO_LATIN,
)

CYRILLIC, LATIN, MIXED, HIDDEN = 1, 2, 4, 8
"""Marks of a word: its script, whether letters of another script hide in it, whether invisible characters do."""

MAX_LETTERS = 400_000
"""Longest skeleton kept, some sixty thousand words; a longer text is cut there, and the sketch says so."""

RawWord = tuple[str, list[int], list[int], bool]

_MAX_WORD = 256  # a longer "word" is machine noise; it is cut so that one cell of a table cannot cost quadratic time


@dataclass(frozen=True, slots=True)
class Word:
    """One word of the skeleton.

    Attributes
    ----------
    letters : str
        Its skeleton, plain Latin letters and digits, never empty.
    starts, ends : tuple of int
        For each letter, where the character behind it starts and ends in the original text.
    marks : int
        Sum of `CYRILLIC` or `LATIN`, `MIXED`, `HIDDEN`.
    """

    letters: str
    starts: tuple[int, ...]
    ends: tuple[int, ...]
    marks: int


def skeleton(text: str) -> str:
    """Write the text by its coarse sound, words parted by single spaces.

    Examples
    --------
    >>> skeleton("Жаңа жоба!") == skeleton("Jańa joba") == skeleton("zhana ZHOBA")
    True
    >>> skeleton("пр\\u200bивет, мир") == skeleton("privet mir") == skeleton("пpивeт — мир")
    True
    >>> skeleton("…")
    ''
    """
    return " ".join(word.letters for word in words(text))


def words(text: str, *, max_letters: int = MAX_LETTERS) -> Iterator[Word]:
    """Yield the words of the skeleton in order, at most `max_letters` letters in all; linear in the text's length."""
    left = max_letters
    raw = list(_first(_raw_words(text), 2 * max_letters))
    scripts = _resolve([_script_of(chars) for chars, _, _, _ in raw])
    for (chars, starts, ends, hidden), script in zip(raw, scripts, strict=True):
        letters, picked, marks = _fold(chars, script)
        if not letters:
            continue
        if len(letters) > left:
            return
        left -= len(letters)
        yield Word(
            letters,
            tuple(starts[first] for first, _ in picked),
            tuple(ends[last] for _, last in picked),
            marks | (HIDDEN if hidden else 0),
        )


def _first(raw: Iterator[RawWord], characters: int) -> Iterator[RawWord]:
    """Yield words until they hold so many characters, which fold to at most as many letters."""
    for word in raw:
        yield word
        characters -= len(word[0])
        if characters < 0:
            return


def _raw_words(text: str) -> Iterator[RawWord]:
    """Yield runs of letters and digits with the bounds of each character and whether something invisible was inside."""
    chars: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    hidden = False
    position, size = 0, len(text)
    while position < size:
        char = text[position]
        end = position + 1
        while end < size and end - position < 8 and unicodedata.combining(text[end]):
            end += 1
        kind, shown = _classify(text[position:end] if end - position > 1 else char)
        if kind == "letter":
            for one in shown:
                chars.append(one)
                starts.append(position)
                ends.append(end)
        elif kind == "hidden":
            hidden = hidden or bool(chars)
        elif kind == "break" and chars:
            joined = _hyphenated(text, position)
            if joined:
                position = joined
                continue
            yield "".join(chars), starts, ends, hidden
            chars, starts, ends, hidden = [], [], [], False
        if len(chars) >= _MAX_WORD:
            yield "".join(chars), starts, ends, hidden
            chars, starts, ends, hidden = [], [], [], False
        position = end
    if chars:
        yield "".join(chars), starts, ends, hidden


def _hyphenated(text: str, position: int) -> int:
    """Give the position after a line-end hyphen that splits a word, or 0 when there is none."""
    if text[position] not in "-‐" or position + 1 >= len(text):
        return 0
    after = position + 1
    if text[after] == "\r":
        after += 1
    if after + 1 < len(text) and text[after] == "\n" and text[after + 1].islower():
        return after + 1
    return 0


@lru_cache(maxsize=8192)
def _classify(cluster: str) -> tuple[str, str]:
    """Tell what a character (with its combining marks) is: a letter and how it reads, hidden, or a break."""
    shown = unicodedata.normalize("NFKC", cluster)
    unseen = unicodedata.category(cluster[0]) in ("Cf", "Mn", "Me", "Cc") and not cluster[0].isspace()
    if unseen or cluster[0] in INVISIBLE:
        return "hidden", ""
    if cluster[0] in APOSTROPHES:
        return "mark", ""
    letters = "".join(char for char in shown if char.isalnum())
    return ("letter", letters) if letters else ("break", "")


def _script_of(chars: str) -> int:
    """Give the script that the unambiguous letters of a word tell, 0 when all its letters pass for both."""
    cyrillic = latin = 0
    for char in chars:
        low = char.lower()
        if low in AMBIGUOUS:
            continue
        if "\u0400" <= low <= "\u052f":
            cyrillic += 1
        elif low.isalpha() and low < "\u0250":
            latin += 1
    if cyrillic == latin:
        return 0
    return CYRILLIC if cyrillic > latin else LATIN


def _resolve(scripts: list[int]) -> list[int]:
    """Give each undecided word the script of the nearest decided one; without any, 0 stays."""
    resolved = scripts[:]
    distance = [0 if script else len(scripts) for script in scripts]
    for order in (range(1, len(scripts)), range(len(scripts) - 2, -1, -1)):
        step = 1 if order.step == 1 else -1
        for place in order:
            before = place - step
            if resolved[before] and distance[before] + 1 < distance[place]:
                resolved[place], distance[place] = resolved[before], distance[before] + 1
    return resolved


@lru_cache(maxsize=65536)
def _fold(chars: str, script: int) -> tuple[str, tuple[tuple[int, int], ...], int]:
    """Write one word by its sound: letters, for each the first and last character behind it, and the marks."""
    cyrillic = sum("\u0400" <= char <= "\u052f" for char in chars)
    latin = sum(char.isalpha() and char < "\u0250" for char in chars)
    if not script:
        script = CYRILLIC if cyrillic > latin else LATIN if latin else 0
    marks = script | (MIXED if cyrillic and latin else 0)
    if (script == CYRILLIC and latin and not cyrillic) or (script == LATIN and cyrillic and not latin):
        # Not a letter of the word tells its script, its neighbours do. A word like "a" or "он" may truly be of the
        # other script, so it counts as look-alike only when every letter can be.
        marks = script | MIXED
    sounds: list[tuple[str, int, int]] = []
    for place, char in enumerate(chars):
        for sound in _sound(char, script, _between_letters(chars, place)):
            sounds.append((sound, place, place))
    return (*_merge(sounds), marks)


def _between_letters(chars: str, place: int) -> bool:
    return 0 < place < len(chars) - 1 and chars[place - 1].isalpha() and chars[place + 1].isalpha()


def _sound(char: str, script: int, inside: bool) -> str:
    low = char.lower()[:1]
    if low in DIGIT_LOOKS and inside:
        low = DIGIT_LOOKS[low]
    if low in GREEK_LOOKS and script:
        low = GREEK_LOOKS[low]
        char = low
    if script == CYRILLIC:
        low = TO_CYRILLIC_CAPITAL.get(char) or TO_CYRILLIC.get(low, low)
    elif script == LATIN:
        low = TO_LATIN.get(low, low)
    sound = CYRILLIC_SOUND.get(low) or LATIN_SOUND.get(low)
    if sound is None:
        plain = unicodedata.normalize("NFD", low)[0]
        sound = CYRILLIC_SOUND.get(plain) or LATIN_SOUND.get(plain) or plain
    return "" if sound == "'" else sound


def _merge(sounds: list[tuple[str, int, int]]) -> tuple[str, tuple[tuple[int, int], ...]]:
    """Fold groups of sounds and doubled ones."""
    merged: list[tuple[str, int, int]] = []
    letters = "".join(sound for sound, _, _ in sounds)
    place = 0
    while place < len(letters):
        for size in (4, 3, 2):
            folded = DIGRAPHS.get(letters[place : place + size])
            if folded and place + size <= len(letters):
                item = (folded, sounds[place][1], sounds[place + size - 1][2])
                break
        else:
            size, item = 1, sounds[place]
        if merged and merged[-1][0] == item[0] and not item[0].isdigit():
            merged[-1] = (item[0], merged[-1][1], item[2])
        else:
            merged.append(item)
        place += size
    return "".join(sound for sound, _, _ in merged), tuple((first, last) for _, first, last in merged)
