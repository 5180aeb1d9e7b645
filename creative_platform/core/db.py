"""Tables, the session and the one way to write: ``with transaction() as session``.

Knows no Flask: ``app.py`` hands in where the session of the present context comes from (`provide_session`).
"""

from __future__ import annotations

import enum
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache, wraps
from typing import Any

from sqlalchemy import (
    JSON,
    DateTime,
    Engine,
    Enum,
    Insert,
    MetaData,
    Select,
    String,
    bindparam,
    event,
    insert,
    inspect,
    literal,
    select,
    table,
)
from sqlalchemy.orm import DeclarativeBase, Session, joinedload
from sqlalchemy.orm.attributes import set_committed_value
from sqlalchemy.types import TypeDecorator

log = logging.getLogger(__name__)

_session_provider: Callable[[], Session] | None = None


class UtcDateTime(TypeDecorator[datetime]):
    """An instant: aware UTC in Python, timestamptz on PostgreSQL, naive UTC with microseconds on SQLite."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Any) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise TypeError("an instant without a zone was about to be stored")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Any) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class SortKey(TypeDecorator[str]):
    """A column of ``text.sort_key`` values, ordered by bytes on every database."""

    impl = String(400)
    cache_ok = True

    def load_dialect_impl(self, dialect: Any) -> Any:
        if dialect.name == "postgresql":
            return dialect.type_descriptor(String(400, collation="C"))
        return dialect.type_descriptor(String(400))


def enum_column(kind: type[enum.Enum]) -> Enum:
    """Return the column type of a lifecycle or choice: its values as text, with a CHECK constraint."""
    return Enum(
        kind,
        native_enum=False,
        create_constraint=True,
        length=40,
        name=kind.__name__.lower(),
        values_callable=lambda members: [member.value for member in members],
        validate_strings=True,
    )


class Base(DeclarativeBase):
    """The ancestor of every table; constraint names are fixed so that migrations can name them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {datetime: UtcDateTime, dict[str, Any]: JSON, list[Any]: JSON}


def provide_session(provider: Callable[[], Session]) -> None:
    """Say where the session of the present context comes from; ``app.py`` calls this once."""
    global _session_provider
    _session_provider = provider


def session() -> Session:
    """Return the session of the present context, for reading; writing goes through ``transaction``."""
    if _session_provider is None:
        raise RuntimeError("no session: the application was not created")
    return _session_provider()


@contextmanager
def transaction() -> Iterator[Session]:
    """Run a verb: everything inside is stored together or not at all.

    Nested verbs join the outermost one. An error of a nested verb that its caller swallows dooms the whole: leaving
    the outermost block then raises `DoomedTransaction`. On SQLite the block holds the write lock from its first
    statement (BEGIN IMMEDIATE); on PostgreSQL a verb locks its row with `locked` first. What was loaded before the
    block is read again inside it.
    """
    current = session()
    if current.info.get("verb_depth", 0):
        current.info["verb_depth"] += 1
        try:
            yield current
        except BaseException:
            current.info["doomed"] = True
            raise
        finally:
            current.info["verb_depth"] -= 1
        return
    current.rollback()  # a read that came before must neither hold its snapshot nor be trusted
    current.info.update(verb_depth=1, doomed=False, after_commit=[])
    try:
        yield current
        if current.info["doomed"]:
            raise DoomedTransaction("a nested verb failed and its error was swallowed")
        current.commit()
    except BaseException:
        current.info["after_commit"] = []
        current.rollback()
        raise
    finally:
        current.info["verb_depth"] = 0
    _run_after_commit(current)


class DoomedTransaction(RuntimeError):
    """A nested verb failed, somebody swallowed its error, and the outer verb tried to commit."""


def in_transaction() -> bool:
    """Say whether a verb is running."""
    return bool(session().info.get("verb_depth", 0))


def after_commit(act: Callable[[], None]) -> None:
    """Run ``act`` once the running verb is stored; never if it is not. Its failure is logged, not raised."""
    if not in_transaction():
        raise RuntimeError("after_commit outside a verb")
    session().info["after_commit"].append(act)


def _run_after_commit(current: Session) -> None:
    acts, current.info["after_commit"] = current.info["after_commit"], []
    for act in acts:
        try:
            act()
        except Exception:
            log.exception("an act after commit failed")


