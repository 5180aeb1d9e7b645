"""The PostgreSQL of the tests is a real one, and each database is its own."""

import os
from collections.abc import Callable

import sqlalchemy

from tests.fixtures.postgres import PostgresServer


def _scalar(url: str, statement: str) -> object:
    engine = sqlalchemy.create_engine(url)
    try:
        with engine.begin() as connection:
            return connection.execute(sqlalchemy.text(statement)).scalar()
    finally:
        engine.dispose()


def test_server_is_postgresql_14_or_newer(postgres_url: str) -> None:
    assert int(str(_scalar(postgres_url, "SELECT current_setting('server_version_num')"))) >= 140000


def test_databases_do_not_see_each_other(make_postgres_database: Callable[[], str]) -> None:
    first, second = make_postgres_database(), make_postgres_database()
    engine = sqlalchemy.create_engine(first)
    with engine.begin() as connection:
        connection.execute(sqlalchemy.text("CREATE TABLE entry (title text)"))
        connection.execute(sqlalchemy.text("INSERT INTO entry VALUES ('Ән')"))
    engine.dispose()
    assert _scalar(first, "SELECT title FROM entry") == "Ән"
    assert _scalar(second, "SELECT count(*) FROM pg_tables WHERE tablename = 'entry'") == 0


def test_server_never_runs_as_root(postgres_server: PostgresServer) -> None:
    with open(f"/proc/{postgres_server.process.pid}/status") as status:  # noqa: PTH123
        uids = next(line for line in status if line.startswith("Uid:")).split()[1:]
    expected = os.getuid() or 65534
    assert {int(uid) for uid in uids} == {expected}
