"""The texts of an entry by part, and how what they share is laid side by side; pure, no scoring."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

from creative_platform.core.text import PARTED, masked

WHOLE_LETTERS = 3_000  # a longer text is shown around what is shared
AROUND_LETTERS = 240
LEAST_OF_A_PAGE = 40  # letters of what is shared that make a page one of its pages
MOST_PIECES = 200
MOST_SHOWN_LETTERS = 20_000  # of one side of two texts
MOST_LINES, MOST_LINE_LETTERS = 400, 500
COMMON_LINES = 8  # a line that a program has more often says nothing of where it matches, and to try all is slow
GREY, MATCHED, PLAIN, LEFT_OUT = "grey", "matched", "", "left out"

Spans = Sequence[Sequence[float]]
Piece = tuple[str, str]
"""A stretch of a text and what it is: MATCHED, GREY (counts for nothing), LEFT_OUT (nothing of it is shown), PLAIN."""


def texts_of(document: Mapping[str, Any]) -> dict[str, str]:
    """Return the texts of a submitted document by part: ``summary`` and ``answers.<key>``."""
    texts = {"summary": document.get("summary", "")}
    texts |= {f"answers.{key}": value for key, value in document.get("answers", {}).items() if isinstance(value, str)}
    return {part: text for part, text in texts.items() if text.strip()}


@dataclass(frozen=True)
class SideText:
    """One side of two texts: its part, its pieces, and on which pages of a document the shared ones stand."""

    part: str
    pieces: list[Piece]
    pages: list[int]


@dataclass(frozen=True)
class SideBySide:
    """One pair of parts with what they share; a side that may not be seen has no pieces."""

    a: SideText
    b: SideText
    weight: float
    changes: list[str]


def side_by_side(
    a: Callable[[str], str],
    b: Callable[[str], str],
    evidence: Sequence[Mapping[str, Any]],
    discounted: Mapping[str, Mapping[str, Any]],
    struck_out: Collection[str] = (),
) -> list[SideBySide]:
    """Lay out the passages of a match, the weightiest pair of parts first.

    ``a`` and ``b`` give the text of a part; the words ``struck_out`` are shown nowhere.
    """
    pairs: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    for piece in evidence:
        if piece["kind"] == "passage" or (piece["kind"] == "identical" and (piece["a_span"] or piece["b_span"])):
            pairs.setdefault((piece["a_part"], piece["b_part"]), []).append(piece)

    def side(name: str, part: str, text: str, pieces: Sequence[Mapping[str, Any]]) -> SideText:
        greyed = discounted.get(name, {}).get(part, ())
        return _side(part, text, [piece[f"{name}_span"] for piece in pieces], greyed, struck_out)

    laid = []
    for (a_part, b_part), pieces in pairs.items():
        sides = side("a", a_part, a(a_part), pieces), side("b", b_part, b(b_part), pieces)
        changes = sorted({code for piece in pieces for code in piece["transformation"]})
        laid.append(SideBySide(*sides, sum(piece["weight"] for piece in pieces), changes))
    return sorted(laid, key=lambda pair: (-pair.weight, pair.a.part, pair.b.part))


def _side(part: str, text: str, spans: Spans, greyed: Spans, struck_out: Collection[str]) -> SideText:
    matched = _merged(spans, len(text))
    pages = _pages(text, matched) if "\f" in text else []
    pieces = _pieces(text, matched, _merged(greyed, len(text), whole=False))
    # A browser draws nothing for a form feed: the last word of a page would run into the first of the next.
    shown = [text.replace("\f", "\n") for text, _ in pieces]
    kept = zip(struck(shown, struck_out), (mark for _, mark in pieces), strict=True)
    return SideText(part, list(kept) if len(text) <= WHOLE_LETTERS else _shortened(list(kept)), pages)


def _pages(text: str, matched: Sequence[tuple[int, int]]) -> list[int]:
    """Return the pages on which what is matched stands; a word or two on the edge of the next page make it none."""
    letters: Counter[int] = Counter()
    for start, end in matched:
        for page, words in enumerate(text[start:end].split("\f"), text.count("\f", 0, start) + 1):
            letters[page] += len(words.strip())
    least = min(LEAST_OF_A_PAGE, max(letters.values(), default=0))
    return sorted(page for page, count in letters.items() if count >= least)


def struck(texts: list[str], words: Collection[str]) -> list[str]:
    """Return texts that follow one another without the words, also where one goes on from one text into the next."""
    if not words or not texts:
        return texts
    return masked(PARTED.join(text.replace(PARTED, " ") for text in texts), words).split(PARTED)


def _pieces(text: str, matched: list[tuple[int, int]], greyed: list[tuple[int, int]]) -> list[Piece]:
    """Cut a text at its spans; what is matched is shown as that, also where it counts for nothing."""
    marks = [(start, end, MATCHED) for start, end in matched]
    at = 0
    for start, end in [*matched, (len(text), len(text))]:
        marks += [(max(at, low), min(start, high), GREY) for low, high in greyed if max(at, low) < min(start, high)]
        at = end
    pieces: list[Piece] = []
    at = 0
    for start, end, mark in sorted(marks):
        if start > at:
            pieces.append((text[at:start], PLAIN))
        pieces.append((text[start:end], mark))
        at = end
    if at < len(text):
        pieces.append((text[at:], PLAIN))
    return pieces


def _shortened(pieces: list[Piece]) -> list[Piece]:
    """Leave out what is far from everything shared, and what is more than anybody reads."""
    shown: list[Piece] = []
    left = MOST_SHOWN_LETTERS
    for text, mark in pieces[:MOST_PIECES]:
        if not left:
            break
        if mark == MATCHED or len(text) <= 2 * AROUND_LETTERS:
            shown += [(text[:left], mark)] if len(text) <= left else [(text[:left], mark), ("", LEFT_OUT)]
            left -= min(left, len(text))
            continue
        head = text[:AROUND_LETTERS] if shown else ""
        shown += [(head, mark), ("", LEFT_OUT), (text[-AROUND_LETTERS:], mark)]
    return [piece for piece in shown if piece[0] or piece[1] == LEFT_OUT]


def _merged(spans: Spans, length: int, *, whole: bool = True) -> list[tuple[int, int]]:
    """Return the spans within a text, ascending and apart; an empty one is all of it."""
    merged: list[tuple[int, int]] = []
    for span in sorted(spans, key=list):
        start, end = (max(0, int(span[0])), min(length, int(span[1]))) if span else (0, length if whole else 0)
        if start >= end:
            continue
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


@dataclass(frozen=True)
class Line:
    """One line of two programs: number (None where a side has none) and text of each, and whether both are the same.

    ``grey`` says that a side's counts for nothing.
    """

    a_number: int | None
    a: str
    b_number: int | None
    b: str
    same: bool
    grey: tuple[bool, bool] = (False, False)


def code_lines(
    a: str,
    a_span: Sequence[float],
    b: str,
    b_span: Sequence[float],
    struck_out: Collection[str] = (),
    greyed: tuple[Spans, Spans] = ((), ()),
) -> list[Line]:
    """Lay the shared lines of two programs side by side; a side without text stays empty.

    ``greyed`` are, by side, first and last lines of what counts for nothing.
    """
    a_from, a_lines = _cut(a, a_span)
    b_from, b_lines = _cut(b, b_span)
    # Names go before lines are cut short: half a name would stay.
    a_lines, b_lines = (list(map(_short, struck(lines, struck_out))) for lines in (a_lines, b_lines))
    laid: list[Line] = []
    a_bare, b_bare = (["".join(line.split()) for line in lines] for lines in (a_lines, b_lines))
    common = {line for line, count in Counter(b_bare).items() if count > COMMON_LINES}
    matcher = SequenceMatcher(common.__contains__, a_bare, b_bare, autojunk=False)
    for what, a_start, a_end, b_start, b_end in matcher.get_opcodes():
        for step in range(max(a_end - a_start, b_end - b_start)):
            i, j = a_start + step, b_start + step
            number, text = (a_from + i, a_lines[i]) if i < a_end else (None, "")
            other, words = (b_from + j, b_lines[j]) if j < b_end else (None, "")
            grey = _is_in(number, greyed[0]), _is_in(other, greyed[1])
            laid.append(Line(number, text, other, words, what == "equal", grey))
    return laid


def _is_in(number: int | None, spans: Spans) -> bool:
    return number is not None and any(first <= number <= last for first, last in spans)


def _cut(text: str, span: Sequence[float]) -> tuple[int, list[str]]:
    if not text or not span:
        return 1, []
    first, last = int(span[0]), int(span[1])
    return first, text.split("\n")[first - 1 : min(last, first - 1 + MOST_LINES)]


def _short(line: str) -> str:
    return line if len(line) <= MOST_LINE_LETTERS else f"{line[:MOST_LINE_LETTERS]} …"
