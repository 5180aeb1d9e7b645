"""Read the source files of a project from a file, a folder or an archive, within bounds; nothing is unpacked."""

import hashlib
import io
import json
import tarfile
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path, PurePosixPath
from typing import IO

from scoring.similarity.errors import UnreadableMedia

CODE_SUFFIXES = frozenset(
    # fmt: off
    {
        ".py",
        ".pyw",
        ".ipynb",
        ".js",
        ".mjs",
        ".cjs",
        ".jsx",
        ".ts",
        ".tsx",
        ".vue",
        ".svelte",
        ".java",
        ".kt",
        ".kts",
        ".scala",
        ".groovy",
        ".c",
        ".h",
        ".cc",
        ".cpp",
        ".cxx",
        ".hpp",
        ".ino",
        ".cs",
        ".go",
        ".rs",
        ".php",
        ".rb",
        ".swift",
        ".m",
        ".mm",
        ".dart",
        ".lua",
        ".pl",
        ".pm",
        ".r",
        ".jl",
        ".sql",
        ".sh",
        ".bash",
        ".ps1",
        ".html",
        ".htm",
        ".css",
        ".scss",
        ".pas",
        ".gd",
        ".hs",
        ".ex",
        ".exs",
        ".erl",
        ".clj",
        ".f90",
        ".asm",
        ".s",
        ".sol",
        ".wat",
        ".zig",
        ".nim",
        ".vb",
    }
    # fmt: on
)
"""Endings of files read as source code."""

IGNORED_FOLDERS = frozenset(
    # fmt: off
    {
        "node_modules",
        "bower_components",
        "vendor",
        "vendors",
        "third_party",
        "thirdparty",
        "external",
        ".git",
        ".svn",
        ".hg",
        ".idea",
        ".vscode",
        "venv",
        ".venv",
        "env",
        "site-packages",
        "dist-packages",
        "__pycache__",
        "dist",
        "build",
        "target",
        "out",
        "bin",
        "obj",
        ".next",
        ".nuxt",
        ".gradle",
        "pods",
        "__macosx",
        "migrations",
        "coverage",
        ".tox",
    }
    # fmt: on
)
"""Folders (lower case) that hold what others wrote or machines made."""

IGNORED_ENDINGS = (
    ".min.js",
    ".min.css",
    ".bundle.js",
    "-lock.json",
    ".lock",
    ".map",
    ".d.ts",
    "_pb2.py",
    ".designer.cs",
)

KNOWN_CODE = Path(__file__).parent / "data" / "known_code.txt"
"""Fingerprints of files of libraries and templates that people copy into their projects."""

MAX_FILES = 3_000
MAX_FILE_BYTES = 1_000_000
MAX_TOTAL_BYTES = 32_000_000
MAX_MEMBERS = 50_000

Source = tuple[str, str]


def read_project(path: Path) -> list[Source]:
    """Read the source files of a project.

    Parameters
    ----------
    path : Path
        A source file, a folder, or a ZIP or tar archive.

    Returns
    -------
    list of (str, str)
        Path within the project with ``/`` and text, by path. Vendored, well-known (`is_known`), generated, binary and
        oversized files are left out; archives inside the archive are not opened.

    Raises
    ------
    UnreadableMedia
        When the archive is damaged, encrypted, or holds more members than a project can.
    """
    if path.is_dir():
        found = _from_folder(path)
    elif path.suffix.lower() == ".zip" or zipfile.is_zipfile(path):
        found = _from_zip(path, path.name)
    elif path.suffix.lower() in (".tar", ".tgz", ".gz", ".bz2", ".xz"):
        found = _from_tar(path)
    else:
        found = iter([(path.name, path.read_bytes()[:MAX_FILE_BYTES])])
    return sorted(_bounded(found))


def read_archive(source: IO[bytes], *, name: str) -> list[Source]:
    """Read the source files of a ZIP archive that is open, as `read_project` does; `name` is for an error's message.

    Raises
    ------
    UnreadableMedia
    """
    return sorted(_bounded(_from_zip(source, name)))


