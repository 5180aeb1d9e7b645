"""A contest is erased: every row that depends on it goes, every object, its log; what is beside it stays."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import select

from creative_platform.contests.models import Contest, ContestState, StaffRole
from creative_platform.core import audit, clock, db, queue
from creative_platform.core.audit import AuditEvent, contest_chain
from creative_platform.deliberation import service as deliberation
from creative_platform.entries.models import Entry
from creative_platform.erasing.service import erase_contest
from creative_platform.judging import service as judging
from creative_platform.judging.queries import jurors_of
from creative_platform.media import storage
from creative_platform.media.models import AssetState, MediaKind, MediaProxy
from creative_platform.results import service as results
from creative_platform.setup import service as setup
from creative_platform.similarity.models import Match, Verdict
from creative_platform.uploads.models import Upload
from creative_platform.verdicts.service import give_verdict
from tests.erasing.test_person import OWN, WORDS, hand_in
from tests.erasing.traces import changes, counted, stored, traces_of
from tests.factories.accounts import make_user
from tests.factories.contests import make_contest
from tests.factories.entries import make_asset, make_entry
from tests.factories.judging import admit, computed, declare, give_marks, given, seat

pytestmark = pytest.mark.database

SAID = (
    "Frozen river",
    "spoken of at length",
    "spoken of enough",
    "wolves come down",
    "steppe-call",
    "steppe prize",
    "saukele.mp4",
)


def judged(organizer) -> Contest:
    """A contest through which everything went, up to the winners and a file that is still being sent."""
    contest = make_contest(organizer, phase="judging", slug="steppe-call")
    works = {title: make_entry(contest, title=f"Frozen river {title}") for title in ("first", "second", "third")}
    admit(*works.values())
    judging.invite_juror(organizer.as_actor(), contest, "juror@example.test")
    seat(contest, make_user())
    declare(works["third"], make_user())
    give_marks(contest, works)
    judging.close_round(organizer.as_actor(), contest)
    computed(contest, organizer)
    meet(contest, organizer, works["first"])
    given(contest, organizer, works, "first", 1, reason="The steppe prize")
    results.publish_results(organizer.as_actor(), contest)
    return contest


def meet(contest, organizer, entry) -> None:
    """Let the jury meet twice and note what was said."""
    actor = organizer.as_actor()
    deliberation.open_meeting(actor, contest, present=[one.public_id for one in jurors_of(contest)])
    said = {"text": "Spoken of at length", "discussed": True, "version": 0}
    deliberation.keep_minutes(actor, contest, entry=entry.public_id, **said)
    deliberation.close_meeting(actor, contest)
    deliberation.reopen_meeting(actor, contest, reason="Not spoken of enough")
    deliberation.close_meeting(actor, contest)


def keep_files(store, entry) -> list[str]:
    """Give an entry a file with a copy in the store, and one that is on its way."""
    keys = [storage.new_key("originals"), storage.new_key("derived"), storage.new_key("originals")]
    for key in keys[:2]:
        store.put(key, b"bytes", "image/jpeg")
    there = make_asset(entry, "pages", MediaKind.IMAGE, storage_key=keys[0])
    coming = make_asset(entry, "pages", MediaKind.VIDEO, storage_key=keys[2], filename="saukele.mp4", sha256=None,
                        state=AssetState.UPLOADING)  # fmt: skip
    opened = store.open_upload(keys[2], "application/octet-stream")
    store.upload_part(keys[2], opened, 1, b"part")
    with db.transaction() as s:
        s.add(
            MediaProxy(
                asset_id=there.id, name="poster.jpg", storage_key=keys[1], content_type="image/jpeg", size_bytes=5
            )
        )
        now = clock.now()
        s.add(Upload(asset_id=coming.id, store_upload_id=opened, part_size_bytes=5, fingerprint="x", created_at=now,
                     touched_at=now))  # fmt: skip
    return keys


@pytest.mark.storage
def test_everything_of_a_contest_goes_and_nothing_beside_it(app, store):
    organizer = make_user(name="Organizer")
    beside = hand_in(make_contest(organizer), make_user(), WORDS, "Other")
    queue.work_off()
    terms, objects, begun, before = counted(), set(store.keys("")), in_parts(store), stored()
    contest = judged(organizer)
    work = compared(contest, beside)
    keep_files(store, work)
    whole = stored()
    chain = contest_chain(contest.public_id)
    with db.transaction():
        length, head = audit.head_of(chain)
    assert {word for *_, word in traces_of(*SAID)} == set(SAID)
    assert counted() != terms and set(store.keys("")) != objects and in_parts(store) != begun

    tried = erase_contest(None, "steppe-call", really=False)
    assert changes(whole, lambda table, row: False) == []
    gone = erase_contest(None, "steppe-call", really=True)
    queue.work_off()

    assert (tried, queue.failed_jobs()) == (gone, [])
    assert {name: gone[name] for name in ("entry", "scoresheet", "minutes", "match", "certificate", "upload")} == {
        "entry": 4, "minutes": 1, "scoresheet": 6, "match": 1, "certificate": 1, "upload": 1
    }  # fmt: skip
    assert traces_of(*SAID) == []
    assert (counted(), set(store.keys("")), in_parts(store)) == (terms, objects, begun)
    assert changes(before, lambda table, row: False) == []
    assert rows_beside(before) == {"user": 8, "audit_event": 2}
    link = db.session().scalars(select(AuditEvent).where(AuditEvent.verb == "contest.erased")).one()
    assert (link.chain, link.data) == (audit.ACCOUNTS, {"links": length, "head": head})
    assert list(audit.verify()) == []


def in_parts(store) -> set[tuple[str, str]]:
    return set(store.open_uploads(before=clock.in_seconds(86400)))


def rows_beside(before) -> dict[str, int]:
    """Return of which tables there are more rows than before, and how many."""
    return {name: len(rows) - len(before[name]) for name, rows in stored().items() if len(rows) != len(before[name])}


def compared(contest, beside) -> Entry:
    """Hand in one more entry, as if before the close, that has the words of an entry elsewhere."""
    with db.transaction() as s:
        held = s.get_one(Contest, contest.id)
        announced, held.announced_at = held.announced_at, None
        closed, held.rounds[0].closed_at = held.rounds[0].closed_at, None
        held.stages[0].ends_at = clock.in_seconds(3600)
        held.stages[1].starts_at, held.stages[1].ends_at = clock.in_seconds(3600), clock.in_seconds(7200)
    entry = hand_in(contest, make_user(), WORDS + OWN, "Frozen river")
    queue.work_off()
    [match] = db.session().scalars(select(Match))
    boss = beside.contest.staff[0].user
    give_verdict(boss.as_actor(), beside.contest, match.public_id, Verdict.SAME_WORK, reason="Wolves come down in both")
    with db.transaction() as s:
        held = s.get_one(Contest, contest.id)
        held.announced_at, held.rounds[0].closed_at = announced, closed
    return entry


@pytest.mark.parametrize(("state", "entered", "erased"), [
    (ContestState.PUBLISHED, True, False),
    (ContestState.PUBLISHED, False, True),
    (ContestState.DRAFT, False, True),
    (ContestState.ARCHIVED, True, True),
])  # fmt: skip
def test_a_contest_that_people_wait_for_is_not_erased(app, state, entered, erased):
    contest = make_contest(slug="steppe-call", state=state)
    if entered:
        make_entry(contest, submitted=False)
    run = app.test_cli_runner().invoke

    done = run(args=["contest", "erase", "steppe-call", "--yes"])

    left = db.session().scalar(select(Contest.id).where(Contest.slug == "steppe-call"))
    assert (done.exit_code, left is None) == (0 if erased else 1, erased)
    assert done.output.startswith("erased:" if erased else "Error: This contest has entries")
    assert run(args=["contest", "erase", "nothing-here"]).exit_code == 1


def test_copies_of_a_contest_and_others_of_its_title_lose_nothing(app):
    organizer = make_user()
    contest = make_contest(organizer, slug="steppe")
    contest_id = contest.id
    namesake = make_contest(organizer, slug="steppe-2", title=contest.title)
    copied = setup.copy_contest(organizer.as_actor(), contest.id, slug="next")
    for one in (contest, namesake):
        setup.add_staff(organizer.as_actor(), one.id, make_user(), StaffRole.AUDITOR)
        judging.invite_juror(organizer.as_actor(), one, "juror@example.test")
    before = stored()

    erase_contest(None, "steppe", really=True)

    assert db.session().get_one(Contest, copied.id).copied_from_id is None
    kept = {name: rows for name, rows in before.items() if name in ("contest_staff", "juror_invite", "outbox_mail")}
    of_it = lambda table, row: row.get("contest_id") == contest_id or '/manage/steppe"' in json.dumps(row.get("data"))  # noqa: E731
    assert changes(kept, of_it) == []
