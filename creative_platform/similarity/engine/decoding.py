"""What the confined child makes of a file: a sketch of each of its parts, and the words that evidence will quote."""

from __future__ import annotations

import base64
import codecs
import importlib
import io
import json
from collections.abc import Iterator
from typing import Any, cast

import cv2
from PIL import Image

from creative_platform.inspection.child import movies
from scoring.similarity import sketch_audio, sketch_code, sketch_image, sketch_text, sketch_video
from scoring.similarity.codesketch import CodeSketch
from scoring.similarity.documents import read_document
from scoring.similarity.moving import read_frames
from scoring.similarity.pictures import read_image
from scoring.similarity.project import CODE_SUFFIXES, read_archive
from scoring.similarity.sound import read_sound

MOST_LETTERS = 2_000_000  # of the words of one file that are kept to be quoted
_LAZY = ("av.video.codeccontext", "av.audio.codeccontext")
Part = tuple[str, Any, dict[str, str]]


def prepare(kind: str) -> None:
    """Load what the decoders of a kind would load at first use, while files can still be read."""
    cv2.setNumThreads(1)
    Image.init()
    if kind in ("video", "audio"):
        movies.prepare("")
        for name in _LAZY:
            importlib.import_module(name)
    elif kind in ("zip", "pdf", "document"):
        for name in ("cp437", "utf-16-le"):  # names in archives, words of pages
            codecs.lookup(name)
        sketch_text("ready")
    if kind == "zip":
        sketch_code([(f"x{suffix}", "x = 1") for suffix in sorted(CODE_SUFFIXES)])


def sketched(source: io.RawIOBase, kind: str, name: str) -> bytes:
    """Return the sketches of a file as JSON: kind, name within the file, packed sketch, words to quote."""
    parts = [
        {
            "kind": sketch.modality,
            "part": part[:300],
            "version": sketch.version,
            "sketch": base64.b64encode(sketch.to_bytes()).decode(),
            "words": words,
        }
        for part, sketch, words in _parts(cast(Any, source), kind, name)
    ]
    return json.dumps(parts, ensure_ascii=False).encode("utf-8", "replace")


def _parts(source: Any, kind: str, name: str) -> Iterator[Part]:
    if kind == "image":
        yield "", sketch_image(read_image(source, name=name)), {}
    elif kind == "video":
        yield "", sketch_video(read_frames(source, name=name)), {}
        source.seek(0)
    if kind in ("video", "audio"):
        yield "", sketch_audio(read_sound(source, name=name)), {}
    elif kind in ("pdf", "document"):
        document = read_document(source, name=name)
        yield "", sketch_text(document.text), {"": document.text[:MOST_LETTERS]}
        for place, pixels in document.pictures:
            yield place, sketch_image(pixels), {}
    elif kind == "zip":
        sources = read_archive(source, name=name)
        if sources:
            sketch = sketch_code(sources)
            yield "", sketch, _quotable(sketch, dict(sources))


def _quotable(sketch: CodeSketch, sources: dict[str, str]) -> dict[str, str]:
    """Return the texts of the files that were sketched, as far as they may be kept."""
    kept: dict[str, str] = {}
    left = MOST_LETTERS
    for path, _ in sketch.files:
        if len(sources[path]) <= left:
            kept[path] = sources[path]
            left -= len(kept[path])
    return kept
