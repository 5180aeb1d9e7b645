"""Every message of the source is said in every language the platform promises."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from gettext import c2py
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import read_po
from jinja2 import Environment, nodes

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "creative_platform" / "translations"
PROMISED = {"kk", "ru"}
LANGUAGES = sorted(PROMISED | {path.name for path in FOLDER.iterdir() if path.is_dir()})
KEYWORDS = {**DEFAULT_KEYWORDS, "_l": None, "N_": None, "lazy_gettext": None, "say": None}
PLACEHOLDER = re.compile(r"%\(\w+\)[a-z]|%%")


@cache
def source_messages() -> frozenset[str | tuple[str, ...]]:
    """What `pybabel extract -F babel.cfg -k _l -k N_ -k lazy_gettext -k say` finds."""
    with (ROOT / "babel.cfg").open(encoding="utf-8") as file:
        methods, options = parse_mapping_cfg(file)
    found = extract_from_dir(ROOT, methods, options, keywords=KEYWORDS)
    return frozenset(message for _file, _line, message, _comments, _context in found)


@cache
def catalogue(language: str) -> Catalog:
    with (FOLDER / language / "LC_MESSAGES" / "messages.po").open("rb") as file:
        return read_po(file, locale=language, abort_invalid=True)


def translated(language: str) -> Iterator[Message]:
    return (message for message in catalogue(language) if message.id)


def strings(message: Message) -> tuple[str, ...]:
    return message.string if isinstance(message.string, tuple) else (message.string,)


def placeholders(text: str) -> list[str]:
    return sorted(PLACEHOLDER.findall(text))


def fits(message: Message, plural_rule: str) -> bool:
    """A plural form may leave the number out, as the English singular does, only if it is said of one number alone."""
    if isinstance(message.id, str):
        return placeholders(message.string) == placeholders(message.id)
    one, many = (placeholders(text) for text in message.id)
    said_of = Counter(map(c2py(plural_rule), range(200)))
    return all(
        placeholders(text) == many or (said_of[form] == 1 and placeholders(text) == one)
        for form, text in enumerate(message.string)
    )


def test_the_source_holds_messages():
    found = source_messages()

    assert "My entries" in found
    assert ("%(num)d day", "%(num)d days") in found


def test_templates_translate_no_words_of_people():
    """Jinja takes what ``_`` is given for HTML and for a format: somebody's "<b>" or "100 %" must not get there."""
    env, found = Environment(autoescape=True), set()
    for path in sorted((ROOT / "templates").rglob("*.*")):
        for call in env.parse(path.read_text(encoding="utf-8")).find_all(nodes.Call):
            if isinstance(call.node, nodes.Name) and call.node.name in ("_", "gettext", "ngettext"):
                found |= {named(given) for given in call.args[:1] if not isinstance(given, nodes.Const)}

    assert found == {
        "can_change.reason", "can_compute.reason", "can_decide.reason", "can_edit.reason",  # of a policy.Decision
        "can_convene.reason", "can_end.reason", "can_give.reason", "can_judge.reason", "can_reopen.reason",
        "can_publish.reason", "can_score.reason", "may_read.reason", "may_top_up.reason",
        "check.label", "missing.label", "part.sentence", "sentence",  # of checklists
        "line.sentence",  # of the log, from core.verbs
        "run.problem",  # of the engine, marked with N_
        "look",  # the word of a state
    }  # fmt: skip


def test_templates_leave_the_decimal_mark_to_the_readers_language():
    found = [str(path) for path in (ROOT / "templates").rglob("*.html") if "|format(" in path.read_text("utf-8")]

    assert found == []


def named(node: nodes.Node) -> str:
    """Return the names in an expression, outermost last."""
    match node:
        case nodes.Name():
            return node.name
        case nodes.Getattr():
            return f"{named(node.node)}.{node.attr}"
        case nodes.Getitem():
            return named(node.node)
    return type(node).__name__


@pytest.mark.parametrize("language", LANGUAGES)
class TestEveryLanguage:
    def test_lacks_no_message(self, language):
        assert source_messages() - {message.id for message in translated(language)} == set()

    def test_keeps_no_message_that_nobody_says(self, language):
        assert {message.id for message in translated(language)} - source_messages() == set()
        assert list(catalogue(language).obsolete) == []

    def test_leaves_nothing_empty(self, language):
        assert [message.id for message in translated(language) if not all(strings(message))] == []

    def test_fills_every_plural_form(self, language):
        forms = catalogue(language).num_plurals

        assert [m.id for m in translated(language) if isinstance(m.id, tuple) and len(m.string) != forms] == []

    def test_guesses_nothing(self, language):
        assert [message.id for message in translated(language) if message.fuzzy] == []

    def test_keeps_the_placeholders(self, language):
        assert [
            message.id for message in translated(language) if not fits(message, catalogue(language).plural_expr)
        ] == []


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("Сақталды: %(time)s", True),
        ("Сақталды", False),
        ("Сақталды: %(tiem)s", False),
        ("Сақталды: %(time)d", False),
        ("Сақталды: %(time)s %%", False),
    ],
)
def test_a_lost_placeholder_is_found(said, kept):
    assert fits(Message("Saved %(time)s", said), "n != 1") is kept


@pytest.mark.parametrize(
    ("plural_rule", "said", "kept"),
    [
        ("n != 1", ("бір жұмыс", "%(num)d жұмыс"), True),
        ("n != 1", ("%(num)d жұмыс", "%(num)d жұмыс"), True),
        ("n != 1", ("бір жұмыс", "көп жұмыс"), False),
        ("n != 1", ("бір жұмыс", "%(number)d жұмыс"), False),
        ("n % 10 != 1", ("одна работа", "%(num)d работ"), False),
    ],
)
def test_a_lost_number_of_a_plural_is_found(plural_rule, said, kept):
    """The last one would say "one entry" of 21 entries."""
    assert fits(Message(("One entry", "%(num)d entries"), said), plural_rule) is kept
