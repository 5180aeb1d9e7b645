"""The migrations make exactly the tables of the models, and go down and up again."""

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from flask_migrate import downgrade, upgrade
from sqlalchemy import func, inspect, select

from creative_platform.accounts.models import User
from creative_platform.app import ROOT, database
from creative_platform.core import db
from creative_platform.core.db import Base
from tests.factories.entries import make_entry

pytestmark = pytest.mark.database
MIGRATIONS = str(ROOT / "migrations")


def differences() -> list[object]:
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return [d for d in compare_metadata(context, Base.metadata) if "huey_" not in str(d)]


def ours() -> set[str]:
    return set(inspect(database.engine).get_table_names()) & set(Base.metadata.tables)


def test_migrations_make_the_tables_of_the_models(app):
    assert differences() == []


def test_migrations_go_down_and_up_again_on_data(app):
    make_entry()
    assert db.session().scalar(select(func.count(User.id))) == 2
    db.session().close()
    database.engine.dispose()

    try:
        downgrade(directory=MIGRATIONS, revision="base")
        assert ours() == set()
    finally:
        upgrade(directory=MIGRATIONS)
    assert (ours(), differences()) == (set(Base.metadata.tables), [])
    assert make_entry().version == 1
