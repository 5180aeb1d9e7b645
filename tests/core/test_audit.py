"""The log is a chain, and a change of it is found and named (AC36)."""

import pytest
from sqlalchemy import text

from creative_platform.core import audit
from creative_platform.core.db import transaction

pytestmark = pytest.mark.database


def three_links():
    for number in (1, 2, 3):
        audit.record("c", None, "thing.done", f"thing:{number}", count=number)


def first_broken():
    return [(link.chain, link.number, link.why) for link in audit.verify()]


def test_verify_of_untouched_chains_finds_nothing(app):
    three_links()

    assert first_broken() == []


@pytest.mark.parametrize(
    ("tampering", "number", "why"),
    [
        ("UPDATE audit_event SET subject = 'thing:9' WHERE number = 2", 2, "its content was changed"),
        ("DELETE FROM audit_event WHERE number = 2", 2, "a link is missing"),
        ("DELETE FROM audit_event WHERE number = 3", 3, "links at the end are missing"),
        ("UPDATE audit_event SET previous = hash WHERE number = 3", 3, "it does not follow the link before"),
    ],
)
def test_verify_names_the_first_broken_link(app, tampering, number, why):
    three_links()
    with transaction() as s:
        s.execute(text(tampering))

    assert first_broken() == [("c", number, why)]


def test_audit_verify_command_exits_1_and_names_the_link(app):
    three_links()
    runner = app.test_cli_runner()
    assert runner.invoke(args=["audit", "verify"]).exit_code == 0
    with transaction() as s:
        s.execute(text("UPDATE audit_event SET verb = 'x' WHERE number = 1"))

    answer = runner.invoke(args=["audit", "verify"])

    assert answer.exit_code == 1
    assert "c: link 1: its content was changed" in answer.output
