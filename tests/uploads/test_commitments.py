"""Hash first: size and SHA-256 before the close, the bytes in the window after it, and only these bytes."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from creative_platform.core import db, queue, receipts, signing
from creative_platform.core.errors import Invalid, LimitReached, NotAllowed, NotFound, TooLate
from creative_platform.entries import revisions
from creative_platform.entries.models import EntryState
from creative_platform.entries.queries import receipts_of
from creative_platform.media import queries, urls
from creative_platform.media.models import AssetState, MediaAsset
from creative_platform.uploads import service
from creative_platform.uploads.service import limits, planning
from tests.factories.accounts import make_user
from tests.factories.entries import make_entry
from tests.uploads.promises import (
    BODY,
    OTHER,
    WINDOW,
    closing,
    commit,
    committed_in_time,
    deliver,
    hand_in,
    mails,
    planned,
    sha256,
    state_of,
)

pytestmark = [pytest.mark.database, pytest.mark.storage]


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


def test_the_public_page_of_a_receipt_says_what_was_only_committed(hands, client, owner, entry):
    committed_in_time(hands, owner, entry)
    [receipt] = receipts_of(entry)
    assert "1 of them as a commitment" in client.get(f"/verify?code={receipt.code}&lang=en").text
