"""Ways to hide a program that was taken over: `Rewritten` works on the syntax tree, `Retyped` on the written lines.

The first attacks the seen half, the second the held-out one. Every method gives the whole new program, or None when
the program has nothing to work on.
"""

from __future__ import annotations

import ast
import builtins
import copy
import io
import keyword
import re
import tokenize
from collections.abc import Iterator

import numpy as np

Pasted = tuple[str, tuple[int, int]]
"""A program, and the first and last line of what was pasted into it."""

FUNCTIONS = {"short": (12, 30), "long": (25, 80)}
"""Lines of a function that is pasted."""

KEPT = {*dir(builtins), *keyword.kwlist, *keyword.softkwlist, "self", "cls"}


def functions(tree: ast.AST, size: str) -> list[ast.FunctionDef]:
    """Give the functions of a size, docstrings not counted."""
    low, high = FUNCTIONS[size]
    every = [one for one in ast.walk(tree) if isinstance(one, ast.FunctionDef)]
    return [one for one in every if low <= len(ast.unparse(_bare(copy.deepcopy(one))).splitlines()) <= high]


def _bare(tree: ast.AST) -> ast.AST:
    """Take the docstrings away."""
    for one in ast.walk(tree):
        if isinstance(one, ast.FunctionDef | ast.ClassDef | ast.Module) and ast.get_docstring(one, clean=False):
            one.body = one.body[1:] or [ast.Pass()]
    return tree


class Rewritten:
    """Attacks on the syntax tree: the layout is a machine's afterwards, and comments are gone."""

    def __init__(self, text: str, dice: np.random.Generator) -> None:
        self.tree, self.dice = _bare(ast.parse(text)), dice

    def reformatted(self) -> str:
        """Drop comments and docstrings, and write anew."""
        return ast.unparse(self.tree)

    def renamed(self) -> str:
        """Give every name another one."""
        return ast.unparse(self._renamed(copy.deepcopy(self.tree)))

    def reordered(self) -> str:
        """Move functions, classes and methods about."""
        tree = copy.deepcopy(self.tree)
        for one in [tree, *(inner for inner in ast.walk(tree) if isinstance(inner, ast.ClassDef))]:
            defined = [part for part in one.body if isinstance(part, ast.FunctionDef | ast.ClassDef)]
            others = [part for part in one.body if part not in defined]
            one.body = others + [defined[place] for place in self.dice.permutation(len(defined)).tolist()]
        return ast.unparse(tree)

    def inserted(self, low: float = 0.1, high: float = 0.5) -> str:
        """Put statements that do nothing before a share of the statements."""
        return ast.unparse(self._inserted(copy.deepcopy(self.tree), float(self.dice.uniform(low, high))))

    def combined(self) -> str:
        """Rename, and insert before up to three in ten statements."""
        tree = self._renamed(copy.deepcopy(self.tree))
        return ast.unparse(self._inserted(tree, float(self.dice.uniform(0.1, 0.3))))

    def pasted(self, host: str, size: str) -> Pasted | None:
        """Paste one function between those of another program, half of the time renamed."""
        chosen = functions(self.tree, size)
        if not chosen:
            return None
        one = copy.deepcopy(chosen[int(self.dice.integers(len(chosen)))])
        text = ast.unparse(self._renamed(one) if self.dice.random() < 0.5 else one)
        return between(text, host, self.dice)

    def _renamed(self, tree: ast.AST) -> ast.AST:
        names: dict[str, str] = {}

        def fresh(name: str) -> str:
            if name in KEPT or name.startswith("__"):
                return name
            return names.setdefault(name, f"{self.dice.choice(['tmp', 'val', 'obj', 'res', 'buf'])}_{len(names)}")

        for one in ast.walk(tree):
            if isinstance(one, ast.Name):
                one.id = fresh(one.id)
            elif isinstance(one, ast.arg):
                one.arg = fresh(one.arg)
            elif isinstance(one, ast.FunctionDef):
                one.name = fresh(one.name)
        return tree

    def _inserted(self, tree: ast.AST, share: float) -> ast.AST:
        forms = ("_d{0} = {0} * 2", "_d{0} = [{0}]", "_d{0} = len(str({0}))", "print('step', {0})")
        for one in ast.walk(tree):
            if isinstance(one, ast.FunctionDef):
                body: list[ast.stmt] = []
                for part in one.body:
                    if self.dice.random() < share:
                        body.extend(ast.parse(str(self.dice.choice(forms)).format(int(self.dice.integers(99)))).body)
                    body.append(part)
                one.body = body
        return ast.fix_missing_locations(tree)


