"""Every verb that the code writes into the log has a sentence, and no sentence waits for a verb that nobody writes."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from creative_platform.core.verbs import SENTENCES

PACKAGE = Path(__file__).resolve().parents[2] / "creative_platform"


def recorded_in(tree: ast.AST) -> Iterator[str]:
    """Yield the third argument of each ``record(…)``; where it is a name, what the module gives that name."""
    calls = [n for n in ast.walk(tree) if isinstance(n, ast.Call)]
    for call in calls:
        if getattr(call.func, "attr", getattr(call.func, "id", "")) != "record" or len(call.args) < 3:
            continue
        verb = call.args[2]
        if isinstance(verb, ast.Constant):
            yield str(verb.value)
            continue
        assert isinstance(verb, ast.Name)
        yield from given_to(verb.id, tree, calls)


def given_to(name: str, tree: ast.AST, calls: list[ast.Call]) -> Iterator[str]:
    """Yield the texts that a name is assigned, or that callers in the module pass for a parameter of that name."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == name:
            yield from (node.value.body.value, node.value.orelse.value) if isinstance(node.value, ast.IfExp) else ()
        if isinstance(node, ast.FunctionDef):
            places = [argument.arg for argument in node.args.args]
            at = places.index(name) if name in places else None
            for call in calls:
                if at is not None and getattr(call.func, "id", "") == node.name and len(call.args) > at:
                    yield str(call.args[at].value)


def test_every_verb_of_the_log_has_a_sentence_and_each_sentence_a_verb():
    recorded = {verb for path in PACKAGE.rglob("*.py") for verb in recorded_in(ast.parse(path.read_text("utf-8")))}

    assert len(recorded) > 50
    assert recorded == set(SENTENCES)


def test_a_verb_behind_a_name_is_found():
    code = "def f(a, verb):\n    record(a, None, verb)\nf(1, 'x.y')\nw = 'a.b' if c else 'd.e'\nrecord(1, 2, w)\n"
    assert set(recorded_in(ast.parse(code))) == {"x.y", "a.b", "d.e"}
