"""Handing in: decided once by arrival, an immutable revision, a signed receipt."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from creative_platform.contests.models import StageKind
from creative_platform.core import audit, clock, db, receipts, signing
from creative_platform.core.errors import Invalid, NotAllowed, TooLate, WrongState
from creative_platform.core.text import sort_key
from creative_platform.entries import queries, revisions, service
from creative_platform.entries.models import Entry, EntryRevision, EntryState, Receipt
from creative_platform.notices.models import OutboxMail
from tests.factories.accounts import make_user
from tests.factories.contests import make_contest
from tests.factories.entries import make_entry

pytestmark = pytest.mark.database


@pytest.fixture
def owner(app):
    return make_user(name="ZX-NAME-4d", email="zx-name-4d@example.test")


@pytest.fixture
def entry(owner):
    return make_entry(owner=owner, submitted=False, title="Steppe")


def submit(owner, entry, at=None) -> Receipt:
    return service.submit_entry(owner.as_actor(), entry.public_id, arrived_at=at or clock.now())


def closing(entry):
    return next(s for s in entry.contest.stages if s.kind is StageKind.ENTRIES).ends_at


def test_a_receipt_proves_what_was_handed_in(owner, entry):
    receipt = submit(owner, entry)
    payload = json.loads(receipt.payload)

    assert signing.verify(receipt.key_id, receipt.payload.encode(), receipt.signature)
    assert (payload["code"], payload["revision"], payload["entry"]) == (receipt.code, 1, entry.public_id)
    assert payload["revision_sha256"] == revisions.sha256_of(receipt.revision.digests)
    assert payload["rules"]["sha256"] == entry.contest.rules[-1].sha256
    assert receipts.problems_of_receipt_file(revisions.receipt_file(receipt), signing.public_keys()) == []
    assert db.session().get_one(Entry, entry.id).state is EntryState.SUBMITTED


def test_what_is_signed_names_nobody_and_nothing(owner, entry):
    receipt = submit(owner, entry)
    signed = receipt.payload + json.dumps(receipt.revision.digests)

    for secret in ("ZX-NAME", "zx-name", "Steppe", "An idea worth telling"):
        assert secret not in signed


def test_erasing_the_words_leaves_every_proof_standing(owner, entry):
    receipt = submit(owner, entry)
    with db.transaction():
        receipt.revision.document, receipt.revision.salt = {}, "0" * 32

    kept = revisions.receipt_file(receipt)
    assert receipts.problems_of_receipt_file(kept, signing.public_keys()) == []
    assert list(audit.verify()) == []


@pytest.mark.parametrize(("offset_ms", "in_time"), [(-1, True), (0, False), (1, False)])
def test_the_deadline_is_the_instant_of_arrival(owner, entry, offset_ms, in_time):
    """AC37: t < close is in time."""
    at = closing(entry) + timedelta(milliseconds=offset_ms)
    if in_time:
        assert submit(owner, entry, at).revision.arrived_at == at
    else:
        with pytest.raises(TooLate):
            submit(owner, entry, at)
        assert db.session().get_one(Entry, entry.id).state is EntryState.DRAFT


def test_an_act_that_arrived_in_time_counts_however_long_it_waits(owner, entry, hands):
    at = closing(entry) - timedelta(seconds=1)
    hands.at(closing(entry) + timedelta(minutes=5))

    assert submit(owner, entry, at).revision.arrived_at == at


@pytest.mark.parametrize(
    ("given", "missing"),
    [({"title": " "}, "title"), ({"answers": {}}, "answers.idea"),
     ({"answers": {"idea": "x", "link": "no"}}, "answers.link"), ({"answers": {"idea": "x" * 2001}}, "answers.idea")],
)  # fmt: skip
def test_an_incomplete_entry_is_told_what_is_missing(owner, given, missing):
    entry = make_entry(owner=owner, submitted=False, **given)

    with pytest.raises(Invalid) as told:
        submit(owner, entry)
    assert list(told.value.fields) == [missing]


def test_a_required_file_must_have_arrived(owner):
    """AC46."""
    entry = make_entry(owner=owner, submitted=False, track="video")

    with pytest.raises(Invalid) as told:
        submit(owner, entry)
    assert list(told.value.fields) == ["files.film"]


def test_handing_the_same_in_again_gives_the_same_receipt(owner, entry):
    assert submit(owner, entry).code == submit(owner, entry).code
    assert db.session().scalar(select(func.count(EntryRevision.id))) == 1


def test_a_changed_entry_handed_in_again_is_a_new_revision(owner, entry):
    first = submit(owner, entry)
    actor = owner.as_actor()
    version = db.session().get_one(Entry, entry.id).version
    service.save_draft(actor, entry.public_id, version, {"title": "Steppe, second cut"}, arrived_at=clock.now())
    assert queries.current_revision(entry).document["title"] == "Steppe"

    second = submit(owner, entry)
    assert (first.revision.number, second.revision.number, second.code != first.code) == (1, 2, True)
    assert [r.revision.document["title"] for r in queries.receipts_of(entry)] == ["Steppe, second cut", "Steppe"]


def test_what_is_saved_after_handing_in_waits_to_be_handed_in(owner, entry, sign_in):
    """Jurors, results and the winners' page read the entry's own row: it must not become what nobody handed in."""
    actor = owner.as_actor()
    submit(owner, entry)
    handed_in = {"title": "Steppe", "language": "en", "track": "story", "answers": dict(entry.answers)}
    later = {"title": "Vote for Aisha", "language": "kk", "track": "video", "answers": {"link": "https://x.example"}}
    service.save_draft(actor, entry.public_id, entry.version, later, arrived_at=clock.now())

    stored = db.session().get_one(Entry, entry.id)
    assert as_read(stored) == handed_in
    assert (stored.search_text.split()[0], stored.sort_key) == ("steppe", sort_key("Steppe"))
    answers = handed_in["answers"] | later["answers"]
    assert as_read(stored.draft) == later | {"answers": answers}
    assert "Vote for Aisha" in sign_in(owner).get(f"/my/entries/{entry.public_id}").text
    service.save_draft(actor, entry.public_id, stored.version, {"track": "story"}, arrived_at=clock.now())
    submit(owner, entry)

    stored = db.session().get_one(Entry, entry.id)
    assert as_read(stored) == later | {"track": "story", "answers": answers}
    assert (stored.edits, stored.sort_key) == ({}, sort_key("Vote for Aisha"))


def as_read(words) -> dict[str, object]:
    return {
        "title": words.title,
        "language": words.language,
        "track": words.track.key,
        "answers": words.answers,
    }


def test_an_entry_brought_back_keeps_what_was_saved_last(owner, entry):
    actor = owner.as_actor()
    submit(owner, entry)
    service.save_draft(actor, entry.public_id, entry.version, {"title": "Second cut"}, arrived_at=clock.now())
    service.withdraw_entry(actor, entry.public_id)
    revived = service.revive_entry(actor, entry.public_id, arrived_at=clock.now())

    assert (revived.title, revived.edits, revived.state) == ("Second cut", {}, EntryState.DRAFT)


def test_twelve_submits_at_once_make_one_revision_and_one_mail(beside, owner, entry):
    """AC41."""
    actor, public_id = owner.as_actor(), entry.public_id
    db.session().rollback()
    codes = []

    def attempt() -> None:
        codes.append(service.submit_entry(actor, public_id, arrived_at=clock.now()).code)

    for another in [beside(attempt) for _ in range(12)]:
        another.join()

    s = db.session()
    mails = s.scalar(select(func.count(OutboxMail.id)).where(OutboxMail.kind == "entries.submitted"))
    assert (len(codes), len(set(codes)), mails) == (12, 1, 1)
    assert s.scalar(select(func.count(EntryRevision.id))) == 1


def test_only_the_captain_hands_in_and_withdraws(owner):
    member = make_user()
    contest = make_contest()
    entry = make_entry(contest, owner=owner, submitted=False)
    secret = service.invite_member(owner.as_actor(), entry.public_id)
    service.accept_invite(member.as_actor(), secret)

    with pytest.raises(NotAllowed):
        submit(member, entry)
    with pytest.raises(NotAllowed):
        service.withdraw_entry(member.as_actor(), entry.public_id)


def test_withdrawn_and_revived_within_the_deadline_alone(owner, entry, hands):
    """AC43."""
    receipt = submit(owner, entry)
    actor = owner.as_actor()
    service.withdraw_entry(actor, entry.public_id)
    with pytest.raises(NotAllowed):
        submit(owner, entry)
    assert service.revive_entry(actor, entry.public_id, arrived_at=clock.now()).state is EntryState.DRAFT
    with pytest.raises(WrongState):
        service.revive_entry(actor, entry.public_id, arrived_at=clock.now())
    service.withdraw_entry(actor, entry.public_id)

    with pytest.raises(TooLate):
        service.revive_entry(actor, entry.public_id, arrived_at=closing(entry))
    assert signing.verify(receipt.key_id, receipt.payload.encode(), receipt.signature)


def test_the_receipt_page_and_file_are_for_the_team(owner, entry, sign_in):
    receipt = submit(owner, entry)
    browser = sign_in(owner)
    page = browser.get(f"/my/entries/{entry.public_id}/receipt")
    kept = browser.get(f"/my/entries/{entry.public_id}/receipt.json")

    assert (page.status_code, receipt.code in page.text) == (200, True)
    assert receipts.problems_of_receipt_file(kept.json, signing.public_keys()) == []
    verified = browser.get(f"/verify?code={receipt.code}").text
    assert "This receipt is genuine" in verified
    assert "Steppe" not in verified
