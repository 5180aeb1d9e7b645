"""Sketch the source code of a project: tokens with names, numbers and strings folded, comments dropped."""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any, ClassVar

import numpy as np
from pygments.lexer import Lexer
from pygments.lexers import get_lexer_for_filename
from pygments.token import Comment, Keyword, Name, Number, Operator, Punctuation, String, Token
from pygments.util import ClassNotFound
from sklearn.feature_extraction import FeatureHasher

from scoring.similarity.errors import UnreadableSketch
from scoring.similarity.packing import deltas, pack, undeltas, unpack
from scoring.similarity.project import Source
from scoring.similarity.textsketch import TERMS

GRAM = 8
"""Tokens in one n-gram."""

MAX_TOKENS = 200_000
"""Tokens kept, some thirty thousand lines; a larger project is cut there, and the sketch says so."""

SKETCH_VERSION = f"code-1/{GRAM}/{TERMS}"

_MAX_LINE = 2_000  # characters; a longer line is data or minified
_KEPT = re.compile(r"[^\s]+")
_BLOCK = 1 << 16


@dataclass(frozen=True)
class CodeSketch:
    """The source code of a project in the form that is stored and compared.

    Attributes
    ----------
    version : str
    tokens : str
        Folded tokens parted by spaces: ``N`` a name, ``0`` a number, ``S`` a string, else the keyword or operator.
    lines : tuple of int
        For each token its line in its file, counted from 1.
    files : tuple of (str, int)
        Path of each file and the number of its tokens, in the order of `tokens`.
    digest : str
        SHA-256 over paths and texts.
    truncated : bool
    """

    version: str
    tokens: str
    lines: tuple[int, ...]
    files: tuple[tuple[str, int], ...]
    digest: str
    truncated: bool = False

    modality: ClassVar[str] = "code"
    gram: ClassVar[int] = GRAM

    def terms(self) -> tuple[int, ...]:
        """Give the different n-gram numbers, ascending, each in ``range(TERMS)``."""
        return tuple(np.unique(self.ids()).tolist())

    def ids(self) -> np.ndarray:
        """Give the number of each n-gram in order, int32 of shape (n_grams,)."""
        return self._ids

    @cached_property
    def _ids(self) -> np.ndarray:
        return code_ids(self.tokens)

    def units(self) -> int:
        """Give the number of tokens."""
        return len(self.lines)

    def to_json(self) -> dict[str, Any]:
        """Give plain data; `from_json` restores an equal sketch."""
        return {
            "version": self.version,
            "tokens": self.tokens,
            "lines": deltas(self.lines),
            "files": [list(file) for file in self.files],
            "digest": self.digest,
            "truncated": self.truncated,
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "CodeSketch":
        """Restore a sketch.

        Raises
        ------
        UnreadableSketch
        """
        try:
            files = tuple((str(path), int(count)) for path, count in data["files"])
            sketch = cls(**{**data, "lines": undeltas(data["lines"]), "files": files})
            whole = len(sketch.tokens.split()) == len(sketch.lines) == sum(count for _, count in files)
        except (KeyError, TypeError, ValueError, AttributeError) as problem:
            raise UnreadableSketch("The data is not a code sketch.") from problem
        if not whole:
            raise UnreadableSketch("The sketch names another number of tokens than it holds.")
        return sketch

    def to_bytes(self) -> bytes:
        """Pack the sketch, about 0.6 bytes a token."""
        return pack(self.to_json())

    @classmethod
    def from_bytes(cls, packed: bytes) -> "CodeSketch":
        """Restore what `to_bytes` packed.

        Raises
        ------
        UnreadableSketch
        """
        return cls.from_json(unpack(packed))


def sketch_code(sources: Iterable[Source], *, max_tokens: int = MAX_TOKENS) -> CodeSketch:
    """Sketch the source files of a project, as `scoring.similarity.project.read_project` gives them.

    Parameters
    ----------
    sources : iterable of (str, str)
        Path and text of each file; the ending of the path chooses the lexer, an unknown one is skipped.
    max_tokens : int, default=200_000

    Returns
    -------
    CodeSketch

    Examples
    --------
    >>> sketch_code([("a.py", "total = price * 2  # the sum")]).tokens
    'N = N * 0'
    >>> sketch_code([]).tokens
    ''
    """
    kept: list[str] = []
    lines: list[int] = []
    files: list[tuple[str, int]] = []
    digest = hashlib.sha256()
    truncated = False
    for path, text in sources:
        digest.update(f"{len(path)}:{path}{len(text)}:{text}".encode("utf-8", "replace"))
        lexer = _lexer(path)
        if lexer is None:
            continue
        before = len(kept)
        for token, line in _tokens(lexer, text):
            if len(kept) >= max_tokens:
                truncated = True
                break
            kept.append(token)
            lines.append(line)
        if len(kept) > before:
            files.append((path, len(kept) - before))
    return CodeSketch(SKETCH_VERSION, " ".join(kept), tuple(lines), tuple(files), digest.hexdigest(), truncated)


def code_ids(tokens: str) -> np.ndarray:
    """Give the number of each n-gram of tokens in order, int32 of shape (n_grams,); a shorter sequence is one."""
    parts = tokens.split()
    if not parts:
        return np.empty(0, dtype=np.int32)
    pieces = [" ".join(parts[place : place + GRAM]) for place in range(max(1, len(parts) - GRAM + 1))]
    hasher = FeatureHasher(n_features=TERMS, input_type="string", alternate_sign=False, dtype=np.float32)
    blocks = [
        hasher.transform([[piece] for piece in pieces[place : place + _BLOCK]]).indices
        for place in range(0, len(pieces), _BLOCK)
    ]
    return np.concatenate(blocks).astype(np.int32)


def _lexer(path: str) -> Lexer | None:
    name = path.rsplit("/", 1)[-1].lower().replace(".ipynb", ".py")
    try:
        return _lexer_of(name.rsplit(".", 1)[-1])
    except ClassNotFound:
        return None


@lru_cache(maxsize=128)
def _lexer_of(suffix: str) -> Lexer:
    return get_lexer_for_filename(f"x.{suffix}", stripnl=False, ensurenl=False)


def _tokens(lexer: Lexer, text: str) -> Iterable[tuple[str, int]]:
    """Yield the folded tokens of a file with their lines."""
    line, last = 1, ""
    for kind, value in lexer.get_tokens(_without_long_lines(text)):
        for symbol in _folded(kind, value):
            if not (symbol == last == "S"):
                yield symbol, line
            last = symbol
        line += value.count("\n")


def _without_long_lines(text: str) -> str:
    return "\n".join("" if len(line) > _MAX_LINE else line for line in text.split("\n"))


def _folded(kind: Any, value: str) -> Iterable[str]:
    if kind in Comment or kind in String.Doc or not value.strip():
        return ()
    if kind in Number:
        return ("0",)
    if kind in String:
        return ("S",)
    if kind in Name.Builtin.Pseudo:
        return ("N",)
    if kind in Name.Builtin or kind in Name.Exception or kind in Name.Tag or kind in Keyword or kind in Operator.Word:
        return _KEPT.findall(value)
    if kind in Name:
        return ("N",)
    if kind in Punctuation:
        # Semicolons and braces are matters of formatting in some languages.
        return [char for char in value if not char.isspace() and char != ";"]
    if kind in Operator:
        return _KEPT.findall(value)
    return () if kind in Token.Text else ("N",)
