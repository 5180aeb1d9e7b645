"""How Alembic reaches the tables; Flask-Migrate starts it with the application's engine."""

from alembic import context
from flask import current_app

from creative_platform.core.db import Base

HUEY_TABLES = "huey_"


def _ours(name: str | None, kind: str, parent_names: dict) -> bool:
    """Leave the queue's own tables alone; they may share the database."""
    return not (kind == "table" and name and name.startswith(HUEY_TABLES))


def _run() -> None:
    engine = current_app.extensions["migrate"].db.engine
    with engine.connect() as connection:
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
        context.configure(
            connection=connection,
            target_metadata=Base.metadata,
            include_name=_ours,
            render_as_batch=True,
            compare_type=True,
            transaction_per_migration=True,
        )
        with context.begin_transaction():
            context.run_migrations()
        connection.commit()


_run()
