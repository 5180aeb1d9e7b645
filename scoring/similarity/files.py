"""Sketch whatever a file or a folder holds, by the channels that understand it."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from scoring.similarity.audiosketch import sketch_audio
from scoring.similarity.codesketch import sketch_code
from scoring.similarity.comparison import Sketch
from scoring.similarity.documents import DOCUMENT_SUFFIXES, read_document
from scoring.similarity.errors import UnreadableMedia
from scoring.similarity.filesketch import FileSketch
from scoring.similarity.imagesketch import sketch_image
from scoring.similarity.moving import read_frames
from scoring.similarity.pictures import read_image
from scoring.similarity.project import is_source, read_project
from scoring.similarity.sound import read_sound
from scoring.similarity.textsketch import sketch_text
from scoring.similarity.translationmodel import PassageModel, installed_model
from scoring.similarity.translationsketch import sketch_translation
from scoring.similarity.videosketch import sketch_video

TEXT_SUFFIXES = frozenset({".txt", ".md", ".markdown", ".rst", ".tex", ".srt", ".vtt", ".text"})
SOUND_SUFFIXES = frozenset({".mp3", ".wav", ".ogg", ".oga", ".opus", ".flac", ".m4a", ".aac", ".wma", ".aif", ".aiff"})
VIDEO_SUFFIXES = frozenset(
    {".mp4", ".m4v", ".webm", ".mkv", ".mov", ".avi", ".ogv", ".mpg", ".mpeg", ".3gp", ".wmv", ".flv"}
)
IMAGE_SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".webp", ".gif", ".bmp", ".tif", ".tiff"})
ARCHIVE_SUFFIXES = frozenset({".zip", ".tar", ".tgz", ".gz", ".bz2", ".xz"})

MAX_TEXT_BYTES = 16_000_000
"""Bytes of a text file that are read."""

MAX_FILES = 2_000
"""Files of one folder that are looked at."""


@dataclass
class SketchedEntry:
    """What an entry on disk holds.

    Attributes
    ----------
    parts : list of (str, Sketch)
        Name of the part within the entry (empty for the entry itself) and its sketch.
    notes : list of str
        What could not be read, and why.
    """

    parts: list[tuple[str, Sketch]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def sketch_path(path: Path, *, translations: bool = False) -> SketchedEntry:
    """Sketch a file, or a folder with all it holds.

    Source files of a folder form one project; every other file is a part by itself. A file that cannot be decoded
    leaves a note and is still compared by its digest, one that cannot be read leaves a note alone; symbolic links and
    hidden files in a folder are not followed. With `translations` texts also get a sketch for finding these, by the
    optional model.

    Raises
    ------
    NoTranslationModel
        When translations are wanted and the model is not installed.
    """
    model = installed_model() if translations else None
    entry = SketchedEntry()
    if path.is_dir():
        try:
            sources = read_project(path)
        except OSError as problem:
            sources = []
            entry.notes.append(f"its source code: {_reason(problem)}")
        if sources:
            entry.parts.append(("", sketch_code(sources)))
        for file in _files(path):
            name = file.relative_to(path).as_posix()
            if not is_source(name):
                _add_file(entry, file, name, model)
    elif path.is_file():
        _add_file(entry, path, "", model)
    else:  # a pipe would be waited for, for ever
        entry.notes.append("it is neither a file nor a folder")
    return entry


def decoded(raw: bytes) -> str:
    """Decode a text file: by its byte order mark, else as UTF-8, else as the Windows code page of Cyrillic.

    Examples
    --------
    >>> decoded("байқау".encode("utf-16")), decoded("работа".encode("cp1251"))
    ('байқау', 'работа')
    """
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        return raw.decode("utf-16", "replace")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        # A file cut in the middle of its last letter is still UTF-8.
        return raw.decode("utf-8", "replace") if problem.start > len(raw) - 4 else raw.decode("cp1251", "replace")


def _files(folder: Path) -> Iterator[Path]:
    found = 0
    for file in sorted(folder.rglob("*")):
        hidden = any(part.startswith(".") for part in file.relative_to(folder).parts)
        if found < MAX_FILES and not hidden and file.is_file() and not file.is_symlink():
            found += 1
            yield file


def _add_file(entry: SketchedEntry, file: Path, name: str, model: PassageModel | None) -> None:
    try:
        entry.parts.append((name, _digested(file)))
        entry.parts.extend((inner or name, sketch) for inner, sketch in _sketches(file, name, model))
    except (UnreadableMedia, OSError) as problem:
        entry.notes.append(f"{name}: {_reason(problem)}" if name else _reason(problem))


def _reason(problem: UnreadableMedia | OSError) -> str:
    return problem.reason if isinstance(problem, UnreadableMedia) else f"it cannot be read ({problem.strerror})"


def _digested(file: Path) -> FileSketch:
    with file.open("rb") as stream:
        return FileSketch(hashlib.file_digest(stream, "sha256").hexdigest(), file.stat().st_size)


def _of_text(name: str, text: str, model: PassageModel | None) -> Iterator[tuple[str, Sketch]]:
    yield name, sketch_text(text)
    if model:
        yield name, sketch_translation(text, model)


def _sketches(file: Path, name: str, model: PassageModel | None) -> Iterator[tuple[str, Sketch]]:
    suffix = file.suffix.lower()
    if suffix in TEXT_SUFFIXES:
        with file.open("rb") as stream:
            yield from _of_text(name, decoded(stream.read(MAX_TEXT_BYTES)), model)
    elif suffix in IMAGE_SUFFIXES:
        yield name, sketch_image(read_image(file))
    elif suffix in SOUND_SUFFIXES:
        yield name, sketch_audio(read_sound(file))
    elif suffix in VIDEO_SUFFIXES:
        yield name, sketch_video(read_frames(file))
        yield name, sketch_audio(read_sound(file))
    elif suffix in DOCUMENT_SUFFIXES:
        document = read_document(file)
        yield from _of_text(name, document.text, model)
        for place, pixels in document.pictures:
            yield f"{name}/{place}" if name else place, sketch_image(pixels)
    elif is_source(file.name) or suffix in ARCHIVE_SUFFIXES:
        sources = read_project(file)
        if sources:
            yield name, sketch_code(sources)
