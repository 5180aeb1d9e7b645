"""What every test can ask for: an application on a real database, clients, clocks, actors.

``TEST_DATABASE=postgresql`` runs the same tests on PostgreSQL (from a wheel, see fixtures/postgres.py).
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from flask import Flask
from flask_migrate import upgrade
from sqlalchemy import event

import config as configuration
from creative_platform.app import create_app, database
from creative_platform.core import clock
from creative_platform.core.db import Base
from tests.fixtures.browsers import Browser

pytest_plugins = [
    "tests.fixtures.api",
    "tests.fixtures.applications",
    "tests.fixtures.canary",
    "tests.fixtures.chromium",
    "tests.fixtures.clamd",
    "tests.fixtures.exiftool",
    "tests.fixtures.judging",
    "tests.fixtures.people",
    "tests.fixtures.objectstore",
    "tests.fixtures.postgres",
    "tests.fixtures.store",
    "tests.fixtures.stores",
    "tests.fixtures.smtp",
    "tests.fixtures.threads",
]

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


@pytest.fixture(scope="session")
def memory_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder in memory where there is one: a thousand tests commit to disk a hundred thousand times."""
    shared = Path("/dev/shm")  # noqa: S108 -- mkdtemp makes a folder of our own in it
    if not (shared.is_dir() and os.access(shared, os.W_OK)):
        yield tmp_path_factory.mktemp("var")
        return
    folder = Path(tempfile.mkdtemp(prefix="creative-tests-", dir=shared))
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def test_config(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> configuration.Config:
    """The configuration of the application under test."""
    var = request.getfixturevalue("memory_folder")
    key = var / "signing.pem"
    key.write_bytes(Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    loaded = configuration.load(
        {
            "VAR_DIR": str(var),
            "SECRET_KEY": "test-secret-0123456789-abcdefghijklmnop",
            "S3_ENDPOINT_URL": "http://127.0.0.1:9",
            "S3_ACCESS_KEY_ID": "test:tester",
            "S3_SECRET_ACCESS_KEY": "nobody-listens",
            "SIGNING_KEY_FILE": str(key),
            "BASE_URL": "http://localhost",
            "DEFAULT_LOCALE": "en",
        }
    )
    if os.environ.get("TEST_DATABASE") == "postgresql":
        url = request.getfixturevalue("postgres_url")
        loaded = replace(loaded, database_url=url, queue_url=url)
    return loaded


@pytest.fixture(scope="session")
def migrated_app(test_config: configuration.Config) -> Iterator[Flask]:
    """The application, its schema made by the migrations."""
    app = create_app(test_config, testing=True)
    app.test_client_class = Browser
    with app.app_context():
        upgrade(directory=str(Path(__file__).parent.parent / "migrations"))
    yield app
    with app.app_context():
        database.engine.dispose()


@pytest.fixture
def app(migrated_app: Flask) -> Iterator[Flask]:
    """The application on an empty database, inside a context; everything a test stored is gone after it."""
    with migrated_app.app_context():
        yield migrated_app
        database.session.remove()
    with migrated_app.app_context():
        _empty_all_tables()
        database.session.remove()


def _empty_all_tables() -> None:
    tables = reversed(Base.metadata.sorted_tables)
    with database.engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql("; ".join(f'DELETE FROM "{table.name}"' for table in tables))
            return
        for table in tables:
            connection.exec_driver_sql(f'DELETE FROM "{table.name}"')


@pytest.fixture
def client(app: Flask) -> Any:
    """An anonymous browser that speaks English."""
    return app.test_client()


class Hands:
    """The hands of a stopped clock: ``at(t)`` and ``forward(...)`` move them."""

    def __init__(self, start: datetime) -> None:
        self.now = start

    def at(self, instant: datetime) -> None:
        """Move to an instant."""
        self.now = instant

    def forward(self, **span: float) -> None:
        """Move on by a span (timedelta's words)."""
        self.now += timedelta(**span)


@pytest.fixture
def hands() -> Iterator[Hands]:
    """A stopped clock at NOW."""
    stopped = Hands(NOW)
    with clock.pretend(lambda: stopped.now):
        yield stopped


@pytest.fixture
def count_queries(app: Flask) -> Callable[[], Any]:
    """A context manager that collects the SQL statements run inside it."""

    @contextmanager
    def counting() -> Iterator[list[str]]:
        seen: list[str] = []

        def note(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
            if not statement.startswith(("BEGIN", "PRAGMA", "SAVEPOINT")):
                seen.append(statement)

        event.listen(database.engine, "before_cursor_execute", note)
        try:
            yield seen
        finally:
            event.remove(database.engine, "before_cursor_execute", note)

    return counting