def locked(query: Select[Any]) -> Select[Any]:
    """Return the query so that its rows are locked and read afresh; only inside ``transaction``.

    Their keys stay free: who adds a row that refers to one of them need not wait, so that two verbs, each with a row
    that the other's new rows refer to, cannot wait for each other.
    """
    _refuse_outside_verb()
    return _locking(query)


def kept_locked(of: type[Base] | None = None) -> Callable[[Callable[[], Select[Any]]], Callable[[], Select[Any]]]:
    """Let a function that puts a query together give it as `locked` does, put together once a process.

    ``of`` is the table whose rows are locked where others are joined to them; None locks those, too.
    """

    def decorate(make: Callable[[], Select[Any]]) -> Callable[[], Select[Any]]:
        put_together = cache(lambda: _locking(make(), of))

        @wraps(make)
        def query() -> Select[Any]:
            _refuse_outside_verb()
            return put_together()

        return query

    return decorate


def _refuse_outside_verb() -> None:
    if not in_transaction():
        raise RuntimeError("locked rows outside a verb")


def _locking(query: Select[Any], of: type[Base] | None = None) -> Select[Any]:
    return query.with_for_update(of=of, key_share=True).execution_options(populate_existing=True)


def add(s: Session, table: type[Base], values: dict[str, Any]) -> int:
    """Insert a row of which no object is wanted, at a third of what one costs, and return its id; what is not given has
    its default. What waits in the session goes before it.
    """
    s.flush()
    return int(s.execute(_insert_into(table), values).inserted_primary_key[0])  # type: ignore[attr-defined]  # has one


@cache
def _insert_into(table: type[Base]) -> Insert:
    return insert(table.__table__)  # type: ignore[arg-type]  # no view


def load(owner: Base, *names: str) -> None:
    """Load collections of an object, in their order, each by a statement that is put together once a process.

    ``members`` is what the object would load by itself when it is first asked for it; ``members.user`` has the user of
    each member with it, ``tracks.requirements`` the requirements of each track. Putting a statement together costs
    more than running it, so pages that are asked for often load like this and keep their statements
    (``functools.cache``).
    """
    for name in names:
        collection, _, with_each = name.partition(".")
        if collection not in inspect(owner).dict:
            rows = session().scalars(_parts_of(type(owner), collection, with_each), {"owner": owner.id})  # type: ignore[attr-defined]  # every table has an id
            set_committed_value(owner, collection, list(rows.unique() if with_each else rows))


@cache
def _parts_of(owner: type[Base], name: str, with_each: str) -> Select[Any]:
    collection = inspect(owner).relationships[name]
    part = collection.entity.class_
    ((_, to_owner),) = collection.local_remote_pairs
    query = select(part).where(to_owner == bindparam("owner")).order_by(*(collection.order_by or ()))
    return query.options(joinedload(getattr(part, with_each))) if with_each else query


def ready() -> None:
    """Raise unless the database answers. It is asked for a row: a bare SELECT 1 does not make SQLite open its file."""
    catalogue = "sqlite_master" if session().get_bind().dialect.name == "sqlite" else "pg_class"
    session().execute(select(literal(1)).select_from(table(catalogue)).limit(1))


def prepare_engine(engine: Engine) -> None:
    """Make an engine behave as verbs expect (SQLite: WAL, foreign keys, busy_timeout, our own BEGIN)."""
    if engine.dialect.name != "sqlite":
        return

    @event.listens_for(engine, "connect")
    def _on_connect(connection: Any, record: Any) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        cursor.execute("PRAGMA busy_timeout=30000")  # in a rush it is better to wait than to be refused
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute("PRAGMA synchronous=FULL")
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.execute("PRAGMA cache_size=-512")  # KiB for each thread's connection; the system's cache serves them all
        cursor.close()

    def begin(connection: Any) -> None:
        connection.execute("BEGIN IMMEDIATE" if _verb_is_running() else "BEGIN")

    # Drivers begin here: an error is SQLAlchemy's, as of any statement; an event would cost ten times as much.
    engine.dialect.do_begin = begin  # type: ignore[method-assign,assignment]


def _verb_is_running() -> bool:
    try:
        return in_transaction()
    except RuntimeError:
        return False
