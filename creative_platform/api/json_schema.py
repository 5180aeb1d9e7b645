"""JSON schemas: the part of 2020-12 that our documents use, and the checking of values against it. Pure.

What a request is checked with is what the OpenAPI document shows; there is no second description.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from creative_platform.core.text import N_

Schema = dict[str, Any]

WRONG_TYPE = N_("This has another type than the field takes.")
NO_SUCH_FIELD = N_("There is no such field.")
MISSING = N_("This is needed.")
NO_SUCH_VALUE = N_("This is not one of the values there are.")
WRONG_LENGTH = N_("This is too short or too long.")
WRONG_FORM = N_("This is not written as it should be.")
OUT_OF_RANGE = N_("This number is out of range.")
UNSTORABLE = N_("This holds characters that cannot be stored.")

STORABLE = r"^[^\u0000]*$"  # a database takes every character but NUL

_TYPES: dict[str, type | tuple[type, ...]] = {
    "object": dict,
    "array": list,
    "string": str,
    "integer": int,
    "number": (int, float),
    "boolean": bool,
    "null": type(None),
}


def text(most: int, *, least: int = 0, pattern: str = STORABLE) -> Schema:
    """Return the schema of a text of so many characters."""
    schema: Schema = {"type": "string", "maxLength": most, "pattern": pattern}
    return {**schema, "minLength": least} if least else schema


def whole(least: int, most: int) -> Schema:
    """Return the schema of a whole number."""
    return {"type": "integer", "minimum": least, "maximum": most}


def choice(*values: str) -> Schema:
    """Return the schema of one of these words."""
    return {"type": "string", "enum": list(values)}


def listed(items: Schema, most: int, least: int = 0) -> Schema:
    """Return the schema of a list."""
    return {"type": "array", "items": items, "minItems": least, "maxItems": most}


def thing(needed: Mapping[str, Schema] | None = None, **optional: Schema) -> Schema:
    """Return the schema of an object with these fields and no others."""
    schema: Schema = {"type": "object", "additionalProperties": False, "properties": {**(needed or {}), **optional}}
    return {**schema, "required": list(needed)} if needed else schema


def or_null(schema: Schema) -> Schema:
    """Return the schema of that or nothing."""
    return {"anyOf": [schema, {"type": "null"}]}


def ref(name: str) -> Schema:
    """Return the schema that stands in the document under that name."""
    return {"$ref": f"#/components/schemas/{name}"}


def problems(schema: Schema, value: Any, named: Mapping[str, Schema], where: str = "") -> Iterator[tuple[str, str]]:
    """Yield (field, sentence) for everything that is wrong with a value; fields are dotted paths."""
    if "$ref" in schema:
        yield from problems(named[schema["$ref"].rsplit("/", 1)[1]], value, named, where)
    elif "anyOf" in schema:
        yield from _best_of(schema["anyOf"], value, named, where)
    elif not _is_of(schema, value):
        yield where, WRONG_TYPE
    elif "enum" in schema and value not in schema["enum"]:
        yield where, NO_SUCH_VALUE
    elif isinstance(value, str):
        yield from _text_problems(schema, value, where)
    elif isinstance(value, dict):
        yield from _object_problems(schema, value, named, where)
    elif isinstance(value, list):
        yield from _list_problems(schema, value, named, where)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        if value < schema.get("minimum", value) or value > schema.get("maximum", value):
            yield where, OUT_OF_RANGE


def _is_of(schema: Schema, value: Any) -> bool:
    kind = schema.get("type")
    if kind is None:
        return True
    if isinstance(value, bool):
        return kind == "boolean"
    return isinstance(value, _TYPES[kind])


def _best_of(choices: list[Schema], value: Any, named: Mapping[str, Schema], where: str) -> Iterator[tuple[str, str]]:
    found = [list(problems(choice, value, named, where)) for choice in choices]
    if all(found):
        of_its_type = [wrong for wrong in found if wrong != [(where, WRONG_TYPE)]]
        yield from of_its_type[0] if of_its_type else [(where, WRONG_TYPE)]


def _text_problems(schema: Schema, value: str, where: str) -> Iterator[tuple[str, str]]:
    if not schema.get("minLength", 0) <= len(value) <= schema.get("maxLength", len(value)):
        yield where, WRONG_LENGTH
    elif "pattern" in schema and not _compiled(schema["pattern"]).search(value):
        yield where, UNSTORABLE if schema["pattern"] == STORABLE else WRONG_FORM


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern.replace("$", r"\Z"))


def _object_problems(
    schema: Schema, value: dict[str, Any], named: Mapping[str, Schema], where: str
) -> Iterator[tuple[str, str]]:
    known, others = schema.get("properties", {}), schema.get("additionalProperties", True)
    for name in schema.get("required", ()):
        if name not in value:
            yield _join(where, name), MISSING
    if len(value) > schema.get("maxProperties", len(value)):
        yield where, WRONG_LENGTH
    for name, part in value.items():
        if name in known:
            yield from problems(known[name], part, named, _join(where, name))
        elif others is False or list(_text_problems(schema.get("propertyNames", {}), name, "")):
            yield _join(where, name[:60]), NO_SUCH_FIELD
        elif isinstance(others, dict):
            yield from problems(others, part, named, _join(where, name))


def _list_problems(
    schema: Schema, value: list[Any], named: Mapping[str, Schema], where: str
) -> Iterator[tuple[str, str]]:
    if not schema.get("minItems", 0) <= len(value) <= schema.get("maxItems", len(value)):
        yield where, WRONG_LENGTH
        return
    for number, part in enumerate(value):
        yield from problems(schema.get("items", {}), part, named, _join(where, str(number)))


def _join(where: str, name: str) -> str:
    return f"{where}.{name}" if where else name
