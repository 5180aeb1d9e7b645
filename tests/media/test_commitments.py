"""Hash first: size and SHA-256 before the close, the bytes in the window after it, and only these bytes."""

from __future__ import annotations

import hashlib
import io
import json
from contextlib import suppress
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from creative_platform.contests.models import StageKind
from creative_platform.core import db, queue, receipts, signing
from creative_platform.core.errors import (
    DomainError,
    Invalid,
    LimitReached,
    NotAllowed,
    NotFound,
    TooLate,
    WrongState,
)
from creative_platform.entries import revisions
from creative_platform.entries import service as entries
from creative_platform.entries.models import Entry, EntryState, ScreeningOutcome
from creative_platform.entries.queries import receipts_of
from creative_platform.judging.queries import assignments_of
from creative_platform.media import queries, service, urls
from creative_platform.media.models import AssetState, MediaAsset, Upload
from creative_platform.media.service import limits, planning, removal, uploads
from creative_platform.media.service.commitments import GRACE
from creative_platform.media.storage import Storage
from creative_platform.notices.models import OutboxMail
from tests.factories.accounts import make_user
from tests.factories.contests import make_contest
from tests.factories.entries import make_entry
from tests.factories.files import picture
from tests.factories.judging import draw, seat
from tests.fixtures.people import csrf_of, post

pytestmark = [pytest.mark.database, pytest.mark.storage]

BODY = picture()
OTHER = BODY[:-1] + bytes([BODY[-1] ^ 1])  # one byte changed
WINDOW = timedelta(hours=48)


