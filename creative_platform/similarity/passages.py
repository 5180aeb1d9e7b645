"""The texts of an entry by part, and how matched passages are laid side by side; pure, no scoring."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


def texts_of(document: Mapping[str, Any]) -> dict[str, str]:
    """Return the texts of a submitted document by part: ``summary`` and ``answers.<key>``."""
    texts = {"summary": document.get("summary", "")}
    texts |= {f"answers.{key}": value for key, value in document.get("answers", {}).items() if isinstance(value, str)}
    return {part: text for part, text in texts.items() if text.strip()}


@dataclass(frozen=True)
class SideBySide:
    """One pair of parts with what they share: pieces of text, each marked when it is matched."""

    a_part: str
    b_part: str
    a_pieces: list[tuple[str, bool]]
    b_pieces: list[tuple[str, bool]]
    weight: float
    transformations: list[str]


def side_by_side(a: Mapping[str, str], b: Mapping[str, str], evidence: Sequence[Mapping[str, Any]]) -> list[SideBySide]:
    """Lay out the passages of a text match, the weightiest pair of parts first; a side without texts stays empty."""
    pairs: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    for piece in evidence:
        if piece["kind"] == "passage" or piece["a_part"] in a or piece["b_part"] in b:
            pairs.setdefault((piece["a_part"], piece["b_part"]), []).append(piece)
    laid = [
        SideBySide(
            a_part,
            b_part,
            _pieces(a.get(a_part, ""), [piece["a_span"] for piece in pieces]),
            _pieces(b.get(b_part, ""), [piece["b_span"] for piece in pieces]),
            sum(piece["weight"] for piece in pieces),
            sorted({code for piece in pieces for code in piece["transformation"]}),
        )
        for (a_part, b_part), pieces in pairs.items()
    ]
    return sorted(laid, key=lambda pair: (-pair.weight, pair.a_part, pair.b_part))


def _pieces(text: str, spans: Sequence[Sequence[float]]) -> list[tuple[str, bool]]:
    pieces: list[tuple[str, bool]] = []
    at = 0
    for start, end in _merged(spans, len(text)):
        if start > at:
            pieces.append((text[at:start], False))
        pieces.append((text[start:end], True))
        at = end
    if at < len(text):
        pieces.append((text[at:], False))
    return pieces


def _merged(spans: Sequence[Sequence[float]], length: int) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for span in sorted(spans, key=list):
        start, end = (max(0, int(span[0])), min(length, int(span[1]))) if span else (0, length)
        if start >= end:
            continue
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged
