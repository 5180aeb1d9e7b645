"""The evidence of a match as a page lays it out, by kind; pure over loaded rows.

Of a side that the reader may not see there is no file, no name and no words, whatever the evidence says.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from creative_platform.core.text import masked
from creative_platform.media.models import MediaAsset
from creative_platform.similarity.passages import Line, SideBySide, code_lines, side_by_side

MOST_SHOWN = 30
Words = Mapping[str, Mapping[str, str]]
Span = Sequence[float]


@dataclass(frozen=True)
class Place:
    """Where on one side something stands: the file, the place within it in words of the file, and the span there."""

    asset: MediaAsset | None
    inner: str
    span: list[float]


@dataclass(frozen=True)
class Regions:
    """Two pictures with the rectangle that they share, as shares of width and height."""

    a: Place
    b: Place
    changes: list[str]


@dataclass(frozen=True)
class Recordings:
    """Two recordings with the times that they share; ``kind`` is ``video`` for pictures, ``audio`` for sound."""

    kind: str
    a: MediaAsset | None
    b: MediaAsset | None
    times: list[tuple[Span, Span]]
    changes: list[str]


@dataclass(frozen=True)
class Programs:
    """Lines of two programs side by side."""

    a: Place
    b: Place
    lines: list[Line]
    changes: list[str]


@dataclass(frozen=True)
class Side:
    """What may be shown of one side: its files by public id, its words by part and by file, without ``struck_out``."""

    files: Mapping[str, MediaAsset] = field(default_factory=dict)
    texts: Mapping[str, str] = field(default_factory=dict)
    words: Words = field(default_factory=dict)
    struck_out: Collection[str] = ()

    def text_of(self, part: str) -> str:
        """Return the text of a part: of the entry itself, of a document, of a file in an archive."""
        public_id, _, inner = part.partition("/")
        return self.texts.get(part) or self.words.get(public_id, {}).get(inner, "")

    def place(self, part: str, span: Span) -> Place:
        """Return where a part of the evidence stands on this side; of a file that may not be seen nothing is told."""
        public_id, _, inner = part.partition("/")
        asset = self.files.get(public_id)
        return Place(asset, masked(inner, self.struck_out), list(span)) if asset else Place(None, "", [])


@dataclass(frozen=True)
class Shown:
    """All evidence of a match, by kind."""

    same_files: list[tuple[MediaAsset | None, MediaAsset | None]]
    passages: list[SideBySide]
    regions: list[Regions]
    recordings: list[Recordings]
    programs: list[Programs]


def shown(a: Side, b: Side, evidence: Sequence[Mapping[str, Any]], discounted: Mapping[str, Any]) -> Shown:
    """Lay out the evidence of a match."""
    by_kind: dict[str, list[Mapping[str, Any]]] = {}
    for piece in evidence:
        by_kind.setdefault(piece["kind"], []).append(piece)
    return Shown(
        _same_files(a, b, by_kind.get("identical", [])),
        side_by_side(a.text_of, b.text_of, evidence, discounted, {*a.struck_out, *b.struck_out})[:MOST_SHOWN],
        [
            Regions(*_places(a, b, piece), list(piece["transformation"]))
            for piece in by_kind.get("region", [])[:MOST_SHOWN]
        ],
        _recordings(a, b, by_kind.get("time", [])),
        [_program(a, b, piece, discounted) for piece in by_kind.get("lines", [])[:MOST_SHOWN]],
    )


def _places(a: Side, b: Side, piece: Mapping[str, Any]) -> tuple[Place, Place]:
    return a.place(piece["a_part"], piece["a_span"]), b.place(piece["b_part"], piece["b_span"])


def _same_files(
    a: Side, b: Side, pieces: Iterable[Mapping[str, Any]]
) -> list[tuple[MediaAsset | None, MediaAsset | None]]:
    pairs = {(p["a_part"], p["b_part"]): p for p in pieces if not p["a_span"] and not p["b_span"]}
    places = [_places(a, b, piece) for piece in pairs.values()]
    return [(one.asset, other.asset) for one, other in places if one.asset or other.asset]


def _recordings(a: Side, b: Side, pieces: Iterable[Mapping[str, Any]]) -> list[Recordings]:
    """Group the times by pair of files and by what was done; a film's picture and sound are two groups."""
    found: dict[tuple[Any, ...], Recordings] = {}
    for piece in pieces:
        one, other = _places(a, b, piece)
        key = (piece["modality"], piece["a_part"], piece["b_part"], tuple(piece["transformation"]))
        changes = list(piece["transformation"])
        group = found.setdefault(key, Recordings(piece["modality"], one.asset, other.asset, [], changes))
        group.times.append((one.span, other.span))
    return list(found.values())[:MOST_SHOWN]


def _program(a: Side, b: Side, piece: Mapping[str, Any], discounted: Mapping[str, Any]) -> Programs:
    one, other = _places(a, b, piece)
    texts = a.text_of(piece["a_part"]), b.text_of(piece["b_part"])
    greyed = tuple(discounted.get(side, {}).get(piece[f"{side}_part"], ()) for side in ("a", "b"))
    lines = code_lines(texts[0], one.span, texts[1], other.span, {*a.struck_out, *b.struck_out}, greyed)
    return Programs(one, other, lines, list(piece["transformation"]))


def parts_with_words(evidence: Iterable[Mapping[str, Any]], side: str) -> set[str]:
    """Return the public ids of the files of a side whose words the evidence quotes."""
    quoted = (piece[f"{side}_part"] for piece in evidence if piece["kind"] in ("passage", "lines", "identical"))
    return {part.partition("/")[0] for part in quoted}