class Retyped:
    """Attacks on the written lines: the author's layout and comments stay, as when somebody edits by hand."""

    def __init__(self, text: str, dice: np.random.Generator) -> None:
        self.text, self.dice = text, dice

    def reformatted(self) -> str:
        """Indent by another width, take comments away, and leave other lines empty."""
        wide = " " * int(self.dice.choice([2, 3, 8]))
        lines = []
        for line in self._without_comments(self.text).splitlines():
            body = line.lstrip(" ")
            lines.append(wide * ((len(line) - len(body)) // 4) + " " * ((len(line) - len(body)) % 4) + body)
            lines.extend([""] * int(self.dice.random() < 0.1 and not body.endswith("\\")))
        return "\n".join(lines)

    def renamed(self, text: str | None = None) -> str:
        """Give every name but those of attributes and keyword arguments another ending, in the written text."""
        names: dict[str, str] = {}
        tokens, before = [], ""
        for token in _tokens(text or self.text):
            value = token.string
            if token.type == tokenize.NAME and value not in KEPT and not value.startswith("__") and before != ".":
                value = names.setdefault(value, f"{value[: int(self.dice.integers(1, 4))]}{len(names)}")
            tokens.append((token, value))
            before = token.string
        return _joined(text or self.text, tokens)

    def reordered(self) -> str:
        """Move the top-level blocks about, with the comments before them."""
        blocks = _blocks(self.text)
        first = [block for block, defined in blocks if not defined]
        rest = [block for block, defined in blocks if defined]
        return "\n".join([*first, *(rest[place] for place in self.dice.permutation(len(rest)).tolist())])

    def inserted(self, low: float = 0.1, high: float = 0.5, text: str | None = None) -> str:
        """Put a line of one's own after a share of the lines that end a statement."""
        share, lines, deep = float(self.dice.uniform(low, high)), [], 0
        rows = (text or self.text).splitlines()
        for token_line, line in zip(_ends(text or self.text, len(rows)), rows, strict=True):
            lines.append(line)
            deep = len(line) - len(line.lstrip(" "))
            if token_line and self.dice.random() < share and not line.rstrip().endswith((":", "\\")):
                lines.append(" " * deep + str(self.dice.choice(["assert True", "pass", "log.debug('here')", "n = 0"])))
        return "\n".join(lines)

    def combined(self) -> str:
        """Rename, and insert after up to three in ten lines."""
        return self.inserted(0.1, 0.3, text=self.renamed())

    def pasted(self, host: str, size: str) -> Pasted | None:
        """Paste one function as it is written, or with its names changed."""
        chosen = functions(ast.parse(self.text), size)
        if not chosen:
            return None
        one = chosen[int(self.dice.integers(len(chosen)))]
        rows = self.text.splitlines()[one.lineno - 1 : one.end_lineno]
        text = "\n".join(row[one.col_offset :] for row in rows)
        return between(self.renamed(text) if self.dice.random() < 0.5 else text, host, self.dice)

    def _without_comments(self, text: str) -> str:
        tokens = [(token, "" if token.type == tokenize.COMMENT else token.string) for token in _tokens(text)]
        return _joined(text, tokens)


def between(text: str, host: str, dice: np.random.Generator) -> Pasted:
    """Put a text between two top-level definitions of a program, or at its end."""
    lines = host.splitlines()
    defined = [one for one in ast.parse(host).body if isinstance(one, ast.FunctionDef | ast.ClassDef)]
    cuts = [one.lineno - 1 for one in defined if not one.decorator_list] + [len(lines)]
    cut = int(dice.choice(cuts))
    return "\n".join([*lines[:cut], text, *lines[cut:]]), (cut + 1, cut + len(text.splitlines()))


def _tokens(text: str) -> Iterator[tokenize.TokenInfo]:
    return tokenize.generate_tokens(io.StringIO(text).readline)


def _joined(text: str, tokens: list[tuple[tokenize.TokenInfo, str]]) -> str:
    """Write changed tokens over a text, everything between them as it was."""
    lines = text.splitlines(keepends=True)
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line))
    made, place = [], 0
    for token, value in tokens:
        if value == token.string:
            continue
        begin = starts[token.start[0] - 1] + token.start[1]
        made.extend([text[place:begin], value])
        place = begin + len(token.string)
    return "".join([*made, text[place:]])


def _blocks(text: str) -> list[tuple[str, bool]]:
    """Part a program at its top-level definitions; tell of each part whether it is one."""
    lines, place, parts = text.splitlines(), 0, []
    for one in ast.parse(text).body:
        if isinstance(one, ast.FunctionDef | ast.ClassDef):
            start = min([one.lineno, *(mark.lineno for mark in one.decorator_list)]) - 1
            while start > place and re.match(r"#", lines[start - 1]):
                start -= 1
            parts.extend([("\n".join(lines[place:start]), False), ("\n".join(lines[start : one.end_lineno]), True)])
            place = one.end_lineno or start
    return [*parts, ("\n".join(lines[place:]), False)]


def _ends(text: str, count: int) -> list[bool]:
    """Tell of each line whether a statement ends on it."""
    ends = [False] * count
    for token in _tokens(text):
        if token.type == tokenize.NEWLINE and token.start[0] <= count:
            ends[token.start[0] - 1] = True
    return ends
