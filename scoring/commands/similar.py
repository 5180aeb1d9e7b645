"""``python -m scoring similar``: which entries share material, and where."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TypeVar

from joblib import Parallel, delayed

from scoring.commands.files import whole_number
from scoring.errors import InvalidOption, UnreadableFile
from scoring.similarity.codesketch import CodeSketch
from scoring.similarity.files import SketchedEntry, sketch_path
from scoring.similarity.findings import Finding
from scoring.similarity.index import SimilarityIndex
from scoring.similarity.textsketch import TextSketch
from scoring.similarity.translationmodel import installed_model

DESCRIPTION = """\
Compares entries with each other and with those of --against. Each direct child of a PATH, file or folder, is one
entry; a PATH that is a file is one entry itself. Texts, source code, pictures, sounds, videos and documents go through
their channels, every file also by its digest. What cannot be decoded is named on standard error and compared by digest,
what cannot be read is only named. So is whether translations (Kazakh, Russian, English) were looked for: --translation
needs an optional package.

Output M (JSON, one object a line, most probable first):
     a, b            names of the two entries: of the child, or its path when a name occurs twice
     probability     how probable it is that a person calls the evidence shared material, 0 to 1
     modality        channel of the probability: text, code, image, audio, video, file, translation
     scores          probability of each channel that found something
     evidence        pieces in decreasing weight: kind, a_span, b_span, weight, transformation, a_part, b_part; spans of
                     a passage are character offsets, of lines line numbers, of a region left, top, right and bottom as
                     shares, of time seconds; identical files have none
"""

Item = TypeVar("Item")

CANDIDATES = 30
"""Entries compared exactly with each entry."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``similar``."""
    parser.add_argument("paths", nargs="+", metavar="PATH", help="folder of entries, or one file")
    parser.add_argument("--against", nargs="+", default=[], metavar="PATH", help="earlier entries, to compare with")
    parser.add_argument(
        "--form", nargs="+", default=[], metavar="PATH", help="form, template or starter: weighs nothing"
    )
    parser.add_argument("--out", required=True, metavar="M", help="where the matches are written (JSON lines)")
    parser.add_argument("--min-probability", type=_share, default=0.5, metavar="P", help="leave out less (0.5)")
    parser.add_argument("--translation", action="store_true", help="find translations too (optional package)")
    parser.add_argument("--jobs", type=whole_number(1), default=1, metavar="N", help="processes that read files (1)")


def run(args: argparse.Namespace) -> int:
    """Sketch, compare and write; notes go to standard error. Return 0."""
    covered = f"covered by {installed_model().name}" if args.translation else "not covered (--translation)"
    _refuse_unwritable(Path(args.out))
    own, earlier = _children(args.paths), _children(args.against)
    names = _names([*own, *earlier])
    index = SimilarityIndex()
    for path in _children(args.form):
        for _, sketch in sketch_path(path).parts:
            if isinstance(sketch, TextSketch | CodeSketch):
                index.statistics(sketch.modality).add_starter(sketch)
    for path, entry in zip(names, _sketched(list(names), args.jobs, args.translation), strict=True):
        for part, sketch in entry.parts:
            index.add(names[path], sketch, part=part)
        for note in entry.notes:
            sys.stderr.write(f"note: {names[path]}: {note}\n")
    sys.stderr.write(f"translation {covered}\n")
    asked = [names[path] for path in own if names[path] in index]
    matches = _matches(index, asked, args.min_probability)
    with Path(args.out).open("w", encoding="utf-8") as stream:
        for a, b, finding in matches:
            stream.write(json.dumps(_line(a, b, finding), ensure_ascii=False) + "\n")
    return 0


def _refuse_unwritable(out: Path) -> None:
    """Refuse a place for the matches before anything is read: a thousand files take minutes."""
    there = out.exists()
    if out.is_dir() or not (there or out.parent.is_dir()) or not os.access(out if there else out.parent, os.W_OK):
        raise InvalidOption(f"{out} cannot be written.")


def _share(text: str) -> float:
    value = float(text)
    if not 0 <= value <= 1:
        raise argparse.ArgumentTypeError(f"{text} is not between 0 and 1")
    return value


def _children(paths: list[str]) -> list[Path]:
    found: list[Path] = []
    for name in paths:
        path = Path(name)
        if not path.exists():
            raise UnreadableFile(name, "there is no such file or folder")
        children = sorted(path.iterdir()) if path.is_dir() else [path]
        found.extend(child for child in children if not child.name.startswith("."))
    return list(dict.fromkeys(found))


def _names(paths: list[Path]) -> dict[Path, str]:
    """Name each entry by its last part, or by its path when the name occurs twice."""
    distinct = list(dict.fromkeys(paths))
    if not distinct:
        raise InvalidOption("The folders hold no entries.")
    counts: dict[str, int] = {}
    for path in distinct:
        counts[path.name] = counts.get(path.name, 0) + 1
    return {path: path.name if counts[path.name] == 1 else path.as_posix() for path in distinct}


def _sketched(paths: list[Path], jobs: int, translations: bool) -> Iterator[SketchedEntry]:
    work = Parallel(n_jobs=jobs, return_as="generator")(
        delayed(sketch_path)(path, translations=translations) for path in paths
    )
    return _shown(work, len(paths), "reading")


def _matches(index: SimilarityIndex, asked: list[str], least: float) -> list[tuple[str, str, Finding]]:
    found: dict[tuple[str, str], Finding] = {}
    place = {entry_id: number for number, entry_id in enumerate(index)}
    searches = index.search_all(asked, limit=CANDIDATES, min_probability=least)
    for entry_id, findings in _shown(searches, len(asked), "comparing"):
        for other, finding in findings:
            forth = place[entry_id] < place[other]
            pair = (entry_id, other) if forth else (other, entry_id)
            found.setdefault(pair, finding if forth else finding.swapped())
    ranked = sorted(found.items(), key=lambda item: (-item[1].probability, -item[1].strength, item[0]))
    return [(a, b, finding) for (a, b), finding in ranked]


def _line(a: str, b: str, finding: Finding) -> dict[str, object]:
    told = finding.to_json()
    return {"a": a, "b": b, **{key: told[key] for key in ("probability", "modality", "scores", "evidence")}}


def _shown(items: Iterable[Item], total: int, word: str) -> Iterator[Item]:
    """Yield the items, drawing how far it is when standard error is a terminal."""
    terminal = sys.stderr.isatty()
    for number, item in enumerate(items, 1):
        yield item
        if terminal:
            done = 30 * number // max(1, total)
            end = "\n" if number == total else ""
            sys.stderr.write(f"\r{word} [{'#' * done}{'.' * (30 - done)}] {number}/{total}{end}")
            sys.stderr.flush()
