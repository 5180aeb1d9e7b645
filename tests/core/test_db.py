"""A verb is one transaction."""

import threading

import pytest
from sqlalchemy import select

from creative_platform.core import audit, db
from creative_platform.core.audit import AuditChain
from creative_platform.core.db import DoomedTransaction, after_commit, transaction

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
