"""What the confined child makes of a file: a sketch of each of its parts, and the words that evidence will quote."""

from __future__ import annotations

import base64
import codecs
import importlib
import io
import json
from collections.abc import Iterator
from typing import Any, cast

from PIL import Image

from creative_platform.inspection.child import movies

MOST_LETTERS = 2_000_000  # of the words of one file that are kept to be quoted
_LIBRARY = {  # what a kind of file needs of `scoring.similarity`: all of it takes a second to load, for each file anew
    "image": ("pictures", "imagesketch"),
    "video": ("moving", "videosketch", "sound", "audiosketch"),
    "audio": ("sound", "audiosketch"),
    "pdf": ("documents", "textsketch", "imagesketch"),
    "document": ("documents", "textsketch", "imagesketch"),
    "zip": ("project", "codesketch"),
    "code": ("project", "codesketch"),
    "words": ("textsketch",),
    "texts": ("translationsketch",),
}
_LAZY = ("av.video.codeccontext", "av.audio.codeccontext")
Part = tuple[str, Any, dict[str, str]]


def prepare(kind: str, *, translations: bool = False) -> Any:
    """Load what the decoders of a kind would load at first use, while files can still be read.

    Returns the model by which translations are found, None where none is wanted or there is none.
    """
    library = [_library(name) for name in _LIBRARY[kind]]
    if cv2 := next((module.cv2 for module in library if hasattr(module, "cv2")), None):
        cv2.setNumThreads(1)
    Image.init()
    if kind in ("video", "audio"):
        movies.prepare("")
        for name in _LAZY:
            importlib.import_module(name)
    else:
        for name in ("cp437", "cp1251", "utf-8-sig", "utf-16", "utf-16-le"):  # names in archives, words of texts
            codecs.lookup(name)
    if kind in ("pdf", "document", "words"):
        _library("textsketch").sketch_text("ready")
    elif kind in ("zip", "code"):
        _library("project").is_known("")
        suffixes = sorted(_library("project").CODE_SUFFIXES)
        _library("codesketch").sketch_code([(f"x{suffix}", "x = 1") for suffix in suffixes])
    return _model() if translations and kind in ("texts", "pdf", "document") else None


def _model() -> Any:
    library = _library("translationmodel")
    try:
        model = library.installed_model()
    except library.NoTranslationModel:
        return None
    _library("translationsketch").sketch_translation("The words of this get a vector while files can be read.", model)
    return model


def _library(name: str) -> Any:
    return importlib.import_module(f"scoring.similarity.{name}")


def sketched(source: io.RawIOBase, kind: str, name: str, model: Any = None) -> bytes:
    """Return the sketches of a file as JSON: kind, name within the file, packed sketch, words to quote."""
    parts = [
        {
            "kind": sketch.modality,
            "part": part[:300],
            "version": sketch.version,
            "sketch": base64.b64encode(sketch.to_bytes()).decode(),
            "words": words,
        }
        for part, sketch, words in _parts(cast(Any, source), kind, name, model)
    ]
    return json.dumps(parts, ensure_ascii=False).encode("utf-8", "replace")


def _parts(source: Any, kind: str, name: str, model: Any) -> Iterator[Part]:
    if kind == "image":
        yield "", _library("imagesketch").sketch_image(_library("pictures").read_image(source, name=name)), {}
    elif kind == "video":
        yield "", _library("videosketch").sketch_video(_library("moving").read_frames(source, name=name)), {}
        source.seek(0)
    if kind in ("video", "audio"):
        yield "", _library("audiosketch").sketch_audio(_library("sound").read_sound(source, name=name)), {}
    elif kind in ("pdf", "document"):
        document = _library("documents").read_document(source, name=name)
        yield "", _library("textsketch").sketch_text(document.text), {"": document.text[:MOST_LETTERS]}
        if model:
            yield "", _library("translationsketch").sketch_translation(document.text, model), {}
        for place, pixels in document.pictures:
            yield place, _library("imagesketch").sketch_image(pixels), {}
    elif kind == "texts" and model:
        for part, text in json.loads(source.read()).items():
            yield part, _library("translationsketch").sketch_translation(text, model), {}
    elif kind == "zip":
        sources = _library("project").read_archive(source, name=name)
        if sources:
            sketch = _library("codesketch").sketch_code(sources)
            yield "", sketch, _quotable(sketch, dict(sources))
    elif kind == "code":
        yield "", _library("codesketch").sketch_code([(name, _text(source.read()))]), {}
    elif kind == "words":
        yield "", _library("textsketch").sketch_text(_text(source.read())), {}


def _text(raw: bytes) -> str:
    """Return what a plain file says: in Unicode, else in the alphabet of Windows that people here use.

    Raises ValueError when it is no text.
    """
    if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return raw.decode("utf-16")
    if b"\0" in raw:
        raise ValueError("not a text")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return raw.decode("cp1251", "replace")


def _quotable(sketch: Any, sources: dict[str, str]) -> dict[str, str]:
    """Return the texts of the files that were sketched, as far as they may be kept."""
    kept: dict[str, str] = {}
    left = MOST_LETTERS
    for path, _ in sketch.files:
        if len(sources[path]) <= left:
            kept[path] = sources[path]
            left -= len(kept[path])
    return kept
