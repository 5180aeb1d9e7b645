"""What is stored, of everything: by which a test sees that a person left no trace, and that others lost nothing."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

from sqlalchemy import Table, select

from creative_platform.core import db
from creative_platform.core.db import Base

Stored = dict[str, dict[str, dict[str, Any]]]
NOT_COMPARED = {"job", "audit_chain", "throttle", "term_count"}  # queues, heads and counts move on with each verb


def texts_of(value: Any) -> Iterator[str]:
    """Yield a stored value as people would read it, however it is stored."""
    if isinstance(value, bytes):
        yield value.decode("utf-8", "replace")
    elif isinstance(value, dict | list):
        yield json.dumps(value, ensure_ascii=False, default=str)
    elif value is not None:
        yield str(value)


def rows_of(table: Table) -> Iterator[dict[str, Any]]:
    """Yield all rows of a table."""
    for row in db.session().execute(select(table)).mappings():
        yield dict(row)


def traces_of(*words: str) -> list[tuple[str, str, str]]:
    """Return where one of these words stands in the database, in any case: table, column, word."""
    db.session().rollback()
    return [
        (table.name, name, word)
        for table in Base.metadata.sorted_tables
        for row in rows_of(table)
        for name, value in row.items()
        for text in texts_of(value)
        for word in words
        if word.casefold() in text.casefold()
    ]


def stored() -> Stored:
    """Return every row of the tables that are compared, by table and key."""
    db.session().rollback()
    kept: Stored = {}
    for table in Base.metadata.sorted_tables:
        if table.name not in NOT_COMPARED:
            keys = [column.name for column in table.primary_key.columns]
            kept[table.name] = {repr([row[key] for key in keys]): row for row in rows_of(table)}
    return kept


def changes(before: Stored, but: Callable[[str, dict[str, Any]], bool]) -> list[tuple[str, Any, Any]]:
    """Return the rows stored before that are gone or other now, with what they are, except those that ``but`` names."""
    now = stored()
    return [
        (name, row, now[name].get(key))
        for name, rows in before.items()
        for key, row in rows.items()
        if now[name].get(key) != row and not but(name, row)
    ]


def counted() -> set[tuple[str, tuple[Any, ...]]]:
    """Return what is counted of texts, and by what they are found; kind 0 is the turn that counting takes."""
    db.session().rollback()
    tables = (Base.metadata.tables[name] for name in ("term_count", "fingerprint"))
    return {(table.name, tuple(row)) for table in tables for row in db.session().execute(select(table)) if row[0] != 0}
