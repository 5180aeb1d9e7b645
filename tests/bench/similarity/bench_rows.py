"""Time and size of similarity as rows of a database: ``python -m tests.bench.similarity.bench_rows --texts 100000``.

The rows are those of the application, on SQLite and on PostgreSQL (its own server, with the settings of an operator's),
written at once and in order: those that come one by one need more room. Then texts are handed in that borrow from
them. Adding is one transaction; a search, which knows of no term how common it is, finds candidates and compares twenty
of them exactly. 10^5 texts take minutes, so the default is 2,000.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from sqlalchemy import Engine, create_engine, event, insert, select, text
from sqlalchemy.orm import Session

from creative_platform import rooms  # noqa: F401 -- all tables
from creative_platform.core import clock
from creative_platform.core.db import Base, prepare_engine, provide_session, transaction
from creative_platform.similarity.engine import comparing
from creative_platform.similarity.models import EntrySketch, Fingerprint, TermCount
from creative_platform.similarity.rows import Reading, kind_of, pack_terms, slot_of
from creative_platform.similarity.service.indexing import remove_sketches, store_sketch
from scoring.similarity.stored import StoredIndex, rows_of
from scoring.similarity.textsketch import TERMS
from tests.bench.similarity.made import borrowed, sketched, texts, vocabulary
from tests.fixtures.postgres import DURABLE, running_postgres

HANDED_IN = 40
AT_ONCE = 5_000
KIND = kind_of(comparing.VERSION)


@contextmanager
def database(url: str) -> Iterator[Session]:
    """Make the tables; entries and contests themselves are left out, so nothing may ask for them."""
    engine = create_engine(url)
    prepare_engine(engine)
    off = "PRAGMA foreign_keys=OFF" if engine.dialect.name == "sqlite" else "SET session_replication_role = replica"

    @event.listens_for(engine, "connect")
    def _connect(connection: Any, record: Any) -> None:
        connection.cursor().execute(off)

    Base.metadata.create_all(engine)
    with Session(engine) as session:
        provide_session(lambda: session)
        yield session
    engine.dispose()


def sketch_row(number: int) -> dict[str, Any]:
    """Give the columns of a text's sketch that do not depend on the text."""
    of = {"id": number, "entry_id": number, "revision_id": number, "contest_id": 1, "kind": "text", "part": "summary"}
    return of | {"version": comparing.VERSION, "made_at": clock.now()}


def fill(session: Session, made: list[list[str]]) -> None:
    """Store many texts at once, ordered as the tables are."""
    counts = np.zeros(TERMS, dtype=np.int64)
    terms, slots, units = [], [], []
    for start in range(0, len(made), AT_ONCE):
        rows = []
        for number, words in enumerate(made[start : start + AT_ONCE], start + 1):
            sketch = sketched(words)
            its = rows_of(sketch)
            counts[list(its.terms)] += 1
            terms.append(np.array(its.found_by))
            slots.append(np.full(len(its.found_by), slot_of(EntrySketch(id=number))))
            units.append(np.full(len(its.found_by), its.units))
            packed = {"sketch": sketch.to_bytes(), "terms": pack_terms(its.terms), "digest": its.digest}
            rows.append(sketch_row(number) | packed)
        session.execute(insert(EntrySketch), rows)
    columns = [np.concatenate(column) for column in (terms, slots, units)]
    order = np.lexsort((columns[1], columns[0]))
    ordered = (column[order].tolist() for column in columns)
    bulk(session, Fingerprint, [(KIND, *row) for row in zip(*ordered, strict=True)])
    known = np.flatnonzero(counts).tolist()
    counted = [(KIND, term, n, n) for term, n in zip(known, counts[known].tolist(), strict=True)]
    bulk(session, TermCount, [(KIND, TermCount.ALL, len(made), len(made)), *counted])
    session.commit()


