"""AC35, AC36: what is changed past the verbs, in the database itself, is found by ``flask audit verify``."""

from __future__ import annotations

import pytest

from creative_platform.contests.models import RulesVersion
from creative_platform.contests.rules import sha256_of
from creative_platform.core import audit, clock, db
from creative_platform.core.audit import AuditEvent, contest_chain
from creative_platform.core.db import transaction
from creative_platform.entries import revisions
from creative_platform.entries import service as entries
from creative_platform.entries.models import EntryRevision
from creative_platform.judging import queries, service
from creative_platform.judging.models import Scoresheet
from creative_platform.judging.service import SheetChanges
from creative_platform.setup import service as setup
from tests.factories.accounts import make_user
from tests.factories.contests import make_contest
from tests.factories.entries import make_entry
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


@pytest.fixture
def handed_in(app):
    """A contest whose rules were published, with an entry that was handed in twice."""
    organizer, owner = make_user(), make_user()
    contest = make_contest(organizer, published=False)
    setup.publish_contest(organizer.as_actor(), contest.id)
    entry = make_entry(contest, owner=owner, submitted=False)
    for title in ("First words", "Second words"):
        entries.save_draft(owner.as_actor(), entry.public_id, entry.version, {"title": title}, arrived_at=clock.now())
        entries.submit_entry(owner.as_actor(), entry.public_id, arrived_at=clock.now())
    assert (len(entry.revisions), list(audit.verify())) == (2, [])
    return contest


def change_title(rules: RulesVersion, revision: EntryRevision) -> None:
    revision.document = {**revision.document, "title": "Better words"}


def change_answer(rules: RulesVersion, revision: EntryRevision) -> None:
    revision.document = {**revision.document, "answers": {"idea": "Another idea"}}


def drop_a_word(rules: RulesVersion, revision: EntryRevision) -> None:
    revision.document = {"title": revision.document["title"]}


def change_everything_but_the_log(rules: RulesVersion, revision: EntryRevision) -> None:
    revision.document = {**revision.document, "title": "Better words"}
    revision.digests = revisions.digests_of(revision.document, [], revision.salt)
    revision.sha256 = revisions.sha256_of(revision.digests)


def change_a_file_line(rules: RulesVersion, revision: EntryRevision) -> None:
    revision.digests = {**revision.digests, "files": [{"sha256": "0" * 64}]}


def renumber(rules: RulesVersion, revision: EntryRevision) -> None:
    revision.number = 9


def change_rules(rules: RulesVersion, revision: EntryRevision) -> None:
    rules.document = {**rules.document, "timezone": "Europe/London"}


def change_rules_and_hash(rules: RulesVersion, revision: EntryRevision) -> None:
    change_rules(rules, revision)
    rules.sha256 = sha256_of(rules.document)


@pytest.mark.parametrize(
    "tampering",
    [
        change_title,
        change_answer,
        drop_a_word,
        change_everything_but_the_log,
        change_a_file_line,
        renumber,
        change_rules,
        change_rules_and_hash,
    ],
)
def test_rules_and_entries_changed_in_the_database_break_the_log(handed_in, tampering):
    with transaction() as s:
        first = s.query(EntryRevision).filter_by(number=1).one()
        tampering(s.query(RulesVersion).one(), first)

    [broken] = audit.verify()

    assert (broken.chain, broken.why) == (contest_chain(handed_in.public_id), "what it tells of was changed since")
