"""The migrations make exactly the tables of the models, and go down and up again."""

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from creative_platform.app import database
from creative_platform.core.db import Base

pytestmark = pytest.mark.database


def test_migrations_make_the_tables_of_the_models(app):
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        differences = [d for d in compare_metadata(context, Base.metadata) if "huey_" not in str(d)]

    assert differences == []