def bulk(session: Session, model: Any, rows: Iterable[tuple[int, ...]]) -> None:
    """Write rows of numbers as fast as the driver does."""
    columns = ", ".join(column.name for column in model.__table__.columns)
    cursor = session.connection().connection.cursor()
    if session.get_bind().dialect.name == "sqlite":
        cursor.executemany(f"INSERT INTO {model.__tablename__} ({columns}) VALUES (?, ?, ?, ?)", rows)
        return
    with cursor.copy(f"COPY {model.__tablename__} ({columns}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)


def sizes(engine: Engine) -> dict[str, int]:
    """Give the bytes of each table with its indexes; of the whole file on SQLite."""
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
            pages = connection.exec_driver_sql("SELECT page_count * page_size FROM pragma_page_count, pragma_page_size")
            return {"all": int(pages.scalar_one())}
        names = [model.__tablename__ for model in (EntrySketch, Fingerprint, TermCount)]
        of = text("SELECT pg_total_relation_size(CAST(:name AS regclass))")
        each = {name: int(connection.execute(of, {"name": name}).scalar_one()) for name in names}
        return each | {"all": sum(each.values())}


def timed(work: Callable[[], Any]) -> tuple[float, float]:
    """Give milliseconds of this process' CPU and by the clock."""
    cpu, wall = time.process_time(), time.perf_counter()
    work()
    return 1000 * (time.process_time() - cpu), 1000 * (time.perf_counter() - wall)


def fresh_index(number: int) -> StoredIndex:
    """Give what a job searches by: nothing is read yet."""
    return StoredIndex({"text": Reading([number]).terms("text", comparing.VERSION)})


def measure(session: Session, count: int) -> dict[str, Any]:
    """Hand texts in that borrow from those before; give medians."""
    words, dice = vocabulary(), np.random.default_rng(5)
    made = list(texts(words, count))
    engine = session.get_bind()
    assert isinstance(engine, Engine)
    empty = sizes(engine)["all"]
    fill(session, made)
    full = sizes(engine)
    if engine.dialect.name == "postgresql":
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("VACUUM ANALYZE")
    statements: list[str] = []
    event.listen(engine, "before_cursor_execute", lambda c, cursor, statement, *rest: statements.append(statement))
    sources = dice.choice(count, HANDED_IN, replace=False).tolist()
    took: dict[str, list[tuple[float, float]]] = {"add": [], "candidates": [], "search": [], "remove": []}
    asked, first = [], 0
    for number, source in enumerate(sources, count + 1):
        [part] = comparing.sketch_parts({"summary": " ".join(borrowed(made[source], words, dice))}, {})

        def add(number: int = number, part: Any = part) -> None:
            with transaction() as s:
                store_sketch(s, EntrySketch(**sketch_row(number), sketch=part.sketch), part)

        took["add"].append(timed(add))
        statements.clear()
        took["candidates"].append(timed(lambda number=number: fresh_index(number).candidates(str(number))))
        asked.append(len(statements))
        session.rollback()
        took["search"].append(timed(lambda number=number: fresh_index(number).search(str(number))))
        first += fresh_index(number).candidates(str(number), limit=1)[0].entry_id == str(source + 1)
        session.rollback()
    for number in range(count + 1, count + 1 + HANDED_IN):

        def remove(number: int = number) -> None:
            with transaction() as s:
                remove_sketches(s, select(EntrySketch).where(EntrySketch.entry_id == number))

        took["remove"].append(timed(remove))
    found: dict[str, Any] = {"texts": count, "source_first": first / HANDED_IN, "statements": max(asked)}
    for name, pairs in took.items():
        cpu, wall = np.median(np.array(pairs), axis=0)
        found |= {f"{name}_cpu_ms": round(float(cpu), 1), f"{name}_ms": round(float(wall), 1)}
    return found | {
        f"{name}_bytes_a_text": round((size - (name == "all") * empty) / count) for name, size in full.items()
    }


def main() -> None:
    """Print one line a database and write all as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--texts", type=int, default=2_000)
    parser.add_argument("--out", type=Path, default=Path("var/bench/similarity-rows.json"))
    args = parser.parse_args()
    found = {}
    with tempfile.TemporaryDirectory() as folder, database(f"sqlite:///{folder}/bench.sqlite3") as session:
        found["sqlite"] = measure(session, args.texts)
    with running_postgres(**DURABLE) as server, database(server.create_database()) as session:
        found["postgresql"] = measure(session, args.texts)
    for name, result in found.items():
        sys.stdout.write(f"{name:12} {'  '.join(f'{key} {value}' for key, value in result.items())}\n")
    args.out.parent.mkdir(parents=True, exist_ok=True)
    args.out.write_text(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
