"""Small shapes that the others are made of."""

from __future__ import annotations

from creative_platform.api.json_schema import Schema, choice, listed, or_null, ref, text, thing, whole
from creative_platform.core.text import LOCALES
from creative_platform.entries.answers import LONG_TEXT_MOST

CURSOR, LIMIT = "cursor", "limit"
MOST_ON_PAGE = 100
MOST_PARTS = 10_000
LARGEST = 2**53 - 1

ID = text(26, pattern="^[a-z2-7]{26}$")
SLUG = text(60, pattern="^[a-z0-9-]{1,60}$")
KEY = text(60, pattern="^[A-Za-z0-9_-]{1,60}$")
WHEN: Schema = {"type": "string", "format": "date-time", "maxLength": 40}
SHA256 = text(64, pattern="^[0-9a-f]{64}$")
ANY_TEXT: Schema = {"type": "string"}
FLAG: Schema = {"type": "boolean"}
COUNT: Schema = {"type": "integer", "minimum": 0}
VERSION = whole(0, 2**31 - 1)
INSTANT = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]{1,6})?)?(Z|[+-][0-9]{2}:[0-9]{2})$"
LANGUAGE = choice(*LOCALES)
LOCALIZED = ref("LocalizedText")
ANSWER: Schema = {
    "anyOf": [text(LONG_TEXT_MOST), whole(-(10**15) + 1, 10**15 - 1), FLAG, {"type": "null"}],
}
ANSWERS: Schema = {
    "type": "object",
    "propertyNames": KEY,
    "maxProperties": 200,
    "additionalProperties": ANSWER,
}
PAGING: dict[str, Schema] = {CURSOR: ID, LIMIT: whole(1, MOST_ON_PAGE)}


def words(most: int) -> Schema:
    """Return the schema of a text that is given in several languages, or plainly in the caller's."""
    in_languages = thing(**{locale: text(most) for locale in LOCALES})
    plain = "A plain text is taken for the language of the request: `lang`, else `Accept-Language`."
    return {"description": plain, "anyOf": [text(most, least=1), in_languages]}


def page_of(items: Schema, **beside: Schema) -> Schema:
    """Return the schema of one part of a list."""
    return thing({"items": listed(items, MOST_ON_PAGE), "next": or_null(ID), **beside})