def sha256(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()


@pytest.fixture
def owner(app):
    return make_user()


@pytest.fixture
def entry(hands, owner):
    return make_entry(owner=owner, submitted=False)


def closing(entry):
    return next(s for s in entry.contest.stages if s.kind is StageKind.ENTRIES).ends_at


def planned(entry, body: bytes = BODY, *, told: str | None = None, **more) -> service.Planned:
    plan = {"field": "pages", "filename": "Сурет Ә.jpg", "content_type": "image/jpeg", "sha256": told or sha256(body)}
    return service.Planned("entry", entry.public_id, size_bytes=len(body), **{**plan, **more})


def commit(owner, entry, body: bytes = BODY, **more) -> MediaAsset:
    return service.commit_file(owner.as_actor(), planned(entry, body, **more))


def hand_in(hands, owner, entry):
    return entries.submit_entry(owner.as_actor(), entry.public_id, arrived_at=hands.now)


def deliver(store, owner, entry, body: bytes = BODY, **more) -> MediaAsset:
    """Send bytes as a program does; what is told of them may be a lie."""
    actor = owner.as_actor()
    upload = service.plan_upload(actor, planned(entry, body, **more))
    etag = store.upload_part(upload.asset.storage_key, upload.store_upload_id, 1, body)
    service.record_part(actor, upload.public_id, 1, etag=etag, sha256=sha256(body))
    return service.complete_upload(actor, upload.public_id, sha256=more.get("told"))


def state_of(entry) -> EntryState:
    return db.session().get_one(Entry, entry.id, populate_existing=True).state


def mails(kind: str) -> list[OutboxMail]:
    return list(db.session().scalars(select(OutboxMail).where(OutboxMail.kind == kind).order_by(OutboxMail.id)))


def committed_in_time(hands, owner, entry, body: bytes = BODY) -> MediaAsset:
    """Commit and hand in a minute before the close."""
    hands.at(closing(entry) - timedelta(seconds=60))
    asset = commit(owner, entry, body)
    hand_in(hands, owner, entry)
    return asset


def test_committed_a_minute_before_the_close_and_delivered_five_hours_after_it(hands, store, owner, entry):
    asset = committed_in_time(hands, owner, entry)
    assert (state_of(entry), asset.awaits_delivery, asset.committed_at) == (EntryState.COMMITTED, True, hands.now)

    hands.at(closing(entry) + timedelta(hours=5))
    delivered = deliver(store, owner, entry)

    assert (delivered.id, delivered.state, state_of(entry)) == (asset.id, AssetState.RECEIVED, EntryState.SUBMITTED)
    queue.work_off()
    [kept] = queries.assets_of("entry", entry.id)
    assert (kept.state, kept.sha256, kept.committed_at) == (AssetState.READY, sha256(BODY), asset.committed_at)
    assert (state_of(entry), mails("entries.not_delivered")) == (EntryState.SUBMITTED, [])


def test_finishing_again_after_the_close_gives_the_same_file(hands, store, owner, entry):
    """The answer to the first request was lost on the line."""
    committed_in_time(hands, owner, entry)
    hands.at(closing(entry) + timedelta(hours=5))
    actor, upload = owner.as_actor(), service.plan_upload(owner.as_actor(), planned(entry))
    store.upload_part(upload.asset.storage_key, upload.store_upload_id, 1, BODY)

    first, again = (service.complete_upload(actor, upload.public_id, sha256=sha256(BODY)) for _ in range(2))

    assert first.id == again.id


def test_a_commitment_is_late_at_the_close_and_after_it(hands, owner, entry):
    hands.at(closing(entry) - timedelta(microseconds=1))
    commit(owner, entry)
    for late_s in (0, 1):
        hands.at(closing(entry) + timedelta(seconds=late_s))
        with pytest.raises(TooLate) as refused:
            commit(owner, entry, OTHER)
        assert refused.value.data["closed_at"] == closing(entry).isoformat()
    assert len(queries.assets_of("entry", entry.id)) == 1


def test_one_byte_changed_is_refused_before_a_byte_is_sent(hands, store, owner, entry):
    asset = committed_in_time(hands, owner, entry)
    hands.at(closing(entry) + timedelta(hours=5))

    with pytest.raises(Invalid) as refused:
        deliver(store, owner, entry, OTHER)
    with pytest.raises(Invalid):
        service.plan_upload(owner.as_actor(), planned(entry, OTHER, sha256=None))

    assert list(refused.value.fields) == ["sha256"]
    assert (state_of(entry), db.session().get_one(MediaAsset, asset.id).state) == (
        EntryState.COMMITTED,
        AssetState.PLANNED,
    )


def test_one_byte_changed_is_refused_at_the_end_when_it_was_hidden_at_the_start(hands, store, owner, entry):
    """With a fingerprint the upload of the commitment is found without its hash."""
    hands.at(closing(entry) - timedelta(seconds=60))
    commit(owner, entry, fingerprint="f")
    hand_in(hands, owner, entry)
    actor, upload = (
        owner.as_actor(),
        service.plan_upload(owner.as_actor(), planned(entry, sha256=None, fingerprint="f")),
    )
    store.upload_part(upload.asset.storage_key, upload.store_upload_id, 1, OTHER)

    with pytest.raises(Invalid):
        service.complete_upload(actor, upload.public_id, sha256=sha256(OTHER))

    assert state_of(entry) is EntryState.COMMITTED


def test_bytes_that_lie_about_their_hash_are_found_by_the_check_and_can_be_sent_anew(hands, store, owner, entry):
    asset = committed_in_time(hands, owner, entry)
    hands.at(closing(entry) + timedelta(hours=5))
    deliver(store, owner, entry, OTHER, told=sha256(BODY))
    queue.work_off()

    found = db.session().get_one(MediaAsset, asset.id, populate_existing=True)
    assert (state_of(entry), found.state, found.reason) == (EntryState.COMMITTED, AssetState.PLANNED, "media.checksum")
    [letter] = mails("entries.not_delivered")
    assert letter.data["until"] == (closing(entry) + WINDOW).isoformat()
    [receipt] = receipts_of(entry)
    assert receipt.verification_payload is None

    hands.forward(hours=1)
    deliver(store, owner, entry)
    queue.work_off()

    found = db.session().get_one(MediaAsset, asset.id, populate_existing=True)
    assert (state_of(entry), found.state, found.reason) == (EntryState.SUBMITTED, AssetState.READY, "")
    assert b"".join(store.chunks(found.storage_key)) == BODY


def test_nothing_of_the_wrong_bytes_stays_in_the_store(hands, store, owner, entry):
    before = set(store.keys("originals/"))
    committed_in_time(hands, owner, entry)
    deliver(store, owner, entry, OTHER, told=sha256(BODY))
    queue.work_off()

    assert set(store.keys("originals/")) == before


@pytest.mark.parametrize(("before_end", "in_time"), [(1, True), (0, False), (-1, False)])
def test_the_window_is_decided_by_the_arrival_of_the_request_that_finishes(
    hands, store, owner, entry, before_end, in_time
):
    """A part signed in time does not help: what counts is when the finishing request arrives."""
    committed_in_time(hands, owner, entry)
    end, actor = closing(entry) + WINDOW, owner.as_actor()
    hands.at(end - timedelta(minutes=1))
    upload = service.plan_upload(actor, planned(entry))
    store.upload_part(upload.asset.storage_key, upload.store_upload_id, 1, BODY)

    hands.at(end - timedelta(seconds=before_end))
    if in_time:
        service.complete_upload(actor, upload.public_id)
    else:
        with pytest.raises(TooLate):
            service.complete_upload(actor, upload.public_id)

    assert state_of(entry) is (EntryState.SUBMITTED if in_time else EntryState.COMMITTED)


def test_a_missed_window_is_said_plainly_once_and_signed(hands, store, owner, entry):
    hands.at(closing(entry) - timedelta(seconds=60))
    assets = [commit(owner, entry), commit(owner, entry, OTHER)]
    hand_in(hands, owner, entry)
    opened = service.plan_upload(owner.as_actor(), planned(entry))
    hands.at(closing(entry) + WINDOW)
    queue.work_off()
    assert mails("entries.not_delivered") == []

    hands.forward(minutes=15)
    queue.work_off()

    found = [db.session().get_one(MediaAsset, asset.id, populate_existing=True) for asset in assets]
    assert {(a.state, a.reason, a.storage_key) for a in found} == {(AssetState.REJECTED, "media.not_delivered", None)}
    assert (state_of(entry), len(mails("entries.not_delivered"))) == (EntryState.COMMITTED, 1)
    assert opened.store_upload_id not in {name for _, name in store.open_uploads()}
    [receipt] = receipts_of(entry)
    second = json.loads(receipt.verification_payload)
    assert [(f["verified"], f["reason"]) for f in second["files"]] == [("rejected", "media.not_delivered")] * 2
    assert receipts.problems_of_receipt_file(revisions.receipt_file(receipt), signing.public_keys()) == []
    with pytest.raises(TooLate):
        service.complete_upload(owner.as_actor(), opened.public_id)


def test_the_window_moves_with_the_close(hands, store, owner, entry):
    committed_in_time(hands, owner, entry)
    end = closing(entry)
    with db.transaction():
        next(s for s in entry.contest.stages if s.kind is StageKind.ENTRIES).ends_at = end + timedelta(hours=10)
    hands.at(end + WINDOW + timedelta(hours=1))
    queue.work_off()

    deliver(store, owner, entry)

    assert state_of(entry) is EntryState.SUBMITTED


def test_what_was_promised_during_an_extension_outlives_it(hands, store, owner, entry):
    """Admitting the entry ends the extension, not the promise that the receipt signed."""
    staff = next(m.user for m in entry.contest.staff).as_actor()
    hand_in(hands, owner, entry)
    hands.at(closing(entry) + timedelta(days=5))
    until = hands.now + timedelta(days=1)
    asks = ScreeningOutcome.NEEDS_INFORMATION
    entries.screen_entry(staff, entry.contest, entry.public_id, asks, reason="A page", reopen_until=until)
    commit(owner, entry)
    receipt = hand_in(hands, owner, entry)
    entries.screen_entry(staff, entry.contest, entry.public_id, ScreeningOutcome.ADMITTED)

    assert json.loads(receipt.payload)["deliver_until"] == (until + WINDOW).isoformat(timespec="microseconds")
    hands.at(until + timedelta(hours=47))
    deliver(store, owner, entry)
    assert state_of(entry) is EntryState.SUBMITTED


def test_after_a_missed_window_an_extension_takes_the_file_itself(hands, store, owner, entry):
    staff = next(m.user for m in entry.contest.staff).as_actor()
    asset = committed_in_time(hands, owner, entry)
    hands.at(closing(entry) + WINDOW + GRACE)
    queue.work_off()
    asks, until = ScreeningOutcome.NEEDS_INFORMATION, hands.now + timedelta(days=1)
    entries.screen_entry(staff, entry.contest, entry.public_id, asks, reason="The file", reopen_until=until)
    service.remove_asset(owner.as_actor(), asset.public_id)
    deliver(store, owner, entry)

    hand_in(hands, owner, entry)

    assert state_of(entry) is EntryState.SUBMITTED


def test_without_a_window_a_commitment_is_refused_in_words_before_the_close(hands, owner):
    entry = make_entry(make_contest(delivery_window_h=0), owner=owner, submitted=False)
    with pytest.raises(NotAllowed) as refused:
        commit(owner, entry)
    assert refused.value.message.startswith("This contest takes no commitments")
    assert queries.assets_of("entry", entry.id) == []


def test_a_commitment_is_not_handed_in_when_its_window_was_taken_away(hands, store, owner, entry):
    asset = commit(owner, entry)
    with db.transaction():
        entry.contest.delivery_window_h = 0

    with pytest.raises(Invalid) as refused:
        hand_in(hands, owner, entry)

    assert (list(refused.value.fields), state_of(entry)) == (["files.pages"], EntryState.DRAFT)
    assert deliver(store, owner, entry).id == asset.id
    hand_in(hands, owner, entry)
    assert state_of(entry) is EntryState.SUBMITTED


def test_a_strangers_entry_is_nowhere(hands, store, owner, entry):
    stranger = make_user()
    for act in (commit, lambda *given: deliver(store, *given)):
        with pytest.raises(NotFound):
            act(stranger, entry)
    committed_in_time(hands, owner, entry)
    hands.at(closing(entry) + timedelta(hours=5))
    with pytest.raises(NotFound):
        deliver(store, stranger, entry)
    with pytest.raises(NotAllowed):  # who oversees the contest sees the entry, and sends nothing into it
        deliver(store, next(m.user for m in entry.contest.staff), entry)


def test_a_commitment_that_was_never_handed_in_is_not_delivered_after_the_close(hands, store, owner, entry):
    commit(owner, entry)
    hands.at(closing(entry) + timedelta(seconds=1))
    with pytest.raises(NotAllowed):
        deliver(store, owner, entry)


def test_two_tabs_make_one_commitment(hands, owner, entry):
    first, again = commit(owner, entry, fingerprint="f"), commit(owner, entry, fingerprint="g")
    assert (first.id, len(queries.assets_of("entry", entry.id))) == (again.id, 1)


def test_an_upload_under_way_becomes_the_commitment_and_goes_on(hands, store, owner, entry):
    actor = owner.as_actor()
    upload = service.plan_upload(actor, planned(entry, sha256=None, fingerprint="f"))
    store.upload_part(upload.asset.storage_key, upload.store_upload_id, 1, BODY)

    asset = commit(owner, entry, fingerprint="f")

    assert (asset.id, asset.state) == (upload.asset_id, AssetState.UPLOADING)
    hand_in(hands, owner, entry)
    hands.at(closing(entry) + timedelta(hours=5))
    assert service.complete_upload(actor, upload.public_id, sha256=sha256(BODY)).state is AssetState.RECEIVED


def test_cancelling_the_upload_keeps_the_commitment(hands, store, owner, entry):
    committed_in_time(hands, owner, entry)
    hands.at(closing(entry) + timedelta(hours=5))
    actor, upload = owner.as_actor(), service.plan_upload(owner.as_actor(), planned(entry))
    store_upload_id = upload.store_upload_id

    service.abort_upload(actor, upload.public_id)

    assert store_upload_id not in {name for _, name in store.open_uploads()}
    deliver(store, owner, entry)
    assert state_of(entry) is EntryState.SUBMITTED


def test_a_commitment_outlives_the_week_after_which_uploads_are_given_up(hands, store, owner, entry):
    commit(owner, entry)
    opened = service.plan_upload(owner.as_actor(), planned(entry)).store_upload_id
    for _ in range(3):
        hands.forward(days=planning.UPLOAD_DAYS)
        queue.work_off()

    assert opened not in {name for _, name in store.open_uploads()}
    hands.at(closing(entry) - timedelta(days=10))
    assert deliver(store, owner, entry).state is AssetState.RECEIVED


def test_a_commitment_is_replaced_by_another_before_the_close(hands, store, owner, entry):
    first = committed_in_time(hands, owner, entry)
    service.remove_asset(owner.as_actor(), first.public_id)
    second = commit(owner, entry, OTHER)
    hand_in(hands, owner, entry)
    hands.at(closing(entry) + timedelta(hours=5))
    deliver(store, owner, entry, OTHER)

    assert (state_of(entry), [a.id for a in queries.assets_of("entry", entry.id)]) == (
        EntryState.SUBMITTED,
        [second.id],
    )


def test_a_commitment_taken_out_and_not_replaced_is_delivered_as_it_was_handed_in(hands, store, owner, entry):
    first = committed_in_time(hands, owner, entry)
    service.remove_asset(owner.as_actor(), first.public_id)
    queue.work_off()
    hands.at(closing(entry) + timedelta(hours=5))

    assert (deliver(store, owner, entry).id, state_of(entry)) == (first.id, EntryState.SUBMITTED)


def test_commitments_count_as_much_as_the_bytes_they_promise(hands, owner, entry, monkeypatch):
    monkeypatch.setattr(limits, "KEPT_TIMES", 0)
    with pytest.raises(LimitReached):
        commit(owner, entry)
    monkeypatch.undo()
    for number in range(3):
        commit(owner, entry, BODY + bytes([number]))
    with pytest.raises(LimitReached) as refused:
        commit(owner, entry, OTHER)
    assert refused.value.data == {"limit": 3}


def afterwards(monkeypatch, module, name: str, happens) -> None:
    """Let something happen right after a function was called, as in another request at the same moment."""
    real = getattr(module, name)

    def called(*given):
        answer = real(*given)
        monkeypatch.setattr(module, name, real)
        happens()
        return answer

    monkeypatch.setattr(module, name, called)


def test_bytes_finished_while_others_are_committed_are_not_these(hands, store, owner, entry, monkeypatch):
    hands.at(closing(entry) - timedelta(seconds=60))
    alike = {"fingerprint": "one and the same"}

    def committing() -> None:
        commit(owner, entry, **alike)
        hand_in(hands, owner, entry)

    afterwards(monkeypatch, uploads, "_finish_in_store", committing)
    upload = service.plan_upload(owner.as_actor(), planned(entry, OTHER, **alike, sha256=None))
    store.upload_part(upload.asset.storage_key, upload.store_upload_id, 1, OTHER)
    with pytest.raises(Invalid):
        service.complete_upload(owner.as_actor(), upload.public_id, sha256=sha256(OTHER))

    [asset] = queries.assets_of("entry", entry.id)
    assert (asset.declared_sha256, asset.awaits_delivery, state_of(entry)) == (
        sha256(BODY),
        True,
        EntryState.COMMITTED,
    )


def test_a_delivery_cancelled_while_it_is_finished_did_not_happen(hands, store, owner, entry, monkeypatch):
    before = set(store.keys("originals/"))
    committed_in_time(hands, owner, entry)
    actor, upload = owner.as_actor(), service.plan_upload(owner.as_actor(), planned(entry))
    store.upload_part(upload.asset.storage_key, upload.store_upload_id, 1, BODY)
    public_id = upload.public_id

    afterwards(monkeypatch, uploads, "_finish_in_store", lambda: service.abort_upload(actor, public_id))
    with pytest.raises(WrongState):
        service.complete_upload(actor, public_id)

    assert (state_of(entry), set(store.keys("originals/"))) == (EntryState.COMMITTED, before)
    deliver(store, owner, entry)
    assert state_of(entry) is EntryState.SUBMITTED


def test_an_upload_cancelled_while_it_is_opened_is_opened_anew(hands, store, owner, entry, monkeypatch):
    committed_in_time(hands, owner, entry)
    actor, public_id = owner.as_actor(), db.session().scalars(select(Upload.public_id)).one()

    afterwards(monkeypatch, Storage, "open_upload", lambda: service.abort_upload(actor, public_id))
    service.plan_upload(actor, planned(entry))

    deliver(store, owner, entry)
    assert state_of(entry) is EntryState.SUBMITTED


def test_what_is_committed_while_its_upload_is_cancelled_stays_promised(
    hands, store, owner, entry, beside, monkeypatch
):
    hands.at(closing(entry) - timedelta(seconds=60))
    actor, promise, public_id = owner.as_actor(), planned(entry), entry.public_id
    upload = service.plan_upload(actor, promise)
    give_up, beside_it, at = removal._give_up, [], hands.now

    def committing() -> None:
        service.commit_file(actor, promise)
        entries.submit_entry(actor, public_id, arrived_at=at)

    def meanwhile(s, row):
        assert not row.asset.awaits_delivery
        beside_it.append(beside(committing))
        beside_it[0].join(2)  # it waits
        return give_up(s, row)

    monkeypatch.setattr(removal, "_give_up", meanwhile)
    service.abort_upload(actor, upload.public_id)
    beside_it[0].join(30)

    db.session().rollback()
    assert beside_it[0].raised is None
    hands.at(closing(entry) + timedelta(hours=5))
    deliver(store, owner, entry)
    assert state_of(entry) is EntryState.SUBMITTED


def test_other_bytes_come_so_often_a_day_and_no_more(hands, store, owner, entry, monkeypatch):
    monkeypatch.setattr(limits, "BEGUN_TIMES_A_DAY", 2)
    committed_in_time(hands, owner, entry)
    for _ in range(2):
        deliver(store, owner, entry, OTHER, told=sha256(BODY))
        queue.work_off()
    with pytest.raises(LimitReached):
        deliver(store, owner, entry)
    assert len(mails("entries.not_delivered")) == 2

    hands.forward(days=1)
    deliver(store, owner, entry)
    assert state_of(entry) is EntryState.SUBMITTED


def test_a_commitment_tells_nothing_of_what_others_have(hands, store, owner, entry):
    """Whoever commits the hash of somebody else's file gets neither its bytes nor an answer of another shape."""
    deliver(store, owner, entry)
    queue.work_off()
    rival = make_user()
    theirs = make_entry(entry.contest, owner=rival, submitted=False)

    known, unknown = commit(rival, theirs), commit(rival, theirs, OTHER)

    facts = [(a.state, a.sha256, a.kind, a.received_at, a.proxies) for a in (known, unknown)]
    assert facts == [(AssetState.PLANNED, None, None, None, [])] * 2
    assert urls.clean_url(known, "file") == ""


@pytest.mark.parametrize("told", ["", "A" * 64, "0" * 63, None])
def test_what_is_no_hash_is_no_commitment(hands, owner, entry, told):
    with pytest.raises(Invalid):
        service.commit_file(owner.as_actor(), planned(entry, sha256=told))


def test_the_receipt_lists_the_commitment_and_holds_offline(hands, owner, entry):
    committed_in_time(hands, owner, entry)
    [receipt] = receipts_of(entry)
    payload = json.loads(receipt.payload)
    [line] = payload["files"]

    assert (line["size_bytes"], line["sha256"], line["verified"]) == (len(BODY), sha256(BODY), "pending")
    assert line["committed_at"] == hands.now.isoformat(timespec="microseconds")
    assert payload["deliver_until"] == (closing(entry) + WINDOW).isoformat(timespec="microseconds")
    kept = revisions.receipt_file(receipt)
    assert receipts.problems_of_receipt_file(kept, signing.public_keys()) == []
    forged = {**kept, "payload": kept["payload"].replace(sha256(BODY), sha256(OTHER))}
    assert receipts.problems_of_receipt_file(forged, signing.public_keys()) != []


def test_a_required_file_that_is_committed_lets_the_entry_be_handed_in(hands, owner):
    entry = make_entry(owner=owner, submitted=False, track="video")
    with pytest.raises(Invalid):
        hand_in(hands, owner, entry)

    commit(owner, entry, field="film", filename="film.mp4")
    hand_in(hands, owner, entry)

    assert state_of(entry) is EntryState.COMMITTED


def test_what_was_delivered_is_not_exchanged_after_the_close(hands, store, owner, entry):
    """AC40: the same bytes are not taken twice, others not at all."""
    committed_in_time(hands, owner, entry)
    hands.at(closing(entry) + timedelta(hours=5))
    asset = deliver(store, owner, entry)
    queue.work_off()
    for body in (BODY, OTHER):
        with pytest.raises(Invalid):
            deliver(store, owner, entry, body)
    with pytest.raises(NotAllowed):
        service.remove_asset(owner.as_actor(), asset.public_id)


def test_the_public_page_of_a_receipt_says_what_was_only_committed(hands, client, owner, entry):
    committed_in_time(hands, owner, entry)
    [receipt] = receipts_of(entry)
    assert "1 of them as a commitment" in client.get(f"/verify?code={receipt.code}&lang=en").text


def test_withdrawing_ends_the_delivery(hands, store, owner, entry):
    committed_in_time(hands, owner, entry)
    entries.withdraw_entry(owner.as_actor(), entry.public_id)
    hands.at(closing(entry) + WINDOW + GRACE)
    with suppress(DomainError):
        deliver(store, owner, entry)
    queue.work_off()
    assert (state_of(entry), mails("entries.not_delivered")) == (EntryState.WITHDRAWN, [])
    assert db.session().scalar(select(func.count(MediaAsset.id)).where(MediaAsset.received_at.is_not(None))) == 0


# -- on the page, without JavaScript -----------------------------------------------------------------------
LINE = f"{sha256(BODY)}  {len(BODY)}  Сурет Ә.jpg"


def paste(sign_in, owner, entry, line: str):
    """Send the small form of the entry's page and return the page that follows."""
    browser, page = sign_in(owner), f"/my/entries/{entry.public_id}"
    answer = post(browser, page, {"line": line}, to=f"/media/commit/entry/{entry.public_id}/pages?next={page}")
    return answer, browser.get(page).text


@pytest.mark.parametrize(
    "line", [LINE, f"{len(BODY)} {sha256(BODY).upper()}", f"  {sha256(BODY)} *{len(BODY)}.jpg {len(BODY)}"]
)
def test_a_line_from_any_program_is_pasted_and_commits(hands, sign_in, owner, entry, line):
    answer, page = paste(sign_in, owner, entry, line)

    [asset] = queries.assets_of("entry", entry.id)
    assert (answer.status_code, asset.declared_sha256, asset.size_bytes) == (303, sha256(BODY), len(BODY))
    assert ("The file is committed." in page, "committed, not delivered" in page) == (True, True)


@pytest.mark.parametrize("line", ["", "film.mp4", sha256(BODY), str(len(BODY)), f"{sha256(BODY)[1:]} 12"])
def test_a_line_without_size_or_hash_is_refused_in_words(hands, sign_in, owner, entry, line):
    _answer, page = paste(sign_in, owner, entry, line)

    assert queries.assets_of("entry", entry.id) == []
    assert "Paste the size of the file in bytes" in page


def test_a_line_pasted_after_the_close_is_late_in_words(hands, sign_in, owner, entry):
    hands.at(closing(entry) - timedelta(seconds=1))
    browser, page = sign_in(owner), f"/my/entries/{entry.public_id}"
    token = csrf_of(browser.get(page).text)
    hands.forward(seconds=1)

    browser.post(f"/media/commit/entry/{entry.public_id}/pages?next={page}", data={"line": LINE, "csrf_token": token})

    assert (queries.assets_of("entry", entry.id), "The deadline has passed." in browser.get(page).text) == ([], True)


def test_what_the_command_prints_is_what_the_page_takes(app, tmp_path):
    file = tmp_path / "Сурет Ә 2 бөлім.jpg"
    file.write_bytes(BODY)

    printed = app.test_cli_runner().invoke(args=["media", "commit", str(file)]).output

    assert printed == f"{sha256(BODY)}  {len(BODY)}  Сурет Ә 2 бөлім.jpg\n"
    assert service.promise_in(printed) == (sha256(BODY), len(BODY), "Сурет Ә 2 бөлім.jpg")


def test_the_page_delivers_after_the_close_without_javascript(hands, store, sign_in, owner, entry):
    committed_in_time(hands, owner, entry)
    hands.at(closing(entry) + timedelta(hours=5))
    browser, page = sign_in(owner), f"/my/entries/{entry.public_id}"
    before = browser.get(page).text
    assert ("Send the committed files below" in before, 'name="line"' in before) == (True, False)

    to = f"/media/form/entry/{entry.public_id}/pages?next={page}"
    post(browser, page, {"file": (io.BytesIO(OTHER), "Сурет Ә.jpg")}, to=to)
    assert "Only a file that was committed before the close is taken here now." in browser.get(page).text
    assert state_of(entry) is EntryState.COMMITTED

    post(browser, page, {"file": (io.BytesIO(BODY), "Сурет Ә.jpg")}, to=to)
    assert "The file was received and is being checked." in browser.get(page).text
    assert state_of(entry) is EntryState.SUBMITTED


def test_the_team_reads_that_the_window_was_missed(hands, sign_in, owner, entry):
    committed_in_time(hands, owner, entry)
    page = f"/my/entries/{entry.public_id}"
    hands.at(closing(entry) + WINDOW + GRACE)
    queue.work_off()

    shown = sign_in(owner).get(page).text

    assert "The committed files did not arrive in time." in shown
    assert "data-upload-file" not in shown
    assert "committed, not delivered" in sign_in(owner).get(f"{page}/receipt").text


def test_without_a_window_the_page_offers_no_commitment(hands, sign_in, owner):
    entry = make_entry(make_contest(delivery_window_h=0), owner=owner, submitted=False)
    shown = sign_in(owner).get(f"/my/entries/{entry.public_id}").text
    assert ('name="line"' in shown, "data-upload-commit" in shown, "data-upload-file" in shown) == (False, False, True)


def test_organizers_find_what_was_not_delivered_and_read_until_when(hands, sign_in, owner, entry):
    staff = next(m.user for m in entry.contest.staff)
    committed_in_time(hands, owner, entry)
    make_entry(entry.contest, title="All here")
    browser, manage = sign_in(staff), f"/manage/{entry.contest.slug}/entries"

    listed = browser.get(f"{manage}?state=committed").text
    assert ("All here" in listed, entry.code in listed, "committed, not delivered" in listed) == (False, True, True)
    assert "1 entry was committed, not delivered" in browser.get(manage).text
    assert "may deliver them until" in browser.get(f"{manage}/{entry.public_id}").text

    hands.at(closing(entry) + WINDOW + GRACE)
    queue.work_off()
    shown = sign_in(staff).get(f"{manage}/{entry.public_id}").text
    assert ("did not arrive by" in shown, "/original" in shown) == (True, False)


def test_jurors_are_told_of_a_file_that_is_not_here_and_get_no_empty_frame(hands, sign_in, owner, entry):
    juror = make_user()
    committed_in_time(hands, owner, entry)
    seat(entry.contest, juror)
    hands.at(closing(entry) + timedelta(hours=1))
    draw(entry.contest, next(m.user for m in entry.contest.staff), db.session().get_one(Entry, entry.id))
    browser = sign_in(juror)
    [assignment] = assignments_of(juror.as_actor())

    shown = browser.get(f"/jury/{assignment.public_id}").text

    assert "One file was committed before the close, but not delivered." in shown
    assert ("<figure" in shown, "Сурет" in shown, "/media/" in shown) == (False, False, False)
