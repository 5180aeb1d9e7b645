"""A verb is one transaction."""

import sqlite3
import threading

import pytest
from sqlalchemy import create_engine, select
from sqlalchemy.exc import OperationalError

from creative_platform.core import audit, clock, db
from creative_platform.core.audit import AuditChain
from creative_platform.core.db import DoomedTransaction, after_commit, kept_locked, prepare_engine, transaction
from creative_platform.core.queue import Job, JobState

pytestmark = pytest.mark.database


def chains() -> list[str]:
    return list(db.session().scalars(select(AuditChain.name).order_by(AuditChain.name)))


def test_transaction_stores_everything_at_its_end(app):
    with transaction() as s:
        s.add(AuditChain(name="a"))
        with transaction() as inner:
            inner.add(AuditChain(name="b"))

    assert chains() == ["a", "b"]


def test_transaction_stores_nothing_after_an_error(app):
    with pytest.raises(ZeroDivisionError), transaction() as s:
        s.add(AuditChain(name="a"))
        s.flush()
        raise ZeroDivisionError

    assert chains() == []


def test_transaction_with_a_swallowed_nested_error_is_doomed(app):
    with pytest.raises(DoomedTransaction), transaction() as s:
        s.add(AuditChain(name="outer"))
        try:
            with transaction() as inner:
                inner.add(AuditChain(name="inner"))
                raise ZeroDivisionError
        except ZeroDivisionError:
            pass

    assert chains() == []


def test_after_commit_runs_once_stored_and_never_otherwise(app):
    ran = []
    with transaction():
        after_commit(lambda: ran.append("kept"))
        assert ran == []
    with pytest.raises(ZeroDivisionError), transaction():
        after_commit(lambda: ran.append("lost"))
        raise ZeroDivisionError

    assert ran == ["kept"]


def test_two_writers_wait_for_each_other(migrated_app, app):
    """Sixteen threads add links to one chain; no link is lost and the chain holds."""

    def add() -> None:
        with migrated_app.app_context():
            for _ in range(5):
                audit.record("busy", None, "test.done", "test:1")
            db.session().close()

    threads = [threading.Thread(target=add) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [event.number for event in reversed(audit.events_about("busy"))] == list(range(1, 81))
    assert list(audit.verify()) == []


def test_a_kept_query_locks_rows_inside_a_verb_alone(app):
    @kept_locked()
    def every_chain():
        return select(AuditChain.name)

    for _ in range(2):
        with transaction() as s:
            assert s.scalars(every_chain()).all() == []
        with pytest.raises(RuntimeError):
            every_chain()


def test_a_row_without_an_object_has_its_defaults_and_comes_after_what_waits(app):
    now = clock.now()
    with transaction() as s:
        s.add(AuditChain(name="a"))
        given = {"name": "n", "arguments": {"of": 1}, "created_at": now, "due_at": now, "sent_at": now}
        row_id = db.add(s, Job, given)
        assert not s.new

    stored = db.session().get_one(Job, row_id)
    assert (stored.state, stored.tries, stored.arguments, stored.due_at) == (JobState.WAITING, 0, {"of": 1}, now)


def test_a_database_that_another_writes_to_is_busy_in_our_words(tmp_path, monkeypatch):
    monkeypatch.setattr(db, "_verb_is_running", lambda: True)
    engine = create_engine(f"sqlite:///{tmp_path / 'held.db'}")
    prepare_engine(engine)
    holder = sqlite3.connect(tmp_path / "held.db", isolation_level=None)
    with engine.connect() as connection:
        connection.connection.execute("PRAGMA busy_timeout=0")
        holder.execute("BEGIN IMMEDIATE")
        with pytest.raises(OperationalError, match="locked"):
            connection.begin()
    holder.close()
    engine.dispose()
