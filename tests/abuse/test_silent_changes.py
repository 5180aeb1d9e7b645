"""AC35, AC36: a mark changed past the verbs, in the database itself, is found by ``flask audit verify``."""

from __future__ import annotations

import pytest

from creative_platform.core import audit, clock, db
from creative_platform.core.audit import AuditEvent, contest_chain
from creative_platform.core.db import transaction
from creative_platform.judging import queries, service
from creative_platform.judging.models import Scoresheet
from creative_platform.judging.service import SheetChanges
from tests.factories.accounts import make_user
from tests.factories.contests import make_contest
from tests.factories.judging import drawn, seat

pytestmark = pytest.mark.database


@pytest.fixture
def sheets(app):
    """A contest in which a juror submitted a sheet, and changed it once with a reason."""
    organizer, juror = make_user(), make_user()
    contest = make_contest(organizer, phase="judging", reviews_per_entry=1)
    seat(contest, juror)
    drawn(contest, organizer, 1)
    [assignment] = queries.assignments_of(juror.as_actor())
    for version, mark, reason in ((0, 8, ""), (1, 7, "I had missed the sound.")):
        changes = SheetChanges(version, {"craft": mark, "meaning": 5}, submit=True, reason=reason)
        service.write_sheet(juror.as_actor(), assignment.public_id, changes, arrived_at=clock.now())
    assert list(audit.verify()) == []
    return contest


def change_mark(sheet: Scoresheet) -> None:
    sheet.scores[0].value = 10


def change_version(sheet: Scoresheet) -> None:
    sheet.versions[0].scores = {"craft": 10, "meaning": 5}


def change_both(sheet: Scoresheet) -> None:
    sheet.scores[0].value = 10
    sheet.versions[-1].scores = {"craft": 10, "meaning": 5}


def abstain(sheet: Scoresheet) -> None:
    sheet.abstained, sheet.abstention_reason = True, "nobody asked"


def remove_version(sheet: Scoresheet) -> None:
    db.session().delete(sheet.versions[0])


@pytest.mark.parametrize("tampering", [change_mark, change_version, change_both, abstain, remove_version])
def test_a_mark_changed_in_the_database_breaks_the_log(sheets, tampering):
    with transaction() as s:
        tampering(s.query(Scoresheet).one())

    [broken] = audit.verify()

    assert (broken.chain, broken.why) == (contest_chain(sheets.public_id), "what it tells of was changed since")


def test_the_log_lets_nobody_try_marks_out(sheets):
    links = db.session().query(AuditEvent).filter_by(verb="scoresheet.submitted").order_by(AuditEvent.number).all()

    assert [sorted(link.data) for link in links] == [["abstained", "digest", "version"]] * 2
    digests = {link.data["digest"] for link in links}
    same_marks_again = {service_digest(marks) for marks in range(1, 11)}
    assert len(digests) == 2
    assert digests & same_marks_again == set()


def service_digest(craft: int) -> str:
    """What a reader of the log could compute without the salt."""
    return audit.hashlib.sha256(audit.canonical([{"craft": craft, "meaning": 5}, False, "", "", ""])).hexdigest()