def is_source(name: str) -> bool:
    """Tell whether a file of that path is source code of the project itself.

    Examples
    --------
    >>> is_source("app/main.py"), is_source("node_modules/x/index.js"), is_source("photo.jpg")
    (True, False, False)
    """
    pure = PurePosixPath(name.replace("\\", "/"))
    if any(part.lower() in IGNORED_FOLDERS for part in pure.parts[:-1]):
        return False
    low = pure.name.lower()
    return pure.suffix.lower() in CODE_SUFFIXES and not low.endswith(IGNORED_ENDINGS) and not low.startswith("._")


def _bounded(found: Iterable[tuple[str, bytes]]) -> Iterator[Source]:
    total = 0
    for number, (name, raw) in enumerate(found):
        total += len(raw)
        if number >= MAX_FILES or total > MAX_TOTAL_BYTES:
            return
        if b"\0" not in raw[:4096] and not is_known(text := _plain(name, raw)):
            yield name, text


def is_known(text: str) -> bool:
    """Tell whether a source file is one of a widely used library or template, unchanged: no work of who hands it in."""
    return fingerprint(text) in _known()


def fingerprint(text: str) -> str:
    """Give 16 hexadecimal digits of the SHA-256 of a source file, whatever its ends of lines and its last blanks."""
    lines = "\n".join(line.rstrip() for line in text.lstrip("\ufeff").splitlines()).strip()
    return hashlib.sha256(lines.encode("utf-8", "replace")).hexdigest()[:16]


@cache
def _known() -> frozenset[str]:
    return frozenset(KNOWN_CODE.read_text(encoding="ascii").split())


def _plain(name: str, raw: bytes) -> str:
    text = raw.decode("utf-8", "replace")
    if not name.lower().endswith(".ipynb"):
        return text
    try:
        cells = json.loads(text)["cells"]
        return "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")
    except (ValueError, KeyError, TypeError):
        return ""


def _from_folder(path: Path) -> Iterator[tuple[str, bytes]]:
    for file in sorted(path.rglob("*")):
        name = file.relative_to(path).as_posix()
        if is_source(name) and file.is_file() and not file.is_symlink() and file.stat().st_size <= MAX_FILE_BYTES:
            yield name, file.read_bytes()


def _from_zip(source: Path | IO[bytes], name: str) -> Iterator[tuple[str, bytes]]:
    try:
        with zipfile.ZipFile(source) as archive:
            members = archive.infolist()
            if len(members) > MAX_MEMBERS:
                raise UnreadableMedia(name, f"the archive holds more than {MAX_MEMBERS} files")
            for member in sorted(members, key=lambda one: one.filename):
                if not member.is_dir() and is_source(member.filename) and member.file_size <= MAX_FILE_BYTES:
                    with archive.open(member) as stream:
                        # The header may lie about the size; the reading never goes on past the bound.
                        yield member.filename, stream.read(MAX_FILE_BYTES)
    except (zipfile.BadZipFile, zlib.error, RuntimeError, EOFError, OSError) as problem:
        raise UnreadableMedia(name, f"the archive cannot be read ({problem})") from problem


def _from_tar(path: Path) -> Iterator[tuple[str, bytes]]:
    try:
        with tarfile.open(path) as archive:
            for number, member in enumerate(archive):
                if number >= MAX_MEMBERS:
                    raise UnreadableMedia(path.name, f"the archive holds more than {MAX_MEMBERS} files")
                if member.isfile() and is_source(member.name) and member.size <= MAX_FILE_BYTES:
                    stream = archive.extractfile(member) or io.BytesIO()
                    yield member.name, stream.read(MAX_FILE_BYTES)
    except (tarfile.TarError, zlib.error, EOFError, OSError) as problem:
        raise UnreadableMedia(path.name, f"the archive cannot be read ({problem})") from problem
